//! What the application does to records on their way into its store, and out of it (contract P-701 to P-705).
//!
//! It can only say so when there is a client, and the client's records are read before. So they wait here, as they are
//! in the store, until somebody needs them.

use super::{Key, Stem, Store};
use crate::error::PersistError;
use crate::sync::Mutex;
use crate::trace::{self, Level};
use std::collections::HashMap;
use std::sync::Arc;

/// Sees a record before it is written, as private copies of its parts, and may change them. If it fails the record
/// is not written.
pub type BeforeWrite = Box<dyn Fn(&mut Vec<Vec<u8>>) -> Result<(), PersistError> + Send>;

/// Sees a record after it was read, and gives what it is to be taken for. If it fails there is no record.
pub type AfterRead = Box<dyn Fn(Vec<u8>) -> Result<Vec<u8>, PersistError> + Send>;

/// What is between a client and its store.
#[derive(Default)]
pub struct Hooks {
    /// Contract P-702.
    pub before_write: Option<BeforeWrite>,
    /// Contract P-704.
    pub after_read: Option<AfterRead>,
    /// What was in the store when it was opened, as long as nobody has needed it.
    unread: Option<Unread>,
}

/// The records there are; without their content once somebody has asked for it, or if it cannot be read.
type Unread = HashMap<String, Option<Vec<u8>>>;

impl Hooks {
    /// What was in the store is taken up.
    pub fn taken_up(&mut self) {
        self.unread = None;
    }
}

/// A store behind hooks.
pub struct HookedStore {
    store: Box<dyn Store>,
    hooks: Arc<Mutex<Hooks>>,
}

impl HookedStore {
    /// Reads all that is in a store, raw. `mqtt5`: whether the client is for MQTT 5.0; one that is not cannot go on
    /// with what was begun with it (contract ). A store that fails is closed.
    pub fn read(
        mut store: Box<dyn Store>,
        hooks: Arc<Mutex<Hooks>>,
        mqtt5: bool,
    ) -> Result<HookedStore, PersistError> {
        match read_all(&mut *store, mqtt5) {
            Ok(unread) => hooks.lock().unread = Some(unread),
            Err(error) => {
                let _ = store.close();
                return Err(error);
            }
        }
        Ok(HookedStore { store, hooks })
    }
}

impl HookedStore {
    fn forget_unread(&self, key: &str) {
        if let Some(unread) = &mut self.hooks.lock().unread {
            unread.remove(key);
        }
    }
}

/// A failure costs those that are not under way, and the client otherwise (contract P-121).
fn read_all(store: &mut dyn Store, mqtt5: bool) -> Result<Unread, PersistError> {
    let mut unread = Unread::new();
    for text in store.keys()? {
        let Some(key) = Key::parse(&text) else { continue };
        let is_under_way = !matches!(key.stem, Stem::Command | Stem::Queued);
        if is_under_way && key.mqtt5 && !mqtt5 {
            return Err(PersistError { code: -2 });
        }
        match store.get(&text) {
            Err(error) if is_under_way => return Err(error),
            record => drop(unread.insert(text, record.ok())),
        }
    }
    Ok(unread)
}

impl Store for HookedStore {
    fn put(&mut self, key: &str, parts: &[&[u8]]) -> Result<(), PersistError> {
        let hooks = self.hooks.lock();
        let Some(before_write) = &hooks.before_write else { return self.store.put(key, parts) };
        let mut copies: Vec<Vec<u8>> = parts.iter().map(|part| part.to_vec()).collect();
        if let Err(error) = before_write(&mut copies) {
            let code = error.code;
            trace::line(Level::Error, format_args!("Error {code} from beforeWrite, not writing {key}"));
            // Contract P-703: without its record a packet is sent all the same, a request fails.
            let is_command = Key::parse(key).is_some_and(|key| key.stem == Stem::Command);
            return if is_command { Err(error) } else { Ok(()) };
        }
        let parts: Vec<&[u8]> = copies.iter().map(Vec::as_slice).collect();
        self.store.put(key, &parts)
    }

