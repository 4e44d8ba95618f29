//! The library's own threads, on which the application's callbacks run.

mod support;

use support::library::Library;
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
