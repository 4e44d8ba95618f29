//! The asynchronous library is a guest in the program's process, as the synchronous one is: threads that end, signals,
//! exit, plug-ins, stacks, and memory that passes through the program's hands.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use std::fs;

use support::files::Scratch;
use support::library::{ASYNC, Library, require};
use support::mosquitto::Mosquitto;
use support::program::{Program, Run};

fn broker() -> Mosquitto {
    Mosquitto::start(&["set_tcp_nodelay true", "max_queued_messages 0"])
}

/// In the original its only thread is gone then, and so are its callbacks. With ours others take its place.
#[test]
fn a_thread_may_end_in_every_callback() {
    let broker = broker();
    let program = Program::compile("tests/c/async_thread_ends.c");
    for (callback, threads) in [
        ("messageArrived", 20),
        ("deliveryComplete", 13),
        ("connectSuccess", 1),
        ("connectFailure", 1),
        ("subscribeSuccess", 1),
        ("sendSuccess", 7),
        ("disconnectSuccess", 1),
        ("connected", 2),
        ("connectionLost", 1),
        ("updateConnectOptions", 1),
    ] {
        for how in ["exit", "cancel"] {
            let output = program.run(&[&broker.uri(), callback, how]);
            assert_eq!(output, format!("{threads} threads ended\n"), "{callback} {how}");
        }
    }
}

/// The original waits for its own locks.
#[test]
fn a_signal_handler_may_call_the_library_whatever_it_interrupts() {
    let broker = broker();
    let program = Program::compile("tests/c/async_signal_handler.c");
    for thread in ["send", "waitForCompletion", "subscribe", "tokens", "connect", "disconnect"] {
        for handler in ["send", "isConnected", "waitForCompletion", "subscribe", "connect", "disconnect"] {
            let output = program.run(&[&broker.uri(), thread, handler]);
            assert_eq!(output, "no call waited for ever\n", "{thread} {handler}");
        }
    }
}

/// As the original, unless its thread has time to send.
#[test]
fn what_is_unsent_is_sent_at_the_end_of_the_process() {
    let broker = broker();
    for way in ["exit", "return", "callback"] {
        let watcher = broker.watch(&["-t", "burst", "-C", "5000", "-F", "x"]);
        Program::compile("tests/c/async_exit.c").run(&[&broker.uri(), way, "5000", "20"]);
        watcher.finish().expect_success();
    }
}

#[test]
fn a_plugin_may_be_unloaded_with_and_without_destroying_its_clients() {
    let broker = broker();
    let directory = Library::Ours.directory_of(ASYNC).expect("ours has a directory");
    let library = directory.join("libpaho-mqtt3a.so.1");
    let program = Program::compile("tests/c/async_plugin.c");
    for ending in ["destroy", "keep"] {
        let arguments = [broker.uri().into(), ending.into(), library.clone().into_os_string()];
        assert_eq!(program.run(&arguments), "done\n", "{ending}");
    }
}

#[test]
fn callbacks_have_the_stack_that_the_process_was_started_with() {
    let broker = broker();
    let program = Program::compile("tests/c/async_stack.c");
    for library in [Library::Original, Library::Ours] {
        let launcher = ["sh", "-c", "ulimit -s 32768 && exec \"$@\"", "sh"];
        let run = program.with(library).arguments(&[&broker.uri(), "20"]).launched_by(&launcher);
        assert_eq!(run.output(), "deep enough\n", "{library:?}");
    }
}

/// A run of a program whose messageArrived frees its messages in these ways, one after the other, and gives these
/// answers.
fn freeing(broker: &Mosquitto, version: &str, ways: &[(&str, &str)]) -> Run {
    require("/usr/bin/valgrind", "valgrind");
    let program = Program::compile("tests/c/async_free_in_callback.c");
    let ways: Vec<&str> = ways.iter().flat_map(|(way, answer)| [*way, *answer]).collect();
    program.with(Library::Ours).arguments(&[&broker.uri(), version]).arguments(&ways).under_valgrind()
}

/// Decision 15, and contract: the length of the topic is told.
#[test]
fn a_message_freed_in_its_callback_counts_as_taken() {
    let broker = broker();
    let ways = ["both", "message", "topic", "pieces", "payload", "payload-and-message"].map(|way| (way, "0"));
    freeing(&broker, "5", &ways).output();
    let others = [
        ("both", "1"),
        ("pieces", "1"),
        ("message-then-topic", "1"),
        ("topic-then-message", "1"),
        ("later", "1"),
        ("twice", "1"),
        ("refuse-first", "1"),
    ];
    freeing(&broker, "4", &others).output();
}

/// Contract P-702, P-704, P-705: also what an earlier client of the name has left.
#[test]
fn what_is_stored_passes_through_the_programs_hooks() {
    let broker = broker();
    let directory = Scratch::new();
    let program = Program::compile("tests/c/async_hooks.c");
    let run = |part: &str| {
        program.run(&[broker.uri(), directory.path().to_str().expect("UTF-8").to_owned(), part.to_owned()])
    };
    assert_eq!(run("leave"), "9 wait\n");
    let records = files_below(directory.path());
    assert_eq!(records.len(), 9);
    assert!(records.iter().all(|record| !record.windows(6).any(|part| part == b"secret")));
    let watcher = broker.watch(&["-t", "hooks", "-q", "1", "-C", "9"]);
    assert_eq!(run("take"), "9 were delivered\n");
    let watcher = watcher.finish().expect_success();
    // The broker passes on those of QoS 2 later.
    let mut seen: Vec<&str> = watcher.stdout.lines().collect();
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|number| format!("secret {number}")));
    assert!(files_below(directory.path()).is_empty());
}

fn files_below(directory: &std::path::Path) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push(fs::read(path).expect("a file")),
        }
    }
    files
}
