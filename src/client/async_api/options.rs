//! What callers give to an asynchronous client.

use crate::protocol::ReasonCode;
use crate::protocol::packet::Properties;
use std::time::Duration;

/// What becomes of requests that cannot be sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffering {
    /// Whether messages may be published while there is no connection, but somebody has asked for one.
    pub while_disconnected: bool,
    /// Also if nobody has.
    pub at_any_time: bool,
    /// How many messages may wait, at least 1; `None`: any number.
    pub max_messages: Option<usize>,
    /// Whether the oldest message goes where one too many would wait, and not the new one.
    pub delete_oldest: bool,
    /// Whether requests that an earlier client of this name has left in the store are sent; if not, they are
    /// deleted.
    pub restore: bool,
    /// Whether messages of QoS 0 go into the store while they wait.
    pub persist_qos0: bool,
}

impl Default for Buffering {
    /// As for a client that is created without options (contract ).
    fn default() -> Buffering {
        Buffering {
            while_disconnected: false,
            at_any_time: false,
            max_messages: None,
            delete_oldest: false,
            restore: true,
            persist_qos0: true,
        }
    }
}

/// How to disconnect.
#[derive(Clone, Debug)]
pub struct DisconnectOptions {
    /// How long to wait for messages that are under way.
    pub timeout: Duration,
    /// MQTT 5.0: why.
    pub reason: ReasonCode,
    /// MQTT 5.0: DISCONNECT's properties.
    pub properties: Properties,
}

impl Default for DisconnectOptions {
    fn default() -> DisconnectOptions {
        DisconnectOptions {
            timeout: Duration::ZERO,
            reason: ReasonCode::SUCCESS,
            properties: Properties::default(),
        }
    }
}

/// What to log in with: the application may change it before each automatic attempt (contract ).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub username: Option<Vec<u8>>,
    /// The user's password.
    pub password: Option<Vec<u8>>,
}
