//! Server URIs as programs make them, which need not be tidy; and the proxies before servers.

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

/// A proxy that refuses connections.
const PROXY: &str = "http://127.0.0.1:1";

/// Contract T-401: with httpProxy the original never connects directly.
#[test]
fn a_proxy_in_the_options_is_never_gone_without() {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/proxy.c");
    for (options, result) in [
        (["8", PROXY, "-"], "connect: -1 -1"),
        (["8", "127.0.0.1:1", PROXY], "connect: -1 -1"),
        (["8", "", "-"], "connect: -1 -1"),
        // That one is for TLS; and an old structure ends before both.
        (["8", "-", PROXY], "connect: 0 0"),
        (["7", PROXY, PROXY], "connect: 0 0"),
    ] {
        for library in [Library::Ours, Library::Original] {
            let run = program.with(library).arguments(&[&broker.uri()]).arguments(&options);
            assert_eq!(run.output().trim(), result, "{options:?} {library:?}");
        }
    }
}

#[test]
fn a_proxy_in_the_environment_is_never_gone_without() {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/proxy.c");
    for (may_use, exceptions, result) in [
        ("TRUE", "", "connect: -1 -1"),
        ("TRUE, please", "example.org", "connect: -1 -1"),
        ("TRUE", "example.org,127.0.0.1", "connect: 0 0"),
        ("true", "", "connect: 0 0"),
    ] {
        let run = program.with(Library::Ours).environment("http_proxy", PROXY);
        let run =
            run.environment("PAHO_C_CLIENT_USE_HTTP_PROXY", may_use).environment("no_proxy", exceptions);
        let said = run.arguments(&[&broker.uri(), "8", "-", "-"]).output();
        assert_eq!(said.trim(), result, "{may_use} {exceptions}");
    }
}

#[test]
fn the_trace_says_why_a_proxy_makes_connecting_fail() {
    let broker = Mosquitto::start(&[]);
    let run = Program::compile("tests/c/proxy.c").with(Library::Ours);
    let run = run.environment("MQTT_C_CLIENT_TRACE", "ON").environment("MQTT_C_CLIENT_TRACE_LEVEL", "ERROR");
    let said = run.arguments(&[&broker.uri(), "8", PROXY, "-"]).output();
    let line = format!(
        "Not connecting to serverURI 127.0.0.1:{}: proxy: httpProxy in the connect options asks for an HTTP proxy, \
         which this library cannot use yet",
        broker.port()
    );
    assert_eq!(said.matches(&line).count(), 2, "{said}");
}
