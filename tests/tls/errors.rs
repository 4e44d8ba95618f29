//! Each way in which TLS can fail is told to ssl_error_cb: contract T-510.

use super::*;
use relay::{Kind, TlsRelay};
use std::net::TcpListener;
use std::thread;

/// A port that takes connections, reads what comes, and closes them.
fn closing_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let _ = std::io::Read::read(&mut client, &mut [0; 4096]);
        }
    });
    port
}

#[test]
fn every_failure_is_told_in_a_line_for_people() {
    let certificates = Certificates::new();
    let (authority, plain) = (&certificates.authority, Mosquitto::start(&[]));
    let server = certificates.mosquitto(&[]);
    let strict = certificates.mosquitto(&["require_certificate true"]);
    let with_tls12 =
        Kind { version: Some(&rustls::version::TLS12), clients_of: Some(authority), protocol: None };
    let with_tls12 = TlsRelay::start(&certificates.server, with_tls12, plain.port());
    let of_other_name = authority.issue("other", "subjectAltName=DNS:other.example");
    let of_other_name = TlsRelay::start(&of_other_name, Kind::default(), plain.port());
    let expired = authority.issue_expired("expired", HERE);
    let expired = TlsRelay::start(&expired, Kind::default(), plain.port());
    let other = Authority::new("Other CA");
    let client = authority.issue("client", "extendedKeyUsage=clientAuth");
    let path = |name: &str| authority.directory().join(name).display().to_string();
    authority.openssl(&["x509", "-in", "client.pem", "-outform", "DER", "-out", "client.der"], &[]);
    authority.openssl(
        &["pkcs8", "-topk8", "-in", "client.key", "-passout", "pass:right"],
        &["-out", "locked.key"],
    );

    let trust = certificates.trust();
    let [cert, key] = [&client.certificate, &client.key].map(|path| path.display().to_string());
    let (cert, key) = (format!("cert={cert}"), format!("key={key}"));
    let tls = |port| tls_uri(port);
    // What is wrong, the server, the arguments, and what a line says.
    let table: Vec<(&str, String, Vec<String>, &str)> = vec![
        (
            "unknown authority",
            tls(server.port()),
            vec![format!("trust={}", other.certificate().display())],
            "certificate verify failed",
        ),
        ("expired", expired.uri(), vec![trust.clone()], "certificate verify failed"),
        (
            "other name",
            of_other_name.uri(),
            vec![trust.clone(), "verify=1".into()],
            "certificate verify failed",
        ),
        ("no trust file", tls(server.port()), vec![format!("trust={}", path("none"))], "trustStore"),
        (
            "trust file of another kind",
            tls(server.port()),
            vec![format!("trust={}", path("client.der"))],
            "trustStore",
        ),
        (
            "no certificate file",
            tls(server.port()),
            vec![trust.clone(), format!("cert={}", path("none"))],
            "keyStore",
        ),
        (
            "certificate in DER",
            tls(server.port()),
            vec![trust.clone(), format!("cert={}", path("client.der"))],
            "keyStore",
        ),
        ("no key in the file", tls(server.port()), vec![trust.clone(), cert.clone()], "private key"),
        (
            "no key file",
            tls(server.port()),
            vec![trust.clone(), cert.clone(), format!("key={}", path("none"))],
            "privateKey",
        ),
        (
            "wrong password",
            tls(server.port()),
            vec![trust.clone(), cert.clone(), format!("key={}", path("locked.key")), "password=wrong".into()],
            "maybe wrong password",
        ),
        (
            "key of another",
            tls(server.port()),
            vec![trust.clone(), cert.clone(), format!("key={}", path("server.key"))],
            "privateKey",
        ),
        ("alert of TLS 1.3", tls(strict.port()), vec![trust.clone()], "alert 116"),
        ("alert of TLS 1.2", with_tls12.uri(), vec![trust.clone()], "alert"),
        (
            "no cipher suite",
            tls(server.port()),
            vec![trust.clone(), "ciphers=TLS_AES_128_GCM_SHA256".into()],
            "no cipher match",
        ),
        (
            "malformed protocols",
            tls(server.port()),
            vec![trust.clone(), "protos=056d717474".into()],
            "protos",
        ),
        ("a port without TLS", tls(plain.port()), vec![trust.clone()], "port for TLS"),
        ("closed in the handshake", tls(closing_port()), vec![trust.clone()], "closed the connection"),
        (
            "pre-shared key and no check",
            tls(server.port()),
            vec![trust.clone(), "psk".into(), "auth=0".into()],
            "TLS-PSK is not supported by this build",
        ),
        (
            "pre-shared key and no suite for certificates",
            tls(server.port()),
            vec![trust.clone(), "psk".into(), "ciphers=PSK".into()],
            "TLS-PSK is not supported by this build",
        ),
        (
            "pre-shared key and a certificate of another",
            tls(server.port()),
            vec![format!("trust={}", other.certificate().display()), "psk".into()],
            "; TLS-PSK is not supported by this build",
        ),
    ];
    for which in CLIENTS {
        for (what, uri, arguments, word) in &table {
            let arguments = [arguments.as_slice(), &["version=4".to_owned()]].concat();
            let said = run(which, uri, &arguments).stdout;
            assert!(said.ends_with("connect: -1\n"), "{which:?} {what}: {said}");
            let lines = lines(&said);
            assert!(lines.iter().any(|line| line.contains(word)), "{which:?} {what}: {said}");
            // Which server it was, and in words: no names of things in a program.
            let port = uri.rsplit(':').next().unwrap();
            assert!(lines.iter().all(|line| line.contains(port)), "{which:?} {what}: {said}");
        }
    }
    // Unless the key is the right one.
    let arguments = [trust, cert, key, format!("password={}", "unused")];
    assert_eq!(run(CLIENTS[0], &tls(strict.port()), &arguments).stdout, ONCE);
}

