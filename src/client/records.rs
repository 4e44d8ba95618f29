//! A client's unfinished messages in its store: which records there are, and taking them up again.
//!
//! What is in a record of a message under way is the session's business; the queue's records are
//! written and read here.

use super::delivery::inbox::{Inbox, Waiting};
use crate::engine;
use crate::error::PersistError;
use crate::protocol::packet::{PropertyList, Publish};
use crate::protocol::session::{Session, StoreKey};
use crate::protocol::{Qos, Version};
use crate::store::{Key, QueueRecord, SEQUENCE_NUMBERS, Sequence, Stem, Store, rotate_after_largest_gap};
use crate::trace::{self, Level};
use std::collections::BTreeSet;

/// The store of one client, and what is known of its contents.
pub(super) struct Records {
    pub(super) store: Box<dyn Store>,
    /// Whether records are written for MQTT 5.0: the client's version at that moment (contract P-203).
    pub mqtt5: bool,
    sequence: Sequence,
    /// The newest message in the queue, as long as its record tells its packet identifier.
    newest: Option<Newest>,
    /// The records there are of packets under way. A message has up to four spellings, and to remove a
    /// record that is not there costs as much as to remove one.
    pub(super) packets: BTreeSet<Key>,
    /// Records whose key does not say the packet identifier in them (contract P-311).
    pub(super) misnamed: Vec<(StoreKey, String)>,
    /// Counts requests that wait to be sent.
    #[cfg(feature = "async")]
    pub(super) commands: Sequence,
    /// For trace lines.
    pub(super) client: String,
}

/// A QoS 2 message whose record in the queue was the last to be written.
///
/// Between that record and the one of its exchange the process may be killed, and then the identifier
/// says that they are one message (see [`Session::restore_newest`]). Before the same identifier can
/// stand for another message it is taken out of the queue's record.
struct Newest {
    key: Key,
    packet_id: u16,
}

impl Records {
    pub fn new(store: Box<dyn Store>, mqtt5: bool, client: &str) -> Records {
        Records {
            store,
            mqtt5,
            sequence: Sequence::default(),
            newest: None,
            packets: BTreeSet::new(),
            misnamed: Vec::new(),
            #[cfg(feature = "async")]
            commands: Sequence::default(),
            client: client.to_owned(),
        }
    }

    /// The same records, in a store that is made of this one.
    #[cfg(feature = "async")]
    pub fn map_store(
        self,
        map: impl FnOnce(Box<dyn Store>) -> Result<Box<dyn Store>, PersistError>,
    ) -> Result<Records, PersistError> {
        Ok(Records { store: map(self.store)?, ..self })
    }

    /// In a child of fork: goes on beside the parent.
    pub fn adopt(&mut self) {
        self.store.adopt();
    }

    /// Stores a packet of a message that is under way.
    pub fn put_packet(&mut self, key: StoreKey, record: &[&[u8]]) -> Result<(), PersistError> {
        let (stem, packet_id) = match key {
            StoreKey::SentPublish(packet_id) => (Stem::Sent, packet_id),
            StoreKey::SentPubRel(packet_id) => (Stem::SentRelease, packet_id),
            StoreKey::ReceivedPublish(packet_id) => {
                // With MQTT 5.0 this is the next step of the same message.
                if !self.mqtt5 {
                    self.part_with_identifier(packet_id);
                }
                (Stem::Received, packet_id)
            }
        };
        let key = Key { stem, mqtt5: self.mqtt5, number: packet_id.into() };
        // Whether it succeeds or not: a store of the application's may have kept a part.
        self.packets.insert(key);
        self.store_for_long().put(&key.to_string(), record)
    }

    /// Removes what was stored of a message that is finished, under each spelling it has.
    pub fn remove_packet(&mut self, key: StoreKey) {
        match key {
            StoreKey::SentPublish(packet_id) => {
                Key::of_sent(packet_id).into_iter().for_each(|key| self.remove_if_there(key));
            }
            // Removed together with its PUBLISH.
            StoreKey::SentPubRel(_) => {}
            StoreKey::ReceivedPublish(packet_id) => {
                if self.mqtt5 {
                    self.part_with_identifier(packet_id);
                }
                Key::of_received(packet_id).into_iter().for_each(|key| self.remove_if_there(key));
            }
        }
        while let Some(place) = self.misnamed.iter().position(|(of, _)| *of == key) {
            let (_, misnamed) = self.misnamed.remove(place);
            self.remove(&misnamed);
        }
    }

