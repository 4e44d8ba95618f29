//! Servers behind Unix domain sockets. Contract T-206.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};

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

/// The kernel has nobody wait for room in a queue, so the client does: connect has all its time.
#[test]
fn a_server_with_a_full_queue_is_waited_for() {
    let files = Scratch::new();
    let path = files.file("full");
    let listener = UnixListener::bind(&path).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let first = UnixStream::connect(&path).unwrap();
    let uri = format!("unix://{}", path.display());
    let run = Program::compile("tests/c/connect_failure.c").with(Library::Ours);
    let run =
        run.environment("MQTT_C_CLIENT_TRACE", "ON").environment("MQTT_C_CLIENT_TRACE_LEVEL", "PROTOCOL");
    let said = run.arguments(&[&*uri, "4", "1"]).output();
    assert!(said.ends_with("-1: Failure\n"), "{said}");
    let line = format!("Connect failed in UNIX socket, {}: the server has not taken the", path.display());
    assert!(said.contains(&line), "{said}");

    let run = Program::compile("tests/c/async_side_client.c").with(Library::Ours);
    let commands = ["create 4", "callbacks", "connect timeout=60", "await connect 1", "disconnect 1000"];
    let client = run.arguments(&[&*uri]).arguments(&commands).start();
    client.wait_for("call connect: 0");
    drop((first, listener.accept().unwrap()));
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"\x20\x02\x00\x00").unwrap();
    client.wait_for("back success of connect 1");
    client.finish().expect_success();
}
