//! The library works on a thread that has ended its own variables: in handlers of exit, and in destructors.

mod support;

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

#[test]
fn clients_may_be_made_and_used_when_the_threads_variables_are_gone() {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let program = Program::compile("tests/c/late_calls.c");
    for library in [Library::Ours, Library::Original] {
        for place in ["exit", "thread"] {
            for mode in ["plain", "callbacks"] {
                let run = program.with(library).arguments(&[&broker.uri(), place, mode]);
                assert_eq!(run.output(), "worked\n", "{library:?} {place} {mode}");
            }
        }
    }
}