/// As the original, which asks after each line whether there is to be another.
#[test]
fn the_trace_has_the_line_too_but_no_secrets() {
    let certificates = Certificates::new();
    let server = certificates.mosquitto(&[]);
    let client_certificate = certificates.client_certificate();
    let arguments = [
        certificates.trust(),
        client_certificate[0].clone(),
        "key=/nowhere/key".to_owned(),
        "password=a secret word".to_owned(),
        "version=4".to_owned(),
    ];
    for which in CLIENTS {
        let run = client(which, Library::Ours, &tls_uri(server.port()), &arguments);
        let run =
            run.environment("MQTT_C_CLIENT_TRACE", "ON").environment("MQTT_C_CLIENT_TRACE_LEVEL", "MAXIMUM");
        let said = run.output();
        let of_trace = said.lines().filter(|line| !line.starts_with("line: "));
        let errors = of_trace.filter(|line| line.contains("/nowhere/key")).count();
        assert!(errors > 0, "{which:?}: {said}");
        assert!(!said.contains("a secret word"), "{which:?}: {said}");
    }
}

/// Decision of the contract: programs that forgot `verify` may be told from outside.
#[test]
fn a_variable_has_the_name_of_the_server_checked() {
    let certificates = Certificates::new();
    let plain = Mosquitto::start(&[]);
    let of_other_name = certificates.authority.issue("other", "subjectAltName=DNS:other.example");
    let server = TlsRelay::start(&of_other_name, Kind::default(), plain.port());
    for which in CLIENTS {
        let arguments = [certificates.trust(), "version=4".to_owned()];
        assert_eq!(run(which, &server.uri(), &arguments).stdout, ONCE, "{which:?}");
        let run = client(which, Library::Ours, &server.uri(), &arguments);
        let said = run.environment("MQTT_C_CLIENT_TLS_VERIFY", "1").output();
        assert!(said.contains("certificate verify failed") && said.ends_with("connect: -1\n"), "{said}");
    }
}
