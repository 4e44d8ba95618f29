//! Proxies that answer as real ones may and seldom do: in pieces, at length, wrong, or not at all. Contract T-404, T-405.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::thread;

use support::answering_broker::{Delivery, serve};
use support::library::Library;
use support::program::{Finished, Program, Run};
use support::scripted_broker::{Listener, Peer, ScriptedBroker};
use support::wire::connack;

/// Where nobody is: the proxy is the server, too.
const SERVER: &str = "tcp://broker.example:1883";

const BLANK_LINE: &[u8] = b"\r\n\r\n";
const REQUEST: &str = "CONNECT broker.example:1883 HTTP/1.1\r\nHost: broker.example\r\n\r\n";
const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// What a SOCKS proxy is sent for [`SERVER`], and what it answers if all is well.
const SOCKS_REQUEST: &str = "05 01 00 03 0e 62726f6b65722e6578616d706c65 075b";
const SOCKS_REPLY: [u8; 10] = [5, 0, 0, 1, 127, 0, 0, 1, 7, 91];

/// A client of MQTTClient that connects so many times through this, with so many seconds for each.
fn client(library: Library, uri: &str, proxy: &str, timeout: u32, times: usize) -> Run {
    let program = Program::compile("tests/c/proxied.c").with(library);
    let run = program.arguments(&[uri, proxy, "-", &timeout.to_string(), &times.to_string(), "receive"]);
    run.environment("MQTT_C_CLIENT_TRACE", "ON").environment("MQTT_C_CLIENT_TRACE_LEVEL", "PROTOCOL")
}

/// The same with MQTTAsync, once.
fn async_client(proxy: &str, timeout: u32) -> Run {
    let program = Program::compile("tests/c/async_proxied.c").with(Library::Ours);
    program.arguments(&[SERVER, proxy, "-", &timeout.to_string(), "1"])
}

/// Both APIs connect through a proxy that does this, and exchange messages with what is then their server.
fn exchange(scheme: &str, script: fn(&mut Peer)) {
    for with_async in [false, true] {
        let proxy = ScriptedBroker::start(move |listener| {
            let mut peer = listener.accept();
            script(&mut peer);
            serve(&mut peer, Delivery::Prompt);
        });
        let value = proxy.uri().replace("tcp", scheme);
        let run =
            if with_async { async_client(&value, 30) } else { client(Library::Ours, SERVER, &value, 30, 1) };
        let said = run.output();
        assert!(said.contains("exchange"), "{said}");
        proxy.finish();
    }
}

fn expect_request(peer: &mut Peer) {
    assert_eq!(String::from_utf8(peer.read_until(BLANK_LINE)).unwrap(), REQUEST);
}

/// Contract T-404: the same bytes as the original, where it is right.
#[test]
fn the_request_is_that_of_the_original() {
    for (login, uri, expected) in [
        ("", SERVER, REQUEST),
        (
            "user:p%40ss@",
            "tcp://1.2.3.4:99/x",
            "CONNECT 1.2.3.4:99 HTTP/1.1\r\nHost: 1.2.3.4\r\n\
             Proxy-authorization: Basic dXNlcjpwQHNz\r\n\r\n",
        ),
        (
            ":%00%ff@",
            "b.example:1",
            "CONNECT b.example:1 HTTP/1.1\r\nHost: b.example\r\nProxy-authorization: Basic OgD/\r\n\r\n",
        ),
    ] {
        for library in [Library::Ours, Library::Original] {
            assert_eq!(request(library, login, uri), expected, "{library:?}");
        }
    }
    // Not as the original, which has port 8080, and loses a bracket.
    for (uri, expected) in [
        ("tcp://b", "CONNECT b:1883 HTTP/1.1\r\nHost: b\r\n\r\n"),
        ("tcp://[2001:db8::1]", "CONNECT [2001:db8::1]:1883 HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n"),
        ("tcp://::1:99", "CONNECT [::1]:99 HTTP/1.1\r\nHost: [::1]\r\n\r\n"),
    ] {
        assert_eq!(request(Library::Ours, "", uri), expected);
    }
}

/// What a proxy is sent that is named with this login.
fn request(library: Library, login: &str, uri: &str) -> String {
    let proxy = ScriptedBroker::start(|listener| {
        let mut peer = listener.accept();
        let request = peer.read_until(BLANK_LINE);
        peer.send(b"HTTP/1.1 403 Forbidden\r\n\r\n");
        peer.close();
        String::from_utf8(request).unwrap()
    });
    let value = proxy.uri().replace("tcp://", &format!("http://{login}"));
    client(library, uri, &value, 30, 1).output();
    proxy.finish()
}

#[test]
fn a_reply_may_come_byte_by_byte() {
    exchange("http", |peer| {
        expect_request(peer);
        peer.send_bytewise(ESTABLISHED);
    });
    exchange("socks5h", |peer| {
        peer.expect_hex("05 01 00");
        peer.send_bytewise(&[5, 0]);
        peer.expect_hex(SOCKS_REQUEST);
        peer.send_bytewise(&SOCKS_REPLY);
    });
}

