//! A thread connects, and another one disconnects or destroys the client: connect returns at once, and neither
//! another version nor another server is tried.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::time::Duration;

use support::PATIENCE;
use support::library::Library;
use support::program::{Program, Running};
use support::scripted_broker::ScriptedBroker;

const WAYS: [&str; 2] = ["disconnect", "destroy"];

fn connect(way: &str, uri: &str, other: &str) -> Running {
    Program::compile("tests/c/connect_ended.c")
        .with(Library::Ours)
        .arguments(&[way, uri, other])
        .environment("MQTT_C_CLIENT_TRACE", "ON")
        .environment("MQTT_C_CLIENT_TRACE_LEVEL", "MINIMUM")
        .start()
}

/// Ends the connect that waits, and fails unless it ends for good.
fn assert_ends(mut program: Running) {
    program.write("go\n");
    let output = program.finish().expect_success().stdout;
    assert!(output.contains("connect: -1\n"), "{output}");
    assert_eq!(output.matches("Connecting to serverURI").count(), 1, "{output}");
}

#[test]
fn while_a_name_is_resolved() {
    for way in WAYS {
        let program = connect(way, "tcp://name", "tcp://other");
        program.wait_for("resolving");
        assert_ends(program);
    }
}

#[test]
fn while_an_address_does_not_answer() {
    // A listener whose queue is full.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let address = listener.local_addr().unwrap();
    let fill = |_| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
    let waiting: Vec<_> = (0..4).map(fill).collect();
    assert!(waiting.iter().any(Option::is_none), "the queue is full");
    let uri = address.to_string();
    for way in WAYS {
        let program = connect(way, &uri, &uri);
        program.wait_for("Connect pending");
        assert_ends(program);
    }
}

#[test]
fn while_connack_is_awaited() {
    for way in WAYS {
        let (has_connect, is_told) = channel();
        let broker = ScriptedBroker::start(move |listener| {
            let mut peer = listener.accept();
            peer.expect_connect();
            has_connect.send(()).unwrap();
            assert!(peer.expect_end().is_empty(), "nothing is said on a connection that is given up");
        });
        let uri = broker.uri();
        let program = connect(way, &uri, &uri);
        is_told.recv_timeout(PATIENCE).expect("a CONNECT");
        assert_ends(program);
        broker.finish();
    }
}
