//! Messages that follow each other closely leave together. None is left behind for it, and nobody waits
//! for anybody for good.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::wire::{DISCONNECT, PUBACK, PUBLISH, acknowledgement};

/// Design decision D6: the engine flushes, also where the publisher leaves it no processor of its own.
fn nothing_is_left_behind(mode: &str) {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let program = Program::compile("tests/c/left_behind.c");
    for processors in ["one", "all"] {
        assert_eq!(program.run(&[&broker.uri(), mode, processors]), "all arrived\n", "{processors}");
    }
}

#[test]
fn what_a_burst_leaves_behind_goes_out_by_itself_in_sync_mode() {
    nothing_is_left_behind("sync");
}

#[test]
fn what_a_burst_leaves_behind_goes_out_by_itself_in_callback_mode() {
    nothing_is_left_behind("callbacks");
}

/// Acknowledges so many messages in one piece, and takes as many more.
fn acknowledges_at_once(count: usize) -> ScriptedBroker<()> {
    ScriptedBroker::start(move |listener| {
        let (mut peer, _) = listener.welcome();
        let ids: Vec<u16> = (0..count).map(|_| peer.expect_publish().id).collect();
        let answers: Vec<u8> = ids.into_iter().flat_map(|id| acknowledgement(PUBACK, id).encode()).collect();
        peer.send(&answers);
        for _ in 0..count {
            peer.expect(PUBLISH);
        }
        peer.expect(DISCONNECT);
    })
}

/// A publisher lets the worker go first that tells many completions; a callback may wait for him.
#[test]
fn delivery_complete_may_wait_for_the_publisher() {
    let broker = acknowledges_at_once(64);
    let program = Program::compile("tests/c/publisher_awaited.c");
    assert_eq!(program.run(&[&broker.uri(), "64"]), "all published\n");
    broker.finish();
}

#[test]
fn many_completions_are_told_cleanly() {
    let broker = acknowledges_at_once(32);
    let program = Program::compile("tests/c/publisher_awaited.c").with(Library::Ours);
    program.arguments(&[&broker.uri(), "32"]).under_valgrind().output();
    broker.finish();
}
