//! What the core asks of this API: it keeps requests until they can be sent and until they are answered.

use super::application::AsyncApplication;
use super::disconnecting::{Disconnecting, Leaving};
use super::options::Buffering;
use super::requests::{Awaiting, Kind, Sent, UnwrittenMessages, Waiting};
use super::to_tell::{Acknowledged, ToTell};
use super::wanted::Wanted;
use crate::client::api::{Accepted, Api, Completion, EndOfConnection};
use crate::client::application::{self, Application};
use crate::client::delivery::events::Events;
use crate::client::locked::Locked;
use crate::client::options::Answer;
use crate::client::records::Records;
use crate::client::state::State;
use crate::engine::clock;
use crate::error::{Error, PersistError};
use crate::protocol::Version;
use crate::protocol::packet::PropertyList;
use crate::protocol::session::Session;
use crate::store::Hooks;
use crate::sync::Mutex;
use crate::trace::Level;
use std::sync::Arc;
use std::time::Instant;

/// Unsent bytes past which requests wait to be sent. They need more memory then, and are copied once more; but they are
/// not lost with the connection.
pub(super) const BACKLOG: usize = 4 << 20;

/// The API that does not wait, as a part of a client's state.
pub struct AsyncApi<T> {
    pub(super) buffering: Buffering,
    /// What the application does to records, if there is a store.
    pub(super) hooks: Option<Arc<Mutex<Hooks>>>,
    /// What an earlier client has left in the store was taken up.
    pub(super) is_restored: bool,
    pub(super) waiting: Waiting<T>,
    pub(super) awaiting: Awaiting<T>,
    pub(super) unwritten: UnwrittenMessages<T>,
    pub(super) wanted: Wanted<T>,
    pub(super) disconnecting: Option<Box<Disconnecting<T>>>,
    /// DISCONNECT is on its way.
    pub(super) leaving: Option<Leaving>,
    /// A worker is to come.
    pub(super) calls_worker: bool,
    /// The first that waits has been found to wait for the window.
    pub(super) is_blocked: bool,
    /// Whether somebody hears of messages that were delivered.
    wants_deliveries: bool,
}

impl<T> Default for AsyncApi<T> {
    fn default() -> Self {
        AsyncApi {
            buffering: Buffering::default(),
            hooks: None,
            is_restored: false,
            waiting: Waiting::default(),
            awaiting: Awaiting::default(),
            unwritten: UnwrittenMessages::default(),
            wanted: Wanted::default(),
            disconnecting: None,
            leaving: None,
            calls_worker: false,
            is_blocked: false,
            wants_deliveries: false,
        }
    }
}

impl<T> AsyncApi<T> {
    /// Whether requests that wait may be sent, as far as disconnecting lets them.
    #[inline]
    pub(super) fn lets_send(&self) -> bool {
        self.leaving.is_none()
            && self.disconnecting.as_ref().is_none_or(|disconnecting| disconnecting.lets_send())
    }

    /// The connection that there is will be ended: somebody has asked for that.
    pub(super) fn is_ending(&self) -> bool {
        self.disconnecting.is_some() || self.leaving.is_some()
    }

    /// There will be no answer to what was sent.
    fn discard_awaiting(&mut self, events: &mut Events<ToTell<T>>) {
        for (packet_id, token) in self.awaiting.take_all() {
            events.push(ToTell::Discarded { token, packet_id });
        }
    }

    /// Whether the first of the requests that wait can be sent.
    pub(super) fn can_send_next(&self, session: &Session) -> bool {
        let Some(first) = self.waiting.first() else { return false };
        self.lets_send()
            && session.is_connected()
            && session.outgoing().len() < BACKLOG
            && !(first.packet_id != 0 && session.window_is_full())
    }
}

