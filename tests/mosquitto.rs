//! Against a real broker: every version, every QoS, both directions, and what a session may meet.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::fs;

use support::files::Scratch;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::namespace::Namespace;
use support::program::Program;

/// Sizes at which the encoding of the remaining length, a buffer or a socket call changes.
const SIZES: [&str; 6] = ["0", "1", "127", "128", "65536", "16777216"];

fn round_trip(version: &str, qos: &str, mode: &str) {
    let broker = Mosquitto::start(&[]);
    let mut arguments = vec![broker.uri(), version.into(), qos.into(), mode.into()];
    arguments.extend(SIZES.map(String::from));
    let output = Program::compile("tests/c/round_trip.c").run(&arguments);
    let expected: String = SIZES.map(|size| format!("{size} bytes\n")).concat();
    assert_eq!(output, expected);
}

macro_rules! round_trips {
    ($($name:ident: $version:literal, $qos:literal, $mode:literal;)*) => {
        $(#[test]
        fn $name() {
            round_trip($version, $qos, $mode);
        })*
    };
}

round_trips! {
    payloads_return_whole_with_3_1_at_qos_0: "3", "0", "receive";
    payloads_return_whole_with_3_1_at_qos_1: "3", "1", "callback";
    payloads_return_whole_with_3_1_at_qos_2: "3", "2", "receive";
    payloads_return_whole_with_3_1_1_at_qos_0: "4", "0", "receive";
    payloads_return_whole_with_3_1_1_at_qos_1: "4", "1", "receive";
    payloads_return_whole_with_3_1_1_at_qos_2: "4", "2", "receive";
    payloads_return_whole_with_5_at_qos_0: "5", "0", "receive";
    payloads_return_whole_with_5_at_qos_1: "5", "1", "receive";
    payloads_return_whole_with_5_at_qos_2: "5", "2", "receive";
    payloads_return_whole_with_the_default_version: "0", "1", "receive";
    payloads_reach_the_callback_with_3_1_1_at_qos_0: "4", "0", "callback";
    payloads_reach_the_callback_with_3_1_1_at_qos_1: "4", "1", "callback";
    payloads_reach_the_callback_with_3_1_1_at_qos_2: "4", "2", "callback";
    payloads_reach_the_callback_with_5_at_qos_0: "5", "0", "callback";
    payloads_reach_the_callback_with_5_at_qos_1: "5", "1", "callback";
    payloads_reach_the_callback_with_5_at_qos_2: "5", "2", "callback";
}

/// The two ends of a round trip might agree on the same mistake; mosquitto's own clients would not.
#[test]
fn what_is_published_reaches_mosquitto_sub_and_the_other_way_round() {
    let broker = Mosquitto::start(&[]);
    let files = Scratch::new();
    let payload: Vec<u8> = (0..16 << 20).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let file = files.write("payload", &payload);
    let program = Program::compile("tests/c/exchange_file.c");
    for version in ["3", "4", "5"] {
        for qos in ["0", "1", "2"] {
            let watcher = broker.watch(&["-t", "from/us", "-q", qos, "-C", "1", "-N"]);
            let back = files.file("back");
            let run = program.with(Library::Ours).arguments(&[
                broker.uri(),
                version.into(),
                qos.into(),
                file.display().to_string(),
                back.display().to_string(),
            ]);
            let running = run.start();
            let received = watcher.finish().expect_success().stdout_bytes;
            assert!(received == payload, "version {version}, QoS {qos}: {} bytes arrived", received.len());
            running.wait_for("subscribed");
            broker.publish(&["-t", "to/us", "-q", qos, "-f", &file.display().to_string()]);
            running.finish().expect_success();
            assert!(fs::read(&back).unwrap() == payload, "version {version}, QoS {qos}, received");
        }
    }
}

#[test]
fn retained_messages_meet_later_subscribers() {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/retained.c");
    for version in ["3", "4", "5"] {
        let output = program.run(&[&broker.uri(), version]);
        assert_eq!(output, "late: kept/here retained 1: for later\ntoo late: nothing\n", "version {version}");
    }
}

/// Runs the mortal client; gives what the other side has seen, which is asked for by a last message of ours.
fn will_seen_after(ending: &str, version: &str) -> String {
    let broker = Mosquitto::start(&[]);
    let watcher = broker.watch(&["-t", "last/words", "-q", "1", "-F", "%t %q %r %l"]);
    let program = Program::compile("tests/c/will.c");
    let run = program.with(Library::Ours).arguments(&[&broker.uri(), version, ending]);
    let mut running = run.start();
    if ending == "vanish" {
        running.finish().expect_success();
    } else {
        running.wait_for("ended");
        // The broker has seen the end of the connection, whatever it makes of it.
        let log =
            if ending == "disconnect" { "Received DISCONNECT from mortal" } else { "mortal closed its conn" };
        broker.wait_for_log(log);
        running.write("go\n");
        running.finish().expect_success();
    }
    broker.publish(&["-t", "last/words", "-q", "1", "-m", "end"]);
    watcher.wait_for("last/words 1 0 3");
    watcher.stdout()
}

