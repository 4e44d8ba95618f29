//! One batch of callbacks: taken out of the queue, run without the lock, and acknowledged afterwards.

use super::events::NextEvents;
use super::inbox::Waiting;
use crate::client::api::{Api, EventOf};
use crate::client::application::{Application, Event};
use crate::client::client::Client;
use crate::client::front_end::{FrontEnd, Served};
use crate::client::locked::{Locked, Suspended};
use crate::client::pacing::Pacing;
use crate::client::state::State;
use crate::engine::{self, Worker, clock};
use crate::protocol::session::AckToken;
use crate::trace::{self, Level};
use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Messages handed over between two looks at the state.
const BATCH: usize = 256;

/// When a message that the application refused is offered again (README decision 3).
const OFFER_AGAIN_AFTER: Duration = Duration::from_millis(100);

impl<A: Served> Client<A> {
    /// Takes some callbacks out of the queue and runs them; afterwards acknowledges what was taken.
    pub(super) fn run_batch<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        worker: &Worker,
        answers: &mut Answers,
        batch: &mut Batch<A::Message>,
    ) -> Locked<'a, A> {
        self.interrupt.store(self.ended.load(Ordering::Relaxed), Ordering::Relaxed);
        let application = state.application.clone();
        let depth = state.host.inbox.len();
        let (mut events, mut offered, mut completing) = (VecDeque::new(), 0, false);
        match state.take_events() {
            NextEvents::Events(others) => (events, completing) = (others, true),
            NextEvents::AfterMessages(event) => events.push_back(event),
            NextEvents::Nothing(until) => offered = batch_size(&state, until),
        }
        state.host.inbox.take_first(offered, &mut batch.waiting);
        let delivering = batch.waiting.iter().any(|waiting| waiting.ack_token.is_some());
        state.dispatch.begin(completing, delivering);
        if let Some(registration) = &state.engaged.registration {
            worker.begin_callbacks(registration);
        }
        let suspended = state.suspend();
        trace::flush();
        let refused = application.in_callbacks(|| {
            self.complete(&application, &mut events, &suspended);
            self.deliver(&application, batch, depth, &suspended)
        });
        let mut state = suspended.resume();
        worker.end_callbacks();
        state.host.events.put_back(events);
        self.acknowledge_batch(&mut state, batch, refused, answers);
        state.dispatch.end();
        state.has_changed = true;
        state
    }

    /// Runs callbacks other than for messages.
    ///
    /// If the application ends this thread in one of them, what is left stays in the queue.
    fn complete(&self, application: &A, events: &mut VecDeque<EventOf<A>>, suspended: &Suspended<'_, A>) {
        let _telling = self.completions.tell(events.len());
        if A::Api::HAS_OUTCOMES {
            // If the client is destroyed in one of them, the others are told there.
            move_to(&mut self.telling.lock(), events);
        }
        while !self.ended.load(Ordering::Relaxed) && suspended.is_in_its_process() {
            let Some(event) = self.next_to_tell(events) else { break };
            if let Some(left) = A::Api::tell(self, application, event) {
                events.push_front(left);
            }
            if engine::is_ending() {
                break;
            }
        }
        if A::Api::HAS_OUTCOMES && suspended.is_in_its_process() {
            move_to(events, &mut self.telling.lock());
        }
    }

    fn next_to_tell(&self, events: &mut VecDeque<EventOf<A>>) -> Option<EventOf<A>> {
        if A::Api::HAS_OUTCOMES { self.telling.lock().pop_front() } else { events.pop_front() }
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
            match application.deliver(Event::Message(message)) {
                Ok(()) => {
                    batch.size += size;
                    // Most have neither, which `extend` would take longer to find out.
                    if let Some(ack_token) = ack_token {
                        batch.ack_tokens.push(ack_token);
                    }
                    if let Some(key) = stored {
                        batch.stored.push(key);
                    }
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
        batch: &mut Batch<A::Message>,
        refused: bool,
        answers: &mut Answers,
    ) {
        let now = clock::now();
        let acknowledges = !batch.ack_tokens.is_empty();
        let State { session, host, .. } = &mut **state;
        for ack_token in batch.ack_tokens.drain(..) {
            session.acknowledge(now, ack_token, host);
        }
        for key in batch.stored.drain(..) {
            host.forget_message(Some(&key));
        }
        host.inbox.handed_over(std::mem::take(&mut batch.size));
        host.inbox.put_back(&mut batch.waiting);
        if refused {
            let name = &self.name;
            trace::line(
                Level::Minimum,
                format_args!(
                    "False returned from messageArrived for client {name}, message remains on queue"
                ),
            );
            state.host.inbox.refused_until(now + OFFER_AGAIN_AFTER);
        }
        state.resume_reading(now);
        if acknowledges {
            state.pacing.acknowledged(now);
        }
        // One write for many acknowledgements, or for one and the program's reply, unless the application takes its
        // time, or what it has would come again if the process were killed now.
        let may_wait = !self.interrupt.load(Ordering::Relaxed) && !state.session.outlives_connection();
        if may_wait && answers.more_to_come && Pacing::may_answers_wait(answers.sent, now) {
            return;
        }
        if !(may_wait && acknowledges && state.pacing.is_reply_expected() && self.leave_to_reply(state)) {
            self.send_answers(state);
        }
        answers.sent = now;
    }
}

/// Appends what is in the other queue, and its memory if possible.
fn move_to<E>(queue: &mut VecDeque<E>, other: &mut VecDeque<E>) {
    if queue.is_empty() {
        mem::swap(queue, other);
    } else {
        queue.append(other);
    }
}

/// How many messages to hand over before the next acknowledgements go out, or before so many in all are taken.
///
/// If the server keeps the session they go out after each message that has one: when the process is
/// killed, only the message that it was in comes again. Otherwise nothing does, and they may wait.
fn batch_size<A: Application>(state: &State<A>, until: Option<u64>) -> usize {
    if !state.has_message_to_offer() {
        return 0;
    }
    let inbox = &state.host.inbox;
    let until = until.map_or(BATCH, |until| usize::try_from(until - inbox.taken()).unwrap_or(BATCH));
    let survives = state.session.outlives_connection();
    let counts = |waiting: &Waiting<_>| waiting.stored.is_some() || survives && waiting.ack_token.is_some();
    let inbox = inbox.iter().take(until.min(BATCH));
    inbox.clone().position(counts).map_or(inbox.len(), |first| first + 1)
}

/// Acknowledgements and other answers that wait for each other, to leave in one write.
pub(super) struct Answers {
    /// When the last ones left, or were left to the program's reply.
    pub(super) sent: Instant,
    /// Whether there is more to read at once, to which there will be answers, too.
    pub(super) more_to_come: bool,
}

/// Messages on their way into the application. Between two batches it is empty, and keeps its memory.
pub(super) struct Batch<M> {
    waiting: VecDeque<Waiting<M>>,
    /// Of those that it took.
    ack_tokens: Vec<AckToken>,
    /// The keys of those that were in the store.
    stored: Vec<String>,
    /// What those weighed.
    size: usize,
}

impl<M> Default for Batch<M> {
    fn default() -> Self {
        Batch { waiting: VecDeque::new(), ack_tokens: Vec::new(), stored: Vec::new(), size: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::application::Kind;
    use crate::client::testing::{Program, state, waiting};

    fn with_messages(count: usize) -> State<Program> {
        let mut state = state(&Program::hears_of(&[Kind::Message]));
        (0..count).for_each(|_| state.host.inbox.push(waiting("a", 1)));
        state
    }

    #[test]
    fn many_messages_go_in_several_batches() {
        assert_eq!(batch_size(&with_messages(3), None), 3);
        assert_eq!(batch_size(&with_messages(BATCH + 1), None), BATCH);
    }

    /// Its record is removed before the next one is handed over.
    #[test]
    fn a_message_that_is_stored_is_the_last_of_its_batch() {
        let mut state = with_messages(2);
        state.host.inbox.push(Waiting { stored: Some("q-1".to_owned()), ..waiting("b", 1) });
        state.host.inbox.push(waiting("c", 1));
        assert_eq!(batch_size(&state, None), 3);
    }

    #[test]
    fn no_message_overtakes_the_end_of_the_connection_before() {
        let mut state = with_messages(4);
        assert_eq!(batch_size(&state, Some(3)), 3);
        state.host.inbox.pop();
        assert_eq!(batch_size(&state, Some(3)), 2);
        state.host.inbox.refused_until(clock::now());
        assert_eq!(batch_size(&state, None), 0);
    }
}
