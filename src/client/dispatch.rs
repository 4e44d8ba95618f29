//! Running the application's callbacks: in order, one at a time, with no lock held.
//!
//! In callback mode that is the work of whichever worker finds something to do. It keeps the socket
//! while callbacks are short; when one takes long, the engine's ticker gives the socket to another
//! worker, which reads, acknowledges and pings, and leaves the messages in the queue.

use super::application::Application;
use super::desk::{Desk, Notice, Waiting};
use super::lifecycle::SyncClient;
use super::state::{Custody, Ending, Link, Mode, State};
use super::waiting::{Locked, leave_parents_client};
use crate::engine::{self, Driven, Member, ReadOutcome, Visit, Worker, clock};
use crate::protocol::packet::packet_type::PUBREC;
use crate::protocol::session::Receipt;
use crate::sync::MutexGuard;
use crate::trace::{self, Level};
use rustix::thread::sched_getcpu;
use std::cell::Cell;
use std::collections::VecDeque;
use std::ptr;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

/// Messages handed over between two looks at the state.
const BATCH: usize = 256;

/// So many completions to tell are worth it that a publisher who waits for them gets all at once.
const MANY_COMPLETIONS: usize = 16;

/// Reads in a row before others get their turn.
const READS_IN_A_ROW: usize = 32;

/// So long a worker waits for a client that another thread has locked, before it serves others.
const LOCKED_AT_MOST: Duration = Duration::from_millis(2);

/// How long an answer may wait for others while more is being read.
const ANSWERS_WAIT: Duration = Duration::from_micros(100);

/// When a message that the application refused is offered again (README decision 3).
const OFFER_AGAIN_AFTER: Duration = Duration::from_millis(100);

thread_local! {
    /// The client whose callbacks this thread runs; by address, never used as a pointer.
    static DISPATCHING: Cell<*const ()> = const { Cell::new(ptr::null()) };
}

/// Whether the calling thread is in a callback of this client.
pub(super) fn is_dispatching<A: Application>(client: &SyncClient<A>) -> bool {
    DISPATCHING.get() == ptr::from_ref(client).cast()
}

/// Marks the calling thread as one that is in callbacks, as long as it lives.
struct InCallbacks {
    outer: *const (),
}

impl InCallbacks {
    fn of<A: Application>(client: &SyncClient<A>) -> InCallbacks {
        InCallbacks { outer: DISPATCHING.replace(ptr::from_ref(client).cast()) }
    }
}

impl Drop for InCallbacks {
    fn drop(&mut self) {
        DISPATCHING.set(self.outer);
    }
}

thread_local! {
    /// The client in whose callbacks this thread has panicked; as above.
    static ABANDONED: Cell<*const ()> = const { Cell::new(ptr::null()) };
}

/// That the calling thread runs a client's callbacks. If it panics meanwhile, that is noted.
struct Turn {
    client: *const (),
}

impl Turn {
    fn of<A: Application>(client: &SyncClient<A>) -> Turn {
        Turn { client: ptr::from_ref(client).cast() }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if thread::panicking() {
            ABANDONED.set(self.client);
        }
    }
}

impl<A: Application> SyncClient<A> {
    /// After a panic on this thread: if it was running this client's callbacks, others may.
    pub(super) fn give_turn_back(&self, state: &mut State<A>) {
        if ABANDONED.get() != ptr::from_ref(self).cast() {
            return;
        }
        ABANDONED.set(ptr::null());
        state.dispatching = false;
        state.telling = false;
        state.taking = false;
        state.batches += 1;
        if state.custody == Custody::Dispatcher {
            state.custody = Custody::Free;
        }
        // What was on its way into the application is gone.
        state.desk.backlog = state.desk.inbox.iter().map(|waiting| waiting.size).sum();
        self.changed.notify_all();
    }

