//! The state behind the trace functions: level, destinations, and the order of callbacks.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use crate::sync::{Held, Mutex, MutexGuard, Uncancelled, release};

use super::file::Destination;
use super::text::Line;
use super::{Callback, Level};

/// Above every level: nothing is wanted.
const OFF: u8 = u8::MAX;

/// Lines that wait for a callback which does not keep up. More are counted, not kept.
const MAX_UNDELIVERED: usize = 10_000;

/// Lines that one flush gives to the callback. Busy threads make new ones all the while, and the
/// thread that happens to deliver has other things to do; what is left is the next flush's.
const MAX_DELIVERIES: usize = 1000;

/// How long a fork waits for the lock.
const FORK_WAITS: Duration = Duration::from_millis(100);

/// Lines wait for the callback.
const FOR_CALLBACK: u8 = 1;
/// Lines wait for standard output.
const FOR_STDOUT: u8 = 2;

thread_local! {
    /// Whether this thread has the outputs locked. It may come again: in a handler of a signal, or in
    /// the program's own stream behind `stdout`. Then it goes without a trace.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// What the environment says about tracing. Contract L-2xx.
#[derive(Default)]
pub(super) struct Environment {
    pub(super) destination: OsString,
    pub(super) level: OsString,
    pub(super) max_lines: OsString,
}

impl Environment {
    pub(super) fn read() -> Environment {
        let read = |name| std::env::var_os(name).unwrap_or_default();
        Environment {
            destination: read("MQTT_C_CLIENT_TRACE"),
            level: read("MQTT_C_CLIENT_TRACE_LEVEL"),
            max_lines: read("MQTT_C_CLIENT_TRACE_MAX_LINES"),
        }
    }

    fn max_lines(&self) -> usize {
        let number = self.max_lines.to_str().and_then(|text| text.trim().parse().ok());
        number.filter(|&lines| lines > 0).unwrap_or(1000)
    }
}

/// The trace facility of one loaded library.
pub(super) struct Facility {
    /// The lowest level that is wanted, or [`OFF`].
    threshold: AtomicU8,
    /// Whether there are clients.
    has_begun: AtomicBool,
    /// What lines wait for, if nobody is at it.
    neglected: AtomicU8,
    /// The process that last took the lock: see [`Facility::lock`].
    process: AtomicU32,
    /// Taken last of all locks, and never held while the application's code runs.
    outputs: Mutex<Outputs>,
}

pub(super) struct Outputs {
    level_of_program: Option<Level>,
    level_of_environment: Option<Level>,
    destination: Option<Destination>,
    callback: Option<Callback>,
    /// For the callback, in the order in which the file has them.
    undelivered: VecDeque<Line>,
    /// How many more there were.
    lost: usize,
    /// The process in which a thread is delivering. In a child of `fork` that thread is missing.
    delivering_in: Option<u32>,
}

impl Facility {
    pub(super) const fn new() -> Facility {
        Facility {
            threshold: AtomicU8::new(OFF),
            has_begun: AtomicBool::new(false),
            neglected: AtomicU8::new(0),
            process: AtomicU32::new(0),
            outputs: Mutex::new(Outputs {
                level_of_program: None,
                level_of_environment: None,
                destination: None,
                callback: None,
                undelivered: VecDeque::new(),
                lost: 0,
                delivering_in: None,
            }),
        }
    }

    #[inline]
    pub(super) fn wants(&self, level: Level) -> bool {
        level.number() >= self.threshold.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.threshold.load(Ordering::Relaxed) != OFF
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Whether lines wait for anything, and no thread is about to hand them out.
    #[inline]
    pub(super) fn is_neglected(&self) -> bool {
        self.neglected.load(Ordering::Relaxed) != 0
    }

    /// Whether lines wait for the callback, and no thread is about to give them to it.
    #[inline]
    pub(super) fn has_lines(&self) -> bool {
        self.neglected.load(Ordering::Relaxed) & FOR_CALLBACK != 0
    }

    /// Opens what the environment names.
    pub(super) fn start(&self, environment: &Environment) {
        let destination = Destination::open(&environment.destination, environment.max_lines());
        self.change(|outputs| {
            outputs.destination = destination;
            outputs.level_of_environment = Level::from_environment(&environment.level);
        });
        self.has_begun.store(true, Ordering::Relaxed);
    }

    /// Closes the file.
    pub(super) fn stop(&self) {
        self.has_begun.store(false, Ordering::Relaxed);
        self.change(|outputs| {
            if let Some(mut destination) = outputs.destination.take() {
                destination.write_waiting();
            }
        });
    }

    pub(super) fn set_level(&self, level: Option<Level>) {
        self.change(|outputs| outputs.level_of_program = level);
    }

    pub(super) fn set_callback(&self, callback: Option<Callback>) {
        // The old one is dropped after the lock: its destructor is the application's business.
        let mut replaced = callback;
        self.change(|outputs| {
            std::mem::swap(&mut outputs.callback, &mut replaced);
            if outputs.callback.is_none() {
                outputs.undelivered.clear();
                outputs.lost = 0;
            }
        });
    }

    /// Writes lines to the file, and queues them for the callback.
    pub(super) fn accept(&self, mut lines: Vec<Line>) {
        lines.iter_mut().for_each(Line::stamp);
        self.locked(|outputs| {
            if let Some(destination) = &mut outputs.destination {
                destination.write(lines.iter().map(Line::text));
            }
            if outputs.callback.is_some() {
                let room = MAX_UNDELIVERED - outputs.undelivered.len();
                outputs.lost += lines.len().saturating_sub(room);
                outputs.undelivered.extend(lines.into_iter().take(room));
            }
            self.note_neglect(outputs);
        });
    }

    /// Writes what standard output could not take before, and gives the callback what waits for it,
    /// unless another thread does that already, or this one further up its stack.
    pub(super) fn hand_out(&self) {
        let is_mine = self.locked(|outputs| {
            if let Some(destination) = &mut outputs.destination {
                destination.write_waiting();
            }
            let is_mine = outputs.has_undelivered() && !outputs.is_delivering();
            if is_mine {
                outputs.delivering_in = Some(std::process::id());
            }
            self.note_neglect(outputs);
            is_mine
        });
        if is_mine == Some(true) {
            self.deliver();
        }
    }

    fn deliver(&self) {
        for left in (0..MAX_DELIVERIES).rev() {
            let next = self.locked(|outputs| {
                let callback = outputs.callback.clone();
                let next = callback.and_then(|callback| Some((callback, outputs.next_undelivered()?)));
                if next.is_none() {
                    outputs.delivering_in = None;
                    self.note_neglect(outputs);
                }
                next
            });
            let Some(Some((callback, mut line))) = next else { return };
            callback(line.level, line.text_with_nul());
            drop(callback);
            if left == 0 {
                self.locked(|outputs| {
                    outputs.delivering_in = None;
                    self.note_neglect(outputs);
                });
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Outputs)) {
        self.locked(|outputs| {
            change(outputs);
            self.threshold.store(outputs.threshold(), Ordering::Relaxed);
            self.note_neglect(outputs);
        });
    }

    fn note_neglect(&self, outputs: &Outputs) {
        let mut waiting = 0;
        if outputs.has_undelivered() && !outputs.is_delivering() {
            waiting |= FOR_CALLBACK;
        }
        if outputs.destination.as_ref().is_some_and(Destination::has_waiting) {
            waiting |= FOR_STDOUT;
        }
        self.neglected.store(waiting, Ordering::Relaxed);
    }

    /// Works on the outputs, if that can be done here. A thread that is cancelled meanwhile ends later.
    fn locked<R>(&self, work: impl FnOnce(&mut Outputs) -> R) -> Option<R> {
        if INSIDE.replace(true) {
            return None;
        }
        let uncancelled = Uncancelled::begin();
        let result = self.lock().map(|mut outputs| work(&mut outputs));
        drop(uncancelled);
        INSIDE.set(false);
        result
    }

    /// Takes the lock for the time of a fork, if nobody keeps it too long: whoever writes may be waiting for a
    /// reader.
    pub(super) fn hold(&'static self, may_wait: bool) -> Option<Held<Outputs>> {
        let patience = if may_wait { FORK_WAITS } else { Duration::ZERO };
        let held = self.outputs.try_lock_for(patience)?;
        INSIDE.set(true);
        Some(ManuallyDrop::new(held))
    }

    /// Gives it back, in the parent and in the child.
    pub(super) fn let_go(held: Option<Held<Outputs>>) {
        if held.is_some() {
            release(held);
            INSIDE.set(false);
        }
    }

    /// Locks the outputs, or finds that this cannot be done any more: a process that was made by other
    /// means than `fork` may inherit the lock, but not the thread that held it just then. It goes
    /// without a trace.
    fn lock(&self) -> Option<MutexGuard<'_, Outputs>> {
        loop {
            if let Some(outputs) = self.outputs.try_lock_for(Duration::from_secs(1)) {
                self.process.store(std::process::id(), Ordering::Relaxed);
                return Some(outputs);
            }
            if self.process.load(Ordering::Relaxed) != std::process::id() {
                self.threshold.store(OFF, Ordering::Relaxed);
                return None;
            }
        }
    }
}

impl Outputs {
    /// The program's word counts more than the environment's, and survives (contract L-502).
    fn threshold(&self) -> u8 {
        if self.destination.is_none() && self.callback.is_none() {
            return OFF;
        }
        self.level_of_program.or(self.level_of_environment).unwrap_or(Level::Minimum).number()
    }

    fn has_undelivered(&self) -> bool {
        !self.undelivered.is_empty() || self.lost > 0
    }

    fn is_delivering(&self) -> bool {
        self.delivering_in == Some(std::process::id())
    }

    /// What the callback gets next.
    fn next_undelivered(&mut self) -> Option<Line> {
        if let Some(line) = self.undelivered.pop_front() {
            return Some(line);
        }
        if self.lost == 0 {
            return None;
        }
        let lost = std::mem::take(&mut self.lost);
        let mut line = Line::stamped(
            Level::Error,
            format_args!("{lost} trace lines lost: the trace callback is too slow"),
        );
        line.stamp();
        Some(line)
    }
}
