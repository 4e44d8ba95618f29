//! A session on a pipe: bytes in large pieces, packets whole. The only place that reads and writes once a
//! handshake is done.
//!
//! Without layers the session's bytes go to the kernel as they are. Layers get what the session has to
//! send packet by packet, as long as little waits for the socket; all that was read goes up through them at
//! once, so that nothing is left inside that the socket does not announce.

use super::pipe::Pipe;
use crate::error::Error;
use crate::protocol::packet::{Framing, PINGREQ, frame};
use crate::protocol::session::{Host, OutgoingChunk, Session};
use crate::transport::{SocketFd, write_to_socket};
use std::io::{self, IoSlice};
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
    pipe: Pipe,
    /// What was read and not handled: packets for the next slices, and the head of one that has not
    /// come whole.
    pending: Pending,
    write_blocked: bool,
    /// Something was read, and nothing written since that would have acknowledged it.
    owes_acknowledgement: bool,
    /// A write chunk is out: somebody has a part of what is to be written.
    chunk_out: bool,
}

/// Bytes that were read, from `handled` on.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    handled: usize,
    /// Whether the next packet has come whole, or the end behind the last.
    has_packet: bool,
    /// The length of the next packet if it has not come whole, once its header has.
    total: Option<usize>,
    /// Why nothing more comes behind these bytes.
    end: Option<io::Error>,
}

impl Pending {
    fn unhandled(&self) -> &[u8] {
        self.bytes.get(self.handled..).unwrap_or_default()
    }

    /// Looks at the next packet.
    fn look(&mut self) -> Result<(), Error> {
        (self.has_packet, self.total) = match self.unhandled() {
            [] => (self.end.is_some(), None),
            bytes => match frame(bytes)? {
                Framing::Complete(_) => (true, None),
                Framing::Incomplete { total } => (self.end.is_some(), total),
            },
        };
        Ok(())
    }
}

/// Bytes on their way into a socket, while nobody holds the session that they come from.
pub struct WriteChunk {
    socket: Arc<SocketFd>,
    chunk: OutgoingChunk,
}

