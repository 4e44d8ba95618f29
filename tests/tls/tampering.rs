//! Somebody between a client and its server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// What becomes of the bytes that the server sends, from one of them on.
#[derive(Clone, Copy)]
pub enum Deed {
    /// The connection ends.
    Cut,
    /// This byte is another.
    Flip,
    /// Nothing comes any more.
    Stall,
    /// One byte comes in each such time.
    Drip(Duration),
}

/// Relays to a port of this machine; `deed` says for each connection from which byte on what becomes of it. Gives the
/// port to connect to. It serves as long as the test runs.
pub fn tamper(to: u16, deed: impl Fn(usize) -> (usize, Deed) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let (at, deed) = deed(number);
            let client = client.unwrap();
            let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
            let (mut from, mut into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut into);
                let _ = into.shutdown(Shutdown::Both);
            });
            thread::spawn(move || give(&server, &client, at, deed));
        }
    });
    port
}

fn give(mut server: &TcpStream, mut client: &TcpStream, at: usize, deed: Deed) {
    let mut buffer = [0; 4096];
    let mut passed = 0;
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        let bytes = &mut buffer[..count];
        let first = at.saturating_sub(passed).min(count);
        match deed {
            Deed::Flip if first < count && at >= passed => bytes[first] ^= 0x55,
            _ => {}
        }
        let whole = if matches!(deed, Deed::Flip) { count } else { first };
        if client.write_all(&bytes[..whole]).is_err() {
            return;
        }
        for byte in &bytes[whole..] {
            match deed {
                Deed::Cut => {
                    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
                    return;
                }
                Deed::Drip(pause) => {
                    // To be slow is what this is for.
                    thread::sleep(pause);
                    if client.write_all(&[*byte]).is_err() {
                        return;
                    }
                }
                Deed::Flip | Deed::Stall => {}
            }
        }
        passed += count;
    }
}