    fn get(&mut self, key: &str) -> Result<Vec<u8>, PersistError> {
        let mut hooks = self.hooks.lock();
        let unread = hooks.unread.as_mut().and_then(|unread| unread.get_mut(key)?.take());
        let record = match unread {
            Some(record) => record,
            None => self.store.get(key)?,
        };
        match &hooks.after_read {
            Some(after_read) => after_read(record),
            None => Ok(record),
        }
    }

    fn remove(&mut self, key: &str) -> Result<(), PersistError> {
        self.forget_unread(key);
        self.store.remove(key)
    }

    fn keys(&mut self) -> Result<Vec<String>, PersistError> {
        match &self.hooks.lock().unread {
            Some(unread) => Ok(unread.keys().cloned().collect()),
            None => self.store.keys(),
        }
    }

    fn set_aside(&mut self, key: &str) -> Result<(), PersistError> {
        self.forget_unread(key);
        self.store.set_aside(key)
    }

    fn clear(&mut self) -> Result<(), PersistError> {
        self.hooks.lock().unread = None;
        self.store.clear()
    }

    fn adopt(&mut self) {
        self.store.adopt();
    }

    fn close(&mut self) -> Result<(), PersistError> {
        self.store.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::store::FileStore;

    fn open(scratch: &Scratch, mqtt5: bool) -> (Result<HookedStore, PersistError>, Arc<Mutex<Hooks>>) {
        let hooks = Arc::<Mutex<Hooks>>::default();
        let files = FileStore::open(Some(scratch), "me", "localhost:1883").unwrap();
        (HookedStore::read(Box::new(files), hooks.clone(), mqtt5), hooks)
    }

    #[test]
    fn records_are_read_as_the_application_says_although_it_says_so_later() {
        let scratch = Scratch::new();
        {
            let (store, hooks) = open(&scratch, true);
            let mut store = store.unwrap();
            hooks.lock().before_write = Some(Box::new(|parts| {
                parts.iter_mut().for_each(|part| part.reverse());
                Ok(())
            }));
            store.put("s5-1", &[b"abc", b"de"]).unwrap();
            store.put("c5-1", &[b"xyz"]).unwrap();
        }
        let (store, hooks) = open(&scratch, true);
        let mut store = store.unwrap();
        hooks.lock().after_read = Some(Box::new(|mut record| {
            record.reverse();
            Ok(record)
        }));
        let mut keys = store.keys().unwrap();
        keys.sort();
        assert_eq!(keys, ["c5-1", "s5-1"]);
        // Each part was reversed when it was written, and all of it now.
        assert_eq!(store.get("s5-1").unwrap(), b"deabc");
        assert_eq!(store.get("c5-1").unwrap(), b"xyz");
        hooks.lock().taken_up();
        assert_eq!(store.get("c5-1").unwrap(), b"xyz");
        store.remove("c5-1").unwrap();
        assert_eq!(store.keys().unwrap(), ["s5-1"]);
    }

    /// Contract P-703.
    #[test]
    fn what_is_not_to_be_written_is_not_and_only_a_request_fails() {
        let scratch = Scratch::new();
        let (store, hooks) = open(&scratch, false);
        let mut store = store.unwrap();
        hooks.lock().before_write = Some(Box::new(|_| Err(PersistError { code: 7 })));
        assert_eq!(store.put("c-1", &[b"x"]).unwrap_err().code, 7);
        store.put("s-1", &[b"x"]).unwrap();
        hooks.lock().taken_up();
        assert!(store.keys().unwrap().is_empty());
    }

    /// Contract.
    #[test]
    fn a_store_of_mqtt_5_is_refused_if_something_is_under_way() {
        let scratch = Scratch::new();
        open(&scratch, false).0.unwrap().put("c5-1", &[b"x"]).unwrap();
        let mut store = open(&scratch, false).0.unwrap();
        store.put("sc5-1", &[b"x"]).unwrap();
        assert_eq!(open(&scratch, false).0.err().unwrap().code, -2);
        assert!(open(&scratch, true).0.is_ok());
    }
}
