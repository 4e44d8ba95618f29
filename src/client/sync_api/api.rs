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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::delivery::events::NextEvents;
    use crate::client::testing::Program;
    use crate::protocol::packet::PropertyList;

    const DONE: Completion<'_> = Completion {
        packet_id: 7,
        packet_type: 4,
        reason: ReasonCode::SUCCESS,
        properties: PropertyList::EMPTY,
    };

    fn api(program: &Program) -> SyncApi {
        let mut api = SyncApi::default();
        api.application_changed(program);
        api
    }

    /// What nobody hears of costs nothing.
    #[test]
    fn completions_become_events_if_somebody_hears_of_them() {
        let mut events = Events::default();
        Api::<Program>::completed(&mut api(&Program::default()), DONE, &mut events);
        assert!(events.is_empty());
        for kind in [Kind::Published, Kind::Delivered] {
            Api::<Program>::completed(&mut api(&Program::hears_of(&[kind])), DONE, &mut events);
            assert!(matches!(events.pop(), Some(ToTell::Completed { packet_id: 7, .. })));
        }
    }

    fn ended(kinds: &[Kind], is_lost: bool, is_told_why: bool) -> NextEvents<ToTell> {
        let (application, mut events) = (Program::hears_of(kinds), Events::default());
        let goodbye = is_told_why.then(|| (ReasonCode(0x8b), Properties::default()));
        let mut api = api(&application);
        let (application, messages) = (&application, 0);
        api.connection_ended(EndOfConnection {
            is_lost,
            #[cfg(feature = "async")]
            drops_session: false,
            #[cfg(feature = "async")]
            handed_over: 0,
            goodbye,
            application,
            events: &mut events,
            messages,
        });
        events.take_next(0)
    }

    /// Contract C-6.6: one of two callbacks.
    #[test]
    fn an_end_is_told_as_a_loss_unless_the_program_hears_of_reasons() {
        let of_both = [Kind::Lost, Kind::Disconnected];
        let why = ended(&of_both, true, true);
        assert!(matches!(
            why,
            NextEvents::AfterMessages(ToTell::Disconnected { reason: ReasonCode(0x8b), .. })
        ));
        for (kinds, is_told_why) in [(&of_both[..], false), (&of_both[..1], true)] {
            assert!(matches!(ended(kinds, true, is_told_why), NextEvents::AfterMessages(ToTell::Lost)));
        }
        assert!(matches!(ended(&of_both, false, true), NextEvents::Nothing(None)));
    }
}
