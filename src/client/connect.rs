//! Connecting, as far as it does not matter who drives it: entering, CONNECT, giving up.

use super::application::Application;
use super::background::Presence;
use super::client::Client;
use super::link::Link;
use super::locked::Locked;
use super::options::ConnectOptions;
use super::registry;
use super::state::{Mode, State};
use crate::engine::{self, Connection, Pipe, clock};
use crate::error::Error;
use crate::protocol::Version;
use crate::protocol::packet::{Connect, Properties, Will};
use crate::protocol::session::ConnectionOptions;
use crate::transport::SocketFd;
use std::os::fd::AsRawFd;
use std::sync::Arc;

impl<A: Application> Client<A> {
    /// This client begins to connect. If it is the first one with callbacks, workers serve all others, too,
    /// from now on.
    pub(super) fn enter(&self) -> Result<Presence, Error> {
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

    /// Wakes whoever waits for something of this client.
    pub(super) fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        let me = self.me.clone();
        Arc::new(move || {
            if let Some(client) = me.upgrade() {
                // Who waits has looked, and let go of the lock.
                Locked::new(&client, client.state.lock()).has_changed = true;
            }
        })
    }

    pub(super) fn send_connect(
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
        let window = ConnectionOptions {
            window: options.window,
            retry_interval: options.retry_interval,
            forgets_with_server: false,
        };
        // What came before and still waits must not be taken for new when the server repeats it.
        state.session.expect_duplicates(state.host.inbox.iter().filter_map(|waiting| waiting.ack_token));
        state.session.connect(now, &connect, window)?;
        state.link = Link::Up(Connection::new(pipe));
        state.connection_number += 1;
        state.flush(now)
    }
}

impl<A: Application> State<A> {
    /// Whether the thread that is in `connect` is to give up.
    pub(super) fn gives_up_connecting(&self) -> bool {
        let is_cancelled = self.connecting.as_ref().is_none_or(|attempt| attempt.is_cancelled);
        is_cancelled || self.destroyed || engine::is_ending()
    }

    /// The thread that is in `connect` waits for this socket, or no longer.
    pub(super) fn waits_for_socket(&mut self, socket: Option<&Arc<SocketFd>>) {
        if let Some(attempt) = &mut self.connecting {
            attempt.socket = socket.cloned();
        }
    }

    /// Why the connection ended on which CONNECT was sent, if it did.
    pub(super) fn take_reason_for_end(&mut self) -> Option<String> {
        self.connecting.as_mut()?.ended.take()
    }
}
