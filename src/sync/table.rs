//! Values by key. A key that was removed, or never was one, is found out.
//!
//! A key is the place of a value, and how often that place was used before. Looking up takes no lock and waits for
//! nobody. Places are used again in the order in which they became free, so that an old key is not mistaken for a
//! new one as late as can be.

use super::{Held, Mutex, hold};
use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

/// How many bits of a key are the place's number: all that a handle of 32 bits has, but for twelve.
const INDEX_BITS: u32 = if usize::BITS >= 64 { 32 } else { 20 };

/// And how many count its uses. The highest four of 64 are always 0.
const USE_BITS: u32 = if usize::BITS >= 64 { 27 } else { 12 };

const INDEX_MASK: usize = (1 << INDEX_BITS) - 1;
const USE_MASK: usize = (1 << USE_BITS) - 1;

/// The word of a place, from its lowest bit: how many look at the value; whether the key is valid; the uses.
const VALID: usize = 1 << (INDEX_BITS - 1);
const LOOKING_MASK: usize = VALID - 1;

/// Places are made in blocks, each of which is twice as large as the one before.
const FIRST_BLOCK: usize = 32;
const BLOCKS: usize = (INDEX_BITS - FIRST_BLOCK.trailing_zeros()) as usize;

/// So many places there can be. The highest number is none, so that not every word is a key.
const PLACES: usize = INDEX_MASK - FIRST_BLOCK;

/// Values by key.
pub struct Table<T> {
    blocks: [OnceLock<Box<[Slot<T>]>>; BLOCKS],
    free: Mutex<Free>,
}

/// Which places are free. Held during forks, if the table is to be of use to the child.
pub struct Free {
    again: VecDeque<usize>,
    /// From here on places were never used.
    unused: usize,
}

struct Slot<T> {
    word: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the value is reached by shared reference from those who look at it, and dropped by one of them.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

/// A value that somebody looks at. It stays as long as this does, even if it is removed meanwhile.
pub struct Found<'a, T> {
    table: &'a Table<T>,
    slot: &'a Slot<T>,
    index: usize,
}

impl<T> Table<T> {
    /// An empty one.
    pub const fn new() -> Table<T> {
        let free = Free { again: VecDeque::new(), unused: 0 };
        Table { blocks: [const { OnceLock::new() }; BLOCKS], free: Mutex::new(free) }
    }

    /// Adds a value. Answers its key; `None`: there is no room.
    pub fn insert(&self, value: T) -> Option<usize> {
        let index = self.take_place()?;
        let slot = self.slot(index)?;
        // SAFETY: the place was free, and is this thread's alone now: it is not valid, and nobody looks at it.
        unsafe { (*slot.value.get()).write(value) };
        let uses = slot.word.load(Ordering::Relaxed) >> INDEX_BITS;
        slot.word.store(uses << INDEX_BITS | VALID, Ordering::Release);
        Some(uses << INDEX_BITS | index)
    }

    /// The value with this key.
    #[inline]
    pub fn get(&self, key: usize) -> Option<Found<'_, T>> {
        self.look(key, VALID)
    }

    /// Removes the value with this key. Only one caller gets it, however many try.
    pub fn remove(&self, key: usize) -> Option<Found<'_, T>> {
        self.look(key, 0)
    }

    /// Takes the lock for the time of a fork: see [`hold`].
    pub fn hold(&'static self, may_wait: bool) -> Option<Held<Free>> {
        hold(&self.free, may_wait)
    }

    /// Counts one more who looks at a value, and leaves its key valid or not.
    #[inline]
    fn look(&self, key: usize, valid: usize) -> Option<Found<'_, T>> {
        let index = key & INDEX_MASK;
        let slot = self.slot(index)?;
        let expected = (key & !INDEX_MASK) | VALID;
        let mut word = slot.word.load(Ordering::Relaxed);
        loop {
            if word & !LOOKING_MASK != expected || word & LOOKING_MASK == LOOKING_MASK {
                return None;
            }
            let next = (word + 1) & !VALID | valid;
            match slot.word.compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(Found { table: self, slot, index }),
                Err(other) => word = other,
            }
        }
    }

    #[inline]
    fn slot(&self, index: usize) -> Option<&Slot<T>> {
        let (block, offset) = position(index);
        self.blocks.get(block)?.get()?.get(offset)
    }

    fn take_place(&self) -> Option<usize> {
        let mut free = self.free.lock();
        if let Some(index) = free.again.pop_front() {
            return Some(index);
        }
        let index = free.unused;
        if index >= PLACES {
            return None;
        }
        let (block, offset) = position(index);
        if offset == 0 {
            let slots = (0..FIRST_BLOCK << block).map(|_| Slot::new()).collect();
            let _ = self.blocks.get(block)?.set(slots);
        }
        free.unused += 1;
        Some(index)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table::new()
    }
}

