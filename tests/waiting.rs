//! Threads that wait for something, and drive the socket meanwhile: what they leave to the workers.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use std::sync::mpsc::channel;

use support::PATIENCE;
use support::library::Library;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::wire::{PUBACK, Publish, acknowledgement};

/// Design decision D3: the thread gives the socket back before it calls a callback that takes its time.
#[test]
fn a_wait_that_ends_in_the_trace_callback_leaves_the_socket_to_the_workers() {
    let (go, is_told) = channel();
    let broker = ScriptedBroker::start(move |listener| {
        let (mut peer, _) = listener.welcome();
        let first = peer.expect_publish();
        peer.expect_publish();
        is_told.recv_timeout(PATIENCE).expect("a program that waits");
        peer.send_packet(&acknowledgement(PUBACK, first.id));
        is_told.recv_timeout(PATIENCE).expect("the end of the wait");
        peer.publish(&Publish { topic: "b".into(), ..Publish::default() });
        peer.expect_end();
    });
    let program =
        Program::compile("tests/c/line_at_deadline.c").with(Library::Ours).arguments(&[broker.uri()]).start();
    program.wait_for("waiting");
    go.send(()).expect("a script that goes on");
    program.wait_for("timed out");
    go.send(()).expect("a script that goes on");
    program.wait_for("a message");
    program.finish().expect_success();
    broker.finish();
}
