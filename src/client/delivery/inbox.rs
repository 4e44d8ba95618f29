//! Messages that wait for the application, and when reading pauses for it.
//!
//! The first one that waits is on offer, unless the application has just refused it. The size of what waits is counted
//! with each change, and with it what a thread has taken out and is just handing over. Past one mark reading pauses,
//! below another it goes on.

use crate::protocol::session::AckToken;
use std::collections::VecDeque;
use std::time::Instant;

/// Bytes that may wait before no more is read, and when reading goes on.
const HIGH: usize = 8 << 20;
const LOW: usize = 4 << 20;

/// Bytes that may wait before a thread that waits for an answer reads no more either. The answer comes behind
/// what the server has sent before, so there is more room for that.
const HIGH_FOR_WAITERS: usize = 32 << 20;

/// For so many messages a client keeps room that has none.
const KEPT: usize = 256;

/// A message that waits for the application.
pub(in crate::client) struct Waiting<M> {
    pub message: M,
    /// To be acknowledged when the application has it.
    pub ack_token: Option<AckToken>,
    /// Its key in the store.
    pub stored: Option<String>,
    /// What it weighs.
    pub size: usize,
}

/// The messages that wait, oldest first.
pub(in crate::client) struct Inbox<M> {
    waiting: VecDeque<Waiting<M>>,
    /// Bytes in `waiting`, and in what was taken out to be handed over.
    size: usize,
    /// Nothing is read, since too much waits.
    is_paused: bool,
    /// How many messages have ever come.
    arrived: u64,
    /// The application has refused the first message: when it is offered again.
    offer_again: Option<Instant>,
}

impl<M> Default for Inbox<M> {
    fn default() -> Self {
        Inbox { waiting: VecDeque::new(), size: 0, is_paused: false, arrived: 0, offer_again: None }
    }
}

impl<M> Inbox<M> {
    /// Adds a message at the end.
    pub fn push(&mut self, waiting: Waiting<M>) {
        self.size += waiting.size;
        self.arrived += 1;
        self.waiting.push_back(waiting);
    }

    /// Takes the first message for good.
    pub fn pop(&mut self) -> Option<Waiting<M>> {
        let waiting = self.waiting.pop_front()?;
        self.size = self.size.saturating_sub(waiting.size);
        Some(waiting)
    }

    /// Takes the first messages, to hand them over. They count until [`Inbox::handed_over`]. `taken` is empty, and
    /// keeps its memory or changes it for the inbox's.
    pub fn take_first(&mut self, count: usize, taken: &mut VecDeque<Waiting<M>>) {
        if count >= self.waiting.len() {
            return std::mem::swap(&mut self.waiting, taken);
        }
        // It is faster to move the others, all at once, unless they are many.
        if count == 0 || self.waiting.len() - count > 4 * count {
            return taken.extend(self.waiting.drain(..count));
        }
        let others = self.waiting.split_off(count);
        *taken = std::mem::replace(&mut self.waiting, others);
    }

    /// The application has this many bytes of what was taken.
    pub fn handed_over(&mut self, size: usize) {
        self.size = self.size.saturating_sub(size);
    }

    /// Puts back what was taken and not handed over.
    pub fn put_back(&mut self, taken: &mut VecDeque<Waiting<M>>) {
        // Also if nothing was: there is room for the next ones in it.
        if self.waiting.is_empty() && taken.capacity() <= KEPT {
            return std::mem::swap(&mut self.waiting, taken);
        }
        for waiting in taken.drain(..).rev() {
            self.waiting.push_front(waiting);
        }
    }

    /// What was taken is gone: whoever was to hand it over has panicked.
    pub fn lose_taken(&mut self) {
        self.size = self.weigh();
    }

    /// Forgets all messages that were not taken.
    pub fn clear(&mut self) {
        self.size = self.size.saturating_sub(self.weigh());
        self.waiting = VecDeque::new();
    }

    /// Gives memory back that nothing waits in: nobody has used it for a while.
    pub fn release_if_empty(&mut self) {
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
    }

