//! When to look at whom: deadlines of all clients in one heap, one kernel timer for the earliest.
//!
//! Deadlines mostly move later (every packet postpones the next ping), so nobody takes an entry out:
//! it fires, its client looks, and enters its next one. That makes a postponement cost nothing.

use super::clock;
use crate::sync::Mutex;
use crate::sys::timer::KernelTimer;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::time::{Duration, Instant};

/// A worker that serves several deadlines in a row has so long for one of them before another worker takes the others.
const FOR_ONE: Duration = Duration::from_millis(1);

/// The deadlines of all handlers of an engine.
pub struct Timers {
    pub kernel: KernelTimer,
    deadlines: Mutex<Deadlines>,
}

#[derive(Default)]
struct Deadlines {
    heap: BinaryHeap<Reverse<(Instant, usize)>>,
    /// When the kernel's timer fires, if it does.
    fires_at: Option<Instant>,
}

impl Timers {
    pub fn new() -> io::Result<Timers> {
        Ok(Timers { kernel: KernelTimer::new()?, deadlines: Mutex::default() })
    }

    /// Adds a deadline. A handler that adds a second one is looked at twice.
    pub fn add(&self, at: Instant, key: usize) {
        let mut deadlines = self.deadlines.lock();
        deadlines.heap.push(Reverse((at, key)));
        if deadlines.fires_at.is_none_or(|fires_at| at < fires_at) {
            self.fire_at(&mut deadlines, at, clock::now());
        }
    }

    /// The kernel's timer has fired.
    pub fn fired(&self) {
        self.deadlines.lock().fires_at = None;
    }

    /// Takes out the first one, if it is due. To be called until there is none: the kernel's timer is set to the next
    /// one then. If what is done for this one takes long, it fires for the others.
    pub fn take_due(&self) -> Option<usize> {
        let now = clock::now();
        let mut deadlines = self.deadlines.lock();
        let is_due = deadlines.heap.peek().is_some_and(|Reverse((at, _))| *at <= now);
        let due = if is_due { deadlines.heap.pop() } else { None };
        if let Some(&Reverse((next, _))) = deadlines.heap.peek() {
            let is_late = next <= now;
            let is_set = deadlines.fires_at.is_some_and(|fires_at| is_late || fires_at == next);
            if !is_set {
                self.fire_at(&mut deadlines, if is_late { now + FOR_ONE } else { next }, now);
            }
        }
        due.map(|Reverse((_, key))| key)
    }

    fn fire_at(&self, deadlines: &mut Deadlines, at: Instant, now: Instant) {
        deadlines.fires_at = Some(at);
        self.kernel.fire_after(at.saturating_duration_since(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// Waits until the kernel's timer fires.
    fn await_timer(timers: &Timers) {
        let patience = Timespec { tv_sec: 60, tv_nsec: 0 };
        let mut polled = [PollFd::new(&timers.kernel, PollFlags::IN)];
        assert_eq!(poll(&mut polled, Some(&patience)), Ok(1));
        // So that it has to fire again to be seen.
        rustix::io::read(&timers.kernel, &mut [0; 8]).unwrap();
        timers.fired();
    }

    #[test]
    fn deadlines_are_due_in_their_order_and_not_before() {
        let timers = Timers::new().unwrap();
        let now = clock::now();
        timers.add(now + Duration::from_secs(3600), 4);
        for (after, key) in [(20, 2), (10, 1), (30, 3)] {
            timers.add(now + Duration::from_millis(after), key);
        }
        for (after, key) in [(10, 1), (20, 2), (30, 3)] {
            let mut due = None;
            while due.is_none() {
                await_timer(&timers);
                due = timers.take_due();
            }
            assert_eq!(due, Some(key));
            assert!(clock::now() >= now + Duration::from_millis(after));
        }
        assert_eq!(timers.take_due(), None);
    }

    /// A worker serves one; others that are due wake others, and do not wait for it.
    #[test]
    fn what_is_due_at_the_same_time_fires_again() {
        let timers = Timers::new().unwrap();
        let now = clock::now();
        for key in 0..5 {
            timers.add(now, key);
        }
        let mut seen = Vec::new();
        for _ in 0..5 {
            await_timer(&timers);
            seen.extend(timers.take_due());
        }
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_deadline_that_no_timer_can_show_is_far_away() {
        let timers = Timers::new().unwrap();
        timers.kernel.fire_after(Duration::MAX);
        assert_eq!(timers.take_due(), None);
        timers.add(clock::now(), 7);
        await_timer(&timers);
        assert_eq!(timers.take_due(), Some(7));
    }
}
