//! Connecting, disconnecting and connecting again, at any moment of each other.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "this is test code")]

mod support;

use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use support::PATIENCE;
use support::answering_broker::serve_all;
use support::library::Library;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::websocket::WebSocketPeer;
use support::wire::{Publish, SUBSCRIBE, connack};

/// Decisions of workers and of calls interleave in many ways: each of thousands of tries is another.
#[test]
fn whoever_asks_last_for_a_connection_has_it() {
    for version in ["4", "5"] {
        let broker = ScriptedBroker::start(serve_all);
        let run = Program::compile("tests/c/async_connect_again.c").with(Library::Ours);
        let run = run.arguments(&[&*broker.uri(), version, "1500"]).within(Duration::from_secs(240));
        assert_eq!(run.output(), "connected each time\n", "version {version}");
    }
}

/// whoever asks again while a connection is being made has it, as it was begun: with one server of one request and
/// the user of another, somebody's password would go where it does not belong. The next connection is of the last request.
#[test]
fn an_attempt_under_way_keeps_its_options() {
    let (told, waits) = mpsc::channel();
    let broker = ScriptedBroker::start(move |listener| {
        let mut peer = WebSocketPeer::new(listener.accept());
        let request = peer.expect_request();
        told.send(()).unwrap();
        // The client has asked again.
        drop(listener.accept());
        peer.send(request.agreement().as_bytes());
        let first = peer.expect_connect();
        peer.send_packet(&connack(4, false, 0));
        drop(peer);
        let mut peer = WebSocketPeer::new(listener.accept());
        let (_, second) = peer.welcome();
        peer.expect_packet();
        [first, second].map(|connect| connect.keep_alive)
    });
    let uri = broker.uri().replace("tcp", "ws");
    let commands = [
        "create 4",
        "callbacks",
        "told",
        "connect keepalive=11",
        "go",
        "connect keepalive=22",
        "go",
        "await connected 1",
        "await lost 1",
        "reconnect",
        "await connected 2",
        "disconnect 10000",
        "await disconnect 1",
    ];
    let run = Program::compile("tests/c/async_side_client.c").with(Library::Ours);
    let mut client = run.arguments(&[&uri]).arguments(&commands).start();
    waits.recv_timeout(PATIENCE).unwrap();
    client.write("go\n");
    client.wait_for_nth("call connect: 0", 2);
    drop(TcpStream::connect(broker.uri().trim_start_matches("tcp://")).unwrap());
    client.write("go\n");
    client.finish().expect_success();
    assert_eq!(broker.finish(), [11, 22]);
}

/// as after `memset`, which leaves no time to connect. With the original it is chance, on a busy machine: it
/// looks at the time now and then.
#[test]
fn a_program_that_gives_no_time_to_connect_connects() {
    for timeout in ["0", "-1"] {
        let broker = ScriptedBroker::start(|listener| {
            let (mut peer, _) = listener.welcome();
            peer.expect(SUBSCRIBE);
            peer.publish(&Publish { topic: "fate".into(), payload: b"works".to_vec(), ..Publish::default() });
            peer.expect_end();
        });
        let run = Program::compile("tests/c/async_fate.c").with(Library::Ours);
        let output = run.arguments(&[&*broker.uri(), "4", timeout]).output();
        assert_eq!(output, "works\n", "{timeout}");
        broker.finish();
    }
}
