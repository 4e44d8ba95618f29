//! Many threads at once, and many clients.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::answering_broker::serve_all;
use crate::support::library::Library;
use crate::support::mosquitto::Mosquitto;
use crate::support::program::Program;
use crate::support::scripted_broker::ScriptedBroker;

/// For a debug library on a busy machine.
const DEADLINE: Duration = Duration::from_secs(180);

#[test]
fn eight_threads_may_do_everything_to_the_same_and_to_other_clients() {
    for seed in ["1", "2"] {
        let broker = ScriptedBroker::start(serve_all);
        let run = Program::compile("tests/c/async_threads.c").with(Library::Ours);
        let output = run.arguments(&[&*broker.uri(), "400", seed]).output();
        assert_eq!(output, "0 descriptors left\n", "seed {seed}");
    }
}

/// Also while they connect; and threads do not grow with clients.
#[test]
fn two_hundred_clients_may_be_created_connected_and_destroyed() {
    let broker = ScriptedBroker::start(serve_all);
    let run = Program::compile("tests/c/async_storm.c").with(Library::Ours);
    let output = run.arguments(&[&*broker.uri(), "200", "6"]).output();
    assert_eq!(output, "0 descriptors left, threads grew with clients: 0\n");
}

/// A thousand; `make soak` says five thousand.
#[test]
fn a_thousand_clients_in_one_process_work() {
    let clients = std::env::var("SOAK_CLIENTS").unwrap_or_else(|_| "1000".to_owned());
    // For the broker; the program does the same.
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files }).unwrap();
    let broker = Mosquitto::start(&["max_connections -1"]);
    let run = Program::compile("tests/c/async_many.c").with(Library::Ours).within(DEADLINE);
    let output = run.arguments(&[&*broker.uri(), &clients]).output();
    assert_eq!(output, "threads grew with clients: 0\n");
}
