//! The small vocabulary that packets and sessions share.

use std::num::NonZeroU16;

/// A version of the protocol, as CONNECT announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// MQTT 3.1: protocol name `MQIsdp`, level 3.
    V3_1,
    /// MQTT 3.1.1: protocol name `MQTT`, level 4.
    V3_1_1,
    /// MQTT 5.0: protocol name `MQTT`, level 5.
    V5,
}

impl Version {
    /// The protocol level byte of CONNECT.
    pub fn level(self) -> u8 {
        match self {
            Version::V3_1 => 3,
            Version::V3_1_1 => 4,
            Version::V5 => 5,
        }
    }

    /// Whether packets of this version carry properties and reason codes.
    pub fn has_properties(self) -> bool {
        self == Version::V5
    }
}

/// Quality of service: how often a message may arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::enum_variant_names, reason = "the names of the specification")]
pub enum Qos {
    /// QoS 0: sent once, never acknowledged.
    AtMostOnce,
    /// QoS 1: repeated until PUBACK.
    AtLeastOnce,
    /// QoS 2: PUBREC, PUBREL and PUBCOMP make it exactly one.
    ExactlyOnce,
}

impl Qos {
    /// The number on the wire.
    pub fn level(self) -> u8 {
        match self {
            Qos::AtMostOnce => 0,
            Qos::AtLeastOnce => 1,
            Qos::ExactlyOnce => 2,
        }
    }

    /// The QoS with this number, if there is one.
    pub fn from_level(level: u8) -> Option<Qos> {
        match level {
            0 => Some(Qos::AtMostOnce),
            1 => Some(Qos::AtLeastOnce),
            2 => Some(Qos::ExactlyOnce),
            _ => None,
        }
    }
}

/// A reason code of MQTT 5.0 (§2.4), or the return code byte of an older CONNACK or SUBACK.
///
/// Every byte is allowed: what a server says is passed on as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReasonCode(pub u8);

impl ReasonCode {
    /// Success, normal disconnection, granted QoS 0.
    pub const SUCCESS: ReasonCode = ReasonCode(0x00);
    /// Malformed Packet.
    pub const MALFORMED_PACKET: ReasonCode = ReasonCode(0x81);
    /// Protocol Error.
    pub const PROTOCOL_ERROR: ReasonCode = ReasonCode(0x82);

    /// What the C API calls it, if it knows it (contract W-601).
    pub fn text(self) -> Option<&'static str> {
        Some(match self.0 {
            0x00 => "SUCCESS",
            0x01 => "Granted QoS 1",
            0x02 => "Granted QoS 2",
            0x04 => "Disconnect with Will Message",
            0x10 => "No matching subscribers",
            0x11 => "No subscription found",
            0x18 => "Continue authentication",
            0x19 => "Re-authenticate",
            0x80 => "Unspecified error",
            0x81 => "Malformed Packet",
            0x82 => "Protocol error",
            0x83 => "Implementation specific error",
            0x84 => "Unsupported Protocol Version",
            0x85 => "Client Identifier not valid",
            0x86 => "Bad User Name or Password",
            0x87 => "Not authorized",
            0x88 => "Server unavailable",
            0x89 => "Server busy",
            0x8a => "Banned",
            0x8b => "Server shutting down",
            0x8c => "Bad authentication method",
            0x8d => "Keep Alive timeout",
            0x8e => "Session taken over",
            0x8f => "Topic filter invalid",
            0x90 => "Topic name invalid",
            0x91 => "Packet Identifier in use",
            0x92 => "Packet Identifier not found",
            0x93 => "Receive Maximum exceeded",
            0x94 => "Topic Alias invalid",
            0x95 => "Packet too large",
            0x96 => "Message rate too high",
            0x97 => "Quota exceeded",
            0x98 => "Administrative action",
            0x99 => "Payload format invalid",
            0x9a => "Retain not supported",
            0x9b => "QoS not supported",
            0x9c => "Use another server",
            0x9d => "Server moved",
            0x9e => "Shared subscriptions not supported",
            0x9f => "Connection rate exceeded",
            0xa0 => "Maximum connect time",
            0xa1 => "Subscription Identifiers not supported",
            0xa2 => "Wildcard Subscriptions not supported",
            _ => return None,
        })
    }

    /// Why a server refuses a connection: MQTT 3.1.1 §3.2.2.3, MQTT 5.0 §3.2.2.2. The numbers do not overlap.
    pub fn refusal(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "Unacceptable protocol version",
            2 => "Identifier rejected",
            3 => "Server unavailable",
            4 => "Bad user name or password",
            5 => "Not authorized",
            0x80.. => return self.text(),
            _ => return None,
        })
    }

    /// Whether this reports a failure (0x80 and above, MQTT 5.0 §2.4).
    pub fn is_error(self) -> bool {
        self.0 >= 0x80
    }
}

/// A packet identifier: which exchange a packet belongs to. Never 0 (MQTT 3.1.1 §2.3.1, MQTT 5.0 §2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(NonZeroU16);

impl PacketId {
    /// The identifier with this number; 0 is none.
    pub fn new(number: u16) -> Option<PacketId> {
        NonZeroU16::new(number).map(PacketId)
    }

    /// The number on the wire.
    pub fn get(self) -> u16 {
        self.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contract W-601.
    #[test]
    fn reason_codes_have_the_texts_of_the_c_api() {
        let known: Vec<u8> = (0..=255).filter(|code| ReasonCode(*code).text().is_some()).collect();
        let expected: Vec<u8> = [0, 1, 2, 4, 16, 17, 24, 25].into_iter().chain(128..=162).collect();
        assert_eq!(known, expected);
        assert_eq!(ReasonCode::SUCCESS.text(), Some("SUCCESS"));
        assert_eq!(ReasonCode::MALFORMED_PACKET.text(), Some("Malformed Packet"));
        assert_eq!(ReasonCode(0x8e).text(), Some("Session taken over"));
        assert_eq!(ReasonCode(0xa2).text(), Some("Wildcard Subscriptions not supported"));
    }
}
