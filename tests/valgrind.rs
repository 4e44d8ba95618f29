//! The C programs under valgrind: no access to memory that is not theirs, nothing lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;
#[allow(dead_code, reason = "not every deed is done here")]
#[path = "tls/tampering.rs"]
mod tampering;

use support::answering_broker::{Delivery, malformed_packets, serve, serve_all};
use support::certificates::{Authority, HERE};
use support::files::Scratch;
use support::library::{Library, require};
use support::mosquitto::Mosquitto;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::websocket::{WebSocketPeer, frame};
use support::wire;
use tampering::{Deed, tamper};

/// Runs a program of `tests/c` against mosquitto; `arguments` follow the URI.
fn watched(name: &str, arguments: &[&str]) {
    let broker = Mosquitto::start(&[]);
    watched_at(&broker.uri(), name, arguments);
}

fn watched_at(uri: &str, name: &str, arguments: &[&str]) {
    require("/usr/bin/valgrind", "valgrind");
    let program = Program::compile(&format!("tests/c/{name}.c"));
    program.with(Library::Ours).arguments(&[uri]).arguments(arguments).under_valgrind().output();
}

#[test]
fn messages_travel_cleanly() {
    for (version, qos, mode) in
        [("3", "2", "callback"), ("4", "2", "receive"), ("5", "1", "callback"), ("5", "2", "receive")]
    {
        watched("round_trip", &[version, qos, mode, "0", "1", "128", "65536"]);
    }
}

/// What a thread waits for while a name is resolved must not leave anything to a thread that is not ours.
#[test]
fn names_are_resolved_cleanly() {
    let broker = Mosquitto::start(&[]);
    let uri = broker.uri().replace("127.0.0.1", "localhost");
    for mode in ["callback", "receive"] {
        watched_at(&uri, "round_trip", &["4", "1", mode, "0", "128"]);
    }
}

/// Leak checkers ask whether something still leads to the beginning of a piece of memory.
#[test]
fn a_client_that_is_not_destroyed_is_not_lost() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/undestroyed.c");
    for library in [Library::Original, Library::Ours] {
        for version in ["4", "5"] {
            let store = Scratch::new();
            for store in ["-", store.path().to_str().expect("UTF-8")] {
                let run = program.with(library).arguments(&[&broker.uri(), version, store]);
                assert_eq!(run.under_valgrind().output(), "ends\n", "{library:?} {version} {store}");
            }
        }
    }
}

#[test]
fn everything_is_traced_cleanly() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&[]);
    let run = Program::compile("tests/c/trace.c").with(Library::Ours);
    let run =
        run.environment("MQTT_C_CLIENT_TRACE", "ON").environment("MQTT_C_CLIENT_TRACE_LEVEL", "MAXIMUM");
    run.arguments(&[&broker.uri(), "5", "callback", "again"]).under_valgrind().output();
}

#[test]
fn texts_end_cleanly() {
    for (version, mode) in [("5", "callback"), ("4", "receive")] {
        watched("terminated", &[version, mode]);
    }
}

#[test]
fn properties_travel_cleanly() {
    watched("properties", &[]);
}

#[test]
fn retained_messages_are_handled_cleanly() {
    watched("retained", &["4"]);
}

#[test]
fn clients_thrown_out_are_handled_cleanly() {
    for version in ["4", "5"] {
        watched("takeover", &[version]);
    }
}

#[test]
fn every_function_works_cleanly_in_callbacks() {
    for callback in ["messageArrived", "published", "connectionLost", "disconnected"] {
        let broker = ScriptedBroker::start(serve_all);
        watched_at(&broker.uri(), "api_in_callback", &[callback]);
    }
}

#[test]
fn clients_are_destroyed_cleanly_in_callbacks() {
    for callback in ["messageArrived", "deliveryComplete", "published", "connectionLost", "disconnected"] {
        let broker = ScriptedBroker::start(serve_all);
        watched_at(&broker.uri(), "destroy_in_callback", &[callback]);
    }
}

#[test]
fn handles_that_are_none_are_not_followed() {
    watched("stale_handles", &[]);
}

#[test]
fn threads_work_cleanly_on_shared_clients() {
    watched("threads", &["60", "7"]);
}

#[test]
fn cut_and_damaged_sessions_are_handled_cleanly() {
    for (version, mode) in [("4", "receive"), ("5", "callback")] {
        let deliveries = (0..100).step_by(9).map(Delivery::CutAfter);
        let deliveries = deliveries.chain((2..60).step_by(7).map(|place| Delivery::Damaged(place, 0xff)));
        let deliveries: Vec<_> = deliveries.chain([Delivery::Bytewise]).collect();
        let sessions = deliveries.len().to_string();
        let broker = ScriptedBroker::start(move |listener| {
            for delivery in deliveries {
                serve(&mut listener.accept(), delivery);
            }
        });
        watched_at(&broker.uri(), "survive", &[version, mode, &sessions]);
        broker.finish();
    }
}

#[test]
fn malformed_packets_are_refused_cleanly() {
    for (_, packet) in malformed_packets(5) {
        let broker = ScriptedBroker::start(move |listener| {
            let (mut peer, _) = listener.welcome();
            peer.send(&packet);
            peer.expect_end();
        });
        watched_at(&broker.uri(), "idle", &["5", "60", "receive"]);
        broker.finish();
    }
}

