//! MQTT over WebSocket: the upgrade, the frames, and servers that do it badly; contract T-301 to T-306. With a real
//! broker, and with a peer that does what a test tells it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[path = "websocket/frames.rs"]
mod frames;
mod support;

use std::thread;
use std::time::{Duration, Instant};

use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Program, Running};
use support::scripted_broker::{Listener, ScriptedBroker};
use support::websocket::{Request, WebSocketPeer, frame};
use support::wire::{self, DISCONNECT, PINGREQ, PUBLISH, Packet, Publish, SUBACK, SUBSCRIBE};

/// Both APIs; and the synchronous one with callbacks and without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    Calls,
    Callbacks,
    Async,
}

const APIS: [Api; 3] = [Api::Calls, Api::Callbacks, Api::Async];

impl Api {
    /// Starts a client that connects, and then does what the commands say. Its trace is in its output.
    fn start(self, library: Library, uri: &str, version: u8, connect: &str, commands: &[&str]) -> Running {
        let program = Program::compile(match self {
            Api::Calls | Api::Callbacks => "tests/c/side_client.c",
            Api::Async => "tests/c/async_side_client.c",
        });
        let mut arguments = vec![uri.to_owned(), format!("create {version}")];
        arguments.extend((self != Api::Calls).then(|| "callbacks".to_owned()));
        arguments.extend((self == Api::Async).then(|| "told".to_owned()));
        arguments.push(format!("connect {connect}"));
        arguments.extend(commands.iter().map(ToString::to_string));
        let run = program.with(library).arguments(&arguments);
        run.environment("MQTT_C_CLIENT_TRACE", "ON")
            .environment("MQTT_C_CLIENT_TRACE_LEVEL", "PROTOCOL")
            .start()
    }

    /// Connects, in vain or not, and disconnects. Gives the output.
    fn connects(self, library: Library, uri: &str, version: u8, connect: &str, succeeds: bool) -> String {
        let outcome = if succeeds { "await connect 1" } else { "await failure 1" };
        let commands: &[&str] = match (self, succeeds) {
            (Api::Async, true) => &[outcome, "disconnect 10000", "await disconnect 1"],
            (Api::Async, false) => &[outcome],
            (_, true) => &["disconnect 10000"],
            (_, false) => &[],
        };
        let output = self.start(library, uri, version, connect, commands).finish().expect_success().stdout;
        let told = match (self, succeeds) {
            (Api::Async, true) => "back success of connect 1",
            (Api::Async, false) => "back failure of connect 1: token 0 code -1",
            (_, true) if version < 5 => "call connect: 0",
            (_, true) => "call connect5: 0",
            (_, false) if version < 5 => "call connect: -1",
            (_, false) => "call connect5: -1",
        };
        assert!(output.contains(told), "{self:?}, {version}, {told}: {output}");
        output
    }
}

/// A peer that does this with the first connection, once it has the request.
fn peer<R: Send + 'static>(
    script: impl FnOnce(WebSocketPeer, Request) -> R + Send + 'static,
) -> (ScriptedBroker<R>, String) {
    let broker = ScriptedBroker::start(move |listener| {
        let mut peer = WebSocketPeer::new(listener.accept());
        let request = peer.expect_request();
        script(peer, request)
    });
    let uri = broker.uri().replace("tcp", "ws");
    (broker, uri)
}

/// Takes a client's leave: DISCONNECT, the close frame 1000, and nothing behind them.
#[track_caller]
fn expect_goodbye(peer: &mut WebSocketPeer) {
    assert_eq!(peer.expect_packet().kind(), DISCONNECT);
    peer.expect_frame(0x88, b"\x03\xE8");
    assert_eq!(peer.expect_end(), b"");
}

