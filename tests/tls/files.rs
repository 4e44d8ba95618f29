//! Files that the options name, and that change while a client lives.

use super::*;
use std::fs;

/// Two authorities, of which a client trusts the one whose certificate is in its file at the time.
#[test]
fn a_trust_store_that_has_changed_is_used_for_the_next_connection() {
    let (one, other) = (Certificates::new(), Authority::new("Other CA"));
    let broker = one.mosquitto(&[]);
    let trust = one.authority.directory().join("trust.pem");
    for which in CLIENTS {
        fs::copy(other.certificate(), &trust).unwrap();
        let arguments =
            [format!("trust={}", trust.display()), "rounds=3".into(), "waits=1".into(), "version=4".into()];
        let mut running = client(which, Library::Ours, &tls_uri(broker.port()), &arguments).start();
        running.wait_for("connect: -1");
        // Written where it is, and, the next time, replaced by another file of the same name.
        fs::copy(one.authority.certificate(), &trust).unwrap();
        running.write("go\n");
        running.wait_for("echo: round 2");
        let next = one.authority.directory().join("next.pem");
        fs::copy(other.certificate(), &next).unwrap();
        fs::rename(next, &trust).unwrap();
        running.write("go\n");
        running.wait_for_nth("connect: -1", 2);
        let said = running.finish().expect_success().stdout;
        assert_eq!(lines(&said).len(), 2, "{which:?}: {said}");
    }
}

#[test]
fn a_client_certificate_that_has_changed_is_used_for_the_next_connection() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&["require_certificate true", "use_identity_as_username true"]);
    let [first, second] =
        ["first", "second"].map(|name| certificates.authority.issue(name, "extendedKeyUsage=clientAuth"));
    let both = certificates.authority.directory().join("client.pem");
    let write = |issued: &Issued| {
        let parts = [&issued.certificate, &issued.key].map(|path| fs::read_to_string(path).unwrap());
        fs::write(&both, parts.concat()).unwrap();
    };
    for (which, id) in CLIENTS.into_iter().zip(["tls", "tls", "async-tls"]) {
        write(&first);
        let cert = format!("cert={}", both.display());
        let arguments = [certificates.trust(), cert, "rounds=2".into(), "waits=1".into()];
        let mut running = client(which, Library::Ours, &tls_uri(broker.port()), &arguments).start();
        running.wait_for("echo: round 1");
        broker.wait_for_log(&format!(" as {id} (p2, c1, k60, u'first')"));
        write(&second);
        running.write("go\n");
        running.finish().expect_success();
        broker.wait_for_log(&format!(" as {id} (p2, c1, k60, u'second')"));
    }
}

/// Contract T-503: with neither file nor directory the system's store counts, unless that is turned off.
#[test]
fn the_store_of_the_system_is_what_the_environment_says() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&[]);
    let file = certificates.authority.certificate();
    for which in CLIENTS {
        for library in [Library::Ours, Library::Original] {
            let run = |arguments: &[&str]| {
                let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
                let run = client(which, library, &tls_uri(broker.port()), &arguments);
                run.environment("SSL_CERT_FILE", file.to_str().unwrap()).output()
            };
            assert_eq!(run(&[]), ONCE, "{which:?} {library:?}");
            let said = run(&["no_default=1", "version=4"]);
            assert!(said.contains("certificate verify failed"), "{which:?} {library:?}: {said}");
            assert!(said.ends_with("connect: -1\n"), "{which:?} {library:?}: {said}");
        }
    }
}

/// A program may change its environment between two connections.
#[test]
fn the_store_of_the_system_may_become_another() {
    let (one, other) = (Certificates::new(), Authority::new("Other CA"));
    let broker = one.mosquitto(&[]);
    for which in CLIENTS {
        for library in [Library::Ours, Library::Original] {
            let system = format!("system={}", other.certificate().display());
            let run = client(
                which,
                library,
                &tls_uri(broker.port()),
                &["rounds=2".into(), "version=4".into(), system],
            );
            let first = one.authority.certificate();
            let said = run.environment("SSL_CERT_FILE", first.to_str().unwrap()).output();
            assert!(
                said.starts_with(ONCE) && said.ends_with("connect: -1\n"),
                "{which:?} {library:?}: {said}"
            );
        }
    }
}

#[test]
fn a_directory_of_certificates_is_one_of_hashes() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&[]);
    let directory = certificates.authority.directory().join("hashed");
    fs::create_dir(&directory).unwrap();
    fs::copy(certificates.authority.certificate(), directory.join("any name.pem")).unwrap();
    let arguments = [format!("capath={}", directory.display()), "version=4".to_owned()];
    let refused = run(CLIENTS[0], &tls_uri(broker.port()), &arguments).stdout;
    assert!(refused.contains("certificate verify failed"), "{refused}");
    certificates.authority.openssl(&["rehash", "hashed"], &[]);
    for which in CLIENTS {
        for library in [Library::Ours, Library::Original] {
            let said = client(which, library, &tls_uri(broker.port()), &arguments).output();
            assert_eq!(said, ONCE, "{which:?} {library:?}");
        }
    }
}
