//! What the application is to be told, but for messages.

use super::options::Credentials;
use crate::client::options::Answer;
use crate::error::Error;
use crate::protocol::packet::Properties;
use crate::protocol::{ReasonCode, Version};
use crate::transport::OnTlsError;
use std::ffi::CString;

/// A callback to run, other than for a message.
pub enum ToTell<T> {
    /// The client is connected, as was asked.
    Connected {
        /// Of the request.
        token: T,
        /// What came of it.
        made: Box<Made>,
    },
    /// There is a connection, whoever asked for it.
    HasConnection {
        /// Whether [`ToTell::Connected`] was told before.
        after_success: bool,
    },
    /// A message of QoS 1 or 2 is done.
    Acknowledged(Acknowledged<T>),
    /// The same, for whoever did not ask.
    Delivered {
        /// Of the message.
        packet_id: u16,
    },
    /// A message of QoS 0 is written.
    Written {
        /// Of the request.
        token: T,
        /// The PUBLISH.
        packet: Vec<u8>,
        /// The version that it is written for.
        version: Version,
    },
    /// A SUBSCRIBE or UNSUBSCRIBE is answered.
    Answered {
        /// Of the request.
        token: T,
        /// Of the request.
        packet_id: u16,
        /// Whether it is an UNSUBSCRIBE.
        is_unsubscribe: bool,
        /// The answer.
        answer: Box<Answer>,
    },
    /// The client is disconnected, as was asked.
    Disconnected(T),
    /// A request has failed.
    Failed {
        /// Of the request.
        token: T,
        /// Of the request; 0 if it has none.
        packet_id: u16,
        /// Why.
        error: Box<Reason>,
    },
    /// A request has ended without an answer: most of those that fail.
    Discarded {
        /// Of the request.
        token: T,
        /// Of the request.
        packet_id: u16,
    },
    /// The connection was lost.
    Lost,
    /// The server has ended the connection.
    Goodbye {
        /// Why.
        reason: ReasonCode,
        /// Of the DISCONNECT.
        properties: Properties,
    },
    /// What goes wrong with TLS.
    TlsFailed {
        /// Of the connect that wants to hear of it.
        on_error: OnTlsError,
        /// For people.
        line: String,
    },
    /// The client is about to connect again, and asks what to log in with.
    CredentialsWanted(Credentials),
}

impl<T> ToTell<T> {
    /// Whether this is what became of a request.
    pub(super) fn is_outcome(&self) -> bool {
        match self {
            ToTell::Connected { .. }
            | ToTell::Acknowledged(_)
            | ToTell::Written { .. }
            | ToTell::Answered { .. }
            | ToTell::Disconnected(_)
            | ToTell::Failed { .. }
            | ToTell::Discarded { .. } => true,
            ToTell::HasConnection { .. }
            | ToTell::Delivered { .. }
            | ToTell::Lost
            | ToTell::Goodbye { .. }
            | ToTell::TlsFailed { .. }
            | ToTell::CredentialsWanted(_) => false,
        }
    }
}

/// What came of connecting.
pub struct Made {
    /// Where to; `None`: the client's own server.
    pub(super) server_uri: Option<CString>,
    pub(super) version: Version,
    pub(super) session_present: bool,
    pub(super) properties: Properties,
}

/// A message that is done, and by which answer.
pub struct Acknowledged<T> {
    pub(super) token: T,
    pub(super) packet_id: u16,
    /// The PUBLISH.
    pub(super) packet: Vec<u8>,
    pub(super) version: Version,
    pub(super) packet_type: u8,
    pub(super) reason: ReasonCode,
    /// The answer's.
    pub(super) properties: Properties,
}

/// Why a request has failed.
pub struct Reason {
    pub(super) error: Error,
    /// For people.
    pub(super) message: Option<CString>,
    pub(super) reason: ReasonCode,
    pub(super) properties: Properties,
}

impl From<Error> for Reason {
    fn from(error: Error) -> Reason {
        Reason { error, message: None, reason: ReasonCode::SUCCESS, properties: Properties::default() }
    }
}
