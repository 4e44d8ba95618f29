//! A TLS connection of rustls as a layer. With `failure` this is all that knows how rustls is used once it is
//! configured.
//!
//! Records are decrypted where they were read, and rustls has no buffers of its own that an idle client would keep:
//! only of a record that was cut does the layer keep what has come. The next version of rustls has no other way
//! (`SliceInput`, in place of this one's `unbuffered`).

use super::failure;
use super::names::server_name;
use super::sessions::Sessions;
use crate::transport::layer::{Handshake, Layer, Piece};
use rustls::ClientConfig;
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};
use std::io;
use std::mem;
use std::sync::Arc;

/// The most plain bytes in a record.
const RECORD: usize = 16 << 10;

/// The header of a record, the last two bytes of which are the length of what is behind it.
const HEADER: usize = 5;

/// So much more than its plain bytes a record has at most: its header, the kind of what is in it, a nonce and the
/// authentication tag.
const RECORD_OVERHEAD: usize = HEADER + 1 + 8 + 16;

/// The client's end of a TLS connection.
pub struct TlsLayer {
    connection: UnbufferedClientConnection,
    /// What has come of a record, or of a message in several, that has not come whole.
    kept: Vec<u8>,
    /// What was decrypted of what came together with the end of the handshake, and why nothing comes behind it.
    early: Vec<u8>,
    early_end: Option<io::Error>,
    /// The begin of a message that comes in pieces, until a record is full or the message ends.
    begun: Vec<u8>,
    /// Nothing goes either way any more.
    has_failed: bool,
    /// Those of the client. None is resumed again after a handshake that fails.
    sessions: Arc<Sessions>,
    /// Is said with whatever goes wrong in the handshake.
    note: Option<&'static str>,
}

impl TlsLayer {
    /// Will speak to this host. The note is said with whatever goes wrong in the handshake.
    pub fn new(
        config: Arc<ClientConfig>,
        sessions: Arc<Sessions>,
        host: &str,
        note: Option<&'static str>,
    ) -> io::Result<TlsLayer> {
        let connection = UnbufferedClientConnection::new(config, server_name(host))
            .map_err(|error| failure::of(&error))?;
        let (kept, early, begun) = (Vec::new(), Vec::new(), Vec::new());
        Ok(TlsLayer { connection, kept, early, early_end: None, begun, has_failed: false, sessions, note })
    }

    /// Takes all that has come from the wire. Whatever comes of it: what is to be answered is appended to `wire`.
    fn read(&mut self, received: &mut [u8], plain: &mut Vec<u8>, wire: &mut Vec<u8>) -> io::Result<Progress> {
        let mut rest = received;
        while !self.kept.is_empty() && !rest.is_empty() {
            let count = missing(&self.kept).unwrap_or(rest.len()).min(rest.len());
            let (front, behind) = rest.split_at_mut(count);
            self.kept.extend_from_slice(front);
            rest = behind;
            if self.process_kept(plain, wire)? == Progress::Ended {
                return Ok(Progress::Ended);
            }
        }
        if rest.is_empty() {
            return Ok(Progress::GoesOn);
        }
        let (used, progress) = self.process(rest, plain, wire);
        self.kept.extend_from_slice(rest.get(used..).unwrap_or_default());
        progress
    }

    /// Goes on with what is kept.
    fn process_kept(&mut self, plain: &mut Vec<u8>, wire: &mut Vec<u8>) -> io::Result<Progress> {
        let mut kept = mem::take(&mut self.kept);
        let (used, progress) = self.process(&mut kept, plain, wire);
        // An idle client needs no memory.
        if used < kept.len() {
            kept.drain(..used);
            self.kept = kept;
        }
        progress
    }

