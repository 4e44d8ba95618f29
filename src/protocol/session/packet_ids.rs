//! Which packet identifier comes next: the last one plus one, skipping those in use, and after
//! 65,535 comes 1 (contract W-115, C-7.4).

use crate::protocol::PacketId;

const IDS_PER_BLOCK: u16 = 256;
const BLOCKS: usize = 256;

/// Hands out packet identifiers. Does not know which ones are in use, but how many of each block
/// are, so that full blocks are skipped: with 65,534 in use, a few hundred steps find the free one.
#[derive(Default)]
pub(super) struct PacketIds {
    last: u16,
    /// As far as identifiers have been in use lately.
    used_in_block: Vec<u16>,
}

impl PacketIds {
    /// The identifier to use next. Changes nothing: see [`PacketIds::take`].
    pub(super) fn next(&self, is_used: impl Fn(u16) -> bool) -> Option<PacketId> {
        let mut candidate = self.last;
        // One step for each identifier looked at or block skipped. The first block may be met twice.
        for _ in 0..=BLOCKS + 2 * usize::from(IDS_PER_BLOCK) {
            candidate = candidate.checked_add(1).unwrap_or(1);
            let block = candidate / IDS_PER_BLOCK;
            if candidate == first_of(block) && self.is_full(block) {
                candidate = last_of(block);
            } else if !is_used(candidate) {
                return PacketId::new(candidate);
            }
        }
        None
    }

    /// Marks an identifier that [`PacketIds::next`] gave as used; the next one comes after it.
    pub(super) fn take(&mut self, id: PacketId) {
        self.last = id.get();
        self.reserve(id.get());
    }

    /// Marks an identifier as used that did not come from here.
    pub(super) fn reserve(&mut self, id: u16) {
        let block = usize::from(id / IDS_PER_BLOCK);
        if block >= self.used_in_block.len() {
            self.used_in_block.resize(block + 1, 0);
        }
        if let Some(used) = self.used_in_block.get_mut(block) {
            *used += 1;
        }
    }

    /// Marks a used identifier as free.
    pub(super) fn release(&mut self, id: u16) {
        if let Some(used) = self.used_in_block.get_mut(usize::from(id / IDS_PER_BLOCK)) {
            *used = used.saturating_sub(1);
        }
    }

    /// Gives memory back if no identifier is in use: none was for a while.
    pub(super) fn release_if_unused(&mut self) {
        if self.used_in_block.iter().all(|&used| used == 0) {
            self.used_in_block = Vec::new();
        }
    }

    /// All identifiers are free, and the next one is 1.
    pub(super) fn reset(&mut self) {
        *self = PacketIds::default();
    }

    fn is_full(&self, block: u16) -> bool {
        let ids = last_of(block) - first_of(block) + 1;
        self.used_in_block.get(usize::from(block)).is_some_and(|&used| used >= ids)
    }
}

/// The lowest identifier of a block. 0 is not one.
fn first_of(block: u16) -> u16 {
    (block * IDS_PER_BLOCK).max(1)
}

fn last_of(block: u16) -> u16 {
    block * IDS_PER_BLOCK + (IDS_PER_BLOCK - 1)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashSet;

    use super::*;

    #[derive(Default)]
    struct Users {
        ids: PacketIds,
        used: HashSet<u16>,
    }

    impl Users {
        fn take(&mut self) -> Option<u16> {
            let id = self.ids.next(|id| self.used.contains(&id))?;
            self.ids.take(id);
            assert!(self.used.insert(id.get()), "{id:?} was in use");
            Some(id.get())
        }

        fn release(&mut self, id: u16) {
            assert!(self.used.remove(&id));
            self.ids.release(id);
        }
    }

    /// Contract W-115: the first is 1, then one more each time, and 65,535 is followed by 1.
    #[test]
    fn counts_up_and_wraps_to_one() {
        let mut users = Users::default();
        for expected in (1..=u16::MAX).chain(1..=3) {
            assert_eq!(users.take(), Some(expected));
            users.release(expected);
        }
    }

    /// Contract W-115: identifiers in use are skipped.
    #[test]
    fn skips_what_is_in_use() {
        let mut users = Users::default();
        for id in 1..=u16::MAX {
            users.take();
            if ![3, 4, 511, 512].contains(&id) {
                users.release(id);
            }
        }
        let next: Vec<_> = (1..=510).map(|_| users.take().unwrap()).collect();
        assert_eq!(next[..4], [1, 2, 5, 6]);
        assert_eq!(next[506..], [509, 510, 513, 514]);
    }

    /// All 65,535 can be in use, not one more; whichever is freed is found, in few steps.
    #[test]
    fn finds_the_only_free_one_in_few_steps() {
        let mut users = Users::default();
        for _ in 0..65_535 {
            users.take().unwrap();
        }
        assert_eq!(users.take(), None);
        for id in [1, 2, 255, 256, 40_000, 65_279, 65_280, 65_535, 1, 7] {
            users.release(id);
            let steps = Cell::new(0);
            let found = users.ids.next(|id| {
                steps.set(steps.get() + 1);
                users.used.contains(&id)
            });
            assert_eq!(found.map(PacketId::get), Some(id));
            assert!(steps.get() <= 512, "{} steps", steps.get());
            assert_eq!(users.take(), Some(id));
            assert_eq!(users.take(), None);
        }
    }

    #[test]
    fn memory_is_given_back_when_none_is_in_use_and_the_order_goes_on() {
        let mut users = Users::default();
        (1..=60_000).for_each(|id| {
            users.take();
            users.release(id);
        });
        let last = users.take();
        users.ids.release_if_unused();
        assert_ne!(users.ids.used_in_block.capacity(), 0, "one is in use");
        last.into_iter().for_each(|id| users.release(id));
        users.ids.release_if_unused();
        assert_eq!(users.ids.used_in_block.capacity(), 0);
        assert_eq!(users.take(), Some(60_002));
    }

    #[test]
    fn starts_again_after_a_reset() {
        let mut users = Users::default();
        users.take();
        users.take();
        users.ids.reset();
        users.used.clear();
        assert_eq!(users.take(), Some(1));
    }
}
