//! Whether somebody runs a client's callbacks: one thread at a time does.

/// What is being done about callbacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::client) enum Phase {
    /// Nothing: whoever comes may.
    #[default]
    Idle,
    /// A thread is at it, and looks before it leaves whether there are callbacks to run.
    Attended,
    /// It runs some, without the lock.
    Running {
        /// They tell what is complete.
        completing: bool,
        /// They are for messages that are acknowledged afterwards.
        delivering: bool,
    },
}

/// The callbacks of a client, and who sees to them.
#[derive(Debug, Default)]
pub(in crate::client) struct Dispatch {
    phase: Phase,
    /// Counts the batches of callbacks that have ended.
    batches: u64,
    /// A worker will come: it was called, or waits for its turn to run callbacks.
    is_called: bool,
}

impl Dispatch {
    /// Begins to see to callbacks, if nobody does.
    pub fn attend(&mut self) -> bool {
        let is_idle = self.is_idle();
        if is_idle {
            self.phase = Phase::Attended;
        }
        is_idle
    }

    /// Whether nobody sees to callbacks.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    /// Whether callbacks run just now.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running { .. })
    }

    /// Whether callbacks run that tell what is complete.
    pub fn is_completing(&self) -> bool {
        matches!(self.phase, Phase::Running { completing: true, .. })
    }

    /// Whether callbacks run for messages that are acknowledged afterwards.
    pub fn is_delivering(&self) -> bool {
        matches!(self.phase, Phase::Running { delivering: true, .. })
    }

    /// Whoever attends begins a batch.
    pub fn begin(&mut self, completing: bool, delivering: bool) {
        debug_assert_eq!(self.phase, Phase::Attended);
        self.phase = Phase::Running { completing, delivering };
    }

    /// The batch has ended.
    pub fn end(&mut self) {
        self.phase = Phase::Attended;
        self.batches += 1;
    }

    /// Whoever attended leaves, in the middle of a batch if it panics.
    pub fn leave(&mut self) {
        self.batches += u64::from(self.is_running());
        self.phase = Phase::Idle;
    }

    /// How many batches have ended.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// Whether a worker is to be called. It counts as called then.
    #[inline]
    pub fn call(&mut self) -> bool {
        !std::mem::replace(&mut self.is_called, true)
    }

    /// Whether a worker will come.
    #[inline]
    pub fn is_called(&self) -> bool {
        self.is_called
    }

    /// A worker that was called has come, or may never come.
    pub fn note_come(&mut self) {
        self.is_called = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_at_a_time_runs_callbacks() {
        let mut dispatch = Dispatch::default();
        assert!(dispatch.attend() && !dispatch.attend());
        dispatch.begin(true, false);
        assert!(dispatch.is_running() && dispatch.is_completing() && !dispatch.is_delivering());
        assert!(!dispatch.attend());
        dispatch.end();
        assert!(!dispatch.is_running() && !dispatch.is_idle() && !dispatch.attend());
        assert_eq!(dispatch.batches(), 1);
        dispatch.leave();
        assert!(dispatch.attend());
    }

    /// Who waits for the end of a batch must not wait for one that was left in a panic.
    #[test]
    fn a_batch_that_is_left_has_ended() {
        let mut dispatch = Dispatch::default();
        dispatch.attend();
        dispatch.begin(false, true);
        dispatch.leave();
        assert!(dispatch.is_idle() && !dispatch.is_delivering());
        assert_eq!(dispatch.batches(), 1);
    }

    #[test]
    fn a_worker_is_called_once() {
        let mut dispatch = Dispatch::default();
        assert!(dispatch.call() && !dispatch.call() && dispatch.is_called());
        dispatch.note_come();
        assert!(dispatch.call());
    }
}
