//! Server URIs as programs make them, which need not be tidy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

/// Contract T-103. `"tcp://%s:%5d"` is what some programs have.
#[test]
fn ports_are_read_as_atoi_reads_them() {
    let broker = Mosquitto::start(&[]);
    let port = broker.uri().rsplit(':').next().unwrap().to_owned();
    let uris = [
        format!("tcp://127.0.0.1: {port}"),
        format!("tcp://127.0.0.1:\t\r\n{port}"),
        format!("tcp://127.0.0.1:+{port}"),
        format!("127.0.0.1: +00{port} x"),
        format!("tcp://127.0.0.1]:{port}"),
        format!("tcp://127.0.0.1:+ {port}"),
        format!("tcp://127.0.0.1:-{port}"),
        format!("tcp://127.0.0.1 :{port}"),
        format!("tcp:// 127.0.0.1:{port}"),
        format!("tcp://[::1]x:{port}"),
    ];
    let program = Program::compile("tests/c/uris.c");
    for library in [Library::Ours, Library::Original] {
        let said = program.with(library).arguments(&uris).output();
        let expected: Vec<_> = (0..10).map(|uri| if uri < 5 { "0 0" } else { "-1 -1" }).collect();
        assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{library:?}");
    }
}
