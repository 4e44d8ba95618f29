//! Callbacks may do anything, take their time, and end their client.

use crate::support::answering_broker::serve_all;
use crate::support::library::Library;
use crate::support::mosquitto::Mosquitto;
use crate::support::program::Program;
use crate::support::scripted_broker::ScriptedBroker;

/// All but the trace's, which is special.
const CALLBACKS: [&str; 11] = [
    "connectSuccess",
    "connectFailure",
    "connected",
    "messageArrived",
    "deliveryComplete",
    "sendSuccess",
    "subscribeSuccess",
    "unsubscribeSuccess",
    "disconnectSuccess",
    "connectionLost",
    "disconnected",
];

///
fn every_function_works_in(callback: &str, library: Library, calls: &str) {
    let broker = ScriptedBroker::start(serve_all);
    let program = Program::compile("tests/c/async_api_in_callback.c");
    let output = program.with(library).arguments(&[&broker.uri(), callback, calls]).output();
    assert_eq!(output, "usable\n", "{callback}");
}

#[test]
fn every_function_may_be_called_in_every_callback() {
    for callback in CALLBACKS.into_iter().chain(["updateConnectOptions", "trace"]) {
        every_function_works_in(callback, Library::Ours, "all");
    }
}

/// But for functions that wait, and clients that are destroyed; and not in `disconnected`, in which the original still
/// takes the client for connected: of 65 runs on a busy machine 11 had the connection taken away between two calls in
/// the callback, and in 2 others the request that was sent right behind it had no outcome within 40 seconds.
#[test]
fn so_it_may_with_the_original() {
    for callback in CALLBACKS.into_iter().filter(|callback| *callback != "disconnected") {
        every_function_works_in(callback, Library::Original, "early");
    }
}

/// with the original the call stalls for ten seconds, and then the program crashes.
#[test]
fn a_client_may_be_destroyed_in_every_callback() {
    let program = Program::compile("tests/c/async_destroy_in_callback.c");
    for callback in CALLBACKS.into_iter().chain(["updateConnectOptions"]) {
        let broker = ScriptedBroker::start(serve_all);
        let output = program.run(&[&broker.uri(), callback]);
        assert_eq!(output, "0 descriptors left\n", "{callback}");
    }
}

/// how long another client waits for an echo, and a call of the program for its return, while a callback
/// sleeps for ten seconds, in milliseconds. With the original that is the whole time.
fn longest_waits_beside_a_sleeper(turn_ms: &str) -> [u64; 2] {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let program = Program::compile("tests/c/async_slow_callback.c").with(Library::Ours);
    let run = program.environment("MQTT_C_CLIENT_CALLBACK_TURN_MS", turn_ms);
    let output = run.arguments(&[&*broker.uri(), "10", "2"]).output();
    let times: Vec<u64> = output.split_whitespace().map(|number| number.parse().unwrap()).collect();
    times.try_into().unwrap()
}

#[test]
fn a_callback_that_sleeps_ten_seconds_keeps_its_connection_and_delays_no_other_for_long() {
    let [echo, call] = longest_waits_beside_a_sleeper("1000");
    assert!(echo < 2500 && call < 500, "another client waited {echo} ms, a call took {call} ms");
}

#[test]
fn a_callback_that_sleeps_ten_seconds_delays_no_other_at_all_if_the_environment_says_so() {
    let [echo, call] = longest_waits_beside_a_sleeper("0");
    assert!(echo < 1000 && call < 500, "another client waited {echo} ms, a call took {call} ms");
}
