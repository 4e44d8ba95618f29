//! Trying out in which order threads take locks, wait and wake.
//!
//! In a test the client's real code, with the real engine, runs on tasks of shuttle's, of which one runs at a time.
//! Wherever threads may come between each other a scheduler picks the next one by chance: where a lock is taken or
//! let go, and where something is waited for. Time goes on by chance, too. What waits in the kernel elsewhere asks
//! again and again here, so that a wait that nobody ends shows as a test that does not end, which shuttle finds out.
//!
//! All of this is behind the feature `interleavings`, which no library has.

use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, MaxSteps, Runner};
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Takes what belongs to the running task out of a variable of the thread. The answer puts it back.
pub type TakeOut = fn() -> Box<dyn FnOnce()>;

/// No test takes so many steps, unless it waits for what does not come.
const MOST_STEPS: usize = 2_000_000;

/// A task's stack. Callbacks need little here.
const STACK: usize = 1 << 20;

/// How much time passes at most when a task looks at the clock, and how often: each for a part of the rounds. Time
/// that flies brings what is done in vain when somebody is busy, and with it a second look at what was missed.
const TICK: Duration = Duration::from_millis(4);
const TICKS_ONE_IN: [u32; 3] = [4, 64, 4096];

/// How often a wait with a deadline looks at the time.
const LOOKS_ONE_IN: u32 = 16;

thread_local! {
    static IS_ON: Cell<bool> = const { Cell::new(false) };
    /// How much time has passed.
    static PASSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static TICKS: Cell<u32> = const { Cell::new(1) };
    static VARIABLES: RefCell<Vec<TakeOut>> = const { RefCell::new(Vec::new()) };
}

/// Runs a scenario under many orders. `variables`: what else is a thread's own.
pub fn explore(rounds: usize, variables: &[TakeOut], scenario: fn()) {
    // All clients of a process share an engine.
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE_AT_A_TIME.lock();
    run(RandomScheduler::new(rounds), variables, scenario);
    // A task goes on until a few points, chosen by chance, at which another one does: finds what needs one task to
    // be left alone for long.
    run(PctScheduler::new(3, rounds), variables, scenario);
}

fn run(scheduler: impl Scheduler + 'static, variables: &[TakeOut], scenario: fn()) {
    let mut config = Config::default();
    config.max_steps = MaxSteps::FailAfter(MOST_STEPS);
    config.stack_size = STACK;
    config.silence_warnings = true;
    VARIABLES.set(variables.to_vec());
    IS_ON.set(true);
    Runner::new(scheduler, config).run(move || {
        TICKS.set(TICKS_ONE_IN[thread_rng().gen_range(0..TICKS_ONE_IN.len())]);
        scenario();
    });
    IS_ON.set(false);
}

/// Whether this thread runs tasks.
#[inline]
pub fn is_on() -> bool {
    IS_ON.get()
}

/// Another task may come here.
pub fn point() {
    if is_on() && !std::thread::panicking() {
        keeping_variables(shuttle::thread::yield_now);
    }
}

/// Starts a task. Another one may come here, too.
pub fn spawn(body: impl FnOnce() + Send + 'static) {
    keeping_variables(|| drop(shuttle::thread::spawn(body)));
}

/// Does something in which other tasks may run, with variables of their own.
fn keeping_variables(deed: impl FnOnce()) {
    let variables = VARIABLES.with_borrow(Clone::clone);
    let taken_out: Vec<_> = variables.into_iter().map(|take_out| take_out()).collect();
    deed();
    taken_out.into_iter().for_each(|put_back| put_back());
}

/// Tells the running task from the others.
pub fn this_task() -> usize {
    usize::from(shuttle::current::me())
}

/// What time it is among tasks.
pub fn now() -> Instant {
    if thread_rng().gen_ratio(1, TICKS.get()) {
        PASSED.set(PASSED.get() + thread_rng().gen_range(Duration::ZERO..TICK));
    }
    present()
}

fn present() -> Instant {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    *BEGINNING.get_or_init(Instant::now) + PASSED.get()
}

/// Asks until there is an answer. `None`: the deadline has passed.
pub fn ask_until<T>(deadline: Option<Instant>, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    loop {
        point();
        if let Some(answer) = ask() {
            return Some(answer);
        }
        let has_passed = |deadline| thread_rng().gen_ratio(1, LOOKS_ONE_IN) && now() >= deadline;
        if deadline.is_some_and(has_passed) {
            return None;
        }
    }
}

/// As the kernel's wait for a word.
pub fn wait_while(word: &AtomicU32, value: u32, deadline: Option<Instant>) -> bool {
    ask_until(deadline, || (word.load(Ordering::Relaxed) != value).then_some(())).is_some()
}