/// The request of each library to a URI; contract T-301.
fn requests(api: Api, library: Library, path: &str, connect: &str) -> String {
    let (broker, uri) = peer(|mut peer, request| {
        peer.send(request.agreement().as_bytes());
        peer.expect_connect();
        peer.send_packet(&wire::connack(4, false, 0));
        assert_eq!(peer.expect_packet().kind(), DISCONNECT);
        request
    });
    api.connects(library, &format!("{uri}{path}"), 4, connect, true);
    let request = broker.finish();
    let [key] = request.values("Sec-WebSocket-Key").try_into().unwrap();
    let address = uri.replace("ws://", "");
    request.0.replace(key, "KEY").replace(&address, "ADDRESS")
}

#[test]
fn requests_are_the_originals() {
    for (path, connect, target, headers) in [
        ("", "", "/mqtt", ""),
        ("/", "", "/", ""),
        ("/a/b.c?d=e&f=%20", "", "/a/b.c?d=e&f=%20", ""),
        ("/x", "header=one", "/x", "X-First: \r\nX-Second: one\r\nX-Second: more\r\n"),
    ] {
        let expected = format!(
            "GET {target} HTTP/1.1\r\nHost: ADDRESS\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Origin: http://ADDRESS\r\nSec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: mqtt\r\n{headers}\r\n"
        );
        for api in APIS {
            for library in [Library::Ours, Library::Original] {
                assert_eq!(requests(api, library, path, connect), expected, "{api:?} {library:?}");
            }
        }
    }
}

