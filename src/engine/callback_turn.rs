//! Whose turn it is to run callbacks: one client's at a time in the whole process, until one takes long.
//!
//! Programs with several clients, one set of callbacks and no locks rely on that: the original has one thread
//! for all callbacks. Who cannot have the turn does not wait for it, but is posted when it comes: in the order
//! in which they asked. Knows no clock: the ticker says what time it is.

use crate::sync::Mutex;
use std::collections::{BTreeSet, VecDeque};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a callback keeps the turn from others, unless the program or its environment says otherwise.
const DEFAULT: Duration = Duration::from_secs(1);

/// The environment variable that says otherwise, in milliseconds.
const VARIABLE: &str = "MQTT_C_CLIENT_CALLBACK_TURN_MS";

/// What the program has said, in milliseconds; `UNSET` if nothing.
static SET: AtomicU64 = AtomicU64::new(UNSET);
const UNSET: u64 = u64::MAX;

/// Sets how long a callback keeps the turn, for all clients of the process.
pub fn set_callback_turn(longest: Duration) {
    let milliseconds = u64::try_from(longest.as_millis()).unwrap_or(UNSET);
    SET.store(milliseconds.min(UNSET - 1), Ordering::Relaxed);
}

/// How long a callback keeps the turn. Zero: nobody waits for a turn.
fn longest() -> Duration {
    static OF_ENVIRONMENT: OnceLock<Duration> = OnceLock::new();
    match SET.load(Ordering::Relaxed) {
        UNSET => *OF_ENVIRONMENT.get_or_init(|| read(std::env::var(VARIABLE).ok().as_deref())),
        milliseconds => Duration::from_millis(milliseconds),
    }
}

fn read(variable: Option<&str>) -> Duration {
    variable.and_then(|text| text.trim().parse().ok()).map_or(DEFAULT, Duration::from_millis)
}

/// Whether callbacks of different clients may run at the same time from the start.
pub(super) fn is_parallel() -> bool {
    longest().is_zero()
}

/// Who has the turn, and who waits for it. Handlers are told apart by their keys.
#[derive(Default)]
pub(super) struct CallbackTurn {
    /// The handler that has it, and one; 0 if none has.
    holder: AtomicUsize,
    /// How many wait.
    waiting: AtomicUsize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    handlers: VecDeque<usize>,
    present: BTreeSet<usize>,
    /// Who has the turn was given it, and has not come for it yet.
    unclaimed: bool,
    /// The callback that is taking long, and since when.
    slow: Option<(SlowCallback, Instant)>,
}

/// A callback that has been running since before the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlowCallback {
    pub key: usize,
    /// The worker that it runs on, and how many that has begun before: no other has both in common.
    pub worker: usize,
    pub number: usize,
}

/// What came of asking for the turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It is the one's who asked.
    Yours,
    /// It will be.
    Queued,
    /// It will be, and in passing this handler has been given it: to be posted.
    Another(usize),
}

impl CallbackTurn {
    /// Asks for the turn. A second worker that comes for the same handler does not share it with the first.
    #[inline]
    pub fn ask(&self, key: usize) -> Asked {
        let is_alone = self.waiting.load(Ordering::SeqCst) == 0;
        if is_alone && self.holder.compare_exchange(0, key + 1, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            return Asked::Yours;
        }
        self.claim_or_queue(key)
    }

    #[cold]
    fn claim_or_queue(&self, key: usize) -> Asked {
        let mut queue = self.queue.lock();
        let is_given = queue.unclaimed && self.is_with(key);
        if !is_given {
            if queue.present.insert(key) {
                queue.handlers.push_back(key);
                self.waiting.store(queue.handlers.len(), Ordering::SeqCst);
            }
            // Who had it may have given it back without seeing anybody wait.
            match self.pass_on(&mut queue) {
                None => return Asked::Queued,
                Some(next) if next != key => return Asked::Another(next),
                Some(_) => {}
            }
        }
        queue.unclaimed = false;
        Asked::Yours
    }

    /// Whether this handler has the turn.
    pub fn is_with(&self, key: usize) -> bool {
        self.holder.load(Ordering::SeqCst) == key + 1
    }

