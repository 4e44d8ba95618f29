//! Callbacks of different clients of a process do not run at the same time, unless one takes long.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Program, Run};

fn program(broker: &Mosquitto, library: Library, what: &str) -> Run {
    Program::compile("tests/c/callback_turn.c").with(library).arguments(&[&*broker.uri(), what])
}

fn milliseconds(run: Run) -> u64 {
    run.output().trim().parse().expect("a number of milliseconds")
}

/// The same with MQTTAsync.
fn asynchronous(broker: &Mosquitto, library: Library) -> Run {
    Program::compile("tests/c/async_overlaps.c").with(library).arguments(&[&*broker.uri()])
}

/// As with the original, which has one thread for all.
#[test]
fn callbacks_of_different_clients_do_not_overlap() {
    let broker = Mosquitto::start(&[]);
    for library in [Library::Original, Library::Ours] {
        for run in [program(&broker, library, "overlaps"), asynchronous(&broker, library)] {
            assert_eq!(run.output(), "none\n", "{library:?}");
        }
    }
}

#[test]
fn they_do_if_the_environment_says_so() {
    let broker = Mosquitto::start(&[]);
    for run in [program(&broker, Library::Ours, "overlaps"), asynchronous(&broker, Library::Ours)] {
        assert_eq!(run.environment("MQTT_C_CLIENT_CALLBACK_TURN_MS", "0").output(), "some\n");
    }
}

/// With the original nothing ever comes again.
#[test]
fn a_callback_that_waits_for_another_clients_goes_on_after_a_second() {
    let broker = Mosquitto::start(&[]);
    let taken = milliseconds(program(&broker, Library::Ours, "stuck"));
    assert!((900..20_000).contains(&taken), "{taken} ms");
}

#[test]
fn a_program_may_set_another_time_than_a_second() {
    let broker = Mosquitto::start(&[]);
    let taken = milliseconds(program(&broker, Library::Ours, "shorter"));
    assert!((50..900).contains(&taken), "{taken} ms");
}

/// What it would wait for waits for it: until 30 s have passed, or, for the turn, a minute.
#[test]
fn a_callback_may_use_and_end_another_client() {
    let broker = Mosquitto::start(&[]);
    let taken = milliseconds(program(&broker, Library::Ours, "nested"));
    assert!(taken < 20_000, "{taken} ms");
}

#[test]
fn a_client_with_little_to_tell_does_not_wait_for_one_with_much() {
    let broker = Mosquitto::start(&["max_queued_messages 0"]);
    assert_eq!(program(&broker, Library::Ours, "fair").output(), "in between\n");
}

#[test]
fn a_callback_that_ends_its_thread_does_not_keep_the_turn() {
    let broker = Mosquitto::start(&[]);
    assert_eq!(program(&broker, Library::Ours, "exits").output(), "went on\n");
}
