//! A broker that does exactly what a test tells it, byte by byte, right or wrong.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionread;
use rustix::net::sockopt::{set_socket_linger, set_socket_recv_buffer_size};

use super::PATIENCE;
use super::wire::{self, CONNECT, Connect, PUBLISH, Packet, Publish, SUBACK, SUBSCRIBE};

/// A thread that listens, and runs a script.
pub struct ScriptedBroker<R> {
    uri: String,
    script: JoinHandle<R>,
}

impl<R: Send + 'static> ScriptedBroker<R> {
    /// Starts it. What the script returns, [`finish`](Self::finish) gives.
    pub fn start(script: impl FnOnce(&Listener) -> R + Send + 'static) -> Self {
        let listener = Listener::new();
        Self { uri: listener.uri(), script: thread::spawn(move || script(&listener)) }
    }

    /// What a client gives to `MQTTClient_create`.
    pub fn uri(&self) -> String {
        self.uri.clone()
    }

    /// Waits for the end of the script, and fails if the script failed.
    pub fn finish(self) -> R {
        self.script.join().unwrap_or_else(|failure| resume_unwind(failure))
    }
}

/// Where clients arrive.
pub struct Listener(TcpListener);

impl Listener {
    /// Listens at a free port, for a script that runs on the test's own thread.
    pub fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// What a client gives to `MQTTClient_create`.
    pub fn uri(&self) -> String {
        format!("tcp://{}", self.0.local_addr().unwrap())
    }

    /// Gives the connections to come so small a buffer that a client soon waits for the broker to read.
    pub fn narrow(&self) {
        set_socket_recv_buffer_size(&self.0, 32 << 10).unwrap();
    }

    /// Takes the next connection.
    pub fn accept(&self) -> Peer {
        self.accept_within(PATIENCE).expect("a connection")
    }

    /// Takes the next connection, if one comes in time.
    pub fn accept_within(&self, time: Duration) -> Option<Peer> {
        if !readable(&self.0, time) {
            return None;
        }
        let (stream, _) = self.0.accept().unwrap();
        Some(stream.into())
    }

    /// Takes the next connection and its CONNECT, and says that all is well.
    pub fn welcome(&self) -> (Peer, Connect) {
        let mut peer = self.accept();
        let connect = peer.expect_connect();
        peer.send_packet(&wire::connack(connect.version, false, 0));
        (peer, connect)
    }
}

/// One connection, seen from the broker's end.
pub struct Peer {
    stream: TcpStream,
    /// The protocol level of the client's CONNECT.
    pub version: u8,
}

impl From<TcpStream> for Peer {
    fn from(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self { stream, version: 4 }
    }
}

/// What may come from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// A packet.
    Packet(Packet),
    /// The connection ended.
    End,
    /// Nothing, in the time given.
    Nothing,
}

impl Peer {
    /// Waits for the next packet, or the end, or the time.
    pub fn next(&mut self, time: Duration) -> Arrival {
        if !readable(&self.stream, time) {
            return Arrival::Nothing;
        }
        // Past its first byte a packet may take as long as anything may take.
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        arrival(Packet::read(&mut self.stream))
    }

    /// The same, but the packet is read in pieces of at most this size, with pauses.
    pub fn next_in_pieces(&mut self, time: Duration, size: usize) -> Arrival {
        if !readable(&self.stream, time) {
            return Arrival::Nothing;
        }
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        arrival(Packet::read(&mut Slowly { stream: &self.stream, size }))
    }

    /// Reads so many bytes; they may be a part of a packet.
    pub fn skip(&mut self, count: usize) {
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        self.stream.read_exact(&mut vec![0; count]).unwrap();
    }

    /// Waits until the client has filled all buffers: there is something to read, and it does not grow any
    /// more. False: the time was up before.
    pub fn fills_within(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut last = 0;
        loop {
            let unread = ioctl_fionread(&self.stream).unwrap();
            if unread > 0 && unread == last {
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            last = unread;
            thread::sleep(Duration::from_millis(40));
        }
    }

    /// Reads up to these bytes; gives all that was read, with them. What is no MQTT comes so.
    #[track_caller]
    pub fn read_until(&mut self, end: &[u8]) -> Vec<u8> {
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut read = Vec::new();
        while !read.ends_with(end) {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error} after {read:02x?}"));
            read.extend(byte);
        }
        read
    }

    /// Reads what comes next; 0 bytes are the end.
    pub fn read_some(&mut self) -> usize {
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        self.stream.read(&mut [0; 4096]).unwrap_or(0)
    }

