//! Callbacks: what they are told, and that they may do anything, take their time, and end their client.

#![allow(clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::time::Duration;

use support::answering_broker::serve_all;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Program, Running};
use support::scripted_broker::{Arrival, Peer, ScriptedBroker};
use support::wire::{PUBACK, PUBCOMP, PUBREC, Publish, acknowledgement};

/// C-6.4 and design decision D3: each call works or fails at once, and the connection lives on.
fn every_function_works_in(callback: &str) {
    let broker = ScriptedBroker::start(serve_all);
    let output = Program::compile("tests/c/api_in_callback.c").run(&[&broker.uri(), callback]);
    assert_eq!(output, "usable\n");
}

#[test]
fn every_function_may_be_called_in_message_arrived() {
    every_function_works_in("messageArrived");
}

#[test]
fn every_function_may_be_called_in_delivery_complete() {
    every_function_works_in("deliveryComplete");
}

#[test]
fn every_function_may_be_called_in_published() {
    every_function_works_in("published");
}

#[test]
fn every_function_may_be_called_in_connection_lost() {
    every_function_works_in("connectionLost");
}

#[test]
fn every_function_may_be_called_in_disconnected() {
    every_function_works_in("disconnected");
}

#[test]
fn every_function_may_be_called_in_the_trace_callback() {
    every_function_works_in("trace");
}

/// How long a client has to wait at most for an echo while another's callback sleeps for ten seconds: C-13.2.
/// With the original that is the whole time, and the sleeper's connection is lost.
fn longest_wait_beside_a_sleeper(turn_ms: &str) -> u64 {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let program = Program::compile("tests/c/slow_callback.c").with(Library::Ours);
    let run = program.environment("MQTT_C_CLIENT_CALLBACK_TURN_MS", turn_ms);
    let output = run.arguments(&[&*broker.uri(), "10", "2"]).output();
    output.trim().parse().expect("a number of milliseconds")
}

#[test]
fn a_callback_that_sleeps_ten_seconds_keeps_its_connection_and_delays_no_other_for_long() {
    let longest = longest_wait_beside_a_sleeper("1000");
    assert!(longest < 2500, "another client waited {longest} ms");
}

#[test]
fn a_callback_that_sleeps_ten_seconds_delays_no_other_at_all_if_the_environment_says_so() {
    let longest = longest_wait_beside_a_sleeper("0");
    assert!(longest < 1000, "another client waited {longest} ms");
}

/// C-2.9.
fn destroy_works_in(callback: &str) {
    let broker = ScriptedBroker::start(serve_all);
    let output = Program::compile("tests/c/destroy_in_callback.c").run(&[&broker.uri(), callback]);
    assert_eq!(output, "0 descriptors left\n");
}

#[test]
fn a_client_may_be_destroyed_in_message_arrived() {
    destroy_works_in("messageArrived");
}

#[test]
fn a_client_may_be_destroyed_in_delivery_complete() {
    destroy_works_in("deliveryComplete");
}

#[test]
fn a_client_may_be_destroyed_in_published() {
    destroy_works_in("published");
}

#[test]
fn a_client_may_be_destroyed_in_connection_lost() {
    destroy_works_in("connectionLost");
}

#[test]
fn a_client_may_be_destroyed_in_disconnected() {
    destroy_works_in("disconnected");
}

fn events(uri: &str, version: &str) -> Running {
    Program::compile("tests/c/events.c").with(Library::Ours).arguments(&[uri, version, "60"]).start()
}

/// Sends a last message, by which the test knows that all before it has been answered.
fn end(peer: &mut Peer) {
    peer.publish(&Publish { topic: "end".into(), payload: b"end".into(), ..Publish::default() });
    peer.expect_end();
}

/// Ends the program in good order; gives the events, but not `connect: 0`: some may come before it.
fn finish(mut events: Running) -> String {
    events.write("quit\n");
    let output = events.finish().expect_success().stdout;
    let rest = output.strip_suffix("destroyed\n").expect("all events before the end");
    let (before, after) = rest.split_once("connect: 0\n").expect("a connection");
    format!("{before}{after}")
}