/// More than the 1024 bytes that the original reads.
#[test]
fn a_reply_may_be_long() {
    exchange("http", |peer| {
        expect_request(peer);
        peer.send(
            format!(
                "HTTP/1.1 200 OK\r\n{}\r\n",
                "X-Filler: 0123456789, 0123456789, 0123456789\r\n".repeat(100)
            )
            .as_bytes(),
        );
    });
}

/// A server that does not wait for CONNECT is none; but what comes behind the reply is not the proxy's.
#[test]
fn bytes_behind_a_reply_are_the_servers() {
    for (scheme, script) in [
        (
            "http",
            (|peer| {
                expect_request(peer);
                peer.send(&[ESTABLISHED, &connack(4, false, 5).encode()].concat());
            }) as fn(&mut Peer),
        ),
        ("socks5h", |peer| {
            peer.expect_hex("05 01 00");
            peer.send(&[5, 0]);
            peer.expect_hex(SOCKS_REQUEST);
            peer.send(&[&SOCKS_REPLY[..], &connack(4, false, 5).encode()].concat());
        }),
    ] {
        let proxy = ScriptedBroker::start(move |listener| {
            let mut peer = listener.accept();
            script(&mut peer);
            peer.expect_connect();
            peer.expect_end();
        });
        let said = client(Library::Ours, SERVER, &proxy.uri().replace("tcp", scheme), 30, 1).output();
        assert!(said.contains("connect: 5 "), "{said}");
        proxy.finish();
    }
}

/// What a proxy does with a client.
type Script = Box<dyn FnOnce(Peer) + Send>;

/// The program connects to proxies that do this, one after the other, and each time it fails for this reason.
fn fails(scheme: &str, scripts: Vec<(Script, &str)>) {
    let (scripts, reasons): (Vec<_>, Vec<_>) = scripts.into_iter().unzip();
    let count = scripts.len();
    let proxy = ScriptedBroker::start(move |listener| {
        for script in scripts {
            script(listener.accept());
        }
    });
    let value = proxy.uri().replace("tcp", scheme);
    let said = client(Library::Ours, SERVER, &value, 30, count).output();
    let told: Vec<_> = said.lines().filter(|line| line.contains("Connect failed")).collect();
    assert_eq!((told.len(), said.matches("connect: -1 after").count()), (count, count), "{said}");
    let phase = if scheme == "http" { "HTTP proxy CONNECT" } else { "SOCKS5" };
    let address = proxy.uri().replace("tcp://", "");
    for (line, reason) in told.iter().zip(reasons) {
        let expected = format!("Connect failed in {phase}, {address}: {reason}");
        assert!(line.ends_with(&expected), "{line}\n{expected}");
    }
    proxy.finish();
}

/// A script that answers the request, and closes the connection.
fn answers(reply: &[u8]) -> Script {
    let reply = reply.to_vec();
    Box::new(move |mut peer| {
        expect_request(&mut peer);
        peer.send(&reply);
        peer.close();
    })
}

#[test]
fn what_an_http_proxy_refuses_is_told() {
    let no_http = "HTTP proxy gave an answer that is no HTTP";
    let too_long = "HTTP proxy gave an answer that is too long";
    let long = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(100_000));
    fails(
        "http",
        vec![
            (
                answers(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n"),
                "HTTP proxy answered 407 Proxy Authentication Required",
            ),
            (answers(b"HTTP/1.1 201 Created\r\n\r\n"), "HTTP proxy answered 201 Created"),
            (answers(b"HTTP/1.0 403\r\n\r\n"), "HTTP proxy answered 403"),
            // Whoever closes meanwhile has said it all.
            (answers(b"HTTP/1.0 503 Busy\r\n"), "HTTP proxy answered 503 Busy"),
            (answers(b"SSH-2.0-OpenSSH\r\n"), no_http),
            (answers(b"\x20\x02\0\0"), no_http),
            (answers(long.as_bytes()), too_long),
        ],
    );
}

/// However far a reply has come when the connection ends: that is no connection.
#[test]
fn a_reply_that_ends_early_is_none() {
    let ended = "the connection was closed";
    let http: Vec<_> =
        (0..ESTABLISHED.len()).step_by(4).map(|end| (answers(&ESTABLISHED[..end]), ended)).collect();
    fails("http", http);
    let whole = [&[5, 0][..], &SOCKS_REPLY].concat();
    let socks: Vec<_> = (0..whole.len()).map(|end| (answers_socks(&whole[..end]), ended)).collect();
    fails("socks5h", socks);
}

/// A script that gives all answers of a SOCKS proxy at once, and closes the connection.
fn answers_socks(bytes: &[u8]) -> Script {
    let bytes = bytes.to_vec();
    Box::new(move |mut peer| {
        peer.expect_hex("05 01 00");
        peer.send(&bytes);
        if bytes.len() > 2 {
            peer.expect_hex(SOCKS_REQUEST);
        }
        peer.close();
    })
}

