//! A session on a pipe: bytes in large pieces, packets whole.

use crate::error::Error;
use crate::protocol::packet::{Framing, frame};
use crate::protocol::session::{Host, Lent, Session};
use crate::transport::{Pipe, write_to_socket};
use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

/// Below this a session is asked whether it has more to send.
const REFILL_BELOW: usize = 64 << 10;

/// A packet longer than the read buffer grows by so much at most before more of it has come: a
/// header may promise 256 MiB and deliver nothing.
const GROW_AT_MOST: usize = 1 << 20;

/// So many bytes are handled between two occasions to hand messages over. Memory that a few messages
/// need is used again and again, and stays in the processor's caches; for thousands it is not.
const SLICE: usize = 8 << 10;

/// An established pipe and what is on its way in.
pub struct Connection {
    pipe: Box<dyn Pipe>,
    /// What was read and not handled: packets for the next slices, and the head of one that has not
    /// come whole.
    pending: Pending,
    write_blocked: bool,
    /// Something was read, and nothing written since that would have acknowledged it.
    owes_acknowledgement: bool,
}

/// Bytes that were read, from `handled` on.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    handled: usize,
    /// Whether the next packet has come whole.
    has_packet: bool,
    /// The length of the next packet if it has not come whole, once its header has.
    total: Option<usize>,
}

impl Pending {
    fn unhandled(&self) -> &[u8] {
        self.bytes.get(self.handled..).unwrap_or_default()
    }

    /// Looks at the next packet.
    fn look(&mut self) -> Result<(), Error> {
        (self.has_packet, self.total) = match self.unhandled() {
            [] => (false, None),
            bytes => match frame(bytes)? {
                Framing::Complete(_) => (true, None),
                Framing::Incomplete { total } => (false, total),
            },
        };
        Ok(())
    }
}

/// Bytes on their way into a socket, while nobody holds the session that they come from.
pub struct Writing {
    socket: Arc<OwnedFd>,
    lent: Lent,
}

impl Writing {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.lent.bytes().len()
    }

    /// Writes as much as goes at once.
    pub fn write(&self) -> io::Result<usize> {
        write_to_socket(&self.socket, &[IoSlice::new(self.lent.bytes())])
    }
}

/// What a read did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// Nothing was there.
    Nothing,
    /// All that was there has been handled.
    Drained,
    /// There may be more.
    More,
}

impl Connection {
    /// Takes over a pipe whose handshake is done.
    pub fn new(pipe: Box<dyn Pipe>) -> Connection {
        Connection { pipe, pending: Pending::default(), write_blocked: false, owes_acknowledgement: false }
    }

    /// The socket to wait on.
    pub fn socket(&self) -> &Arc<OwnedFd> {
        self.pipe.socket()
    }

    /// Lets the server go on that waits for its last bytes to be acknowledged.
    pub fn acknowledge_now(&mut self) {
        if std::mem::take(&mut self.owes_acknowledgement) {
            self.pipe.acknowledge_now();
        }
    }

    /// Whether the last write found no room.
    pub fn is_write_blocked(&self) -> bool {
        self.write_blocked
    }

