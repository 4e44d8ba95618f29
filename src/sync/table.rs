//! Values by key. A key that was removed, or never was one, is found out.
//!
//! A key is the place of a value, and how often that place was used before. Looking up takes no lock and waits for
//! nobody. Places are used again in the order in which they became free, so that an old key is mistaken for a
//! new one as late as can be.
//!
//! A word of 64 bits counts more uses than there will be. One of 32 bits has room for 4,096, so there a place rests until
//! a thousand others have become free, too: whoever holds an old key would have to wait for four million new ones.

use super::{Held, Mutex, hold};
use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

/// Whether a key has 32 bits.
const IS_NARROW: bool = usize::BITS < 64;

/// Places are made in blocks, each of which is twice as large as the one before.
const FIRST_BLOCK: usize = 32;
const BLOCKS: usize = Table::<(), IS_NARROW>::BLOCKS;

/// Values by key. The keys have 32 bits where they have to, and in tests.
pub struct Table<T, const NARROW: bool = IS_NARROW> {
    blocks: [OnceLock<Box<[Slot<T, NARROW>]>>; BLOCKS],
    free: Mutex<Free>,
}

/// Which places are free. Held during forks, if the table is to be of use to the child.
pub struct Free {
    again: VecDeque<usize>,
    /// From here on places were never used.
    unused: usize,
}

struct Slot<T, const NARROW: bool> {
    word: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the value is reached by shared reference from those who look at it, and dropped by one of them.
unsafe impl<T: Send + Sync, const NARROW: bool> Sync for Slot<T, NARROW> {}

/// A value that somebody looks at. It stays as long as this does, even if it is removed meanwhile.
pub struct Found<'a, T, const NARROW: bool = IS_NARROW> {
    table: &'a Table<T, NARROW>,
    slot: &'a Slot<T, NARROW>,
    index: usize,
}

impl<T, const NARROW: bool> Table<T, NARROW> {
    /// How many bits of a key are the place's number.
    const INDEX_BITS: u32 = if NARROW { 20 } else { 32 };

    /// And how many count its uses. The highest four of 64 are always 0.
    const USE_BITS: u32 = if NARROW { 12 } else { 27 };

    const INDEX_MASK: usize = (1 << Self::INDEX_BITS) - 1;
    const USE_MASK: usize = (1 << Self::USE_BITS) - 1;

    /// The word of a place, from its lowest bit: how many look at the value; whether the key is valid; the uses.
    const VALID: usize = 1 << (Self::INDEX_BITS - 1);
    const LOOKING_MASK: usize = Self::VALID - 1;

    /// So many places there can be. The highest number is none, so that not every word is a key.
    const PLACES: usize = Self::INDEX_MASK - FIRST_BLOCK;
    const BLOCKS: usize = (Self::INDEX_BITS - FIRST_BLOCK.trailing_zeros()) as usize;

    /// So many places rest before one is used again, as long as there are others.
    const RESTING: usize = if NARROW { 1_000 } else { 0 };

    /// An empty one.
    pub const fn new() -> Table<T, NARROW> {
        let free = Free { again: VecDeque::new(), unused: 0 };
        Table { blocks: [const { OnceLock::new() }; BLOCKS], free: Mutex::new(free) }
    }

    /// Adds a value. Answers its key; `None`: there is no room.
    pub fn insert(&self, value: T) -> Option<usize> {
        let index = self.take_place()?;
        let slot = self.slot(index)?;
        // SAFETY: the place was free, and is this thread's alone now: it is not valid, and nobody looks at it.
        unsafe { (*slot.value.get()).write(value) };
        let uses = slot.word.load(Ordering::Relaxed) >> Self::INDEX_BITS;
        slot.word.store(uses << Self::INDEX_BITS | Self::VALID, Ordering::Release);
        Some(uses << Self::INDEX_BITS | index)
    }

