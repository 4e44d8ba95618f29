//! Asynchronous clients whose server says nothing: they notice that in time, come back when it does, and cost nothing
//! while they wait.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use std::thread;

use rustix::process::Signal;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Program, Run};

/// C-11.2, C-11.3, A-8.1: bytes that only the kernel has are no sign of the server's life.
fn notices_a_stopped_broker(version: &str, qos: &str) {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/async_stopped.c").with(Library::Ours);
    let mut publisher = program.arguments(&[&broker.uri(), version, "2", qos]).start();
    publisher.wait_for("connected");
    broker.signal(Signal::STOP);
    publisher.write("go\n");
    let lost = publisher.wait_for("lost after");
    broker.signal(Signal::CONT);
    publisher.wait_for("0 without outcome");
    publisher.finish().expect_success();
    let milliseconds: u64 = lost.split(' ').nth(2).and_then(|number| number.parse().ok()).expect("a number");
    // Two and a half intervals, and what a busy machine adds.
    assert!(milliseconds < 8000, "version {version}, QoS {qos}: {milliseconds} ms");
}

#[test]
fn a_publisher_notices_a_stopped_broker_and_comes_back() {
    thread::scope(|scope| {
        for version in ["4", "5"] {
            for qos in ["0", "1", "2"] {
                scope.spawn(move || notices_a_stopped_broker(version, qos));
            }
        }
    });
}

#[test]
fn a_client_that_waits_is_at_rest() {
    let run: Run = Program::compile("tests/c/async_resting.c").with(Library::Ours);
    assert_eq!(run.output(), "at rest\n");
}
