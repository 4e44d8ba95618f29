//! A connect that fails says why: in the trace at PROTOCOL a line for each attempt with the address, how far it
//! came and the reason; and a text for each code that a server refuses with.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use support::library::Library;
use support::program::Program;
use support::scripted_broker::{Peer, ScriptedBroker};
use support::wire::connack;

/// What the program said in the end, and the lines about failed attempts, without their time stamps.
fn fails(uri: &str, version: u8, timeout: u8) -> (String, Vec<String>) {
    let run = Program::compile("tests/c/connect_failure.c").with(Library::Ours);
    let output = run
        .arguments(&[uri, &version.to_string(), &timeout.to_string()])
        .environment("MQTT_C_CLIENT_TRACE", "ON")
        .environment("MQTT_C_CLIENT_TRACE_LEVEL", "PROTOCOL")
        .output();
    let is_told = |line: &&str| line.contains("Connect failed") || line.contains("Cannot create");
    let lines = output.lines().filter(is_told).map(|line| line[20..].to_owned()).collect();
    (output.lines().last().unwrap_or_default().to_owned(), lines)
}

/// Fails unless connecting to a server that does this gives this code, and tells this reason.
#[track_caller]
fn assert_reason(version: u8, code: &str, reason: &str, script: impl FnOnce(Peer) + Send + 'static) {
    let broker = ScriptedBroker::start(move |listener| {
        let mut peer = listener.accept();
        peer.expect_connect();
        script(peer);
    });
    let address = broker.uri().replace("tcp://", "");
    let (result, lines) = fails(&broker.uri(), version, 30);
    assert_eq!(
        (result.as_str(), lines),
        (code, vec![format!("Connect failed in MQTT, {address}: {reason}")])
    );
    broker.finish();
}

/// An address where nobody listens.
fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn a_refused_port_is_told() {
    let address = nobody();
    let line = format!("Connect failed in TCP, {address}: connection refused");
    let expected = ("-1: Failure".to_owned(), vec![line.clone()]);
    assert_eq!(fails(&format!("tcp://{address}"), 4, 30), expected);
    assert_eq!(fails(&format!("tcp://{address}"), 5, 30), expected);
    // MQTT 3.1.1, then 3.1: contract C-3.5.
    assert_eq!(fails(&format!("tcp://{address}"), 0, 30).1, [line.clone(), line]);
}

#[test]
fn each_address_of_a_name_is_told() {
    let address = nobody();
    let name = address.replace("127.0.0.1", "localhost");
    let mut expected: Vec<String> = name
        .to_socket_addrs()
        .unwrap()
        .map(|address| format!("Connect failed in TCP, {address}: connection refused"))
        .collect();
    let (result, mut lines) = fails(&name, 4, 30);
    expected.sort_unstable();
    lines.sort_unstable();
    assert_eq!((result.as_str(), lines), ("-1: Failure", expected));
}

/// A listener whose queue is full does not answer.
#[test]
fn an_address_that_does_not_answer_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let address = listener.local_addr().unwrap();
    let fill = |_| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
    let waiting: Vec<_> = (0..4).map(fill).collect();
    assert!(waiting.iter().any(Option::is_none), "the queue is full");
    let (result, lines) = fails(&format!("tcp://{address}"), 4, 1);
    assert_eq!(result, "-1: Failure");
    let begin = format!("Connect failed in TCP, {address}: no answer within ");
    assert!(lines.len() == 1 && lines[0].starts_with(&begin), "{lines:?}");
}

#[test]
fn a_bad_name_is_told() {
    // No label of a name is so long, so nobody is asked.
    let name = format!("{}.invalid", "n".repeat(64));
    let (result, lines) = fails(&format!("tcp://{name}:1234"), 4, 30);
    assert_eq!(result, "-1: Failure");
    let begin = format!("Connect failed in name resolution, {name}:1234: ");
    assert!(lines.len() == 1 && lines[0].len() > begin.len() && lines[0].starts_with(&begin), "{lines:?}");
}

#[test]
fn another_protocol_is_told() {
    let reason = "the answer is no MQTT";
    // Longer and shorter than a packet would be that began so.
    for length in [0, 400] {
        assert_reason(4, "-1: Failure", reason, move |mut peer| {
            let body = "x".repeat(length);
            peer.send(
                format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes(),
            );
            peer.close();
        });
    }
    assert_reason(5, "-1: Failure", reason, |mut peer| {
        peer.send(b"220 mail.example.com ESMTP, what do you want of me? Say EHLO first, please.\r\n");
        peer.close();
    });
    // A TLS alert, for what is no handshake.
    assert_reason(5, "-1: Failure", reason, |mut peer| {
        peer.send_hex("15 03 01 0002 02 46");
        peer.close();
    });
}

