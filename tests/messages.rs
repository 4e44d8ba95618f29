//! Messages in memory that C programs look at and free.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use support::mosquitto::Mosquitto;
use support::program::Program;

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
