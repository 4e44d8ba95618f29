//! What a session knows of messages that the server sent and that are not finished.

use super::host::AckToken;
use super::id_map::IdMap;
use crate::protocol::{Qos, Version};

/// How far an incoming QoS 2 message is.
///
/// ```text
/// MQTT 3:    PUBLISH → Held ── PUBREL → Released ── acknowledged → done, PUBCOMP
/// MQTT 5.0:  PUBLISH → Delivered ── acknowledged → Taken ── stored → Confirmed, PUBREC ── PUBREL → done, PUBCOMP
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// We have the content and said PUBREC. The application gets it at the PUBREL.
    Held,
    /// The server released it and the application was told; it owns it once it acknowledges.
    Released,
    /// The application was told and has not acknowledged it.
    Delivered,
    /// The application has it, but the store does not know: no PUBREC yet.
    Taken,
    /// PUBREC was said, or will be when the server asks again. PUBREL is missing.
    Confirmed,
}

pub(super) struct Incoming {
    pub(super) stage: Stage,
    /// The connection on which the server last sent what our next acknowledgement answers.
    pub(super) asked_on: u32,
    /// Distinguishes this message from others that had the same identifier.
    pub(super) number: u32,
    /// The PUBLISH as received, while it is needed.
    pub(super) packet: Vec<u8>,
    /// The version `packet` is written for.
    pub(super) version: Version,
}

/// The incoming QoS 2 messages, by packet identifier.
#[derive(Default)]
pub(super) struct IncomingMessages {
    messages: IdMap<Incoming>,
    /// How many wait for the server's PUBREL.
    unreleased: usize,
    last_number: u32,
}

impl IncomingMessages {
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Gives memory back that nothing waits in.
    pub(super) fn release_if_empty(&mut self) {
        self.messages.release_if_empty();
    }

    /// How many exchanges wait for the server, not for the application.
    pub(super) fn unreleased(&self) -> usize {
        self.unreleased
    }

    pub(super) fn get(&self, id: u16) -> Option<&Incoming> {
        self.messages.get(id)
    }

    /// For changes other than of the stage.
    pub(super) fn get_mut(&mut self, id: u16) -> Option<&mut Incoming> {
        self.messages.get_mut(id)
    }

    /// Adds a message, in place of any other with this identifier. Returns its number.
    pub(super) fn insert(
        &mut self,
        id: u16,
        stage: Stage,
        asked_on: u32,
        packet: Vec<u8>,
        version: Version,
    ) -> u32 {
        self.remove(id);
        self.last_number = self.last_number.wrapping_add(1);
        self.messages.insert(id, Incoming { stage, asked_on, number: self.last_number, packet, version });
        self.unreleased += usize::from(waits_for_release(stage));
        self.last_number
    }

    pub(super) fn set_stage(&mut self, id: u16, stage: Stage) {
        let Some(message) = self.messages.get_mut(id) else { return };
        self.unreleased += usize::from(waits_for_release(stage));
        self.unreleased -= usize::from(waits_for_release(message.stage));
        message.stage = stage;
    }

    pub(super) fn remove(&mut self, id: u16) {
        if let Some(message) = self.messages.remove(id) {
            self.unreleased -= usize::from(waits_for_release(message.stage));
        }
    }

    /// Forgets all messages. Numbers go on, so that old acknowledgement tokens fit none of the coming ones.
    pub(super) fn clear(&mut self) {
        *self = IncomingMessages { last_number: self.last_number, ..IncomingMessages::default() };
    }

    /// In the order of arrival.
    pub(super) fn ids(&self) -> Vec<u16> {
        let mut ids: Vec<_> = self.messages.iter().map(|(id, message)| (message.number, id)).collect();
        // Numbers wrap; the smallest distance back from the last is the newest.
        ids.sort_unstable_by_key(|&(number, _)| std::cmp::Reverse(self.last_number.wrapping_sub(number)));
        ids.into_iter().map(|(_, id)| id).collect()
    }
}

fn waits_for_release(stage: Stage) -> bool {
    matches!(stage, Stage::Held | Stage::Confirmed)
}

/// QoS 1 messages of earlier connections that were not acknowledged, and may therefore come again.
///
/// The application has them or will get them from where they are queued, so the repetition is not
/// delivered; it only makes the acknowledgement possible again.
#[derive(Default)]
pub(super) struct ExpectedDuplicates {
    messages: IdMap<Expected>,
}

struct Expected {
    connection_number: u32,
    state: ExpectedState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ExpectedState {
    /// Waits for the application and for the server.
    Unseen,
    /// The server sent it again on this connection. Waits for the application.
    Seen,
    /// The application took it. Waits for the server.
    Taken,
}

/// What to do with a QoS 1 message that arrived.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    Deliver,
    Acknowledge,
    Nothing,
}

impl ExpectedDuplicates {
    /// Before a new connection: these are still with the application.
    pub(super) fn expect(&mut self, ack_tokens: impl Iterator<Item = AckToken>) {
        let _ = self.messages.take_if(|expected| expected.state != ExpectedState::Taken);
        for ack_token in ack_tokens.filter(|ack_token| ack_token.qos == Qos::AtLeastOnce) {
            let expected =
                Expected { connection_number: ack_token.connection_number, state: ExpectedState::Unseen };
            self.messages.insert(ack_token.packet_id, expected);
        }
    }

    /// The application took a message whose connection is gone.
    pub(super) fn expect_taken(&mut self, ack_token: AckToken) {
        let expected =
            Expected { connection_number: ack_token.connection_number, state: ExpectedState::Taken };
        self.messages.insert(ack_token.packet_id, expected);
    }

    /// A message with this identifier arrived.
    pub(super) fn arrived(&mut self, packet_id: u16, dup: bool) -> Arrival {
        if self.messages.is_empty() {
            return Arrival::Deliver;
        }
        match self.messages.get_mut(packet_id) {
            None => Arrival::Deliver,
            // A first transmission: the server uses the identifier for another message.
            Some(_) if !dup => {
                self.messages.remove(packet_id);
                Arrival::Deliver
            }
            Some(Expected { state: ExpectedState::Taken, .. }) => {
                self.messages.remove(packet_id);
                Arrival::Acknowledge
            }
            Some(expected) => {
                expected.state = ExpectedState::Seen;
                Arrival::Nothing
            }
        }
    }

    /// The application took a message of an earlier connection. Whether to send PUBACK now.
    pub(super) fn take(&mut self, ack_token: AckToken, writable: bool) -> bool {
        match self.messages.get_mut(ack_token.packet_id) {
            Some(expected) if expected.connection_number == ack_token.connection_number => {
                if writable && expected.state == ExpectedState::Seen {
                    self.messages.remove(ack_token.packet_id);
                    return true;
                }
                expected.state = ExpectedState::Taken;
                false
            }
            _ => false,
        }
    }

    pub(super) fn clear(&mut self) {
        *self = ExpectedDuplicates::default();
    }
}
