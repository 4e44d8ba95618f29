use super::super::layer::{Handshake, Layer, Piece};
use super::fuzzing::{open, take_frame};
use super::{Request, WebSocket, upgrade};
use std::io;
use std::sync::Arc;

fn client() -> WebSocket {
    let (host, target) = ("h".to_owned(), String::new());
    WebSocket::new(Request { host, port: 80, target, is_secure: false, headers: Arc::new([]) })
}

/// The reply that agrees to a request.
fn agreement(request: &[u8]) -> Vec<u8> {
    let request = std::str::from_utf8(request).unwrap();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    assert_eq!(key.len(), 24);
    let accept = upgrade::expected_accept(key);
    format!("HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").into_bytes()
}

/// The first byte of a frame, and its payload.
type Frame = (u8, Vec<u8>);

/// What comes of bytes: data, frames in answer, and the error.
fn receive(client: &mut WebSocket, bytes: &[u8]) -> (Vec<u8>, Vec<Frame>, Option<io::Error>) {
    let (mut plain, mut wire, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    let error = client.receive(&mut bytes.to_vec(), &mut plain, &mut wire).err();
    let mut rest = wire.as_slice();
    while !rest.is_empty() {
        answers.push(take_frame(&mut rest).unwrap());
    }
    (plain, answers, error)
}

/// Contract T-303: byte by byte, and with frames behind the reply.
#[test]
fn a_reply_may_come_in_any_pieces() {
    let (mut client, mut wire) = (client(), Vec::new());
    client.handshake(&mut &[][..], &mut wire).unwrap();
    assert!(wire.starts_with(b"GET /mqtt HTTP/1.1\r\n") && wire.ends_with(b"\r\n\r\n"));
    let reply = agreement(&wire);
    for end in 0..reply.len() {
        let mut rest = &reply[..end];
        assert_eq!(client.handshake(&mut rest, &mut wire).unwrap(), Handshake::Waiting);
        assert_eq!(rest.len(), end, "it comes again");
    }
    let glued = [&reply, &b"\x82\x01a"[..]].concat();
    let mut rest = &glued[..];
    assert_eq!(client.handshake(&mut rest, &mut wire).unwrap(), Handshake::Open);
    assert_eq!(rest, b"\x82\x01a");
    assert_eq!(receive(&mut client, rest).0, b"a");
}

/// Each connection proves with a key of its own that its server has read the request.
#[test]
fn keys_are_fresh() {
    let request = || {
        let mut wire = Vec::new();
        client().handshake(&mut &[][..], &mut wire).unwrap();
        wire
    };
    let (one, other) = (request(), request());
    assert_ne!(one, other);
    let (mut client, mut wire) = (client(), Vec::new());
    client.handshake(&mut &[][..], &mut wire).unwrap();
    assert!(client.handshake(&mut &agreement(&one)[..], &mut wire).is_err());
}

/// Contract T-305.
#[test]
fn each_message_is_a_masked_binary_frame() {
    let (mut client, mut wire) = (open(), Vec::new());
    let message: Vec<u8> = (0..70_000_u32).flat_map(u32::to_be_bytes).collect();
    for size in [1, 125, 126, 1000, 65_535, 65_536, message.len()] {
        client.send(Piece::whole(&message[..size]), &mut wire).unwrap();
    }
    // In pieces, of which none ends where the mask does.
    for (start, end) in [(0, 5), (5, 16), (16, 30_003), (30_003, message.len())] {
        let piece = Piece { bytes: &message[start..end], follows: message.len() - end };
        client.send(piece, &mut wire).unwrap();
    }
    let (mut masks, mut rest) = (std::collections::HashSet::new(), wire.as_slice());
    for size in [1, 125, 126, 1000, 65_535, 65_536, message.len(), message.len()] {
        let key = match size {
            0..126 => 2,
            126..65_536 => 4,
            _ => 10,
        };
        assert!(masks.insert(rest[key..key + 4].to_vec()), "each has a mask of its own");
        assert!(take_frame(&mut rest) == Some((0x82, message[..size].to_vec())), "{size} bytes");
    }
    assert!(rest.is_empty());
}

/// Contract T-306.
#[test]
fn pings_are_answered_between_messages() {
    let mut client = open();
    let (plain, answers, error) = receive(&mut client, b"\x02\x01a\x89\x02hi\x80\x01b\x89\x00\x8A\x01x");
    assert_eq!((plain, answers), (b"ab".to_vec(), vec![(0x8A, b"hi".to_vec()), (0x8A, Vec::new())]));
    assert!(error.is_none());

    // Never amid a message, which is one frame.
    let mut wire = Vec::new();
    client.send(Piece { bytes: b"first", follows: 6 }, &mut wire).unwrap();
    let (_, answers, _) = receive(&mut client, b"\x89\x011\x89\x012");
    assert_eq!(answers, []);
    client.send(Piece { bytes: b"sec", follows: 3 }, &mut wire).unwrap();
    client.send(Piece { bytes: b"ond", follows: 0 }, &mut wire).unwrap();
    client.send(Piece::whole(b"next"), &mut wire).unwrap();
    let mut rest = wire.as_slice();
    for (first, payload) in [(0x82, &b"firstsecond"[..]), (0x8A, b"2"), (0x82, b"next")] {
        assert_eq!(take_frame(&mut rest), Some((first, payload.to_vec())));
    }
    assert!(rest.is_empty());
}

/// A gateway may send them for a server that is dead. Data is the server's, be it a byte of a header.
#[test]
fn pings_and_pongs_are_no_data() {
    let mut client = open();
    for (bytes, is_control) in [
        (&b"\x89\x02hi"[..], true),
        (b"\x8A\x00\x89", true),
        (b"\x03ab", true),
        (b"c\x8A\x00", true),
        (b"\x8A\x00\x82", false),
        (b"\x7E", false),
        (b"\x00\x80a", false),
        (b"b", false),
        (&[b'c'; 126], false),
        (b"\x8A\x00", true),
    ] {
        receive(&mut client, bytes);
        assert_eq!(client.heard_only_control(), is_control, "{bytes:02x?}");
    }
}

/// Contract T-305, T-306: the status of a close frame goes back, and the client's own is 1000.
#[test]
fn goodbyes_are_said_once() {
    for (frame, payload, text) in [
        (&b"\x88\x02\x03\xE9"[..], &b"\x03\xE9"[..], "the server closed the WebSocket with status 1001"),
        (b"\x88\x06\x0F\xA0no\r\n", b"\x0F\xA0", "the server closed the WebSocket with status 4000: no??"),
        (b"\x88\x00", b"", "the server closed the WebSocket"),
        (b"\x88\x01\x03", b"", "the server closed the WebSocket"),
    ] {
        let mut client = open();
        let behind = [b"\x82\x01a", frame, b"\x82\x01b"].concat();
        let (plain, answers, error) = receive(&mut client, &behind);
        assert_eq!((&plain[..], answers), (&b"a"[..], vec![(0x88, payload.to_vec())]));
        assert_eq!(error.unwrap().to_string(), text);
        let mut wire = Vec::new();
        client.send(Piece::whole(b"late"), &mut wire).unwrap();
        client.close(&mut wire);
        assert!(wire.is_empty());
    }
    let (mut client, mut wire) = (open(), Vec::new());
    client.send(Piece::whole(b"DISCONNECT"), &mut wire).unwrap();
    client.close(&mut wire);
    client.close(&mut wire);
    let mut rest = wire.as_slice();
    assert_eq!(take_frame(&mut rest), Some((0x82, b"DISCONNECT".to_vec())));
    assert_eq!(take_frame(&mut rest), Some((0x88, b"\x03\xE8".to_vec())));
    assert!(rest.is_empty());
}

/// A close frame there would be a part of the message.
#[test]
fn no_goodbye_is_said_amid_a_message() {
    for is_asked in [false, true] {
        let (mut client, mut wire) = (open(), Vec::new());
        client.send(Piece { bytes: b"first", follows: 6 }, &mut wire).unwrap();
        let length = wire.len();
        if is_asked {
            let (_, answers, error) = receive(&mut client, b"\x88\x02\x03\xE8");
            assert!(answers.is_empty() && error.is_some());
            client.send(Piece::whole(b"second"), &mut wire).unwrap();
        }
        client.close(&mut wire);
        assert_eq!(wire.len(), length);
    }
}

#[test]
fn a_server_that_breaks_the_rules_is_told_so() {
    let mut client = open();
    let (plain, answers, error) = receive(&mut client, b"\x82\x01a\x82\x81\0\0\0\0x");
    assert_eq!((plain, answers), (b"a".to_vec(), vec![(0x88, b"\x03\xEA".to_vec())]));
    assert_eq!(error.unwrap().to_string(), "WebSocket protocol error: a frame is masked");
    let mut wire = Vec::new();
    client.close(&mut wire);
    assert!(wire.is_empty());
}

/// Contract T-304: nothing but the request goes to a server that has not agreed.
#[test]
fn a_server_that_refuses_gets_nothing_more() {
    let (mut client, mut wire) = (client(), Vec::new());
    client.handshake(&mut &[][..], &mut wire).unwrap();
    wire.clear();
    let error = client.handshake(&mut &b"HTTP/1.1 403 Forbidden\r\n\r\n"[..], &mut wire).unwrap_err();
    assert_eq!(error.to_string(), "the server answered 403 Forbidden");
    assert!(wire.is_empty());
}
