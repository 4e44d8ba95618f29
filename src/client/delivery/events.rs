//! What the application is to be told besides messages, in one order.
//!
//! Most events are told before the messages that wait. The end of a connection is told after those that came
//! before it, and what follows it after that: so it has with it how many messages had come by then, and keeps
//! everything behind it waiting until they are taken.

use std::collections::VecDeque;
use std::mem;

/// So much room an empty queue may keep for the next events.
const KEPT: usize = 16;

/// The events that wait, oldest first.
pub struct Events<E> {
    queue: VecDeque<E>,
    /// Those of `queue` that wait for messages, in the same order.
    after_messages: VecDeque<AfterMessages>,
    /// How many events were taken out, so that they have numbers.
    taken: u64,
}

/// An event that waits for messages.
#[derive(Clone, Copy)]
struct AfterMessages {
    /// Its number: how many events came before it.
    number: u64,
    /// How many messages came before it.
    messages: u64,
}

/// What comes next.
pub(in crate::client) enum NextEvents<E> {
    /// These, in this order.
    Events(VecDeque<E>),
    /// This one, which has waited for messages.
    AfterMessages(E),
    /// Nothing, before so many messages in all are taken; `None`: nothing at all.
    Nothing(Option<u64>),
}

impl<E> Default for Events<E> {
    fn default() -> Self {
        Events { queue: VecDeque::new(), after_messages: VecDeque::new(), taken: 0 }
    }
}

impl<E> Events<E> {
    /// Adds an event at the end.
    #[inline]
    pub fn push(&mut self, event: E) {
        self.queue.push_back(event);
    }

    /// Adds an event at the end that is told when so many messages, of all that have ever come, were taken.
    pub fn push_after_messages(&mut self, event: E, messages: u64) {
        let number = self.taken + self.queue.len() as u64;
        self.after_messages.push_back(AfterMessages { number, messages });
        self.queue.push_back(event);
    }

    /// Takes out all that can be told, with so many messages taken.
    pub(in crate::client) fn take_next(&mut self, messages: u64) -> NextEvents<E> {
        let Some(&first) = self.after_messages.front() else {
            self.taken += self.queue.len() as u64;
            return if self.queue.is_empty() {
                NextEvents::Nothing(None)
            } else {
                NextEvents::Events(mem::take(&mut self.queue))
            };
        };
        let before = usize::try_from(first.number - self.taken).unwrap_or(usize::MAX);
        if before > 0 {
            self.taken = first.number;
            return NextEvents::Events(self.queue.drain(..before).collect());
        }
        if first.messages > messages {
            return NextEvents::Nothing(Some(first.messages));
        }
        self.pop().map_or(NextEvents::Nothing(None), NextEvents::AfterMessages)
    }

    /// Takes out the first, whatever messages there are.
    pub(in crate::client) fn pop(&mut self) -> Option<E> {
        let event = self.queue.pop_front()?;
        if self.after_messages.front().is_some_and(|first| first.number == self.taken) {
            self.after_messages.pop_front();
        }
        self.taken += 1;
        Some(event)
    }

    /// Puts back what was taken out and not told: it comes first again, and waits for no message any more. If all was
    /// told, its memory is for those that come next.
    pub(in crate::client) fn put_back(&mut self, mut events: VecDeque<E>) {
        if events.is_empty() {
            if self.queue.capacity() == 0 {
                // For those that come next.
                self.queue = events;
            }
            return;
        }
        self.taken -= events.len() as u64;
        events.append(&mut self.queue);
        self.queue = events;
    }

    /// Gives memory back that nothing waits in, but for what the next events may need.
    pub(in crate::client) fn shrink_if_empty(&mut self) {
        if self.queue.capacity() > KEPT {
            self.release_if_empty();
        }
    }

    /// Gives memory back that nothing waits in: nobody has used it for a while.
    pub(in crate::client) fn release_if_empty(&mut self) {
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
            self.after_messages = VecDeque::new();
        }
    }

    /// Whether nothing is to be told.
    #[inline]
    pub(in crate::client) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether there is something to tell that does not wait for messages.
    pub(in crate::client) fn has_others(&self) -> bool {
        self.queue.len() > self.after_messages.len()
    }

    /// Takes out everything, whatever messages there are.
    pub(in crate::client) fn take_all(&mut self) -> VecDeque<E> {
        self.taken += self.queue.len() as u64;
        self.after_messages.clear();
        mem::take(&mut self.queue)
    }

    /// Nobody is told any more.
    pub(in crate::client) fn clear(&mut self) {
        self.taken += self.queue.len() as u64;
        self.queue.clear();
        self.after_messages.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes all that comes next, as text.
    fn next(events: &mut Events<&str>, messages: u64) -> String {
        match events.take_next(messages) {
            NextEvents::Events(events) => Vec::from(events).join(" "),
            NextEvents::AfterMessages(event) => format!("{event}!"),
            NextEvents::Nothing(None) => "-".to_owned(),
            NextEvents::Nothing(Some(messages)) => messages.to_string(),
        }
    }

    #[test]
    fn an_end_comes_after_the_messages_before_it_and_before_what_follows() {
        let mut events = Events::default();
        events.push("a");
        events.push_after_messages("end", 3);
        events.push("b");
        events.push_after_messages("again", 4);
        assert!(events.has_others());
        assert_eq!([0; 3].map(|messages| next(&mut events, messages)), ["a", "3", "3"]);
        assert_eq!([3; 4].map(|messages| next(&mut events, messages)), ["end!", "b", "4", "4"]);
        assert!(!events.has_others() && !events.is_empty());
        assert_eq!([9; 2].map(|messages| next(&mut events, messages)), ["again!", "-"]);
        events.push("c");
        assert_eq!(next(&mut events, 0), "c");
    }

    #[test]
    fn threads_that_call_take_one_after_the_other() {
        let mut events = Events::default();
        events.push("a");
        events.push_after_messages("end", 3);
        events.push("b");
        assert_eq!(events.pop(), Some("a"));
        assert_eq!(events.pop(), Some("end"));
        assert_eq!(next(&mut events, 0), "b");
        assert!(events.pop().is_none() && events.is_empty());
    }

    #[test]
    fn what_is_put_back_comes_first_and_the_others_still_wait() {
        let mut events = Events::default();
        events.push("a");
        events.push("b");
        let NextEvents::Events(mut taken) = events.take_next(0) else { panic!("there are two") };
        events.push("c");
        events.push_after_messages("end", 1);
        assert_eq!(taken.pop_front(), Some("a"));
        events.put_back(taken);
        assert_eq!([0, 0, 1].map(|messages| next(&mut events, messages)), ["b c", "1", "end!"]);
        events.push_after_messages("end", 1);
        events.clear();
        assert!(events.is_empty() && events.pop().is_none());
    }
}
