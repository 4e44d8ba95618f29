//! Many threads at once, and handles that are none.

mod support;

use support::mosquitto::Mosquitto;
use support::program::Program;

#[test]
fn eight_threads_do_everything_to_shared_and_own_clients() {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let program = Program::compile("tests/c/threads.c");
    for seed in ["1", "2", "3"] {
        let output = program.run(&[&broker.uri(), "500", seed]);
        assert_eq!(output, "0 descriptors left\n", "seed {seed}");
    }
}

#[test]
fn eight_threads_publish_on_one_client_and_nothing_is_lost_or_doubled() {
    let broker = Mosquitto::start(&["set_tcp_nodelay true", "max_queued_messages 0"]);
    let output = Program::compile("tests/c/one_client_many_threads.c").run(&[&broker.uri(), "1000"]);
    assert_eq!(output, "8000 messages\n");
}

/// The original follows each of these to wherever it points.
#[test]
fn handles_that_are_none_are_refused() {
    let broker = Mosquitto::start(&[]);
    let output = Program::compile("tests/c/stale_handles.c").run(&[broker.uri()]);
    let kinds = [
        "NULL",
        "destroyed",
        "destroyed twice",
        "an address of something else",
        "1",
        "-1",
        "far away",
        "old",
    ];
    assert_eq!(output, kinds.map(|kind| format!("{kind}: refused\n")).concat());
}
