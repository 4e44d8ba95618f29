//! Whether the application wants a connection, and how far it is.

use super::to_tell::Made;
use crate::client::api::Accepted;
use crate::client::connect::ConnectRun;
use crate::client::link::Reconnect;
use crate::client::options::ConnectOptions;
use crate::protocol::packet::{Properties, PropertyId, PropertyList, PropertyValue};
use std::ffi::CString;
use std::sync::Arc;
use std::time::Instant;

/// How far a connection is that somebody wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is one, or none is being made.
    #[default]
    Idle,
    /// The application is asked what to log in with.
    Asking,
    /// A worker is to begin.
    Ready,
    /// Workers are at it.
    Connecting,
}

/// Whether the application wants a connection, and what is being done about it.
pub(super) struct Wanted<T> {
    pub reconnect: Reconnect,
    pub stage: Stage,
    /// Of the request, until it is told what came of it.
    pub token: Option<T>,
    /// Those of the last request.
    pub options: Option<Arc<ConnectOptions>>,
    /// Those of the attempt under way, or of the last one: whoever asks again meanwhile does not change it.
    pub attempted: Option<Arc<ConnectOptions>>,
    /// What makes the connection; kept for the next round, which begins with the server that was used last.
    pub run: Option<Box<ConnectRun>>,
    /// The options are others since it began.
    pub is_stale: bool,
    /// The attempt has come to a connection, which may have ended since, before the worker that was at it has looked.
    pub is_accepted: bool,
    /// A worker has `run`, and lets go of the lock now and then.
    pub is_out: bool,
    /// Something has happened meanwhile.
    pub is_woken: bool,
    /// When to look at it in any case.
    pub until: Option<Instant>,
    /// The client identifier that the server has chosen.
    pub assigned_id: Option<Vec<u8>>,
    /// What the server has said to its refusal.
    pub refusal: Option<Box<Properties>>,
}

impl<T> Default for Wanted<T> {
    fn default() -> Self {
        Wanted {
            reconnect: Reconnect::default(),
            stage: Stage::Idle,
            token: None,
            options: None,
            attempted: None,
            run: None,
            is_stale: false,
            is_accepted: false,
            is_out: false,
            is_woken: false,
            until: None,
            assigned_id: None,
            refusal: None,
        }
    }
}

impl<T> Wanted<T> {
    /// Whether a connection is being made, or about to be.
    pub fn is_under_way(&self) -> bool {
        match self.stage {
            Stage::Idle => false,
            Stage::Asking | Stage::Ready => true,
            Stage::Connecting => !self.is_accepted,
        }
    }

    /// The server has accepted: who is to hear of it, and of what.
    pub fn accepted(&mut self, accepted: Accepted<'_>) -> (Option<T>, Made) {
        let Accepted { server, version, session_present, properties } = accepted;
        self.reconnect.connected();
        self.is_accepted = true;
        if let Some(PropertyValue::Utf8String(id)) = properties.find(PropertyId::AssignedClientIdentifier) {
            self.assigned_id = Some(id.to_vec());
        }
        let servers = self.attempted.as_ref().map(|options| &options.servers);
        let server_uri = server.and_then(|server| servers?.get(server)).map(to_c_text);
        let made = Made { server_uri, version, session_present, properties: properties.into() };
        (self.token.take(), made)
    }

    /// The server has refused, and this is what it said.
    pub fn refused(&mut self, properties: PropertyList<'_>) {
        self.refusal = (!properties.is_empty()).then(|| Box::new(properties.into()));
    }

    /// When a worker is to come.
    pub fn deadline(&self) -> Option<Instant> {
        if self.is_out {
            return None;
        }
        [self.until, self.reconnect.due()].into_iter().flatten().min()
    }

    /// What is waited for may be there.
    pub fn wake(&mut self) {
        self.is_woken = true;
    }

    /// Nobody wants a connection any more. Who asked for one, and was not told what came of it.
    pub fn give_up(&mut self) -> Option<T> {
        self.reconnect.disconnect_asked();
        if self.stage != Stage::Connecting {
            self.stage = Stage::Idle;
        }
        self.token.take()
    }

    /// Whoever was at it has panicked. Who asked for the connection, and was not told what came of it.
    pub fn panicked(&mut self, now: Instant) -> Option<T> {
        self.is_out = false;
        (self.stage, self.until, self.run) = (Stage::Idle, None, None);
        self.reconnect.failed(now);
        self.token.take()
    }

    /// There will be no connection any more.
    pub fn end(&mut self) {
        self.reconnect.disconnect_asked();
        self.stage = Stage::Idle;
        self.run = None;
        self.until = None;
    }
}

/// A text for C, up to the first NUL.
pub(super) fn to_c_text(text: impl AsRef<str>) -> CString {
    let kept = text.as_ref().split('\0').next().unwrap_or_default();
    CString::new(kept).unwrap_or_default()
}