    /// Stores a message that waits for the application. Returns its key.
    pub fn put_message(&mut self, publish: &Publish<'_>) -> Result<String, PersistError> {
        let number = self.sequence.advance();
        let key = Key { stem: Stem::Queued, mqtt5: self.mqtt5, number };
        self.newest =
            (publish.qos == Qos::ExactlyOnce).then_some(Newest { key, packet_id: publish.packet_id });
        let key = key.to_string();
        let block = publish.properties.to_block().unwrap_or_default();
        let record = QueueRecord {
            payload: publish.payload,
            qos: publish.qos.level(),
            retained: publish.retain,
            dup: publish.dup,
            msgid: publish.packet_id,
            topic: publish.topic,
            properties: self.mqtt5.then_some(block.as_slice()),
        };
        let stored = record.encode(|parts| self.store_for_long().put(&key, parts));
        if let Err(error) = stored {
            trace::line(Level::Error, format_args!("Error persisting queue entry, rc {}", error.code));
        }
        stored.map(|()| key)
    }

    /// Removes the record of a message that the application has.
    pub fn remove_message(&mut self, key: &str) {
        self.newest.take_if(|newest| newest.key.to_string() == key);
        self.remove(key);
    }

    /// Takes the packet identifier out of the newest record of the queue, if it is this one.
    fn part_with_identifier(&mut self, packet_id: u16) {
        let Some(newest) = self.newest.take_if(|newest| newest.packet_id == packet_id) else { return };
        let key = newest.key.to_string();
        // The record stays good for all but telling messages apart after a kill.
        let Ok(record) = self.store.get(&key) else { return };
        let Some(queued) = QueueRecord::decode(&record, newest.key.mqtt5) else { return };
        let _ = QueueRecord { msgid: 0, ..queued }.encode(|parts| self.store.put(&key, parts));
    }

    /// Forgets everything.
    pub fn clear(&mut self) -> Result<(), PersistError> {
        self.misnamed.clear();
        self.packets.clear();
        self.newest = None;
        self.store_for_long().clear()
    }

    /// The store's last call. The records stay.
    pub fn close(&mut self) {
        let _ = self.store.close();
    }

    fn remove_if_there(&mut self, key: Key) {
        if self.packets.remove(&key) {
            self.remove(&key.to_string());
        }
    }

    /// The store, for something that may take long, as with a store of the application's.
    fn store_for_long(&mut self) -> &mut dyn Store {
        engine::before_slow_work();
        &mut *self.store
    }

    fn remove(&mut self, key: &str) {
        if let Err(error) = self.store_for_long().remove(key) {
            let code = error.code;
            trace::line(Level::Error, format_args!("Error {code} removing {key} from persistence"));
        }
    }

    /// Puts a record aside that cannot be read: what is in it is not lost, and not in the way.
    pub(super) fn set_aside(&mut self, key: &str) -> Result<(), PersistError> {
        let client = &self.client;
        trace::line(
            Level::Error,
            format_args!("Record {key} in the store of client {client} cannot be read, setting it aside"),
        );
        self.store.set_aside(key)
    }

    /// Takes up the messages that were under way (contract P-310).
    pub fn restore_session(&mut self, session: &mut Session) -> Result<(), PersistError> {
        let mut records = Vec::new();
        for text in self.store.keys()? {
            // Keys with other names are not ours (contract P-312).
            let Some(key) = Key::parse(&text).filter(|key| is_in_flight(key.stem)) else { continue };
            if key.mqtt5 && !self.mqtt5 {
                // An MQTT 3 client cannot go on with what was begun with MQTT 5.0.
                return Err(PersistError { code: -2 });
            }
            let record = self.store.get(&text)?;
            records.push((key, text, record));
        }
        let released: Vec<u32> = numbers_of(&records, Stem::SentRelease);
        let (mut sent, mut received) = (Vec::new(), 0);
        records.sort_by_key(|(key, ..)| key.number);
        for (key, text, record) in &records {
            let version = if key.mqtt5 { Version::V5 } else { Version::V3_1_1 };
            let restored = match key.stem {
                Stem::Sent => {
                    session.restore_sent(record, version, released.binary_search(&key.number).is_ok())
                }
                Stem::Received => session.restore_received(record, version),
                _ => continue,
            };
            let Ok(packet_id) = restored else {
                self.set_aside(text)?;
                continue;
            };
            if key.stem == Stem::Sent {
                sent.push((key.number, packet_id));
                self.found(StoreKey::SentPublish(packet_id), *key, text);
            } else {
                received += 1;
                self.found(StoreKey::ReceivedPublish(packet_id), *key, text);
            }
        }
        session.restore_finished();
        for (key, text, _) in records.iter().filter(|(key, ..)| key.stem == Stem::SentRelease) {
            match sent.iter().find(|(number, _)| *number == key.number) {
                Some((_, packet_id)) => self.found(StoreKey::SentPublish(*packet_id), *key, text),
                // A PUBREL without its PUBLISH is of no use (contract P-331).
                None => self.store.remove(text)?,
            }
        }
        let (sent, client) = (sent.len(), &self.client);
        trace::line(
            Level::Minimum,
            format_args!(
                "{sent} sent messages and {received} received messages restored for client {client}"
            ),
        );
        Ok(())
    }

