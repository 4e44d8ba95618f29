//! One client: what it sent is read, answered and counted.

use super::Totals;
use super::blast::{Blast, Blocks};
use super::packet::{self, Head, Nonsense};
use super::wire::Wire;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};

/// From this length on, a QoS 0 payload is thrown away, over plain TCP in the kernel, uncopied, so that reading it
/// costs less than writing it did.
const BULK_BYTES: usize = 16 * 1024;
/// How much to read where only the head of a bulk packet is expected.
const HEAD_BYTES: usize = 512;
/// Reads of one turn, so that one connection does not starve the others.
const READS_A_TURN: usize = 32;

/// What the epoll is asked to tell of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Only what arrives.
    Read,
    /// Also when there is room to send.
    ReadAndWrite,
}

/// A connection and what is under way on it.
pub struct Connection {
    wire: Wire,
    version5: bool,
    /// The front of a packet whose rest has not come.
    partial: Vec<u8>,
    /// So many bytes of a bulk payload are still to be thrown away.
    skip: usize,
    /// The last packet was a bulk one: the next will be, too.
    bulk: bool,
    out: Vec<u8>,
    blast: Option<Blast>,
    /// Packet identifiers that wait for their acknowledgement, where the topic asks to hold some back.
    held: VecDeque<u16>,
    last_id: u16,
    /// PUBLISH packets of the read being looked at, but for those that are echoed.
    publishes: u64,
}

impl Connection {
    /// A connection just accepted.
    pub fn new(wire: Wire) -> Self {
        Self {
            wire,
            version5: false,
            partial: Vec::new(),
            skip: 0,
            bulk: false,
            out: Vec::new(),
            blast: None,
            held: VecDeque::new(),
            last_id: 0,
            publishes: 0,
        }
    }

    /// For the epoll.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// What to wait for next.
    pub fn interest(&self) -> Interest {
        let blasting = self.blast.as_ref().is_some_and(|blast| !blast.next().is_empty());
        let idle = self.out.is_empty() && !self.wire.has_unsent() && !blasting;
        if idle { Interest::Read } else { Interest::ReadAndWrite }
    }

    /// Reads, and answers into the output. An error ends the connection.
    pub fn readable(
        &mut self,
        buffer: &mut [u8],
        blocks: &mut Blocks,
        totals: &mut Totals,
    ) -> io::Result<()> {
        for _ in 0..READS_A_TURN {
            let result = self.read_once(buffer, blocks);
            totals.add(std::mem::take(&mut self.publishes));
            let more = match result {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                result => result?,
            };
            // What a large read left behind, the epoll will tell; then the acknowledgements go out first.
            if !more {
                return Ok(());
            }
        }
        Ok(())
    }

    /// True if another read is worth it at once.
    fn read_once(&mut self, buffer: &mut [u8], blocks: &mut Blocks) -> io::Result<bool> {
        if self.skip > 0 {
            let most = self.skip.min(buffer.len());
            let space = buffer.get_mut(..most).unwrap_or_default();
            let got = self.wire.discard(space)?;
            self.skip -= some(got)?;
            self.publishes += u64::from(self.skip == 0);
            return Ok(true);
        }
        let kept = self.partial.len();
        if kept + HEAD_BYTES > buffer.len() {
            // A packet larger than the buffer, and not of the kind that is thrown away.
            return Err(Nonsense.into());
        }
        let most = if self.bulk { kept + HEAD_BYTES } else { buffer.len() };
        let space = buffer.get_mut(kept..most).unwrap_or_default();
        let got = self.wire.recv(space)?;
        let length = kept + some(got)?;
        let bytes = buffer.get_mut(..length).unwrap_or_default();
        if let Some(front) = bytes.get_mut(..kept) {
            front.copy_from_slice(&self.partial);
        }
        let used = self.handle_all(bytes, blocks)?;
        self.partial.clear();
        self.partial.extend_from_slice(bytes.get(used..).unwrap_or_default());
        Ok(self.bulk)
    }

    /// Handles every whole packet; returns how many bytes they were.
    fn handle_all(&mut self, bytes: &[u8], blocks: &mut Blocks) -> Result<usize, Nonsense> {
        let mut rest = bytes;
        while let Some(head) = Head::read(rest)? {
            self.bulk = head.kind() == 3 && head.qos() == 0 && head.total >= BULK_BYTES;
            match rest.split_at_checked(head.total) {
                Some((whole, after)) => {
                    self.handle(&head, whole.get(head.head..).unwrap_or_default(), whole, blocks)?;
                    rest = after;
                }
                None if self.bulk => {
                    self.skip = head.total - rest.len();
                    return Ok(bytes.len());
                }
                None => break,
            }
        }
        Ok(bytes.len() - rest.len())
    }

    fn handle(
        &mut self,
        head: &Head,
        body: &[u8],
        whole: &[u8],
        blocks: &mut Blocks,
    ) -> Result<(), Nonsense> {
        match head.kind() {
            1 => self.handle_connect(body),
            3 => self.handle_publish(head, body, whole),
            4 | 7 => {
                if let Some(blast) = &mut self.blast {
                    blast.acknowledged();
                }
                Ok(())
            }
            5 => self.answer(0x62, body),
            6 => self.answer(0x70, body),
            8 => self.handle_subscribe(body, blocks),
            10 => self.handle_unsubscribe(body),
            12 => {
                self.out.extend_from_slice(&[0xd0, 0]);
                Ok(())
            }
            // DISCONNECT: the client closes, and the read that finds the end ends the connection here.
            14 => Ok(()),
            _ => Err(Nonsense),
        }
    }