#[test]
fn refused_messages_are_freed_with_their_client() {
    let broker = Mosquitto::start(&[]);
    broker.publish(&["-t", "kept", "-r", "-q", "2", "-m", "x"]);
    let program = Program::compile("tests/c/events.c");
    let run = program.with(Library::Ours).arguments(&[&broker.uri(), "5", "60"]).under_valgrind();
    let mut events = run.start();
    events.write("refuse 1000000\nsubscribe kept\n");
    events.wait_for("refused: x");
    events.write("quit\n");
    events.finish().expect_success();
}

/// Clients over TLS; how often they connect, and with which options.
fn watched_with_tls(
    clients: &[(&str, &str)],
    uri: &str,
    trusted: &Authority,
    rounds: usize,
    options: &[&str],
) -> String {
    require("/usr/bin/valgrind", "valgrind");
    let common = [format!("trust={}", trusted.certificate().display()), format!("rounds={rounds}")];
    let said = clients.iter().map(|(program, mode)| {
        let run = Program::compile(program).with(Library::Ours);
        let run = run.arguments(&[uri, mode]).arguments(&common).arguments(options);
        run.under_valgrind().output()
    });
    said.collect()
}

const CALLING: (&str, &str) = ("tests/c/tls.c", "calling");
const CALLBACKS: (&str, &str) = ("tests/c/tls.c", "callbacks");
const ASYNC: (&str, &str) = ("tests/c/async_tls.c", "-");

/// Sessions are resumed, and both ends have certificates; with a WebSocket in it, too.
#[test]
fn tls_works_cleanly() {
    let authority = Authority::new("Test CA");
    let lines = authority.issue("server", HERE).listener(&authority);
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let client = authority.issue("client", "extendedKeyUsage=clientAuth");
    let [cert, key] = [("cert", &client.certificate), ("key", &client.key)]
        .map(|(option, path)| format!("{option}={}", path.display()));
    let mutual = [&["require_certificate true"], &*lines].concat();
    let websocket = [&["protocol websockets"], &*lines].concat();
    for (scheme, lines) in [("ssl", mutual), ("wss", websocket)] {
        let (_broker, port) = Mosquitto::start_with_listener(&lines);
        let uri = format!("{scheme}://localhost:{port}");
        let said =
            watched_with_tls(&[CALLING, CALLBACKS, ASYNC], &uri, &authority, 2, &["verify=1", &cert, &key]);
        assert_eq!(said.matches("echo: round 2").count(), 3, "{said}");
    }
}

#[test]
fn tls_fails_cleanly() {
    let (authority, stranger) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let lines = authority.issue("server", "subjectAltName=DNS:other.example").listener(&authority);
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let (broker, port) = Mosquitto::start_with_listener(&lines);
    let fails = |port: u16, trusted: &Authority, rounds: usize, options: &[&str]| {
        let options = [&["version=4", "timeout=60"], options].concat();
        let uri = format!("ssl://localhost:{port}");
        let said = watched_with_tls(&[CALLBACKS, ASYNC], &uri, trusted, rounds, &options);
        assert_eq!(said.matches("connect: -1").count(), 2 * rounds, "{said}");
    };
    fails(port, &stranger, 1, &[]);
    fails(port, &authority, 1, &["verify=1"]);
    fails(port, &authority, 1, &["ciphers=nonsense"]);
    // A server without TLS.
    fails(broker.port(), &authority, 1, &[]);
    // What is cut or changed on its way, in a handshake.
    for deed in [Deed::Cut, Deed::Flip] {
        fails(tamper(port, move |number| (number % 4 * 197, deed)), &authority, 4, &[]);
    }
    fails(tamper(port, |_| (100, Deed::Stall)), &authority, 1, &["timeout=5"]);
}

#[test]
fn messages_travel_cleanly_over_websocket() {
    for (version, qos, mode) in [("4", "2", "callback"), ("5", "1", "receive")] {
        let (_broker, uri) = Mosquitto::start_with_websockets();
        watched_at(&uri, "round_trip", &[version, qos, mode, "0", "1", "128", "65536"]);
    }
}

#[test]
fn servers_that_break_the_rules_of_websocket_are_left_cleanly() {
    type Script = fn(WebSocketPeer);
    let scripts: [Script; 5] = [
        |mut peer| peer.send(b"HTTP/1.1 302 Found\r\nLocation: elsewhere\r\n\r\n"),
        |mut peer| peer.send(b"no HTTP"),
        |mut peer| {
            let request = peer.expect_request();
            peer.send_bytewise(&request.agreement().as_bytes()[..100]);
        },
        |mut peer| {
            peer.welcome();
            peer.send(&[frame(0x89, &[7; 125]), frame(0x88, b"\x03\xE9bye"), frame(0x82, b"late")].concat());
            peer.expect_end();
        },
        |mut peer| {
            peer.upgrade();
            peer.expect_connect();
            peer.send(&[frame(0x02, &wire::connack(4, false, 0).encode()[..3]), frame(0x83, b"?")].concat());
            peer.expect_end();
        },
    ];
    for script in scripts {
        for mode in ["receive", "callback"] {
            let broker = ScriptedBroker::start(move |listener| script(WebSocketPeer::new(listener.accept())));
            watched_at(&broker.uri().replace("tcp", "ws"), "survive", &["4", mode, "1"]);
            broker.finish();
        }
    }
}