    /// Writes what the session has to send, as far as it goes.
    pub fn flush(&mut self, session: &mut Session, now: Instant, host: &mut impl Host) -> io::Result<()> {
        self.write_blocked = false;
        loop {
            if session.outgoing().len() < REFILL_BELOW {
                session.refill(now, host);
            }
            if session.outgoing().is_empty() {
                return Ok(());
            }
            match self.pipe.write(&[IoSlice::new(session.outgoing())]) {
                Ok(written) => {
                    self.owes_acknowledgement = false;
                    session.consume(now, written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.write_blocked = true;
                    session.consume(now, 0);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Has what the session has to send written by somebody who does not hold the session meanwhile:
    /// see [`Writing`]. `None` if there is nothing, or this pipe cannot do that.
    pub fn begin_writing(
        &mut self,
        session: &mut Session,
        now: Instant,
        host: &mut impl Host,
    ) -> Option<Writing> {
        let socket = self.pipe.plain_socket()?.clone();
        if session.outgoing().len() < REFILL_BELOW {
            session.refill(now, host);
        }
        Some(Writing { socket, lent: session.lend_outgoing()? })
    }

    /// Takes back what [`Connection::begin_writing`] gave, and what came of it.
    pub fn end_writing(
        &mut self,
        session: &mut Session,
        now: Instant,
        writing: Writing,
        result: io::Result<usize>,
    ) -> io::Result<()> {
        self.owes_acknowledgement &= result.is_err();
        self.write_blocked = matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        session.take_back(now, writing.lent, *result.as_ref().unwrap_or(&0));
        if self.write_blocked { Ok(()) } else { result.map(drop) }
    }

    /// Whether [`Connection::begin_writing`] can do anything for this connection.
    pub fn writes_unlocked(&self) -> bool {
        self.pipe.plain_socket().is_some()
    }

    /// Writes what the session has to send and, behind it, a payload that the session did not copy.
    /// What the kernel did not take at once of the payload, the session copies after all.
    pub fn flush_with_payload(
        &mut self,
        session: &mut Session,
        now: Instant,
        payload: &[u8],
    ) -> io::Result<()> {
        let before = session.outgoing().len();
        let written = match self.pipe.write(&[IoSlice::new(session.outgoing()), IoSlice::new(payload)]) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => {
                session.append_payload(payload);
                return Err(error);
            }
        };
        session.consume(now, written.min(before));
        let rest = payload.get(written.saturating_sub(before)..).unwrap_or_default();
        session.append_payload(rest);
        self.write_blocked = !session.outgoing().is_empty();
        Ok(())
    }

    /// The first byte that was read and is not handled.
    pub fn next_byte(&self) -> Option<u8> {
        self.pending.unhandled().first().copied()
    }

    /// Whether there is a packet to handle that was read already: nothing will announce it.
    pub fn has_packet(&self) -> bool {
        self.pending.has_packet
    }

    /// Hands a slice of packets to the session. Reads if there are none, once. The end of the stream
    /// is an error.
    pub fn read(
        &mut self,
        session: &mut Session,
        now: Instant,
        buffer: &mut [u8],
        host: &mut impl Host,
    ) -> Result<ReadOutcome, Error> {
        if self.pending.has_packet {
            let count = handle_slice(session, now, self.pending.unhandled(), host)?;
            self.pending.handled += count;
            self.pending.look()?;
            return Ok(ReadOutcome::More);
        }
        if self.pending.total.is_some_and(|total| total > buffer.len()) {
            return self.read_large(session, now, host);
        }
        let head = self.pending.unhandled().len();
        let (start, room) = buffer.split_at_mut(head);
        start.copy_from_slice(self.pending.unhandled());
        let Some(count) = would_block(self.pipe.read(room))? else { return Ok(ReadOutcome::Nothing) };
        let outcome = outcome_of(count, room.len())?;
        self.owes_acknowledgement = true;
        session.note_received(now);
        let read = &buffer[..head + count];
        let rest = &read[handle_slice(session, now, read, host)?..];
        self.pending.handled = 0;
        if rest.is_empty() && outcome == ReadOutcome::Drained {
            // An idle client needs no memory.
            self.pending.bytes = Vec::new();
        } else {
            self.pending.bytes.clear();
            self.pending.bytes.extend_from_slice(rest);
        }
        self.pending.look()?;
        Ok(if self.pending.has_packet { ReadOutcome::More } else { outcome })
    }

    /// Goes on with a packet that does not fit into the buffer: it gets memory of its own.
    fn read_large(
        &mut self,
        session: &mut Session,
        now: Instant,
        host: &mut impl Host,
    ) -> Result<ReadOutcome, Error> {
        let total = self.pending.total.unwrap_or_default();
        let bytes = &mut self.pending.bytes;
        bytes.drain(..std::mem::take(&mut self.pending.handled));
        let have = bytes.len();
        let wanted = total.min(have + have.clamp(64 << 10, GROW_AT_MOST));
        bytes.resize(wanted, 0);
        let count = match would_block(self.pipe.read(&mut bytes[have..])) {
            Ok(count) => count,
            Err(error) => {
                bytes.truncate(have);
                return Err(error);
            }
        };
        bytes.truncate(have + count.unwrap_or(0));
        let Some(count) = count else { return Ok(ReadOutcome::Nothing) };
        let outcome = outcome_of(count, wanted - have)?;
        session.note_received(now);
        if bytes.len() == total {
            let packet = std::mem::take(&mut self.pending).bytes;
            session.handle_packet(now, &packet, host)?;
        }
        Ok(outcome)
    }

    /// Ends the connection; what was written still arrives.
    pub fn close(&mut self) {
        self.pipe.close();
    }
}

/// Hands whole packets to the session, until a slice is full. How many bytes that were.
fn handle_slice(
    session: &mut Session,
    now: Instant,
    bytes: &[u8],
    host: &mut impl Host,
) -> Result<usize, Error> {
    let mut rest = bytes;
    while !rest.is_empty() && bytes.len() - rest.len() < SLICE {
        let Framing::Complete(length) = frame(rest)? else { break };
        let (packet, behind) = rest.split_at(length);
        session.handle_packet(now, packet, host)?;
        rest = behind;
    }
    Ok(bytes.len() - rest.len())
}

fn would_block(result: io::Result<usize>) -> Result<Option<usize>, Error> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn outcome_of(count: usize, room: usize) -> Result<ReadOutcome, Error> {
    match count {
        0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        _ if count < room => Ok(ReadOutcome::Drained),
        _ => Ok(ReadOutcome::More),
    }
}
