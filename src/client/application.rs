//! The application, as a client sees it.

use super::api::Api;
use crate::protocol::ReasonCode;
use crate::protocol::packet::{PropertyList, Publish};

/// The application's callbacks, and the shape in which it takes messages.
///
/// Cheap to clone: function pointers and their contexts. A client clones it, lets go of its lock, and
/// calls; so every callback may call every function of the API.
pub trait Application: Clone + Default + Send + Sync + 'static {
    /// A received message, in memory that the application may come to own.
    type Message: Send + 'static;

    /// The API by which it uses its clients.
    type Api: Api<Self>;

    /// Copies a message. This is the only time its payload is copied. `None`: out of memory.
    fn message(publish: &Publish<'_>) -> Option<Self::Message>;

    /// Runs callbacks one after the other. What is to be done once for all of them is done here.
    fn in_callbacks<T>(&self, callbacks: impl FnOnce() -> T) -> T {
        callbacks()
    }

    /// Whether there is somebody to hear of events of this kind. For messages: that puts the next connection into
    /// callback mode.
    fn handles(&self, kind: Kind) -> bool;

    /// Tells the application what has happened. A message that it refuses comes back, and is offered again later.
    fn deliver(&self, event: Event<'_, Self>) -> Result<(), Self::Message>;
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Event::Message`].
    Message,
    /// [`Event::Published`].
    Published,
    /// [`Event::Delivered`].
    Delivered,
    /// [`Event::Lost`].
    Lost,
    /// [`Event::Disconnected`].
    Disconnected,
}

/// What an application is told.
pub enum Event<'a, A: Application> {
    /// A message has arrived.
    Message(A::Message),
    /// MQTT 5.0: the last acknowledgement of an outgoing message has come.
    Published {
        /// Of the message.
        packet_id: u16,
        /// By which packet: 4 PUBACK, 7 PUBCOMP, 5 a PUBREC that reports an error.
        packet_type: u8,
        /// What it said.
        reason: ReasonCode,
        /// Of that packet.
        properties: PropertyList<'a>,
    },
    /// An outgoing QoS 1 or 2 message has been delivered.
    Delivered {
        /// Of the message.
        packet_id: u16,
    },
    /// The connection ended, and the application did not ask for it.
    Lost,
    /// MQTT 5.0: the server ended the connection and said why.
    Disconnected {
        /// Why.
        reason: ReasonCode,
        /// Of the DISCONNECT.
        properties: PropertyList<'a>,
    },
}
