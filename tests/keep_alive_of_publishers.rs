//! Keep alive of programs that send: bytes that only the kernel has are no sign of the server's life, and a
//! server that takes them slowly is alive.

#![allow(clippy::expect_used, reason = "this is test code")]

mod support;

use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::wire::{
    DISCONNECT, PINGREQ, PINGRESP, PUBACK, PUBLISH, Packet, Publish, V5, acknowledgement, connack,
};

/// C-11.2, C-11.3: how long, in intervals, until a publisher notices that the broker was stopped.
fn stopped_broker_is_noticed_after(library: Library, version: &str, qos: &str, mode: &str) -> f64 {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/keep_alive_publisher.c").with(library);
    let mut publisher = program.arguments(&[&broker.uri(), version, "2", qos, mode]).start();
    publisher.wait_for("connected");
    broker.signal(Signal::STOP);
    publisher.write("go\n");
    let lost = publisher.wait_for("lost after");
    broker.signal(Signal::CONT);
    publisher.finish().expect_success();
    let milliseconds: f64 = lost.split(' ').nth(2).and_then(|number| number.parse().ok()).expect("a number");
    milliseconds / 2000.0
}

/// Two and a half intervals, and what a busy machine adds. All at the same time, since all of them wait.
#[track_caller]
fn assert_noticed_in_time(mode: &str, publishers: &[(Library, &str)]) {
    thread::scope(|scope| {
        for (library, version) in publishers {
            for qos in ["0", "1"] {
                scope.spawn(move || {
                    let intervals = stopped_broker_is_noticed_after(*library, version, qos, mode);
                    assert!(intervals < 4.0, "{library:?}, {version}, QoS {qos}: {intervals} intervals");
                });
            }
        }
    });
}

#[test]
fn a_publisher_with_callbacks_notices_a_stopped_broker() {
    let publishers = [(Library::Ours, "4"), (Library::Ours, "5"), (Library::Original, "4")];
    assert_noticed_in_time("callback", &publishers);
}

#[test]
fn a_publisher_that_yields_notices_a_stopped_broker() {
    assert_noticed_in_time("yield", &[(Library::Ours, "4"), (Library::Original, "4")]);
}

/// In sync mode nobody but the publishing thread is there to ping.
#[test]
fn a_publisher_that_only_publishes_notices_a_stopped_broker() {
    assert_noticed_in_time("sync", &[(Library::Ours, "4"), (Library::Ours, "5")]);
}

/// The same program never reads, but its server is not taken for a silent one.
#[test]
fn a_publisher_that_only_publishes_is_answered() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        let mut pings = 0;
        while pings < 5 {
            if peer.expect_any().kind() == PINGREQ {
                peer.send_packet(&Packet::new(PINGRESP << 4, []));
                pings += 1;
            }
        }
        peer.close();
    });
    let program = Program::compile("tests/c/keep_alive_publisher.c").with(Library::Ours);
    let mut publisher = program.arguments(&[&broker.uri(), "4", "1", "0", "sync"]).start();
    publisher.write("go\n");
    broker.finish();
    publisher.finish().expect_success();
}

/// C-11.4: a server that takes a large message slowly is alive, though it answers no ping: those come behind.
/// It takes many times as long as silence may last, and so little at a time that the kernel does not tell.
#[track_caller]
fn assert_slow_upload_succeeds(version: u8, qos: u8, mode: &str) {
    const SIZE: usize = 16 << 20;
    const PIECE: usize = 16 << 10;
    const SLOW_PIECES: usize = 200;
    let broker = ScriptedBroker::start(move |listener| {
        listener.narrow();
        let mut peer = listener.accept();
        if peer.expect_connect().keep_alive == 60 {
            peer.send_hex("20 06 00 00 03 13 0001");
        } else {
            peer.send_packet(&connack(version, false, 0));
        }
        for _ in 0..SLOW_PIECES {
            peer.skip(PIECE);
            thread::sleep(Duration::from_millis(40));
        }
        let header = 1 + 4 + (2 + "large".len()) + if qos > 0 { 2 } else { 0 } + usize::from(version == V5);
        peer.skip(header + SIZE - SLOW_PIECES * PIECE);
        if qos > 0 {
            peer.send_packet(&acknowledgement(PUBACK, 1));
        }
        loop {
            let packet = peer.expect_any();
            match packet.kind() {
                PUBLISH => {
                    let id = Publish::parse(&packet, version).expect("a well-formed PUBLISH").id;
                    peer.send_packet(&acknowledgement(PUBACK, id));
                }
                PINGREQ => peer.send_packet(&Packet::new(PINGRESP << 4, [])),
                kind => return assert_eq!(kind, DISCONNECT),
            }
        }
    });
    // The server of MQTT 5 decides for itself.
    let keep_alive = if version == V5 { "60" } else { "1" };
    let arguments = [&version.to_string(), keep_alive, &SIZE.to_string(), &qos.to_string(), mode];
    let program = Program::compile("tests/c/slow_upload.c").with(Library::Ours);
    let mut upload = program.arguments(&[broker.uri()]).arguments(&arguments).start();
    upload.write("go\n");
    assert_eq!(upload.finish().expect_success().stdout, "connected\nuploaded\n");
    broker.finish();
}

/// At the same time, since all of them wait.
fn assert_slow_uploads_succeed(uploads: &[(u8, u8, &str)]) {
    thread::scope(|scope| {
        for (version, qos, mode) in uploads {
            scope.spawn(move || assert_slow_upload_succeeds(*version, *qos, mode));
        }
    });
}

#[test]
fn a_slow_server_is_not_given_up_in_sync_mode() {
    assert_slow_uploads_succeed(&[(4, 0, "sync"), (4, 1, "sync")]);
}

#[test]
fn a_slow_server_is_not_given_up_in_callback_mode() {
    assert_slow_uploads_succeed(&[(4, 0, "callback"), (4, 1, "callback")]);
}

#[test]
fn a_slow_server_with_a_keep_alive_of_its_own_is_not_given_up() {
    assert_slow_uploads_succeed(&[(V5, 0, "callback"), (V5, 1, "sync")]);
}
