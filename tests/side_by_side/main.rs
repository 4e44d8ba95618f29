//! The same dialogues under the original library and ours: the same return codes, callbacks and packets,
//! but for the differences that `differences.txt` lists, each with the clause of the contract that asks for it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[path = "../support/mod.rs"]
mod support;

mod compare;
mod differences;
mod scenarios;
#[allow(dead_code, reason = "the dialogues of MQTTAsync use more of it")]
mod stage;

use differences::Difference;
use stage::Scenario;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

/// Plays each scenario under both libraries.
fn compare(scenarios: Vec<Scenario>) {
    compare::compare(scenarios, &listed());
}

fn listed() -> Vec<Difference> {
    differences::listed(include_str!("differences.txt"))
}

#[test]
fn connections_begin_the_same() {
    compare(scenarios::connecting::all());
}

#[test]
fn connections_end_the_same() {
    compare(scenarios::ending::all());
}

#[test]
fn messages_go_out_the_same() {
    compare(scenarios::publishing::all());
}

#[test]
fn messages_come_in_the_same() {
    compare(scenarios::receiving::all());
}

#[test]
fn subscriptions_are_the_same() {
    compare(scenarios::subscribing::all());
}

#[test]
fn packets_in_pieces_are_the_same() {
    compare(scenarios::pieces::all());
}

#[test]
fn slow_servers_see_the_same() {
    compare(scenarios::pressure::all());
}

#[test]
fn messages_without_answer_are_repeated_the_same() {
    compare(scenarios::retrying::all());
}

#[test]
fn stores_keep_the_same() {
    compare(scenarios::storing::all());
}

/// Sections 6 and 8 of the trace contract.
#[test]
fn traces_tell_the_same() {
    compare(scenarios::tracing::all());
}

#[test]
fn each_listed_difference_belongs_to_a_scenario() {
    compare::each_entry_belongs_to_a_scenario(&listed(), scenarios::all(), &[ARGUMENTS]);
}

/// How the list calls the walk through wrong arguments.
const ARGUMENTS: &str = "arguments";

/// Callers act on the first check that fails, so each has its place. (Sections 1 to 9 of the client contract.)
#[test]
fn wrong_arguments_get_the_same_return_codes_and_codes_the_same_texts() {
    let program = Program::compile("tests/c/argument_checks.c");
    let [original, ours] = [Library::Original, Library::Ours].map(|library| {
        let broker = Mosquitto::start(&[]);
        let output = program.with(library).arguments(&[broker.uri()]).output();
        output.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let complaints = differences::complaints(ARGUMENTS, &original, &ours, &listed());
    assert!(complaints.is_empty(), "{complaints}");
}

/// The loader would take the original without a word if it did not find ours.
#[test]
fn the_library_under_test_is_ours() {
    let program = Program::compile("tests/c/version.c");
    let [ours, original] = [Library::Ours, Library::Original]
        .map(|library| program.with(library).arguments(&["unused"]).output());
    assert!(ours.contains("Compatible with: 1.3."), "{ours}");
    assert!(original.contains("Product name: Eclipse Paho"), "{original}");
    // Programs print these, and some look for them. (Contract L-302.)
    for name in ["Product name: ", "Version: ", "Build level: "] {
        assert!(ours.contains(name) && original.contains(name), "{name}");
    }
}

/// The lines of a protocol trace, without their times and socket numbers.
fn protocol_trace(program: &Program, library: Library, version: &str) -> Vec<String> {
    let broker = Mosquitto::start(&[]);
    let run = program.with(library).arguments(&[&broker.uri(), version]);
    let run = run.environment("MQTT_C_CLIENT_TRACE", "ON");
    let output = run.environment("MQTT_C_CLIENT_TRACE_LEVEL", "PROTOCOL").output();
    let packets = output.lines().filter(|line| line.contains(" -> ") || line.contains(" <- "));
    packets.map(|line| line.splitn(4, ' ').last().unwrap_or_default().to_owned()).collect()
}

/// Contract L-6: tests and people search for these lines.
#[test]
fn traces_of_the_protocol_are_the_same() {
    let program = Program::compile("tests/c/retained.c");
    for version in ["3", "4", "5"] {
        let ours = protocol_trace(&program, Library::Ours, version);
        let original = protocol_trace(&program, Library::Original, version);
        assert!(original.len() > 10, "{original:#?}");
        assert_eq!(ours, original, "version {version}");
    }
}
