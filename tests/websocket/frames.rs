//! Frames: those that servers send, well or badly, and those of the client; contract T-305 and T-306.

use super::*;

/// A PUBLISH on the topic that the clients of these tests subscribe to.
fn message(version: u8, payload: &str) -> Vec<u8> {
    let (topic, payload) = ("in".to_owned(), payload.as_bytes().to_vec());
    Publish { topic, payload, qos: 0, ..Publish::default() }.packet(version).encode()
}

/// A client that subscribes, gets what the script sends, and takes its leave.
fn receives(api: Api, library: Library, version: u8, payload: &str, script: fn(&mut WebSocketPeer, Vec<u8>)) {
    let bytes = message(version, payload);
    let (broker, uri) = peer(move |mut peer, request| {
        peer.send(request.agreement().as_bytes());
        peer.expect_connect();
        peer.send_packet(&wire::connack(version, false, 0));
        let subscribe = peer.expect_packet();
        assert_eq!(subscribe.kind(), SUBSCRIBE);
        peer.send_packet(&wire::subscription_answer(SUBACK, version, subscribe.id(), &[0]));
        script(&mut peer, bytes);
        if library == Library::Ours {
            expect_goodbye(&mut peer);
        } else {
            peer.expect_end();
        }
    });
    let commands: &[&str] = match api {
        Api::Calls => &["subscribe in:0", "receive 60000", "disconnect 10000"],
        Api::Callbacks => &["subscribe in:0", "await message 1", "disconnect 10000"],
        Api::Async => &[
            "await connect 1",
            "subscribe in:0",
            "await message 1",
            "disconnect 10000",
            "await disconnect 1",
        ],
    };
    let output = api.start(library, &uri, version, "", commands).finish().expect_success().stdout;
    assert!(output.contains(&format!(": {payload}")), "{api:?} {library:?}: {output}");
    broker.finish();
}

/// Contract T-306, the rows that the original can do.
#[test]
fn packets_come_in_any_frames() {
    let rows: [fn(&mut WebSocketPeer, Vec<u8>); 7] = [
        |peer, packet| peer.send(&frame(0x82, &packet)),
        |peer, packet| peer.send(&frame(0x81, &packet)),
        |peer, packet| {
            let (start, end) = packet.split_at(3);
            peer.send(&[frame(0x02, start), frame(0x80, end)].concat());
        },
        // Several packets in a frame, and a packet over several frames.
        |peer, packet| {
            peer.send(&frame(0x82, &[&wire::Packet::new(0xD0, []).encode(), &packet[..]].concat()))
        },
        |peer, packet| packet.iter().for_each(|byte| peer.send(&frame(0x82, &[*byte]))),
        |peer, packet| peer.send_bytewise(&frame(0x82, &packet)),
        |peer, packet| {
            peer.send(&[frame(0x8A, b"not asked for"), frame(0x89, b""), frame(0x89, &[7; 125])].concat());
            peer.expect_frame(0x8A, b"");
            peer.expect_frame(0x8A, &[7; 125]);
            peer.send(&frame(0x82, &packet));
        },
    ];
    for (number, row) in rows.into_iter().enumerate() {
        for (api, version) in [(Api::Calls, 5), (Api::Callbacks, 4), (Api::Async, 4), (Api::Async, 5)] {
            receives(api, Library::Ours, version, "came whole", row);
        }
        // The original takes one frame at a time while it waits in a call.
        if number < 3 {
            receives(Api::Async, Library::Original, 4, "came whole", row);
        }
    }
}

/// The rows that the original gets wrong.
#[test]
fn pings_may_come_between_fragments() {
    for api in APIS {
        receives(api, Library::Ours, 4, "in three pieces", |peer, packet| {
            let (start, rest) = packet.split_at(3);
            let (middle, end) = rest.split_at(4);
            let frames = [frame(0x02, start), frame(0x89, b"hi"), frame(0x00, middle), frame(0x00, b"")];
            peer.send(&frames.concat());
            peer.expect_frame(0x8A, b"hi");
            peer.send(&[frame(0x89, b"ho"), frame(0x80, end)].concat());
            peer.expect_frame(0x8A, b"ho");
        });
    }
}