impl WriteChunk {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.chunk.bytes().len()
    }

    /// Writes as much as goes at once.
    pub fn write(&self) -> io::Result<usize> {
        write_to_socket(&self.socket, &[IoSlice::new(self.chunk.bytes())])
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
    pub fn new(mut pipe: Pipe) -> Connection {
        let bytes = std::mem::take(&mut pipe.early);
        let end = pipe.layered.as_mut().and_then(|layered| layered.stack.take_end());
        // A first look at them comes with the first read.
        let has_packet = !bytes.is_empty() || end.is_some();
        Connection {
            pipe,
            pending: Pending { bytes, has_packet, end, ..Pending::default() },
            write_blocked: false,
            owes_acknowledgement: false,
            chunk_out: false,
        }
    }

    /// The socket to wait on.
    pub fn socket(&self) -> &Arc<SocketFd> {
        self.pipe.socket()
    }

    /// Lets the server go on that waits for its last bytes to be acknowledged.
    pub fn acknowledge_now(&mut self) {
        if std::mem::take(&mut self.owes_acknowledgement) {
            self.pipe.socket.acknowledge_now();
        }
    }

    /// Whether the last write found no room.
    pub fn is_write_blocked(&self) -> bool {
        self.write_blocked
    }

    /// How many bytes of the session's are not in the kernel's hands, but for those in a write chunk.
    #[inline]
    pub fn unsent(&self, session: &Session) -> usize {
        session.outgoing().len() + self.pipe.layered.as_ref().map_or(0, |layered| layered.unsent())
    }

    /// Whether there are bytes that could go into the socket if it had room. Layers may keep some until the
    /// server has sent something.
    #[inline]
    pub fn wants_to_write(&self, session: &Session) -> bool {
        let has_more = !session.outgoing().is_empty();
        match &self.pipe.layered {
            None => has_more,
            Some(layered) => !layered.wire.is_empty() || has_more && layered.has_room(),
        }
    }

    /// Writes what the session has to send, as far as it goes.
    pub fn flush(&mut self, session: &mut Session, now: Instant, host: &mut impl Host) -> io::Result<()> {
        self.write_blocked = false;
        loop {
            self.refill(session, now, host)?;
            if !self.write_once(session, now)? {
                return Ok(());
            }
        }
    }

    /// Has what the session has to send written by somebody who does not hold the session meanwhile:
    /// see [`WriteChunk`]. `None` if there is nothing.
    pub fn begin_writing(
        &mut self,
        session: &mut Session,
        now: Instant,
        host: &mut impl Host,
    ) -> io::Result<Option<WriteChunk>> {
        self.refill(session, now, host)?;
        let chunk = match &mut self.pipe.layered {
            None => session.take_chunk(),
            Some(layered) => (!layered.wire.is_empty()).then(|| layered.wire.take_chunk()),
        };
        self.chunk_out = chunk.is_some();
        Ok(chunk.map(|chunk| WriteChunk { socket: self.pipe.socket().clone(), chunk }))
    }

    /// Takes back what [`Connection::begin_writing`] gave, and what came of it.
    pub fn end_writing(
        &mut self,
        session: &mut Session,
        now: Instant,
        writing: WriteChunk,
        result: io::Result<usize>,
    ) -> io::Result<()> {
        self.chunk_out = false;
        self.owes_acknowledgement &= result.is_err();
        self.write_blocked = matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        let written = *result.as_ref().unwrap_or(&0);
        match &mut self.pipe.layered {
            None => session.take_back(now, writing.chunk, written),
            Some(layered) => {
                // The layers may have answered something meanwhile: that found no lack of room.
                let unfinished = written < writing.len();
                layered.wire.take_back(writing.chunk, written);
                session.note_written(now, written, unfinished, layered.unsent() > 0);
            }
        }
        if self.write_blocked { Ok(()) } else { result.map(drop) }
    }

    /// Writes what the session has to send and, behind it, a payload that the session did not copy.
    /// What the kernel did not take at once of the payload, the session copies after all.
    pub fn flush_with_payload(
        &mut self,
        session: &mut Session,
        now: Instant,
        payload: &[u8],
    ) -> io::Result<()> {
        if self.pipe.layered.is_some() {
            let mut rest = payload;
            let result = self.push_with_payload(session, now, &mut rest);
            session.append_payload(rest);
            return result;
        }
        let before = session.outgoing().len();
        let parts = [IoSlice::new(session.outgoing()), IoSlice::new(payload)];
        let written = match self.pipe.socket.write(&parts) {
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

    /// As [`Connection::flush_with_payload`], through layers. Leaves in `rest` what is still to be sent.
    #[cold]
    fn push_with_payload(&mut self, session: &mut Session, now: Instant, rest: &mut &[u8]) -> io::Result<()> {
        self.write_blocked = false;
        while !self.write_blocked {
            self.push(session)?;
            let Some(layered) = &mut self.pipe.layered else { return Ok(()) };
            if session.outgoing().is_empty() {
                // The packet's head has gone, so all that is left of it is the payload's.
                let taken = layered.push(rest, <[u8]>::len)?;
                *rest = rest.get(taken..).unwrap_or_default();
            }
            if !self.write_once(session, now)? {
                break;
            }
        }
        Ok(())
    }

    /// Asks the session for more to send, and gives the layers, if there are any, what they have room for.
    #[inline]
    fn refill(&mut self, session: &mut Session, now: Instant, host: &mut impl Host) -> io::Result<()> {
        if session.outgoing().len() < REFILL_BELOW {
            session.refill(now, host);
        }
        if self.pipe.layered.is_some() { self.push(session) } else { Ok(()) }
    }

    /// Gives the layers what the session has to send, as far as they have room for it.
    fn push(&mut self, session: &mut Session) -> io::Result<()> {
        let Some(layered) = &mut self.pipe.layered else { return Ok(()) };
        if session.outgoing() == PINGREQ {
            // As the session does: an idle client needs no memory.
            layered.wire.release_if_empty();
        }
        let taken = layered.push(session.outgoing(), packet_length)?;
        session.hand_over(taken);
        Ok(())
    }

    /// Writes what is to be written next, if there is anything and it goes. Whether it did.
    #[inline]
    fn write_once(&mut self, session: &mut Session, now: Instant) -> io::Result<bool> {
        let bytes = match &self.pipe.layered {
            None => session.outgoing(),
            Some(layered) => layered.wire.bytes(),
        };
        if bytes.is_empty() {
            return Ok(false);
        }
        match self.pipe.socket.write(&[IoSlice::new(bytes)]) {
            Ok(written) => {
                self.owes_acknowledgement = false;
                match &mut self.pipe.layered {
                    None => session.consume(now, written),
                    Some(layered) => {
                        layered.wire.consume(written);
                        let unfinished = !layered.wire.is_empty();
                        session.note_written(now, written, unfinished, layered.unsent() > 0);
                    }
                }
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.write_blocked = true;
                match &self.pipe.layered {
                    None => session.consume(now, 0),
                    Some(_) => session.note_written(now, 0, true, true),
                }
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The first byte that was read and is not handled.
    pub fn next_byte(&self) -> Option<u8> {
        self.pending.unhandled().first().copied()
    }

    /// Whether there is a packet to handle that was read already, or the end: nothing will announce it.
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
            if let Some(end) = self.pending.end.take_if(|_| count == 0) {
                return Err(end.into());
            }
            self.pending.handled += count;
            self.pending.look()?;
            return Ok(ReadOutcome::More);
        }
        if self.pipe.layered.is_some() {
            return self.read_layered(session, now, buffer, host);
        }
        if self.pending.total.is_some_and(|total| total > buffer.len()) {
            return self.read_large(session, now, host);
        }
        let head = self.pending.unhandled().len();
        let (start, room) = buffer.split_at_mut(head);
        start.copy_from_slice(self.pending.unhandled());
        let Some(count) = would_block(self.pipe.socket.read(room))? else { return Ok(ReadOutcome::Nothing) };
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

    /// Reads once, and has all of it go up through the layers, whatever comes of it.
    fn read_layered(
        &mut self,
        session: &mut Session,
        now: Instant,
        buffer: &mut [u8],
        host: &mut impl Host,
    ) -> Result<ReadOutcome, Error> {
        let Connection { pipe: Pipe { socket, layered: Some(layered), .. }, pending, .. } = self else {
            return Ok(ReadOutcome::Nothing);
        };
        let Some(count) = would_block(socket.read(buffer))? else { return Ok(ReadOutcome::Nothing) };
        let outcome = outcome_of(count, buffer.len())?;
        self.owes_acknowledgement = true;
        pending.bytes.drain(..std::mem::take(&mut pending.handled));
        // Pings of WebSocket may come from a gateway, whatever has become of the server behind it.
        if layered.receive(&mut buffer[..count], &mut pending.bytes) {
            session.note_received(now);
        }
        pending.end = layered.stack.take_end();
        if layered.is_overrun() {
            return Err(io::Error::other("the server asks for more answers than it reads").into());
        }
        pending.handled = handle_slice(session, now, &pending.bytes, host)?;
        if pending.unhandled().is_empty() {
            pending.handled = 0;
            if outcome == ReadOutcome::Drained {
                pending.bytes = Vec::new();
            } else {
                pending.bytes.clear();
            }
        }
        pending.look()?;
        Ok(if pending.has_packet { ReadOutcome::More } else { outcome })
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
        let count = match would_block(self.pipe.socket.read(&mut bytes[have..])) {
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
        if self.chunk_out {
            // Nothing can go behind bytes of which nobody knows how many have gone.
            self.pipe.layered = None;
        }
        self.pipe.close();
    }
}

/// The length of the packet at the front of the session's output, of which the payload may come later.
fn packet_length(bytes: &[u8]) -> usize {
    match frame(bytes) {
        Ok(Framing::Complete(length) | Framing::Incomplete { total: Some(length) }) => length,
        // Never: the session appends whole headers.
        Ok(Framing::Incomplete { total: None }) | Err(_) => bytes.len(),
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

#[cfg(test)]
mod tests;
