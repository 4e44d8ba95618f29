//! What becomes of a request, as its callbacks hear it.

use std::ffi::CStr;

use crate::error::Error;
use crate::protocol::packet::PropertyList;
use crate::protocol::{Qos, ReasonCode, Version};

/// What became of a request.
pub type Outcome<'a> = Result<Success<'a>, Failure<'a>>;

/// A request has succeeded.
#[derive(Clone, Copy, Debug)]
pub enum Success<'a> {
    /// The client is connected.
    Connected(ConnectionMade<'a>),
    /// The client is disconnected.
    Disconnected,
    /// The server has answered a SUBSCRIBE.
    Subscribed {
        /// One for each topic filter.
        codes: &'a [u8],
        /// The answer's.
        properties: PropertyList<'a>,
    },
    /// The server has answered an UNSUBSCRIBE.
    Unsubscribed {
        /// One for each topic filter; none before MQTT 5.0.
        codes: &'a [u8],
        /// The answer's.
        properties: PropertyList<'a>,
    },
    /// A message of QoS 0 is written, or another one is delivered.
    Published(PublishedMessage<'a>),
}

/// What came of connecting.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionMade<'a> {
    /// The client's own server without its scheme, or an entry of the options as it was given.
    pub server_uri: &'a CStr,
    /// The version that was agreed on.
    pub version: Version,
    /// Whether the server still had the session.
    pub session_present: bool,
    /// CONNACK's.
    pub properties: PropertyList<'a>,
}

/// A message that was published.
#[derive(Clone, Copy, Debug)]
pub struct PublishedMessage<'a> {
    /// Where to.
    pub topic: &'a CStr,
    /// What. A NUL follows it in memory, so that a payload of text is a string.
    pub payload: &'a [u8],
    /// With which QoS.
    pub qos: Qos,
    /// Whether it is kept.
    pub retain: bool,
    /// What the acknowledgement said.
    pub reason: ReasonCode,
    /// The message's own.
    pub properties: PropertyList<'a>,
}

/// A request has failed.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// Why; `None`: the server's word says it all.
    pub error: Option<&'a Error>,
    /// Why, for people.
    pub message: Option<&'a CStr>,
    /// MQTT 5.0: the server's word.
    pub reason: ReasonCode,
    /// The answer's.
    pub properties: PropertyList<'a>,
    /// Of the answer, where a message was refused; else 0.
    pub packet_type: u8,
}
