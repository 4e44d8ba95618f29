//! Connecting: on the calling thread, against a deadline that covers all of it.

use crate::client::application::Application;
use crate::client::background;
use crate::client::client::Client;
use crate::client::host::ConnAckSeen;
use crate::client::link::{Attempt, Dialing, Link, Next, Plan};
use crate::client::locked::Locked;
use crate::client::options::{ConnectOptions, Connected};
use crate::client::state::{Mode, State};
use crate::engine::{self, clock};
use crate::error::Error;
use crate::trace;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Instant;

impl<A: Application> Client<A> {
    /// Connects. An existing connection is closed first, without a callback (contract C-3.15).
    pub fn connect(&self, options: &ConnectOptions) -> Result<Connected, Error> {
        let presence = self.enter()?;
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
        state.connecting = Some(Attempt::new(this_thread));
        self.is_v5.store(options.version.is_v5(), Ordering::Relaxed);
        state.close_silently();
        state.leave_lost_engine();
        state.presence = Some(presence);
        let (mut state, result) = self.try_servers(state, options);
        if result.is_err() {
            state.close_silently();
        }
        state.connecting = None;
        if matches!(state.link, Link::Down) {
            state.presence = None;
        }
        if state.application.handles_messages() || background::is_on() {
            self.leave_to_workers(&mut state);
        }
        state.has_changed = true;
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
        if state.application.handles_messages() && self.registration(&mut state).is_none() {
            return (state, Err(Error::Io(io::ErrorKind::OutOfMemory.into())));
        }
        let mut dialing = Dialing::new(Plan::new(&self.server, options), self.waker());
        // Which connection CONNECT was sent on.
        let mut connection_number = state.connection_number;
        loop {
            if state.gives_up_connecting() {
                dialing.cancel();
                state.close_silently();
            }
            let next = state.unlocked(|| {
                let next = dialing.advance(clock::now());
                trace::flush();
                next
            });
            match next {
                Next::Up(connected) => return (state, Ok(connected)),
                Next::Over(error) => return (state, Err(error)),
                // What there is, is dropped.
                _ if state.gives_up_connecting() => {}
                Next::WaitForAddresses(until) => {
                    (state, _) = self.wait_until(state, Some(until), |state| {
                        (state.gives_up_connecting() || dialing.has_addresses()).then_some(())
                    });
                }
                Next::WaitForSocket(socket, interests, until) => {
                    state.waits_for_socket(Some(&socket));
                    let waited =
                        state.unlocked(|| engine::wait_one(&socket, interests, clock::now(), Some(until)));
                    state.waits_for_socket(None);
                    if let Err(error) = waited {
                        dialing.opening_failed(error.into());
                    }
                }
                Next::SendConnect(pipe) => {
                    let Some(current) = dialing.current() else { continue };
                    let sent = self.send_connect(&mut state, options, current.version, pipe);
                    connection_number = state.connection_number;
                    if let Err(error) = sent {
                        dialing.answered(Err(error), None);
                    }
                }
                Next::WaitForConnAck(until) => {
                    let answer;
                    (state, answer) = self.wait_for_connack(state, connection_number, until);
                    if let Some(answer) = answer {
                        dialing.answered(answer, state.take_reason_for_end().as_deref());
                    }
                }
                Next::Failed => state.close_silently(),
            }
        }
    }

    /// What comes of CONNECT. `None`: the time is up.
    fn wait_for_connack<'a>(
        &'a self,
        state: Locked<'a, A>,
        connection_number: u64,
        deadline: Instant,
    ) -> (Locked<'a, A>, Option<Result<ConnAckSeen, Error>>) {
        self.wait_until(state, Some(deadline), |state| {
            // A store that cannot forget the old session would bring it back later (contract P-121).
            if let Some(error) = state.host.store_failed.take() {
                return Some(Err(error.into()));
            }
            // The answer may have come together with the end of the connection.
            if let Some(connack) = state.host.connack.take() {
                return Some(Ok(connack));
            }
            (state.destroyed || state.connection_number != connection_number)
                .then(|| Err(State::<A>::connection_aborted()))
        })
    }
}
