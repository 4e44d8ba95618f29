//! A name server that never answers delays nobody but whoever asked it, and that one no longer than it wants to wait.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "this is test code")]

mod support;

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::namespace::Namespace;
use support::program::Program;

/// Contract. The name server would have some minutes: also the program's end does not wait for it.
fn assert_unhindered(source: &str, how: &str) {
    let namespace = Namespace::with_local_name_server();
    let broker = Mosquitto::start_inside(&namespace);
    let run = Program::compile(source).with(Library::Ours).inside(&namespace);
    assert_eq!(run.arguments(&[&*broker.uri(), how]).output(), "unhindered\n");
}

#[test]
fn nobody_but_an_asynchronous_connect_notices_a_silent_resolver() {
    for version in ["4", "5"] {
        assert_unhindered("tests/c/async_silent_resolver.c", version);
    }
}

#[test]
fn nobody_but_a_connect_notices_a_silent_resolver() {
    for way in ["calling", "callbacks"] {
        assert_unhindered("tests/c/silent_resolver.c", way);
    }
}
