//! The state behind the trace functions: level, destinations, and the order of callbacks.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use crate::sync::{Held, Mutex, MutexGuard};

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
    /// Whether lines wait for the callback and nobody is at it.
    neglected: AtomicBool,
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
            neglected: AtomicBool::new(false),
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

    /// Whether lines wait for the callback, and no thread is about to give them to it.
    #[inline]
    pub(super) fn is_neglected(&self) -> bool {
        self.neglected.load(Ordering::Relaxed)
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
        self.change(|outputs| outputs.destination = None);
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
        let Some(mut outputs) = self.lock() else { return };
        if let Some(destination) = &mut outputs.destination {
            destination.write(lines.iter().map(Line::text));
        }
        if outputs.callback.is_some() {
            let room = MAX_UNDELIVERED - outputs.undelivered.len();
            outputs.lost += lines.len().saturating_sub(room);
            outputs.undelivered.extend(lines.into_iter().take(room));
        }
        self.note_neglect(&outputs);
    }

    /// Gives the callback what waits for it, unless another thread does that already, or this
    /// one further up its stack.
    pub(super) fn deliver(&self) {
        let Some(mut outputs) = self.lock() else { return };
        if outputs.is_delivering() {
            return;
        }
        outputs.delivering_in = Some(std::process::id());
        for _ in 0..MAX_DELIVERIES {
            let (Some(callback), Some(mut line)) = (outputs.callback.clone(), outputs.next_undelivered())
            else {
                break;
            };
            drop(outputs);
            callback(line.level, line.text_with_nul());
            drop(callback);
            let Some(locked) = self.lock() else { return };
            outputs = locked;
        }
        outputs.delivering_in = None;
        self.note_neglect(&outputs);
    }

    /// Takes the lock for the time of a fork, if nobody keeps it too long: whoever writes may be waiting for a
    /// reader.
    pub(super) fn hold(&'static self, may_wait: bool) -> Option<Held<Outputs>> {
        let patience = if may_wait { FORK_WAITS } else { Duration::ZERO };
        self.outputs.try_lock_for(patience).map(ManuallyDrop::new)
    }

    fn change(&self, change: impl FnOnce(&mut Outputs)) {
        let Some(mut outputs) = self.lock() else { return };
        change(&mut outputs);
        self.threshold.store(outputs.threshold(), Ordering::Relaxed);
        self.note_neglect(&outputs);
    }

    fn note_neglect(&self, outputs: &Outputs) {
        let waiting = !outputs.undelivered.is_empty() || outputs.lost > 0;
        self.neglected.store(waiting && !outputs.is_delivering(), Ordering::Relaxed);
    }

    /// Locks the outputs, or finds that this cannot be done any more: a child of `fork` inherits
    /// the lock, but not the thread that held it just then. It goes without a trace.
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
