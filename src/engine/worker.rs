//! A worker: waits, serves whoever it woke for, and waits again.

use super::callback_turn::{SlowCallback, is_parallel};
use super::clock;
use super::fork::generation;
use super::panics::attend;
use super::pool::{Engine, FIRST_HANDLER, FLUSH, POSTED, STOP, TIMERS, workers_for_short_callbacks};
use super::registration::{Handler, Registration, Token, Visit};
use super::thread::{is_ending, wait_for_event};
use crate::sys::events::Interests;
use crate::transport::SocketFd;
use std::cell::RefCell;
use std::io;
use std::os::fd::AsFd;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Bytes read at once. Large reads are what makes receiving fast, and one buffer serves all clients.
const BUFFER_SIZE: usize = 64 << 10;

/// How often a worker that has nothing to do looks whether its descriptors are still there: if the program has
/// closed them all, nothing else ends its wait.
const LOOK_AROUND_EVERY_MS: i32 = 10_000;

/// When to come back to a handler with whom another thread was busy.
const COME_BACK_AFTER: Duration = Duration::from_millis(5);

/// A thread of the engine, seen from those whom it serves.
pub struct Worker {
    engine: Arc<Engine>,
    slot: Arc<Slot>,
    buffer: Vec<u8>,
    generation: u32,
    /// The handler on whose behalf this worker has the turn.
    turn: Option<usize>,
    /// The handler whose turn it is after that one's: this worker goes on with it.
    next: Option<usize>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        // In a child of fork nobody waits, and the engine is the parent's.
        if self.is_in_its_process() {
            self.give_turn_back();
            self.engine.post_next(self.next);
        }
    }
}

/// Whether this thread is a worker, so that the code that it runs may have the turn to run callbacks.
pub fn may_have_turn() -> bool {
    !is_parallel() && Slot::of_this_thread().is_some()
}

impl Worker {
    pub(super) fn new(engine: Arc<Engine>, slot: Arc<Slot>) -> Worker {
        Worker { engine, slot, buffer: Vec::new(), generation: generation(), turn: None, next: None }
    }

    /// Room to read into.
    pub fn buffer(&mut self) -> &mut [u8] {
        if self.buffer.is_empty() {
            self.buffer = vec![0; BUFFER_SIZE];
        }
        &mut self.buffer
    }

    /// As [`Registration::arm`], for when the handler itself is locked away.
    pub fn arm(&self, token: Token, socket: &SocketFd, interests: Interests) {
        token.arm(&self.engine, socket, interests);
    }

    /// Whether callbacks of this handler may run now, since no other's do. If not, it is posted when they may.
    pub fn take_turn(&mut self, token: Token) -> bool {
        if is_parallel() {
            return true;
        }
        let key = token.key();
        if self.turn != Some(key) || !self.engine.turn.is_with(key) {
            self.give_turn_back();
            self.turn = self.engine.ask_for_turn(key).then_some(key);
        }
        self.turn.is_some()
    }

    /// To be called now and then: others that wait have their turn.
    pub fn let_others(&mut self) {
        if self.turn.is_some() && self.engine.turn.is_wanted() {
            self.give_turn_back();
        }
    }

    /// To be called when there are no more callbacks to run, before the socket is armed: another worker that it wakes
    /// would find the turn taken, and could only fill the inbox.
    pub fn give_turn_back(&mut self) {
        if let Some(next) = self.turn.take().and_then(|key| self.engine.turn.give_back(key)) {
            self.engine.post_next(self.next.replace(next));
        }
    }

    /// To be called before callbacks of a handler run on this thread.
    pub fn begin_callbacks(&self, registration: &Registration) {
        self.slot.begin(registration.key());
        self.engine.ticker.run_while_calling(&self.engine);
        self.engine.keep_one_idle();
    }

    /// To be called after them.
    pub fn end_callbacks(&self) {
        self.slot.end();
    }

    pub(super) fn run(mut self) {
        SLOT.set(Some(self.slot.clone()));
        while let Some(event) = self.next_event() {
            self.serve(event);
            while self.is_in_its_process() && !is_ending() {
                let Some(key) = self.next_turn() else { break };
                self.serve_post(key);
            }
            if !self.is_in_its_process() {
                // A callback has forked, and has returned in the child, too, which has none of this engine.
                std::mem::forget(self);
                return;
            }
            if is_ending() {
                break;
            }
            // More idle workers than may be needed at once are not worth their memory.
            if self.engine.idle.load(Ordering::SeqCst) >= workers_for_short_callbacks() {
                break;
            }
        }
        SLOT.take();
        self.engine.worker_exited(&self.slot);
        if is_ending() {
            self.engine.keep_one_idle();
        }
    }

    fn is_in_its_process(&self) -> bool {
        generation() == self.generation
    }

