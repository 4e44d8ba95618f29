//! The process's engine: one epoll instance, and the workers that wait on it.
//!
//! It exists while somebody holds an [`EngineRef`]; with the last one its workers end, so that a plug-in
//! that was linked with this library can be unloaded.

use super::callback_turn::{Asked, CallbackTurn, SlowCallback};
use super::flush_list::{FLUSH_AFTER, FlushList};
use super::panics::attend;
use super::registration::Handler;
use super::thread::{join, keep_unless_ended, spawn};
use super::ticker::Ticker;
use super::timers::Timers;
use super::worker::{Slot, Worker};
use crate::sync::{Condvar, Mutex, Table};
use crate::sys::events::{self, Interests, Trigger};
use crate::sys::timer::KernelTimer;
use std::collections::VecDeque;
use std::io;
use std::num::NonZero;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{JoinHandle, available_parallelism};
use std::time::{Duration, Instant};

/// What epoll reports for the engine's own descriptors; handlers come behind.
pub(super) const STOP: u64 = 0;
pub(super) const TIMERS: u64 = 1;
pub(super) const FLUSH: u64 = 2;
pub(super) const POSTED: u64 = 3;
pub(super) const FIRST_HANDLER: u64 = 16;

/// How long the end of the engine waits for a worker that is still in a callback.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// The pool and what it waits for.
pub struct Engine {
    /// This and the other descriptors are shared with nobody, but may turn out not to be ours any more: see
    /// [`Engine::is_intact`].
    pub(super) epoll: Arc<OwnedFd>,
    pub(super) handlers: Table<Weak<dyn Handler>>,
    pub(super) timers: Timers,
    stop: Arc<OwnedFd>,
    stopping: AtomicBool,
    abandoned: AtomicBool,
    flush_timer: KernelTimer,
    flush_list: Mutex<FlushList>,
    pub(super) ticker: Ticker,
    pub(super) turn: CallbackTurn,
    posted: Arc<OwnedFd>,
    posts: Mutex<VecDeque<usize>>,
    /// Workers that wait for something to do.
    pub(super) idle: AtomicUsize,
    /// Workers that are not stuck in a long callback.
    at_work: AtomicUsize,
    pool: Mutex<Pool>,
    pool_shrank: Condvar,
}

/// So many workers serve any number of clients whose callbacks are short.
pub(super) fn workers_for_short_callbacks() -> usize {
    /// 0: not asked yet. Threads may ask at the same time; none waits for another, whom a fork could leave out.
    static WORKERS: AtomicUsize = AtomicUsize::new(0);
    match WORKERS.load(Ordering::Relaxed) {
        0 => {
            let workers = 1 + available_parallelism().map_or(1, NonZero::get);
            WORKERS.store(workers, Ordering::Relaxed);
            workers
        }
        workers => workers,
    }
}

#[derive(Default)]
struct Pool {
    slots: Vec<Arc<Slot>>,
    /// All that have not ended: the end of the engine waits for them.
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    fn keep(&mut self, thread: JoinHandle<()>) {
        let others = std::mem::take(&mut self.threads);
        self.threads = others.into_iter().filter_map(keep_unless_ended).collect();
        self.threads.push(thread);
    }
}

impl Engine {
    fn new() -> io::Result<Arc<Engine>> {
        let bell = || events::new_bell().map(Arc::new);
        let engine = Engine {
            epoll: Arc::new(new_epoll()?),
            handlers: Table::new(),
            timers: Timers::new()?,
            stop: bell()?,
            stopping: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            flush_timer: KernelTimer::new()?,
            flush_list: Mutex::default(),
            ticker: Ticker::default(),
            turn: CallbackTurn::default(),
            posted: bell()?,
            posts: Mutex::default(),
            idle: AtomicUsize::new(0),
            at_work: AtomicUsize::new(0),
            pool: Mutex::default(),
            pool_shrank: Condvar::new(),
        };
        // Edge-triggered: each wakes one worker, once. Stop stays on and wakes them all.
        engine.watch(&engine.stop, STOP, Trigger::Level(Interests::READABLE))?;
        let edge = Trigger::Edge(Interests::READABLE);
        engine.watch(&engine.timers.kernel, TIMERS, edge)?;
        engine.watch(&engine.flush_timer, FLUSH, edge)?;
        engine.watch(&engine.posted, POSTED, edge)?;
        Ok(Arc::new(engine))
    }

    fn watch(&self, fd: impl AsFd, number: u64, trigger: Trigger) -> io::Result<()> {
        events::watch(&self.epoll, fd, number, trigger)
    }

