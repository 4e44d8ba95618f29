//! Connecting, whoever waits for what that takes: a thread that calls, or workers that come back.
//!
//! [`ConnectRun::advance`] does all that can be done at once, and says what is to be waited for. The client has an
//! attempt from [`Client::begin_connecting`] to [`Client::end_connecting`].

use super::api::Api;
use super::application::Application;
use super::background::Presence;
use super::client::Client;
use super::link::report::ConnAckSeen;
use super::link::{Attempt, Dialing, Link, Next, Plan};
use super::locked::Locked;
use super::options::{ConnectOptions, Connected, MqttVersion};
use super::registry;
use super::state::{Mode, State};
use crate::engine::{self, Connection, Interests, Pipe, clock};
use crate::error::Error;
use crate::protocol::Version;
use crate::protocol::packet::{Connect, Properties, Will};
use crate::protocol::session::ConnectionOptions;
use crate::trace;
use crate::transport::SocketFd;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// A connection being made for a client.
pub(super) struct ConnectRun {
    dialing: Dialing,
    /// The connection on which CONNECT was sent, while its answer is awaited.
    sent_on: Option<u64>,
}

/// What a connect waits for.
pub(super) enum Progress {
    /// The resolver's answer ([`ConnectRun::has_addresses`]), or this time.
    WaitForAddresses(Instant),
    /// The socket, or this time. It is the client's [`Link::Opening`] meanwhile.
    WaitForSocket(Arc<SocketFd>, Interests, Instant),
    /// The server's answer to CONNECT ([`ConnectRun::has_answer`]), or this time.
    WaitForConnAck(Instant),
    /// Nothing but that the application is told of this failure of TLS.
    TlsFailed(String),
    /// Nothing: it has come to its end.
    Over(Result<Connected, Error>),
}

impl ConnectRun {
    /// Begins with the first of the servers.
    pub fn new<A: Application>(client: &Client<A>, options: &ConnectOptions) -> ConnectRun {
        let plan = Plan::new(&client.server, options).with_memory(client.transport_memory.clone());
        let dialing = Dialing::new(plan, client.waker()).traced_at(A::Api::CONNECT_LEVEL);
        ConnectRun { dialing, sent_on: None }
    }

    /// Goes on as far as it can without waiting. The lock is free while the handshakes are at work; nobody else may
    /// call this for the client meanwhile.
    pub fn advance<A: Application>(
        &mut self,
        client: &Client<A>,
        state: &mut Locked<'_, A>,
        options: &ConnectOptions,
    ) -> Progress {
        loop {
            self.take_answer(state);
            if state.gives_up_connecting() {
                self.dialing.cancel();
                state.close_silently();
            }
            let next = state.unlocked(|| {
                let next = self.dialing.advance(clock::now());
                trace::flush();
                next
            });
            if !matches!(next, Next::WaitForSocket(..) | Next::SendConnect(_)) {
                state.end_opening();
            }
            match next {
                Next::Up(connected) => return Progress::Over(Ok(connected)),
                Next::Over(error) => return Progress::Over(Err(error)),
                // What there is, is dropped.
                _ if state.gives_up_connecting() => {}
                Next::WaitForAddresses(until) => return Progress::WaitForAddresses(until),
                Next::WaitForSocket(socket, interests, until) => {
                    state.wait_for_opening(&socket, interests);
                    return Progress::WaitForSocket(socket, interests, until);
                }
                Next::SendConnect(pipe) => {
                    let Some(current) = self.dialing.current() else { continue };
                    let (server, version) = (current.index, current.version);
                    let sent = client.send_connect(state, options, (server, version), pipe);
                    self.sent_on = Some(state.connection_number);
                    if let Err(error) = sent {
                        self.answered(Err(error), None);
                    }
                }
                Next::WaitForConnAck(until) => {
                    if !self.has_answer(state) {
                        return Progress::WaitForConnAck(until);
                    }
                }
                Next::Failed => {
                    state.close_silently();
                    if let Some(line) = self.dialing.take_tls_failure() {
                        return Progress::TlsFailed(line);
                    }
                }
            }
        }
    }

    /// Goes through the servers once more, from the one that was used last.
    #[cfg(feature = "async")]
    pub fn begin_round(&mut self) {
        self.sent_on = None;
        self.dialing.begin_round();
    }

    /// Why the last try has failed, for people.
    #[cfg(feature = "async")]
    pub fn failure(&self) -> Option<&str> {
        self.dialing.failure()
    }

    /// Whether the resolver has answered.
    pub fn has_addresses(&self) -> bool {
        self.dialing.has_addresses()
    }

    /// Whether it is known what comes of CONNECT. The connection may have ended instead.
    pub fn has_answer<A: Application>(&self, state: &State<A>) -> bool {
        let is_over = state.destroyed || self.sent_on != Some(state.connection_number);
        self.sent_on.is_some() && (state.host.report.has_answer() || is_over)
    }

    /// The socket cannot be waited for.
    pub fn opening_failed(&mut self, error: Error) {
        self.dialing.opening_failed(error);
    }