    /// Whether somebody waits for it.
    pub fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) != 0
    }

    /// Gives the turn back, if it has not been taken away. Who has it now, and is to be posted.
    #[inline]
    pub fn give_back(&self, key: usize) -> Option<usize> {
        self.holder.compare_exchange(key + 1, 0, Ordering::SeqCst, Ordering::SeqCst).ok()?;
        if self.waiting.load(Ordering::SeqCst) == 0 {
            return None;
        }
        self.pass_on(&mut self.queue.lock())
    }

    /// To be called when a handler's post was served: if it was given the turn and did not want it any more,
    /// the next one has it, and is to be posted.
    pub fn pass_on_unclaimed(&self, key: usize) -> Option<usize> {
        if !self.is_with(key) {
            return None;
        }
        let mut queue = self.queue.lock();
        if !queue.unclaimed || !self.is_with(key) {
            return None;
        }
        queue.unclaimed = false;
        self.holder.store(0, Ordering::SeqCst);
        self.pass_on(&mut queue)
    }

    /// A look at those whose callbacks take long. If the one that has the turn has had it for so long that
    /// others come first, the next one has it, and is to be posted.
    pub fn look(&self, now: Instant, slow: &[SlowCallback]) -> Option<usize> {
        self.look_for(longest(), now, slow)
    }

    fn look_for(&self, longest: Duration, now: Instant, slow: &[SlowCallback]) -> Option<usize> {
        let mut queue = self.queue.lock();
        let Some(callback) = slow.iter().copied().find(|callback| self.is_with(callback.key)) else {
            queue.slow = None;
            return None;
        };
        let since = match queue.slow {
            Some((seen, since)) if seen == callback => since,
            _ => queue.slow.insert((callback, now)).1,
        };
        if now.saturating_duration_since(since) < longest || queue.handlers.is_empty() {
            return None;
        }
        queue.slow = None;
        self.holder.compare_exchange(callback.key + 1, 0, Ordering::SeqCst, Ordering::SeqCst).ok()?;
        self.pass_on(&mut queue)
    }

    /// Gives a turn that nobody has to who has waited longest.
    fn pass_on(&self, queue: &mut Queue) -> Option<usize> {
        let next = *queue.handlers.front()?;
        self.holder.compare_exchange(0, next + 1, Ordering::SeqCst, Ordering::SeqCst).ok()?;
        queue.handlers.pop_front();
        queue.present.remove(&next);
        self.waiting.store(queue.handlers.len(), Ordering::SeqCst);
        queue.unclaimed = true;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    const SECOND: Duration = Duration::from_secs(1);
    const TICK: Duration = Duration::from_millis(10);

    /// The first callback on the worker of the same number.
    fn slow(key: usize) -> SlowCallback {
        SlowCallback { key, worker: key, number: 1 }
    }

    #[test]
    fn the_turn_goes_round_in_the_order_of_asking() {
        let turn = CallbackTurn::default();
        assert_eq!(turn.ask(0), Asked::Yours);
        assert!(!turn.is_wanted());
        assert_eq!((turn.ask(1), turn.ask(2), turn.ask(1)), (Asked::Queued, Asked::Queued, Asked::Queued));
        assert!(turn.is_wanted());
        assert_eq!(turn.give_back(0), Some(1));
        // The one that had it comes behind those who wait.
        assert_eq!(turn.ask(0), Asked::Queued);
        assert_eq!(turn.ask(1), Asked::Yours);
        assert_eq!(turn.give_back(1), Some(2));
        assert_eq!(turn.ask(2), Asked::Yours);
        assert_eq!(turn.give_back(2), Some(0));
        assert_eq!(turn.ask(0), Asked::Yours);
        assert_eq!(turn.give_back(0), None);
        assert_eq!(turn.ask(3), Asked::Yours);
    }

    #[test]
    fn who_does_not_want_it_any_more_does_not_keep_it() {
        let turn = CallbackTurn::default();
        assert_eq!(turn.ask(0), Asked::Yours);
        assert_eq!((turn.ask(1), turn.ask(2)), (Asked::Queued, Asked::Queued));
        assert_eq!(turn.pass_on_unclaimed(0), None, "it is being used");
        assert_eq!(turn.give_back(0), Some(1));
        assert_eq!(turn.pass_on_unclaimed(2), None, "it is another's");
        assert_eq!(turn.pass_on_unclaimed(1), Some(2));
        assert_eq!(turn.ask(2), Asked::Yours);
        assert_eq!(turn.give_back(2), None);
    }

    #[test]
    fn a_callback_keeps_it_for_so_long_and_no_longer() {
        let (turn, mut now) = (CallbackTurn::default(), Instant::now());
        assert_eq!(turn.ask(0), Asked::Yours);
        for _ in 0..200 {
            assert_eq!(turn.look_for(SECOND, now, &[slow(0)]), None, "nobody waits");
            now += TICK;
        }
        assert_eq!(turn.ask(1), Asked::Queued);
        assert_eq!(turn.look_for(SECOND, now, &[slow(0)]), Some(1));
        assert_eq!(turn.ask(1), Asked::Yours);
        // The callback ends at last: it is not 0's to give back.
        assert_eq!(turn.give_back(0), None);
        assert!(turn.is_with(1));
        assert_eq!(turn.ask(0), Asked::Queued);
        assert_eq!(turn.give_back(1), Some(0));
    }

    #[test]
    fn only_a_single_long_callback_counts() {
        let (turn, mut now) = (CallbackTurn::default(), Instant::now());
        assert_eq!((turn.ask(0), turn.ask(1)), (Asked::Yours, Asked::Queued));
        for slow in [&[slow(0), slow(5)][..], &[slow(5)], &[]].into_iter().cycle().take(300) {
            assert_eq!(turn.look_for(SECOND, now, slow), None);
            now += TICK;
        }
        // Nobody has looked for a long time, in which others ran.
        for number in 0..300 {
            assert_eq!(turn.look_for(SECOND, now, &[SlowCallback { number, ..slow(0) }]), None);
            now += 2 * SECOND;
        }
    }

    /// Between two callbacks another worker may come for the same client.
    #[test]
    fn two_workers_do_not_share_a_turn() {
        let turn = CallbackTurn::default();
        assert_eq!(turn.ask(0), Asked::Yours);
        assert_eq!((turn.ask(0), turn.ask(1)), (Asked::Queued, Asked::Queued));
        assert_eq!(turn.give_back(0), Some(0));
        assert_eq!((turn.ask(0), turn.ask(0)), (Asked::Yours, Asked::Queued));
        assert_eq!(turn.give_back(0), Some(1));
    }

    #[test]
    fn the_environment_may_say_how_long() {
        assert_eq!(read(None), DEFAULT);
        assert_eq!(read(Some("")), DEFAULT);
        assert_eq!(read(Some("soon")), DEFAULT);
        assert_eq!(read(Some("0")), Duration::ZERO);
        assert_eq!(read(Some(" 250 ")), Duration::from_millis(250));
    }

    /// Many handlers on many threads: never two at once, and nobody is forgotten.
    #[test]
    fn the_turn_is_never_lost_and_never_with_two() {
        const HANDLERS: usize = 8;
        const ROUNDS: usize = 500;
        let (turn, busy) = (CallbackTurn::default(), AtomicBool::new(false));
        let posted: [AtomicBool; HANDLERS] = Default::default();
        let post = |next: Option<usize>| {
            if let Some(next) = next {
                posted[next].store(true, Ordering::SeqCst);
            }
        };
        thread::scope(|scope| {
            for key in 0..HANDLERS {
                let (turn, busy, posted, post) = (&turn, &busy, &posted, &post);
                scope.spawn(move || {
                    for _ in 0..ROUNDS {
                        loop {
                            match turn.ask(key) {
                                Asked::Yours => break,
                                Asked::Queued => {}
                                Asked::Another(next) => post(Some(next)),
                            }
                            while !posted[key].swap(false, Ordering::SeqCst) {
                                thread::yield_now();
                            }
                        }
                        assert!(!busy.swap(true, Ordering::SeqCst));
                        busy.store(false, Ordering::SeqCst);
                        post(turn.give_back(key));
                    }
                });
            }
        });
        assert!(!turn.is_wanted());
    }
}
