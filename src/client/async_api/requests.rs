//! Requests on their way: those that wait to be sent, those that were sent and are not answered, and messages of
//! QoS 0 that are not written yet.
//!
//! Each has a token of the application's, which comes back once, with the outcome. Everything here takes the same time
//! whether there is one request or a hundred thousand.

use crate::protocol::Version;
use crate::protocol::session::IdMap;
use crate::store::Key;
use std::collections::VecDeque;

/// What is asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Publish,
    Subscribe,
    Unsubscribe,
}

/// A request that waits to be sent.
#[derive(Debug)]
pub(super) struct Request<T> {
    pub kind: Kind,
    /// 0 for a message of QoS 0.
    pub packet_id: u16,
    /// As it is to be sent.
    pub packet: Vec<u8>,
    /// The version that `packet` is written for.
    pub version: Version,
    pub token: Option<T>,
    /// Its record in the store.
    pub record: Option<Key>,
}

/// Requests that wait to be sent, in the order in which they were made.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    /// Each with a number, from which the order among both queues follows.
    publishes: VecDeque<(u64, Request<T>)>,
    others: VecDeque<(u64, Request<T>)>,
    made: u64,
    /// How many messages of QoS 0 wait.
    without_id: usize,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Waiting { publishes: VecDeque::new(), others: VecDeque::new(), made: 0, without_id: 0 }
    }
}

impl<T> Waiting<T> {
    /// The last to be sent.
    pub fn push(&mut self, request: Request<T>) {
        self.made += 1;
        let is_publish = request.kind == Kind::Publish;
        self.without_id += usize::from(request.packet_id == 0);
        let queue = if is_publish { &mut self.publishes } else { &mut self.others };
        queue.push_back((self.made, request));
    }

    /// The first to be sent.
    pub fn first(&self) -> Option<&Request<T>> {
        let (publish, other) = (self.publishes.front(), self.others.front());
        let first = if self.begins_with_other() { other } else { publish };
        first.map(|(_, request)| request)
    }

    /// Takes out the first to be sent.
    pub fn pop(&mut self) -> Option<Request<T>> {
        if self.begins_with_other() {
            let (_, request) = self.others.pop_front()?;
            shrink_if_drained(&mut self.others);
            return Some(request);
        }
        self.pop_oldest_message()
    }

    /// Takes out the message that has waited longest.
    pub fn pop_oldest_message(&mut self) -> Option<Request<T>> {
        let (_, request) = self.publishes.pop_front()?;
        self.without_id -= usize::from(request.packet_id == 0);
        shrink_if_drained(&mut self.publishes);
        Some(request)
    }

    /// Puts back what could not be sent after all: it is the first again.
    pub fn put_back(&mut self, request: Request<T>) {
        self.without_id += usize::from(request.packet_id == 0);
        let (publish, other) = (self.publishes.front(), self.others.front());
        let before = publish.into_iter().chain(other).map(|(number, _)| *number).min();
        let number = before.unwrap_or(self.made + 1) - 1;
        let is_publish = request.kind == Kind::Publish;
        let queue = if is_publish { &mut self.publishes } else { &mut self.others };
        queue.push_front((number, request));
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.publishes.is_empty() && self.others.is_empty()
    }

    /// How many requests wait.
    pub fn len(&self) -> usize {
        self.publishes.len() + self.others.len()
    }

    /// How many messages wait.
    pub fn messages(&self) -> usize {
        self.publishes.len()
    }

    /// Whether a message of QoS 0 waits.
    pub fn has_qos0(&self) -> bool {
        self.without_id != 0
    }

    /// The packet identifiers of the messages that wait, oldest first; 0 for those of QoS 0 (contract ).
    pub fn message_ids(&self) -> impl Iterator<Item = u16> + '_ {
        self.publishes.iter().map(|(_, request)| request.packet_id)
    }

    /// Gives memory back that nothing waits in: nobody has used it for a while.
    pub fn release_if_empty(&mut self) {
        release_if_empty(&mut self.publishes);
        release_if_empty(&mut self.others);
    }

    fn begins_with_other(&self) -> bool {
        match (self.publishes.front(), self.others.front()) {
            (Some((publish, _)), Some((other, _))) => other < publish,
            (publish, _) => publish.is_none(),
        }
    }
}

/// A request that was sent, and of whose outcome the application wants to hear.
#[derive(Debug)]
pub(super) struct Sent<T> {
    pub kind: Kind,
    pub token: T,
    /// The PUBLISH, once nobody else needs it.
    pub packet: Vec<u8>,
    /// The version that `packet` is written for.
    pub version: Version,
    order: u64,
}

