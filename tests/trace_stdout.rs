//! The trace on standard output, which it shares with the program; and the time in its stamps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

const BOTH: [Library; 2] = [Library::Ours, Library::Original];

fn run(library: Library, mode: &str, level: &str, zone: &str) -> String {
    let broker = Mosquitto::start(&[]);
    let run = Program::compile("tests/c/trace_stdout.c").with(library).arguments(&[&broker.uri(), mode]);
    let run = run.environment("MQTT_C_CLIENT_TRACE", "ON").environment("MQTT_C_CLIENT_TRACE_LEVEL", level);
    run.environment("TZ", zone).output()
}

#[track_caller]
fn assert_order(output: &str, parts: &[&str]) {
    let mut rest = output;
    for part in parts {
        let place = rest.find(part).unwrap_or_else(|| panic!("{part:?} is not there, or not here: {output}"));
        rest = &rest[place + part.len()..];
    }
}

/// Decision 16. Standard output is a pipe here, so that the C library keeps what the program prints.
#[test]
fn the_lines_of_program_and_trace_are_in_order() {
    for library in BOTH {
        let output = run(library, "order", "PROTOCOL", "");
        assert_order(
            &output,
            &[
                "program: first\n",
                "Trace Output\n",
                "program: created\n",
                " -> CONNECT",
                " <- CONNACK",
                "program: connected\n",
                " -> DISCONNECT",
                "program: disconnected\n",
                "program: last\n",
            ],
        );
    }
}

/// The trace does not wait for a program that keeps standard output to itself, and loses nothing.
#[test]
fn a_locked_standard_output_holds_nobody_up() {
    let output = run(Library::Ours, "locked", "", "");
    assert_order(
        &output,
        &[
            "Trace Output\n",
            "> MQTTClient_connect\n",
            " -> CONNECT",
            " <- CONNACK",
            "< MQTTClient_connect (0)",
            "> MQTTClient_disconnect\n",
            "< MQTTClient_disconnect (0)",
            "program: last\n",
        ],
    );
    assert_eq!(output.matches("-> CONNECT").count(), 1, "{output}");
}

/// Contract L-401. `J1/0,J365/25` is daylight saving all year.
#[test]
fn stamps_are_local_time() {
    for zone in ["Asia/Tokyo", "JST-9", "NPT-5:45", "WST+3WDT+2,J1/0,J365/25", "UTC"] {
        for library in BOTH {
            let output = run(library, "time", "PROTOCOL", zone);
            let times: Vec<&str> = output.lines().filter_map(|line| line.strip_prefix("now ")).collect();
            let stamps: Vec<&str> =
                output.lines().filter(|line| line.contains("CONN")).map(|line| &line[..15]).collect();
            assert!(times.len() == 2 && stamps.len() == 2, "{output}");
            for stamp in stamps {
                assert!(times[0] <= stamp && stamp <= times[1], "{library:?} in {zone}: {output}");
            }
        }
    }
}

/// Whatever other threads were at when the process forked, a child is not held up by it.
#[test]
fn children_of_a_busy_trace_go_on() {
    let output = run(Library::Ours, "fork", "", "Asia/Tokyo");
    // A hundred in the children; the parent makes none.
    assert_eq!(output.matches("> MQTTClient_strerror\n").count(), 100, "{}", output.len());
}
