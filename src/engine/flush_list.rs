//! Who is to be flushed, and when. Pure in time: what the timer shows is for whoever has it.

use std::time::{Duration, Instant};

/// A flush comes within this time after it was asked for.
pub const FLUSH_AFTER: Duration = Duration::from_micros(90);

/// Handlers that wait for a flush, by their keys.
#[derive(Default)]
pub(super) struct FlushList {
    waiting: Vec<(usize, Instant)>,
    /// What the timer was set to, until it is set again or the flush has come.
    timer: Option<Instant>,
}

impl FlushList {
    /// This handler is to be flushed at that time.
    pub fn add(&mut self, key: usize, due: Instant) {
        self.waiting.push((key, due));
    }

    /// It is to be flushed at that time instead. False: it is not on the list, and may be flushed just now.
    pub fn defer(&mut self, key: usize, due: Instant) -> bool {
        let found = self.waiting.iter_mut().find(|(waiting, _)| *waiting == key);
        found.map(|waiting| waiting.1 = due).is_some()
    }

    /// Whom to flush now: with those whose time has come all whose time would come before long, since the work is in
    /// coming.
    pub fn take_due(&mut self, now: Instant) -> Vec<usize> {
        let soon = now + FLUSH_AFTER;
        let mut flushed = Vec::new();
        self.waiting.retain(|(key, due)| {
            let is_later = *due > soon;
            if !is_later {
                flushed.push(*key);
            }
            is_later
        });
        flushed
    }

    /// What the timer shows.
    pub fn timer(&self) -> Option<Instant> {
        self.timer
    }

    /// The flush that the timer was for has come.
    pub fn timer_has_fired(&mut self) {
        self.timer = None;
    }

    /// What the timer is to be set to, if it shows something else.
    pub fn next_timer(&mut self) -> Option<Instant> {
        let earliest = self.waiting.iter().map(|(_, due)| *due).min()?;
        (self.timer.replace(earliest) != Some(earliest)).then_some(earliest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(dues: &[u32]) -> (FlushList, Instant) {
        let (mut list, now) = (FlushList::default(), Instant::now());
        dues.iter().enumerate().for_each(|(key, due)| list.add(key, now + FLUSH_AFTER * *due));
        (list, now)
    }

    #[test]
    fn the_timer_is_set_for_the_earliest_and_only_when_that_changes() {
        let (mut list, now) = list(&[5, 3, 9]);
        assert_eq!(list.next_timer(), Some(now + FLUSH_AFTER * 3));
        assert_eq!(list.next_timer(), None);
        list.add(7, now + FLUSH_AFTER * 4);
        assert_eq!(list.next_timer(), None);
        list.add(8, now + FLUSH_AFTER);
        assert_eq!(list.next_timer(), Some(now + FLUSH_AFTER));
        assert!(list.defer(8, now + FLUSH_AFTER * 8) && !list.defer(6, now));
        assert_eq!(list.next_timer(), Some(now + FLUSH_AFTER * 3));
        assert_eq!(list.timer(), Some(now + FLUSH_AFTER * 3));
    }

    #[test]
    fn who_is_due_before_long_is_flushed_together_and_the_others_later() {
        let (mut list, now) = list(&[1, 5, 2, 3]);
        list.next_timer();
        assert_eq!(list.take_due(now + FLUSH_AFTER), [0, 2]);
        // Whoever is flushed again, or asks meanwhile, is behind the others.
        list.timer_has_fired();
        list.add(2, now + FLUSH_AFTER * 2);
        assert_eq!(list.next_timer(), Some(now + FLUSH_AFTER * 2));
        assert_eq!(list.take_due(now + FLUSH_AFTER * 9), [1, 3, 2]);
        list.timer_has_fired();
        assert_eq!((list.next_timer(), list.timer()), (None, None));
    }
}
