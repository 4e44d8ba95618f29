//! Where a session's events arrive: the queue of messages, callbacks to run, answers for those who wait.

use super::application::Application;
use super::delivery::inbox::{Inbox, Waiting};
use super::options::Answer;
use super::records::Records;
use super::requests::Requests;
use crate::error::PersistError;
use crate::protocol::ReasonCode;
use crate::protocol::packet::{Properties, Publish};
use crate::protocol::session::{AckToken, Acknowledge, Event, Host, StoreKey};
use crate::trace::{self, Level};
use std::collections::VecDeque;

/// A callback to run, other than for a message.
pub(super) enum ClientEvent {
    Completed {
        packet_id: u16,
        packet_type: u8,
        reason: ReasonCode,
        properties: Properties,
    },
    /// The second half of that, if the application has ended the thread in the first.
    Delivered {
        packet_id: u16,
    },
    Lost,
    Disconnected {
        reason: ReasonCode,
        properties: Properties,
    },
}

/// The server's answer to CONNECT.
pub(super) enum ConnAckSeen {
    Accepted { session_present: bool, properties: Properties },
    Refused(ReasonCode),
}

/// What the session has reported and nobody has taken yet.
pub(super) struct SessionHost<A: Application> {
    pub inbox: Inbox<A::Message>,
    /// Where unfinished messages survive the process.
    pub records: Option<Records>,
    /// The record of the message that `receive` returned last. It stays until the application comes
    /// back: if the process is killed before, the message comes again.
    pub last_received: Option<String>,
    /// Whether messages are stored as they come, since it may take long until somebody fetches them.
    pub stores_messages: bool,
    /// Why the store could not do what a connection depends on.
    pub store_failed: Option<PersistError>,
    pub events: VecDeque<ClientEvent>,
    /// Callbacks for ends of connections: they come after the messages that came before.
    pub close_events: VecDeque<ClientEvent>,
    /// Requests that somebody waits for, and their answers.
    pub requests: Requests,
    pub connack: Option<ConnAckSeen>,
    /// The server said goodbye; the connection is over.
    pub server_disconnect: Option<(ReasonCode, Properties)>,
    /// Whether completions are worth an event.
    pub wants_completions: bool,
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
            store_failed: None,
            events: VecDeque::new(),
            close_events: VecDeque::new(),
            requests: Requests::default(),
            connack: None,
            server_disconnect: None,
            wants_completions: false,
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
        if let Some(records) = &mut self.records
            && let Err(error) = records.clear()
        {
            self.store_failed = Some(error);
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
                if self.wants_completions {
                    let properties = properties.into();
                    self.events.push_back(ClientEvent::Completed {
                        packet_id,
                        packet_type,
                        reason,
                        properties,
                    });
                }
            }
            Event::Subscribed { packet_id, reasons, properties }
            | Event::Unsubscribed { packet_id, reasons, properties } => {
                let answer = Answer { reasons: reasons.to_vec(), properties: properties.into() };
                self.requests.answered(packet_id, answer);
            }
            Event::Connected { session_present, properties } => {
                self.connack = Some(ConnAckSeen::Accepted { session_present, properties: properties.into() });
            }
            Event::Refused { reason, .. } => self.connack = Some(ConnAckSeen::Refused(reason)),
            // Older messages belong to a session that is no more (contract C-3.13).
            Event::Cleared => {
                self.inbox.clear();
                self.session_dropped();
            }
            Event::Disconnected { reason, properties } => {
                self.server_disconnect = Some((reason, properties.into()));
            }
        }
    }
}
