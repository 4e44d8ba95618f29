//! Fork and cancellation. (Decisions 13 and 14.)

use crate::support::files::Scratch;
use crate::support::library::Library;
use crate::support::mosquitto::Mosquitto;
use crate::support::program::Program;

fn fork(library: Library, when: &str) {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let files = Scratch::new();
    let run = Program::compile("tests/c/async_fork.c").with(library);
    let output = run.arguments(&[&broker.uri(), when, files.path().to_str().unwrap()]).output();
    assert_eq!(output, "unharmed\n");
}

#[test]
fn a_client_that_is_made_before_a_fork_works_in_the_child() {
    fork(Library::Ours, "first");
}

#[test]
fn a_client_with_a_connection_is_the_parents_and_the_trace_says_so() {
    fork(Library::Ours, "connected");
}

fn cancel(calls: &[&str], kind: &str) {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let program = Program::compile("tests/c/async_cancelled.c");
    for call in calls {
        for stored in [false, true] {
            let files = Scratch::new();
            let store = if stored { files.path().to_str().unwrap() } else { "-" };
            let output = program.run(&[&*broker.uri(), *call, kind, store]);
            assert_eq!(output, "cancelled 20 times\n", "{call}, {kind}, {store}");
        }
    }
}

#[test]
fn threads_may_be_cancelled_in_any_call() {
    let calls =
        ["connect", "waitForCompletion", "send", "send-1", "subscribe", "disconnect", "destroy", "settings"];
    cancel(&calls, "deferred");
}

/// But for sending, which would have to pay for it.
#[test]
fn threads_may_be_cancelled_at_any_time() {
    cancel(&["connect", "subscribe", "disconnect", "destroy", "settings"], "asynchronous");
}
