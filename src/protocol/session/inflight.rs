//! The outgoing QoS 1 and 2 messages that are not finished, in the order in which they were sent.
//!
//! A doubly linked list inside a map: looking up, appending and removing anywhere cost the same
//! with one message and with 65,535.

use std::time::Instant;

use super::id_map::IdMap;
use crate::protocol::{PacketId, Version};

/// The packet identifier that none has: the end of the list.
const NONE: u16 = 0;

/// Which answer of the server a message waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaits {
    /// PUBACK: QoS 1.
    Acknowledged,
    /// PUBREC: QoS 2, first half.
    Received,
    /// PUBCOMP: QoS 2, second half. PUBREL was sent.
    Complete,
}

pub(super) struct Message {
    pub(super) awaits: Awaits,
    /// The PUBLISH as sent last. Dropped when PUBREL is stored, which ends its use; what awaits
    /// PUBCOMP and still has it is to try that again.
    pub(super) packet: Vec<u8>,
    /// The version that `packet` is written for.
    pub(super) version: Version,
    /// The connection on which it was sent last; earlier than the present one: not resent yet.
    pub(super) sent_on: u32,
    /// When; `None` for messages restored from a store.
    pub(super) sent_at: Option<Instant>,
    older: u16,
    newer: u16,
}

impl Message {
    pub(super) fn new(awaits: Awaits, packet: Vec<u8>, version: Version) -> Message {
        Message { awaits, packet, version, sent_on: 0, sent_at: None, older: NONE, newer: NONE }
    }
}

#[derive(Default)]
pub(super) struct Inflight {
    messages: IdMap<Message>,
    oldest: u16,
    newest: u16,
}

impl Inflight {
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) fn contains(&self, id: u16) -> bool {
        self.messages.contains(id)
    }

    pub(super) fn get(&self, id: u16) -> Option<&Message> {
        self.messages.get(id)
    }

    pub(super) fn get_mut(&mut self, id: u16) -> Option<&mut Message> {
        self.messages.get_mut(id)
    }

    /// Appends a message with an identifier that is not in the list.
    pub(super) fn push(&mut self, id: PacketId, message: Message) {
        let id = id.get();
        debug_assert!(!self.contains(id));
        self.messages.insert(id, Message { older: self.newest, newer: NONE, ..message });
        *self.newer_link(self.newest) = id;
        self.newest = id;
    }

    /// Takes a message out, wherever in the list it is.
    pub(super) fn remove(&mut self, id: u16) -> Option<Message> {
        let message = self.messages.remove(id)?;
        *self.newer_link(message.older) = message.newer;
        if message.newer == NONE {
            self.newest = message.older;
        } else if let Some(newer) = self.messages.get_mut(message.newer) {
            newer.older = message.older;
        }
        Some(message)
    }

    /// Gives its memory back if it is empty.
    pub(super) fn release_if_empty(&mut self) {
        self.messages.release_if_empty();
    }

    pub(super) fn oldest(&self) -> Option<u16> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// The message after `id`.
    pub(super) fn after(&self, id: u16) -> Option<u16> {
        self.messages.get(id).map(|message| message.newer).filter(|&newer| newer != NONE)
    }

    /// Oldest first.
    pub(super) fn ids(&self) -> impl Iterator<Item = u16> + '_ {
        std::iter::successors(self.oldest(), |&id| self.after(id))
    }

    /// Brings messages restored from a store into the order in which they were probably sent:
    /// by ascending identifier, beginning after the largest gap (contract P-320).
    pub(super) fn sort_restored(&mut self) {
        let mut ids: Vec<u16> = self.ids().collect();
        ids.sort_unstable();
        let (Some(&first), Some(&last)) = (ids.first(), ids.last()) else { return };
        let mut largest_gap = u16::MAX - last + first;
        let mut start = 0;
        for (index, pair) in ids.windows(2).enumerate() {
            match pair {
                &[previous, next] if next - previous > largest_gap => {
                    largest_gap = next - previous;
                    start = index + 1;
                }
                _ => {}
            }
        }
        ids.rotate_left(start);
        let mut messages = std::mem::take(self).messages;
        for id in ids {
            if let (Some(id), Some(message)) = (PacketId::new(id), messages.remove(id)) {
                self.push(id, message);
            }
        }
    }

    /// The field that says which message comes after `id`, or first.
    fn newer_link(&mut self, id: u16) -> &mut u16 {
        if id == NONE {
            return &mut self.oldest;
        }
        match self.messages.get_mut(id) {
            Some(message) => &mut message.newer,
            None => &mut self.oldest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message::new(Awaits::Acknowledged, Vec::new(), Version::V3_1_1)
    }

    fn with(ids: impl IntoIterator<Item = u16>) -> Inflight {
        let mut inflight = Inflight::default();
        for id in ids {
            inflight.push(PacketId::new(id).unwrap(), message());
        }
        inflight
    }

    #[test]
    fn keeps_the_order_of_sending() {
        let mut inflight = with([7, 3, 65_535, 1]);
        assert_eq!(inflight.ids().collect::<Vec<_>>(), [7, 3, 65_535, 1]);
        assert!(inflight.remove(3).is_some());
        assert!(inflight.remove(3).is_none());
        assert!(inflight.remove(7).is_some());
        assert_eq!(inflight.ids().collect::<Vec<_>>(), [65_535, 1]);
        inflight.push(PacketId::new(7).unwrap(), message());
        assert!(inflight.remove(7).is_some());
        inflight.push(PacketId::new(3).unwrap(), message());
        assert_eq!(inflight.ids().collect::<Vec<_>>(), [65_535, 1, 3]);
        for id in [1, 3, 65_535] {
            assert!(inflight.remove(id).is_some());
        }
        assert_eq!((inflight.oldest(), inflight.len()), (None, 0));
    }

    /// Contract P-320 has these examples.
    #[test]
    fn restored_messages_begin_after_the_largest_gap() {
        for (stored, sent) in [
            (vec![65_535, 1], vec![65_535, 1]),
            (vec![1, 2, 65_535], vec![65_535, 1, 2]),
            (vec![1, 40_000], vec![40_000, 1]),
            (vec![32_768, 1], vec![1, 32_768]),
            (vec![300, 100, 200], vec![100, 200, 300]),
            (vec![9], vec![9]),
            (vec![], vec![]),
        ] {
            let mut inflight = with(stored);
            inflight.sort_restored();
            assert_eq!(inflight.ids().collect::<Vec<_>>(), sent);
        }
    }

    /// A full list, emptied from both ends and the middle, gives its memory back.
    #[test]
    fn a_drained_list_is_small() {
        let mut inflight = with(1..=u16::MAX);
        for id in (1..=u16::MAX).step_by(3).chain((2..=u16::MAX).step_by(3)).chain((3..=u16::MAX).step_by(3))
        {
            assert!(inflight.remove(id).is_some());
        }
        inflight.release_if_empty();
        assert_eq!(inflight.messages.capacity(), 0);
        assert!(inflight.is_empty());
    }
}
