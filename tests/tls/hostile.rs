//! Servers that do not do what they should, and whoever is between.

use super::*;
use relay::{Kind, TlsRelay};
use std::time::Duration;
use tampering::{Deed, tamper};

const SECOND: Duration = Duration::from_secs(1);

/// Long enough for a handshake on a machine with other things to do.
const TIMEOUT: u64 = 8;

/// A server that stops in the middle of its handshake, at once or byte by byte, is given up when the time is up, and
/// neither before nor much later.
#[test]
fn a_server_that_stalls_is_given_up_in_time() {
    let certificates = Certificates::new();
    let broker = Mosquitto::start(&[]);
    let server = TlsRelay::start(&certificates.server, Kind::default(), broker.port());
    let arguments =
        [certificates.trust(), format!("timeout={TIMEOUT}"), "version=4".into(), "times=1".into()];
    std::thread::scope(|scope| {
        for which in CLIENTS {
            for (at, deed) in
                [(0, Deed::Stall), (60, Deed::Stall), (300, Deed::Stall), (60, Deed::Drip(SECOND / 4))]
            {
                let (port, arguments) = (tamper(server.port(), move |_| (at, deed)), &arguments);
                scope.spawn(move || {
                    let said = run(which, &tls_uri(port), arguments).stdout;
                    let [line] = lines(&said)[..] else { panic!("{which:?}: {said}") };
                    let expected = "TLS handshake: the server did not answer in time";
                    assert!(line.contains(expected), "{which:?}: {said}");
                    let took = said.lines().find_map(|line| line.strip_prefix("took: ")).unwrap();
                    let took: u64 = took.parse().unwrap();
                    assert!((TIMEOUT * 1000..TIMEOUT * 2000).contains(&took), "{which:?}: {said}");
                });
            }
        }
    });
}

/// The same once the handshake is done: the server is waited for, and what is missing is CONNACK.
#[test]
fn a_server_that_stalls_behind_the_handshake_is_given_up_in_time() {
    let certificates = Certificates::new();
    let broker = support::scripted_broker::ScriptedBroker::start(|listener| {
        // Three clients, of which each has one connection.
        (0..3).for_each(|_| drop(listener.accept().expect_end()));
    });
    let port = broker.uri().rsplit(':').next().unwrap().parse().unwrap();
    let server = TlsRelay::start(&certificates.server, Kind::default(), port);
    let arguments =
        [certificates.trust(), format!("timeout={TIMEOUT}"), "version=4".into(), "times=1".into()];
    std::thread::scope(|scope| {
        for which in CLIENTS {
            let (uri, arguments) = (server.uri(), &arguments);
            scope.spawn(move || {
                let finished = run(which, &uri, arguments);
                let said = finished.stdout;
                assert!(lines(&said).is_empty() && said.contains("connect: -1"), "{which:?}: {said}");
                assert!(finished.elapsed >= Duration::from_secs(TIMEOUT), "{which:?}: {said}");
            });
        }
    });
}

/// Wherever a byte is changed or the last one was: it fails, and says so.
#[test]
fn handshakes_that_are_changed_or_cut_fail() {
    const ROUNDS: usize = 30;
    let certificates = Certificates::new();
    let broker = Mosquitto::start(&[]);
    // The server of TLS 1.3 has more to say.
    for (version, step) in [(&rustls::version::TLS12, 19), (&rustls::version::TLS13, 45)] {
        let kind = Kind { version: Some(version), ..Kind::default() };
        let server = TlsRelay::start(&certificates.server, kind, broker.port());
        for deed in [Deed::Cut, Deed::Flip] {
            for which in [CLIENTS[0], CLIENTS[2]] {
                let port = tamper(server.port(), move |number| (number * step, deed));
                let arguments = [
                    certificates.trust(),
                    "verify=1".into(),
                    "timeout=5".into(),
                    "version=4".into(),
                    format!("rounds={ROUNDS}"),
                ];
                let said = run(which, &tls_uri(port), &arguments).stdout;
                assert_eq!(said.matches("connect: -1").count(), ROUNDS, "{which:?}: {said}");
                assert!(lines(&said).len() >= ROUNDS, "{which:?}: {said}");
            }
        }
    }
}
