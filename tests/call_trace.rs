//! What the trace tells of calls at level MINIMUM: each public function and each callback, entered and left
//! (contract L-404, decision 16).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::process::Command;

use support::library::{ASYNC, Library, SYNC};
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::wire::{PUBLISH, Publish};

/// Exports that no header declares: helpers of the original's own test programs.
const NOT_TRACED: [&str; 2] = ["Heap_", "hread_"];

/// An entry or an exit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    thread: u64,
    depth: usize,
    is_entry: bool,
    name: String,
    code: Option<i64>,
}

/// Reads `STAMP (thread) INDENT(depth)> name` and `STAMP (thread) INDENT(depth)< name (code) 0.123 ms`.
fn line(text: &str) -> Option<Line> {
    let text = text.get(20..)?.strip_prefix('(')?;
    let (thread, text) = text.split_once(") ")?;
    let (indent, text) = text.split_once('(')?;
    let (depth, text) = text.split_at(text.find(['>', '<'])?);
    let depth: usize = depth.strip_suffix(')')?.parse().ok()?;
    assert!(indent.len() == depth && indent.trim().is_empty(), "{text:?}");
    let is_entry = text.starts_with('>');
    let mut words = text[2..].split(' ');
    let name = words.next()?.to_owned();
    let rest: Vec<&str> = words.collect();
    let (code, took) = match rest[..] {
        [] => (None, None),
        [time, "ms"] => (None, Some(time)),
        [code, time, "ms"] => {
            (code.strip_prefix('(').and_then(|code| code.strip_suffix(')')?.parse().ok()), Some(time))
        }
        _ => panic!("{text:?}"),
    };
    assert_eq!(took.is_none(), is_entry, "{text:?}");
    assert!(
        took.is_none_or(|took| took.parse::<f64>().is_ok() && took.split_once('.').unwrap().1.len() == 3)
    );
    Some(Line { thread: thread.parse().ok()?, depth, is_entry, name, code })
}

fn calls(output: &str) -> Vec<Line> {
    output.lines().filter_map(line).collect()
}

/// Each thread leaves what it entered, in order, and its depths are those of its calls.
#[track_caller]
fn check_nesting(calls: &[Line]) {
    let mut threads: Vec<u64> = calls.iter().map(|call| call.thread).collect();
    threads.sort_unstable();
    threads.dedup();
    for thread in threads {
        let mut open: Vec<&Line> = Vec::new();
        for call in calls.iter().filter(|call| call.thread == thread) {
            if !call.is_entry {
                let entered = open.pop().expect("an exit without an entry");
                assert_eq!((&entered.name, entered.depth), (&call.name, call.depth));
            }
            assert_eq!(call.depth, open.len(), "{call:?}");
            if call.is_entry {
                open.push(call);
            }
        }
        assert!(open.is_empty(), "not left: {open:#?}");
    }
}

fn exit<'a>(calls: &'a [Line], name: &str) -> &'a Line {
    calls
        .iter()
        .find(|call| !call.is_entry && call.name == name)
        .unwrap_or_else(|| panic!("no exit of {name}"))
}

#[test]
fn each_export_is_traced_at_level_minimum_and_none_above() {
    check_exports(
        "tests/c/every_export.c",
        SYNC,
        &[
            ("MQTTClient_create", Some(0)),
            ("MQTTClient_publishMessage", Some(-6)),
            ("MQTTClient_subscribe5", Some(-3)),
            ("MQTTProperties_getNumericValueAt", Some(7)),
            ("MQTTClient_yield", None),
            ("MQTTClient_strerror", None),
            ("MQTTClient_destroy", None),
        ],
    );
}

#[test]
fn each_export_of_the_asynchronous_api_is_traced_too() {
    check_exports(
        "tests/c/every_export_async.c",
        ASYNC,
        &[
            ("MQTTAsync_create", Some(0)),
            ("MQTTAsync_send", Some(-3)),
            ("MQTTAsync_sendMessage", Some(-3)),
            ("MQTTAsync_isComplete", Some(1)),
            ("MQTTProperties_getNumericValueAt", Some(7)),
            ("MQTTAsync_strerror", None),
            ("MQTTAsync_destroy", None),
        ],
    );
}

