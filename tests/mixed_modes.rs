//! Two clients in a process, with callbacks and without: who is served by whom. Contract C-5.1, C-6.1.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use std::thread;

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

fn with(library: Library, mode: &str) -> String {
    let broker = Mosquitto::start(&[]);
    Program::compile("tests/c/mixed_modes.c").with(library).arguments(&[&*broker.uri(), mode]).output()
}

/// At the same time: most of it is silence, which is to show that nobody needs to call anything.
#[track_caller]
fn both_do(mode: &str, expected: &str) {
    let (original, ours) = thread::scope(|scope| {
        let original = scope.spawn(|| with(Library::Original, mode));
        let ours = with(Library::Ours, mode);
        (original.join().expect("it ends"), ours)
    });
    assert_eq!(original, expected);
    assert_eq!(ours, expected);
}

/// Design decision D4: without callbacks there is no thread but the program's own.
#[test]
fn two_clients_without_callbacks_drive_themselves() {
    both_do("neither", "receive A: 0, a\nreceive B: 0, b\nthreads: 1\n");
}

#[test]
fn two_clients_with_callbacks_are_both_served() {
    both_do("both", "A lives, wills: 0\n");
}

/// C-6.1: until no client is connected any more.
#[test]
fn a_client_without_callbacks_is_served_beside_one_that_has_them() {
    both_do("one", "A lives, wills: 0\nA lives, wills: 0\n");
}

#[test]
fn a_client_without_callbacks_is_served_from_when_another_connects_that_has_them() {
    both_do("one, later", "A lives, wills: 0\nA lives, wills: 0\n");
}

/// With the original that is so most of the time: its thread may end before it sees that A is connected.
#[test]
fn a_client_without_callbacks_is_served_although_the_one_that_has_them_cannot_connect() {
    assert_eq!(with(Library::Ours, "failing"), "A lives, wills: 0\n");
}

#[test]
fn callbacks_that_are_set_late_are_called_if_another_client_has_some() {
    both_do("late", "on the calling thread: 0\n");
}

#[test]
fn callbacks_that_are_set_late_wait_for_the_next_connection_if_no_other_client_has_any() {
    both_do("late and alone", "on the calling thread: 1\nreceive A: 0, a\nmessages: 0\n");
}

/// C-9.2: the original's `receive` fails while any client has callbacks; ours refuses only that client's own.
#[test]
fn receive_works_for_a_client_without_callbacks() {
    let expected = "receive by a thread: 0, a\nreceive A: 0, a\nreceive A: 0, a\n\
                    A lives, wills: 0\nreceive A: 0, a\n";
    assert_eq!(with(Library::Ours, "receive"), expected);
}
