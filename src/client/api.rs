//! An API's part of a client's state: what it makes of what the session reports, and when it wants a worker.
//!
//! Each API is known when the library is compiled, so what one does not need costs nothing. What it does with the
//! whole client is in `front_end`.

use super::application::Application;
use super::delivery::events::Events;
use super::options::Answer;
use crate::protocol::ReasonCode;
use crate::protocol::packet::{Properties, PropertyList};
use std::time::Instant;

/// An API's part of a client's state. All is called with the client's lock.
pub trait Api<A: Application<Api = Self>>: Default + Send + 'static {
    /// What the application is to be told, but for messages.
    type Event: Send + 'static;

    /// There are other callbacks now.
    fn application_changed(&mut self, application: &A);

    /// An outgoing message is done.
    fn completed(&mut self, completion: Completion<'_>, events: &mut Events<Self::Event>);

    /// A SUBACK or UNSUBACK for a request that nobody has abandoned.
    fn answered(&mut self, packet_id: u16, answer: Answer, events: &mut Events<Self::Event>);

    /// The connection has ended. What the application is to hear of that comes after the messages that came
    /// before: see [`EndOfConnection::tell`].
    fn connection_ended(&mut self, end: EndOfConnection<'_, A>);

    /// The client is destroyed: nobody is told anything any more.
    #[inline]
    fn end(&mut self) {}

    /// In a child of fork: what the parent waits for is not this process's.
    fn adopt(&mut self);

    // ---- what workers are to come for ----

    /// When [`Api::handle_deadline`] wants to be called next.
    #[inline]
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// A deadline may have come.
    #[inline]
    fn handle_deadline(&mut self, _now: Instant) {}

    /// Something has happened outside that an operation waits for, as the answer of a resolver.
    #[inline]
    fn wake(&mut self) {}

    /// Whether a worker is to come and go on with what was requested. Asked whenever the lock is let go.
    #[inline]
    fn wants_worker(&self) -> bool {
        false
    }
}

/// What an API tells this application, but for messages.
pub type EventOf<A> = <<A as Application>::Api as Api<A>>::Event;

/// An outgoing message is done.
#[derive(Clone, Copy, Debug)]
pub struct Completion<'a> {
    /// Of the message.
    pub packet_id: u16,
    /// By which packet: 4 PUBACK, 7 PUBCOMP, 5 a PUBREC that reports an error.
    pub packet_type: u8,
    /// What it said.
    pub reason: ReasonCode,
    /// Of that packet.
    pub properties: PropertyList<'a>,
}

/// The end of a connection.
pub struct EndOfConnection<'a, A: Application> {
    /// The application had a connection, and did not want it to end.
    pub is_lost: bool,
    /// MQTT 5.0: what the server said, if it was the server that ended it.
    pub goodbye: Option<(ReasonCode, Properties)>,
    pub application: &'a A,
    pub events: &'a mut Events<EventOf<A>>,
    /// How many messages have come until now.
    pub messages: u64,
}

impl<A: Application> EndOfConnection<'_, A> {
    /// Has the application told of it, after the messages that came before.
    pub fn tell(self, event: EventOf<A>) {
        self.events.push_after_messages(event, self.messages);
    }
}
