//! Messages that follow each other closely leave together. None is left behind for it, and nobody waits
//! for anybody for good.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

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

/// A publisher lets the worker go first that tells many completions; a callback may wait for him.
#[test]
fn delivery_complete_may_wait_for_the_publisher() {
    const COUNT: usize = 64;
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        let ids: Vec<u16> = (0..COUNT).map(|_| peer.expect_publish().id).collect();
        let answers: Vec<u8> = ids.into_iter().flat_map(|id| acknowledgement(PUBACK, id).encode()).collect();
        peer.send(&answers);
        for _ in 0..COUNT {
            peer.expect(PUBLISH);
        }
        peer.expect(DISCONNECT);
    });
    let program = Program::compile("tests/c/publisher_awaited.c");
    assert_eq!(program.run(&[&broker.uri(), &COUNT.to_string()]), "all published\n");
    broker.finish();
}
