//! Somebody between clients and a server, who cuts each connection after a number of bytes that chance chooses, wherever
//! in a record, a handshake or a frame that is.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use super::cutting_broker::{Chance, Lives};

/// It relays as long as the test runs.
pub struct CuttingRelay {
    port: u16,
    cuts: Arc<AtomicUsize>,
}

impl CuttingRelay {
    /// Relays to a port of this machine. The same seed gives the same lengths of connections.
    pub fn start(seed: u64, lives: Lives, to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Self { port: listener.local_addr().unwrap().port(), cuts: Arc::default() };
        let (cuts, mut chance) = (Arc::clone(&relay.cuts), Chance(seed));
        thread::spawn(move || {
            for client in listener.incoming() {
                let (received, sent) = lives.choose(&mut chance);
                let has_reset = chance.below(2) == 0;
                let (client, server) = (client.unwrap(), TcpStream::connect(("127.0.0.1", to)).unwrap());
                let pair = || (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (mut from, mut into) = pair();
                let counted = Arc::clone(&cuts);
                thread::spawn(move || pass(&mut from, &mut into, received, has_reset, &counted));
                let (mut into, mut from) = pair();
                let counted = Arc::clone(&cuts);
                thread::spawn(move || pass(&mut from, &mut into, sent, has_reset, &counted));
            }
        });
        relay
    }

    /// Where clients connect.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections it has cut.
    pub fn cuts(&self) -> usize {
        self.cuts.load(Ordering::Relaxed)
    }
}

/// Passes so many bytes on, then cuts the connection in both directions.
fn pass(from: &mut TcpStream, into: &mut TcpStream, most: u64, has_reset: bool, cuts: &AtomicUsize) {
    let (mut buffer, mut left) = ([0; 16 << 10], most);
    while left > 0 {
        let room = usize::try_from(left).unwrap_or(buffer.len()).min(buffer.len());
        match from.read(&mut buffer[..room]) {
            Ok(count @ 1..) if into.write_all(&buffer[..count]).is_ok() => left -= count as u64,
            _ => {
                // Whoever ends it, it is the end for both.
                let _ = (into.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
                return;
            }
        }
    }
    cuts.fetch_add(1, Ordering::Relaxed);
    for stream in [into, from] {
        if has_reset {
            let _ = set_socket_linger(&*stream, Some(Duration::ZERO));
        }
        let _ = stream.shutdown(Shutdown::Both);
    }
}
