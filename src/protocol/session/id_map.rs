//! Maps keyed by packet identifier.
//!
//! Not the standard library's: its pointer to the memory of a map leads into the middle of that, and leak checkers
//! call such memory possibly lost where a program ends without having destroyed its clients.

/// A map that has become empty gives its memory back if it has more places than these, and had much fewer values since
/// it was empty before: a program that goes on as it began would need it again at once.
const KEPT: usize = 128;

/// A map from packet identifiers. Allocates nothing while it is empty and was never used.
///
/// An identifier is in the place that its low bits say, its home, or behind that, before the next free one. Those that
/// are in a row of taken places stand in the order of their homes, so that none is far from its own while others are at
/// theirs. Identifiers that follow each other are at home: close in memory, as they are in time, and in nobody's way.
/// A server that chooses identifiers can have some thousands of them in each other's way at most.
#[derive(Debug)]
pub struct IdMap<V> {
    /// As many as a power of two, and at least a quarter of them free; or none.
    places: Box<[Option<(u16, V)>]>,
    len: u32,
    /// The most values there were since it was empty.
    peak: u32,
}

impl<V> Default for IdMap<V> {
    fn default() -> Self {
        IdMap { places: Box::default(), len: 0, peak: 0 }
    }
}

impl<V> IdMap<V> {
    /// How many identifiers have a value.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether this one has.
    pub fn contains(&self, id: u16) -> bool {
        self.find(id).is_some()
    }

    /// The value of an identifier.
    pub fn get(&self, id: u16) -> Option<&V> {
        let (_, value) = self.places.get(self.find(id)?)?.as_ref()?;
        Some(value)
    }

    /// As [`IdMap::get`], to change it.
    pub fn get_mut(&mut self, id: u16) -> Option<&mut V> {
        let place = self.find(id)?;
        let (_, value) = self.places.get_mut(place)?.as_mut()?;
        Some(value)
    }

    /// Sets the value of an identifier. Answers what it was.
    pub fn insert(&mut self, id: u16, value: V) -> Option<V> {
        if let Some(present) = self.get_mut(id) {
            return Some(std::mem::replace(present, value));
        }
        if 4 * (self.len() + 1) > 3 * self.places.len() {
            self.grow();
        }
        self.put((id, value));
        self.len += 1;
        self.peak = self.peak.max(self.len);
        None
    }

    /// Takes out the value of an identifier.
    pub fn remove(&mut self, id: u16) -> Option<V> {
        let place = self.find(id)?;
        let (_, value) = self.places.get_mut(place)?.take()?;
        self.len -= 1;
        self.close_up(place);
        self.shrink_if_drained();
        Some(value)
    }

