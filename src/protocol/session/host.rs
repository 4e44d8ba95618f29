//! What a session and the layer that owns it say to each other.

use std::time::Duration;

use crate::error::PersistError;
use crate::protocol::packet::{PropertyList, Publish};
use crate::protocol::{Qos, ReasonCode, Version};

/// What a session asks of the layer that owns it, in the order in which it must happen.
pub trait Host {
    /// Stores a record before anything that depends on it is sent. Its parts are concatenated.
    fn persist(&mut self, key: StoreKey, record: &[&[u8]]) -> Result<(), PersistError>;

    /// Removes a record. It may never have been stored.
    fn forget(&mut self, key: StoreKey);

    /// Hands up a message for the application. `dup` is never set with QoS 2.
    ///
    /// The token, with QoS 1 and 2, is to be passed to [`Session::acknowledge`] as soon as the message is safe, in
    /// the order of arrival; unless the answer is that it is safe already.
    ///
    /// [`Session::acknowledge`]: super::Session::acknowledge
    fn message(&mut self, publish: &Publish<'_>, ack_token: Option<AckToken>) -> Acknowledge;

    /// The PUBLISH of an outgoing QoS 1 or 2 message, as it was sent last, is not needed any more. Comes before the
    /// [`Event::Completed`] of that message.
    fn spent(&mut self, packet_id: u16, packet: Vec<u8>, version: Version) {
        let _ = (packet_id, packet, version);
    }

    /// Nothing was sent for the keep alive interval: what was kept for the next message may go.
    fn idle(&mut self) {}

    /// Tells what else happened.
    fn event(&mut self, event: Event<'_>);

    /// Whether [`Host::persist`] stores anything. If not, what is kept only for it need not be kept.
    fn has_store(&self) -> bool {
        true
    }
}

/// When a message is acknowledged that was handed up.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledge {
    /// It is safe already, so that as little as possible comes again if the process is killed.
    Now,
    /// When its token comes back.
    WithToken,
}

/// Which record. Carries the packet identifier. Contract P-201.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreKey {
    /// A PUBLISH of ours.
    SentPublish(u16),
    /// A PUBREL of ours.
    SentPubRel(u16),
    /// A QoS 2 PUBLISH of the server's.
    ReceivedPublish(u16),
}

/// What a session tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The server accepted the connection. [`Event::Cleared`] comes first if it was a clean one.
    Connected {
        /// Whether the server still knew the session. `false` in MQTT 3.1, which does not say.
        session_present: bool,
        /// Of the CONNACK.
        properties: PropertyList<'a>,
    },
    /// The server refused the connection. Nothing more comes.
    Refused {
        /// Why.
        reason: ReasonCode,
        /// Of the CONNACK.
        properties: PropertyList<'a>,
    },
    /// All session state was dropped, at the CONNACK. What is stored and queued for it goes, too (contract C-3.13).
    Cleared,
    /// An outgoing message is done. Only for messages that were under way.
    Completed {
        /// Of the message.
        packet_id: u16,
        /// By which packet: 4 PUBACK, 7 PUBCOMP, 5 a PUBREC that reports an error.
        packet_type: u8,
        /// An error does not mean that anything is sent again.
        reason: ReasonCode,
        /// Of that packet.
        properties: PropertyList<'a>,
    },
    /// The answer to a SUBSCRIBE that somebody waits for.
    Subscribed {
        /// Of the SUBSCRIBE.
        packet_id: u16,
        /// One for each filter, if the server is right.
        reasons: &'a [u8],
        /// Of the SUBACK.
        properties: PropertyList<'a>,
    },
    /// The answer to an UNSUBSCRIBE that somebody waits for.
    Unsubscribed {
        /// Of the UNSUBSCRIBE.
        packet_id: u16,
        /// One for each filter in MQTT 5.0, none before.
        reasons: &'a [u8],
        /// Of the UNSUBACK.
        properties: PropertyList<'a>,
    },
    /// The server said goodbye (MQTT 5.0). Nothing more comes, and nothing more will be sent.
    Disconnected {
        /// Why.
        reason: ReasonCode,
        /// Of the DISCONNECT.
        properties: PropertyList<'a>,
    },
}

/// Says which message is to be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AckToken {
    pub(super) packet_id: u16,
    pub(super) qos: Qos,
    /// QoS 1: the number of the connection it came on. QoS 2: the number of the message.
    pub(super) connection_number: u32,
}

/// A message to publish.
#[derive(Clone, Copy, Debug)]
pub struct OutgoingMessage<'a> {
    /// The topic name.
    pub topic: &'a [u8],
    /// The application's bytes.
    pub payload: &'a [u8],
    /// How often it may arrive.
    pub qos: Qos,
    /// Whether the server keeps it.
    pub retain: bool,
    /// Ignored below MQTT 5.0.
    pub properties: PropertyList<'a>,
}

/// How a session behaves during one connection, beyond what CONNECT says.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionOptions {
    /// How many QoS 1 and 2 messages may be under way, at least 1. The server may allow fewer.
    pub window: u16,
    /// Send again, during the connection, what was not acknowledged for so long, but not less than
    /// ten seconds (contract W-308). `None`, and in MQTT 5.0: only after a reconnect.
    pub retry_interval: Option<Duration>,
    /// Whether what is under way is forgotten when the server turns out to have no session, and when it will have
    /// none after this connection (contract ). If not, it is sent again (contract C-3.14).
    pub forgets_with_server: bool,
}
