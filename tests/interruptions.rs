//! Threads that are interrupted in a call of the library: by a signal whose handler calls it, too, or for good, by
//! being cancelled.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use support::files::Scratch;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

fn broker() -> Mosquitto {
    Mosquitto::start(&["set_tcp_nodelay true", "max_queued_messages 0"])
}

/// The original waits for its own locks.
#[test]
fn a_signal_handler_may_call_the_library_whatever_it_interrupts() {
    let broker = broker();
    let program = Program::compile("tests/c/signal_handler.c");
    let in_thread = ["receive", "waitForCompletion", "publish", "subscribe", "yield", "connect"];
    let in_handler =
        ["publish", "isConnected", "disconnect", "waitForCompletion", "subscribe", "tokens", "receive"];
    for mode in ["plain", "callbacks"] {
        for thread in in_thread {
            for handler in in_handler {
                let output = program.run(&[&broker.uri(), thread, handler, mode]);
                assert_eq!(output, "no call waited for ever\n", "{thread} {handler} {mode}");
            }
        }
    }
}

#[test]
fn a_signal_handler_may_end_the_program_whatever_it_interrupts() {
    let broker = broker();
    let program = Program::compile("tests/c/exit_in_handler.c");
    for call in ["yield", "publish", "receive", "create"] {
        assert_eq!(program.run(&[&broker.uri(), call]), "ended 30 times\n", "{call}");
    }
}

/// Cancels threads in each of these calls.
fn cancel(calls: &[&str], kinds: &[&str], with_store: bool, trace: &str) {
    let broker = broker();
    let program = Program::compile("tests/c/cancelled.c");
    for call in calls {
        for kind in kinds {
            for mode in ["plain", "callbacks"] {
                let directory = Scratch::new();
                let store = if with_store { directory.path().to_str().expect("UTF-8") } else { "-" };
                let run = program.with(Library::Ours).arguments(&[&broker.uri(), *call, *kind, mode, store]);
                let output = run.environment("MQTT_C_CLIENT_TRACE", trace).output();
                assert_eq!(output, "cancelled 20 times\n", "{call} {kind} {mode} {store} {trace}");
            }
        }
    }
}

const BLOCKING: [&str; 7] =
    ["receive", "yield", "connect", "waitForCompletion", "subscribe", "disconnect", "destroy"];

#[test]
fn a_thread_may_be_cancelled_in_calls_that_block() {
    cancel(&BLOCKING, &["deferred"], false, "");
}

/// But for publishing, which would have to pay for it.
#[test]
fn so_it_may_at_any_time() {
    let but_publishing = ["receive", "yield", "connect", "subscribe", "disconnect", "destroy", "settings"];
    cancel(&but_publishing, &["asynchronous"], false, "");
}

#[test]
fn a_thread_may_be_cancelled_that_publishes() {
    cancel(&["publish", "publish-1"], &["deferred"], false, "");
}

/// Not even by what a call does rarely. The thread has been cancelled before it calls, and finds nothing at the edges.
#[test]
fn a_thread_is_not_cancelled_between_the_edges_of_a_call() {
    let calls = [
        "first",
        "flood",
        "large",
        "window",
        "large-window",
        "nobody",
        "nobody-window",
        "published",
        "closed",
        "others",
        "blocking",
    ];
    let program = Program::compile("tests/c/cancelled_inside.c");
    let broker = broker();
    let stores = Scratch::new();
    let directory = stores.path().to_str().expect("UTF-8");
    for call in calls {
        for (version, mode) in [("4", "plain"), ("4", "callbacks"), ("5", "plain"), ("5", "callbacks")] {
            for (store, trace) in [("-", ""), (directory, "/dev/null")] {
                let run = program.with(Library::Ours).arguments(&[&broker.uri(), call, version, mode, store]);
                let output = run.environment("MQTT_C_CLIENT_TRACE", trace).output();
                assert_eq!(output, "ended at an edge\n", "{call} {version} {mode} {store} {trace}");
            }
        }
    }
}

#[test]
fn a_thread_may_be_cancelled_that_uses_a_store() {
    cancel(&["publish-1", "waitForCompletion", "disconnect", "destroy"], &["deferred"], true, "");
}

#[test]
fn a_thread_may_be_cancelled_whose_calls_are_traced() {
    cancel(&["publish", "publish-1", "waitForCompletion", "subscribe"], &["deferred"], false, "/dev/null");
}

/// They write records and lines of the trace, in the middle of which no thread may end.
#[test]
fn a_thread_of_the_library_may_be_cancelled_whatever_it_does() {
    let broker = broker();
    let program = Program::compile("tests/c/cancelled_worker.c");
    for trace in ["", "/dev/null"] {
        let store = Scratch::new();
        let directory = store.path().to_str().expect("UTF-8").to_owned();
        let run = program.with(Library::Ours).arguments(&[broker.uri(), directory]);
        let output = run.environment("MQTT_C_CLIENT_TRACE", trace).output();
        assert_eq!(output, "each message once\n", "{trace}");
    }
}

/// Callbacks in a row are run without disabling cancellation between them.
#[test]
fn a_thread_of_the_library_may_be_cancelled_between_callbacks() {
    let broker = broker();
    let program = Program::compile("tests/c/cancelled_between.c");
    for trace in ["", "/dev/null"] {
        let run = program.with(Library::Ours).arguments(&[broker.uri()]);
        let output = run.environment("MQTT_C_CLIENT_TRACE", trace).output();
        assert_eq!(output, "no other message lost\n", "{trace}");
    }
}
