//! Floods towards the client: blocks of packets, encoded once, sent over and over.

use std::collections::HashMap;
use std::rc::Rc;

use super::packet;

/// Large enough for few writes, small enough for the cache.
const BLOCK_BYTES: usize = 1024 * 1024;

/// What a subscription to `blast/<qos>/<size>/<count>` asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    qos: u8,
    size: usize,
    version5: bool,
}

/// A run of whole packets.
struct Block {
    bytes: Vec<u8>,
    packet: usize,
}

/// The blocks encoded so far: thousands of clients may order the same flood.
#[derive(Default)]
pub struct Blocks(HashMap<Order, Rc<Block>>);

/// A flood under way on one connection.
pub struct Blast {
    block: Rc<Block>,
    qos: u8,
    sent: u64,
    acknowledged: u64,
    /// In bytes; `u64::MAX` for a flood without end.
    limit: u64,
}

impl Blocks {
    /// Starts the flood that `filter` names, if it names one.
    pub fn order(&mut self, filter: &[u8], version5: bool) -> Option<Blast> {
        let words = std::str::from_utf8(filter).ok()?.strip_prefix("blast/")?;
        let mut words = words.split('/');
        let qos = words.next()?.parse().ok()?;
        let size = words.next()?.parse().ok()?;
        let count: u64 = words.next()?.parse().ok()?;
        let order = Order { qos, size, version5 };
        let block = Rc::clone(self.0.entry(order).or_insert_with(|| Rc::new(Block::new(filter, order))));
        let limit = if count == 0 { u64::MAX } else { count * block.packet as u64 };
        Some(Blast { block, qos, sent: 0, acknowledged: 0, limit })
    }
}

impl Block {
    fn new(topic: &[u8], order: Order) -> Self {
        let mut bytes = Vec::new();
        packet::publish(&mut bytes, topic, order.qos, 1, order.size, order.version5);
        let packet = bytes.len();
        // With QoS each packet of the block has its own identifier. More of them than a client's socket and
        // read buffer hold, so that the flood need not wait; few enough that the block stays small.
        let packets = match (order.qos, order.size) {
            (0, _) => (BLOCK_BYTES / packet).max(1),
            (_, 0..=255) => 16_384,
            _ => 4_096,
        };
        for number in 2..=packets {
            let id = u16::try_from(number).unwrap_or(1);
            packet::publish(&mut bytes, topic, order.qos, id, order.size, order.version5);
        }
        Self { bytes, packet }
    }
}

impl Blast {
    /// What may be sent now: up to the end of the block, of the flood, and of the free identifiers.
    pub fn next(&self) -> &[u8] {
        let length = self.block.bytes.len() as u64;
        let start = self.sent % length;
        let mut end = length.min(start + (self.limit - self.sent));
        if self.qos > 0 {
            // An identifier is free again once its message is acknowledged: the client answers in order.
            let unacknowledged = self.sent.saturating_sub(self.acknowledged * self.block.packet as u64);
            end = end.min(start + length.saturating_sub(unacknowledged));
        }
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        self.block.bytes.get(at(start)..at(end)).unwrap_or_default()
    }

    /// How long each packet is.
    pub fn packet(&self) -> usize {
        self.block.packet
    }

    /// Counts bytes of [`Blast::next`] that were written.
    pub fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// What is missing of the packet that was cut by the last write; empty if none was.
    pub fn rest_of_packet(&self) -> &[u8] {
        let packet = self.block.packet as u64;
        let cut = self.sent % packet;
        if cut == 0 {
            return &[];
        }
        let start = self.sent % self.block.bytes.len() as u64;
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        self.block.bytes.get(at(start)..at(start + packet - cut)).unwrap_or_default()
    }

    /// Counts a PUBACK or PUBCOMP.
    pub fn acknowledged(&mut self) {
        self.acknowledged += 1;
    }
}
