//! Where a session's events arrive: messages in the inbox, what the API makes of the others, and what is stored.

use super::api::{Accepted, Api, Completion, EventOf};
use super::application::Application;
use super::delivery::events::Events;
use super::delivery::inbox::{Inbox, Waiting};
use super::link::report::{ConnAckSeen, Report};
use super::options::Answer;
use super::records::Records;
use crate::error::PersistError;
use crate::protocol::Version;
use crate::protocol::packet::Publish;
use crate::protocol::session::{AckToken, Acknowledge, Event, Host, StoreKey};
use crate::trace::{self, Level};

/// What the session has reported and nobody has taken yet.
pub(super) struct SessionHost<A: Application> {
    pub inbox: Inbox<A::Message>,
    /// Where unfinished messages survive the process.
    pub records: Option<Box<Records>>,
    /// The record of the message that `receive` returned last. It stays until the application comes
    /// back: if the process is killed before, the message comes again.
    pub last_received: Option<String>,
    /// Whether messages are stored as they come, since it may take long until somebody fetches them.
    pub stores_messages: bool,
    /// What the application is to be told besides messages.
    pub events: Events<EventOf<A>>,
    /// What the server says of the connection.
    pub report: Report,
    /// The API's part.
    pub api: A::Api,
}

/// What a message costs besides its bytes.
const MESSAGE_OVERHEAD: usize = 160;

impl<A: Application> Default for SessionHost<A> {
    fn default() -> Self {
        SessionHost {
            inbox: Inbox::default(),
            records: None,
            last_received: None,
            stores_messages: false,
            events: Events::default(),
            report: Report::default(),
            api: A::Api::default(),
        }
    }
}

impl<A: Application> SessionHost<A> {
    /// A message has been handed over: what was kept for it may go.
    pub fn forget_message(&mut self, stored: Option<&str>) {
        if let (Some(records), Some(key)) = (&mut self.records, stored) {
            records.remove_message(key);
        }
    }

    /// The application is back from what it did with the last message: that is safe with it now.
    pub fn confirm_received(&mut self) {
        let stored = self.last_received.take();
        self.forget_message(stored.as_deref());
    }

    /// All session state is gone, and with it what is stored. Messages that wait to be handed over have arrived.
    pub fn session_dropped(&mut self) {
        self.last_received = None;
        if let Err(error) = self.api.session_dropped(self.records.as_deref_mut(), &mut self.events) {
            self.report.store_failed(error);
        }
    }
}

impl<A: Application> Host for SessionHost<A> {
    fn persist(&mut self, key: StoreKey, record: &[&[u8]]) -> Result<(), PersistError> {
        self.records.as_mut().map_or(Ok(()), |records| records.put_packet(key, record))
    }

    fn forget(&mut self, key: StoreKey) {
        if let Some(records) = &mut self.records {
            records.remove_packet(key);
        }
    }

    fn has_store(&self) -> bool {
        self.records.is_some()
    }

    fn idle(&mut self) {
        self.inbox.release_if_empty();
        self.events.release_if_empty();
        self.api.idle();
    }

    #[inline]
    fn spent(&mut self, packet_id: u16, packet: Vec<u8>, version: Version) {
        self.api.spent(packet_id, packet, version);
    }