/// The block of a place, and where it is in there.
#[inline]
fn position(index: usize) -> (usize, usize) {
    let number = index + FIRST_BLOCK;
    let block = number.ilog2() - FIRST_BLOCK.ilog2();
    (block as usize, number - (FIRST_BLOCK << block))
}

impl<T> Slot<T> {
    fn new() -> Slot<T> {
        Slot { word: AtomicUsize::new(0), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        if *self.word.get_mut() & VALID != 0 {
            // SAFETY: its key is valid, so the value is there, and the table goes.
            unsafe { self.value.get_mut().assume_init_drop() };
        }
    }
}

impl<T> Deref for Found<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the place is counted as looked at, so the value is there and is not changed.
        unsafe { (*self.slot.value.get()).assume_init_ref() }
    }
}

impl<T> Drop for Found<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let word = self.slot.word.fetch_sub(1, Ordering::Release);
        if word & (VALID | LOOKING_MASK) == 1 {
            self.free();
        }
    }
}

impl<T> Found<'_, T> {
    /// The last one who looked at a value that was removed: it goes, and its place is free.
    #[cold]
    fn free(&self) {
        fence(Ordering::Acquire);
        // SAFETY: the key is not valid, so nobody begins to look at the value; and nobody else does so still.
        unsafe { (*self.slot.value.get()).assume_init_drop() };
        let uses = (self.slot.word.load(Ordering::Relaxed) >> INDEX_BITS) + 1;
        self.slot.word.store((uses & USE_MASK) << INDEX_BITS, Ordering::Relaxed);
        self.table.free.lock().again.push_back(self.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::Arc;

    #[test]
    fn finds_what_was_inserted_until_it_is_removed() {
        let table = Table::new();
        let keys: Vec<_> = (0..1000).map(|number| table.insert(number).unwrap()).collect();
        for (number, &key) in keys.iter().enumerate() {
            assert_eq!(*table.get(key).unwrap(), number);
        }
        assert_eq!(*table.remove(keys[500]).unwrap(), 500);
        assert!(table.get(keys[500]).is_none() && table.remove(keys[500]).is_none());
        assert_eq!(*table.get(keys[501]).unwrap(), 501);
    }

    #[test]
    fn places_are_used_again_in_order_and_old_keys_stay_old() {
        let table = Table::new();
        let mut seen = HashSet::new();
        let first: Vec<_> = (0..4).map(|_| table.insert(()).unwrap()).collect();
        seen.extend(first.iter().copied());
        first.iter().rev().for_each(|&key| drop(table.remove(key).unwrap()));
        for round in 0..1000 {
            let key = table.insert(()).unwrap();
            assert_eq!(key & INDEX_MASK, 3 - round % 4);
            assert!(seen.insert(key));
            drop(table.remove(key).unwrap());
        }
        assert!(seen.iter().all(|&key| table.get(key).is_none()));
    }

    #[test]
    fn what_somebody_looks_at_stays() {
        let table = Table::new();
        let value = Arc::new(());
        let key = table.insert(value.clone()).unwrap();
        let found = table.get(key).unwrap();
        drop(table.remove(key).unwrap());
        assert!(table.get(key).is_none());
        assert_eq!(Arc::strong_count(&found), 2);
        assert_ne!(table.insert(value.clone()).unwrap() & INDEX_MASK, key & INDEX_MASK);
        drop(found);
        assert_eq!(Arc::strong_count(&value), 2);
        drop(table);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn no_word_but_a_key_finds_anything() {
        let table = Table::new();
        let key = table.insert(()).unwrap();
        for bit in 0..usize::BITS {
            assert!(table.get(key ^ (1 << bit)).is_none(), "{bit}");
        }
        assert!(table.get(usize::MAX).is_none());
    }

    #[test]
    fn many_threads_look_and_one_of_them_removes() {
        let table = Table::new();
        let values: Vec<_> = (0..200).map(Arc::new).collect();
        let removed = AtomicUsize::new(0);
        for _ in 0..20 {
            let keys: Vec<_> = values.iter().map(|value| table.insert(value.clone()).unwrap()).collect();
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        for (number, &key) in keys.iter().enumerate() {
                            if let Some(found) = table.get(key) {
                                assert_eq!(**found, number);
                            }
                            removed.fetch_add(usize::from(table.remove(key).is_some()), Ordering::Relaxed);
                        }
                    });
                }
            });
        }
        assert_eq!(removed.into_inner(), 20 * 200);
        assert!(values.iter().all(|value| Arc::strong_count(value) == 1));
        assert!(table.free.lock().unused <= 2 * 200);
    }

    #[test]
    fn positions_are_those_of_blocks() {
        assert_eq!(position(0), (0, 0));
        assert_eq!(position(31), (0, 31));
        assert_eq!(position(32), (1, 0));
        assert_eq!(position(95), (1, 63));
        assert_eq!(position(96), (2, 0));
        assert_eq!(position(PLACES - 1).0, BLOCKS - 1);
    }
}
