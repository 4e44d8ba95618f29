//! From addresses to a pipe that carries bytes. First TCP, to whichever address answers first. Then, on that one, the
//! handshakes of the layers: if one fails, the server is there and says no, and no other address is tried.
//!
//! A state machine, so that a calling thread or a worker may drive it.

use super::pipe::Pipe;
use super::race::{Progress, Race, TCP};
use crate::error::Error;
use crate::sys::events::Interests;
use crate::trace::{self, Level};
use crate::transport::{ConnectError, Endpoint, Layer, SocketFd};
use std::fmt;
use std::io;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

/// A connection being made.
pub struct Connector {
    phase: Phase,
    layers: Vec<Box<dyn Layer>>,
    deadline: Instant,
}

enum Phase {
    Tcp(Race),
    Handshake(Pipe, Endpoint),
    Over,
}

/// Tells those who look for the reason that an attempt to connect failed: how far it came, with which address.
pub fn connect_failed(phase: &str, address: impl fmt::Display, reason: impl fmt::Display) {
    trace::line(Level::Protocol, format_args!("Connect failed in {phase}, {address}: {reason}"));
}

/// An error of the operating system for people, who know none by its number.
pub fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::HostUnreachable => "no route to host".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network unreachable".to_owned(),
        io::ErrorKind::TimedOut => "no answer".to_owned(),
        io::ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
        _ => error.to_string(),
    }
}

/// What a [`Connector`] needs next.
pub enum Step {
    /// It is done.
    Connected(Pipe, Endpoint),
    /// Call again when the socket is ready, or at the given time.
    Wait(Arc<SocketFd>, Interests, Instant),
}

impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Error {
        Error::Io(error.into())
    }
}

impl Connector {
    /// Will try these addresses, in this order, and then put these layers on the socket, the lowest
    /// first. The deadline is for all of it.
    pub fn new(addresses: Vec<Endpoint>, layers: Vec<Box<dyn Layer>>, deadline: Instant) -> Connector {
        let phase = Phase::Tcp(Race::new(addresses));
        Connector { phase, layers, deadline }
    }

