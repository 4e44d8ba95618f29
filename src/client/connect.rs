//! Connecting: on the calling thread, against a deadline that covers all of it.

use super::application::Application;
use super::background::{self, Presence};
use super::host::ConnAckSeen;
use super::lifecycle::SyncClient;
use super::link::{Attempt, Dialing, Link, Next, Plan};
use super::locked::Locked;
use super::options::{ConnectOptions, Connected};
use super::registry;
use super::state::{Mode, State};
use crate::engine::{self, Connection, Handler, Pipe, Registration, clock};
use crate::error::Error;
use crate::protocol::Version;
use crate::protocol::packet::{Connect, Properties, Will};
use crate::protocol::session::ConnectionOptions;
use crate::trace;
use crate::transport::SocketFd;
use std::io;
use std::os::fd::AsRawFd;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Instant;

impl<A: Application> SyncClient<A> {
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

    /// This client begins to connect. If it is the first one with callbacks, workers serve all others, too,
    /// from now on.
    fn enter(&self) -> Result<Presence, Error> {
        let has_callbacks = self.lock()?.application.handles_messages();
        let (presence, begins) = Presence::enter(has_callbacks);
        if begins {
            registry::all().iter().for_each(|client| client.serve_in_background());
        }
        Ok(presence)
    }

    /// From now on workers drive the socket, if there can be any.
    pub(super) fn leave_to_workers(&self, state: &mut State<A>) {
        if self.registration(state).is_some() {
            state.mode = Mode::Workers;
        }
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

    /// Wakes whoever waits for something of this client.
    fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        let me = self.me.clone();
        Arc::new(move || {
            if let Some(client) = me.upgrade() {
                // Who waits has looked, and let go of the lock.
                Locked::new(&client, client.state.lock()).has_changed = true;
            }
        })
    }

    fn send_connect(
        &self,
        state: &mut Locked<'_, A>,
        options: &ConnectOptions,
        version: Version,
        pipe: Pipe,
    ) -> Result<(), Error> {
        let is_v5 = version == Version::V5;
        let no_properties = Properties::default();
        let properties = |properties| if is_v5 { properties } else { &no_properties };
        let connect = Connect {
            version,
            clean: options.clean,
            keep_alive: options.keep_alive,
            properties: properties(&options.properties).as_list(),
            client_id: &self.client_id,
            will: options.will.as_ref().map(|will| Will {
                topic: &will.topic,
                payload: &will.payload,
                qos: will.qos,
                retain: will.retain,
                properties: properties(&will.properties).as_list(),
            }),
            username: options.username.as_deref(),
            password: options.password.as_deref(),
        };
        let now = clock::now();
        let state = &mut **state;
        // Of an earlier try.
        state.take_reason_for_end();
        state.host.connack = None;
        state.host.server_disconnect = None;
        state.host.store_failed = None;
        // Where callbacks take messages at once, the server keeps what they have not taken.
        state.host.stores_messages = !state.application.handles_messages();
        if let Some(records) = &mut state.host.records {
            records.mqtt5 = options.version.is_v5();
        }
        state.session.set_label(format!("{} {}", pipe.socket().as_raw_fd(), self.name));
        let window = ConnectionOptions { window: options.window, retry_interval: options.retry_interval };
        // What came before and still waits must not be taken for new when the server repeats it.
        state.session.expect_duplicates(state.host.inbox.iter().filter_map(|waiting| waiting.ack_token));
        state.session.connect(now, &connect, window)?;
        state.link = Link::Up(Connection::new(pipe));
        state.connection_number += 1;
        state.flush(now)
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

    /// This client's place in the engine; it joins now if it has none.
    pub(super) fn registration<'s>(&self, state: &'s mut State<A>) -> Option<&'s Registration> {
        if state.registration.is_none() {
            let handler: Weak<dyn Handler> = self.me.clone();
            state.registration = Registration::join(handler).ok();
        }
        state.registration.as_ref()
    }
}

impl<A: Application> State<A> {
    /// Whether the thread that is in `connect` is to give up.
    fn gives_up_connecting(&self) -> bool {
        let is_cancelled = self.connecting.as_ref().is_none_or(|attempt| attempt.is_cancelled);
        is_cancelled || self.destroyed || engine::is_ending()
    }

    /// The thread that is in `connect` waits for this socket, or no longer.
    fn waits_for_socket(&mut self, socket: Option<&Arc<SocketFd>>) {
        if let Some(attempt) = &mut self.connecting {
            attempt.socket = socket.cloned();
        }
    }

    /// Why the connection ended on which CONNECT was sent, if it did.
    fn take_reason_for_end(&mut self) -> Option<String> {
        self.connecting.as_mut()?.ended.take()
    }
}
