//! Programs that close all descriptors, those of the library too.

#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;

use support::files::Scratch;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

/// The program's own files get the numbers of the library's: nothing may be written to them, or close them.
fn closes_all(mode: &str) {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    for source in ["tests/c/closed_descriptors.c", "tests/c/async_closed_descriptors.c"] {
        let program = Program::compile(source);
        for kind in ["files", "events", "nothing"] {
            let output = program.run(&[&broker.uri(), mode, kind]);
            assert_eq!(output, "untouched\n", "{source} {kind}");
        }
    }
}

#[test]
fn a_client_connects_again_after_its_program_has_closed_all_descriptors() {
    closes_all("again");
}

#[test]
fn a_client_ends_after_its_program_has_closed_all_descriptors() {
    closes_all("destroy");
}

#[test]
fn a_client_whose_socket_its_program_has_closed_fails_and_connects_again() {
    closes_all("connected");
}

/// The trace goes on in its file, and not in the program's.
#[test]
fn the_trace_goes_on_after_the_program_has_closed_all_descriptors() {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let directory = Scratch::new();
    let file = directory.path().join("trace");
    let program = Program::compile("tests/c/closed_descriptors.c");
    let run = program.with(Library::Ours).arguments(&[&broker.uri(), "again", "files"]);
    let output = run.environment("MQTT_C_CLIENT_TRACE", file.to_str().unwrap()).output();
    assert_eq!(output, "untouched\n");
    let trace = fs::read_to_string(file).unwrap();
    assert_eq!(trace.matches("> MQTTClient_connect\n").count(), 2, "{trace}");
}
