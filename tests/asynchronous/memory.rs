//! The C programs under valgrind: no access to memory that is not theirs, nothing lost.

use crate::support::answering_broker::serve_all;
use crate::support::files::Scratch;
use crate::support::library::{Library, require};
use crate::support::mosquitto::Mosquitto;
use crate::support::program::Program;
use crate::support::scripted_broker::ScriptedBroker;

/// Runs a program of `tests/c` against mosquitto; `arguments` follow the URI.
fn watched(name: &str, arguments: &[&str]) {
    let broker = Mosquitto::start(&[]);
    watched_at(&broker.uri(), name, arguments);
}

/// The same against a server that throws out who publishes to `expel`.
fn watched_by_the_expelling(name: &str, arguments: &[&str]) {
    let broker = ScriptedBroker::start(serve_all);
    watched_at(&broker.uri(), name, arguments);
}

fn watched_at(uri: &str, name: &str, arguments: &[&str]) {
    require("/usr/bin/valgrind", "valgrind");
    let program = Program::compile(&format!("tests/c/{name}.c"));
    program.with(Library::Ours).arguments(&[uri]).arguments(arguments).under_valgrind().output();
}

#[test]
fn wrong_arguments_are_refused_cleanly() {
    watched("async_checks", &["both"]);
    watched("async_checks", &["ours"]);
}

#[test]
fn callbacks_may_call_everything_cleanly() {
    for callback in
        ["connectSuccess", "connectFailure", "messageArrived", "connectionLost", "updateConnectOptions"]
    {
        watched_by_the_expelling("async_api_in_callback", &[callback, "all"]);
    }
}

#[test]
fn clients_are_destroyed_in_callbacks_cleanly() {
    for callback in [
        "connectSuccess",
        "connectFailure",
        "messageArrived",
        "sendSuccess",
        "connectionLost",
        "disconnected",
    ] {
        watched_by_the_expelling("async_destroy_in_callback", &[callback]);
    }
}

#[test]
fn threads_work_cleanly() {
    watched_by_the_expelling("async_threads", &["40", "3"]);
}

#[test]
fn clients_come_and_go_cleanly() {
    watched_by_the_expelling("async_storm", &["20", "3"]);
}

#[test]
fn queues_are_kept_and_restored_cleanly() {
    let files = Scratch::new();
    watched_by_the_expelling("async_queue", &["stored", "300", files.path().to_str().unwrap()]);
}
