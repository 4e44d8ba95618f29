//! The server's end of a WebSocket, which does exactly what a test tells it, right or wrong.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest, Sha1};

use super::PATIENCE;
use super::scripted_broker::Peer;
use super::wire::{self, CONNECT, Connect, Packet};

/// A client's request to upgrade.
#[derive(Clone, Debug)]
pub struct Request(pub String);

impl Request {
    /// Reads one, to the blank line; `None` where the stream ends before.
    pub fn read(stream: &mut impl Read) -> io::Result<Option<Request>> {
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => text.extend(byte),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(Request(String::from_utf8(text).expect("a request in UTF-8"))))
    }

    /// The values of a header, in their order.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let headers = self.0.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(found, _)| *found == name).map(|(_, value)| value).collect()
    }

    /// The answer to its key.
    pub fn accept(&self) -> String {
        let keys = self.values("Sec-WebSocket-Key");
        let [key] = keys.as_slice() else { panic!("not one key: {self:?}") };
        assert_eq!(BASE64.decode(key).expect("base64").len(), 16, "{key}");
        let proof = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        BASE64.encode(Sha1::digest(proof))
    }

    /// The reply that agrees.
    pub fn agreement(&self) -> String {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
            self.accept()
        )
    }
}

/// A frame from a server: its first byte, and its payload.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(u8::try_from(length).unwrap()),
        length @ 126..0x1_0000 => {
            frame.push(126);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

/// A frame from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its first byte.
    pub first: u8,
    /// What it was masked with.
    pub key: [u8; 4],
    /// Its payload without the mask.
    pub payload: Vec<u8>,
}

impl Frame {
    /// Reads the next; `None` where the stream ends before it begins.
    pub fn read(stream: &mut impl Read) -> io::Result<Option<Frame>> {
        let (mut first, mut second, mut key) = ([0], [0], [0; 4]);
        match stream.read_exact(&mut first) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        stream.read_exact(&mut second)?;
        assert!(second[0] & 0x80 != 0, "a client's frames are masked");
        let length = match second[0] & 0x7F {
            126 => {
                let mut length = [0; 2];
                stream.read_exact(&mut length)?;
                u16::from_be_bytes(length).into()
            }
            127 => {
                let mut length = [0; 8];
                stream.read_exact(&mut length)?;
                usize::try_from(u64::from_be_bytes(length)).unwrap()
            }
            length => length.into(),
        };
        stream.read_exact(&mut key)?;
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload)?;
        for (byte, key) in payload.iter_mut().zip(key.iter().cycle()) {
            *byte ^= key;
        }
        Ok(Some(Frame { first: first[0], key, payload }))
    }

    /// The packet that it is: contract T-305, one packet a frame, and each frame binary and final.
    #[track_caller]
    pub fn packet(&self) -> Packet {
        assert_eq!(self.first, 0x82, "a binary frame: {self:02x?}");
        let mut rest = self.payload.as_slice();
        let packet = Packet::read(&mut rest).unwrap().expect("a packet");
        assert!(rest.is_empty(), "one packet a frame: {self:02x?}");
        packet
    }
}

/// One connection, seen from the server's end.
pub struct WebSocketPeer {
    stream: TcpStream,
}

impl WebSocketPeer {
    /// Takes over a connection on which nothing has come yet.
    pub fn new(peer: Peer) -> WebSocketPeer {
        let stream = peer.into_stream();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        WebSocketPeer { stream }
    }

    /// Waits for the request.
    #[track_caller]
    pub fn expect_request(&mut self) -> Request {
        Request::read(&mut self.stream).unwrap().expect("a request")
    }

    /// Waits for the request, and agrees.
    #[track_caller]
    pub fn upgrade(&mut self) -> Request {
        let request = self.expect_request();
        self.send(request.agreement().as_bytes());
        request
    }

    /// Upgrades, waits for the CONNECT, and says that all is well.
    #[track_caller]
    pub fn welcome(&mut self) -> (Request, Connect) {
        let request = self.upgrade();
        let connect = self.expect_connect();
        self.send_packet(&wire::connack(connect.version, false, 0));
        (request, connect)
    }

    /// Waits for the next frame; `None`: the connection has ended.
    #[track_caller]
    pub fn next(&mut self) -> Option<Frame> {
        match Frame::read(&mut self.stream) {
            Ok(frame) => frame,
            Err(error) if is_end(&error) => None,
            Err(error) => panic!("reading from the client: {error}"),
        }
    }

    /// Waits for a frame with this first byte and this payload.
    #[track_caller]
    pub fn expect_frame(&mut self, first: u8, payload: &[u8]) {
        let frame = self.next().expect("a frame");
        assert_eq!((frame.first, frame.payload.as_slice()), (first, payload));
    }

    /// Waits for a packet.
    #[track_caller]
    pub fn expect_packet(&mut self) -> Packet {
        self.next().expect("a packet").packet()
    }

    /// Waits for the CONNECT.
    #[track_caller]
    pub fn expect_connect(&mut self) -> Connect {
        let packet = self.expect_packet();
        assert_eq!(packet.kind(), CONNECT);
        Connect::parse(&packet.body).expect("a well-formed CONNECT")
    }

    /// Waits for the end, and gives the bytes before it.
    #[track_caller]
    pub fn expect_end(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Err(error) if !is_end(&error) => panic!("the connection did not end: {error}, after {rest:02x?}"),
            _ => rest,
        }
    }

    /// Waits until something has come that is not read yet.
    pub fn wait_until_readable(&self) {
        while self.stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::Interrupted) {}
    }

    /// Sends bytes as they are; a client that has gone is no failure.
    pub fn send(&mut self, bytes: &[u8]) {
        self.sends(bytes);
    }

    /// The same. Whether the connection is still there.
    pub fn sends(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Sends each byte as a segment of its own, with pauses, so that the client sees them one by one.
    pub fn send_bytewise(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.send(&[*byte]);
            thread::sleep(Duration::from_micros(300));
        }
    }

    /// Sends a packet in a frame.
    pub fn send_packet(&mut self, packet: &Packet) {
        self.send(&frame(0x82, &packet.encode()));
    }
}

fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof)
}