    /// Waits for a packet.
    #[track_caller]
    pub fn expect_any(&mut self) -> Packet {
        match self.next(PATIENCE) {
            Arrival::Packet(packet) => packet,
            other => panic!("expected a packet, got {other:?}"),
        }
    }

    /// Waits for a packet of this type; any other arrival fails.
    #[track_caller]
    pub fn expect(&mut self, kind: u8) -> Packet {
        match self.next(PATIENCE) {
            Arrival::Packet(packet) if packet.kind() == kind => packet,
            other => panic!("expected packet type {kind}, got {other:02x?}"),
        }
    }

    /// Waits for exactly these bytes.
    #[track_caller]
    pub fn expect_hex(&mut self, hex: &str) {
        let wanted = bytes(hex);
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut got = vec![0; wanted.len()];
        self.stream.read_exact(&mut got).unwrap();
        assert_eq!(got, wanted, "\n got {got:02x?}\nnot {wanted:02x?}");
    }

    /// Waits for the CONNECT.
    #[track_caller]
    pub fn expect_connect(&mut self) -> Connect {
        let packet = self.expect(CONNECT);
        let connect = Connect::parse(&packet.body).expect("a well-formed CONNECT");
        self.version = connect.version;
        connect
    }

    /// Waits for a PUBLISH.
    #[track_caller]
    pub fn expect_publish(&mut self) -> Publish {
        let packet = self.expect(PUBLISH);
        Publish::parse(&packet, self.version).expect("a well-formed PUBLISH")
    }

    /// Waits for a SUBSCRIBE, and grants what it asks for.
    #[track_caller]
    pub fn grant_subscription(&mut self) {
        let subscribe = self.expect(SUBSCRIBE);
        let filters = wire::filters(&subscribe, self.version).expect("a well-formed SUBSCRIBE");
        let codes: Vec<u8> = filters.iter().map(|(_, options)| options & 3).collect();
        self.send_packet(&wire::subscription_answer(SUBACK, self.version, subscribe.id(), &codes));
    }

    /// Waits for the end of the connection; gives the packets before it.
    #[track_caller]
    pub fn expect_end(&mut self) -> Vec<Packet> {
        let mut packets = Vec::new();
        loop {
            match self.next(PATIENCE) {
                Arrival::Packet(packet) => packets.push(packet),
                Arrival::End => return packets,
                Arrival::Nothing => panic!("the connection did not end, after {packets:02x?}"),
            }
        }
    }

    /// Sends bytes; a client that has gone is no failure.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Sends bytes written as `20 02 0000`.
    pub fn send_hex(&mut self, hex: &str) {
        self.send(&bytes(hex));
    }

    /// Sends a packet.
    pub fn send_packet(&mut self, packet: &Packet) {
        self.send(&packet.encode());
    }

    /// Sends a PUBLISH.
    pub fn publish(&mut self, publish: &Publish) {
        self.send_packet(&publish.packet(self.version));
    }

    /// Sends each byte as a segment of its own, with pauses, so that the client sees them one by one.
    pub fn send_bytewise(&mut self, bytes: &[u8]) {
        self.send_in_pieces(bytes.chunks(1));
    }

    /// The same with pieces of any size.
    pub fn send_in_pieces<'a>(&mut self, pieces: impl IntoIterator<Item = &'a [u8]>) {
        for piece in pieces {
            self.send(piece);
            thread::sleep(Duration::from_micros(300));
        }
    }

    /// The connection itself, for a broker that has its own way of reading.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Ends the connection in good order.
    pub fn close(self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Ends the connection with a reset.
    pub fn reset(self) {
        let _ = set_socket_linger(&self.stream, Some(Duration::ZERO));
    }
}

/// Bytes from their hexadecimal form; white space is ignored.
pub fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| u8::try_from(character.to_digit(16).expect("a hexadecimal digit")).unwrap())
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// What an attempt to read a packet has come to.
fn arrival(packet: io::Result<Option<Packet>>) -> Arrival {
    match packet {
        Ok(Some(packet)) => Arrival::Packet(packet),
        Ok(None) => Arrival::End,
        Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof) => {
            Arrival::End
        }
        Err(error) => panic!("reading from the client: {error}"),
    }
}

/// Reads pieces of at most this size, with pauses.
struct Slowly<'a> {
    stream: &'a TcpStream,
    size: usize,
}

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        thread::sleep(Duration::from_millis(1));
        let length = buffer.len().min(self.size);
        self.stream.read(&mut buffer[..length])
    }
}

fn readable(source: &impl std::os::fd::AsFd, time: Duration) -> bool {
    let deadline = Instant::now() + time;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(source, PollFlags::IN)], Some(&left)) {
            Err(rustix::io::Errno::INTR) => {}
            ready => return ready.unwrap() > 0,
        }
    }
}
