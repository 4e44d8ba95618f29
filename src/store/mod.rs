//! Stores: where unfinished messages survive the process. Contract P-xxx.
//!
//! A store knows keys and bytes. What a key stands for is in [`Key`], what a record of the queue
//! looks like in [`QueueRecord`]; the other records are packets, and their meaning is the
//! session's business.

#[cfg(feature = "async")]
mod command_record;
mod file;
#[cfg(feature = "async")]
mod hooks;
mod key;
mod order;
mod queue_record;

#[cfg(feature = "async")]
pub use command_record::{Command, CommandRecord, StoredSubscription};
pub use file::FileStore;
#[cfg(feature = "async")]
pub use hooks::{AfterRead, BeforeWrite, HookedStore, Hooks};
pub use key::{Key, Stem};
pub use order::{SEQUENCE_NUMBERS, Sequence, rotate_after_largest_gap};
pub use queue_record::QueueRecord;

use crate::error::PersistError;

/// What every store can do: the file store, and what the application brings.
///
/// `&mut self` keeps the promise that no two calls for one client overlap (contract P-122).
pub trait Store: Send {
    /// Keeps a record, the parts one after the other, instead of the one that had this key.
    fn put(&mut self, key: &str, parts: &[&[u8]]) -> Result<(), PersistError>;

    /// The record with this key. That there is none is an error.
    fn get(&mut self, key: &str) -> Result<Vec<u8>, PersistError>;

    /// Forgets a record. That there was none is no error (contract P-114).
    fn remove(&mut self, key: &str) -> Result<(), PersistError>;

    /// The keys of all records, in no order.
    fn keys(&mut self) -> Result<Vec<String>, PersistError>;

    /// Moves a record that cannot be read out of the way. A store that cannot do that forgets it.
    fn set_aside(&mut self, key: &str) -> Result<(), PersistError> {
        self.remove(key)
    }

    /// Forgets all records.
    fn clear(&mut self) -> Result<(), PersistError>;

    /// This is a copy, which a fork has made for the child. The parent may use its own at the same time.
    fn adopt(&mut self) {}

    /// Called last. The records stay.
    fn close(&mut self) -> Result<(), PersistError>;
}
