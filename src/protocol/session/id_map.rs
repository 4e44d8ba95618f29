//! Maps keyed by packet identifier.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map from packet identifiers. Allocates nothing while it is empty and was never used.
pub type IdMap<V> = HashMap<u16, V, BuildHasherDefault<IdHasher>>;

/// Identifiers that follow each other have places that do: those are close in memory, as the identifiers
/// are in time. No set of identifiers that a server could choose makes more than a few hundred of them
/// collide, since there are only 65,536.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u16(u16::from(byte));
        }
    }

    fn write_u16(&mut self, id: u16) {
        // The map takes its bucket from the low bits and its tag from the high ones, which are to differ
        // where the low ones do not.
        let id = self.0 ^ u64::from(id);
        self.0 = id ^ (id.wrapping_mul(0x9E37_79B9_7F4A_7C15) & 0xFFFF_FFFF_0000_0000);
    }
}

/// Gives the memory of a map back that was large once and is empty now.
pub(super) fn shrink_if_drained<V>(map: &mut IdMap<V>) {
    const KEPT: usize = 64;
    if map.is_empty() && map.capacity() > KEPT {
        *map = IdMap::default();
    }
}