/// C-6.7.
#[test]
fn a_message_is_told_with_all_it_has() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        // DUP is set on the QoS 1 and QoS 2 messages; the second topic contains a NUL.
        peer.send_hex("31 08 0003 612f62 68 69 21");
        peer.send_hex("3a 0a 0003 610062 0007 6f6e65");
        peer.send_hex("3c 08 0001 63 0008 74776f");
        peer.send_hex("62 02 0008");
        // PUBREC may overtake the PUBACK: it says only that the message is here, not that it was taken.
        let mut answers: Vec<u8> = (0..3).map(|_| peer.expect_any().kind()).collect();
        answers.sort_unstable();
        assert_eq!(answers, [PUBACK, PUBREC, PUBCOMP]);
        end(&mut peer);
    });
    let events = events(&broker.uri(), "4");
    events.wait_for(": end");
    assert_eq!(
        finish(events),
        "message: a/b (0) qos 0 retained 1 dup 0 msgid 0: hi!\n\
         message: a (3) qos 1 retained 0 dup 1 msgid 7: one\n\
         message: c (0) qos 2 retained 0 dup 0 msgid 8: two\n\
         message: end (0) qos 0 retained 0 dup 0 msgid 0: end\n"
    );
    broker.finish();
}

/// C-6.5: once for each, when it is done; never for QoS 0, nor for an identifier that nobody used.
#[test]
fn completion_is_told_once_and_only_for_what_was_sent() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        assert_eq!(peer.expect_publish().qos, 0);
        let one = peer.expect_publish();
        let two = peer.expect_publish();
        assert_eq!((one.qos, one.id, two.qos, two.id), (1, 1, 2, 2));
        peer.send_hex("40 02 03e7"); // nobody's
        peer.send_packet(&acknowledgement(PUBREC, two.id));
        peer.expect_hex("62 02 0002");
        peer.send_packet(&acknowledgement(PUBCOMP, two.id));
        peer.send_packet(&acknowledgement(PUBCOMP, two.id)); // once more
        peer.send_packet(&acknowledgement(PUBACK, one.id));
        peer.expect_end();
    });
    let mut events = events(&broker.uri(), "4");
    events.write("publish 0 a\npublish 1 b\npublish 2 c\n");
    events.wait_for("complete: 1");
    // A message may be complete before its publish has returned.
    let (publishes, completions): (Vec<_>, Vec<_>) =
        finish(events).lines().map(str::to_owned).partition(|line| line.starts_with("publish"));
    assert_eq!(publishes, ["publish: 0, token 0", "publish: 0, token 1", "publish: 0, token 2"]);
    assert_eq!(completions, ["complete: 2", "complete: 1"]);
    broker.finish();
}

/// C-6.6: published comes before deliveryComplete; an error in a PUBREC ends the exchange without it.
#[test]
fn published_tells_the_reason_codes_of_mqtt_5() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        for _ in 0..4 {
            peer.expect_publish();
        }
        peer.send_hex("40 03 0001 10");
        peer.send_hex("40 04 0002 87 00");
        peer.send_hex("50 04 0003 97 00");
        peer.send_hex("50 02 0004");
        peer.expect_hex("62 02 0004");
        peer.send_hex("70 02 0004");
        peer.expect_end();
    });
    let mut events = events(&broker.uri(), "5");
    events.write("publish 1 a\npublish 1 b\npublish 2 c\npublish 2 d\n");
    events.wait_for("complete: 4");
    let output = finish(events);
    let told: Vec<&str> = output.lines().filter(|line| !line.starts_with("publish: 0")).collect();
    assert_eq!(
        told,
        [
            "published: 1, packet type 4, reason 16",
            "complete: 1",
            "published: 2, packet type 4, reason 135",
            "complete: 2",
            "published: 3, packet type 5, reason 151",
            "published: 4, packet type 7, reason 0",
            "complete: 4",
        ]
    );
    broker.finish();
}

