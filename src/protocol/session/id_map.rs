//! Maps keyed by packet identifier.
//!
//! Not the standard library's: its pointer to the memory of a map leads into the middle of that, and leak checkers
//! call such memory possibly lost where a program ends without having destroyed its clients.

/// A map that has become empty gives half of its memory back if it has room for more values than these, and had much
/// fewer since it was empty before: a program that goes on as it began would need it again at once.
const KEPT: usize = 128;

/// So many identifiers that follow each other are in a page. A client with one message under way needs memory for one.
const PAGE: u16 = 4;

/// A map from packet identifiers. Allocates nothing while it is empty and was never used.
///
/// Identifiers that follow each other are close in memory, as they are in time: a page has those that only differ in
/// their low bits. So a map that grows moves no values, and needs memory for little more than those that it has.
#[derive(Debug)]
pub struct IdMap<V> {
    /// Behind a pointer, since an idle client has many maps and nothing in them.
    contents: Option<Box<Contents<V>>>,
}

#[derive(Debug)]
struct Contents<V> {
    pages: Pages<V>,
    /// Pages without values, for those that come next.
    spare: Vec<Page<V>>,
    len: usize,
    /// The most values there were since it was empty.
    peak: usize,
}

impl<V> Default for IdMap<V> {
    fn default() -> Self {
        IdMap { contents: None }
    }
}

impl<V> Default for Contents<V> {
    fn default() -> Self {
        Contents { pages: Pages::default(), spare: Vec::new(), len: 0, peak: 0 }
    }
}

impl<V> IdMap<V> {
    /// How many identifiers have a value.
    pub fn len(&self) -> usize {
        self.contents.as_ref().map_or(0, |contents| contents.len)
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether this one has.
    pub fn contains(&self, id: u16) -> bool {
        self.get(id).is_some()
    }

    /// The value of an identifier.
    #[inline]
    pub fn get(&self, id: u16) -> Option<&V> {
        let (number, place) = split(id);
        self.contents.as_ref()?.pages.get(number)?.values.get(place)?.as_ref()
    }

    /// As [`IdMap::get`], to change it.
    #[inline]
    pub fn get_mut(&mut self, id: u16) -> Option<&mut V> {
        let (number, place) = split(id);
        self.contents.as_mut()?.pages.get_mut(number)?.values.get_mut(place)?.as_mut()
    }

    /// Sets the value of an identifier. Answers what it was.
    pub fn insert(&mut self, id: u16, value: V) -> Option<V> {
        let (number, place) = split(id);
        let contents = self.contents.get_or_insert_default();
        if contents.pages.find(number).is_none() {
            contents.pages.insert(number, contents.spare.pop().unwrap_or_default());
        }
        let page = contents.pages.get_mut(number)?;
        let present = page.values.get_mut(place)?.replace(value);
        if present.is_none() {
            page.len += 1;
            contents.len += 1;
            contents.peak = contents.peak.max(contents.len);
        }
        present
    }

    /// Takes out the value of an identifier.
    pub fn remove(&mut self, id: u16) -> Option<V> {
        let (number, place) = split(id);
        let contents = self.contents.as_mut()?;
        let page = contents.pages.get_mut(number)?;
        let value = page.values.get_mut(place)?.take()?;
        page.len -= 1;
        contents.len -= 1;
        if page.len == 0 {
            contents.spare.extend(contents.pages.remove(number));
            contents.shrink_if_drained();
        }
        Some(value)
    }

    /// In no order.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &V)> {
        self.contents.iter().flat_map(|contents| contents.pages.iter()).flat_map(|(number, page)| {
            (number * PAGE..=u16::MAX).zip(&page.values).filter_map(|(id, value)| Some((id, value.as_ref()?)))
        })
    }

    /// Takes out those that are chosen.
    pub fn take_if(&mut self, mut is_chosen: impl FnMut(&V) -> bool) -> Vec<(u16, V)> {
        let chosen: Vec<u16> = self.iter().filter(|(_, value)| is_chosen(value)).map(|(id, _)| id).collect();
        chosen.into_iter().filter_map(|id| Some((id, self.remove(id)?))).collect()
    }

    /// Gives its memory back if it is empty: nobody has used it for a while.
    pub fn release_if_empty(&mut self) {
        if self.is_empty() {
            self.contents = None;
        }
    }

    /// How many values there is room for.
    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        let pages = self.contents.as_ref().map_or(0, |contents| contents.pages.len + contents.spare.len());
        pages * usize::from(PAGE)
    }
}

impl<V> Contents<V> {
    fn shrink_if_drained(&mut self) {
        if self.len > 0 {
            return;
        }
        if self.spare.len() * usize::from(PAGE) > KEPT.max(16 * self.peak) {
            self.spare.truncate(self.spare.len() / 2);
            self.pages = Pages::default();
        }
        self.peak = 0;
    }
}

