//! An API's part of a client's state: what it makes of what the session reports, and when it wants a worker.
//!
//! Each API is known when the library is compiled, so what one does not need costs nothing. What it does with the
//! whole client is in `front_end`.

use super::application::Application;
use super::delivery::events::Events;
use super::options::Answer;
use super::records::Records;
use crate::error::PersistError;
use crate::protocol::packet::{Properties, PropertyList};
use crate::protocol::session::Session;
use crate::protocol::{ReasonCode, Version};
use crate::trace::Level;
use std::time::Instant;

/// An API's part of a client's state. All is called with the client's lock.
#[allow(private_interfaces, reason = "no other crate has an API of its own in front of a client")]
pub trait Api<A: Application<Api = Self>>: Default + Send + 'static {
    /// What the application is to be told, but for messages.
    type Event: Send + 'static;

    /// Whether events are outcomes of requests, each of which is told once, even if the client is destroyed before.
    const HAS_OUTCOMES: bool = false;

    /// Whether messages are taken by a callback only.
    const NEEDS_CALLBACK: bool = false;

    /// There are other callbacks now.
    fn application_changed(&mut self, application: &A);

    /// The server has accepted the connection, to the last one that was tried.
    #[inline]
    fn accepted(&mut self, _accepted: Accepted<'_>, _events: &mut Events<Self::Event>) {}

    /// The client identifier that the server has chosen, if the client has none of its own and is to go on with it.
    #[inline]
    fn assigned_client_id(&self) -> Option<Vec<u8>> {
        None
    }

    /// The server has refused the connection, and has said this, too.
    #[inline]
    fn refused(&mut self, _properties: PropertyList<'_>) {}

    /// What the session had under way is gone, and so is to be what is stored of it.
    fn session_dropped(
        &mut self,
        records: Option<&mut Records>,
        _events: &mut Events<Self::Event>,
    ) -> Result<(), PersistError> {
        records.map_or(Ok(()), Records::clear)
    }

    /// Of the trace's lines that tell to which server the client connects (contract L-603).
    const CONNECT_LEVEL: Level = Level::Minimum;

    /// Whether messages that wait for the application go, too, when the server has forgotten the session that they
    /// came with.
    const SESSION_HAS_INBOX: bool = true;

    /// See [`ConnectionOptions::forgets_with_server`]: where the application has named its version of MQTT.
    ///
    /// [`ConnectionOptions::forgets_with_server`]: crate::protocol::session::ConnectionOptions::forgets_with_server
    const FORGETS_WITH_SERVER: bool = false;

    /// Nothing was sent for a while: what was kept for the next request may go.
    fn idle(&mut self) {}

    /// Nobody needs this PUBLISH of an outgoing message any more.
    #[inline]
    fn spent(&mut self, _packet_id: u16, _packet: Vec<u8>, _version: Version) {}

    /// An outgoing message is done.
    fn completed(&mut self, completion: Completion<'_>, events: &mut Events<Self::Event>);

    /// A SUBACK or UNSUBACK for a request that nobody has abandoned.
    fn answered(&mut self, packet_id: u16, answer: Answer, events: &mut Events<Self::Event>);

    /// The connection has ended. What the application is to hear of that comes after the messages that came
    /// before: see [`EndOfConnection::tell`].
    fn connection_ended(&mut self, end: EndOfConnection<'_, A>);

    /// The client is destroyed. What is told all the same is for [`Client::end`](super::client::Client::end) to answer.
    #[inline]
    fn end(&mut self, _events: &mut Events<Self::Event>) {}

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

    /// Whether a worker is to come and go on with what was requested. Asked whenever the lock is let go. `is_flushed`:
    /// whether all is in the kernel's hands.
    #[inline]
    fn wants_worker(&self, _session: &Session, _is_flushed: impl FnOnce() -> bool) -> bool {
        false
    }
}

/// What an API tells this application, but for messages.
pub type EventOf<A> = <<A as Application>::Api as Api<A>>::Event;

/// The server has accepted a connection.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "async"), expect(dead_code, reason = "the other API has this from elsewhere"))]
pub struct Accepted<'a> {
    /// Which of the servers in the options; `None`: the client's own.
    pub server: Option<usize>,
    /// The version that was agreed on.
    pub version: Version,
    /// Whether the server still had the session.
    pub session_present: bool,
    /// Of the CONNACK.
    pub properties: PropertyList<'a>,
}

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
    /// The session ends with it: [`Api::session_dropped`] follows.
    #[cfg(feature = "async")]
    pub drops_session: bool,
    /// [`Session::handed_over`], before what was not was lost.
    #[cfg(feature = "async")]
    pub handed_over: u64,
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
