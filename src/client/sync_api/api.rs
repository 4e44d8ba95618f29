//! This API's part of a client's state: answers are for threads that wait, other events for callbacks.

use super::requests::Requests;
use crate::client::api::{Api, Completion, EndOfConnection};
use crate::client::application::{Application, Kind};
use crate::client::client::Client;
use crate::client::delivery::events::Events;
use crate::client::options::Answer;
use crate::error::Error;
use crate::protocol::ReasonCode;
use crate::protocol::packet::Properties;
use std::time::Duration;

/// The API that waits, as a part of a client's state.
pub struct SyncApi {
    /// Requests that somebody waits for, and their answers.
    pub(super) requests: Requests,
    /// How long subscribe and unsubscribe wait for their answer.
    pub(super) command_timeout: Duration,
    /// Whether somebody hears of completions.
    wants_completions: bool,
}

impl Default for SyncApi {
    fn default() -> SyncApi {
        SyncApi {
            requests: Requests::default(),
            command_timeout: Duration::from_secs(10),
            wants_completions: false,
        }
    }
}

/// A callback to run, other than for a message.
pub enum ToTell {
    /// An outgoing message is done.
    Completed {
        /// Of the message.
        packet_id: u16,
        /// Of the last acknowledgement.
        packet_type: u8,
        /// What that said.
        reason: ReasonCode,
        /// Its properties.
        properties: Properties,
    },
    /// The second half of that, if the application has ended the thread in the first.
    Delivered {
        /// Of the message.
        packet_id: u16,
    },
    /// The connection was lost.
    Lost,
    /// The server has ended it, and the application wants to know why.
    Disconnected {
        /// Why.
        reason: ReasonCode,
        /// Of the DISCONNECT.
        properties: Properties,
    },
}

impl<A: Application<Api = SyncApi>> Api<A> for SyncApi {
    type Event = ToTell;

    fn application_changed(&mut self, application: &A) {
        self.wants_completions = application.handles(Kind::Published) || application.handles(Kind::Delivered);
    }

    #[inline]
    fn completed(&mut self, completion: Completion<'_>, events: &mut Events<ToTell>) {
        if self.wants_completions {
            let Completion { packet_id, packet_type, reason, properties } = completion;
            let properties = properties.into();
            events.push(ToTell::Completed { packet_id, packet_type, reason, properties });
        }
    }

    fn answered(&mut self, packet_id: u16, answer: Answer, _: &mut Events<ToTell>) {
        self.requests.answered(packet_id, answer);
    }

    fn connection_ended(&mut self, mut end: EndOfConnection<'_, A>) {
        if !end.is_lost {
            return;
        }
        match end.goodbye.take() {
            Some((reason, properties)) if end.application.handles(Kind::Disconnected) => {
                end.tell(ToTell::Disconnected { reason, properties });
            }
            _ => end.tell(ToTell::Lost),
        }
    }

    fn adopt(&mut self) {
        self.requests.clear();
    }
}

impl<A: Application<Api = SyncApi>> Client<A> {
    /// How long subscribe and unsubscribe wait for their answer.
    pub fn set_command_timeout(&self, timeout: Duration) -> Result<(), Error> {
        self.lock()?.host.api.command_timeout = timeout;
        Ok(())
    }
}
