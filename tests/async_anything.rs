//! Anything in any order: what no list of cases has.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use support::files::Scratch;
use support::library::{Library, require};
use support::mosquitto::Mosquitto;
use support::program::{Program, Run};

/// So many rounds of each thread.
fn anything(broker: &Mosquitto, directory: &Scratch, seed: &str, rounds: &str) -> Run {
    let directory = directory.path().to_str().expect("UTF-8");
    let program = Program::compile("tests/c/async_anything.c").with(Library::Ours);
    program.arguments(&[&broker.uri(), directory, seed, rounds])
}

#[test]
fn whatever_threads_and_callbacks_do_each_request_has_its_outcome() {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    for seed in ["1", "2", "3"] {
        let output = anything(&broker, &Scratch::new(), seed, "20000").output();
        assert_eq!(output, "each request had its outcome\n", "{seed}");
    }
}

#[test]
fn whatever_they_do_no_memory_is_lost_or_used_too_late() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let output = anything(&broker, &Scratch::new(), "4", "3000").under_valgrind().output();
    assert_eq!(output, "each request had its outcome\n");
}
