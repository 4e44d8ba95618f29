//! Requests that somebody waits for, by packet identifier, and their answers.

use crate::client::options::Answer;
use std::collections::BTreeMap;

/// What was asked of the server. Only what is waited for is kept.
#[derive(Default)]
pub(super) struct Requests(BTreeMap<u16, Option<Answer>>);

impl Requests {
    /// Somebody begins to wait for an answer.
    pub fn expect(&mut self, packet_id: u16) {
        self.0.insert(packet_id, None);
    }

    /// An answer has come.
    pub fn answered(&mut self, packet_id: u16, answer: Answer) {
        if let Some(waiting) = self.0.get_mut(&packet_id) {
            *waiting = Some(answer);
        }
    }

    /// The answer, if it has come.
    pub fn take_answer(&mut self, packet_id: u16) -> Option<Answer> {
        self.0.get_mut(&packet_id)?.take()
    }

    /// Nobody waits any more.
    pub fn forget(&mut self, packet_id: u16) {
        self.0.remove(&packet_id);
    }

    /// Nobody waits for anything any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(reason: u8) -> Answer {
        Answer { reasons: vec![reason], ..Answer::default() }
    }

    #[test]
    fn each_gets_its_own_answer_once_and_late_ones_are_dropped() {
        let mut requests = Requests::default();
        requests.expect(1);
        requests.expect(2);
        assert_eq!(requests.take_answer(1), None);
        requests.answered(2, answer(2));
        requests.answered(1, answer(1));
        assert_eq!(requests.take_answer(1), Some(answer(1)));
        assert_eq!(requests.take_answer(1), None);
        requests.forget(2);
        requests.answered(2, answer(2));
        assert_eq!(requests.take_answer(2), None);
        assert!(requests.0.len() == 1);
    }
}
