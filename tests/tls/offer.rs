//! What clients offer to servers.

use super::*;
use relay::{Kind, Seen, TlsRelay};

/// What is seen of a client that connects with these arguments and this variable.
fn offer(arguments: &[&str], variable: Option<(&str, &str)>, kind: Kind<'_>) -> Seen {
    let certificates = Certificates::new();
    let broker = Mosquitto::start(&[]);
    let server = TlsRelay::start(&certificates.server, kind, broker.port());
    let mut arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    arguments.push(certificates.trust());
    let mut run = client(CLIENTS[0], Library::Ours, &server.uri(), &arguments);
    if let Some((name, value)) = variable {
        run = run.environment(name, value);
    }
    assert_eq!(run.output(), ONCE, "{arguments:?}");
    server.seen(1).remove(0)
}

/// Contract T-505.
#[test]
fn the_host_is_named_unless_it_is_an_address() {
    assert_eq!(offer(&[], None, Kind::default()).name.as_deref(), Some("localhost"));
    let certificates = Certificates::new();
    let broker = Mosquitto::start(&[]);
    let server = TlsRelay::start(&certificates.server, Kind::default(), broker.port());
    let uri = format!("ssl://127.0.0.1:{}", server.port());
    run(CLIENTS[0], &uri, &[certificates.trust(), "verify=1".to_owned()]);
    assert_eq!(server.seen(1)[0].name, None);
}

#[test]
fn the_post_quantum_exchange_comes_first_and_can_be_left_out() {
    let offered = offer(&[], None, Kind::default());
    assert_eq!(offered.groups[..2], ["X25519MLKEM768", "X25519"]);
    let offered = offer(&[], Some(("MQTT_C_CLIENT_TLS_POST_QUANTUM", "0")), Kind::default());
    assert_eq!(offered.groups[0], "X25519");
    assert!(offered.groups.iter().all(|group| !group.contains("MLKEM")), "{offered:?}");
}

/// Contract T-506: what the server chooses, or that it does not, is not looked at.
#[test]
fn protocols_are_offered_and_any_answer_will_do() {
    let protos = "protos=046d717474086d7174742f332e31";
    let expected = [b"mqtt".to_vec(), b"mqtt/3.1".to_vec()];
    assert_eq!(offer(&[protos], None, Kind::default()).protocols, expected);
    let kind = Kind { protocol: Some(b"mqtt"), ..Kind::default() };
    assert_eq!(offer(&[protos], None, kind).protocols, expected);
    assert!(offer(&[], None, kind).protocols.is_empty());
}

/// Contract T-507, T-603.
#[test]
fn the_list_of_cipher_suites_is_for_tls_1_2() {
    let kind = Kind { version: Some(&rustls::version::TLS12), ..Kind::default() };
    let offered = offer(&["ciphers=ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"], None, kind);
    let of_tls12: Vec<_> = offered.suites.iter().filter(|name| name.starts_with("TLS_ECDHE")).collect();
    assert_eq!(
        of_tls12,
        ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    );
    assert_eq!(offered.suites.iter().filter(|name| name.starts_with("TLS13")).count(), 3);
    // The words are known, and nothing of them is left but TLS 1.3.
    let offered = offer(&["ciphers=aNULL"], None, Kind::default());
    assert!(offered.suites.iter().all(|name| !name.starts_with("TLS_ECDHE")), "{offered:?}");
}

/// Those who look at traffic must ask for it twice.
#[test]
fn secrets_are_written_only_on_request() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&[]);
    let file = certificates.authority.directory().join("secrets");
    let run = |also: Option<&str>| {
        let run = client(CLIENTS[0], Library::Ours, &tls_uri(broker.port()), &[certificates.trust()]);
        let run = run.environment("SSLKEYLOGFILE", file.to_str().unwrap());
        let run = match also {
            Some(value) => run.environment("MQTT_C_CLIENT_TLS_KEY_LOG", value),
            None => run,
        };
        assert_eq!(run.output(), ONCE);
    };
    run(None);
    run(Some("0"));
    assert!(!file.exists());
    run(Some("1"));
    assert!(std::fs::read_to_string(&file).unwrap().contains("CLIENT_TRAFFIC_SECRET_0"));
}
