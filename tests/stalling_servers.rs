//! Servers and proxies that stop in the middle of what they have to say to a client that connects, or go on by a byte a
//! second: they are given up at connectTimeout, whatever the phase, and no other client of the process notices.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[allow(dead_code, reason = "what it sees of handshakes does not matter here")]
#[path = "tls/relay.rs"]
mod relay;
mod support;
#[allow(dead_code, reason = "not every deed is done here")]
#[path = "tls/tampering.rs"]
mod tampering;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use relay::{Kind, TlsRelay};
use support::answering_broker::serve_all;
use support::certificates::{Authority, HERE};
use support::library::Library;
use support::program::Program;
use support::scripted_broker::ScriptedBroker;
use support::websocket::Request;
use tampering::{Deed, tamper};

/// What the client gives to connect, in seconds, and what the time may be on a busy machine.
const TIMEOUT: u64 = 3;
const AT_MOST: u64 = 2 * TIMEOUT;

/// What another client may wait for a message that comes back: much less than the time to connect.
const UNNOTICED: u64 = 1500;

/// Which way a peer stalls.
#[derive(Clone, Copy, Debug)]
enum Stall {
    /// Nothing comes behind half of the reply.
    Half,
    /// The reply comes by a byte a second.
    Drip,
}

/// Reads what is asked, and gives the reply that would be right.
type Reply = fn(&mut TcpStream) -> Vec<u8>;

/// A peer that has this reply, and stalls. Gives its address.
fn peer(reply: Reply, stall: Stall) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let reply = reply(&mut stream);
                match stall {
                    Stall::Half => drop(stream.write_all(&reply[..reply.len() / 2])),
                    Stall::Drip => drop(reply.iter().try_for_each(|byte| {
                        // To be slow is what this is for.
                        thread::sleep(Duration::from_secs(1));
                        stream.write_all(&[*byte])
                    })),
                }
                // Until the client gives up.
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            });
        }
    });
    address
}

/// Reads so many bytes.
fn skip(stream: &mut TcpStream, count: usize) {
    let _ = stream.read_exact(&mut vec![0; count]);
}

fn http_proxy(stream: &mut TcpStream) -> Vec<u8> {
    Request::read(stream).unwrap();
    b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec()
}

fn socks_method(stream: &mut TcpStream) -> Vec<u8> {
    skip(stream, 3);
    vec![5, 0]
}

fn socks_reply(stream: &mut TcpStream) -> Vec<u8> {
    let method = socks_method(stream);
    stream.write_all(&method).unwrap();
    skip(stream, 4 + 1 + "server.example".len() + 2);
    vec![5, 0, 0, 1, 127, 0, 0, 1, 7, 91]
}

fn upgrade(stream: &mut TcpStream) -> Vec<u8> {
    Request::read(stream).unwrap().unwrap().agreement().into_bytes()
}

/// In a frame, behind an upgrade that is as it should be.
fn framed_connack(stream: &mut TcpStream) -> Vec<u8> {
    let agreement = upgrade(stream);
    stream.write_all(&agreement).unwrap();
    b"\x82\x04\x20\x02\x00\x00".to_vec()
}

/// Once CONNECT has begun to come.
fn connack(stream: &mut TcpStream) -> Vec<u8> {
    skip(stream, 12);
    vec![0x20, 2, 0, 0]
}

/// Fails unless both APIs give up in time, with this URI and proxy, and their other clients go on.
fn check(what: &str, uri: &str, proxy: &str, options: &[String]) {
    for program in ["tests/c/stalled_connect.c", "tests/c/async_stalled_connect.c"] {
        let broker = ScriptedBroker::start(serve_all);
        let run = Program::compile(program).with(Library::Ours).arguments(&[uri, &broker.uri(), proxy]);
        let said = run.arguments(&[format!("timeout={TIMEOUT}")]).arguments(options).output();
        let said = said.lines().last().unwrap().to_owned();
        let numbers: Vec<u64> = said.split(' ').filter_map(|word| word.parse().ok()).collect();
        let [took, longest] = numbers[..] else { panic!("{what}: {said}") };
        assert!((1000 * TIMEOUT..1000 * AT_MOST).contains(&took), "{what}: {program}: {said}");
        assert!(longest < UNNOTICED, "{what}: {program}: {said}");
    }
}

#[test]
fn whatever_stalls_is_given_up_in_time_and_nobody_else_notices() {
    let phases: [(&str, &str, &str, Reply); 6] = [
        ("CONNECT of a proxy", "tcp://server.example:1883", "http://", http_proxy),
        ("method of SOCKS", "tcp://server.example:1883", "socks5h://", socks_method),
        ("reply of SOCKS", "tcp://server.example:1883", "socks5h://", socks_reply),
        ("upgrade", "ws://", "", upgrade),
        ("CONNACK", "tcp://", "", connack),
        ("CONNACK in a frame", "ws://", "", framed_connack),
    ];
    thread::scope(|scope| {
        for (phase, uri, proxy, reply) in phases {
            for stall in [Stall::Half, Stall::Drip] {
                scope.spawn(move || {
                    let address = peer(reply, stall);
                    let (uri, proxy) = match proxy {
                        "" => (format!("{uri}{address}"), "-".to_owned()),
                        scheme => (uri.to_owned(), format!("{scheme}{address}")),
                    };
                    check(&format!("{phase}, {stall:?}"), &uri, &proxy, &[]);
                });
            }
        }
    });
}

/// All phases share the time: it is over in the last of them, though each byte of TLS came at once.
#[test]
fn what_stalls_in_tls_is_given_up_in_time_and_nobody_else_notices() {
    let authority = Authority::new("Test CA");
    let issued = authority.issue("server", HERE);
    let trust = format!("trust={}", authority.certificate().display());
    let behind = |reply: Reply| {
        let port = peer(reply, Stall::Drip).rsplit(':').next().unwrap().parse().unwrap();
        TlsRelay::start(&issued, Kind::default(), port)
    };
    let [connack, upgrade] = [connack as Reply, upgrade].map(behind);
    let tampered = |at: usize, deed: Deed| {
        let port = connack.port();
        (
            format!("handshake, from byte {at} on"),
            format!("ssl://localhost:{}", tamper(port, move |_| (at, deed))),
        )
    };
    let rows = [
        tampered(0, Deed::Stall),
        tampered(200, Deed::Stall),
        tampered(0, Deed::Drip(Duration::from_secs(1))),
        tampered(200, Deed::Drip(Duration::from_secs(1))),
        ("CONNACK".to_owned(), connack.uri()),
        ("upgrade".to_owned(), upgrade.uri().replace("ssl", "wss")),
    ];
    thread::scope(|scope| {
        for (what, uri) in &rows {
            scope.spawn(|| check(what, uri, "-", std::slice::from_ref(&trust)));
        }
    });
}
