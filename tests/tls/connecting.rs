//! Connecting to a real broker.

use super::*;
use crate::support::PATIENCE;
use crate::support::program::Running;
use relay::{Kind, TlsRelay};
use rustls::ProtocolVersion;
use std::process::Command;

#[test]
fn messages_pass_through_tls_with_both_apis() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&[]);
    for which in CLIENTS {
        for version in ["version=0", "version=5"] {
            let arguments = [certificates.trust(), "verify=1".to_owned(), version.to_owned()];
            assert_eq!(run(which, &tls_uri(broker.port()), &arguments).stdout, ONCE, "{which:?} {version}");
        }
        let said =
            client(which, Library::Original, &tls_uri(broker.port()), &[certificates.trust()]).output();
        assert_eq!(said, ONCE, "{which:?}");
    }
}

/// In a flood records have several packets, which the broker finds.
#[test]
fn floods_pass_through_tls() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&["max_queued_messages 0"]);
    let program = Program::compile_with_tls("tests/c/tls_flood.c");
    let authority = certificates.authority.certificate();
    for version in ["4", "5"] {
        let flood = program.with(Library::Ours).arguments(&[&*tls_uri(broker.port()), version, "30000"]);
        flood.environment("TRUST_STORE", authority.to_str().unwrap()).finish().expect_success();
    }
}

#[test]
fn both_versions_of_tls_are_spoken() {
    let certificates = Certificates::new();
    let broker = Mosquitto::start(&[]);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let kind =
            Kind { version: Some(version), clients_of: Some(&certificates.authority), ..Kind::default() };
        let server = TlsRelay::start(&certificates.server, kind, broker.port());
        let [certificate, key] = certificates.client_certificate();
        // Contract T-501: sslVersion changes nothing.
        let arguments =
            [certificates.trust(), "verify=1".to_owned(), certificate, key, "ssl_version=1".to_owned()];
        for (number, which) in CLIENTS.into_iter().enumerate() {
            assert_eq!(run(which, &server.uri(), &arguments).stdout, ONCE, "{which:?}");
            assert_eq!(server.seen(number + 1)[number].version, Some(version.version), "{which:?}");
        }
    }
}

#[test]
fn a_client_with_a_certificate_is_let_in_and_others_are_told_why_not() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&["require_certificate true", "use_identity_as_username true"]);
    let uri = tls_uri(broker.port());
    let [certificate, key] = certificates.client_certificate();
    for which in CLIENTS {
        let arguments = [certificates.trust(), certificate.clone(), key.clone()];
        assert_eq!(run(which, &uri, &arguments).stdout, ONCE, "{which:?}");
        broker.wait_for_log("u'client'");
        let said = run(which, &uri, &[certificates.trust(), "version=4".to_owned()]).stdout;
        assert!(said.ends_with("connect: -1\n") && lines(&said).len() == 1, "{which:?}: {said}");
        assert!(lines(&said)[0].contains("keyStore"), "{which:?}: {said}");
    }
}

/// Contract T-104, improved: each entry of the list is taken for itself.
#[test]
fn servers_with_and_without_tls_are_in_one_list() {
    let certificates = Certificates::new();
    let broker = Mosquitto::start(&[]);
    let elsewhere = certificates.mosquitto(&["require_certificate true"]);
    for which in CLIENTS {
        let first = format!("first={}", tls_uri(elsewhere.port()));
        let arguments = [certificates.trust(), "version=4".to_owned(), first];
        let said = run(which, &broker.uri(), &arguments).stdout;
        assert!(said.ends_with(ONCE) && lines(&said).len() == 1, "{which:?}: {said}");
    }
}

/// Contract T-104.
#[test]
fn a_server_with_tls_needs_options_for_it() {
    for library in [Library::Ours, Library::Original] {
        for which in CLIENTS {
            let without = ["use=0".to_owned()];
            assert_eq!(client(which, library, "ssl://localhost:1", &without).output(), "connect: -6\n");
            let too_new = ["struct_version=6".to_owned()];
            assert_eq!(client(which, library, "tcp://localhost:1", &too_new).output(), "connect: -8\n");
        }
    }
    for which in CLIENTS {
        let without = ["use=0".to_owned(), "first=ssl://localhost:1".to_owned()];
        assert_eq!(run(which, "tcp://localhost:1", &without).stdout, "connect: -6\n", "{which:?}");
    }
}

/// The next connection of a client is quicker, unless there is a reason against it.
#[test]
fn sessions_are_resumed_across_connections() {
    let certificates = Certificates::new();
    let broker = Mosquitto::start(&[]);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for which in CLIENTS {
            let kind = Kind { version: Some(version), ..Kind::default() };
            let server = TlsRelay::start(&certificates.server, kind, broker.port());
            let arguments = [certificates.trust(), "verify=1".to_owned(), "rounds=4".to_owned()];
            run(which, &server.uri(), &arguments);
            let resumed: Vec<_> = server.seen(4).iter().map(|seen| seen.resumed).collect();
            assert_eq!(resumed, [false, true, true, true], "{which:?} {version:?}");
        }
    }
}

#[test]
fn a_server_of_the_relay_speaks_the_highest_version() {
    let certificates = Certificates::new();
    let broker = Mosquitto::start(&[]);
    let server = TlsRelay::start(&certificates.server, Kind::default(), broker.port());
    run(CLIENTS[0], &server.uri(), &[certificates.trust()]);
    assert_eq!(server.seen(1)[0].version, Some(ProtocolVersion::TLSv1_3));
}

/// wss: a WebSocket through TLS.
#[test]
fn websockets_pass_through_tls() {
    let certificates = Certificates::new();
    let (_broker, uri) = Mosquitto::start_with_websockets();
    let port = uri.rsplit(':').next().unwrap().parse().unwrap();
    let server = TlsRelay::start(&certificates.server, Kind::default(), port);
    let uri = format!("wss://localhost:{}/mqtt", server.port());
    for which in CLIENTS {
        let arguments = [certificates.trust(), "verify=1".to_owned(), "rounds=2".to_owned()];
        let said = run(which, &uri, &arguments).stdout;
        assert_eq!(said, format!("{ONCE}connect: 0\necho: round 2\n"), "{which:?}");
    }
}

/// Contract T-604. Programs set ssl_psk_cb whether they have a key or not: a certificate that is checked is as good.
#[test]
fn a_program_that_would_give_a_pre_shared_key_connects_by_certificate() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&[]);
    for which in CLIENTS {
        for library in [Library::Ours, Library::Original] {
            let arguments = [certificates.trust(), "verify=1".to_owned(), "psk".to_owned()];
            let said = client(which, library, &tls_uri(broker.port()), &arguments).output();
            assert_eq!(said, ONCE, "{which:?} {library:?}");
        }
    }

    let mut server = Command::new("openssl");
    server.args(["s_server", "-accept", "127.0.0.1:0", "-nocert", "-psk", "00ff", "-psk_identity", "me"]);
    let server = Running::spawn(server, 4 * PATIENCE);
    let port = server.wait_for("ACCEPT ").rsplit(':').next().unwrap().parse().unwrap();
    for which in CLIENTS {
        let arguments = [certificates.trust(), "psk".to_owned(), "version=4".to_owned()];
        let said = run(which, &tls_uri(port), &arguments).stdout;
        let [line] = lines(&said)[..] else { panic!("{which:?}: {said}") };
        assert!(
            line.contains("alert 40") && line.contains("; TLS-PSK is not supported by this build"),
            "{said}"
        );
        assert!(said.ends_with("connect: -1\n"), "{which:?}: {said}");
    }
}
