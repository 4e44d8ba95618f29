//! What works in a child of fork, and what does not: clients that were made before, and threads that wait.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use support::files::Scratch;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

fn broker() -> Mosquitto {
    Mosquitto::start(&["set_tcp_nodelay true", "max_queued_messages 0"])
}

/// Runs the program for a client that is set up before the fork, in every way.
fn fork_first(library: Library, setups: &[&str], modes: &[&str], stores: &[bool]) {
    let broker = broker();
    let program = Program::compile("tests/c/fork_first.c");
    for setup in setups {
        for mode in modes {
            for forks in ["1", "2"] {
                for &has_store in stores {
                    let directory = Scratch::new();
                    let directory = directory.path().to_str().expect("a name in UTF-8");
                    let store = if has_store { directory } else { "-" };
                    let run = program.with(library).arguments(&[&broker.uri(), *setup, *mode, forks, store]);
                    assert_eq!(run.output(), "all worked\n", "{setup} {mode} {forks} {store}");
                }
            }
        }
    }
}

#[test]
fn a_client_that_is_made_before_a_fork_works_in_the_child() {
    fork_first(Library::Ours, &["created", "used"], &["callbacks", "receive"], &[false, true]);
}

/// But not if it was used before: then it waits for threads that are not in the child. And the child, when it
/// destroys its client, takes the directory of the parent's store along.
#[test]
fn so_it_does_with_the_original() {
    fork_first(Library::Original, &["created"], &["callbacks", "receive"], &[false]);
}

#[test]
fn a_client_with_a_connection_is_the_parents_and_the_trace_says_so() {
    let broker = broker();
    let program = Program::compile("tests/c/fork_connected.c");
    for mode in ["callbacks", "receive"] {
        let directory = Scratch::new();
        let directory = directory.path().to_str().expect("a name in UTF-8");
        assert_eq!(program.run(&[&broker.uri(), mode, directory]), "unharmed\n", "{mode}");
    }
}

#[test]
fn threads_that_wait_in_the_parent_are_in_no_childs_way() {
    let broker = broker();
    let program = Program::compile("tests/c/fork_parked.c");
    assert_eq!(program.run(&[&broker.uri(), "16", "100"]), "100 children lived\n");
}

#[test]
fn nor_are_those_of_the_library() {
    let broker = broker();
    let program = Program::compile("tests/c/fork_parked.c");
    assert_eq!(program.run(&[&broker.uri(), "0", "100"]), "100 children lived\n");
}

/// The child has the parent's socket, too, and must not send on it what the parent sends.
#[test]
fn a_function_of_a_store_may_fork() {
    let broker = broker();
    Program::compile("tests/c/fork_in_store.c").run(&[&broker.uri()]);
}