    /// Takes the lock as a worker, whom others need, too: `None` if another thread keeps it for long. A worker
    /// that comes back then does what this one has come for.
    fn lock_for_worker(&self) -> Option<Locked<'_, A>> {
        let state =
            self.state.try_lock().or_else(|| self.state.try_lock_until(clock::now() + LOCKED_AT_MOST));
        if state.is_none() {
            self.was_busy.store(true, Ordering::Relaxed);
        }
        state
    }

    /// Whether callbacks wait that only a calling thread can run.
    pub(super) fn has_notices_to_run(&self, state: &State<A>) -> bool {
        !engine::is_ending()
            && state.mode == Mode::Calling
            && !state.dispatching
            && state.connecting.is_none()
            && state.has_notices()
    }

    /// Runs callbacks on a calling thread (contract C-5.1).
    pub(super) fn run_notices<'a>(&'a self, mut state: Locked<'a, A>) -> Locked<'a, A> {
        state.dispatching = true;
        let turn = Turn::of(self);
        while !engine::is_ending()
            && let Some(notice) = next_notice(&mut state.desk)
        {
            let application = state.application.clone();
            drop(state);
            trace::flush();
            let mark = InCallbacks::of(self);
            let left = self.run_notice(&application, notice);
            drop(mark);
            state = self.lock_after_callback(engine::generation());
            if let Some(notice) = left {
                state.desk.notices.push_front(notice);
            }
        }
        drop(turn);
        state.dispatching = false;
        self.changed.notify_all();
        state
    }

    /// Runs all callbacks there are to run, unless somebody does already. Reads on meanwhile if this
    /// worker still has the socket and more is there; gives the socket back at the end.
    fn dispatch<'a>(&'a self, mut state: Locked<'a, A>, worker: &mut Worker, mut outcome: ReadOutcome) {
        if state.dispatching {
            self.read_packets(&mut state, worker);
            self.send_answers(&mut state, clock::now());
            state.arm();
            state.set_deadline();
            return;
        }
        let _mark = InCallbacks::of(self);
        let mut reads = 1;
        let mut answers = Answers { sent: clock::now(), more_to_come: false };
        loop {
            let looks_again = outcome == ReadOutcome::Drained && state.looks_again(answers.sent);
            answers.more_to_come = looks_again || outcome == ReadOutcome::More;
            if !answers.more_to_come || self.overdue.load(Ordering::Relaxed) {
                // None waits for a callback.
                self.send_answers(&mut state, answers.sent);
            }
            let is_our_turn;
            (state, is_our_turn) = self.run_callbacks(state, worker, &mut answers);
            if !is_our_turn {
                // The engine comes again when it is.
                self.read_packets(&mut state, worker);
                break;
            }
            let may_read =
                state.is_readable_by_workers() && matches!(state.link, Link::Up(_)) && !engine::is_ending();
            if !answers.more_to_come || !may_read || reads == READS_IN_A_ROW {
                break;
            }
            reads += 1;
            outcome = if looks_again {
                self.look_again(&mut state, worker)
            } else {
                self.read_slice(&mut state, worker.buffer())
            };
        }
        self.send_answers(&mut state, clock::now());
        if engine::is_ending() {
            // The application has ended this thread; another goes on.
            state.post_dispatch();
        }
        let arming = if state.custody == Custody::Free { state.arm_later() } else { None };
        state.set_deadline();
        drop(state);
        trace::flush();
        if let Some(arming) = arming
            && !arming.arm(worker)
            && let Ok(mut state) = self.lock()
        {
            // Somebody has armed it otherwise meanwhile, and may have been first.
            state.arm_again();
        }
    }

    /// Runs the callbacks that there are to run while no other client's run. False: others have their turn
    /// first.
    fn run_callbacks<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        worker: &mut Worker,
        answers: &mut Answers,
    ) -> (Locked<'a, A>, bool) {
        while state.wants_dispatch() && !self.ended.load(Ordering::Relaxed) && !engine::is_ending() {
            let Some(ticket) = state.member.as_ref().map(Member::ticket) else { break };
            if !worker.take_turn(ticket) {
                return (state, false);
            }
            state = self.run_batch(state, worker, answers);
            worker.let_others();
        }
        (state, true)
    }

    /// Handles the packets that were read already: no socket will announce them.
    fn read_packets(&self, state: &mut Locked<'_, A>, worker: &mut Worker) {
        while state.is_readable_by_workers() && state.has_packet() {
            self.read_slice(state, worker.buffer());
            state.pause_if_full();
        }
    }

    /// Lets the application go first, if it only waits for this processor, and reads what comes of that.
    fn look_again(&self, state: &mut Locked<'_, A>, worker: &mut Worker) -> ReadOutcome {
        let begun = clock::now();
        MutexGuard::unlocked(state, thread::yield_now);
        if !state.is_readable_by_workers() {
            return ReadOutcome::Nothing;
        }
        let outcome = self.read_slice(state, worker.buffer());
        let took = clock::now().saturating_duration_since(begun);
        state.exchange.note(outcome != ReadOutcome::Nothing, took);
        outcome
    }

    /// Takes some callbacks out of the queue and runs them; afterwards acknowledges what was taken.
    fn run_batch<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        worker: &Worker,
        answers: &mut Answers,
    ) -> Locked<'a, A> {
        state.dispatching = true;
        let epoch = state.epoch;
        let keeps_socket = state.custody == Custody::Free;
        if keeps_socket {
            state.custody = Custody::Dispatcher;
        }
        self.interrupt.store(self.ended.load(Ordering::Relaxed), Ordering::Relaxed);
        let application = state.application.clone();
        let depth = state.desk.inbox.len();
        let (mut notices, mut offered) = (std::mem::take(&mut state.desk.notices), 0);
        state.telling = !notices.is_empty();
        let goes_second = notices.len() >= MANY_COMPLETIONS && state.lead.is_likely();
        if notices.is_empty() && state.has_message_to_offer() {
            offered = batch_size(&state);
        } else if notices.is_empty() {
            notices.extend(state.desk.endings.pop_front());
        }
        let mut batch = Batch {
            waiting: state.desk.inbox.drain(..offered).collect(),
            receipts: Vec::new(),
            stored: Vec::new(),
            size: 0,
            begun_in: engine::generation(),
        };
        state.taking = batch.waiting.iter().any(|waiting| waiting.receipt.is_some());
        let turn = Turn::of(self);
        if let Some(member) = &state.member {
            worker.begin_callbacks(member);
        }
        drop(state);
        trace::flush();
        let took = self.tell(&application, &mut notices, goes_second, batch.begun_in);
        let refused = self.hand_over(&application, &mut batch, depth);
        let mut state = self.lock_after_callback(batch.begun_in);
        worker.end_callbacks();
        if let Some(took) = took {
            state.lead.note(self.let_go.load(Ordering::Relaxed), took);
        }
        if engine::is_ending() && !state.destroyed {
            notices.append(&mut state.desk.notices);
            state.desk.notices = notices;
        }
        self.settle(&mut state, batch, refused, answers);
        drop(turn);
        if keeps_socket && state.epoch == epoch && state.custody == Custody::Dispatcher {
            state.custody = Custody::Free;
        }
        state.dispatching = false;
        state.telling = false;
        state.taking = false;
        state.batches += 1;
        self.changed.notify_all();
        state
    }

    /// Runs callbacks other than for messages. If asked to, lets the application go first after one of
    /// them, and answers how long that took.
    ///
    /// If the application ends this thread in one of them, what is left stays in the queue.
    fn tell(
        &self,
        application: &A,
        notices: &mut VecDeque<Notice>,
        goes_second: bool,
        begun_in: u32,
    ) -> Option<Duration> {
        if notices.len() >= MANY_COMPLETIONS {
            self.let_go.store(false, Ordering::Relaxed);
            self.telling_on.store(1 + sched_getcpu(), Ordering::Relaxed);
        }
        let mut took = None;
        while let Some(notice) = notices.pop_front() {
            if self.ended.load(Ordering::Relaxed) || engine::generation() != begun_in {
                break;
            }
            if let Some(left) = self.run_notice(application, notice) {
                notices.push_front(left);
            }
            if engine::is_ending() {
                break;
            }
            if goes_second && took.is_none() {
                let begun = clock::now();
                thread::yield_now();
                took = Some(clock::now().saturating_duration_since(begun));
            }
        }
        self.telling_on.store(0, Ordering::Relaxed);
        took
    }

    /// Takes the lock again after callbacks.
    ///
    /// If one has forked and returns in the child, too, this does not return there. A worker ends, whosever
    /// the client is: it would take the parent's messages from the parent's epoll. A call of the application
    /// fails, if the client is the parent's.
    fn lock_after_callback(&self, begun_in: u32) -> Locked<'_, A> {
        if self.is_of_parent() || engine::generation() != begun_in {
            leave_parents_client();
        }
        trace::flush();
        self.state.lock()
    }

    /// Hands messages over until all are, the application refuses one, or somebody interrupts. Whether
    /// one was refused.
    fn hand_over(&self, application: &A, batch: &mut Batch<A::Message>, depth: usize) -> bool {
        for left in (0..depth).rev() {
            let is_other_process = engine::generation() != batch.begun_in;
            if self.interrupt.load(Ordering::Relaxed) || is_other_process || engine::is_ending() {
                return false;
            }
            let Some(waiting) = batch.waiting.pop_front() else { return false };
            let Waiting { message, receipt, stored, size } = waiting;
            if trace::enabled(Level::Minimum) {
                let queued = left + 1;
                trace::line(
                    Level::Minimum,
                    format_args!("Calling messageArrived for client {}, queue depth {queued}", self.name),
                );
                trace::flush();
            }
            match application.message_arrived(message) {
                Ok(()) => {
                    batch.size += size;
                    batch.receipts.extend(receipt);
                    batch.stored.extend(stored);
                }
                Err(message) => {
                    batch.waiting.push_front(Waiting { message, receipt, stored, size });
                    return true;
                }
            }
        }
        false
    }

    /// After a batch: acknowledges what was taken, puts back what was not.
    fn settle(
        &self,
        state: &mut Locked<'_, A>,
        batch: Batch<A::Message>,
        refused: bool,
        answers: &mut Answers,
    ) {
        let now = clock::now();
        let State { session, desk, .. } = &mut **state;
        for receipt in batch.receipts {
            session.acknowledge(now, receipt, desk);
        }
        for key in &batch.stored {
            desk.forget_message(Some(key));
        }
        desk.backlog = desk.backlog.saturating_sub(batch.size);
        for waiting in batch.waiting.into_iter().rev() {
            desk.inbox.push_front(waiting);
        }
        if refused {
            let name = &self.name;
            trace::line(
                Level::Minimum,
                format_args!(
                    "False returned from messageArrived for client {name}, message remains on queue"
                ),
            );
            state.offer_again = Some(now + OFFER_AGAIN_AFTER);
        }
        state.resume_reading(now);
        // One write for many acknowledgements, unless the application takes its time, or what it has would
        // come again if the process were killed now.
        let may_wait = answers.more_to_come
            && now.saturating_duration_since(answers.sent) < ANSWERS_WAIT
            && !self.interrupt.load(Ordering::Relaxed)
            && !state.session.outlives_connection();
        if !may_wait {
            self.send_answers(state, now);
            answers.sent = now;
        }
    }

    pub(super) fn send_answers(&self, state: &mut Locked<'_, A>, now: Instant) {
        self.overdue.store(false, Ordering::Relaxed);
        if state.can_write() {
            let _ = self.write_out(state, now);
        }
    }

    /// Runs a callback. Answers what is left to be told, if the application ends the thread between two.
    fn run_notice(&self, application: &A, notice: Notice) -> Option<Notice> {
        let name = &self.name;
        match notice {
            Notice::Completed { packet_id, packet_type, reason, properties } => {
                if application.handles_published() {
                    trace::line(
                        Level::Minimum,
                        format_args!("Calling published for client {name}, msgid {packet_id}"),
                    );
                    application.published(packet_id, packet_type, reason, properties.as_list());
                }
                // An exchange that ended with an error in PUBREC delivered nothing (contract C-6.5).
                if packet_type != PUBREC {
                    let delivered = Notice::Delivered { packet_id };
                    if engine::is_ending() {
                        return Some(delivered);
                    }
                    return self.run_notice(application, delivered);
                }
            }
            Notice::Delivered { packet_id } => {
                if application.handles_deliveries() && !self.ended.load(Ordering::Relaxed) {
                    trace::line(
                        Level::Minimum,
                        format_args!("Calling deliveryComplete for client {name}, msgid {packet_id}"),
                    );
                    application.delivery_complete(packet_id);
                }
            }
            Notice::Lost => {
                if application.handles_loss() {
                    trace::line(Level::Minimum, format_args!("Calling connectionLost for client {name}"));
                    application.connection_lost();
                }
            }
            Notice::Disconnected { reason, properties } => {
                trace::line(Level::Minimum, format_args!("Calling disconnected for client {name}"));
                application.disconnected(reason, properties.as_list());
            }
        }
        None
    }
}