#[test]
fn a_will_is_not_published_after_a_disconnect() {
    for version in ["3", "4", "5"] {
        assert_eq!(will_seen_after("disconnect", version), "last/words 1 0 3\n", "version {version}");
    }
}

/// C-2.8: destroy closes the connection, without DISCONNECT.
#[test]
fn a_will_is_published_after_destroy_without_disconnect() {
    for version in ["3", "4", "5"] {
        assert_eq!(
            will_seen_after("destroy", version),
            "last/words 1 0 7\nlast/words 1 0 3\n",
            "version {version}"
        );
    }
}

#[test]
fn a_will_is_published_when_the_process_vanishes() {
    for version in ["3", "4", "5"] {
        assert_eq!(
            will_seen_after("vanish", version),
            "last/words 1 0 7\nlast/words 1 0 3\n",
            "version {version}"
        );
    }
}

#[test]
fn user_name_and_password_decide_about_the_connection() {
    let files = Scratch::new();
    let passwords = Mosquitto::password_file(&files, "ada", "secret");
    let broker =
        Mosquitto::start(&["allow_anonymous false", &format!("password_file {}", passwords.display())]);
    let program = Program::compile("tests/c/credentials.c");
    for (version, refusal) in [("3", "5"), ("4", "5"), ("5", "135")] {
        for kind in ["text", "binary"] {
            let right = program.run(&[&broker.uri(), version, "ada", "secret", kind]);
            assert_eq!(right, "connect: 0, connected: 1\n", "version {version}, {kind}");
            let wrong = program.run(&[&broker.uri(), version, "ada", "guess", kind]);
            assert_eq!(wrong, format!("connect: {refusal}, connected: 0\n"), "version {version}, {kind}");
        }
    }
}

/// C-4.5: told once. Whether mosquitto says why in MQTT 5 depends on its release.
#[test]
fn the_first_of_two_clients_with_the_same_identifier_is_thrown_out_and_told() {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/takeover.c");
    for version in ["3", "4"] {
        let output = program.run(&[&broker.uri(), version]);
        assert_eq!(output, "lost, connected: 0, cause: none\n", "version {version}");
    }
    let output = program.run(&[&broker.uri(), "5"]);
    let with_reason = output == "told: Session taken over\n";
    assert!(with_reason || output == "lost, connected: 0, cause: none\n", "{output}");
}

#[test]
fn properties_of_mqtt_5_travel_in_both_directions() {
    let broker = Mosquitto::start(&[]);
    let output = Program::compile("tests/c/properties.c").run(&[broker.uri()]);
    let mut lines: Vec<&str> = output.lines().collect();
    // Their order within the packet is the broker's.
    lines[3..10].sort_unstable();
    assert_eq!(
        lines,
        [
            "connect: identifier assigned: 1",
            "subscribeMany5: 2 1",
            "message: prop/one qos 2 retained 1: with properties",
            "  CONTENT_TYPE text/plain",
            "  CORRELATION_DATA c-17",
            "  PAYLOAD_FORMAT_INDICATOR 1",
            "  RESPONSE_TOPIC answers/here",
            "  SUBSCRIPTION_IDENTIFIER 23",
            "  USER_PROPERTY first=1",
            "  USER_PROPERTY second=2",
            "unsubscribe5: 0",
            "unsubscribe5 of no subscription: No subscription found",
        ]
    );
}

/// Runs a program that prints one number of milliseconds.
fn milliseconds(program: &Program, arguments: &[&str]) -> u64 {
    program.run(arguments).trim().parse().expect("a number")
}

/// C-7.7: an acknowledgement is acted on when it arrives. The original needs 1,000 ms.
#[test]
fn ten_pairs_of_publish_and_wait_take_milliseconds() {
    let broker = Mosquitto::start(&["set_tcp_nodelay true"]);
    let program = Program::compile("tests/c/pairs.c");
    for mode in ["receive", "callback"] {
        for qos in ["1", "2"] {
            let taken = milliseconds(&program, &[&broker.uri(), mode, qos, "10"]);
            assert!(taken < 500, "{mode}, QoS {qos}: {taken} ms");
        }
    }
}

/// C-2.3: a name may stand for several addresses; the server need not listen on the first.
#[test]
fn every_address_of_a_name_is_tried() {
    let addresses = ["127.0.0.2", "127.0.0.3", "127.0.0.1", "127.0.0.4"];
    let namespace = Namespace::with_hosts(&addresses.map(|address| (address, "many.example")));
    let broker = Mosquitto::start_inside(&namespace);
    let program = Program::compile("tests/c/connect_time.c");
    for mode in ["receive", "callback"] {
        let run = program.with(Library::Ours).inside(&namespace);
        let output = run.arguments(&["tcp://many.example:1883", mode, "10"]).output();
        assert!(output.ends_with(" ms, rc 0\n"), "{mode}: {output}");
    }
    drop(broker);
}