    /// Takes whole records from the front of these bytes: how many bytes, and what comes of it.
    fn process(
        &mut self,
        bytes: &mut [u8],
        plain: &mut Vec<u8>,
        wire: &mut Vec<u8>,
    ) -> (usize, io::Result<Progress>) {
        let mut used = 0;
        loop {
            let rest = bytes.get_mut(used..).unwrap_or_default();
            let UnbufferedStatus { mut discard, state } = self.connection.process_tls_records(rest);
            match state {
                Ok(ConnectionState::ReadTraffic(mut records)) => {
                    while let Some(Ok(record)) = records.next_record() {
                        discard += record.discard;
                        plain.extend_from_slice(record.payload);
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut record)) => {
                    let _ = append(wire, 0, |room| Ok(record.encode(room)?));
                }
                // All that is appended to `wire` is sent.
                Ok(ConnectionState::TransmitTlsData(sent)) => sent.done(),
                Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => {
                    return (used + discard, Ok(Progress::Ended));
                }
                // The server's turn: there are no other states, without early data.
                Ok(_) => return (used + discard, Ok(Progress::GoesOn)),
                Err(error) => {
                    self.has_failed = true;
                    if self.connection.is_handshaking() {
                        self.sessions.forget();
                    }
                    self.send_alert(bytes.get_mut(used + discard..).unwrap_or_default(), wire);
                    return (bytes.len(), Err(failure::of(&error)));
                }
            }
            used += discard;
        }
    }

    /// Tells the server why it has failed. Behind that nothing is to be looked at again.
    fn send_alert(&mut self, rest: &mut [u8], wire: &mut Vec<u8>) {
        while self.connection.wants_write() {
            let UnbufferedStatus { state, .. } = self.connection.process_tls_records(rest);
            let Ok(ConnectionState::EncodeTlsData(mut record)) = state else { return };
            let _ = append(wire, 0, |room| Ok(record.encode(room)?));
        }
    }

    /// Appends to `wire` what this writes, for which so much room will be enough as far as is known; and before it
    /// records that were still to be sent.
    fn write(
        &mut self,
        wire: &mut Vec<u8>,
        room: usize,
        mut write: impl FnMut(
            &mut WriteTraffic<'_, ClientConnectionData>,
            &mut [u8],
        ) -> Result<usize, EncryptError>,
    ) -> io::Result<()> {
        // Whatever has come whole has been looked at, so it gives no plain bytes.
        while !self.has_failed {
            match self.connection.process_tls_records(&mut self.kept).state {
                Ok(ConnectionState::EncodeTlsData(mut record)) => {
                    append(wire, 0, |room| Ok(record.encode(room)?))?;
                }
                Ok(ConnectionState::TransmitTlsData(sent)) => sent.done(),
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    return append(wire, room, |room| Ok(write(&mut traffic, room)?));
                }
                Ok(_) => return Err(io::ErrorKind::NotConnected.into()),
                Err(error) => return Err(failure::of(&error)),
            }
        }
        // Nobody would read it.
        Ok(())
    }

    /// Makes a record of these bytes behind those that were begun.
    fn encrypt(&mut self, bytes: &[u8], wire: &mut Vec<u8>) -> io::Result<()> {
        // An idle client needs no memory.
        let mut begun = mem::take(&mut self.begun);
        let bytes = if begun.is_empty() {
            bytes
        } else {
            begun.extend_from_slice(bytes);
            begun.as_slice()
        };
        self.write(wire, bytes.len() + RECORD_OVERHEAD, |traffic, room| traffic.encrypt(bytes, room))
    }
}

/// Whether the peer may send more.
#[derive(PartialEq, Eq)]
enum Progress {
    GoesOn,
    Ended,
}

/// Why nothing more comes.
fn end_of(progress: io::Result<Progress>) -> Option<io::Error> {
    match progress {
        Ok(Progress::GoesOn) => None,
        Ok(Progress::Ended) => Some(io::ErrorKind::UnexpectedEof.into()),
        Err(error) => Some(error),
    }
}