/// The program calls all exports of the library, and these give these codes at first.
#[track_caller]
fn check_exports(program: &str, library: &str, codes: &[(&str, Option<i64>)]) {
    let program = Program::compile(program);
    let file = Library::Ours.directory_of(library).unwrap().join(format!("lib{library}.so.1"));
    let symbols = Command::new("nm").args(["-D", "--defined-only"]).arg(file).output().unwrap();
    let symbols = String::from_utf8(symbols.stdout).unwrap();
    let exports: Vec<&str> = symbols.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert!(exports.len() > 50, "{exports:?}");

    // No level is the same as MINIMUM: what users are told to do.
    for level in ["", "MINIMUM", "MEDIUM", "MAXIMUM"] {
        let run = program.with(Library::Ours).environment("MQTT_C_CLIENT_TRACE", "ON");
        let output = run.environment("MQTT_C_CLIENT_TRACE_LEVEL", level).output();
        let calls = calls(&output);
        check_nesting(&calls);
        for export in &exports {
            let is_traced = calls.iter().any(|call| call.name == *export);
            let is_to_be = !NOT_TRACED.iter().any(|part| export.contains(part));
            assert_eq!(is_traced, is_to_be, "{level}: {export}: {output}");
        }
        for (name, code) in codes {
            assert_eq!(exit(&calls, name).code, *code, "{name}");
        }
    }
    // The level is set by the program, too: to MINIMUM. So a call before that is looked for.
    for level in ["PROTOCOL", "ERROR"] {
        let run = program.with(Library::Ours).environment("MQTT_C_CLIENT_TRACE", "ON");
        let output = run.environment("MQTT_C_CLIENT_TRACE_LEVEL", level).output();
        assert!(output.contains("Trace Output") && !output.contains("_create"), "{output}");
    }
}

/// Answers a subscription; acknowledges a message and sends it back; ends at the next.
fn broker() -> ScriptedBroker<()> {
    ScriptedBroker::start(|listener| {
        let (mut peer, connect) = listener.welcome();
        peer.grant_subscription();
        let sent = peer.expect(PUBLISH);
        let properties = if connect.version == 5 { "00" } else { "" };
        let message = Publish::parse(&sent, connect.version).unwrap();
        peer.send_hex(&format!("40 02 {:04x}", message.id));
        let rest = format!("0005 63616c6c73 {properties} 78");
        assert_eq!(message.topic, "calls");
        peer.send_hex(&format!("30 {:02x} {rest}", 8 + properties.len() / 2));
        peer.expect(PUBLISH);
        peer.close();
    })
}

fn session(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let broker = broker();
    let mut run = Program::compile("tests/c/call_trace.c").with(Library::Ours);
    run = run.arguments(&[broker.uri().as_str()]).arguments(arguments);
    for (name, value) in environment {
        run = run.environment(name, value);
    }
    let output = run.output();
    broker.finish();
    output
}

#[test]
fn callbacks_are_traced_and_what_they_call_is_inside_of_them() {
    for version in ["4", "5"] {
        let calls = calls(&session(&[version], &[("MQTT_C_CLIENT_TRACE", "ON")]));
        check_nesting(&calls);
        let arrived = exit(&calls, "MQTTClient_messageArrived");
        assert_eq!(arrived.code, Some(42));
        for name in ["MQTTClient_isConnected", "MQTTClient_freeMessage", "MQTTClient_free"] {
            let inside = exit(&calls, name);
            assert_eq!((inside.thread, inside.depth), (arrived.thread, arrived.depth + 1), "{name}");
        }
        assert_eq!(exit(&calls, "MQTTClient_isConnected").code, Some(1));
        for name in ["MQTTClient_deliveryComplete", "MQTTClient_connectionLost"] {
            assert_eq!((exit(&calls, name).code, exit(&calls, name).depth), (None, 0));
        }
        let published = calls.iter().filter(|call| call.name == "MQTTClient_published").count();
        assert_eq!(published, if version == "5" { 2 } else { 0 });
        // The last line of the file: the trace ends with the last client.
        assert_eq!(calls.last().unwrap().name, "MQTTClient_destroy");
    }
}

#[test]
fn functions_of_a_store_are_traced() {
    let calls = calls(&session(&["4", "store"], &[("MQTT_C_CLIENT_TRACE", "ON")]));
    check_nesting(&calls);
    for (name, code) in [
        ("Persistence_open", 0),
        ("Persistence_keys", 0),
        ("Persistence_put", 0),
        ("Persistence_remove", 0),
        ("Persistence_close", 0),
    ] {
        assert_eq!(exit(&calls, name).code, Some(code), "{name}");
    }
    let create = calls.iter().position(|call| call.name == "MQTTClient_createWithOptions").unwrap();
    assert_eq!(exit(&calls, "Persistence_open").depth, calls[create].depth + 1);
}

/// A trace callback that calls the library would otherwise be called for its own calls, without end.
#[test]
fn what_a_trace_callback_calls_is_not_traced() {
    let output = session(&["4", "asking"], &[]);
    let calls = calls(&output);
    check_nesting(&calls);
    let asked = calls.iter().filter(|call| call.name == "MQTTClient_isConnected").count();
    // Once, in messageArrived.
    assert_eq!(asked, 2, "{output}");
}
