//! The library's own threads, on which the application's callbacks run.

mod support;

use support::library::{Library, require};
use support::mosquitto::Mosquitto;
use support::program::Program;

/// Programs that need deep stacks say so with `ulimit -s`, which the original's thread heeds, as all threads do
/// that are started without saying more.
#[test]
fn callbacks_have_the_stack_that_the_process_was_started_with() {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/stack.c");
    for library in [Library::Original, Library::Ours] {
        let launcher = ["sh", "-c", "ulimit -s 32768 && exec \"$@\"", "sh"];
        let run = program.with(library).arguments(&[&broker.uri(), "20"]).launched_by(&launcher);
        assert_eq!(run.output(), "deep enough\n", "{library:?}");
    }
}

/// The original's only thread is gone then, and so are its callbacks. With ours others take its place.
fn goes_on_after_the_end_of_a_thread_in(callback: &str, version: &str) {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    for how in ["exit", "cancel"] {
        let output = Program::compile("tests/c/thread_ends.c").run(&[&broker.uri(), callback, how, version]);
        assert_eq!(output, "goes on\n", "{callback} {how}");
    }
}

#[test]
fn a_thread_may_end_in_message_arrived() {
    goes_on_after_the_end_of_a_thread_in("messageArrived", "4");
}

#[test]
fn a_thread_may_end_in_delivery_complete() {
    goes_on_after_the_end_of_a_thread_in("deliveryComplete", "4");
}

#[test]
fn a_thread_may_end_in_published() {
    goes_on_after_the_end_of_a_thread_in("published", "5");
}

#[test]
fn a_thread_may_end_in_connection_lost() {
    goes_on_after_the_end_of_a_thread_in("connectionLost", "4");
}

#[test]
fn a_thread_may_end_in_disconnected() {
    goes_on_after_the_end_of_a_thread_in("disconnected", "5");
}

/// On a thread of the application's, whose own handlers run, too.
#[test]
fn a_calling_thread_may_end_in_published() {
    goes_on_after_the_end_of_a_thread_in("calling", "5");
}

#[test]
fn a_calling_thread_may_end_in_a_function_of_the_store() {
    goes_on_after_the_end_of_a_thread_in("store", "4");
}

#[test]
fn a_calling_thread_may_end_in_the_trace_callback() {
    goes_on_after_the_end_of_a_thread_in("trace", "4");
}

/// And the thread is one of the library's again, that is in a callback in a call in a callback.
#[test]
fn a_thread_may_end_in_the_trace_callback_of_a_call_in_a_callback() {
    goes_on_after_the_end_of_a_thread_in("nested", "4");
}

/// Whatever their destructors have to do.
#[test]
fn threads_that_were_ended_are_gone_when_the_last_client_is() {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    assert_eq!(Program::compile("tests/c/slow_thread_end.c").run(&[&broker.uri()]), "all ended\n");
}

#[test]
fn a_thread_that_looks_up_a_name_ends_before_the_connect() {
    assert_eq!(Program::compile("tests/c/resolver_thread.c").run::<&str>(&[]), "ended before\n");
}

#[test]
fn threads_end_cleanly() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let program = Program::compile("tests/c/thread_ends.c");
    for (callback, how, version) in [
        ("messageArrived", "exit", "4"),
        ("messageArrived", "cancel", "5"),
        ("published", "exit", "5"),
        ("disconnected", "cancel", "5"),
        ("calling", "cancel", "5"),
        ("store", "exit", "4"),
        ("nested", "exit", "4"),
    ] {
        let arguments = [&broker.uri(), callback, how, version];
        let output = program.with(Library::Ours).arguments(&arguments).under_valgrind().output();
        assert_eq!(output, "goes on\n", "{callback} {how}");
    }
}

/// With the original, all clients of a process wait for the store of one.
#[test]
fn a_store_that_takes_long_delays_its_own_client_and_no_other() {
    for who in ["call", "background"] {
        let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
        let output = Program::compile("tests/c/slow_store.c").run(&[&broker.uri(), who]);
        assert_eq!(output, "served\n", "{who}");
    }
}