/// Requests that were sent and are not answered, by packet identifier.
#[derive(Debug)]
pub(super) struct Awaiting<T> {
    requests: IdMap<Sent<T>>,
    made: u64,
}

impl<T> Default for Awaiting<T> {
    fn default() -> Self {
        Awaiting { requests: IdMap::default(), made: 0 }
    }
}

impl<T> Awaiting<T> {
    /// A request was sent.
    pub fn insert(&mut self, packet_id: u16, kind: Kind, token: T) {
        self.made += 1;
        let sent = Sent { kind, token, packet: Vec::new(), version: Version::V3_1_1, order: self.made };
        self.requests.insert(packet_id, sent);
    }

    /// The token of a request.
    pub fn token(&self, packet_id: u16) -> Option<&T> {
        self.requests.get(packet_id).map(|sent| &sent.token)
    }

    /// Keeps a PUBLISH that nobody else needs any more, to say what was sent.
    pub fn keep_packet(&mut self, packet_id: u16, packet: Vec<u8>, version: Version) {
        if let Some(sent) = self.requests.get_mut(packet_id) {
            (sent.packet, sent.version) = (packet, version);
        }
    }

    /// There is an answer.
    pub fn take(&mut self, packet_id: u16) -> Option<Sent<T>> {
        self.requests.remove(packet_id)
    }

    /// Gives memory back that nobody uses.
    pub fn release_if_empty(&mut self) {
        self.requests.release_if_empty();
    }

    /// There will be no answers, to any of them: in the order in which they were sent (contract ).
    pub fn take_all(&mut self) -> Vec<(u16, T)> {
        in_order(self.requests.take_if(|_| true))
    }

    /// There will be no answers to what the connection took with it. A message outlives that, and is sent again.
    pub fn take_all_but_messages(&mut self) -> Vec<(u16, T)> {
        in_order(self.requests.take_if(|sent| sent.kind != Kind::Publish))
    }
}

fn in_order<T>(mut requests: Vec<(u16, Sent<T>)>) -> Vec<(u16, T)> {
    requests.sort_unstable_by_key(|(_, sent)| sent.order);
    requests.into_iter().map(|(packet_id, sent)| (packet_id, sent.token)).collect()
}

/// A message of QoS 0, of which the application is to hear when it is written.
#[derive(Debug)]
pub(super) struct Unwritten<T> {
    pub token: T,
    pub packet: Vec<u8>,
    pub version: Version,
    /// How many bytes will have been written when all of it is: see [`Session::appended`].
    ///
    /// [`Session::appended`]: crate::protocol::session::Session::appended
    end: u64,
}

/// Messages of QoS 0 that are not written, oldest first.
#[derive(Debug)]
pub(super) struct UnwrittenMessages<T>(VecDeque<Unwritten<T>>);

impl<T> Default for UnwrittenMessages<T> {
    fn default() -> Self {
        UnwrittenMessages(VecDeque::new())
    }
}

impl<T> UnwrittenMessages<T> {
    /// A message was appended to what is to be written, which ends with it.
    pub fn push(&mut self, end: u64, token: T, packet: Vec<u8>, version: Version) {
        self.0.push_back(Unwritten { token, packet, version, end });
    }

    /// More of the last one was appended: it is written when so many bytes are. Nothing if none is left.
    pub fn last_ends_at(&mut self, end: u64) {
        if let Some(last) = self.0.back_mut() {
            last.end = end;
        }
    }

    /// The next one that is written, when so many bytes are.
    #[inline]
    pub fn take_written(&mut self, written: u64) -> Option<Unwritten<T>> {
        if self.0.front()?.end > written {
            return None;
        }
        let message = self.0.pop_front();
        shrink_if_drained(&mut self.0);
        message
    }

    /// Whether the first one is written, when so many bytes are.
    #[inline]
    pub fn has_written(&self, written: u64) -> bool {
        self.0.front().is_some_and(|first| first.end <= written)
    }

    /// Gives memory back that nothing waits in: nobody has used it for a while.
    pub fn release_if_empty(&mut self) {
        release_if_empty(&mut self.0);
    }

    /// The connection has ended: the others will not be written.
    pub fn take_all(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.0).into_iter().map(|message| message.token)
    }
}

/// So much room an empty queue may keep for the next requests.
const KEPT: usize = 64;

fn shrink_if_drained<T>(queue: &mut VecDeque<T>) {
    if queue.capacity() > KEPT {
        release_if_empty(queue);
    }
}