/// How many messages to hand over before the next acknowledgements go out.
///
/// If the server keeps the session they go out after each message that has one: when the process is
/// killed, only the message that it was in comes again. Otherwise nothing does, and they may wait.
fn batch_size<A: Application>(state: &State<A>) -> usize {
    let survives = state.session.outlives_connection();
    let counts = |waiting: &Waiting<_>| waiting.stored.is_some() || survives && waiting.receipt.is_some();
    let inbox = state.desk.inbox.iter().take(BATCH);
    inbox.clone().position(counts).map_or(inbox.len(), |first| first + 1)
}

fn next_notice<A: Application>(desk: &mut Desk<A>) -> Option<Notice> {
    desk.notices.pop_front().or_else(|| desk.endings.pop_front())
}

/// Acknowledgements and other answers that wait for each other, to leave in one write.
struct Answers {
    /// When the last ones left.
    sent: Instant,
    /// Whether there is more to read at once, to which there will be answers, too.
    more_to_come: bool,
}

/// Messages on their way into the application.
struct Batch<M> {
    waiting: VecDeque<Waiting<M>>,
    /// Of those that it took.
    receipts: Vec<Receipt>,
    /// The keys of those that were in the store.
    stored: Vec<String>,
    /// What those weighed.
    size: usize,
    /// The process in which it began: see [`engine::generation`].
    begun_in: u32,
}

