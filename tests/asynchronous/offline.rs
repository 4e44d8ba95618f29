//! Messages that wait for a connection.

use std::time::Duration;

use crate::support::answering_broker::serve_all;
use crate::support::files::Scratch;
use crate::support::library::Library;
use crate::support::program::Program;
use crate::support::scripted_broker::ScriptedBroker;

/// Of the debug library all of this is much slower.
const DEADLINE: Duration = Duration::from_secs(240);

fn queue(arguments: &[&str]) -> String {
    let broker = ScriptedBroker::start(serve_all);
    let run = Program::compile("tests/c/async_queue.c").with(Library::Ours).within(DEADLINE);
    run.arguments(&[broker.uri()]).arguments(arguments).output()
}

/// They cost nothing while they wait, the last one as much as the first, and all arrive.
#[test]
fn a_queue_of_180000_messages_costs_what_it_must() {
    assert_eq!(queue(&["memory", "180000"]), "all delivered\n");
}

/// Ready in less than a second of the processor's time; the library under test may be one that is not optimised.
#[test]
fn a_store_of_30000_messages_is_soon_read() {
    let files = Scratch::new();
    let milliseconds: u64 =
        queue(&["stored", "30000", files.path().to_str().unwrap()]).trim().parse().unwrap();
    assert!(milliseconds < 5000, "{milliseconds} ms");
}