    /// The value with this key.
    #[inline]
    pub fn get(&self, key: usize) -> Option<Found<'_, T, NARROW>> {
        self.look(key, Self::VALID)
    }

    /// Removes the value with this key. Only one caller gets it, however many try.
    pub fn remove(&self, key: usize) -> Option<Found<'_, T, NARROW>> {
        self.look(key, 0)
    }

    /// Takes the lock for the time of a fork: see [`hold`].
    pub fn hold(&'static self, may_wait: bool) -> Option<Held<Free>> {
        hold(&self.free, may_wait)
    }

    /// Counts one more who looks at a value, and leaves its key valid or not.
    #[inline]
    fn look(&self, key: usize, valid: usize) -> Option<Found<'_, T, NARROW>> {
        let index = key & Self::INDEX_MASK;
        let slot = self.slot(index)?;
        let expected = (key & !Self::INDEX_MASK) | Self::VALID;
        let mut word = slot.word.load(Ordering::Relaxed);
        loop {
            if word & !Self::LOOKING_MASK != expected || word & Self::LOOKING_MASK == Self::LOOKING_MASK {
                return None;
            }
            let next = (word + 1) & !Self::VALID | valid;
            match slot.word.compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(Found { table: self, slot, index }),
                Err(other) => word = other,
            }
        }
    }

    #[inline]
    fn slot(&self, index: usize) -> Option<&Slot<T, NARROW>> {
        let (block, offset) = position(index);
        self.blocks.get(block)?.get()?.get(offset)
    }

    fn take_place(&self) -> Option<usize> {
        let mut free = self.free.lock();
        let index = free.unused;
        if free.again.len() > Self::RESTING || index >= Self::PLACES {
            return free.again.pop_front();
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

impl<T, const NARROW: bool> Default for Table<T, NARROW> {
    fn default() -> Table<T, NARROW> {
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

impl<T, const NARROW: bool> Slot<T, NARROW> {
    fn new() -> Slot<T, NARROW> {
        Slot { word: AtomicUsize::new(0), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }
}

impl<T, const NARROW: bool> Drop for Slot<T, NARROW> {
    fn drop(&mut self) {
        if *self.word.get_mut() & Table::<T, NARROW>::VALID != 0 {
            // SAFETY: its key is valid, so the value is there, and the table goes.
            unsafe { self.value.get_mut().assume_init_drop() };
        }
    }
}

impl<T, const NARROW: bool> Deref for Found<'_, T, NARROW> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the place is counted as looked at, so the value is there and is not changed.
        unsafe { (*self.slot.value.get()).assume_init_ref() }
    }
}

impl<T, const NARROW: bool> Drop for Found<'_, T, NARROW> {
    #[inline]
    fn drop(&mut self) {
        let word = self.slot.word.fetch_sub(1, Ordering::Release);
        if word & (Table::<T, NARROW>::VALID | Table::<T, NARROW>::LOOKING_MASK) == 1 {
            self.free();
        }
    }
}

impl<T, const NARROW: bool> Found<'_, T, NARROW> {
    /// The last one who looked at a value that was removed: it goes, and its place is free.
    #[cold]
    fn free(&self) {
        fence(Ordering::Acquire);
        // SAFETY: the key is not valid, so nobody begins to look at the value; and nobody else does so still.
        unsafe { (*self.slot.value.get()).assume_init_drop() };
        let uses = (self.slot.word.load(Ordering::Relaxed) >> Table::<T, NARROW>::INDEX_BITS) + 1;
        self.slot.word.store(
            (uses & Table::<T, NARROW>::USE_MASK) << Table::<T, NARROW>::INDEX_BITS,
            Ordering::Relaxed,
        );
        self.table.free.lock().again.push_back(self.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    /// Each test runs with keys of the machine, and with those of 32 bits.
    macro_rules! for_both {
        ($($(#[$note:meta])* fn $name:ident<$narrow:ident>() $body:block)*) => {$(
            $(#[$note])*
            #[test]
            fn $name() {
                fn with<const $narrow: bool>() $body
                with::<IS_NARROW>();
                with::<true>();
            }
        )*};
    }

    for_both! {
        fn finds_what_was_inserted_until_it_is_removed<NARROW>() {
            let table = Table::<_, NARROW>::new();
            let keys: Vec<_> = (0..1000).map(|number| table.insert(number).unwrap()).collect();
            for (number, &key) in keys.iter().enumerate() {
                assert_eq!(*table.get(key).unwrap(), number);
            }
            assert_eq!(*table.remove(keys[500]).unwrap(), 500);
            assert!(table.get(keys[500]).is_none() && table.remove(keys[500]).is_none());
            assert_eq!(*table.get(keys[501]).unwrap(), 501);
        }

        fn places_are_used_again_in_order_and_old_keys_stay_old<NARROW>() {
            let table = Table::<_, NARROW>::new();
            let resting = Table::<(), NARROW>::RESTING;
            let first: Vec<_> = (0..4 + resting).map(|_| table.insert(()).unwrap()).collect();
            let mut seen: HashSet<_> = first.iter().copied().collect();
            first.iter().rev().for_each(|&key| drop(table.remove(key).unwrap()));
            for round in 0..first.len() + 1000 {
                let key = table.insert(()).unwrap();
                assert_eq!(key & Table::<(), NARROW>::INDEX_MASK, first.len() - 1 - round % first.len());
                assert!(seen.insert(key));
                drop(table.remove(key).unwrap());
            }
            assert!(seen.iter().all(|&key| table.get(key).is_none()));
        }

        fn what_somebody_looks_at_stays<NARROW>() {
            let table = Table::<_, NARROW>::new();
            let value = Arc::new(());
            let key = table.insert(value.clone()).unwrap();
            let found = table.get(key).unwrap();
            drop(table.remove(key).unwrap());
            assert!(table.get(key).is_none());
            assert_eq!(Arc::strong_count(&found), 2);
            let other = table.insert(value.clone()).unwrap();
            assert_ne!((other ^ key) & Table::<(), NARROW>::INDEX_MASK, 0);
            drop(found);
            assert_eq!(Arc::strong_count(&value), 2);
            drop(table);
            assert_eq!(Arc::strong_count(&value), 1);
        }

        fn no_word_but_a_key_finds_anything<NARROW>() {
            let table = Table::<_, NARROW>::new();
            let key = table.insert(()).unwrap();
            for bit in 0..usize::BITS {
                assert!(table.get(key ^ (1 << bit)).is_none(), "{bit}");
            }
            assert!(table.get(usize::MAX).is_none());
        }

        fn many_threads_look_and_one_of_them_removes<NARROW>() {
            let table = Table::<_, NARROW>::new();
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
            assert!(table.free.lock().unused <= 2 * 200 + Table::<(), NARROW>::RESTING);
        }

        fn there_are_so_many_places_and_no_more<NARROW>() {
            let places = Table::<(), NARROW>::PLACES;
            assert_eq!(position(places - 1).0, Table::<(), NARROW>::BLOCKS - 1);
            let table = Table::<_, NARROW>::new();
            table.free.lock().unused = places;
            assert!(table.insert(()).is_none());
            // What is free then is used, however short it has rested.
            table.free.lock().unused = 0;
            let key = table.insert(()).unwrap();
            table.free.lock().unused = places;
            drop(table.remove(key).unwrap());
            assert_ne!(table.insert(()).unwrap(), key);
            assert!(table.insert(()).is_none());
        }
    }

    /// A program that makes one client after the other finds out that it still uses an old one.
    #[test]
    fn a_key_of_32_bits_is_old_for_four_million_others() {
        let table = Table::<_, true>::new();
        let old = table.insert(()).unwrap();
        drop(table.remove(old).unwrap());
        for _ in 0..4_096 * 1_000 {
            let key = table.insert(()).unwrap();
            assert!(key != old && table.get(old).is_none());
            drop(table.remove(key).unwrap());
        }
    }

    #[test]
    fn positions_are_those_of_blocks() {
        assert_eq!(position(0), (0, 0));
        assert_eq!(position(31), (0, 31));
        assert_eq!(position(32), (1, 0));
        assert_eq!(position(95), (1, 63));
        assert_eq!(position(96), (2, 0));
    }
}