    /// In no order.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &V)> {
        self.places.iter().flatten().map(|(id, value)| (*id, value))
    }

    /// Takes out those that are chosen.
    pub fn take_if(&mut self, mut is_chosen: impl FnMut(&V) -> bool) -> Vec<(u16, V)> {
        let mut chosen = Vec::new();
        for (id, value) in std::mem::take(self).places.into_iter().flatten() {
            if is_chosen(&value) {
                chosen.push((id, value));
            } else {
                let _ = self.insert(id, value);
            }
        }
        chosen
    }

    fn mask(&self) -> usize {
        self.places.len().wrapping_sub(1)
    }

    /// The place where an identifier would best be.
    fn home(&self, id: u16) -> usize {
        usize::from(id) & self.mask()
    }

    fn after(&self, place: usize) -> usize {
        (place + 1) & self.mask()
    }

    /// How far a place is behind the home of an identifier.
    fn distance(&self, id: u16, place: usize) -> usize {
        place.wrapping_sub(usize::from(id)) & self.mask()
    }

    #[inline]
    fn find(&self, id: u16) -> Option<usize> {
        let mut place = self.home(id);
        loop {
            let (other, _) = self.places.get(place)?.as_ref()?;
            if *other == id {
                return Some(place);
            }
            if self.distance(*other, place) < self.distance(id, place) {
                return None;
            }
            place = self.after(place);
        }
    }

    /// Puts in what is not there. Whoever is nearer to home makes room.
    fn put(&mut self, mut entry: (u16, V)) {
        let mut place = self.home(entry.0);
        while let Some(Some((other, _))) = self.places.get(place) {
            let makes_room = self.distance(*other, place) < self.distance(entry.0, place);
            if let Some(Some(other)) = self.places.get_mut(place).filter(|_| makes_room) {
                std::mem::swap(other, &mut entry);
            }
            place = self.after(place);
        }
        if let Some(free) = self.places.get_mut(place) {
            *free = Some(entry);
        }
    }

    #[cold]
    fn grow(&mut self) {
        let size = (2 * self.places.len()).max(4);
        let smaller = std::mem::replace(&mut self.places, (0..size).map(|_| None).collect());
        smaller.into_iter().flatten().for_each(|entry| self.put(entry));
    }

    /// A place has become free: those behind it move up that are not at home.
    fn close_up(&mut self, mut free: usize) {
        let mut place = self.after(free);
        while let Some(Some((id, _))) = self.places.get(place) {
            if self.distance(*id, place) == 0 {
                return;
            }
            self.places.swap(free, place);
            (free, place) = (place, self.after(place));
        }
    }

    fn shrink_if_drained(&mut self) {
        if self.len > 0 {
            return;
        }
        if self.places.len() > KEPT.max(16 * self.peak as usize) {
            self.places = Box::default();
        }
        self.peak = 0;
    }

    /// Gives its memory back if it is empty: nobody has used it for a while.
    pub fn release_if_empty(&mut self) {
        if self.len == 0 {
            *self = IdMap::default();
        }
    }

    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Identifiers that follow each other, and such as are in each other's way.
    #[test]
    fn does_what_a_map_does() {
        for step in [1, 2, 7, 64, 1024, 4096, 32_769] {
            let (mut map, mut model) = (IdMap::default(), HashMap::new());
            let mut random = 1_u64;
            for turn in 0..20_000_u32 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let id = u16::try_from((random >> 40) % 300).unwrap().wrapping_mul(step);
                // More is put in at first, and taken out at last.
                if (random >> 33) % 20_000 >= u64::from(turn) {
                    assert_eq!(map.insert(id, turn), model.insert(id, turn));
                } else {
                    assert_eq!(map.remove(id), model.remove(&id));
                }
                assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
                let other = id.wrapping_add(step);
                assert_eq!(map.get(other), model.get(&other));
                assert_eq!(map.get_mut(id).copied(), model.get(&id).copied());
                assert_eq!(map.contains(other), model.contains_key(&other));
            }
            assert!(map.iter().all(|(id, value)| model.get(&id) == Some(value)));
            let chosen = map.take_if(|value| value % 2 == 0);
            assert!(chosen.iter().all(|(id, value)| value % 2 == 0 && model.remove(id) == Some(*value)));
            assert!(model.values().all(|value| value % 2 != 0));
            assert_eq!(map.iter().count(), model.len());
            assert!(model.iter().all(|(id, value)| map.get(*id) == Some(value)));
        }
    }

    #[test]
    fn all_identifiers_have_room() {
        let mut map = IdMap::default();
        assert!((0..=u16::MAX).all(|id| map.insert(id, id).is_none()));
        assert_eq!((map.len(), map.capacity()), (65_536, 131_072));
        assert!((0..=u16::MAX).all(|id| map.get(id) == Some(&id)));
        assert!((0..=u16::MAX).all(|id| map.remove(id) == Some(id)));
        assert_eq!((map.len(), map.capacity()), (0, 131_072));
    }

    #[test]
    fn memory_is_kept_for_who_goes_on_and_given_back_afterwards() {
        let mut map = IdMap::default();
        let burst = |map: &mut IdMap<u16>, size| {
            (0..size).for_each(|id| assert_eq!(map.insert(id, id), None));
            (0..size).for_each(|id| assert_eq!(map.remove(id), Some(id)));
            map.capacity()
        };
        assert_eq!([10_000, 3000, 10_000].map(|size| burst(&mut map, size)), [16_384; 3]);
        assert_eq!(burst(&mut map, 100), 0);
        assert_eq!(burst(&mut map, 10_000), 16_384);
        map.release_if_empty();
        assert_eq!(map.capacity(), 0);
    }

    #[test]
    fn what_is_never_used_needs_no_memory() {
        let mut map = IdMap::<u8>::default();
        assert!(map.is_empty() && map.get(1).is_none() && !map.contains(u16::MAX));
        assert_eq!(map.remove(7), None);
        assert_eq!(map.capacity(), 0);
    }
}
