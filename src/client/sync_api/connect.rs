//! Connecting: on the calling thread, against a deadline that covers all of it.

use super::SyncApi;
use crate::client::application::Application;
use crate::client::background;
use crate::client::client::Client;
use crate::client::connect::{ConnectRun, Progress};
use crate::client::locked::Locked;
use crate::client::options::{ConnectOptions, Connected};
use crate::client::state::Mode;
use crate::engine::{self, clock};
use crate::error::Error;
use crate::trace;
use std::io;

impl<A: Application<Api = SyncApi>> Client<A> {
    /// Connects. An existing connection is closed first, without a callback (contract C-3.15).
    pub fn connect(&self, options: &ConnectOptions) -> Result<Connected, Error> {
        let needs_workers = self.lock()?.has_message_callback();
        let presence = Self::enter(needs_workers);
        let this_thread = engine::this_thread();
        let (mut state, turn) = self.wait_until(self.lock()?, None, |state| {
            if state.destroyed {
                return Some(Err(Error::InvalidHandle));
            }
            if state.connecting.as_ref().is_some_and(|attempt| attempt.thread == this_thread) {
                // In a trace callback of the call that is already at it.
                return Some(Err(Error::NotNow));
            }
            state.connecting.is_none().then_some(Ok(()))
        });
        turn.unwrap_or(Err(Error::NotNow))?;
        self.begin_connecting(&mut state, presence, options);
        let (mut state, result) = self.try_servers(state, options);
        self.end_connecting(&mut state, result.is_ok());
        if state.has_message_callback() || background::is_on() {
            self.leave_to_workers(&mut state);
        }
        while self.has_events_to_run(&state) {
            state = self.run_events(state);
        }
        result
    }

    /// Connects, and waits on this thread for whatever that takes. The lock is free meanwhile, and while the
    /// handshakes are at work.
    fn try_servers<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        options: &ConnectOptions,
    ) -> (Locked<'a, A>, Result<Connected, Error>) {
        state.mode = Mode::Calling;
        if state.has_message_callback() && self.registration(&mut state).is_none() {
            return (state, Err(Error::Io(io::ErrorKind::OutOfMemory.into())));
        }
        let mut connect = ConnectRun::new(self, options);
        loop {
            match connect.advance(self, &mut state, options) {
                Progress::Over(result) => return (state, result),
                Progress::WaitForAddresses(until) => {
                    (state, _) = self.wait_until(state, Some(until), |state| {
                        (state.gives_up_connecting() || connect.has_addresses()).then_some(())
                    });
                }
                Progress::WaitForSocket(socket, interests, until) => {
                    let waited =
                        state.unlocked(|| engine::wait_one(&socket, interests, clock::now(), Some(until)));
                    if let Err(error) = waited {
                        connect.opening_failed(error.into());
                    }
                }
                Progress::TlsFailed(line) => {
                    let suspended = state.suspend();
                    trace::flush();
                    if let Some(on_error) = &options.transport.on_tls_error {
                        on_error.tell(&line);
                    }
                    state = suspended.resume();
                }
                Progress::WaitForConnAck(until) => {
                    (state, _) =
                        self.wait_until(state, Some(until), |state| connect.has_answer(state).then_some(()));
                }
            }
        }
    }
}