    fn weigh(&self) -> usize {
        self.waiting.iter().map(|waiting| waiting.size).sum()
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Waiting<M>> + Clone {
        self.waiting.iter()
    }

    /// How many messages have ever come.
    pub fn arrived(&self) -> u64 {
        self.arrived
    }

    /// How many of them do not wait here any more.
    #[inline]
    pub fn taken(&self) -> u64 {
        self.arrived - self.waiting.len() as u64
    }

    // ---- the offer ----

    /// Whether a message can be offered to the application now.
    #[inline]
    pub fn has_offer(&self) -> bool {
        !self.waiting.is_empty() && self.offer_again.is_none()
    }

    /// The application has refused the first message. It is offered again at that time, or when another comes.
    pub fn refused_until(&mut self, again: Instant) {
        self.offer_again = Some(again);
    }

    /// When that is.
    #[inline]
    pub fn offers_again(&self) -> Option<Instant> {
        self.offer_again
    }

    /// What was refused is offered again.
    #[inline]
    pub fn offer_now(&mut self) {
        self.offer_again = None;
    }

    /// What was refused is offered again, if it is time.
    pub fn offer_if_due(&mut self, now: Instant) {
        self.offer_again.take_if(|again| now >= *again);
    }

    // ---- the pause ----

    /// Whether nobody at all may read on before the application has taken some of what waits.
    pub fn is_overfull(&self) -> bool {
        self.size >= HIGH_FOR_WAITERS
    }

    /// Whether nothing is to be read.
    #[inline]
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Pauses if too much waits. Whether that begins now.
    pub fn pause_if_full(&mut self) -> bool {
        let begins = !self.is_paused && self.size >= HIGH;
        self.is_paused |= begins;
        begins
    }

    /// Ends the pause if little enough waits. Whether that is now.
    pub fn resume_if_taken(&mut self) -> bool {
        let ends = self.is_paused && self.size < LOW;
        self.is_paused &= !ends;
        ends
    }

    /// There is nothing to read any more.
    pub fn end_pause(&mut self) {
        self.is_paused = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn inbox(sizes: &[usize]) -> Inbox<usize> {
        let mut inbox = Inbox::default();
        for (message, &size) in sizes.iter().enumerate() {
            inbox.push(Waiting { message, ack_token: None, stored: None, size });
        }
        inbox
    }

    fn order(inbox: &Inbox<usize>) -> Vec<usize> {
        inbox.iter().map(|waiting| waiting.message).collect()
    }

    #[test]
    fn what_is_put_back_comes_first_again_and_counts_all_the_time() {
        let mut inbox = inbox(&[1, 10, 100, 1000]);
        let mut taken = VecDeque::new();
        inbox.take_first(3, &mut taken);
        assert_eq!((inbox.size, order(&inbox)), (1111, vec![3]));
        let first = taken.pop_front().unwrap();
        inbox.put_back(&mut taken);
        inbox.handed_over(first.size);
        assert_eq!((inbox.size, order(&inbox)), (1110, vec![1, 2, 3]));
        assert_eq!(inbox.pop().unwrap().message, 1);
        assert_eq!((inbox.size, inbox.size), (1100, inbox.weigh()));
        inbox.take_first(9, &mut taken);
        assert_eq!((taken.len(), inbox.is_empty()), (2, true));
        inbox.put_back(&mut taken);
        assert_eq!((taken.len(), order(&inbox)), (0, vec![2, 3]));
    }

    #[test]
    fn what_was_refused_is_offered_again_in_time_or_with_the_next_message() {
        let mut inbox = inbox(&[1, 1]);
        assert!(inbox.has_offer());
        let (now, again) = (Instant::now(), Instant::now() + Duration::from_millis(100));
        inbox.refused_until(again);
        inbox.offer_if_due(now);
        assert!(!inbox.has_offer() && inbox.offers_again() == Some(again));
        inbox.offer_if_due(again);
        assert!(inbox.has_offer() && inbox.offers_again().is_none());
        inbox.refused_until(again);
        inbox.offer_now();
        assert!(inbox.has_offer());
        inbox.clear();
        assert!(!inbox.has_offer());
    }

    #[test]
    fn messages_are_counted_as_they_come_and_go() {
        let mut inbox = inbox(&[1, 1, 1]);
        assert_eq!((inbox.arrived(), inbox.taken()), (3, 0));
        inbox.pop();
        let mut taken = VecDeque::new();
        inbox.take_first(2, &mut taken);
        assert_eq!((inbox.arrived(), inbox.taken()), (3, 3));
        inbox.put_back(&mut taken);
        assert_eq!(inbox.taken(), 1);
        inbox.clear();
        assert_eq!((inbox.arrived(), inbox.taken()), (3, 3));
    }

    #[test]
    fn messages_that_are_forgotten_or_lost_do_not_count() {
        let mut inbox = inbox(&[1, 10, 100]);
        let mut taken = VecDeque::new();
        inbox.take_first(1, &mut taken);
        inbox.clear();
        assert_eq!(inbox.size, 1);
        drop(taken);
        inbox.push(Waiting { message: 0, ack_token: None, stored: None, size: 5 });
        inbox.lose_taken();
        assert_eq!(inbox.size, 5);
    }

    #[test]
    fn reading_pauses_at_one_mark_and_goes_on_below_another() {
        let mut inbox = inbox(&[HIGH - LOW, LOW - 1]);
        assert!(!inbox.pause_if_full() && !inbox.is_paused());
        inbox.push(Waiting { message: 2, ack_token: None, stored: None, size: 1 });
        assert!(inbox.pause_if_full() && !inbox.pause_if_full() && inbox.is_paused());
        assert!(!inbox.resume_if_taken());
        inbox.pop();
        assert!(!inbox.resume_if_taken(), "as much as {LOW} waits");
        inbox.pop();
        assert!(inbox.resume_if_taken() && !inbox.is_paused() && !inbox.resume_if_taken());
        assert!(!inbox.is_overfull());
        inbox.push(Waiting { message: 3, ack_token: None, stored: None, size: HIGH_FOR_WAITERS });
        assert!(inbox.is_overfull());
    }
}
