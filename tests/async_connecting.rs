//! Connecting, disconnecting and connecting again, at any moment of each other.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use std::time::Duration;

use support::answering_broker::serve_all;
use support::library::Library;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::wire::{Publish, SUBSCRIBE};

/// Decisions of workers and of calls interleave in many ways: each of thousands of tries is another.
#[test]
fn whoever_asks_last_for_a_connection_has_it() {
    for version in ["4", "5"] {
        let broker = ScriptedBroker::start(serve_all);
        let run = Program::compile("tests/c/async_connect_again.c").with(Library::Ours);
        let run = run.arguments(&[&*broker.uri(), version, "1500"]).within(Duration::from_secs(240));
        assert_eq!(run.output(), "connected each time\n", "version {version}");
    }
}

/// as after `memset`, which leaves no time to connect. With the original it is chance, on a busy machine: it
/// looks at the time now and then.
#[test]
fn a_program_that_gives_no_time_to_connect_connects() {
    for timeout in ["0", "-1"] {
        let broker = ScriptedBroker::start(|listener| {
            let (mut peer, _) = listener.welcome();
            peer.expect(SUBSCRIBE);
            peer.publish(&Publish { topic: "fate".into(), payload: b"works".to_vec(), ..Publish::default() });
            peer.expect_end();
        });
        let run = Program::compile("tests/c/async_fate.c").with(Library::Ours);
        let output = run.arguments(&[&*broker.uri(), "4", timeout]).output();
        assert_eq!(output, "works\n", "{timeout}");
        broker.finish();
    }
}