impl<A: Application> Driven for SyncClient<A> {
    fn handle_socket(&self, worker: &mut Worker) -> Visit {
        if self.is_of_parent() {
            return Visit::Done;
        }
        let Some(mut state) = self.lock_for_worker() else { return Visit::Busy };
        if state.destroyed {
            return Visit::Done;
        }
        state.armed = None;
        if state.is_write_blocked() {
            // There may be room now. An error has ended the connection, and that is told elsewhere.
            let _ = self.write_out(&mut state, clock::now());
            self.changed.notify_all();
        }
        if state.is_readable_by_workers() {
            let outcome = self.read_slice(&mut state, worker.buffer());
            // A packet is the occasion to offer again what was refused (README decision 3).
            if outcome != ReadOutcome::Nothing {
                state.offer_again = None;
            }
            state.pause_if_full();
            self.dispatch(state, worker, outcome);
            return Visit::Done;
        }
        // Somebody else reads. What is left is to write.
        let _ = self.write_out(&mut state, clock::now());
        self.changed.notify_all();
        state.arm();
        drop(state);
        trace::flush();
        Visit::Done
    }

    fn handle_deadline(&self) -> Visit {
        if self.is_of_parent() {
            return Visit::Done;
        }
        let Some(mut state) = self.state.try_lock() else { return Visit::Busy };
        if state.destroyed {
            return Visit::Done;
        }
        state.deadline_set = None;
        if self.was_busy.swap(false, Ordering::Relaxed) {
            state.arm_again();
            state.post_dispatch();
        }
        if state.mode == Mode::Workers {
            self.handle_session_deadline(&mut state);
            if state.offer_again.is_some_and(|at| clock::now() >= at) {
                state.offer_again = None;
                state.post_dispatch();
            }
            state.set_deadline();
        }
        drop(state);
        trace::flush();
        Visit::Done
    }