/// A client whose server sends these bytes, and gets this frame for it, before the connection ends.
fn loses(api: Api, version: u8, bytes: Vec<u8>, answer: &'static [u8], reason: &str) {
    let (broker, uri) = peer(move |mut peer, request| {
        peer.send(request.agreement().as_bytes());
        peer.expect_connect();
        peer.send_packet(&wire::connack(version, false, 0));
        peer.send(&bytes);
        peer.expect_frame(0x88, answer);
        assert_eq!(peer.expect_end(), b"");
    });
    let commands: &[&str] = match api {
        Api::Calls => &["receive 60000", "isConnected"],
        Api::Callbacks => &["await lost 1", "isConnected"],
        Api::Async => &["await connect 1", "await lost 1", "isConnected"],
    };
    let output = api.start(Library::Ours, &uri, version, "", commands).finish().expect_success().stdout;
    assert!(output.contains("call isConnected: 0"), "{output}");
    assert!(output.contains(reason), "{reason}: {output}");
    broker.finish();
}

/// Contract T-306.
#[test]
fn servers_that_close_or_break_the_rules_lose_the_client() {
    let rows: [(Vec<u8>, &[u8], &str); 8] = [
        (frame(0x88, b"\x03\xE9"), b"\x03\xE9", "the server closed the WebSocket with status 1001"),
        (frame(0x88, b"\x0F\xA1bye"), b"\x0F\xA1", "the server closed the WebSocket with status 4001: bye"),
        (frame(0x88, b""), b"", "the server closed the WebSocket"),
        (frame(0x83, b""), b"\x03\xEA", "WebSocket protocol error: a frame of unknown type"),
        (frame(0xC2, b"\xD0\0"), b"\x03\xEA", "WebSocket protocol error: a frame uses an extension"),
        (b"\x82\x82\0\0\0\0\xD0\0".to_vec(), b"\x03\xEA", "WebSocket protocol error: a frame is masked"),
        (
            b"\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF".to_vec(),
            b"\x03\xEA",
            "WebSocket protocol error: a frame is too long",
        ),
        (frame(0x80, b"\xD0\0"), b"\x03\xEA", "WebSocket protocol error: a continuation of no message"),
    ];
    for (bytes, answer, reason) in rows {
        for (api, version) in [(Api::Calls, 4), (Api::Callbacks, 5), (Api::Async, 4), (Api::Async, 5)] {
            loses(api, version, bytes.clone(), answer, reason);
        }
    }
}

/// A close frame instead of CONNACK is a failed connect, with the server's reason.
#[test]
fn a_close_before_connack_is_told() {
    for api in APIS {
        let (broker, uri) = peer(|mut peer, request| {
            peer.send(request.agreement().as_bytes());
            peer.expect_connect();
            peer.send(&frame(0x88, b"\x03\xF0no such user"));
            peer.expect_frame(0x88, b"\x03\xF0");
            assert_eq!(peer.expect_end(), b"");
        });
        let output = api.connects(Library::Ours, &uri, 4, "", false);
        assert!(output.contains("with status 1008: no such user before CONNACK"), "{output}");
        broker.finish();
    }
}