/// C-6.8, C-6.9: offered again until it is taken, and nothing overtakes it. The acknowledgement waits.
#[test]
fn a_refused_message_is_offered_again_and_acknowledged_when_taken() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        peer.grant_subscription();
        for id in [1, 2] {
            let payload = format!("number {id}").into_bytes();
            peer.publish(&Publish { topic: "to/us".into(), payload, qos: 1, id, ..Publish::default() });
        }
        assert_eq!(peer.expect(PUBACK).id(), 1);
        assert_eq!(peer.expect(PUBACK).id(), 2);
        end(&mut peer);
    });
    let mut events = events(&broker.uri(), "4");
    events.write("refuse 3\nsubscribe to/us\n");
    events.wait_for(": end");
    let output = finish(events);
    let told: Vec<&str> = output.lines().filter(|line| line.contains("number")).collect();
    assert_eq!(
        told,
        [
            "refused: number 1",
            "refused: number 1",
            "refused: number 1",
            "message: to/us (0) qos 1 retained 0 dup 0 msgid 1: number 1",
            "message: to/us (0) qos 1 retained 0 dup 0 msgid 2: number 2",
        ]
    );
    broker.finish();
}

/// Decision 3 of the contract: the server may forget a message only when the application has it.
#[test]
fn a_message_is_not_acknowledged_while_the_application_refuses_it() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        peer.grant_subscription();
        let publish =
            Publish { topic: "to/us".into(), payload: b"x".into(), qos: 1, id: 9, ..Publish::default() };
        peer.publish(&publish);
        assert_eq!(peer.next(Duration::from_millis(700)), Arrival::Nothing);
    });
    let mut events = events(&broker.uri(), "4");
    events.write("refuse 1000000\nsubscribe to/us\n");
    // It is tried again and again, after pauses.
    events.wait_for_nth("refused: x", 3);
    broker.finish();
    events.write("quit\n");
    events.finish().expect_success();
}

/// C-4.5, C-4.7.
#[test]
fn the_loss_of_the_connection_is_told_once() {
    let broker = ScriptedBroker::start(|listener| listener.welcome().0.close());
    let mut events = events(&broker.uri(), "4");
    events.wait_for("lost");
    events.write("isConnected\npublish 1 x\ndisconnect\n");
    assert_eq!(
        finish(events),
        "lost, connected: 0, cause: none\nisConnected: 0\npublish: -3, token 0\ndisconnect: 0\n"
    );
    broker.finish();
}

/// C-4.8.
#[test]
fn a_disconnect_from_an_mqtt_5_server_is_told_with_its_reason_and_not_answered() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        // Server shutting down, with a reason string.
        peer.send_hex("e0 07 8b 05 1f 0002 6279");
        assert_eq!(peer.expect_end(), []);
    });
    let events = events(&broker.uri(), "5");
    events.wait_for("disconnected");
    assert_eq!(finish(events), "disconnected: 139, 1 properties\n");
    broker.finish();
}

/// C-4.1 to C-4.3, C-4.5: nothing is told about an end that the application asked for.
#[test]
fn a_disconnect_of_ours_is_not_told_as_a_loss() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        peer.expect_hex("e000");
        assert_eq!(peer.expect_end(), []);
    });
    let mut events = events(&broker.uri(), "4");
    events.write("disconnect\nisConnected\n");
    events.wait_for("isConnected");
    assert_eq!(finish(events), "disconnect: 0\nisConnected: 0\n");
    broker.finish();
}

/// Decision 1 of the contract and C-6.1: no thread and no descriptor outlives the last client.
#[test]
fn nothing_remains_after_the_last_client() {
    let broker = Mosquitto::start(&[]);
    let output = Program::compile("tests/c/remains.c").run(&[broker.uri()]);
    assert_eq!(output, "threads 0, descriptors 0\n");
}

/// Nothing polls: a client that has nothing to do is not even woken. The original wakes ten times a second.
#[test]
fn an_idle_client_wakes_nobody() {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/idle_cost.c");
    for mode in ["receive", "callback"] {
        let output = program.run(&[&broker.uri(), mode]);
        let wakings: u32 = output.trim().parse().expect("a number");
        assert!(wakings <= 4, "{mode}: woken {wakings} times in 2 s");
    }
}
