//! Why a connection could not be made, in words, for whoever reads the trace: one line for each failed try
//! with the address, how far it came, and the reason.

use crate::engine::{Connection, connect_failed, in_words};
use crate::error::{Error, ProtocolError};
use crate::protocol::ReasonCode;
use crate::protocol::packet::packet_type;
#[cfg(feature = "async")]
use crate::transport::ConnectError;
use crate::transport::{Endpoint, tls_failure_in};
use std::io;
use std::time::Duration;

/// How far a try came that has a pipe to its server.
const MQTT: &str = "MQTT";

/// What the end of a connection that was not accepted yet says of the server.
pub fn without_connack(error: &Error, connection: &Connection) -> String {
    let is_mqtt = connection.next_byte().is_none_or(|byte| byte >> 4 == packet_type::CONNACK);
    match error {
        Error::Protocol(ProtocolError::Malformed(packet_type::CONNACK)) => {
            "the CONNACK cannot be read".to_owned()
        }
        Error::Protocol(_) => "the answer is no MQTT".to_owned(),
        _ if !is_mqtt => "the answer is no MQTT".to_owned(),
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed the connection before CONNACK".to_owned()
        }
        Error::Io(error) => match tls_failure_in(error) {
            Some(reason) => reason,
            None => format!("{} before CONNACK", in_words(error)),
        },
        other => other.to_string(),
    }
}

/// Tells that a try failed after the pipe was there. `ended`: what the end of the connection says, if it ended.
pub fn note(address: &Endpoint, error: &Error, ended: Option<&str>, timeout: Duration) {
    match error {
        Error::Refused(code) => {
            let name = ReasonCode(*code).refusal().unwrap_or("a code without a name");
            connect_failed(MQTT, address, format_args!("refused with CONNACK {code}, {name}"));
        }
        Error::TimedOut => {
            connect_failed(MQTT, address, format_args!("no CONNACK within {} s", timeout.as_secs()));
        }
        Error::Persistence(_) | Error::TooLarge => connect_failed(MQTT, address, error),
        _ => connect_failed(MQTT, address, ended.unwrap_or("given up by the program")),
    }
}

/// How a try failed that came so far, in the original's words (contract ), which programs look for.
#[cfg(feature = "async")]
pub const LOOKUP: &str = "Name lookup failure";
#[cfg(feature = "async")]
pub const TCP: &str = "TCP/TLS connect failure";
#[cfg(feature = "async")]
pub const CONNACK: &str = "TCP connect completion failure";

/// The whole of it, for an application to show.
#[cfg(feature = "async")]
pub fn in_full(step: &str, server: &str, error: &Error, ended: Option<&str>, timeout: Duration) -> String {
    match error {
        Error::Refused(code) => {
            let name = ReasonCode(*code).refusal().unwrap_or("a code without a name");
            format!("CONNACK return code {code} from {server}: {name}")
        }
        Error::TimedOut => {
            let seconds = timeout.as_secs();
            let missing = match step {
                LOOKUP => "name lookup",
                TCP => "connection",
                _ => "CONNACK",
            };
            format!("TCP connect timeout: {server}, no {missing} within {seconds} s")
        }
        error if step.is_empty() => error.to_string(),
        Error::Io(error) => match (ended, connect_error(error)) {
            (Some(ended), _) => format!("{step}: {server}, {ended}"),
            (None, Some(ConnectError { phase, error })) if error.kind() == io::ErrorKind::TimedOut => {
                let seconds = timeout.as_secs();
                format!("TCP connect timeout: {server}, no answer in {phase} within {seconds} s")
            }
            (None, Some(ConnectError { phase, error })) => {
                format!("{step}: {server}, {phase}: {}", in_words(error))
            }
            (None, None) => format!("{step}: {server}, {}", in_words(error)),
        },
        error => format!("{step}: {server}, {error}"),
    }
}

/// What was being done when there was no connection yet.
#[cfg(feature = "async")]
fn connect_error(error: &io::Error) -> Option<&ConnectError> {
    error.get_ref()?.downcast_ref()
}
