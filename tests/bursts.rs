//! Messages that follow each other closely leave together. None is left behind for it, and nobody waits
//! for anybody for good.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::wire::{DISCONNECT, PUBACK, PUBLISH, Publish, acknowledgement};

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

/// An acknowledgement may leave together with the program's reply. Those to which there is none leave without.
fn acknowledges_without_a_reply(replies: &'static str) {
    const ROUNDS: u16 = 1000;
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        let mut acknowledged = Vec::new();
        for id in 1..=ROUNDS {
            let is_answered = id % 100 != 0;
            let payload = if is_answered { "request" } else { "silent" };
            let (topic, payload) = ("t".to_owned(), payload.into());
            peer.publish(&Publish { topic, payload, qos: 1, id, ..Publish::default() });
            // Behind the last reply nothing but time lets the acknowledgements go.
            let mut replied = !is_answered;
            while !replied || !is_answered && acknowledged.len() < usize::from(id) {
                let packet = peer.expect_any();
                replied |= packet.kind() == PUBLISH;
                acknowledged.extend((packet.kind() == PUBACK).then(|| packet.id()));
            }
        }
        let payload = "end".into();
        peer.publish(&Publish { topic: "t".to_owned(), payload, ..Publish::default() });
        peer.expect(DISCONNECT);
        acknowledged
    });
    let program = Program::compile("tests/c/replies.c");
    assert_eq!(program.run(&[&broker.uri(), replies]), "ended\n");
    assert!(broker.finish().into_iter().eq(1..=ROUNDS));
}

#[test]
fn what_waits_for_a_reply_of_a_callback_does_not_wait_for_good() {
    acknowledges_without_a_reply("callback");
}

#[test]
fn what_waits_for_a_reply_of_a_thread_does_not_wait_for_good() {
    acknowledges_without_a_reply("thread");
}
