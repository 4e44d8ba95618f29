//! Looks every ten milliseconds, while callbacks run, whether one of them takes long; and flushes what bursts
//! have left behind, if no worker is there to do so.
//!
//! A thread of its own: if all workers are in callbacks, none of them could.

use super::clock;
use super::pool::Engine;
use super::thread::{is_ending, join, spawn};
use crate::sync::{Condvar, Mutex};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a callback may keep its client's socket and its worker to itself.
const TICK_EVERY: Duration = Duration::from_millis(10);

/// The ticker of an engine.
#[derive(Default)]
pub(super) struct Ticker {
    /// It looks, or is about to.
    running: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    thread: Option<JoinHandle<()>>,
    /// When to look after a flush.
    flush_at: Option<Instant>,
    stopping: bool,
}

/// What the ticker has waited for.
enum Turn {
    Look,
    Flush,
}

impl Ticker {
    /// To be called when a worker is in callbacks. Costs a load while the ticker runs already.
    #[inline]
    pub fn run_while_calling(&self, engine: &Arc<Engine>) {
        if !self.running.load(Ordering::SeqCst) && !self.running.swap(true, Ordering::SeqCst) {
            self.start(engine);
        }
    }

    #[cold]
    fn start(&self, engine: &Arc<Engine>) {
        let mut state = self.state.lock();
        if state.thread.is_none() && !state.stopping {
            let engine = Arc::downgrade(engine);
            // Without the thread a slow callback delays its own client, as it would without us.
            state.thread = spawn("MQTTClient_tick", move || run(&engine)).ok();
        }
        self.changed.notify_all();
    }

    /// Ends the thread, and waits for its end, unless it is the calling one.
    pub fn stop(&self, deadline: Instant) {
        let mut state = self.state.lock();
        state.stopping = true;
        self.changed.notify_all();
        let thread = state.thread.take();
        drop(state);
        if let Some(thread) = thread {
            join(thread, deadline);
        }
    }

    /// To be called on the thread itself, which the application has ended. Another one comes if need be.
    fn leave(&self, engine: &Arc<Engine>) {
        let mut state = self.state.lock();
        // Under this lock: who ends the engine stops the ticker first, and then waits for what it keeps.
        state.thread.take().into_iter().for_each(|thread| engine.keep_thread(thread));
        drop(state);
        self.running.store(false, Ordering::SeqCst);
        if engine.is_calling() {
            self.run_while_calling(engine);
        }
    }

    /// Looks after a flush that is due then. If there is no ticker yet, no callback has ever run, and the
    /// workers are busy for moments only.
    pub fn flush_at(&self, due: Instant) {
        let mut state = self.state.lock();
        if state.flush_at.is_none_or(|at| due < at) {
            state.flush_at = Some(due);
            self.changed.notify_all();
        }
    }

    /// Waits until there is something to do. `look_at` is the caller's to keep: when the next look is due,
    /// whatever comes before. `None`: the engine ends.
    fn wait(&self, look_at: &mut Option<Instant>) -> Option<Turn> {
        let mut state = self.state.lock();
        loop {
            if state.stopping {
                return None;
            }
            if !self.running.load(Ordering::SeqCst) {
                *look_at = None;
            } else if look_at.is_none() {
                *look_at = Some(clock::now() + TICK_EVERY);
            }
            let until = (*look_at).into_iter().chain(state.flush_at).min();
            match until {
                Some(until) if clock::now() < until => drop(self.changed.wait_until(&mut state, until)),
                Some(until) if state.flush_at == Some(until) => {
                    state.flush_at = None;
                    return Some(Turn::Flush);
                }
                Some(_) => {
                    *look_at = None;
                    return Some(Turn::Look);
                }
                None => self.changed.wait(&mut state),
            }
        }
    }
}

fn run(engine: &Weak<Engine>) {
    let mut look_at = None;
    // The engine ends its ticker before it goes, so it is there as long as this goes on.
    while let Some(engine) = engine.upgrade() {
        let Some(turn) = engine.ticker.wait(&mut look_at) else { return };
        if matches!(turn, Turn::Flush) {
            engine.flush_if_due();
        } else if !engine.handle_tick() {
            // Off before the second look: callbacks that begin in between turn it on again.
            engine.ticker.running.store(false, Ordering::SeqCst);
            if engine.is_calling() {
                engine.ticker.running.store(true, Ordering::SeqCst);
            }
        }
        if is_ending() {
            engine.ticker.leave(&engine);
            return;
        }
    }
}
