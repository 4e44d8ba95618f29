//! A layer for tests that makes everything as hard as a transport may: it has frames of its own, four
//! messages of handshake, sends nothing beyond a credit that the peer renews, asks questions that must
//! be answered at once, and makes bytes more.

use super::layer::{Handshake, Layer, Piece};
use std::io;

/// So many plain bytes are sent until the peer has renewed the credit.
const CREDIT: usize = 3000;

/// Frames are of so many bytes at most: less than most messages.
const FRAME: usize = 200;

/// A question comes after so many frames.
const ASK_EVERY: u32 = 5;

const HELLO: u8 = 1;
const DATA: u8 = 2;
const CREDITS: u8 = 3;
const QUESTION: u8 = 4;
const ANSWER: u8 = 5;
const GOODBYE: u8 = 6;
const REFUSAL: u8 = 7;

/// Either end of the layer.
pub struct TestLayer {
    is_client: bool,
    /// Refuses when it gets so far in the handshake.
    pub refuses_at: Option<u8>,
    /// Handshake messages sent and received.
    hellos: u8,
    received: Vec<u8>,
    credit: usize,
    /// To be granted when enough has come.
    to_grant: usize,
    /// Plain bytes that wait for credit.
    held: Vec<u8>,
    frames: u32,
    /// Of the message being sent, from its first piece on.
    rest: usize,
    closed: bool,
}

impl TestLayer {
    /// The end that begins.
    pub fn client() -> TestLayer {
        TestLayer::new(true)
    }

    /// The end that answers.
    pub fn server() -> TestLayer {
        TestLayer::new(false)
    }

    fn new(is_client: bool) -> TestLayer {
        TestLayer {
            is_client,
            refuses_at: None,
            hellos: 0,
            received: Vec::new(),
            credit: CREDIT,
            to_grant: 0,
            held: Vec::new(),
            frames: 0,
            rest: 0,
            closed: false,
        }
    }

    /// Takes a whole frame out of what was received.
    fn take_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let length = 2 * usize::from(*self.received.get(1)?);
        let body = self.received.get(2..2 + length)?;
        let bytes = body.chunks(2).map(|pair| (pair[0] & 15) << 4 | pair[1] & 15).collect();
        let kind = self.received[0];
        self.received.drain(..2 + length);
        Some((kind, bytes))
    }

    fn send_held(&mut self, wire: &mut Vec<u8>) {
        while self.credit > 0 && !self.held.is_empty() {
            let count = self.held.len().min(FRAME).min(self.credit);
            self.credit -= count;
            let bytes: Vec<u8> = self.held.drain(..count).collect();
            append_frame(wire, DATA, &bytes);
            self.frames += 1;
            if self.frames % ASK_EVERY == 0 {
                append_frame(wire, QUESTION, &[]);
            }
        }
    }
}

fn append_frame(wire: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    wire.extend([kind, u8::try_from(bytes.len()).unwrap()]);
    wire.extend(bytes.iter().flat_map(|byte| [0x40 | byte >> 4, 0x60 | byte & 15]));
}

fn error(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

impl Layer for TestLayer {
    fn phase(&self) -> &'static str {
        "test handshake"
    }

    fn handshake(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Handshake> {
        if self.is_client && self.hellos == 0 {
            append_frame(wire, HELLO, &[0]);
            self.hellos = 1;
        }
        while self.hellos < 4 {
            // Byte by byte, so that not one too many is taken.
            let Some((first, rest)) = received.split_first() else { return Ok(Handshake::Waiting) };
            self.received.push(*first);
            *received = rest;
            match self.take_frame() {
                Some((HELLO, bytes)) if bytes == [self.hellos] => self.hellos += 1,
                Some((REFUSAL, _)) => return Err(error("the peer refused")),
                Some(_) => return Err(error("not a handshake")),
                None => continue,
            }
            if self.refuses_at == Some(self.hellos) {
                append_frame(wire, REFUSAL, &[]);
                return Err(error("refused"));
            }
            if self.hellos < 4 {
                append_frame(wire, HELLO, &[self.hellos]);
                self.hellos += 1;
            }
        }
        Ok(Handshake::Open)
    }

    fn receive(&mut self, received: &mut [u8], plain: &mut Vec<u8>, wire: &mut Vec<u8>) -> io::Result<()> {
        self.received.extend_from_slice(received);
        while let Some((kind, bytes)) = self.take_frame() {
            match kind {
                DATA => {
                    plain.extend_from_slice(&bytes);
                    self.to_grant += bytes.len();
                    if self.to_grant >= CREDIT / 2 {
                        let grant = u16::try_from(std::mem::take(&mut self.to_grant)).unwrap();
                        append_frame(wire, CREDITS, &grant.to_be_bytes());
                    }
                }
                CREDITS => {
                    let grant = bytes.try_into().map(u16::from_be_bytes).map_err(|_| error("no credit"))?;
                    self.credit += usize::from(grant);
                    self.send_held(wire);
                }
                QUESTION => append_frame(wire, ANSWER, &[]),
                ANSWER => {}
                GOODBYE => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => return Err(error("no such frame")),
            }
        }
        Ok(())
    }

    fn send(&mut self, piece: Piece<'_>, wire: &mut Vec<u8>) -> io::Result<()> {
        assert!(!self.closed, "sent after the goodbye");
        if self.rest > 0 {
            assert_eq!(piece.bytes.len() + piece.follows, self.rest, "pieces of a message follow each other");
        }
        self.rest = piece.follows;
        self.held.extend_from_slice(piece.bytes);
        self.send_held(wire);
        Ok(())
    }

    fn held(&self) -> usize {
        self.held.len()
    }

    fn close(&mut self, wire: &mut Vec<u8>) {
        append_frame(wire, GOODBYE, &[]);
        self.closed = true;
    }
}

/// A proxy: what follows its reply passes unchanged.
#[derive(Default)]
pub struct TestProxy {
    has_asked: bool,
}

impl Layer for TestProxy {
    fn phase(&self) -> &'static str {
        "proxy"
    }

    fn handshake(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Handshake> {
        if !std::mem::replace(&mut self.has_asked, true) {
            wire.extend_from_slice(b"CONNECT\n");
        }
        let Some(end) = received.iter().position(|byte| *byte == b'\n') else {
            return Ok(Handshake::Waiting);
        };
        let (reply, rest) = received.split_at(end + 1);
        *received = rest;
        if reply == b"OK\n" { Ok(Handshake::Finished) } else { Err(error("the proxy said no")) }
    }

    fn receive(&mut self, _: &mut [u8], _: &mut Vec<u8>, _: &mut Vec<u8>) -> io::Result<()> {
        unreachable!("it has finished")
    }

    fn send(&mut self, _: Piece<'_>, _: &mut Vec<u8>) -> io::Result<()> {
        unreachable!("it has finished")
    }

    fn close(&mut self, _: &mut Vec<u8>) {}
}
