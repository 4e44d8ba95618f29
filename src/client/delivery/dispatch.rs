//! Running the application's callbacks: in order, one at a time, with no lock held.
//!
//! In callback mode that is the work of whichever worker finds something to do. It keeps the socket
//! while callbacks are short; when one takes long, the engine's ticker gives the socket to another
//! worker, which reads, acknowledges and pings, and leaves the messages in the queue.

use super::batch::{Answers, Batch};
use super::in_callbacks::InCallbacks;
use crate::client::client::Client;
use crate::client::front_end::{FrontEnd, Served};
use crate::client::link::Link;
use crate::client::locked::Locked;
use crate::client::pacing::yield_processor;
use crate::client::state::{Mode, State};
use crate::engine::{self, ReadOutcome, Worker, clock};
use crate::trace;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Reads in a row before others get their turn.
const READS_IN_A_ROW: usize = 32;

impl<A: Served> Client<A> {
    /// Whether callbacks wait that only a calling thread can run.
    pub(in crate::client) fn has_events_to_run(&self, state: &State<A>) -> bool {
        !engine::is_ending()
            && state.mode == Mode::Calling
            && state.dispatch.is_idle()
            && state.connecting.is_none()
            && !state.host.events.is_empty()
    }

    /// Runs callbacks on a calling thread (contract C-5.1).
    pub(in crate::client) fn run_events<'a>(&'a self, mut state: Locked<'a, A>) -> Locked<'a, A> {
        if !state.attend() {
            return state;
        }
        while !engine::is_ending() {
            let Some(event) = state.host.events.pop() else { break };
            let application = state.application.clone();
            state.dispatch.begin(false, false);
            let suspended = state.suspend();
            trace::flush();
            let mark = InCallbacks::of(self);
            let left = A::Api::tell(self, &application, event);
            drop(mark);
            state = suspended.resume();
            state.dispatch.end();
            state.host.events.put_back(left.into_iter().collect());
        }
        state.stop_attending();
        state
    }

    /// Runs all callbacks there are to run, unless somebody does already. Reads on meanwhile if this
    /// worker still has the socket and more is there.
    pub(in crate::client) fn dispatch<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        worker: &mut Worker,
        mut outcome: ReadOutcome,
        now: Instant,
    ) {
        if !state.attend() {
            self.read_packets(&mut state, worker);
            A::Api::advance(self, &mut state);
            self.send_answers(&mut state);
            return state.leave(worker);
        }
        let _mark = InCallbacks::of(self);
        let mut reads = 1;
        let (mut answers, mut batch) = (Answers { sent: now, more_to_come: false }, Batch::default());
        loop {
            answers.more_to_come = outcome == ReadOutcome::More;
            A::Api::advance(self, &mut state);
            if !answers.more_to_come || self.flush_requested.load(Ordering::Relaxed) {
                // None waits for a callback.
                self.send_answers(&mut state);
            }
            let is_our_turn;
            (state, is_our_turn) = self.run_callbacks(state, worker, &mut answers, &mut batch);
            if !is_our_turn {
                // The engine comes again when it is.
                state.dispatch.call();
                self.read_packets(&mut state, worker);
                break;
            }
            let looks_again = outcome == ReadOutcome::Drained && state.pacing.is_reply_expected();
            if looks_again {
                // The program's reply, and what the server says to it, may need this processor only.
                state.unlocked(yield_processor);
            }
            let may_read =
                !engine::is_ending() && matches!(state.link, Link::Up(_)) && state.may_read_as_worker();
            if !(answers.more_to_come || looks_again) || !may_read || reads == READS_IN_A_ROW {
                break;
            }
            reads += 1;
            outcome = self.read_slice(&mut state, worker.buffer(), clock::now());
        }
        state.host.events.shrink_if_empty();
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
        batch: &mut Batch<A::Message>,
    ) -> (Locked<'a, A>, bool) {
        while state.has_callbacks()
            && state.mode == Mode::Workers
            && !self.ended.load(Ordering::Relaxed)
            && !engine::is_ending()
        {
            let Some(token) = state.engaged.token() else { break };
            if !worker.take_turn(token) {
                return (state, false);
            }
            // If nobody reads, nobody is to begin: another worker would go on filling the inbox, and this one emptying
            // it, with memory that goes from thread to thread.
            state.may_read_as_worker();
            state = self.run_batch(state, worker, answers, batch);
            // With what the callbacks have asked for, or made possible.
            A::Api::advance(self, &mut state);
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
}
