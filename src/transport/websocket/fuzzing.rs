//! What must hold for any bytes that a server may send. A plain function, so that the fuzzer and `cargo test` run
//! the very same one.

use super::super::layer::{Layer, Piece};
use super::{Request, WebSocket, upgrade};
use std::sync::Arc;

/// The key of the request to which the replies of the corpus belong: the one of RFC 6455 section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Takes the first byte as a selector and the rest as what a server sent: an odd one for a reply to the request
/// with frames behind it, an even one for frames. However the bytes are cut, the same comes of them.
///
/// # Panics
///
/// If that does not hold.
pub fn websocket_any(data: &[u8]) {
    let Some((selector, stream)) = data.split_first() else { return };
    let frames = if selector % 2 == 1 { check_reply(stream) } else { stream };
    let whole = receive(frames, usize::MAX);
    for size in [1, 2, 7, 100] {
        assert_eq!(whole, receive(frames, size), "in pieces of {size}");
    }
    // Nobody makes a client send more than he sends himself, but for the headers.
    let answered: usize = whole.answers.iter().map(|(_, payload)| payload.len()).sum();
    assert!(answered <= frames.len() && whole.plain.len() <= frames.len());
    check_messages(stream);
}

/// A reply says the same from the byte on that makes it whole, whatever is behind it. Gives what is.
fn check_reply(stream: &[u8]) -> &[u8] {
    let mut decided = None;
    for end in (0..stream.len()).step_by(1 + stream.len() / 32).chain([stream.len()]) {
        let reply = upgrade::read_reply(stream.get(..end).unwrap_or_default(), KEY).map_err(drop);
        match decided {
            None if reply == Ok(None) => {}
            None => decided = Some(reply),
            Some(decided) => assert_eq!(reply, decided, "with {end} bytes"),
        }
    }
    match decided {
        Some(Ok(Some(length))) => {
            let (head, frames) = stream.split_at(length);
            assert!(matches!(upgrade::read_reply(head, KEY), Ok(Some(whole)) if whole == length));
            let (_, short) = head.split_last().unwrap_or((&0, &[]));
            assert!(matches!(upgrade::read_reply(short, KEY), Ok(None)));
            frames
        }
        _ => &[],
    }
}

/// What comes of frames.
#[derive(Debug, PartialEq, Eq)]
struct Received {
    plain: Vec<u8>,
    answers: Vec<(u8, Vec<u8>)>,
    end: Option<String>,
}

fn receive(frames: &[u8], size: usize) -> Received {
    let mut client = open();
    let (mut plain, mut wire, mut end) = (Vec::new(), Vec::new(), None);
    for piece in frames.chunks(size) {
        if let Err(error) = client.receive(&mut piece.to_vec(), &mut plain, &mut wire) {
            end = Some(error.to_string());
            break;
        }
    }
    let mut answers = Vec::new();
    let mut rest = wire.as_slice();
    while let Some(frame) = take_frame(&mut rest) {
        answers.push(frame);
    }
    assert!(rest.is_empty(), "whole frames are sent");
    Received { plain, answers, end }
}

/// What is sent, in messages of some sizes and in pieces, arrives.
fn check_messages(bytes: &[u8]) {
    let (mut client, mut wire, mut sent) = (open(), Vec::new(), Vec::new());
    let mut rest = bytes;
    while let Some((length, behind)) = rest.split_first() {
        let (message, behind) = behind.split_at(behind.len().min(usize::from(*length) * 3));
        let (one, other) = message.split_at(message.len() / 2);
        for (bytes, follows) in
            [(one, other.len()), (other, 0)].into_iter().filter(|(one, _)| !one.is_empty())
        {
            assert!(client.send(Piece { bytes, follows }, &mut wire).is_ok());
        }
        sent.extend((!message.is_empty()).then_some(message));
        rest = behind;
    }
    let mut rest = wire.as_slice();
    for message in sent {
        assert_eq!(take_frame(&mut rest), Some((0x82, message.to_vec())));
    }
    assert!(rest.is_empty());
}

/// A WebSocket after its upgrade.
pub fn open() -> WebSocket {
    let (host, target) = (String::new(), String::new());
    let request = Request { host, port: 80, target, is_secure: false, headers: Arc::new([]) };
    WebSocket { request: None, ..WebSocket::new(request) }
}

/// Takes a client's frame off the front, if it has come whole: its first byte and its payload.
///
/// # Panics
///
/// If it is not masked.
pub fn take_frame(wire: &mut &[u8]) -> Option<(u8, Vec<u8>)> {
    let (&[first, second], rest) = wire.split_first_chunk()?;
    assert!(second & 0x80 != 0, "what clients send is masked");
    let (length, rest) = match second & 0x7F {
        126 => rest.split_first_chunk().map(|(length, rest)| (u16::from_be_bytes(*length).into(), rest))?,
        127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
        length => (length.into(), rest),
    };
    let (key, rest) = rest.split_first_chunk::<4>()?;
    let (payload, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *wire = rest;
    Some((first, payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect()))
}
