//! MQTTAsync: the same dialogues under the original library and ours, but for the differences that
//! `differences.txt` lists, each with the clause of the contract that asks for it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../side_by_side/compare.rs"]
mod compare;
#[path = "../side_by_side/differences.rs"]
mod differences;
mod scenarios;
#[allow(dead_code, reason = "the dialogues of MQTTClient use more of it")]
#[path = "../side_by_side/stage.rs"]
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
fn lost_connections_leave_the_same() {
    compare(scenarios::losing::all());
}

#[test]
fn connections_come_back_the_same() {
    compare(scenarios::reconnecting::all());
}

#[test]
fn messages_go_out_the_same() {
    compare(scenarios::publishing::all());
}

#[test]
fn messages_wait_for_a_connection_the_same() {
    compare(scenarios::buffering::all());
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
fn slow_servers_see_the_same() {
    compare(scenarios::pressure::all());
}

/// How the list calls the walk through wrong arguments.
const ARGUMENTS: &str = "arguments";

#[test]
fn each_listed_difference_belongs_to_a_scenario() {
    compare::each_entry_belongs_to_a_scenario(&listed(), scenarios::all(), &[ARGUMENTS]);
}

/// Callers act on the first check that fails, so each has its place. (Section 3 of the contract.)
#[test]
fn wrong_arguments_get_the_same_return_codes_and_codes_the_same_texts() {
    let program = Program::compile("tests/c/async_checks.c");
    let [original, ours] = [Library::Original, Library::Ours].map(|library| {
        let broker = Mosquitto::start(&[]);
        let output = program.with(library).arguments(&[&broker.uri(), "both"]).output();
        output.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let complaints = differences::complaints(ARGUMENTS, &original, &ours, &listed());
    assert!(complaints.is_empty(), "{complaints}");
}