    /// Notes a record of this message, to remove it with the message.
    fn found(&mut self, message: StoreKey, key: Key, text: &str) {
        let (StoreKey::SentPublish(packet_id)
        | StoreKey::SentPubRel(packet_id)
        | StoreKey::ReceivedPublish(packet_id)) = message;
        if text == (Key { number: packet_id.into(), ..key }).to_string() {
            self.packets.insert(key);
        } else {
            self.misnamed.push((message, text.to_owned()));
        }
    }

    /// Takes up the messages that waited for the application (contract P-406). Returns the newest if it has
    /// QoS 2. A store that fails here costs the messages that were not read yet, not the client.
    pub fn restore_queue<M>(
        &mut self,
        inbox: &mut Inbox<M>,
        copy: impl Fn(&Publish<'_>) -> Option<M>,
    ) -> Result<Option<RestoredMessage>, PersistError> {
        let keys = queued(&self.store.keys()?);
        if let Some((newest, _)) = keys.last() {
            self.sequence = Sequence::after(newest.number);
        }
        let (mut restored, mut newest) = (0, None);
        for (key, text) in keys {
            newest = None;
            let record = self.store.get(&text)?;
            let publish = read_message(&record, key.mqtt5);
            let exactly_once = publish.filter(|publish| publish.qos == Qos::ExactlyOnce);
            let packet_id = exactly_once.map(|publish| publish.packet_id);
            match publish.and_then(|publish| copy(&publish)) {
                Some(message) => {
                    inbox.push(Waiting { message, ack_token: None, stored: Some(text), size: record.len() });
                    newest = packet_id.map(|packet_id| (Newest { key, packet_id }, record));
                    restored += 1;
                }
                None => self.set_aside(&text)?,
            }
        }
        let client = &self.client;
        trace::line(Level::Minimum, format_args!("{restored} queued messages restored for client {client}"));
        Ok(newest.and_then(|(newest, record)| {
            let mqtt5 = newest.key.mqtt5;
            self.newest = Some(newest);
            // Its exchange is none of a client for an earlier version.
            (!mqtt5 || self.mqtt5).then_some(RestoredMessage { mqtt5, record })
        }))
    }
}

/// A message as it was found in the queue.
pub(super) struct RestoredMessage {
    mqtt5: bool,
    record: Vec<u8>,
}

impl RestoredMessage {
    /// The message, and the version it was received with.
    pub fn read(&self) -> Option<(Publish<'_>, Version)> {
        let version = if self.mqtt5 { Version::V5 } else { Version::V3_1_1 };
        Some((read_message(&self.record, self.mqtt5)?, version))
    }
}

/// The keys of the queue, oldest first.
fn queued(keys: &[String]) -> Vec<(Key, String)> {
    let mut keys: Vec<(Key, String)> = keys
        .iter()
        .filter_map(|text| Some((Key::parse(text)?, text.clone())))
        .filter(|(key, _)| key.stem == Stem::Queued)
        .collect();
    keys.sort_by_key(|(key, _)| key.number);
    rotate_after_largest_gap(&mut keys, SEQUENCE_NUMBERS, |(key, _)| key.number);
    keys
}

type Record = (Key, String, Vec<u8>);

fn is_in_flight(stem: Stem) -> bool {
    matches!(stem, Stem::Sent | Stem::SentRelease | Stem::Received)
}

fn numbers_of(records: &[Record], stem: Stem) -> Vec<u32> {
    let mut numbers: Vec<u32> =
        records.iter().filter(|(key, ..)| key.stem == stem).map(|(key, ..)| key.number).collect();
    numbers.sort_unstable();
    numbers
}

/// A queue record as the message that it was.
fn read_message(record: &[u8], mqtt5: bool) -> Option<Publish<'_>> {
    let queued = QueueRecord::decode(record, mqtt5)?;
    let properties = match queued.properties {
        None => PropertyList::EMPTY,
        Some(block) => PropertyList::parse_block(block)?,
    };
    Some(Publish {
        dup: queued.dup,
        qos: Qos::from_level(queued.qos)?,
        retain: queued.retained,
        topic: queued.topic,
        packet_id: queued.msgid,
        properties,
        payload: queued.payload,
    })
}

#[cfg(test)]
#[path = "records_tests.rs"]
pub(super) mod tests;
