//! A server that sends faster than the application takes its messages: memory is bounded, whoever waits.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use std::io::Write;

use support::library::Library;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::wire::Publish;

/// So much is sent at most, in messages of 32 KiB.
const FLOOD: usize = 500 << 20;

/// 32 MiB of messages, what they cost besides, buffers, and the program.
const AT_MOST_MIB: u64 = 80;

#[track_caller]
fn is_bounded_with(who: &str) {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        peer.expect_publish();
        let message = Publish { topic: "t".into(), payload: vec![b'x'; 32 << 10], ..Publish::default() };
        let bytes = message.packet(4).encode();
        let mut stream = peer.into_stream();
        // Until the client has gone.
        for _ in 0..FLOOD / bytes.len() {
            if stream.write_all(&bytes).is_err() {
                break;
            }
        }
    });
    let program = Program::compile("tests/c/flood_waiters.c").with(Library::Ours);
    let output = program.arguments(&[&*broker.uri(), who]).output();
    let mib: u64 = output.trim().parse().expect("a number of MiB");
    assert!(mib < AT_MOST_MIB, "{who}: {mib} MiB");
    broker.finish();
}

#[test]
fn a_thread_that_waits_for_a_delivery() {
    is_bounded_with("completion");
}

#[test]
fn a_thread_that_waits_for_room_in_the_window() {
    is_bounded_with("publish");
}

#[test]
fn a_thread_that_subscribes() {
    is_bounded_with("subscribe");
}

#[test]
fn a_thread_that_disconnects() {
    is_bounded_with("disconnect");
}

#[test]
fn a_callback_that_waits_for_a_delivery() {
    is_bounded_with("in a callback");
}

/// It fails, since no message is taken before it returns.
#[test]
fn a_callback_that_waits_for_room_in_the_window() {
    is_bounded_with("publish in a callback");
}

#[test]
fn a_client_without_callbacks_that_never_receives() {
    is_bounded_with("without callbacks");
}

#[test]
fn a_client_without_callbacks_that_only_yields() {
    is_bounded_with("yield");
}
