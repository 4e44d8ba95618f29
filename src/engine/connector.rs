//! From addresses to a pipe that carries bytes: one address after the other, each with its share of
//! the time.
//!
//! A state machine, so that a calling thread or a worker may drive it.

use crate::trace::{self, Level};
use crate::transport::{Handshake, Interest, Pipe, TcpPipe};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

/// How far an attempt came that has no pipe yet.
const TCP: &str = "TCP";

/// A connection being made.
pub struct Connector {
    addresses: VecDeque<SocketAddr>,
    deadline: Instant,
    attempt: Option<Attempt>,
    last_error: Option<io::Error>,
}

struct Attempt {
    address: SocketAddr,
    pipe: Box<dyn Pipe>,
    started: Instant,
    until: Instant,
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
        _ => error.to_string(),
    }
}

/// What a [`Connector`] needs next.
pub enum Step {
    /// It is done.
    Connected(Box<dyn Pipe>, SocketAddr),
    /// Call again when the socket is ready, or at the given time.
    Wait(Arc<OwnedFd>, Interest, Instant),
}

impl Connector {
    /// Will try these addresses, in this order, until the deadline.
    pub fn new(addresses: Vec<SocketAddr>, deadline: Instant) -> Connector {
        Connector { addresses: addresses.into(), deadline, attempt: None, last_error: None }
    }

    /// Goes on as far as it can without waiting.
    pub fn advance(&mut self, now: Instant) -> io::Result<Step> {
        if now >= self.deadline {
            if let Some(attempt) = self.attempt.take() {
                attempt.no_answer(now);
            }
            return Err(self.last_error.take().unwrap_or_else(|| io::ErrorKind::TimedOut.into()));
        }
        loop {
            let mut attempt = match self.attempt.take() {
                Some(attempt) if now < attempt.until => attempt,
                Some(attempt) => {
                    attempt.no_answer(now);
                    self.last_error = Some(io::ErrorKind::TimedOut.into());
                    continue;
                }
                None => match self.start_next(now)? {
                    Some(attempt) => attempt,
                    None => continue,
                },
            };
            match attempt.pipe.handshake() {
                Ok(Handshake::Done) => return Ok(Step::Connected(attempt.pipe, attempt.address)),
                Ok(Handshake::Waiting(interest)) => {
                    let wait = Step::Wait(attempt.pipe.socket().clone(), interest, attempt.until);
                    self.attempt = Some(attempt);
                    return Ok(wait);
                }
                Err(error) => {
                    connect_failed(TCP, attempt.address, in_words(&error));
                    self.last_error = Some(error);
                }
            }
        }
    }

    /// Starts on the next address; an error if none is left, nothing if this one fails at once.
    fn start_next(&mut self, now: Instant) -> io::Result<Option<Attempt>> {
        let left = u32::try_from(self.addresses.len()).unwrap_or(u32::MAX);
        let Some(address) = self.addresses.pop_front() else {
            return Err(self.last_error.take().unwrap_or_else(|| io::ErrorKind::NotFound.into()));
        };
        // An address that swallows packets must leave time for the next.
        let until = now + self.deadline.saturating_duration_since(now) / left;
        match TcpPipe::start(address) {
            Ok(pipe) => Ok(Some(Attempt { address, pipe: Box::new(pipe), started: now, until })),
            Err(error) => {
                connect_failed(TCP, address, in_words(&error));
                self.last_error = Some(error);
                Ok(None)
            }
        }
    }
}

impl Attempt {
    fn no_answer(&self, now: Instant) {
        let seconds = now.saturating_duration_since(self.started).as_secs_f64();
        connect_failed(TCP, self.address, format_args!("no answer within {seconds:.1} s"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{clock, wait_one};
    use std::net::TcpListener;
    use std::time::Duration;

    /// Drives a connector as a calling thread does.
    fn connect(addresses: Vec<SocketAddr>) -> io::Result<Box<dyn Pipe>> {
        let mut connector = Connector::new(addresses, clock::now() + Duration::from_secs(10));
        loop {
            match connector.advance(clock::now())? {
                Step::Connected(pipe, _) => return Ok(pipe),
                Step::Wait(socket, interest, until) => {
                    wait_one(&socket, interest.into(), Some(until))?;
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
        connect(vec![nobody(), nobody(), address]).unwrap();
        assert!(listener.accept().is_ok());
    }

    #[test]
    fn the_last_refusal_is_told_when_all_refuse() {
        let error = connect(vec![nobody(), nobody()]).map(drop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(connect(Vec::new()).map(drop).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
