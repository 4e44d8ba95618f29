//! Messages in memory that C programs look at and free.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use support::library::{Library, require};
use support::mosquitto::Mosquitto;
use support::program::{Program, Run};

/// Programs compare payloads with strings and print them with `%s`: decision 11.
#[test]
fn texts_end_with_a_nul_that_no_length_counts() {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/terminated.c");
    for version in ["4", "5"] {
        for mode in ["callback", "receive"] {
            program.run(&[&broker.uri(), version, mode]);
        }
    }
}

/// A run of a program whose messageArrived frees its messages in these ways, one after the other, and gives these
/// answers.
fn freeing(broker: &Mosquitto, version: &str, ways: &[(&str, &str)]) -> Run {
    let program = Program::compile("tests/c/free_in_callback.c");
    let ways: Vec<&str> = ways.iter().flat_map(|(way, answer)| [*way, *answer]).collect();
    program.with(Library::Ours).arguments(&[&broker.uri(), version]).arguments(&ways)
}

/// Decision 15: 0 by mistake, or what a function without a return statement leaves.
#[test]
fn a_message_freed_in_its_callback_counts_as_taken() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&[]);
    let ways = ["both", "message", "topic", "pieces", "payload", "payload-and-message"].map(|way| (way, "0"));
    freeing(&broker, "5", &ways).under_valgrind().output();
    let wholly = ["both", "pieces", "payload-and-message"];
    let ways = wholly.iter().flat_map(|way| [(*way, "1"), (*way, "-559038737")]).collect::<Vec<_>>();
    freeing(&broker, "4", &ways).under_valgrind().output();
    for version in ["4", "5"] {
        freeing(&broker, version, &[("both", "0")]).output();
    }
}

/// What is not freed before the callback returns is the program's to free later.
#[test]
fn parts_of_a_taken_message_are_freed_later() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&[]);
    let ways = ["message-then-topic", "topic-then-message", "later"].map(|way| (way, "1"));
    freeing(&broker, "5", &ways).under_valgrind().output();
}

#[test]
fn a_refused_message_comes_again_as_it_was() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&[]);
    freeing(&broker, "5", &[("refuse-first", "0")]).under_valgrind().output();
}

#[test]
fn freeing_twice_in_the_callback_is_ignored_and_traced() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&[]);
    for answer in ["0", "1"] {
        let run = freeing(&broker, "5", &[("twice", answer)]).environment("MQTT_C_CLIENT_TRACE", "ON");
        let said = run.environment("MQTT_C_CLIENT_TRACE_LEVEL", "ERROR").under_valgrind().output();
        for function in ["MQTTClient_free", "MQTTClient_freeMessage"] {
            let line =
                format!("{function}: ignored, messageArrived has freed this part of its message before");
            assert_eq!(said.matches(&line).count(), 12, "{said}");
        }
    }
}
