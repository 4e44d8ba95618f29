//! A worker that tells a publisher of many completions, and the publisher that lets it finish.
//!
//! A program that keeps a window of its own publishes when it is told of a completion. If it wakes up for each of
//! them, that is most of the work. So it gets the others before it goes on, if the worker only waits for the
//! processor that the publisher has.

use crate::sys::processor;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// So many completions are worth it that a publisher who waits for them gets all at once.
const MANY: usize = 16;

/// Where a client's worker tells many completions.
#[derive(Debug, Default)]
pub(in crate::client) struct Completions {
    /// The processor, and one; 0 if none does.
    told_on: AtomicUsize,
}

impl Completions {
    /// A worker begins to tell so many completions. It has told them when the answer is dropped.
    pub fn tell(&self, count: usize) -> Telling<'_> {
        if count >= MANY {
            self.tell_on(processor::current());
        }
        Telling { completions: self }
    }

    fn tell_on(&self, processor: usize) {
        self.told_on.store(1 + processor, Ordering::Relaxed);
    }

    /// Nobody is to let the worker go first any more.
    pub fn end(&self) {
        self.told_on.store(0, Ordering::Relaxed);
    }

    /// Whether a publisher had better let a worker finish.
    #[inline]
    pub fn need_this_processor(&self) -> bool {
        self.need_processor(processor::current)
    }

    #[inline]
    fn need_processor(&self, processor: impl FnOnce() -> usize) -> bool {
        let told_on = self.told_on.load(Ordering::Relaxed);
        told_on != 0 && told_on == 1 + processor()
    }
}

/// A worker tells completions.
pub(in crate::client) struct Telling<'a> {
    completions: &'a Completions,
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.completions.end();
    }
}

/// Lets another thread go first that waits for this processor.
pub(in crate::client) fn yield_processor() {
    thread::yield_now();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_publisher_on_the_same_processor_lets_the_worker_finish() {
        let completions = Completions::default();
        assert!(!completions.need_processor(|| 0), "nothing is told");
        for processor in [0, 3] {
            completions.tell_on(processor);
            assert!(completions.need_processor(|| processor));
            assert!(!completions.need_processor(|| processor + 1));
        }
        completions.end();
        assert!(!completions.need_processor(|| 3));
    }

    #[test]
    fn few_completions_are_told_one_by_one() {
        let completions = Completions::default();
        let is_told = || completions.told_on.load(Ordering::Relaxed) != 0;
        let few = completions.tell(MANY - 1);
        assert!(!is_told());
        drop(few);
        let many = completions.tell(MANY);
        assert!(is_told());
        drop(many);
        assert!(!is_told(), "all are told");
    }
}
