//! A TLS connection of rustls as a layer. With `failure` this is all that knows how rustls is used once it is
//! configured.

use super::failure;
use super::names::server_name;
use crate::transport::layer::{Handshake, Layer, Piece};
use rustls::{ClientConfig, ClientConnection};
use std::io::{self, BufRead, IoSlice, Write};
use std::sync::Arc;

/// The most plain bytes in a record.
const RECORD: usize = 16 << 10;

/// The client's end of a TLS connection.
pub struct TlsLayer {
    connection: ClientConnection,
    /// The begin of a message that comes in pieces, until a record is full or the message ends.
    begun: Vec<u8>,
    /// Is said with whatever goes wrong in the handshake.
    note: Option<&'static str>,
}

impl TlsLayer {
    /// Will speak to this host. The note is said with whatever goes wrong in the handshake.
    pub fn new(config: Arc<ClientConfig>, host: &str, note: Option<&'static str>) -> io::Result<TlsLayer> {
        let mut connection =
            ClientConnection::new(config, server_name(host)).map_err(|error| failure::of(&error))?;
        // What waits is bounded by who sends, and to look at all of it at each write would be slow.
        connection.set_buffer_limit(None);
        Ok(TlsLayer { connection, begun: Vec::new(), note })
    }

    /// Takes some of what has come from the wire. Whatever comes of it: what is to be answered is appended to `wire`.
    fn read(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Progress> {
        if !received.is_empty() && self.connection.read_tls(received)? == 0 {
            return Ok(Progress::Ended);
        }
        let state = self.connection.process_new_packets();
        self.send_records(wire)?;
        let has_ended = state.map_err(|error| failure::of(&error))?.peer_has_closed();
        Ok(if has_ended { Progress::Ended } else { Progress::GoesOn })
    }

    /// Appends what was decrypted.
    fn take_plain(&mut self, plain: &mut Vec<u8>) {
        let mut reader = self.connection.reader();
        while let Ok(bytes) = reader.fill_buf() {
            let count = bytes.len();
            if count == 0 {
                break;
            }
            plain.extend_from_slice(bytes);
            reader.consume(count);
        }
    }

    /// Appends records that are ready.
    fn send_records(&mut self, wire: &mut Vec<u8>) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(wire)?;
        }
        Ok(())
    }

    /// Makes a record of these bytes behind those that were begun, or several if they are too many.
    fn encrypt(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut writer = self.connection.writer();
        let count = self.begun.len() + bytes.len();
        let taken = match self.begun.as_slice() {
            [] => writer.write(bytes)?,
            begun => writer.write_vectored(&[IoSlice::new(begun), IoSlice::new(bytes)])?,
        };
        // An idle client needs no memory.
        self.begun = Vec::new();
        // Never, without a limit.
        if taken < count { Err(io::ErrorKind::WriteZero.into()) } else { Ok(()) }
    }
}

/// Whether the peer may send more.
#[derive(PartialEq, Eq)]
enum Progress {
    GoesOn,
    Ended,
}

impl Layer for TlsLayer {
    fn phase(&self) -> &'static str {
        super::PHASE
    }

    fn handshake(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Handshake> {
        self.send_records(wire)?;
        while self.connection.is_handshaking() && !received.is_empty() {
            match self.read(received, wire) {
                Ok(Progress::GoesOn) => {}
                Ok(Progress::Ended) => return Err(failure::noted(failure::ended(), self.note)),
                Err(error) => return Err(failure::noted(error, self.note)),
            }
        }
        Ok(if self.connection.is_handshaking() { Handshake::Waiting } else { Handshake::Open })
    }

    fn explain(&self, error: io::Error) -> io::Error {
        failure::noted(failure::explained(error), self.note)
    }

    fn receive(&mut self, received: &[u8], plain: &mut Vec<u8>, wire: &mut Vec<u8>) -> io::Result<()> {
        let mut rest = received;
        // Some may have come together with the end of the handshake.
        self.take_plain(plain);
        while !rest.is_empty() {
            let progress = self.read(&mut rest, wire);
            self.take_plain(plain);
            if progress? == Progress::Ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// A record has one piece, or a part of a long message.
    fn send(&mut self, piece: Piece<'_>, wire: &mut Vec<u8>) -> io::Result<()> {
        let mut bytes = piece.bytes;
        while self.begun.len() + bytes.len() >= RECORD {
            let (fitting, rest) = bytes.split_at(RECORD - self.begun.len());
            self.encrypt(fitting)?;
            bytes = rest;
        }
        if piece.follows > 0 {
            self.begun.extend_from_slice(bytes);
        } else if !(bytes.is_empty() && self.begun.is_empty()) {
            self.encrypt(bytes)?;
        }
        self.send_records(wire)
    }

    /// A record costs as much as a kilobyte in it.
    fn takes_several(&self) -> bool {
        true
    }

    fn held(&self) -> usize {
        self.begun.len()
    }

    fn close(&mut self, wire: &mut Vec<u8>) {
        self.connection.send_close_notify();
        // Into memory, which does not fail.
        let _ = self.send_records(wire);
    }
}

#[cfg(test)]
mod tests;
