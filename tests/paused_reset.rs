//! A connection that breaks while nothing is read, since too much waits for the application.

#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::io::Write;
use std::time::Duration;

use support::library::Library;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::wire::Publish;

/// So much is sent at most.
const FLOOD: usize = 100 << 20;

/// A server that cannot write for so long has filled all buffers of a client that does not read.
const DOES_NOT_READ: Duration = Duration::from_secs(3);

/// The engine reports a broken connection whatever it waits for. To be told again and again costs a processor.
#[test]
fn a_reset_while_reading_is_paused_costs_nothing_and_is_told_afterwards() {
    let broker = ScriptedBroker::start(|listener| {
        let (peer, _) = listener.welcome();
        let message = Publish { topic: "t".into(), payload: vec![b'x'; 32 << 10], ..Publish::default() };
        let bytes = message.packet(4).encode();
        let mut stream = peer.into_stream();
        stream.set_write_timeout(Some(DOES_NOT_READ)).unwrap();
        let written = (0..FLOOD / bytes.len()).take_while(|_| stream.write_all(&bytes).is_ok()).count();
        assert!(written < FLOOD / bytes.len(), "reading did not pause");
        // With bytes unread or unsent that is a reset.
        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    });
    let program = Program::compile("tests/c/paused_reset.c").with(Library::Ours);
    let mut running = program.arguments(&[&*broker.uri()]).start();
    broker.finish();
    running.write("reset\n");
    let finished = running.finish().expect_success();
    let milliseconds: u64 = finished.stdout.trim().parse().unwrap();
    assert!(milliseconds < 500, "{milliseconds} ms of processor time in two seconds");
}
