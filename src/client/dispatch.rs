//! Running the application's callbacks: in order, one at a time, with no lock held.
//!
//! In callback mode that is the work of whichever worker finds something to do. It keeps the socket
//! while callbacks are short; when one takes long, the engine's ticker gives the socket to another
//! worker, which reads, acknowledges and pings, and leaves the messages in the queue.

use super::application::Application;
use super::delivery::inbox::Waiting;
use super::host::{ClientEvent, SessionHost};
use super::lifecycle::SyncClient;
use super::link::Link;
use super::locked::{Locked, Suspended};
use super::pacing::Pacing;
use super::state::{CloseReason, Mode, State};
use crate::engine::{self, Handler, ReadOutcome, Registration, Visit, Worker, clock};
use crate::protocol::packet::packet_type::PUBREC;
use crate::protocol::session::AckToken;
use crate::trace::{self, Level};
use std::cell::Cell;
use std::collections::VecDeque;
use std::ptr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Messages handed over between two looks at the state.
const BATCH: usize = 256;

/// Reads in a row before others get their turn.
const READS_IN_A_ROW: usize = 32;

/// So long a worker waits for a client that another thread has locked, before it serves others.
const LOCKED_AT_MOST: Duration = Duration::from_millis(2);

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

impl<A: Application> SyncClient<A> {
    /// Takes the lock as a worker, whom others need, too: `None` if another thread keeps it for long. A worker
    /// that comes back then does what this one has come for.
    fn lock_for_worker(&self) -> Option<Locked<'_, A>> {
        let state =
            self.state.try_lock().or_else(|| self.state.try_lock_until(clock::now() + LOCKED_AT_MOST));
        if state.is_none() {
            self.was_busy.store(true, Ordering::Relaxed);
        }
        Some(Locked::new(self, state?))
    }

    /// Takes the lock if nobody has it.
    fn try_lock(&self) -> Option<Locked<'_, A>> {
        Some(Locked::new(self, self.state.try_lock()?))
    }

    /// Whether callbacks wait that only a calling thread can run.
    pub(super) fn has_events_to_run(&self, state: &State<A>) -> bool {
        !engine::is_ending()
            && state.mode == Mode::Calling
            && state.dispatch.is_idle()
            && state.connecting.is_none()
            && state.has_events()
    }

    /// Runs callbacks on a calling thread (contract C-5.1).
    pub(super) fn run_events<'a>(&'a self, mut state: Locked<'a, A>) -> Locked<'a, A> {
        if !state.attend() {
            return state;
        }
        while !engine::is_ending()
            && let Some(event) = next_event(&mut state.host)
        {
            let application = state.application.clone();
            state.dispatch.begin(false, false);
            let suspended = state.suspend();
            trace::flush();
            let mark = InCallbacks::of(self);
            let left = self.run_event(&application, event);
            drop(mark);
            state = suspended.resume();
            state.dispatch.end();
            if let Some(event) = left {
                state.host.events.push_front(event);
            }
        }
        state.stop_attending();
        state
    }

    /// Runs all callbacks there are to run, unless somebody does already. Reads on meanwhile if this
    /// worker still has the socket and more is there.
    fn dispatch<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        worker: &mut Worker,
        mut outcome: ReadOutcome,
        now: Instant,
    ) {
        if !state.attend() {
            self.read_packets(&mut state, worker);
            self.send_answers(&mut state);
            return state.leave(worker);
        }
        let _mark = InCallbacks::of(self);
        let mut reads = 1;
        let mut answers = Answers { sent: now, more_to_come: false };
        loop {
            answers.more_to_come = outcome == ReadOutcome::More;
            if !answers.more_to_come || self.flush_requested.load(Ordering::Relaxed) {
                // None waits for a callback.
                self.send_answers(&mut state);
            }
            let is_our_turn;
            (state, is_our_turn) = self.run_callbacks(state, worker, &mut answers);
            if !is_our_turn {
                // The engine comes again when it is.
                state.dispatch.call();
                self.read_packets(&mut state, worker);
                break;
            }
            let may_read =
                !engine::is_ending() && matches!(state.link, Link::Up(_)) && state.may_read_as_worker();
            if !answers.more_to_come || !may_read || reads == READS_IN_A_ROW {
                break;
            }
            reads += 1;
            outcome = self.read_slice(&mut state, worker.buffer(), clock::now());
        }
        self.send_answers(&mut state);
        worker.give_turn_back();
        state.leave(worker);
    }

    /// Runs the callbacks that there are to run while no other client's run. False: others have their turn
    /// first.
    fn run_callbacks<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        worker: &mut Worker,
        answers: &mut Answers,
    ) -> (Locked<'a, A>, bool) {
        while state.has_callbacks()
            && state.mode == Mode::Workers
            && !self.ended.load(Ordering::Relaxed)
            && !engine::is_ending()
        {
            let Some(token) = state.registration.as_ref().map(Registration::token) else { break };
            if !worker.take_turn(token) {
                return (state, false);
            }
            state = self.run_batch(state, worker, answers);
            worker.let_others();
        }
        (state, true)
    }

    /// Handles the packets that were read already: no socket will announce them.
    fn read_packets(&self, state: &mut Locked<'_, A>, worker: &mut Worker) {
        while state.has_packet() && state.may_read_as_worker() {
            self.read_slice(state, worker.buffer(), clock::now());
            state.pause_if_full();
        }
    }

    /// Takes some callbacks out of the queue and runs them; afterwards acknowledges what was taken.
    fn run_batch<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        worker: &Worker,
        answers: &mut Answers,
    ) -> Locked<'a, A> {
        self.interrupt.store(self.ended.load(Ordering::Relaxed), Ordering::Relaxed);
        let application = state.application.clone();
        let depth = state.host.inbox.len();
        let (mut events, mut offered) = (std::mem::take(&mut state.host.events), 0);
        let completing = !events.is_empty();
        if events.is_empty() && state.has_message_to_offer() {
            offered = batch_size(&state);
        } else if events.is_empty() {
            events.extend(state.host.close_events.pop_front());
        }
        let mut batch = Batch {
            waiting: state.host.inbox.take_first(offered),
            ack_tokens: Vec::new(),
            stored: Vec::new(),
            size: 0,
        };
        let delivering = batch.waiting.iter().any(|waiting| waiting.ack_token.is_some());
        state.dispatch.begin(completing, delivering);
        if let Some(registration) = &state.registration {
            worker.begin_callbacks(registration);
        }
        let suspended = state.suspend();
        trace::flush();
        self.complete(&application, &mut events, &suspended);
        let refused = self.deliver(&application, &mut batch, depth, &suspended);
        let mut state = suspended.resume();
        worker.end_callbacks();
        if engine::is_ending() && !state.destroyed {
            events.append(&mut state.host.events);
            state.host.events = events;
        }
        self.acknowledge_batch(&mut state, batch, refused, answers);
        state.dispatch.end();
        state.has_changed = true;
        state
    }

    /// Runs callbacks other than for messages.
    ///
    /// If the application ends this thread in one of them, what is left stays in the queue.
    fn complete(&self, application: &A, events: &mut VecDeque<ClientEvent>, suspended: &Suspended<'_, A>) {
        let _telling = self.completions.tell(events.len());
        while let Some(event) = events.pop_front() {
            if self.ended.load(Ordering::Relaxed) || !suspended.is_in_its_process() {
                break;
            }
            if let Some(left) = self.run_event(application, event) {
                events.push_front(left);
            }
            if engine::is_ending() {
                break;
            }
        }
    }

    /// Hands messages over until all are, the application refuses one, or somebody interrupts. Whether
    /// one was refused.
    fn deliver(
        &self,
        application: &A,
        batch: &mut Batch<A::Message>,
        depth: usize,
        suspended: &Suspended<'_, A>,
    ) -> bool {
        for left in (0..depth).rev() {
            let is_other_process = !suspended.is_in_its_process();
            if self.interrupt.load(Ordering::Relaxed) || is_other_process || engine::is_ending() {
                return false;
            }
            let Some(waiting) = batch.waiting.pop_front() else { return false };
            let Waiting { message, ack_token, stored, size } = waiting;
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
                    batch.ack_tokens.extend(ack_token);
                    batch.stored.extend(stored);
                }
                Err(message) => {
                    batch.waiting.push_front(Waiting { message, ack_token, stored, size });
                    return true;
                }
            }
        }
        false
    }

    /// After a batch: acknowledges what was taken, puts back what was not.
    fn acknowledge_batch(
        &self,
        state: &mut Locked<'_, A>,
        batch: Batch<A::Message>,
        refused: bool,
        answers: &mut Answers,
    ) {
        let now = clock::now();
        let State { session, host, .. } = &mut **state;
        for ack_token in batch.ack_tokens {
            session.acknowledge(now, ack_token, host);
        }
        for key in &batch.stored {
            host.forget_message(Some(key));
        }
        host.inbox.handed_over(batch.size);
        host.inbox.put_back(batch.waiting);
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
            && Pacing::may_answers_wait(answers.sent, now)
            && !self.interrupt.load(Ordering::Relaxed)
            && !state.session.outlives_connection();
        if !may_wait {
            self.send_answers(state);
            answers.sent = now;
        }
    }

    pub(super) fn send_answers(&self, state: &mut Locked<'_, A>) {
        self.flush_requested.store(false, Ordering::Relaxed);
        if state.can_write() {
            let _ = self.write_out(state, clock::now());
        }
    }

    /// Runs a callback. Answers what is left to be told, if the application ends the thread between two.
    fn run_event(&self, application: &A, event: ClientEvent) -> Option<ClientEvent> {
        let name = &self.name;
        match event {
            ClientEvent::Completed { packet_id, packet_type, reason, properties } => {
                if application.handles_published() {
                    trace::line(
                        Level::Minimum,
                        format_args!("Calling published for client {name}, msgid {packet_id}"),
                    );
                    application.published(packet_id, packet_type, reason, properties.as_list());
                }
                // An exchange that ended with an error in PUBREC delivered nothing (contract C-6.5).
                if packet_type != PUBREC {
                    let delivered = ClientEvent::Delivered { packet_id };
                    if engine::is_ending() {
                        return Some(delivered);
                    }
                    return self.run_event(application, delivered);
                }
            }
            ClientEvent::Delivered { packet_id } => {
                if application.handles_deliveries() && !self.ended.load(Ordering::Relaxed) {
                    trace::line(
                        Level::Minimum,
                        format_args!("Calling deliveryComplete for client {name}, msgid {packet_id}"),
                    );
                    application.delivery_complete(packet_id);
                }
            }
            ClientEvent::Lost => {
                if application.handles_loss() {
                    trace::line(Level::Minimum, format_args!("Calling connectionLost for client {name}"));
                    application.connection_lost();
                }
            }
            ClientEvent::Disconnected { reason, properties } => {
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
    let counts = |waiting: &Waiting<_>| waiting.stored.is_some() || survives && waiting.ack_token.is_some();
    let inbox = state.host.inbox.iter().take(BATCH);
    inbox.clone().position(counts).map_or(inbox.len(), |first| first + 1)
}

fn next_event<A: Application>(host: &mut SessionHost<A>) -> Option<ClientEvent> {
    host.events.pop_front().or_else(|| host.close_events.pop_front())
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
    ack_tokens: Vec<AckToken>,
    /// The keys of those that were in the store.
    stored: Vec<String>,
    /// What those weighed.
    size: usize,
}

impl<A: Application> Handler for SyncClient<A> {
    fn handle_socket(&self, worker: &mut Worker) -> Visit {
        if self.is_of_parent() {
            return Visit::Done;
        }
        let Some(mut state) = self.lock_for_worker() else { return Visit::Busy };
        if state.destroyed {
            return Visit::Done;
        }
        state.watch.disarmed();
        let reads = state.may_read_as_worker();
        if reads {
            state.attend();
        }
        if state.is_write_blocked() || !reads {
            // There may be room now; if somebody else reads, this is what there is to do. An error has ended the
            // connection, and that is told elsewhere.
            let _ = self.write_out(&mut state, clock::now());
            state.has_changed = true;
        }
        if !state.has_turn() {
            drop(state);
            trace::flush();
            return Visit::Done;
        }
        let now = clock::now();
        let outcome = self.read_slice(&mut state, worker.buffer(), now);
        // A packet is the occasion to offer again what was refused (README decision 3).
        if outcome != ReadOutcome::Nothing {
            state.offer_again = None;
        }
        state.pause_if_full();
        self.dispatch(state, worker, outcome, now);
        Visit::Done
    }

    fn handle_deadline(&self) -> Visit {
        if self.is_of_parent() {
            return Visit::Done;
        }
        let Some(mut state) = self.try_lock() else { return Visit::Busy };
        if state.destroyed {
            return Visit::Done;
        }
        state.deadline_set = None;
        if self.was_busy.swap(false, Ordering::Relaxed) {
            state.watch.disarmed();
            state.dispatch.note_come();
        }
        if state.mode == Mode::Workers {
            self.handle_session_deadline(&mut state, clock::now());
            if state.offer_again.is_some_and(|at| clock::now() >= at) {
                state.offer_again = None;
            }
        }
        drop(state);
        trace::flush();
        Visit::Done
    }

    fn handle_post(&self, worker: &mut Worker) -> Visit {
        if self.is_of_parent() {
            return Visit::Done;
        }
        let Some(mut state) = self.lock_for_worker() else { return Visit::Busy };
        state.dispatch.note_come();
        if !state.destroyed {
            let outcome = if state.has_packet() { ReadOutcome::More } else { ReadOutcome::Nothing };
            self.dispatch(state, worker, outcome, clock::now());
        }
        Visit::Done
    }

    fn handle_flush(&self) -> bool {
        // Whoever holds the lock does it, then.
        self.flush_requested.store(true, Ordering::Relaxed);
        let Some(mut state) = self.try_lock() else { return true };
        self.flush_requested.store(false, Ordering::Relaxed);
        let now = clock::now();
        if state.can_write() && !state.writing {
            let _ = self.write_out(&mut state, now);
        }
        state.has_changed = true;
        let is_left = state.can_write();
        let comes_again = state.pacing.flushed(now, is_left);
        self.keep_alive_while_calling(&mut state, now);
        drop(state);
        trace::flush();
        comes_again
    }

    fn handle_panic(&self) {
        if self.is_of_parent() {
            return;
        }
        Locked::new(self, self.state.lock()).close(CloseReason::Lost);
    }

    fn handle_slow_callback(&self) {
        if self.is_of_parent() {
            return;
        }
        // If another thread is busy with the client there is a next tick.
        let Some(mut state) = self.try_lock().filter(|state| !state.destroyed) else { return };
        self.interrupt.store(true, Ordering::Relaxed);
        self.completions.end();
        // What has been waiting for company has waited long enough.
        self.send_answers(&mut state);
        state.turn.take_from_worker();
        drop(state);
        trace::flush();
    }
}
