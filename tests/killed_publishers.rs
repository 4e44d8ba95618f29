//! What a program has published arrives, also if it ends without a word: nothing but a flood waits for company.

#![allow(clippy::panic, reason = "this is test code")]

mod support;

use support::PATIENCE;
use support::library::Library;
use support::program::Program;
use support::scripted_broker::{Arrival, ScriptedBroker};
use support::wire::PUBLISH;

/// How many messages arrive before the connection ends.
fn arrived(library: Library, arguments: &[&str]) -> usize {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        let mut count = 0;
        loop {
            match peer.next(PATIENCE) {
                Arrival::Packet(packet) => count += usize::from(packet.kind() == PUBLISH),
                Arrival::End => return count,
                Arrival::Nothing => panic!("the connection does not end"),
            }
        }
    });
    let program = Program::compile("tests/c/killed.c").with(library);
    program.arguments(&[broker.uri().as_str()]).arguments(arguments).finish();
    broker.finish()
}

const ENDINGS: [&str; 4] = ["_exit", "abort", "term", "child"];

#[test]
fn a_burst_arrives_however_the_process_ends() {
    for library in [Library::Ours, Library::Original] {
        for mode in ["sync", "callback"] {
            for ending in ENDINGS {
                // More than once: it is a matter of microseconds.
                for _ in 0..5 {
                    let count = arrived(library, &[mode, ending, "1", "100", "0"]);
                    assert_eq!(count, 100, "{library:?}, {mode}, {ending}");
                }
            }
        }
    }
}

/// After a pause it begins anew.
#[test]
fn many_bursts_arrive_however_the_process_ends() {
    for mode in ["sync", "callback"] {
        for (bursts, pause) in [("20", "1500"), ("5", "20000")] {
            for _ in 0..3 {
                let count = arrived(Library::Ours, &[mode, "_exit", bursts, "100", pause]);
                let expected = bursts.parse::<usize>().unwrap_or_default() * 100;
                assert_eq!(count, expected, "{mode}, {bursts} bursts, {pause} us");
            }
        }
    }
}