/// How many bytes are missing of a record that was cut, as far as is known. `None`: what is kept is something else.
fn missing(kept: &[u8]) -> Option<usize> {
    match kept {
        [_, _, _, high, low, rest @ ..] => usize::from(u16::from_be_bytes([*high, *low]))
            .checked_sub(rest.len())
            .filter(|missing| *missing > 0),
        short => Some(HEADER - short.len()),
    }
}

/// Why rustls does not write.
enum Refusal {
    /// It needs so much room.
    Room(usize),
    Other(String),
}

impl From<EncodeError> for Refusal {
    fn from(error: EncodeError) -> Refusal {
        match error {
            EncodeError::InsufficientSize(InsufficientSizeError { required_size }) => {
                Refusal::Room(required_size)
            }
            other @ EncodeError::AlreadyEncoded => Refusal::Other(other.to_string()),
        }
    }
}

impl From<EncryptError> for Refusal {
    fn from(error: EncryptError) -> Refusal {
        match error {
            EncryptError::InsufficientSize(InsufficientSizeError { required_size }) => {
                Refusal::Room(required_size)
            }
            other @ EncryptError::EncryptExhausted => Refusal::Other(other.to_string()),
        }
    }
}

/// Appends what is written into a room of this size, or of that which turns out to be needed.
fn append(
    wire: &mut Vec<u8>,
    mut room: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Refusal>,
) -> io::Result<()> {
    let end = wire.len();
    loop {
        wire.resize(end + room, 0);
        let result = write(wire.get_mut(end..).unwrap_or_default());
        wire.truncate(end + *result.as_ref().unwrap_or(&0));
        match result {
            Ok(_) => return Ok(()),
            Err(Refusal::Room(needed)) => room = needed,
            Err(Refusal::Other(reason)) => return Err(failure::in_words(reason)),
        }
    }
}

impl Layer for TlsLayer {
    fn phase(&self) -> &'static str {
        super::PHASE
    }

    fn handshake(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Handshake> {
        self.kept.extend_from_slice(mem::take(received));
        let mut early = mem::take(&mut self.early);
        let progress = self.process_kept(&mut early, wire);
        self.early = early;
        if !self.connection.is_handshaking() {
            self.early_end = end_of(progress);
            return Ok(Handshake::Open);
        }
        match progress {
            Ok(Progress::GoesOn) => Ok(Handshake::Waiting),
            Ok(Progress::Ended) => Err(failure::noted(failure::ended(), self.note)),
            Err(error) => Err(failure::noted(error, self.note)),
        }
    }

    fn explain(&self, error: io::Error) -> io::Error {
        failure::noted(failure::explained(error), self.note)
    }

    fn receive(&mut self, received: &mut [u8], plain: &mut Vec<u8>, wire: &mut Vec<u8>) -> io::Result<()> {
        plain.append(&mut mem::take(&mut self.early));
        let end = match self.early_end.take() {
            None if self.has_failed => None,
            None => end_of(self.read(received, plain, wire)),
            early_end => early_end,
        };
        end.map_or(Ok(()), Err)
    }

    /// A record has one piece, or a part of a long message.
    fn send(&mut self, piece: Piece<'_>, wire: &mut Vec<u8>) -> io::Result<()> {
        let mut bytes = piece.bytes;
        while self.begun.len() + bytes.len() >= RECORD {
            let (fitting, rest) = bytes.split_at(RECORD - self.begun.len());
            self.encrypt(fitting, wire)?;
            bytes = rest;
        }
        if piece.follows > 0 {
            self.begun.extend_from_slice(bytes);
        } else if !(bytes.is_empty() && self.begun.is_empty()) {
            self.encrypt(bytes, wire)?;
        }
        Ok(())
    }

    /// A record costs as much as a kilobyte in it.
    fn takes_several(&self) -> bool {
        true
    }

    fn held(&self) -> usize {
        self.begun.len()
    }

    fn close(&mut self, wire: &mut Vec<u8>) {
        // Into memory, which does not fail.
        let _ = self.write(wire, 0, |traffic, room| traffic.queue_close_notify(room));
    }
}

#[cfg(test)]
mod tests;