/// Contract T-305: PINGREQ is a frame like all others, and each frame has a mask of its own.
#[test]
fn each_packet_is_a_frame_with_a_fresh_mask() {
    for api in APIS {
        let (broker, uri) = peer(|mut peer, request| {
            peer.send(request.agreement().as_bytes());
            peer.expect_connect();
            peer.send_packet(&wire::connack(4, false, 0));
            let mut keys = Vec::new();
            for kind in [PUBLISH, PUBLISH, PUBLISH, PINGREQ] {
                let frame = peer.next().unwrap();
                assert_eq!(frame.packet().kind(), kind);
                keys.push(frame.key);
            }
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), 4, "{keys:02x?}");
            loop {
                peer.send_packet(&Packet::new(0xD0, []));
                match peer.expect_packet().kind() {
                    PINGREQ => {}
                    kind => break assert_eq!(kind, DISCONNECT),
                }
            }
            peer.expect_frame(0x88, b"\x03\xE8");
        });
        let publish = if api == Api::Async { "send" } else { "publish" };
        let publishes = ["x", "y", "z"].map(|text| format!("{publish} 0 out {text}"));
        let mut commands: Vec<&str> = publishes.iter().map(String::as_str).collect();
        match api {
            Api::Calls => commands.extend(["receive 3000", "disconnect 10000"]),
            Api::Callbacks => commands.extend(["go", "disconnect 10000"]),
            Api::Async => {
                commands.insert(0, "await connect 1");
                commands.extend(["pause 3000", "disconnect 10000", "await disconnect 1"]);
            }
        }
        let mut client = api.start(Library::Ours, &uri, 4, "keepalive=1", &commands);
        if api == Api::Callbacks {
            thread::sleep(Duration::from_secs(3));
            client.write("go\n");
        }
        client.finish().expect_success();
        broker.finish();
    }
}

/// A ping that comes while a large message is on its way is answered behind that, and the message stays whole.
#[test]
fn a_ping_does_not_break_a_message_that_is_being_sent() {
    const SIZE: usize = 16 << 20;
    // Without callbacks nobody reads while a message of QoS 0 is sent.
    for api in [Api::Callbacks, Api::Async] {
        let listener = Listener::new();
        listener.narrow();
        let uri = listener.uri().replace("tcp", "ws");
        let publish = format!("fill 0 out {SIZE}");
        let commands: &[&str] = match api {
            Api::Async => &["await connect 1", &publish, "go", "disconnect 60000", "await disconnect 1"],
            _ => &[&publish, "go", "disconnect 60000"],
        };
        let mut client = api.start(Library::Ours, &uri, 4, "", commands);
        let mut peer = WebSocketPeer::new(listener.accept());
        peer.welcome();
        // The first bytes of the message are here, and the last cannot have been sent.
        peer.wait_until_readable();
        peer.send(&[frame(0x89, b"one"), frame(0x89, b"two")].concat());
        let message = peer.expect_packet();
        assert_eq!((message.kind(), Publish::parse(&message, 4).unwrap().payload.len()), (PUBLISH, SIZE));
        // One answer for both will do.
        let answer = peer.next().unwrap();
        assert_eq!(answer.first, 0x8A);
        if answer.payload != b"two" {
            assert_eq!(answer.payload, b"one");
            peer.expect_frame(0x8A, b"two");
        }
        client.write("go\n");
        expect_goodbye(&mut peer);
        client.finish().expect_success();
    }
}

/// A server that asks and asks, and does not read the answers, is left before they fill the memory.
#[test]
fn answers_do_not_pile_up() {
    for api in [Api::Callbacks, Api::Async] {
        let (broker, uri) = peer(|mut peer, request| {
            peer.send(request.agreement().as_bytes());
            peer.expect_connect();
            peer.send_packet(&wire::connack(4, false, 0));
            let pings = frame(0x89, &[7; 125]).repeat(1000);
            let (start, mut sent) = (Instant::now(), 0);
            while peer.sends(&pings) {
                sent += pings.len();
                assert!(start.elapsed() < support::PATIENCE, "still there after {sent} bytes");
            }
        });
        let commands: &[&str] = match api {
            Api::Async => &["await connect 1", "await lost 1"],
            _ => &["await lost 1"],
        };
        api.start(Library::Ours, &uri, 4, "", commands).finish().expect_success();
        broker.finish();
    }
}