    /// Starts another worker.
    pub(super) fn spawn_worker(self: &Arc<Engine>) -> io::Result<()> {
        let mut pool = self.pool.lock();
        if self.stopping.load(Ordering::SeqCst) {
            return Ok(());
        }
        let slot = Arc::new(Slot::new(self));
        let worker = Worker::new(self.clone(), slot.clone());
        let thread = spawn("MQTTClient_run", move || worker.run())?;
        pool.keep(thread);
        pool.slots.push(slot);
        self.at_work.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// Takes over a thread that is about to end.
    pub(super) fn keep_thread(&self, thread: JoinHandle<()>) {
        self.pool.lock().keep(thread);
    }

    /// A worker's last word.
    pub(super) fn worker_exited(&self, slot: &Arc<Slot>) {
        let mut pool = self.pool.lock();
        pool.slots.retain(|other| !Arc::ptr_eq(slot, other));
        self.at_work.store(pool.slots.len(), Ordering::SeqCst);
        drop(pool);
        self.pool_shrank.notify_all();
    }

    /// Sees to it that somebody listens while others are in callbacks.
    ///
    /// Callbacks that are short need no more workers than there are processors to run them; how many
    /// are not short the ticker finds out, and has others come in their place.
    pub(super) fn keep_one_idle(self: &Arc<Engine>) {
        if self.idle.load(Ordering::SeqCst) != 0 {
            return;
        }
        if self.at_work.load(Ordering::SeqCst) < workers_for_short_callbacks() {
            // Without another thread things go on when a callback returns.
            let _ = self.spawn_worker();
        } else if let Some(due) = self.flush_list.lock().timer() {
            self.ticker.flush_at(due);
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    pub(super) fn handler(&self, key: usize) -> Option<Arc<dyn Handler>> {
        self.handlers.get(key)?.upgrade()
    }

    // ---- flushing ----

    /// Puts a handler on the list of those to be flushed. When that will be.
    pub(super) fn flush_soon(&self, key: usize) -> Instant {
        let mut list = self.flush_list.lock();
        let now = super::clock::now();
        list.add(key, now + FLUSH_AFTER);
        self.set_flush_timer(&mut list, now);
        now + FLUSH_AFTER
    }

    /// Puts off the flush of a handler that has written all it had. When it comes, if it is not there already.
    pub(super) fn defer_flush(&self, key: usize, wait: Duration) -> Option<Instant> {
        let mut list = self.flush_list.lock();
        let now = super::clock::now();
        if !list.defer(key, now + wait) {
            return None;
        }
        self.set_flush_timer(&mut list, now);
        Some(now + wait)
    }

    /// Flushes all whose time has come; whoever goes on writing stays on the list.
    pub(super) fn handle_flush(&self) {
        let mut handlers = self.flush_list.lock().take_due(super::clock::now());
        handlers.retain(|key| {
            let handler = self.handler(*key);
            handler.is_some_and(|handler| attend(&*handler, || handler.handle_flush()).unwrap_or(false))
        });
        let mut list = self.flush_list.lock();
        let now = super::clock::now();
        handlers.into_iter().for_each(|key| list.add(key, now + FLUSH_AFTER));
        list.timer_has_fired();
        self.set_flush_timer(&mut list, now);
    }

    fn set_flush_timer(&self, list: &mut FlushList, now: Instant) {
        let Some(due) = list.next_timer() else { return };
        self.flush_timer.fire_after(due.saturating_duration_since(now));
        if self.idle.load(Ordering::SeqCst) == 0 {
            // They may be in callbacks, all of them.
            self.ticker.flush_at(due);
        }
    }

    /// Flushes if no worker has done so in time.
    pub(super) fn flush_if_due(&self) {
        let Some(due) = self.flush_list.lock().timer() else { return };
        if due <= super::clock::now() {
            self.handle_flush();
        } else if self.idle.load(Ordering::SeqCst) == 0 {
            self.ticker.flush_at(due);
        }
    }

    // ---- slow callbacks ----

    /// One look of the ticker: frees the sockets of clients whose callbacks take long, and has others
    /// come for the workers that are in them. Whether there is a reason to look again.
    pub(super) fn handle_tick(self: &Arc<Engine>) -> bool {
        let slots = self.pool.lock().slots.clone();
        let mut called = false;
        let mut slow = Vec::new();
        for slot in &slots {
            called |= slot.called_since_last_tick();
            slow.extend(slot.slow_callback());
        }
        self.at_work.store(slots.len() - slow.len(), Ordering::SeqCst);
        for SlowCallback { key, .. } in &slow {
            if let Some(handler) = self.handler(*key) {
                attend(&*handler, || handler.handle_slow_callback());
            }
        }
        if !slow.is_empty() {
            self.keep_one_idle();
        }
        self.post_next(self.turn.look(super::clock::now(), &slow));
        called
    }

    /// Asks for the turn on behalf of a handler, which is posted when it comes later. Whether it is its turn.
    pub(super) fn ask_for_turn(&self, key: usize) -> bool {
        match self.turn.ask(key) {
            Asked::Yours => return true,
            Asked::Queued => {}
            Asked::Another(next) => self.post(next),
        }
        false
    }

    /// Posts the handler that was given the turn, if one was.
    pub(super) fn post_next(&self, next: Option<usize>) {
        if let Some(next) = next {
            self.post(next);
        }
    }

    /// Whether a worker is in callbacks just now.
    pub(super) fn is_calling(&self) -> bool {
        self.pool.lock().slots.iter().any(|slot| slot.is_calling())
    }

    // ---- work without a socket event ----

    pub(super) fn post(&self, key: usize) {
        self.posts.lock().push_back(key);
        self.wake_for_posts();
    }

    fn wake_for_posts(&self) {
        let _ = events::ring(&self.posted);
    }

    pub(super) fn take_post(&self) -> Option<usize> {
        let mut posts = self.posts.lock();
        let post = posts.pop_front();
        if !posts.is_empty() {
            self.wake_for_posts();
        }
        post
    }

    // ---- descriptors that are gone ----

    /// Whether the engine's descriptors are still its own.
    ///
    /// Programs close all descriptors, as daemons do, and then open others, which get the same numbers. To write
    /// to such a number, or to close it, would harm the program. But an epoll instance knows the files that it
    /// watches, not only their numbers: if it watches ours, it is ours, and so are they.
    pub(super) fn is_intact(&self) -> bool {
        let watched = [&self.stop, self.timers.kernel.fd(), self.flush_timer.fd(), &self.posted];
        !self.is_abandoned()
            && watched.into_iter().all(|descriptor| events::is_watched(&self.epoll, descriptor))
    }

    /// Ends the engine without touching its descriptors. Its workers find out by themselves.
    pub(super) fn abandon(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        if !self.abandoned.swap(true, Ordering::SeqCst) {
            ABANDONED.store(self.epoll.as_raw_fd(), Ordering::SeqCst);
            let timers = [self.timers.kernel.fd(), self.flush_timer.fd()];
            for descriptor in [&self.epoll, &self.stop, &self.posted].into_iter().chain(timers) {
                // So that it is never closed: the number may be somebody else's by now.
                std::mem::forget(descriptor.clone());
            }
        }
    }

    fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::SeqCst)
    }

    // ---- the end ----

    /// Ends the threads, and waits for their end. One that is still in a callback after ten seconds is left to
    /// itself, and so is the calling thread, which may be any of them.
    fn stop(&self) {
        let mut deadline = super::clock::now() + STOP_WITHIN;
        if self.is_intact() {
            self.stopping.store(true, Ordering::SeqCst);
            let _ = events::ring(&self.stop);
        } else {
            self.abandon();
            // Nothing can wake its workers.
            deadline = super::clock::now();
        }
        let mut pool = self.pool.lock();
        let own = Slot::of_this_thread();
        let is_other = |slot: &Arc<Slot>| own.as_ref().is_none_or(|own| !Arc::ptr_eq(own, slot));
        while pool.slots.iter().any(is_other) {
            if self.pool_shrank.wait_until(&mut pool, deadline).timed_out() {
                break;
            }
        }
        drop(pool);
        self.ticker.stop(deadline);
        let threads = std::mem::take(&mut self.pool.lock().threads);
        for thread in threads {
            join(thread, deadline);
        }
    }
}

/// The number of the epoll instance of the engine that was abandoned last. A worker of it may be about to wait on that
/// number, and must not take the events of the next engine.
static ABANDONED: AtomicI32 = AtomicI32::new(-1);

fn new_epoll() -> io::Result<OwnedFd> {
    let new = events::new()?;
    if new.as_raw_fd() == ABANDONED.load(Ordering::SeqCst) {
        // While this one has the number, the next one gets another.
        return events::new();
    }
    Ok(new)
}

/// A share in the engine. The last one takes its workers along.
pub(super) struct EngineRef {
    pub engine: Arc<Engine>,
}

impl Drop for EngineRef {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

/// Held during forks: see [`crate::sync::Held`].
pub(super) static CURRENT: Mutex<Weak<EngineRef>> = Mutex::new(Weak::new());

impl EngineRef {
    /// A share in the running engine, or in a new one.
    pub fn take() -> io::Result<Arc<EngineRef>> {
        let mut current = CURRENT.lock();
        if let Some(engine_ref) = current.upgrade().filter(|engine_ref| !engine_ref.engine.is_abandoned()) {
            return Ok(engine_ref);
        }
        let engine = Engine::new()?;
        engine.spawn_worker()?;
        let engine_ref = Arc::new(EngineRef { engine });
        *current = Arc::downgrade(&engine_ref);
        Ok(engine_ref)
    }
}