    /// A message arrived. It waits in the queue, and in the store if that may take a while.
    fn message(&mut self, publish: &Publish<'_>, ack_token: Option<AckToken>) -> Acknowledge {
        let Some(message) = A::message(publish) else {
            // Not acknowledged, so the server still has it.
            trace::line(Level::Error, format_args!("Out of memory for a message"));
            return Acknowledge::WithToken;
        };
        let stored = match &mut self.records {
            Some(records) if self.stores_messages => records.put_message(publish).ok(),
            _ => None,
        };
        let size = MESSAGE_OVERHEAD + publish.topic.len() + publish.payload.len();
        // What is in the store is safe. What is not waits for the application (README decision 3).
        let (ack_token, acknowledge) =
            if stored.is_some() { (None, Acknowledge::Now) } else { (ack_token, Acknowledge::WithToken) };
        self.inbox.push(Waiting { message, ack_token, stored, size });
        acknowledge
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Completed { packet_id, packet_type, reason, properties } => {
                let completion = Completion { packet_id, packet_type, reason, properties };
                self.api.completed(completion, &mut self.events);
            }
            Event::Subscribed { packet_id, reasons, properties }
            | Event::Unsubscribed { packet_id, reasons, properties } => {
                let answer = Answer { reasons: reasons.to_vec(), properties: properties.into() };
                self.api.answered(packet_id, answer, &mut self.events);
            }
            Event::Connected { session_present, properties } => {
                let (server, version) = self.report.asked();
                let accepted = Accepted { server, version, session_present, properties };
                self.api.accepted(accepted, &mut self.events);
                self.report.connack(ConnAckSeen::Accepted { session_present, properties: properties.into() });
            }
            Event::Refused { reason, properties } => {
                self.api.refused(properties);
                self.report.connack(ConnAckSeen::Refused(reason));
            }
            Event::Cleared => {
                if A::Api::SESSION_HAS_INBOX {
                    // Older messages belong to a session that is no more (contract C-3.13).
                    self.inbox.clear();
                }
                self.session_dropped();
            }
            Event::Disconnected { reason, properties } => {
                self.report.goodbye(reason, properties.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::records;
    use crate::client::testing::{Program, waiting};
    use crate::protocol::Qos;
    use crate::protocol::packet::PropertyList;

    fn publish(payload: &[u8]) -> Publish<'_> {
        let properties = PropertyList::EMPTY;
        Publish {
            dup: false,
            qos: Qos::AtLeastOnce,
            retain: false,
            topic: b"t",
            packet_id: 1,
            properties,
            payload,
        }
    }

    fn host(stores_messages: bool) -> SessionHost<Program> {
        let records = Records::new(Box::new(records::tests::Counted::default()), false, "unit");
        SessionHost { records: Some(Box::new(records)), stores_messages, ..SessionHost::default() }
    }

    /// README decision 3.
    #[test]
    fn what_is_in_the_store_is_acknowledged_at_once() {
        let mut host = host(true);
        assert_eq!(host.message(&publish(b"a"), None), Acknowledge::Now);
        assert!(host.inbox.pop().is_some_and(|waiting| waiting.stored.is_some()));
        host.stores_messages = false;
        assert_eq!(host.message(&publish(b"a"), None), Acknowledge::WithToken);
        assert!(host.inbox.pop().is_some_and(|waiting| waiting.stored.is_none()));
    }

    /// Not acknowledged, so that the server still has it.
    #[test]
    fn a_message_that_cannot_be_kept_is_not_acknowledged() {
        let mut host = host(true);
        assert_eq!(host.message(&publish(b"\xff"), None), Acknowledge::WithToken);
        assert!(host.inbox.is_empty());
    }

    /// Contract C-3.13.
    #[test]
    fn messages_go_with_a_session_that_the_server_has_forgotten_and_stay_at_the_end_of_a_connection() {
        let mut host = host(false);
        host.inbox.push(waiting("a", 1));
        host.last_received = Some("q-1".to_owned());
        host.session_dropped();
        assert!(!host.inbox.is_empty() && host.last_received.is_none());
        host.event(Event::Cleared);
        assert!(host.inbox.is_empty());
    }

    #[test]
    fn what_the_server_says_of_the_connection_is_reported() {
        let mut host = host(false);
        let properties = PropertyList::EMPTY;
        host.event(Event::Refused { reason: crate::protocol::ReasonCode(5), properties });
        assert!(host.report.has_answer());
        host.event(Event::Disconnected { reason: crate::protocol::ReasonCode(0x8b), properties });
        assert!(host.report.has_goodbye());
    }
}