fn release_if_empty<T>(queue: &mut VecDeque<T>) {
    if queue.is_empty() {
        *queue = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: Kind, packet_id: u16) -> Request<u16> {
        let version = Version::V3_1_1;
        Request { kind, packet_id, packet: Vec::new(), version, token: Some(packet_id), record: None }
    }

    fn waiting(requests: &[(Kind, u16)]) -> Waiting<u16> {
        let mut waiting = Waiting::default();
        requests.iter().for_each(|&(kind, packet_id)| waiting.push(request(kind, packet_id)));
        waiting
    }

    fn drain(mut waiting: Waiting<u16>) -> Vec<u16> {
        let drained = std::iter::from_fn(|| {
            let first = waiting.first().map(|request| request.packet_id);
            assert_eq!(waiting.pop().map(|request| request.packet_id), first);
            first
        })
        .collect();
        assert!(waiting.is_empty() && !waiting.has_qos0());
        drained
    }

    #[test]
    fn requests_leave_in_the_order_in_which_they_were_made() {
        use Kind::{Publish, Subscribe, Unsubscribe};
        let requests =
            [(Publish, 1), (Subscribe, 2), (Unsubscribe, 3), (Publish, 0), (Publish, 4), (Subscribe, 5)];
        let mut queue = waiting(&requests);
        assert_eq!((queue.messages(), queue.has_qos0()), (3, true));
        assert_eq!(queue.message_ids().collect::<Vec<_>>(), [1, 0, 4]);
        let first = queue.pop().unwrap();
        let second = queue.pop().unwrap();
        queue.put_back(second);
        queue.put_back(first);
        assert_eq!(drain(queue), [1, 2, 3, 0, 4, 5]);
        // What is too much goes, oldest message first, and the order of the others stays.
        let mut queue = waiting(&requests);
        assert_eq!([(); 2].map(|()| queue.pop_oldest_message().unwrap().packet_id), [1, 0]);
        assert!(!queue.has_qos0());
        assert_eq!(drain(queue), [2, 3, 4, 5]);
    }

    #[test]
    fn a_queue_that_was_long_gives_its_memory_back() {
        let mut queue = Waiting::default();
        for _ in 0..180_000 {
            queue.push(request(Kind::Publish, 0));
        }
        assert_eq!(drain_count(&mut queue), 180_000);
        assert_eq!(queue.publishes.capacity(), 0);
    }

    fn drain_count(queue: &mut Waiting<u16>) -> usize {
        std::iter::from_fn(|| queue.pop()).count()
    }

    /// Contract.
    #[test]
    fn requests_without_an_answer_come_back_in_the_order_of_sending() {
        let mut awaiting = Awaiting::default();
        for packet_id in [65_534, 65_535, 1, 2, 3] {
            let kind = if packet_id % 2 == 0 { Kind::Subscribe } else { Kind::Publish };
            awaiting.insert(packet_id, kind, packet_id);
        }
        assert_eq!(awaiting.token(1), Some(&1));
        assert_eq!(awaiting.take(3).map(|sent| sent.token), Some(3));
        assert!(awaiting.take(3).is_none());
        assert_eq!(awaiting.take_all_but_messages(), [(65_534, 65_534), (2, 2)]);
        awaiting.insert(7, Kind::Unsubscribe, 7);
        assert_eq!(awaiting.take_all(), [(65_535, 65_535), (1, 1), (7, 7)]);
        assert!(awaiting.take_all().is_empty());
    }

    #[test]
    fn a_packet_is_kept_for_a_request_that_is_there() {
        let mut awaiting = Awaiting::default();
        awaiting.insert(1, Kind::Publish, 1);
        awaiting.keep_packet(1, vec![7], Version::V5);
        awaiting.keep_packet(2, vec![8], Version::V5);
        let sent = awaiting.take(1).unwrap();
        assert_eq!((sent.packet, sent.version), (vec![7], Version::V5));
        assert!(awaiting.take(2).is_none());
    }

    #[test]
    fn messages_are_written_when_their_last_byte_is() {
        let mut unwritten = UnwrittenMessages::default();
        for end in [10, 20, 30] {
            unwritten.push(end, end, Vec::new(), Version::V5);
        }
        assert!(!unwritten.has_written(9) && unwritten.take_written(9).is_none());
        assert!(unwritten.has_written(25));
        assert_eq!(unwritten.take_written(25).map(|message| message.token), Some(10));
        assert_eq!(unwritten.take_written(25).map(|message| message.token), Some(20));
        assert!(unwritten.take_written(25).is_none());
        assert_eq!(unwritten.take_all().collect::<Vec<_>>(), [30]);
        assert!(unwritten.0.is_empty());
    }
}