#[test]
fn what_a_socks_proxy_refuses_is_told() {
    let no_socks = "SOCKS5 proxy gave an answer that is no SOCKS 5";
    fails(
        "socks5h",
        vec![
            (answers_socks(&[5, 0xff]), "SOCKS5 proxy wants a login, and none is given"),
            (answers_socks(&[5, 2]), "SOCKS5 proxy chose a login that was not offered"),
            (answers_socks(&[4, 90]), no_socks),
            (
                answers_socks(&[5, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0]),
                "SOCKS5 proxy answered 1, general failure",
            ),
            (answers_socks(&[5, 0, 5, 2]), "SOCKS5 proxy answered 2, connection not allowed"),
            (answers_socks(&[5, 0, 5, 3]), "SOCKS5 proxy answered 3, network unreachable"),
            (answers_socks(&[5, 0, 5, 4]), "SOCKS5 proxy answered 4, host unreachable"),
            (answers_socks(&[5, 0, 5, 5]), "SOCKS5 proxy answered 5, connection refused"),
            (answers_socks(&[5, 0, 5, 6]), "SOCKS5 proxy answered 6, TTL expired"),
            (answers_socks(&[5, 0, 5, 7]), "SOCKS5 proxy answered 7, command not supported"),
            (answers_socks(&[5, 0, 5, 8]), "SOCKS5 proxy answered 8, address type not supported"),
            (answers_socks(&[5, 0, 5, 0x99]), "SOCKS5 proxy answered 153, a code without a name"),
            (answers_socks(&[5, 0, 5, 0, 0, 9]), no_socks),
        ],
    );
}

/// What is asked, in hexadecimal (empty: the request of HTTP), and what is answered.
type Exchange = (&'static str, &'static [u8]);

/// A proxy that stops at any step, or goes on by a byte a second, is given up when the time is up, and not before.
#[test]
fn a_proxy_that_stalls_is_given_up_in_time() {
    const LOGGED_IN: &str = "socks5h://user:pass@";
    let steps: [(&str, &[Exchange]); 8] = [
        ("http://", &[]),
        ("http://", &[("", b"HTTP/1.1 200 OK\r\n\r")]),
        (LOGGED_IN, &[]),
        (LOGGED_IN, &[("05 02 00 02", &[5])]),
        (LOGGED_IN, &[("05 02 00 02", &[5, 2])]),
        (LOGGED_IN, &[("05 02 00 02", &[5, 2]), ("01 04 75736572 04 70617373", &[1])]),
        (LOGGED_IN, &[("05 02 00 02", &[5, 2]), ("01 04 75736572 04 70617373", &[1, 0])]),
        (LOGGED_IN, &[("05 02 00 02", &[5, 0]), (SOCKS_REQUEST, &[5, 0, 0, 1, 127, 0, 0, 1, 7])]),
    ];
    // All at once, since each takes its time.
    let runs: Vec<_> = steps
        .into_iter()
        .map(|(prefix, steps)| {
            let proxy = ScriptedBroker::start(move |listener| {
                for _ in 0..2 {
                    stall(listener, steps);
                }
            });
            let value = proxy.uri().replace("tcp://", prefix);
            thread::spawn(move || {
                let said = client(Library::Ours, SERVER, &value, 1, 1).finish();
                let said_async = async_client(&value, 1).finish();
                proxy.finish();
                (value, said, said_async)
            })
        })
        .collect();
    for run in runs {
        let (value, run, async_run) = run.join().unwrap();
        let phase = if value.starts_with("http") { "HTTP proxy CONNECT" } else { "SOCKS5" };
        assert_took(&run, "connect: -1 after ");
        let line =
            format!("Connect failed in {phase}, {}: no answer", value.rsplit(['/', '@']).next().unwrap());
        assert!(run.stdout.contains(&line), "{line}: {}", run.stdout);
        assert_took(&async_run, "failed: code -1, after ");
        assert!(async_run.stdout.contains("TCP connect timeout"), "{}", async_run.stdout);
        assert!(async_run.stdout.contains(phase), "{}", async_run.stdout);
    }
}

fn stall(listener: &Listener, steps: &[Exchange]) {
    let mut peer = listener.accept();
    for (request, reply) in steps {
        if request.is_empty() {
            expect_request(&mut peer);
        } else {
            peer.expect_hex(request);
        }
        peer.send(reply);
    }
    while peer.read_some() > 0 {}
}

/// It took the second that it was given, and not much more on a machine with other things to do.
#[track_caller]
fn assert_took(run: &Finished, what: &str) {
    let after = run.stdout.split(what).nth(1).unwrap_or_else(|| panic!("{}", run.stdout));
    let took: u32 = after.split_once(" ms").unwrap().0.parse().unwrap();
    assert!((1000..10_000).contains(&took), "{took} ms");
}