    fn handle_post(&self, worker: &mut Worker) -> Visit {
        if self.is_of_parent() {
            return Visit::Done;
        }
        let Some(state) = self.lock_for_worker() else { return Visit::Busy };
        if !state.destroyed {
            let outcome = if state.has_packet() { ReadOutcome::More } else { ReadOutcome::Nothing };
            self.dispatch(state, worker, outcome);
        }
        Visit::Done
    }

    fn handle_flush(&self) -> bool {
        // Whoever holds the lock does it, then.
        self.overdue.store(true, Ordering::Relaxed);
        let Some(mut state) = self.state.try_lock() else { return true };
        self.overdue.store(false, Ordering::Relaxed);
        let now = clock::now();
        if state.can_write() && !state.writing {
            let _ = self.write_out(&mut state, now);
            self.changed.notify_all();
        }
        if state.is_write_blocked() {
            state.arm();
        }
        let is_left = state.can_write();
        let comes_again = state.burst.flushed(now, is_left);
        self.keep_alive_while_calling(&mut state);
        drop(state);
        trace::flush();
        comes_again
    }

    fn handle_panic(&self) {
        if self.is_of_parent() {
            return;
        }
        let mut state = self.state.lock();
        self.give_turn_back(&mut state);
        state.close(Ending::Lost);
        state.set_deadline();
        self.changed.notify_all();
    }

    fn handle_slow_callback(&self) {
        if self.is_of_parent() {
            return;
        }
        // If another thread is busy with the client there is a next tick.
        let Some(mut state) = self.state.try_lock().filter(|state| !state.destroyed) else { return };
        self.interrupt.store(true, Ordering::Relaxed);
        self.telling_on.store(0, Ordering::Relaxed);
        // What has been waiting for company has waited long enough.
        self.send_answers(&mut state, clock::now());
        if state.custody == Custody::Dispatcher {
            state.custody = Custody::Free;
            state.arm();
        }
        drop(state);
        trace::flush();
    }
}