    /// Goes on as far as it can without waiting. Not to be called again when it is done or has failed.
    pub fn advance(&mut self, now: Instant) -> Result<Step, ConnectError> {
        if let Phase::Tcp(race) = &mut self.phase {
            match race.advance(now, self.deadline) {
                Ok(Progress::Connected(socket, address)) => {
                    self.phase = Phase::Handshake(Pipe::new(socket, mem::take(&mut self.layers)), address);
                }
                Ok(Progress::Wait(socket, interests, until)) => {
                    return Ok(Step::Wait(socket, interests, until));
                }
                Err(error) => return Err(ConnectError { phase: TCP, error }),
            }
        }
        let Phase::Handshake(mut pipe, address) = mem::replace(&mut self.phase, Phase::Over) else {
            return Err(ConnectError { phase: TCP, error: io::ErrorKind::NotConnected.into() });
        };
        let progress = if now < self.deadline { pipe.handshake() } else { Err(timed_out()) };
        match progress {
            Ok(None) => Ok(Step::Connected(pipe, address)),
            Ok(Some(interests)) => {
                let wait = Step::Wait(pipe.socket().clone(), interests, self.deadline);
                self.phase = Phase::Handshake(pipe, address);
                Ok(wait)
            }
            Err(error) => {
                // The layers have something to say to the server, too.
                pipe.close();
                let (phase, error) = (pipe.phase().unwrap_or(TCP), pipe.explain(error));
                connect_failed(phase, &address, in_words(&error));
                Err(ConnectError { phase, error })
            }
        }
    }
}

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{clock, wait_one};
    use crate::transport::Stack;
    use crate::transport::test_layer::TestLayer;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::thread;
    use std::time::Duration;

    /// Drives a connector as a calling thread does.
    fn connect(addresses: Vec<SocketAddr>, layers: Vec<Box<dyn Layer>>) -> Result<Pipe, ConnectError> {
        let endpoints = addresses.into_iter().map(Endpoint::from).collect();
        let mut connector = Connector::new(endpoints, layers, clock::now() + Duration::from_secs(10));
        loop {
            match connector.advance(clock::now())? {
                Step::Connected(pipe, _) => return Ok(pipe),
                Step::Wait(socket, interests, until) => {
                    wait_one(&socket, interests, clock::now(), Some(until)).unwrap();
                }
            }
        }
    }

    /// An address where nobody listens: its port was ours a moment ago.
    fn nobody() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    /// Contract T-201, improved: one address that refuses does not end it.
    #[test]
    fn every_address_is_tried() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        connect(vec![nobody(), nobody(), address], Vec::new()).unwrap();
        assert!(listener.accept().is_ok());
    }

    #[test]
    fn the_last_refusal_is_told_when_all_refuse() {
        let error = connect(vec![nobody(), nobody()], Vec::new()).map(drop).unwrap_err();
        assert_eq!(error.error.kind(), io::ErrorKind::ConnectionRefused);
        assert!(error.to_string().starts_with("TCP: "), "{error}");
        let error = connect(Vec::new(), Vec::new()).map(drop).unwrap_err();
        assert_eq!(error.error.kind(), io::ErrorKind::NotFound);
    }

    /// Accepts one connection, and is the peer of the layers until the client has gone.
    fn serve_handshake(listener: &TcpListener, layer: TestLayer) {
        let (mut socket, _) = listener.accept().unwrap();
        let mut stack = Stack::new(vec![Box::new(layer)]);
        let mut buffer = [0; 7];
        loop {
            let count = socket.read(&mut buffer).unwrap_or(0);
            if count == 0 {
                return;
            }
            let mut wire = Vec::new();
            let progress = stack.handshake(&mut buffer[..count], &mut wire);
            if socket.write_all(&wire).is_err() || progress.is_err() {
                return;
            }
        }
    }

    #[test]
    fn a_handshake_begins_when_a_server_answers() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addresses = vec![nobody(), listener.local_addr().unwrap()];
        let server = thread::spawn(move || serve_handshake(&listener, TestLayer::server()));
        let mut pipe = connect(addresses, vec![Box::new(TestLayer::client())]).unwrap();
        pipe.close();
        server.join().unwrap();
    }

    /// Whoever refuses the handshake is the server: no other address is asked, and the error says what
    /// was being done.
    #[test]
    fn a_refused_handshake_is_final() {
        let refusing = TcpListener::bind("127.0.0.1:0").unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        other.set_nonblocking(true).unwrap();
        let addresses = vec![refusing.local_addr().unwrap(), other.local_addr().unwrap()];
        let server = thread::spawn(move || {
            let mut layer = TestLayer::server();
            layer.refuses_at = Some(3);
            serve_handshake(&refusing, layer);
        });
        let error = connect(addresses, vec![Box::new(TestLayer::client())]).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "test handshake: the peer refused");
        server.join().unwrap();
        assert_eq!(other.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        // The application's error says so, too.
        assert_eq!(Error::from(error).to_string(), "test handshake: the peer refused");
    }

    /// A server that takes the connection and says nothing is given up at the deadline, not before.
    #[test]
    fn the_deadline_covers_the_handshake() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let start = clock::now();
        let deadline = start + Duration::from_secs(3600);
        let addresses = vec![listener.local_addr().unwrap().into()];
        let mut connector = Connector::new(addresses, vec![Box::new(TestLayer::client())], deadline);
        loop {
            let Ok(Step::Wait(socket, interests, until)) = connector.advance(start) else { panic!() };
            if interests.readable {
                assert_eq!(until, deadline);
                break;
            }
            wait_one(&socket, interests, clock::now(), Some(until)).unwrap();
        }
        let early = connector.advance(deadline - Duration::from_nanos(1));
        assert!(matches!(early, Ok(Step::Wait(..))));
        let error = connector.advance(deadline).map(drop).unwrap_err();
        assert_eq!((error.phase, error.error.kind()), ("test handshake", io::ErrorKind::TimedOut));
    }
}