#[test]
fn a_connack_that_cannot_be_read_is_told() {
    assert_reason(4, "-1: Failure", "the CONNACK cannot be read", |mut peer| {
        peer.send_hex("20 01 00");
        peer.close();
    });
}

#[test]
fn a_silent_server_is_told() {
    let broker = ScriptedBroker::start(|listener| {
        let mut peer = listener.accept();
        peer.expect_connect();
        peer.expect_end();
    });
    let (result, lines) = fails(&broker.uri(), 4, 1);
    let address = broker.uri().replace("tcp://", "");
    assert_eq!(result, "-1: Failure");
    assert_eq!(lines, [format!("Connect failed in MQTT, {address}: no CONNACK within 1 s")]);
    broker.finish();
}

#[test]
fn a_server_that_closes_is_told() {
    let reason = "the server closed the connection before CONNACK";
    assert_reason(4, "-1: Failure", reason, Peer::close);
    assert_reason(5, "-1: Failure", "connection reset before CONNACK", Peer::reset);
}

/// Contract C-1.2.
#[test]
fn refusals_are_told_by_their_names() {
    for (version, code, name) in [
        (4, 1, "Unacceptable protocol version"),
        (4, 2, "Identifier rejected"),
        (4, 3, "Server unavailable"),
        (4, 4, "Bad user name or password"),
        (4, 5, "Not authorized"),
        (5, 0x86, "Bad User Name or Password"),
        (5, 0x8a, "Banned"),
        (5, 0x9f, "Connection rate exceeded"),
    ] {
        let reason = format!("refused with CONNACK {code}, {name}");
        assert_reason(version, &format!("{code}: {name}"), &reason, move |mut peer| {
            peer.send_packet(&connack(version, false, code));
        });
    }
}

/// Contract C-2.2.
#[test]
fn what_is_not_in_this_library_is_told() {
    for scheme in ["ssl", "tls", "mqtts", "wss"] {
        let (result, lines) = fails(&format!("{scheme}://user:secret@host:1"), 4, 30);
        assert_eq!(result, "-14: Invalid protocol scheme");
        assert_eq!(lines, [format!("Cannot create a client for {scheme}://: not in this library")]);
    }
}

#[test]
fn a_port_that_is_none_is_told() {
    let (result, lines) = fails("tcp://localhost:0", 4, 30);
    assert_eq!(result, "-1: Failure");
    assert!(lines.len() == 1 && lines[0].starts_with("Connect failed in URI, localhost:0: "), "{lines:?}");
}

/// A URI may have a password in front of its host. MQTT sends it elsewhere, so nobody is reached; and it is not told.
#[test]
fn a_password_in_a_uri_is_not_told() {
    // No label of a name is so long, so nobody is asked.
    let host = format!("user:secret@{}.invalid", "n".repeat(64));
    for (program, arguments, schemes) in [
        ("tests/c/connect_failure.c", &["4", "30"][..], &["", "tcp://", "mqtt://", "ws://"][..]),
        ("tests/c/async_connect.c", &["4", "30", "0"], &["", "tcp://", "ws://"]),
        ("tests/c/tls.c", &["calling", "version=4"], &["mqtts://", "wss://"]),
        ("tests/c/async_tls.c", &["-", "version=4"], &["mqtts://", "wss://"]),
    ] {
        for scheme in schemes {
            for port in [":1234", ":none", "/path"] {
                let uri = format!("{scheme}{host}{port}");
                let run = Program::compile(program).with(Library::Ours).arguments(&[&uri]);
                let run = run.arguments(arguments).environment("MQTT_C_CLIENT_TRACE", "ON");
                let finished = run.environment("MQTT_C_CLIENT_TRACE_LEVEL", "MAXIMUM").finish();
                let said = finished.expect_success().stdout;
                assert!(
                    said.contains("Connect failed in ") && said.contains("***@nnn"),
                    "{program} {uri}: {said}"
                );
                assert!(!said.contains("secret"), "{program} {uri}: {said}");
            }
        }
    }
}
