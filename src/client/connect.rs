//! Connecting: on the calling thread, against a deadline that covers all of it.

use super::application::Application;
use super::background::{self, Presence};
use super::connect_failure;
use super::host::ConnAckSeen;
use super::lifecycle::SyncClient;
use super::link::{Attempt, Link};
use super::options::{ConnectOptions, Connected, MqttVersion};
use super::registry;
use super::state::{Mode, ReadTurn, State};
use super::waiting::Locked;
use crate::engine::resolver::{self, Resolution};
use crate::engine::{self, Connection, Connector, Handler, Pipe, Registration, Step, clock, connect_failed};
use crate::error::Error;
use crate::protocol::Version;
use crate::protocol::packet::{Connect, Properties, Will};
use crate::protocol::session::ConnectionOptions;
use crate::sync::MutexGuard;
use crate::trace::{self, Level};
use crate::transport::{ServerUri, proxy};
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// How far an attempt came that has no address yet.
const RESOLUTION: &str = "name resolution";

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
        state.read_turn = ReadTurn::Free;
        if state.application.handles_messages() || background::is_on() {
            self.leave_to_workers(&mut state);
        }
        if state.mode == Mode::Calling && state.is_write_blocked() && self.registration(&mut state).is_some()
        {
            state.arm();
        }
        state.post_dispatch();
        self.changed.notify_all();
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
            state.arm();
            state.set_deadline();
        }
    }

    fn try_servers<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        options: &ConnectOptions,
    ) -> (Locked<'a, A>, Result<Connected, Error>) {
        state.mode = Mode::Calling;
        if state.application.handles_messages() && self.registration(&mut state).is_none() {
            return (state, Err(Error::Io(io::ErrorKind::OutOfMemory.into())));
        }
        if options.servers.is_empty() {
            return self.try_versions(state, options, &self.server, None);
        }
        let mut result = Err(Error::Disconnected);
        for (index, server) in options.servers.iter().enumerate() {
            (state, result) = match ServerUri::parse(server) {
                Ok(server) => self.try_versions(state, options, &server, Some(index)),
                Err(error) => {
                    connect_failed("URI", ServerUri::scheme_of(server), &error);
                    (state, Err(Error::Io(io::Error::other(error))))
                }
            };
            if result.is_ok() || attempt(&mut state).is_err() {
                break;
            }
        }
        (state, result)
    }

    /// One server, with 3.1.1 and then 3.1 if the application has no preference (contract C-3.5).
    fn try_versions<'a>(
        &'a self,
        state: Locked<'a, A>,
        options: &ConnectOptions,
        server: &ServerUri,
        index: Option<usize>,
    ) -> (Locked<'a, A>, Result<Connected, Error>) {
        // The only way to some servers, and for some data: never without it, and without a word.
        if let Some(asked_by) = proxy::asked_for(options.http_proxy, server) {
            let error = Error::ProxyNotSupported(asked_by);
            let uri = server.without_scheme();
            trace::line(Level::Error, format_args!("Not connecting to serverURI {uri}: {error}"));
            return (state, Err(error));
        }
        let deadline = clock::now() + options.connect_timeout;
        let first = match options.version {
            MqttVersion::Fixed(version) => version,
            MqttVersion::Default => Version::V3_1_1,
        };
        let (mut state, mut result) = self.try_once(state, options, server, first, deadline);
        let has_time = clock::now() < deadline && attempt(&mut state).is_ok();
        if result.is_err() && options.version == MqttVersion::Default && has_time {
            state.close_silently();
            (state, result) = self.try_once(state, options, server, Version::V3_1, deadline);
        }
        if result.is_err() {
            state.close_silently();
        }
        (state, result.map(|connected| Connected { server: index, ..connected }))
    }

    fn try_once<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        options: &ConnectOptions,
        server: &ServerUri,
        version: Version,
        deadline: Instant,
    ) -> (Locked<'a, A>, Result<Connected, Error>) {
        trace::line(
            Level::Minimum,
            format_args!(
                "Connecting to serverURI {} with MQTT version {}",
                server.without_scheme(),
                version.level()
            ),
        );
        if let Some(attempt) = &mut state.connecting {
            attempt.ended = None;
        }
        let (pipe, address) = match self.open_pipe(&mut state, server, deadline) {
            Ok(opened) => opened,
            Err(error) => return (state, Err(error)),
        };
        let (mut state, result) = match self.send_connect(&mut state, options, version, pipe) {
            Ok(()) => self.wait_for_connack(state, version, deadline),
            Err(error) => (state, Err(error)),
        };
        if let Err(error) = &result {
            connect_failure::note(&mut state, address, error, options.connect_timeout);
        }
        (state, result)
    }

    /// Resolves the name and connects to one of its addresses. The lock is free while that waits.
    fn open_pipe(
        &self,
        state: &mut Locked<'_, A>,
        server: &ServerUri,
        deadline: Instant,
    ) -> Result<(Pipe, SocketAddr), Error> {
        let port =
            server.port().inspect_err(|error| connect_failed("URI", server.without_scheme(), error))?;
        let addresses = self.resolve(state, server.host(), port, deadline)?;
        let mut connector = Connector::new(addresses, server.layers(), deadline);
        loop {
            let (socket, interests, until) = match connector.advance(clock::now())? {
                Step::Connected(pipe, address) => return Ok((pipe, address)),
                Step::Wait(socket, interests, until) => (socket, interests, until),
            };
            attempt(state)?.socket = Some(socket.clone());
            MutexGuard::unlocked(state, || {
                trace::flush();
                engine::wait_one(&socket, interests, Some(until))
            })?;
            attempt(state)?.socket = None;
        }
    }

    fn resolve(
        &self,
        state: &mut Locked<'_, A>,
        host: &str,
        port: u16,
        deadline: Instant,
    ) -> Result<Vec<SocketAddr>, Error> {
        if let Some(address) = resolver::resolve_literal(host, port) {
            return Ok(vec![address]);
        }
        let question = resolver::resolve(host, port)?;
        attempt(state)?.resolver = Some(question.clone());
        let answer = MutexGuard::unlocked(state, || {
            trace::flush();
            question.wait(deadline)
        });
        attempt(state)?.resolver = None;
        match answer {
            Some(Resolution::Addresses(Ok(addresses))) => Ok(addresses),
            Some(Resolution::Addresses(Err(error))) => {
                trace::line(Level::Error, format_args!("getaddrinfo failed for addr {host}: {error}"));
                trace::line(Level::Error, format_args!("{host} is not a valid IP address"));
                connect_failed(RESOLUTION, format_args!("{host}:{port}"), &error);
                Err(error.into())
            }
            Some(Resolution::Cancelled) => Err(Error::NotNow),
            None => {
                connect_failed(RESOLUTION, format_args!("{host}:{port}"), "no answer in time");
                Err(Error::TimedOut)
            }
        }
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

    fn wait_for_connack<'a>(
        &'a self,
        state: Locked<'a, A>,
        version: Version,
        deadline: Instant,
    ) -> (Locked<'a, A>, Result<Connected, Error>) {
        let connection_number = state.connection_number;
        let (state, answer) = self.wait_until(state, Some(deadline), |state| {
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
        });
        let result = match answer {
            Some(Ok(ConnAckSeen::Accepted { session_present, properties })) => {
                Ok(Connected { server: None, version, session_present, properties })
            }
            Some(Ok(ConnAckSeen::Refused(reason))) => Err(Error::Refused(reason.0)),
            Some(Err(error)) => Err(error),
            None => Err(Error::TimedOut),
        };
        (state, result)
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

/// The attempt that this thread is making, unless somebody cancelled it.
fn attempt<A: Application>(state: &mut State<A>) -> Result<&mut Attempt, Error> {
    let attempt = state.connecting.as_mut().filter(|attempt| !attempt.is_cancelled && !state.destroyed);
    attempt.ok_or(Error::NotNow)
}