/// Contract T-103: the original takes a colon in the path for the port's, and forgets the bracket.
#[test]
fn paths_may_have_colons_and_addresses_have_brackets() {
    assert!(requests(Api::Calls, Library::Ours, "/a:b?c:1", "").starts_with("GET /a:b?c:1 HTTP/1.1\r\n"));
    let listener = std::net::TcpListener::bind("[::1]:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = Api::Calls.start(Library::Ours, &format!("ws://{address}/x"), 4, "", &[]);
    let (mut stream, _) = listener.accept().unwrap();
    let request = Request::read(&mut stream).unwrap().unwrap();
    assert_eq!(request.values("Host"), [address.to_string()]);
    assert_eq!(request.values("Origin"), [format!("http://{address}")]);
    drop(stream);
    client.finish().expect_success();
}

/// Contract T-302: the headers are copied, also for connections that the client makes by itself.
#[test]
fn headers_are_those_of_the_call_whenever_they_are_sent() {
    let listener = Listener::new();
    let uri = listener.uri().replace("tcp", "ws");
    let commands = ["await connected 3", "disconnect 10000", "await disconnect 1"];
    let connect = "header=secret forget=1 auto=1";
    let client = Api::Async.start(Library::Ours, &uri, 4, connect, &commands);
    for round in 0..3 {
        let mut peer = WebSocketPeer::new(listener.accept());
        let (request, _) = peer.welcome();
        assert_eq!(request.values("X-Second"), ["secret", "more"], "connection {round}");
        if round == 2 {
            expect_goodbye(&mut peer);
        }
    }
    let output = client.finish().expect_success().stdout;
    assert!(!output.contains("secret"), "headers may be passwords, and are not traced");
}

/// A line end in a header would begin another one: nothing is sent at all.
#[test]
fn headers_with_line_ends_are_refused() {
    for api in APIS {
        let broker = ScriptedBroker::start(|listener| WebSocketPeer::new(listener.accept()).expect_end());
        let uri = broker.uri().replace("tcp", "ws");
        let output = api.connects(Library::Ours, &uri, 4, "header=a\r\nX:b", false);
        let told = "there is a line end in the HTTP header X-Second of the connect options";
        assert!(output.contains(told), "{output}");
        assert_eq!(broker.finish(), b"");
    }
}

/// How a reply comes.
#[derive(Clone, Copy)]
enum Pace {
    AtOnce,
    Bytewise,
}

/// Contract T-303: a reply is good enough if it proves that the server has read the request, whatever else is in it.
#[test]
fn replies_are_accepted_in_any_words_and_pieces() {
    let accept = |request: &Request| format!("Sec-WebSocket-Accept: {}\r\n", request.accept());
    let long = "X-Long: 0123456789\r\n".repeat(100);
    type Reply = Box<dyn Fn(&Request) -> String>;
    let replies: [(Reply, Pace, bool); 7] = [
        (Box::new(Request::agreement), Pace::AtOnce, true),
        (Box::new(Request::agreement), Pace::Bytewise, false),
        (
            Box::new(move |request| {
                format!(
                    "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{}\r\n",
                    accept(request)
                )
            }),
            Pace::AtOnce,
            true,
        ),
        (
            Box::new(move |request| {
                format!("HTTP/1.1 101 x\r\nConnection: Upgrade\r\n{}\r\n", accept(request))
            }),
            Pace::AtOnce,
            true,
        ),
        (
            Box::new(move |request| {
                let accept = accept(request).replace("Sec-WebSocket", "sec-websocket");
                format!("HTTP/1.1 101 x\r\nconnection: upgrade\r\n{accept}\r\n")
            }),
            Pace::AtOnce,
            true,
        ),
        (
            Box::new(move |request| {
                format!("HTTP/1.1 101 x\r\nConnection: keep-alive, Upgrade\r\n{}\r\n", accept(request))
            }),
            Pace::AtOnce,
            true,
        ),
        (
            Box::new(move |request| {
                format!("HTTP/1.1 101 x\r\n{long}Connection: Upgrade\r\n{}{long}\r\n", accept(request))
            }),
            Pace::AtOnce,
            false,
        ),
    ];
    let listener = Listener::new();
    let uri = listener.uri().replace("tcp", "ws");
    for (number, (reply, pace, with_original)) in replies.iter().enumerate() {
        for (api, version) in [(Api::Calls, 4), (Api::Callbacks, 5), (Api::Async, 4), (Api::Async, 5)] {
            for library in [Library::Ours, Library::Original] {
                if library == Library::Original && !with_original {
                    continue;
                }
                let uri = uri.clone();
                let client = thread::spawn(move || api.connects(library, &uri, version, "", true));
                let mut peer = WebSocketPeer::new(listener.accept());
                let reply = reply(&peer.expect_request());
                match pace {
                    Pace::AtOnce => peer.send(reply.as_bytes()),
                    Pace::Bytewise => peer.send_bytewise(reply.as_bytes()),
                }
                assert_eq!(peer.expect_connect().version, version);
                peer.send_packet(&wire::connack(version, false, 0));
                if library == Library::Ours {
                    expect_goodbye(&mut peer);
                } else {
                    assert_eq!(peer.expect_packet().kind(), DISCONNECT);
                }
                let output = client.join().unwrap();
                assert!(
                    output.contains("WebSocket HTTP rc 101") || library == Library::Original,
                    "{number}: {output}"
                );
            }
        }
    }
}

/// The first frame may come in one piece with the reply, before it is due.
#[test]
fn frames_glued_to_the_reply_are_not_lost() {
    for api in APIS {
        let (broker, uri) = peer(|mut peer, request| {
            let connack = frame(0x82, &wire::connack(4, false, 0).encode());
            peer.send(&[request.agreement().as_bytes(), &frame(0x89, b"hi"), &connack].concat());
            peer.expect_frame(0x8A, b"hi");
            peer.expect_connect();
            expect_goodbye(&mut peer);
        });
        api.connects(Library::Ours, &uri, 4, "", true);
        broker.finish();
    }
}

/// Contract T-303, T-304: no byte of MQTT goes to a server that does not agree, and the reason is told.
#[test]
fn refusals_are_told_and_get_no_mqtt() {
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    let accept = |request: &Request| format!("Sec-WebSocket-Accept: {}\r\n", request.accept());
    type Reply<'a> = Box<dyn Fn(&Request) -> String + 'a>;
    let refusals: [(Reply<'_>, &str); 11] = [
        (Box::new(|_| "HTTP/1.1 403 Forbidden\r\n\r\n".into()), "the server answered 403 Forbidden"),
        (
            Box::new(|_| "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n".into()),
            "the server answered 401 Unauthorized",
        ),
        (
            Box::new(|_| "HTTP/1.0 302 Found\r\nLocation: https://elsewhere/\r\n\r\n".into()),
            "the server answered 302 Found, Location: https://elsewhere/",
        ),
        // The rest of it never comes.
        (Box::new(|_| "HTTP/1.1 500 Oh\r\nContent-Le".into()), "the server answered 500 Oh"),
        (
            Box::new(|request| format!("HTTP/1.0 101 x\r\n{upgrade}{}\r\n", accept(request))),
            "the reply is HTTP/1.0",
        ),
        (
            Box::new(|request| format!("http/1.1 101 x\r\n{upgrade}{}\r\n", accept(request))),
            "the reply is not HTTP/1.1",
        ),
        (
            Box::new(|request| format!("HTTP/1.1 101 x\r\nUpgrade: websocket\r\n{}\r\n", accept(request))),
            "the reply has no header Connection: Upgrade",
        ),
        (
            Box::new(|_| format!("HTTP/1.1 101 x\r\n{upgrade}\r\n")),
            "the reply has no header Sec-WebSocket-Accept",
        ),
        (
            Box::new(|_| format!("HTTP/1.1 101 x\r\n{upgrade}Sec-WebSocket-Accept: \r\n\r\n")),
            "Sec-WebSocket-Accept of the reply is not the answer to this request",
        ),
        (
            Box::new(|request| {
                format!("HTTP/1.1 101 x\r\n{upgrade}{}\r\n", accept(request).replace("=\r\n", "\r\n"))
            }),
            "Sec-WebSocket-Accept of the reply is not the answer to this request",
        ),
        // A broker that does not speak WebSocket.
        (Box::new(|_| "\x20\x02\0\x05".into()), "the reply is not HTTP/1.1"),
    ];
    let listener = Listener::new();
    let uri = listener.uri().replace("tcp", "ws");
    for (reply, reason) in &refusals {
        for (api, version) in [(Api::Calls, 4), (Api::Callbacks, 5), (Api::Async, 4), (Api::Async, 5)] {
            let client = thread::spawn({
                let uri = uri.clone();
                move || api.connects(Library::Ours, &uri, version, "", false)
            });
            let mut peer = WebSocketPeer::new(listener.accept());
            let reply = reply(&peer.expect_request());
            peer.send(reply.as_bytes());
            assert_eq!(peer.expect_end(), b"", "{reason}");
            let output = client.join().unwrap();
            let line =
                format!("Connect failed in WebSocket upgrade, {}: {reason}\n", uri.replace("ws://", ""));
            assert!(output.contains(&line), "{reason}: {output}");
            if let Some(code) = reason.strip_prefix("the server answered ") {
                assert!(output.contains(&format!("WebSocket HTTP rc {}\n", &code[..3])), "{output}");
            }
            if api == Api::Async {
                assert!(
                    output.lines().any(|line| line.starts_with("back text") && line.ends_with(reason)),
                    "{output}"
                );
            }
        }
    }
}

/// A server that stalls, or drips, is given up at connectTimeout, and the phase is told.
#[test]
fn a_stalled_upgrade_is_given_up_in_time() {
    let stalls: [fn(&mut WebSocketPeer, &Request); 3] = [
        |_, _| {},
        |peer, request| peer.send(&request.agreement().as_bytes()[..40]),
        |peer, request| {
            for byte in request.agreement().as_bytes().iter().take(20) {
                peer.send(&[*byte]);
                thread::sleep(Duration::from_millis(200));
            }
        },
    ];
    for stall in stalls {
        for api in APIS {
            let (broker, uri) = peer(move |mut peer, request| {
                let start = Instant::now();
                stall(&mut peer, &request);
                assert_eq!(peer.expect_end(), b"");
                start.elapsed()
            });
            let output = api.connects(Library::Ours, &uri, 4, "timeout=2", false);
            let took = broker.finish();
            assert!((1500..12_000).contains(&took.as_millis()), "{api:?}: {took:?}");
            assert!(output.contains("Connect failed in WebSocket upgrade, "), "{output}");
        }
    }
}

/// Sizes at which a frame's header, an MQTT header, a buffer or a socket call changes.
const SIZES: [&str; 7] = ["0", "1", "110", "125", "126", "65500", "65536"];

/// A server that sends each message back, however large: mosquitto takes half a minute for a megabyte.
fn returns_messages(peer: &mut WebSocketPeer) {
    let connect = peer.expect_connect();
    peer.send_packet(&wire::connack(connect.version, false, 0));
    loop {
        let packet = peer.expect_packet();
        match packet.kind() {
            SUBSCRIBE => {
                peer.send_packet(&wire::subscription_answer(SUBACK, connect.version, packet.id(), &[0]));
            }
            PUBLISH => peer.send_packet(&packet),
            kind => break assert_eq!(kind, DISCONNECT),
        }
    }
}

#[test]
fn large_messages_pass_both_ways() {
    for (program, mode) in [
        ("tests/c/round_trip.c", Some("receive")),
        ("tests/c/round_trip.c", Some("callback")),
        ("tests/c/async_round_trip.c", None),
    ] {
        for version in ["4", "5"] {
            let (broker, uri) = peer(|mut peer, request| {
                peer.send(request.agreement().as_bytes());
                returns_messages(&mut peer);
            });
            let mut arguments = vec![uri.as_str(), version, "0"];
            arguments.extend(mode);
            arguments.extend(["65536", "1048576", "16777216"]);
            let output = Program::compile(program).run(&arguments);
            assert_eq!(output, "65536 bytes\n1048576 bytes\n16777216 bytes\n");
            broker.finish();
        }
    }
}

/// `mode` is for the program of the synchronous API.
fn round_trip(program: &str, library: Library, version: u8, qos: u8, mode: Option<&str>) {
    let (_broker, uri) = Mosquitto::start_with_websockets();
    let mut arguments = vec![uri, version.to_string(), qos.to_string()];
    arguments.extend(mode.map(String::from));
    arguments.extend(SIZES.map(String::from));
    let output = Program::compile(program).with(library).arguments(&arguments).output();
    let expected: String = SIZES.map(|size| format!("{size} bytes\n")).concat();
    assert_eq!(output, expected);
}

#[test]
fn messages_return_whole_from_mosquitto() {
    for (version, qos, mode) in
        [(3, 0, "callback"), (4, 0, "receive"), (4, 1, "callback"), (4, 2, "receive"), (5, 0, "callback")]
    {
        round_trip("tests/c/round_trip.c", Library::Ours, version, qos, Some(mode));
    }
    for (version, qos, mode) in [(0, 1, "receive"), (5, 1, "receive"), (5, 2, "callback")] {
        round_trip("tests/c/round_trip.c", Library::Ours, version, qos, Some(mode));
    }
}

#[test]
fn messages_return_whole_from_mosquitto_to_asynchronous_clients() {
    for (version, qos) in [(0, 1), (3, 2), (4, 0), (4, 1), (5, 0), (5, 2)] {
        round_trip("tests/c/async_round_trip.c", Library::Ours, version, qos, None);
    }
    round_trip("tests/c/async_round_trip.c", Library::Original, 4, 1, None);
}

#[test]
fn a_hundred_clients_share_a_process() {
    let (_broker, uri) = Mosquitto::start_with_websockets();
    Program::compile("tests/c/guest_idle.c").run(&[uri.as_str(), "100", "1000"]);
}
