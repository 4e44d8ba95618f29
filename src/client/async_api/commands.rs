//! The records of requests that wait to be sent (contract P-501 to P-508).

use crate::client::records::Records;
use crate::engine;
use crate::error::PersistError;
use crate::store::{Key, SEQUENCE_NUMBERS, Sequence, Stem, rotate_after_largest_gap};
use crate::trace::{self, Level};

impl Records {
    /// Stores a request, of which `record` makes the parts, with MQTT 5.0 or without. Returns its key.
    pub(super) fn put_command(
        &mut self,
        record: impl FnOnce(bool) -> Vec<Vec<u8>>,
    ) -> Result<Key, PersistError> {
        let key = Key { stem: Stem::Command, mqtt5: self.mqtt5, number: self.commands.advance() };
        let parts = record(self.mqtt5);
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        engine::before_slow_work();
        let stored = self.store.put(&key.to_string(), &parts);
        if let Err(error) = stored {
            trace::line(Level::Error, format_args!("Error persisting command, rc {}", error.code));
        }
        stored.map(|()| key)
    }

    /// Removes the record of a request that does not wait any more.
    pub(super) fn remove_command(&mut self, key: Key) {
        engine::before_slow_work();
        if let Err(error) = self.store.remove(&key.to_string()) {
            let code = error.code;
            trace::line(Level::Error, format_args!("Error {code} removing command from persistence"));
        }
    }

    /// The requests that an earlier client has left, oldest first (contract P-504). A store that fails here costs
    /// those that were not read yet.
    pub(super) fn take_commands(&mut self) -> Vec<(Key, Vec<u8>)> {
        let mut keys = self.keys_of(&[Stem::Command]);
        keys.sort_by_key(|key| key.number);
        rotate_after_largest_gap(&mut keys, SEQUENCE_NUMBERS, |key| key.number);
        if let Some(newest) = keys.last() {
            self.commands = Sequence::after(newest.number);
        }
        keys.into_iter().map_while(|key| Some((key, self.store.get(&key.to_string()).ok()?))).collect()
    }

    /// Moves the record of a request that cannot be read out of the way.
    pub(super) fn set_command_aside(&mut self, key: Key) {
        let _ = self.set_aside(&key.to_string());
    }

    /// Forgets what an earlier client has left, but for what is under way (contract P-507).
    pub(super) fn delete_queued(&mut self) {
        let keys = self.keys_of(&[Stem::Command, Stem::Queued]);
        let (deleted, client) = (keys.len(), &self.client);
        trace::line(Level::Minimum, format_args!("{deleted} queued messages deleted for client {client}"));
        keys.into_iter().for_each(|key| self.remove_command(key));
    }

    /// Forgets what is under way (contract P-603).
    pub(super) fn clear_packets(&mut self) {
        for key in std::mem::take(&mut self.packets) {
            self.remove_command(key);
        }
        for (_, misnamed) in std::mem::take(&mut self.misnamed) {
            let _ = self.store.remove(&misnamed);
        }
    }

    /// The keys of such records, as this library writes them; other names are not ours.
    fn keys_of(&mut self, stems: &[Stem]) -> Vec<Key> {
        let keys = self.store.keys().unwrap_or_default();
        let parsed = keys.iter().filter_map(|text| Key::parse(text).filter(|key| key.to_string() == *text));
        parsed.filter(|key| stems.contains(&key.stem)).collect()
    }
}