#[allow(private_interfaces, reason = "see there")]
impl<A, T> Api<A> for AsyncApi<T>
where
    A: AsyncApplication<Token = T> + Application<Api = AsyncApi<T>>,
    T: Copy + Send + Sync + 'static,
{
    type Event = ToTell<T>;

    fn application_changed(&mut self, application: &A) {
        self.wants_deliveries = application.handles(application::Kind::Delivered);
    }

    const HAS_OUTCOMES: bool = true;

    const NEEDS_CALLBACK: bool = true;

    const CONNECT_LEVEL: Level = Level::Protocol;

    const SESSION_HAS_INBOX: bool = false;

    const FORGETS_WITH_SERVER: bool = true;

    fn accepted(&mut self, accepted: Accepted<'_>, events: &mut Events<ToTell<T>>) {
        let (token, made) = self.wanted.accepted(accepted);
        let after_success = token.as_ref().is_some_and(A::hears_of_success);
        if let Some(token) = token {
            events.push(ToTell::Connected { token, made: Box::new(made) });
        }
        events.push(ToTell::HasConnection { after_success });
        self.calls_worker = true;
    }

    fn assigned_client_id(&self) -> Option<Vec<u8>> {
        self.wanted.assigned_id.clone()
    }

    fn refused(&mut self, properties: PropertyList<'_>) {
        self.wanted.refused(properties);
    }

    fn idle(&mut self) {
        self.waiting.release_if_empty();
        self.awaiting.release_if_empty();
        self.unwritten.release_if_empty();
    }

    #[inline]
    fn spent(&mut self, packet_id: u16, packet: Vec<u8>, version: Version) {
        if self.awaiting.token(packet_id).is_some_and(A::hears_of_success) {
            self.awaiting.keep_packet(packet_id, packet, version);
        }
    }

    #[inline]
    fn completed(&mut self, completion: Completion<'_>, events: &mut Events<ToTell<T>>) {
        let Completion { packet_id, packet_type, reason, properties } = completion;
        // Contract: first this, whatever the answer.
        if self.wants_deliveries {
            events.push(ToTell::Delivered { packet_id });
        }
        if let Some(Sent { token, packet, version, .. }) = self.awaiting.take(packet_id) {
            let properties = properties.into();
            events.push(ToTell::Acknowledged(Acknowledged {
                token,
                packet_id,
                packet,
                version,
                packet_type,
                reason,
                properties,
            }));
        }
    }

    fn answered(&mut self, packet_id: u16, answer: Answer, events: &mut Events<ToTell<T>>) {
        if let Some(sent) = self.awaiting.take(packet_id) {
            let is_unsubscribe = sent.kind == Kind::Unsubscribe;
            let (token, answer) = (sent.token, Box::new(answer));
            events.push(ToTell::Answered { token, packet_id, is_unsubscribe, answer });
        }
    }

    /// Contract: what the session had under way is given up. What waits to be sent is not the session's, nor is
    /// what waits for the application (contract ).
    fn session_dropped(
        &mut self,
        records: Option<&mut Records>,
        events: &mut Events<ToTell<T>>,
    ) -> Result<(), PersistError> {
        if let Some(records) = records {
            records.clear_packets();
        }
        self.discard_awaiting(events);
        Ok(())
    }

    fn connection_ended(&mut self, mut end: EndOfConnection<'_, A>) {
        tell_handed_over::<A>(&mut self.unwritten, end.handed_over, end.events);
        // The server closes a connection on which it was told goodbye.
        let is_lost = end.is_lost && self.disconnecting.is_none() && self.leaving.is_none();
        let goodbye = end.goodbye.take().filter(|_| is_lost);
        let said_goodbye = goodbye.is_some();
        if let Some((reason, properties)) = goodbye {
            // Contract: before the requests that end with it.
            end.events.push_after_messages(ToTell::Goodbye { reason, properties }, end.messages);
        }
        if end.drops_session {
            self.discard_awaiting(end.events);
        }
        // A SUBSCRIBE is not sent again (contract, improved).
        for (packet_id, token) in self.awaiting.take_all_but_messages() {
            end.events.push(ToTell::Discarded { token, packet_id });
        }
        for token in self.unwritten.take_all() {
            let error = Box::new(Error::Io(std::io::ErrorKind::ConnectionAborted.into()).into());
            end.events.push(ToTell::Failed { token, packet_id: 0, error });
        }
        self.calls_worker = true;
        self.leaving = None;
        if let Some(disconnecting) = self.disconnecting.take() {
            // Whoever has asked for the end has it, however it came (contract, improved).
            for token in disconnecting.into_tokens() {
                end.events.push_after_messages(ToTell::Disconnected(token), end.messages);
            }
        } else if is_lost {
            // Whatever its end was called.
            self.wanted.reconnect.failed(clock::now());
            if !said_goodbye {
                end.tell(ToTell::Lost);
            }
        }
    }

    /// Contract: whoever waits for anything hears that it is given up, in the order of asking.
    fn end(&mut self, events: &mut Events<ToTell<T>>) {
        let mut discard = |token, packet_id| events.push(ToTell::Discarded { token, packet_id });
        self.wanted.give_up().into_iter().for_each(|token| discard(token, 0));
        self.awaiting.take_all().into_iter().for_each(|(packet_id, token)| discard(token, packet_id));
        self.unwritten.take_all().for_each(|token| discard(token, 0));
        while let Some(request) = self.waiting.pop() {
            request.token.into_iter().for_each(|token| discard(token, request.packet_id));
        }
        self.wanted.end();
    }

    fn adopt(&mut self) {
        self.wanted.end();
        self.disconnecting = None;
        self.leaving = None;
        self.calls_worker = false;
        self.awaiting = Awaiting::default();
        self.unwritten = UnwrittenMessages::default();
    }

    fn deadline(&self) -> Option<Instant> {
        if self.calls_worker {
            return None; // One comes anyway.
        }
        let disconnecting = self.disconnecting.as_ref().and_then(|disconnecting| disconnecting.deadline());
        // What is wanted after the end waits for it.
        let wanted = self.wanted.deadline().filter(|_| !self.is_ending());
        let leaving = self.leaving.as_ref().map(Leaving::until);
        let deadlines = [wanted, disconnecting.filter(|_| self.leaving.is_none()), leaving];
        deadlines.into_iter().flatten().min()
    }

    fn handle_deadline(&mut self, now: Instant) {
        self.calls_worker |= Api::<A>::deadline(self).is_some_and(|deadline| deadline <= now);
    }

    fn wake(&mut self) {
        self.wanted.wake();
        self.calls_worker = true;
    }

    #[inline]
    fn wants_worker(&self, session: &Session, is_flushed: impl FnOnce() -> bool) -> bool {
        self.calls_worker
            || self.leaving.is_some() && is_flushed()
            || self.unwritten.has_written(session.handed_over())
            || !self.waiting.is_empty() && self.can_send_next(session)
    }
}

impl<A: AsyncApplication> State<A> {
    /// Messages of QoS 0 that are written have succeeded (contract ).
    pub(super) fn tell_written(&mut self) {
        let State { session, host, .. } = self;
        tell_handed_over::<A>(&mut host.api.unwritten, session.handed_over(), &mut host.events);
    }
}

/// The same, when so many bytes are.
fn tell_handed_over<A: AsyncApplication>(
    unwritten: &mut UnwrittenMessages<A::Token>,
    handed_over: u64,
    events: &mut Events<ToTell<A::Token>>,
) {
    while let Some(message) = unwritten.take_written(handed_over) {
        if A::hears_of_success(&message.token) {
            let (token, packet, version) = (message.token, message.packet, message.version);
            events.push(ToTell::Written { token, packet, version });
        }
    }
}

impl<A: AsyncApplication> Locked<'_, A> {
    /// Has a worker come, when the lock is let go.
    pub(super) fn call_worker(&mut self) {
        self.host.api.calls_worker = true;
        self.has_changed = true;
    }
}
