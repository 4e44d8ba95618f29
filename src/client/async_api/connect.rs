//! Connecting, and connecting again: asked for on a thread that goes on at once, and done by workers.

use super::application::AsyncApplication;
use super::client::AsyncClient;
use super::options::Credentials;
use super::to_tell::{Reason, ToTell};
use super::wanted::{Stage, to_c_text};
use crate::client::client::Client;
use crate::client::connect::{ConnectRun, Progress};
use crate::client::link::{Attempt, AutomaticReconnect, Link};
use crate::client::locked::Locked;
use crate::client::options::ConnectOptions;
use crate::client::state::{Mode, State};
use crate::engine::{self, clock};
use crate::error::Error;
use crate::protocol::ReasonCode;
use std::ffi::CString;
use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl<A: AsyncApplication> AsyncClient<A> {
    /// Has workers connect. Whoever waits for that to begin cannot ask again. While it is being done, whoever asks
    /// again hears of it in place of the one who asked before (contract ).
    ///
    /// `automatic`: whether to connect again by itself; `None`: what was said the last time stays.
    pub fn connect(
        &self,
        options: ConnectOptions,
        automatic: Option<AutomaticReconnect>,
        token: A::Token,
    ) -> Result<(), Error> {
        let client = &*self.client;
        let mut state = self.lock_restored()?;
        if state.host.api.wanted.stage == Stage::Ready && state.host.api.wanted.token.is_some() {
            return Err(Error::ConnectWaits);
        }
        drive_by_workers(client, &mut state)?;
        let stays_connected = state.is_connected() && !state.host.api.is_ending();
        let wanted = &mut state.host.api.wanted;
        if !stays_connected && wanted.stage != Stage::Connecting {
            client.is_v5.store(options.version.is_v5(), Ordering::Relaxed);
        }
        wanted.reconnect.connect_asked(automatic);
        wanted.options = Some(Arc::new(options));
        wanted.is_stale = true;
        if stays_connected {
            // As Paho: nothing is sent, and nobody is told anything (contract ).
            return Ok(());
        }
        wanted.token = Some(token);
        if wanted.stage != Stage::Connecting {
            wanted.stage = Stage::Ready;
        }
        state.call_worker();
        Ok(())
    }

    /// Tells whoever asks for a connection that there will be none.
    pub fn refuse_to_connect(&self, error: Error, token: A::Token) -> Result<(), Error> {
        let mut state = self.lock_restored()?;
        drive_by_workers(&self.client, &mut state)?;
        let error = Box::new(Reason::from(error));
        state.host.events.push(ToTell::Failed { token, packet_id: 0, error });
        state.has_changed = true;
        Ok(())
    }

    /// Connects again as the last time, at once (contract ).
    pub fn reconnect(&self) -> Result<(), Error> {
        let mut state = self.lock_restored()?;
        let (is_up, is_ending) = (state.is_up(), state.host.api.is_ending());
        let is_giving_up = state.gave_up_connecting();
        let wanted = &mut state.host.api.wanted;
        if wanted.options.is_none() || wanted.reconnect.is_automatic() && !wanted.reconnect.is_wanted() {
            return Err(Error::NotNow);
        }
        if wanted.stage == Stage::Ready {
            return Err(Error::ConnectWaits);
        }
        if !is_ending && !is_giving_up && (is_up || wanted.is_under_way()) {
            return Ok(());
        }
        wanted.reconnect.connect_asked(None);
        if !is_giving_up {
            // Else who gives up begins anew.
            wanted.reconnect.hurry(clock::now());
        }
        state.call_worker();
        Ok(())
    }

    /// The application has been asked what to log in with.
    pub(super) fn credentials_told(client: &Client<A>, credentials: Credentials) {
        let Ok(mut state) = client.lock() else { return };
        let wanted = &mut state.host.api.wanted;
        if wanted.stage != Stage::Asking {
            return; // Nobody wants to connect any more.
        }
        if let Some(options) = &mut wanted.options {
            let options = Arc::make_mut(options);
            (options.username, options.password) = (credentials.username, credentials.password);
        }
        wanted.stage = Stage::Ready;
        state.call_worker();
    }
}

/// From now on workers drive this client. None before the first connect (contract ).
fn drive_by_workers<A: AsyncApplication>(client: &Client<A>, state: &mut Locked<'_, A>) -> Result<(), Error> {
    state.leave_lost_engine();
    client.leave_to_workers(state);
    if state.mode == Mode::Workers { Ok(()) } else { Err(Error::Io(io::ErrorKind::OutOfMemory.into())) }
}

