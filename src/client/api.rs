//! What the core asks of the API in front of it.
//!
//! The operations are methods of [`Client`], and wait on the thread that calls or leave requests behind. This is
//! the other direction: what the session reports and what workers find to do goes through here. Each API is known
//! when the library is compiled, so what one does not need costs nothing.

use super::application::Application;
use super::client::Client;
use super::delivery::events::Events;
use super::locked::Locked;
use super::options::Answer;
use crate::protocol::ReasonCode;
use crate::protocol::packet::{Properties, PropertyList};
use std::time::Instant;

/// An API's part of a client's state, and what it does with what happens. All is called with the client's lock, but
/// for [`Api::tell`].
#[allow(private_interfaces, reason = "no other crate has an API of its own in front of a client")]
pub trait Api<A: Application<Api = Self>>: Default + Send + 'static {
    /// What the application is to be told, but for messages.
    type Event: Send + 'static;

    /// Tells the application, on whichever thread runs its callbacks, with no lock held. If the application ends the
    /// thread meanwhile, this answers what is left to be told.
    fn tell(client: &Client<A>, application: &A, event: Self::Event) -> Option<Self::Event>;

    // ---- what happens ----

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

    /// Writes all that is unsent, on the thread that calls, which may wait. Gives up at the deadline, or with the
    /// connection.
    fn flush<'a>(client: &'a Client<A>, state: Locked<'a, A>, deadline: Instant) -> Locked<'a, A>;

    // ---- what workers do ----

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

    /// Whether a worker is to come and call [`Api::advance`]. Asked whenever the lock is let go.
    #[inline]
    fn wants_worker(&self) -> bool {
        false
    }

    /// Goes on with what was requested. Called by each worker that visits the client: after it has read, and before
    /// it runs callbacks. What is appended to the output is written afterwards. Must not wait; the lock may be let
    /// go for a while ([`Locked::unlocked`]), and another worker may come meanwhile.
    #[inline]
    fn advance(_client: &Client<A>, _state: &mut Locked<'_, A>) {}
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
