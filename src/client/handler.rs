//! A client as the engine sees it: its socket is ready, a deadline has come, somebody has called a worker.

use super::api::Api;
use super::client::Client;
use super::front_end::{FrontEnd, Served};
use super::locked::Locked;
use super::pacing::Pacing;
use super::state::{CloseReason, Mode};
use crate::engine::{Handler, ReadOutcome, Visit, Worker, clock};
use crate::trace;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// So long a worker waits for a client that another thread has locked, before it serves others.
const LOCKED_AT_MOST: Duration = Duration::from_millis(2);

impl<A: Served> Client<A> {
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
}

impl<A: Served> Handler for Client<A> {
    fn handle_socket(&self, worker: &mut Worker) -> Visit {
        if self.is_of_parent() {
            return Visit::Done;
        }
        let Some(mut state) = self.lock_for_worker() else { return Visit::Busy };
        if state.destroyed {
            return Visit::Done;
        }
        state.engaged.watch.disarmed();
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
            A::Api::advance(self, &mut state);
            self.send_answers(&mut state);
            drop(state);
            trace::flush();
            return Visit::Done;
        }
        let now = clock::now();
        let outcome = self.read_slice(&mut state, worker.buffer(), now);
        // A packet is the occasion to offer again what was refused (README decision 3).
        if outcome != ReadOutcome::Nothing {
            state.host.inbox.offer_now();
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
        state.engaged.deadline = None;
        if self.was_busy.swap(false, Ordering::Relaxed) {
            state.engaged.watch.disarmed();
            state.dispatch.note_come();
        }
        if state.mode == Mode::Workers {
            self.handle_session_deadline(&mut state, clock::now());
            let now = clock::now();
            state.host.inbox.offer_if_due(now);
            state.host.api.handle_deadline(now);
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
        let mut state = Locked::new(self, self.state.lock());
        state.close(CloseReason::Lost);
        // If it was to flush, it does not come again.
        state.pacing = Pacing::default();
        A::Api::panicked(&mut state);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{Program, client};

    /// The engine does not come again after a panic, and nothing may be left to it.
    #[test]
    fn who_has_panicked_is_not_waited_for() {
        let client = client(&Program::default());
        client.lock().unwrap().pacing.left_to_flush(clock::now());
        client.handle_panic();
        let state = client.lock().unwrap();
        assert!(state.pacing.flush_due().is_none() && !state.pacing.is_in_burst());
    }
}
