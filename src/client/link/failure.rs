//! Why a connection could not be made, in words, for whoever reads the trace: one line for each failed try
//! with the address, how far it came, and the reason.

use crate::engine::{Connection, connect_failed, in_words};
use crate::error::{Error, ProtocolError};
use crate::protocol::ReasonCode;
use crate::protocol::packet::packet_type::CONNACK;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// How far a try came that has a pipe to its server.
const MQTT: &str = "MQTT";

/// What the end of a connection that was not accepted yet says of the server.
pub fn without_connack(error: &Error, connection: &Connection) -> String {
    let is_mqtt = connection.next_byte().is_none_or(|byte| byte >> 4 == CONNACK);
    match error {
        Error::Protocol(ProtocolError::Malformed(CONNACK)) => "the CONNACK cannot be read".to_owned(),
        Error::Protocol(_) => "the answer is no MQTT".to_owned(),
        _ if !is_mqtt => "the answer is no MQTT".to_owned(),
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed the connection before CONNACK".to_owned()
        }
        Error::Io(error) => format!("{} before CONNACK", in_words(error)),
        other => other.to_string(),
    }
}

/// Tells that a try failed after the pipe was there. `ended`: what the end of the connection says, if it ended.
pub fn note(address: SocketAddr, error: &Error, ended: Option<&str>, timeout: Duration) {
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
