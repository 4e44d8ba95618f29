//! The application, as a client sees it.

use crate::protocol::ReasonCode;
use crate::protocol::packet::{PropertyList, Publish};

/// The application's callbacks, and the shape in which it takes messages.
///
/// Cheap to clone: function pointers and their contexts. A client clones it, lets go of its lock, and
/// calls; so every callback may call every function of the API.
pub trait Application: Clone + Default + Send + Sync + 'static {
    /// A received message, in memory that the application may come to own.
    type Message: Send + 'static;

    /// Copies a message. This is the only time its payload is copied. `None`: out of memory.
    fn message(publish: &Publish<'_>) -> Option<Self::Message>;

    /// Runs callbacks one after the other. What is to be done once for all of them is done here.
    fn in_callbacks<T>(&self, callbacks: impl FnOnce() -> T) -> T {
        callbacks()
    }

    /// Whether there is somebody to take messages; that puts the next connection into callback mode.
    fn handles_messages(&self) -> bool;

    /// Hands a message over. What the application refuses comes back, and is offered again later.
    fn message_arrived(&self, message: Self::Message) -> Result<(), Self::Message>;

    /// Whether anybody wants to hear of [`Application::published`] or [`Application::delivery_complete`].
    fn handles_completions(&self) -> bool {
        self.handles_published() || self.handles_deliveries()
    }

    /// Whether there is somebody to hear of [`Application::delivery_complete`].
    fn handles_deliveries(&self) -> bool;

    /// An outgoing QoS 1 or 2 message has been delivered.
    fn delivery_complete(&self, packet_id: u16);

    /// Whether there is somebody to hear of [`Application::published`].
    fn handles_published(&self) -> bool;

    /// MQTT 5.0: the last acknowledgement of an outgoing message has come, and this is what it said.
    fn published(&self, packet_id: u16, packet_type: u8, reason: ReasonCode, properties: PropertyList<'_>);

    /// Whether there is somebody to hear of [`Application::connection_lost`].
    fn handles_loss(&self) -> bool;

    /// The connection ended, and the application did not ask for it.
    fn connection_lost(&self);

    /// Whether there is somebody to hear of [`Application::disconnected`].
    fn handles_disconnect(&self) -> bool;

    /// MQTT 5.0: the server ended the connection and said why.
    fn disconnected(&self, reason: ReasonCode, properties: PropertyList<'_>);
}