/// Goes on with connecting, as far as it goes without waiting.
pub(super) fn advance<A: AsyncApplication>(client: &Client<A>, state: &mut Locked<'_, A>) {
    if state.host.api.wanted.is_out {
        return state.host.api.wanted.wake();
    }
    begin(client, state);
    while state.host.api.wanted.stage == Stage::Connecting {
        let wanted = &mut state.host.api.wanted;
        let Some(options) = wanted.attempted.clone() else { return };
        let mut run = wanted.run.take().unwrap_or_else(|| Box::new(ConnectRun::new(client, &options)));
        (wanted.is_out, wanted.is_woken) = (true, false);
        let progress = run.advance(client, state, &options);
        let wanted = &mut state.host.api.wanted;
        wanted.is_out = false;
        match progress {
            Progress::WaitForAddresses(until)
            | Progress::WaitForSocket(_, _, until)
            | Progress::WaitForConnAck(until) => {
                wanted.until = Some(until);
                wanted.run = Some(run);
                if !mem::take(&mut wanted.is_woken) {
                    break;
                }
            }
            Progress::TlsFailed(line) => {
                wanted.run = Some(run);
                if let Some(on_error) = options.transport.on_tls_error.clone() {
                    state.host.events.push(ToTell::TlsFailed { on_error, line });
                    state.has_changed = true;
                }
            }
            Progress::Over(result) => {
                let failure = run.failure().map(to_c_text);
                // Only among several servers does it matter which one was used last.
                wanted.run = (options.servers.len() > 1).then_some(run);
                state.has_changed = true;
                finish(client, state, result.err(), failure);
            }
        }
    }
}

/// Begins, if it is time and there is no connection.
fn begin<A: AsyncApplication>(client: &Client<A>, state: &mut Locked<'_, A>) {
    let State { application, host, link, .. } = &mut **state;
    let wanted = &mut host.api.wanted;
    if !matches!(link, Link::Down) || host.api.disconnecting.is_some() {
        return;
    }
    if wanted.stage == Stage::Idle && wanted.reconnect.take_due(clock::now()) {
        wanted.stage = Stage::Ready;
        let asks = wanted.reconnect.is_automatic() && application.handles_update();
        if let Some(options) = wanted.options.as_ref().filter(|_| asks) {
            let (username, password) = (options.username.clone(), options.password.clone());
            host.events.push(ToTell::CredentialsWanted(Credentials { username, password }));
            wanted.stage = Stage::Asking;
        }
    }
    if wanted.stage == Stage::Ready {
        wanted.stage = Stage::Connecting;
        wanted.refusal = None;
        if mem::take(&mut wanted.is_stale) {
            wanted.run = None;
        }
        if let Some(run) = &mut wanted.run {
            run.begin_round();
        }
        wanted.is_accepted = false;
        wanted.attempted = wanted.options.clone();
        if let Some(options) = &wanted.attempted {
            client.is_v5.store(options.version.is_v5(), Ordering::Relaxed);
        }
        state.connecting = Some(Box::new(Attempt::new(engine::this_thread())));
    }
}

/// A round has ended: with a connection, or with all servers tried.
fn finish<A: AsyncApplication>(
    client: &Client<A>,
    state: &mut Locked<'_, A>,
    error: Option<Error>,
    message: Option<CString>,
) {
    let was_cancelled = state.gave_up_connecting();
    client.end_connecting(state, error.is_none());
    let State { host, .. } = &mut **state;
    let wanted = &mut host.api.wanted;
    (wanted.stage, wanted.until) = (Stage::Idle, None);
    // The token of whoever asked for this one is gone since the server has accepted; and it may have been disconnected
    // since then, with an attempt that nobody wanted any more, until somebody did.
    let is_for_another =
        error.is_none() && wanted.token.is_some() || was_cancelled && wanted.reconnect.is_wanted();
    if is_for_another {
        // Who has asked since then, behind a disconnect, wants another one.
        wanted.stage = Stage::Ready;
        return begin(client, state);
    }
    let Some(error) = error else { return };
    let properties = wanted.refusal.take().map(|properties| *properties).unwrap_or_default();
    if let Some(token) = wanted.token.take() {
        let reason = match error {
            Error::Refused(code) => ReasonCode(code),
            _ => ReasonCode::SUCCESS,
        };
        let error = Box::new(Reason { error, message, reason, properties });
        host.events.push(ToTell::Failed { token, packet_id: 0, error });
    }
    wanted.reconnect.failed(clock::now());
}
