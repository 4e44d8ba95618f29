//! The server's end of WebSocket, as far as a client of MQTT goes that keeps to it.

use std::io::{self, ErrorKind};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::net::{RecvFlags, recv};
use sha1::{Digest as _, Sha1};

use super::packet::Nonsense;

/// What RFC 6455 has a server append to the client's key.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// One connection.
#[derive(Default)]
pub struct WebSocket {
    is_open: bool,
    /// The front of what is not whole yet: the request, later a frame's head.
    partial: Vec<u8>,
    /// Of the frame under way.
    left: usize,
    mask: [u8; 4],
}

/// The head of a frame.
struct Head {
    length: usize,
    payload: usize,
    mask: [u8; 4],
}

impl Head {
    /// `None` when more bytes are needed.
    fn read(bytes: &[u8]) -> io::Result<Option<Self>> {
        let Some(&[first, second]) = bytes.first_chunk() else { return Ok(None) };
        match first & 15 {
            0 | 2 => {}
            // The client's goodbye.
            8 => return Err(ErrorKind::UnexpectedEof.into()),
            _ => return Err(Nonsense.into()),
        }
        let extended = match second & 127 {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let length = 2 + extended + 4;
        let Some((number, mask)) = bytes.get(2..length).and_then(|rest| rest.split_last_chunk()) else {
            return Ok(None);
        };
        let payload = match number {
            [] => usize::from(second & 127),
            number => number.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte)),
        };
        Ok(Some(Self { length, payload, mask: *mask }))
    }
}

impl WebSocket {
    /// Reads the socket once.
    pub fn recv(&mut self, socket: &TcpStream, space: &mut [u8], out: &mut Vec<u8>) -> io::Result<usize> {
        let (count, _) = recv(socket, &mut *space, RecvFlags::empty())?;
        let bytes = space.get_mut(..count).unwrap_or_default();
        let plain = if self.is_open { self.unpack(bytes)? } else { self.upgrade(bytes, out)? };
        // Nothing plain is no end.
        if plain == 0 && count > 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(plain) }
    }

    /// Answers the request, behind which a client waits.
    fn upgrade(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<usize> {
        self.partial.extend_from_slice(bytes);
        if self.partial.ends_with(b"\r\n\r\n") {
            let request = String::from_utf8_lossy(&self.partial);
            let key = request.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("Sec-WebSocket-Key").then(|| value.trim())
            });
            let accept = Sha1::new().chain_update(key.ok_or(Nonsense)?).chain_update(GUID).finalize();
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
                STANDARD.encode(accept)
            );
            out.extend_from_slice(answer.as_bytes());
            self.partial.clear();
            self.is_open = true;
        }
        Ok(0)
    }

    /// Leaves the plain bytes at the front of `bytes`; returns how many they are.
    fn unpack(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let (mut from, mut to) = (0, 0);
        while from < bytes.len() {
            if self.left == 0 {
                from += self.begin_frame(bytes.get(from..).unwrap_or_default())?;
                continue;
            }
            let end = bytes.len().min(from + self.left);
            unmask(bytes.get_mut(from..end).unwrap_or_default(), self.mask);
            bytes.copy_within(from..end, to);
            let length = end - from;
            self.mask.rotate_left(length % 4);
            self.left -= length;
            (from, to) = (end, to + length);
        }
        Ok(to)
    }

    /// Takes bytes of a head; returns how many.
    fn begin_frame(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let known = self.partial.len();
        let whole = if known == 0 { Head::read(bytes)? } else { None };
        let (head, taken) = match whole {
            Some(head) => {
                let length = head.length;
                (Some(head), length)
            }
            None => {
                self.partial.extend(bytes.first());
                (Head::read(&self.partial)?, 1)
            }
        };
        if let Some(head) = head {
            self.partial.clear();
            (self.left, self.mask) = (head.payload, head.mask);
        }
        Ok(taken)
    }

    /// Makes a frame of these bytes.
    pub fn send(bytes: &[u8], out: &mut Vec<u8>) {
        out.push(0x82);
        match (u8::try_from(bytes.len()), u16::try_from(bytes.len())) {
            (Ok(length @ ..=125), _) => out.push(length),
            (_, Ok(length)) => {
                out.push(126);
                out.extend_from_slice(&length.to_be_bytes());
            }
            _ => {
                out.push(127);
                out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
            }
        }
        out.extend_from_slice(bytes);
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut words = payload.chunks_exact_mut(size_of_val(&wide));
    for word in words.by_ref().filter_map(<[u8]>::first_chunk_mut) {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in words.into_remainder().iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= mask;
    }
}
