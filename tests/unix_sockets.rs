//! Servers behind Unix domain sockets. Contract T-206.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use support::files::Scratch;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

/// A real broker behind a Unix domain socket, and its URI.
fn broker(files: &Scratch) -> (Mosquitto, String) {
    let path = files.file("m:q.sock");
    let broker = Mosquitto::start(&[&format!("listener 0 {}", path.display()), "allow_anonymous true"]);
    (broker, format!("unix://{}", path.display()))
}

#[test]
fn payloads_return_whole() {
    let files = Scratch::new();
    let (_broker, uri) = broker(&files);
    let program = Program::compile("tests/c/round_trip.c");
    for (version, mode) in [("3", "receive"), ("4", "callback"), ("5", "receive"), ("0", "callback")] {
        let output = program.run(&[&uri, version, "2", mode, "0", "128", "1048576"]);
        assert_eq!(output, "0 bytes\n128 bytes\n1048576 bytes\n", "{version} {mode}");
    }
}

#[test]
fn they_do_with_the_asynchronous_api() {
    let files = Scratch::new();
    let (_broker, uri) = broker(&files);
    let program = Program::compile("tests/c/async_round_trip.c");
    for version in ["3", "4", "5"] {
        let output = program.run(&[&uri, version, "1", "0", "128", "1048576"]);
        assert_eq!(output, "0 bytes\n128 bytes\n1048576 bytes\n", "{version}");
    }
}

/// Also as an entry of the list of servers. No proxy is asked for.
#[test]
fn what_is_no_socket_fails_and_says_why() {
    let files = Scratch::new();
    let (_broker, uri) = broker(&files);
    let nothing = format!("unix://{}", files.file("nothing").display());
    let plain = format!("unix://{}", files.write("plain", "no socket").display());
    let long = format!("unix://{}", "x".repeat(200));
    let run = Program::compile("tests/c/uris.c").with(Library::Ours);
    let run = run
        .environment("http_proxy", "http://127.0.0.1:1")
        .environment("PAHO_C_CLIENT_USE_HTTP_PROXY", "TRUE");
    let run =
        run.environment("MQTT_C_CLIENT_TRACE", "ON").environment("MQTT_C_CLIENT_TRACE_LEVEL", "PROTOCOL");
    let said = run.arguments(&[&*uri, &*nothing, &*plain, &*long, "unix://"]).output();
    let results: Vec<_> = said.lines().filter(|line| ["0 0", "-1 -1"].contains(line)).collect();
    assert_eq!(results, ["0 0", "-1 -1", "-1 -1", "-1 -1", "-1 -1"], "{said}");
    for (path, reason) in [
        (&nothing[7..], "No such file or directory"),
        (&plain[7..], "connection refused"),
        (&long[7..], "File name too long"),
    ] {
        let line = format!("Connect failed in UNIX socket, {path}: {reason}");
        assert!(said.contains(&line), "{line}: {said}");
    }
}