    /// Gives the turn back, after an event. The handler whose turn it is then: this worker goes on with it.
    fn next_turn(&mut self) -> Option<usize> {
        self.give_turn_back();
        self.next.take()
    }

    fn serve_post(&mut self, key: usize) {
        self.visit(key, |handler, worker| handler.handle_post(worker));
        if self.is_in_its_process() {
            self.engine.post_next(self.engine.turn.pass_on_unclaimed(key));
        }
    }

    /// Waits. One event at a time: if serving it takes long, no other waits behind it.
    fn next_event(&self) -> Option<u64> {
        while !self.engine.is_stopping() {
            self.engine.idle.fetch_add(1, Ordering::SeqCst);
            let result = wait_for_event(self.engine.epoll.as_fd(), LOOK_AROUND_EVERY_MS);
            self.engine.idle.fetch_sub(1, Ordering::SeqCst);
            if self.engine.is_stopping() {
                return None;
            }
            match result {
                Ok(Some(event)) => return Some(event),
                Ok(None) if !self.engine.is_intact() => {
                    self.engine.abandon();
                    return None;
                }
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        None
    }

    fn serve(&mut self, event: u64) {
        let engine = self.engine.clone();
        match event {
            STOP => {}
            TIMERS => {
                engine.timers.fired();
                while let Some(key) = engine.timers.take_due() {
                    self.visit(key, |handler, _| handler.handle_deadline());
                    if !self.is_in_its_process() || is_ending() {
                        break;
                    }
                }
            }
            FLUSH => engine.handle_flush(),
            POSTED => {
                if let Some(key) = engine.take_post() {
                    self.serve_post(key);
                }
            }
            key => {
                if let Ok(key) = usize::try_from(key - FIRST_HANDLER) {
                    self.visit(key, |handler, worker| handler.handle_socket(worker));
                }
            }
        }
    }

    /// Has a handler do something, if it is there. If it is busy, comes back later.
    #[inline]
    fn visit(&mut self, key: usize, deed: impl FnOnce(&dyn Handler, &mut Worker) -> Visit) {
        let Some(handler) = self.engine.handler(key) else { return };
        match attend(&*handler, || deed(&*handler, self)) {
            Some(Visit::Done) => {}
            Some(Visit::Busy) => self.engine.timers.add(clock::now() + COME_BACK_AFTER, key),
            // It may have been in a callback.
            None => self.slot.end(),
        }
    }
}

/// To be called before something that may take long, and is no callback. If the calling thread is a worker,
/// another waits for other handlers meanwhile.
pub fn before_slow_work() {
    if let Some(engine) = Slot::of_this_thread().and_then(|slot| slot.engine.upgrade()) {
        engine.keep_one_idle();
    }
}

thread_local! {
    static SLOT: RefCell<Option<Arc<Slot>>> = const { RefCell::new(None) };
}

/// For tests in which tasks share a thread: see `sync::interleavings`.
#[cfg(all(test, feature = "interleavings"))]
pub fn take_slot() -> Box<dyn FnOnce()> {
    let slot = SLOT.take();
    Box::new(move || SLOT.set(slot))
}

/// Whose callbacks a worker runs, for the ticker to see.
pub(super) struct Slot {
    engine: Weak<Engine>,
    /// The handler's key and one; 0 while no callback runs.
    calling: AtomicUsize,
    /// Counts what was begun, so that two looks can tell one long run from two short ones.
    begun: AtomicUsize,
    /// `begun` at the last tick.
    seen: AtomicUsize,
}

impl Slot {
    pub fn new(engine: &Arc<Engine>) -> Slot {
        Slot {
            engine: Arc::downgrade(engine),
            calling: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            seen: AtomicUsize::new(0),
        }
    }

    /// The slot of the worker that this thread is, if it is one.
    pub fn of_this_thread() -> Option<Arc<Slot>> {
        SLOT.try_with(|slot| slot.borrow().clone()).ok().flatten()
    }

    fn begin(&self, key: usize) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.calling.store(key + 1, Ordering::SeqCst);
    }

    fn end(&self) {
        self.calling.store(0, Ordering::Release);
    }

    pub fn is_calling(&self) -> bool {
        self.calling.load(Ordering::SeqCst) != 0
    }

    /// Whether callbacks run now or ran since the last tick.
    pub fn called_since_last_tick(&self) -> bool {
        self.is_calling() || self.begun.load(Ordering::SeqCst) != self.seen.load(Ordering::SeqCst)
    }

    /// The callback that has been running since before the last tick. Is the tick.
    pub fn slow_callback(&self) -> Option<SlowCallback> {
        let begun = self.begun.load(Ordering::SeqCst);
        let was_seen = self.seen.swap(begun, Ordering::SeqCst) == begun;
        let key = self.calling.load(Ordering::SeqCst).checked_sub(1)?;
        was_seen.then_some(SlowCallback { key, worker: ptr::from_ref(self).addr(), number: begun })
    }
}