    fn answer(&mut self, first: u8, body: &[u8]) -> Result<(), Nonsense> {
        let (id, _) = packet::number(body)?;
        packet::acknowledge(&mut self.out, first, id);
        Ok(())
    }

    fn handle_connect(&mut self, body: &[u8]) -> Result<(), Nonsense> {
        let (_, rest) = packet::text(body)?;
        self.version5 = rest.first() == Some(&5);
        let accepted: &[u8] = if self.version5 { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] };
        self.out.extend_from_slice(accepted);
        Ok(())
    }

    fn handle_publish(&mut self, head: &Head, body: &[u8], whole: &[u8]) -> Result<(), Nonsense> {
        let (topic, rest) = packet::text(body)?;
        if head.qos() > 0 {
            let (id, _) = packet::number(rest)?;
            self.acknowledge(head.qos(), topic, id);
        }
        match topic {
            b"release" => {
                while let Some(id) = self.held.pop_front() {
                    packet::acknowledge(&mut self.out, 0x40, id);
                }
            }
            _ if topic.starts_with(b"echo/") => self.echo(head, topic, whole),
            _ => self.publishes += 1,
        }
        Ok(())
    }

    fn acknowledge(&mut self, qos: u8, topic: &[u8], id: u16) {
        if qos == 2 {
            packet::acknowledge(&mut self.out, 0x50, id);
            return;
        }
        let hold = topic.strip_prefix(b"hold/").and_then(|n| std::str::from_utf8(n).ok()?.parse().ok());
        self.held.push_back(id);
        while self.held.len() > hold.unwrap_or(0) {
            if let Some(id) = self.held.pop_front() {
                packet::acknowledge(&mut self.out, 0x40, id);
            }
        }
    }

    /// The same packet, but for the identifier, which is the sink's own.
    fn echo(&mut self, head: &Head, topic: &[u8], whole: &[u8]) {
        let start = self.out.len();
        self.out.extend_from_slice(whole);
        if head.qos() > 0 {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            let at = start + head.head + 2 + topic.len();
            if let Some(id) = self.out.get_mut(at..at + 2) {
                id.copy_from_slice(&self.last_id.to_be_bytes());
            }
        }
    }

    fn handle_subscribe(&mut self, body: &[u8], blocks: &mut Blocks) -> Result<(), Nonsense> {
        let (id, rest) = packet::number(body)?;
        let mut rest = packet::skip_properties(rest, self.version5)?;
        let mut granted = Vec::new();
        while !rest.is_empty() {
            let (filter, after) = packet::text(rest)?;
            let (options, after) = after.split_first().ok_or(Nonsense)?;
            granted.push(options & 3);
            self.blast = blocks.order(filter, self.version5).or(self.blast.take());
            rest = after;
        }
        self.acknowledge_list(0x90, id, &granted)
    }

    fn handle_unsubscribe(&mut self, body: &[u8]) -> Result<(), Nonsense> {
        let (id, rest) = packet::number(body)?;
        let mut rest = packet::skip_properties(rest, self.version5)?;
        let mut done = Vec::new();
        while !rest.is_empty() {
            (_, rest) = packet::text(rest)?;
            done.push(0);
        }
        self.blast = None;
        self.acknowledge_list(0xb0, id, if self.version5 { &done } else { &[] })
    }

    /// SUBACK or UNSUBACK.
    fn acknowledge_list(&mut self, first: u8, id: u16, codes: &[u8]) -> Result<(), Nonsense> {
        let length = 2 + usize::from(self.version5) + codes.len();
        let length = u8::try_from(length).ok().filter(|length| *length < 128).ok_or(Nonsense)?;
        self.out.extend_from_slice(&[first, length]);
        self.out.extend_from_slice(&id.to_be_bytes());
        if self.version5 {
            self.out.push(0);
        }
        self.out.extend_from_slice(codes);
        Ok(())
    }

    /// Sends the answers, then as much of the flood as there is room for.
    pub fn writable(&mut self) -> io::Result<()> {
        self.wire.flush()?;
        if self.wire.has_unsent() {
            return Ok(());
        }
        if !self.out.is_empty() {
            let sent = self.wire.send(&self.out, self.out.len())?;
            self.out.drain(..sent);
            if !self.out.is_empty() {
                return Ok(());
            }
        }
        let Some(blast) = &mut self.blast else { return Ok(()) };
        // Two blocks a turn at most: what the client answers meanwhile must be read.
        for _ in 0..2 {
            let ready = blast.next();
            if ready.is_empty() {
                break;
            }
            let wanted = ready.len();
            let sent = self.wire.send(ready, blast.packet())?;
            blast.sent(sent);
            if sent < wanted {
                // Nothing may come between the halves of a packet: they leave as one answer would.
                let cut = blast.rest_of_packet();
                self.out.extend_from_slice(cut);
                let length = cut.len();
                blast.sent(length);
                break;
            }
        }
        Ok(())
    }
}

/// No byte means that the other side has closed.
fn some(got: usize) -> io::Result<usize> {
    if got == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(got) }
}
