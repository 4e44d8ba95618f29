//! Looks every ten milliseconds, while callbacks run, whether one of them takes long.
//!
//! A thread of its own: if all workers are in callbacks, none of them could look.

use super::clock;
use super::pool::Engine;
use super::thread::spawn;
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

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
    stopping: bool,
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

    /// Ends the thread.
    pub fn stop(&self) {
        let mut state = self.state.lock();
        state.stopping = true;
        self.changed.notify_all();
        let thread = state.thread.take();
        drop(state);
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    /// Waits until there is a reason to look. Whether to go on.
    fn wait(&self) -> bool {
        let mut state = self.state.lock();
        while !state.stopping && !self.running.load(Ordering::SeqCst) {
            self.changed.wait(&mut state);
        }
        let next = clock::now() + TICK_EVERY;
        while !state.stopping && !self.changed.wait_until(&mut state, next).timed_out() {}
        !state.stopping
    }
}

fn run(engine: &Weak<Engine>) {
    // The engine ends its ticker before it goes, so it is there as long as this goes on.
    while let Some(engine) = engine.upgrade().filter(|engine| engine.ticker.wait()) {
        if !engine.handle_tick() {
            // Off before the second look: callbacks that begin in between turn it on again.
            engine.ticker.running.store(false, Ordering::SeqCst);
            if engine.is_calling() {
                engine.ticker.running.store(true, Ordering::SeqCst);
            }
        }
    }
}
