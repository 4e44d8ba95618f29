use super::*;
use crate::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A store in memory, and a look into it from outside.
#[derive(Clone, Default)]
pub(in crate::client) struct Counted(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    records: BTreeMap<String, Vec<u8>>,
    /// The keys that were removed, in order, also if there was no such record.
    removed: Vec<String>,
}

impl Counted {
    fn keys_now(&self) -> Vec<String> {
        self.0.lock().records.keys().cloned().collect()
    }

    fn removed(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().removed)
    }
}

impl Store for Counted {
    fn put(&mut self, key: &str, parts: &[&[u8]]) -> Result<(), PersistError> {
        self.0.lock().records.insert(key.to_owned(), parts.concat());
        Ok(())
    }

    fn get(&mut self, key: &str) -> Result<Vec<u8>, PersistError> {
        self.0.lock().records.get(key).cloned().ok_or(PersistError { code: -2 })
    }

    fn remove(&mut self, key: &str) -> Result<(), PersistError> {
        let mut contents = self.0.lock();
        contents.records.remove(key);
        contents.removed.push(key.to_owned());
        Ok(())
    }

    fn keys(&mut self) -> Result<Vec<String>, PersistError> {
        Ok(self.keys_now())
    }

    fn clear(&mut self) -> Result<(), PersistError> {
        self.0.lock().records.clear();
        Ok(())
    }

    fn close(&mut self) -> Result<(), PersistError> {
        Ok(())
    }
}

/// A PUBLISH with QoS 2.
fn packet(packet_id: u8) -> [u8; 8] {
    [0x34, 6, 0, 1, b't', 0, packet_id, b'x']
}

/// Contract P-204, without its removals of what is not there.
#[test]
fn what_was_written_is_removed_and_nothing_else() {
    for (mqtt5, infix) in [(false, ""), (true, "5")] {
        let store = Counted::default();
        let mut records = Records::new(Box::new(store.clone()), mqtt5, "c");
        records.put_packet(StoreKey::SentPublish(1), &[&packet(1)]).unwrap();
        records.put_packet(StoreKey::SentPublish(2), &[&packet(2)]).unwrap();
        records.put_packet(StoreKey::SentPubRel(2), &[b"pubrel"]).unwrap();
        records.put_packet(StoreKey::ReceivedPublish(1), &[&packet(1)]).unwrap();
        for key in [StoreKey::SentPublish(1), StoreKey::SentPublish(2), StoreKey::ReceivedPublish(1)] {
            records.remove_packet(key);
            records.remove_packet(key);
        }
        records.remove_packet(StoreKey::SentPublish(3));
        records.remove_packet(StoreKey::ReceivedPublish(2));
        let expected = ["s#-1", "s#-2", "sc#-2", "r#-1"].map(|key| key.replace('#', infix));
        assert_eq!(store.removed(), expected);
        assert_eq!(store.keys_now(), [""; 0]);
    }
}

/// Contract P-204, P-311: also what another version of the client wrote, or somebody under another name.
#[test]
fn what_was_found_is_removed() {
    let store = Counted::default();
    for (key, packet_id) in [("s-1", 1), ("s-02", 2), ("sc-02", 2), ("s-7", 9), ("sc-7", 9), ("sc-5", 5)] {
        store.clone().put(key, &[&packet(packet_id)]).unwrap();
    }
    let mut records = Records::new(Box::new(store.clone()), true, "c");
    records.restore_session(&mut Session::new()).unwrap();
    assert_eq!(store.removed(), ["sc-5"], "nothing belongs to it");
    records.put_packet(StoreKey::SentPubRel(1), &[b"pubrel"]).unwrap();
    for packet_id in [1, 2, 9] {
        records.remove_packet(StoreKey::SentPublish(packet_id));
    }
    assert_eq!(store.removed(), ["sc5-1", "s-1", "s-02", "sc-02", "s-7", "sc-7"]);
    assert_eq!(store.keys_now(), [""; 0]);
}
