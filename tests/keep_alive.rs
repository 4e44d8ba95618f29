//! Keep alive: PINGREQ on time, and a silent server is noticed on time.

mod support;

use std::thread;
use std::time::{Duration, Instant};

use support::PATIENCE;
use support::library::Library;
use support::program::{Program, Running};
use support::scripted_broker::{Arrival, Peer, ScriptedBroker};
use support::websocket::{WebSocketPeer, frame};
use support::wire::{PINGREQ, PINGRESP, Packet, Publish};

/// A client that only waits, with this keep alive interval in seconds.
fn idle(uri: &str, version: &str, interval: &str, mode: &str) -> Running {
    Program::compile("tests/c/idle.c").with(Library::Ours).arguments(&[uri, version, interval, mode]).start()
}

/// Fails unless `time` is `seconds`, give or take a quarter.
#[track_caller]
fn assert_about(time: Duration, seconds: f64) {
    let deviation = time.as_secs_f64() / seconds;
    assert!((0.75..=1.25).contains(&deviation), "{time:?} instead of {seconds} s");
}

/// Waits for a PINGREQ; gives the time since `since`, and the moment.
#[track_caller]
fn ping(peer: &mut Peer, since: Instant) -> (Duration, Instant) {
    assert_eq!(peer.expect(PINGREQ), Packet::new(0xc0, []));
    let now = Instant::now();
    (now - since, now)
}

/// C-11.2, C-11.3: pings after the interval; 1.5 times the interval after a ping without an answer it is over.
/// C-4.6: without DISCONNECT, so that the will is published.
fn pings_and_gives_up(mode: &str) {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, connect) = listener.welcome();
        assert_eq!(connect.keep_alive, 2);
        let mut last = Instant::now();
        for _ in 0..2 {
            let (taken, now) = ping(&mut peer, last);
            assert_about(taken, 2.0);
            peer.send_packet(&Packet::new(PINGRESP << 4, []));
            last = now;
        }
        let (taken, unanswered) = ping(&mut peer, last);
        assert_about(taken, 2.0);
        assert_eq!(peer.expect_end(), []);
        assert_about(unanswered.elapsed(), 3.0);
    });
    let client = idle(&broker.uri(), "4", "2", mode);
    broker.finish();
    assert_eq!(client.finish().expect_success().stdout, "lost\n");
}

#[test]
fn a_receiving_client_pings_on_time_and_notices_a_silent_server() {
    pings_and_gives_up("receive");
}

#[test]
fn a_client_with_callbacks_pings_on_time_and_notices_a_silent_server() {
    pings_and_gives_up("callback");
}

/// C-11.3: what arrives, even in pieces, is a sign of life.
#[test]
fn a_slowly_dripping_packet_keeps_the_connection() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        let publish = Publish { topic: "drip".into(), payload: vec![b'x'; 20], ..Publish::default() };
        let started = Instant::now();
        // Pings stay unanswered all the time.
        for byte in publish.packet(4).encode() {
            peer.send(&[byte]);
            match peer.next(Duration::from_millis(250)) {
                Arrival::Nothing => {}
                Arrival::Packet(packet) => assert_eq!(packet.kind(), PINGREQ),
                Arrival::End => panic!("lost after {:?}", started.elapsed()),
            }
        }
        peer.close();
    });
    let client = idle(&broker.uri(), "4", "1", "callback");
    broker.finish();
    client.finish().expect_success();
}

/// What a gateway says for a server is no sign of that server's life: C-11.3 is about MQTT.
#[test]
fn pings_and_pongs_of_a_websocket_do_not_hide_a_silent_server() {
    for mode in ["receive", "callback"] {
        let broker = ScriptedBroker::start(|listener| {
            let mut peer = WebSocketPeer::new(listener.accept());
            peer.welcome();
            let started = Instant::now();
            while peer.sends(&[frame(0x89, b"ping"), frame(0x8A, b"pong")].concat()) {
                assert!(started.elapsed() < PATIENCE, "it is still there");
                // To go on and on is what this is for.
                thread::sleep(Duration::from_millis(200));
            }
            started.elapsed()
        });
        let client = idle(&broker.uri().replace("tcp", "ws"), "4", "2", mode);
        assert!(broker.finish() >= Duration::from_secs(4), "{mode}");
        assert_eq!(client.finish().expect_success().stdout, "lost\n");
    }
}

/// C-11.5.
#[test]
fn there_are_no_pings_with_keep_alive_0() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, connect) = listener.welcome();
        assert_eq!(connect.keep_alive, 0);
        assert_eq!(peer.next(Duration::from_secs(3)), Arrival::Nothing);
        peer.close();
    });
    let client = idle(&broker.uri(), "4", "0", "callback");
    broker.finish();
    client.finish().expect_success();
}

/// C-3.12: the server of MQTT 5 decides.
#[test]
fn the_servers_keep_alive_replaces_the_clients() {
    let broker = ScriptedBroker::start(|listener| {
        let mut peer = listener.accept();
        assert_eq!(peer.expect_connect().keep_alive, 60);
        peer.send_hex("20 06 00 00 03 13 0002");
        let (taken, _) = ping(&mut peer, Instant::now());
        assert_about(taken, 2.0);
        peer.close();
    });
    let client = idle(&broker.uri(), "5", "60", "callback");
    broker.finish();
    client.finish().expect_success();
}

/// C-11.1: the interval is the client's own. In the original, the last one connected decides for all.
#[test]
fn each_client_of_a_process_keeps_its_own_interval() {
    let patient = ScriptedBroker::start(|listener| {
        let (mut peer, connect) = listener.welcome();
        assert_eq!(connect.keep_alive, 100);
        peer.expect_end();
    });
    let eager = ScriptedBroker::start(|listener| {
        let (mut peer, connect) = listener.welcome();
        assert_eq!(connect.keep_alive, 2);
        let mut last = Instant::now();
        for _ in 0..2 {
            let (taken, now) = ping(&mut peer, last);
            assert_about(taken, 2.0);
            peer.send_packet(&Packet::new(PINGRESP << 4, []));
            last = now;
        }
        peer.close();
    });
    let program = Program::compile("tests/c/two_intervals.c");
    assert_eq!(program.run(&[eager.uri(), patient.uri()]), "lost\n");
    eager.finish();
    patient.finish();
}