/// The page of an identifier, and its place there.
#[inline]
fn split(id: u16) -> (u16, usize) {
    (id / PAGE, usize::from(id % PAGE))
}

/// The values of identifiers that follow each other.
#[derive(Debug)]
struct Page<V> {
    values: Box<[Option<V>]>,
    len: usize,
}

impl<V> Default for Page<V> {
    fn default() -> Self {
        Page { values: (0..PAGE).map(|_| None).collect(), len: 0 }
    }
}

/// The pages that have values, by their numbers.
///
/// One is in the place that the low bits of its number say, its home, or behind that, before the next free one. Those
/// that are in a row of taken places stand in the order of their homes, so that none is far from its own while others
/// are at theirs. Pages that follow each other are at home. A server that chooses identifiers can have some hundreds of
/// pages in each other's way at most.
#[derive(Debug)]
struct Pages<V> {
    /// As many as a power of two, and at least a quarter of them free; or none.
    places: Vec<Option<(u16, Page<V>)>>,
    len: usize,
}

impl<V> Default for Pages<V> {
    fn default() -> Self {
        Pages { places: Vec::new(), len: 0 }
    }
}

impl<V> Pages<V> {
    #[inline]
    fn get(&self, number: u16) -> Option<&Page<V>> {
        let (_, page) = self.places.get(self.find(number)?)?.as_ref()?;
        Some(page)
    }

    #[inline]
    fn get_mut(&mut self, number: u16) -> Option<&mut Page<V>> {
        let place = self.find(number)?;
        let (_, page) = self.places.get_mut(place)?.as_mut()?;
        Some(page)
    }

    /// Adds one that is not there.
    fn insert(&mut self, number: u16, page: Page<V>) {
        if 4 * (self.len + 1) > 3 * self.places.len() {
            self.grow();
        }
        self.put((number, page));
        self.len += 1;
    }

    fn remove(&mut self, number: u16) -> Option<Page<V>> {
        let place = self.find(number)?;
        let (_, page) = self.places.get_mut(place)?.take()?;
        self.len -= 1;
        self.close_up(place);
        Some(page)
    }

    fn iter(&self) -> impl Iterator<Item = (u16, &Page<V>)> {
        self.places.iter().flatten().map(|(number, page)| (*number, page))
    }

    fn mask(&self) -> usize {
        self.places.len().wrapping_sub(1)
    }

    /// The place where a page would best be.
    fn home(&self, number: u16) -> usize {
        usize::from(number) & self.mask()
    }

    fn after(&self, place: usize) -> usize {
        (place + 1) & self.mask()
    }

    /// How far a place is behind the home of a page.
    fn distance(&self, number: u16, place: usize) -> usize {
        place.wrapping_sub(usize::from(number)) & self.mask()
    }

    #[inline]
    fn find(&self, number: u16) -> Option<usize> {
        let mut place = self.home(number);
        loop {
            let (other, _) = self.places.get(place)?.as_ref()?;
            if *other == number {
                return Some(place);
            }
            if self.distance(*other, place) < self.distance(number, place) {
                return None;
            }
            place = self.after(place);
        }
    }

    /// Puts in what is not there. Whoever is nearer to home makes room.
    fn put(&mut self, mut entry: (u16, Page<V>)) {
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
        let size = (2 * self.places.len()).max(2);
        let smaller = std::mem::replace(&mut self.places, (0..size).map(|_| None).collect());
        smaller.into_iter().flatten().for_each(|entry| self.put(entry));
    }

    /// A place has become free: those behind it move up that are not at home.
    fn close_up(&mut self, mut free: usize) {
        let mut place = self.after(free);
        while let Some(Some((number, _))) = self.places.get(place) {
            if self.distance(*number, place) == 0 {
                return;
            }
            self.places.swap(free, place);
            (free, place) = (place, self.after(place));
        }
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
        assert_eq!((map.len(), map.capacity()), (65_536, 65_536));
        assert!((0..=u16::MAX).all(|id| map.get(id) == Some(&id)));
        assert!((0..=u16::MAX).all(|id| map.remove(id) == Some(id)));
        assert_eq!((map.len(), map.capacity()), (0, 65_536));
    }

    #[test]
    fn memory_is_kept_for_who_goes_on_and_given_back_afterwards() {
        let mut map = IdMap::default();
        let burst = |map: &mut IdMap<u16>, size| {
            (0..size).for_each(|id| assert_eq!(map.insert(id, id), None));
            (0..size).for_each(|id| assert_eq!(map.remove(id), Some(id)));
            map.capacity()
        };
        assert_eq!([10_000, 3000, 10_000].map(|size| burst(&mut map, size)), [10_000; 3]);
        assert_eq!([100; 4].map(|size| burst(&mut map, size)), [5000, 2500, 1248, 1248]);
        assert_eq!(burst(&mut map, 10_000), 10_000);
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
