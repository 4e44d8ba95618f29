//! The C programs under valgrind: no access to memory that is not theirs, nothing lost.

mod support;

use support::answering_broker::{Delivery, malformed_packets, serve, serve_all};
use support::files::Scratch;
use support::library::{Library, require};
use support::mosquitto::Mosquitto;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;

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
