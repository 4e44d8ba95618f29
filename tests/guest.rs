//! The library is a guest in the program's process: fork, exit, signals, plug-ins, and what is left
//! behind.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use std::sync::mpsc::channel;

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::wire::PUBLISH;

fn broker() -> Mosquitto {
    Mosquitto::start(&["set_tcp_nodelay true", "max_queued_messages 0"])
}

/// The original's child waits for locks whose owners do not exist, or writes into its parent's connections.
#[test]
fn a_child_of_fork_leaves_its_parents_clients_alone_and_has_its_own() {
    let broker = broker();
    let watcher = broker.watch(&["-t", "from-the-child", "-t", "the-end"]);
    let output = Program::compile("tests/c/guest_fork.c").run(&[broker.uri()]);
    assert_eq!(output, "the parent and 20 children lived\n");
    broker.publish(&["-t", "the-end", "-m", "end"]);
    watcher.wait_for("end");
    assert_eq!(watcher.stdout(), "end\n", "nothing came from a child on a connection of its parent");
}

#[test]
fn a_child_that_returns_from_a_callback_ends_and_takes_nothing_from_its_parent() {
    let broker = broker();
    let output = Program::compile("tests/c/guest_fork_in_callback.c").run(&[broker.uri()]);
    assert_eq!(output, "20 arrived, 20 were published\n");
}

#[test]
fn signals_are_the_applications() {
    let broker = broker();
    let program = Program::compile("tests/c/guest_signals.c");
    for disposition in ["default", "handler"] {
        assert_eq!(program.run(&[&broker.uri(), disposition]), "undisturbed\n");
    }
}

#[test]
fn a_plugin_may_be_unloaded_with_and_without_destroying_its_clients() {
    let broker = broker();
    let library = Library::Ours.directory().expect("ours has a directory").join("libpaho-mqtt3c.so.1");
    let program = Program::compile("tests/c/guest_plugin.c");
    for ending in ["destroy", "keep"] {
        let arguments = [broker.uri().into(), ending.into(), library.clone().into_os_string()];
        assert_eq!(program.run(&arguments), "done\n", "{ending}");
    }
}

/// Ends a program after 5000 messages at QoS 0; all must arrive.
fn all_is_sent_at_the_end_by(way: &str) {
    let broker = broker();
    let watcher = broker.watch(&["-t", "burst", "-C", "5000", "-F", "x"]);
    Program::compile("tests/c/guest_exit.c").run(&[&broker.uri(), way, "5000", "20"]);
    watcher.finish().expect_success();
}

#[test]
fn exit_sends_what_is_unsent() {
    all_is_sent_at_the_end_by("exit");
}

#[test]
fn returning_from_main_sends_what_is_unsent() {
    all_is_sent_at_the_end_by("return");
}

#[test]
fn exit_in_a_callback_sends_what_is_unsent() {
    all_is_sent_at_the_end_by("callback");
}

/// The handler of exit has to wait for the server, on a thread whose own variables are gone.
#[test]
fn exit_waits_for_a_server_that_reads_late() {
    let (go, gone) = channel::<()>();
    let broker = ScriptedBroker::start(move |listener| {
        let (mut peer, _) = listener.welcome();
        gone.recv().expect("a word");
        peer.expect_end().iter().filter(|packet| packet.kind() == PUBLISH).count()
    });
    let program = Program::compile("tests/c/guest_exit.c").with(Library::Ours);
    let running = program.arguments(&[&broker.uri(), "return", "90", "10000"]).start();
    running.wait_for("published");
    go.send(()).expect("a listener");
    running.finish().expect_success();
    assert_eq!(broker.finish(), 90);
}

#[test]
fn rounds_of_clients_leave_nothing_behind() {
    let broker = broker();
    let program = Program::compile("tests/c/guest_leaks.c");
    assert_eq!(program.run(&[&broker.uri(), "1000"]), "nothing left\n");
}

#[test]
fn destroy_ends_every_wait_of_other_threads() {
    let none: [&str; 0] = [];
    assert_eq!(Program::compile("tests/c/guest_destroy.c").run(&none), "all returned\n");
}

#[test]
fn one_client_may_be_hammered_by_many_threads_while_it_is_destroyed() {
    let broker = broker();
    assert_eq!(Program::compile("tests/c/guest_hammer.c").run(&[&broker.uri(), "12"]), "nothing left\n");
}

#[test]
fn idle_clients_cost_no_time() {
    let broker = broker();
    assert_eq!(Program::compile("tests/c/guest_idle.c").run(&[&broker.uri(), "101", "2000"]), "100 served\n");
}

#[test]
fn descriptors_may_be_beyond_those_of_select() {
    let broker = broker();
    assert_eq!(Program::compile("tests/c/guest_idle.c").run(&[&broker.uri(), "1100", "50"]), "1099 served\n");
}

#[test]
fn a_flood_behind_a_slow_callback_is_bounded_and_the_connection_lives() {
    assert_eq!(Program::compile("tests/c/guest_slow.c").run(&["flood"]), "60000 in order\n");
}

#[test]
fn refused_messages_are_offered_in_order_and_without_haste() {
    assert_eq!(Program::compile("tests/c/guest_slow.c").run(&["refuse"]), "20 in order\n");
}