    fn take_answer<A: Application>(&mut self, state: &mut State<A>) {
        if self.has_answer(state) {
            // The answer may have come together with the end of the connection.
            let answer = state.host.report.take_answer();
            let answer = answer.unwrap_or_else(|| Err(State::<A>::connection_aborted()));
            let attempt = state.connecting.as_mut();
            if let Some(reason) = attempt.and_then(|attempt| attempt.tls_failure.take()) {
                self.dialing.tls_failed(&reason);
            }
            self.answered(answer, state.take_reason_for_end().as_deref());
        }
    }

    fn answered(&mut self, answer: Result<ConnAckSeen, Error>, ended: Option<&str>) {
        self.sent_on = None;
        self.dialing.answered(answer, ended);
    }
}

impl<A: Application> Client<A> {
    /// This client is about to connect. `needs_workers`: if it is the first one that does, they serve all others, too,
    /// from now on.
    pub(super) fn enter(needs_workers: bool) -> Presence {
        let (presence, begins) = Presence::enter(needs_workers);
        if begins {
            registry::all().iter().for_each(|client| client.serve_in_background());
        }
        presence
    }

    /// Begins to connect. An existing connection is closed first, without a callback (contract C-3.15).
    pub(super) fn begin_connecting(
        &self,
        state: &mut Locked<'_, A>,
        presence: Presence,
        options: &ConnectOptions,
    ) {
        state.connecting = Some(Box::new(Attempt::new(engine::this_thread())));
        self.is_v5.store(options.version.is_v5(), Ordering::Relaxed);
        state.close_silently();
        state.leave_lost_engine();
        state.presence = Some(presence);
    }

    /// Ends connecting, with a connection or without one.
    pub(super) fn end_connecting(&self, state: &mut Locked<'_, A>, is_connected: bool) {
        if !is_connected {
            state.close_silently();
        }
        state.connecting = None;
        if matches!(state.link, Link::Down) {
            state.presence = None;
        }
        state.has_changed = true;
    }

    /// From now on workers drive the socket, if there can be any.
    pub(super) fn leave_to_workers(&self, state: &mut State<A>) {
        if self.registration(state).is_some() {
            state.mode = Mode::Workers;
        }
    }

    /// Wakes whoever waits for something of this client.
    fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        let me = self.me.clone();
        Arc::new(move || {
            if let Some(client) = me.upgrade() {
                // Who waits has looked, and let go of the lock.
                let mut state = Locked::new(&client, client.state.lock());
                state.host.api.wake();
                state.has_changed = true;
            }
        })
    }

    fn send_connect(
        &self,
        state: &mut Locked<'_, A>,
        options: &ConnectOptions,
        (server, version): (Option<usize>, Version),
        pipe: Pipe,
    ) -> Result<(), Error> {
        let is_v5 = version == Version::V5;
        let no_properties = Properties::default();
        let properties = |properties| if is_v5 { properties } else { &no_properties };
        let assigned_id = state.host.api.assigned_client_id();
        let connect = Connect {
            version,
            clean: options.clean,
            keep_alive: options.keep_alive,
            properties: properties(&options.properties).as_list(),
            client_id: assigned_id.as_deref().unwrap_or(self.client_id()),
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
        if let Some(attempt) = &mut state.connecting {
            // Of an earlier try.
            (attempt.ended, attempt.tls_failure) = (None, None);
        }
        state.host.report.begin(server, version);
        // Where callbacks take messages at once, the server keeps what they have not taken.
        state.host.stores_messages = !state.has_message_callback();
        if let Some(records) = &mut state.host.records {
            records.mqtt5 = options.version.is_v5();
        }
        state.session.set_label(format!("{} {}", pipe.socket().as_raw_fd(), self.name));
        let window = ConnectionOptions {
            window: options.window,
            retry_interval: options.retry_interval,
            forgets_with_server: A::Api::FORGETS_WITH_SERVER
                && matches!(options.version, MqttVersion::Fixed(_)),
        };
        // What came before and still waits must not be taken for new when the server repeats it.
        state.session.expect_duplicates(state.host.inbox.iter().filter_map(|waiting| waiting.ack_token));
        state.session.connect(now, &connect, window)?;
        state.end_opening_but_of(pipe.socket());
        state.link = Link::Up(Connection::new(pipe));
        state.connection_number += 1;
        state.flush(now)
    }
}

impl<A: Application> State<A> {
    /// Whether whoever connects is to give up.
    pub(super) fn gives_up_connecting(&self) -> bool {
        let is_cancelled = self.connecting.as_ref().is_none_or(|attempt| attempt.is_cancelled);
        is_cancelled || self.destroyed || engine::is_ending()
    }

    /// Whether an attempt that has not come to its end yet was told to.
    #[cfg(feature = "async")]
    pub(super) fn gave_up_connecting(&self) -> bool {
        self.connecting.as_ref().is_some_and(|attempt| attempt.is_cancelled)
    }

    /// Why the connection ended on which CONNECT was sent, if it did.
    fn take_reason_for_end(&mut self) -> Option<String> {
        self.connecting.as_mut()?.ended.take()
    }
}
