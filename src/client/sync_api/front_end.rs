//! What this API does when the core says that it is time: telling the application, and writing before the end.

use super::api::{SyncApi, ToTell};
use crate::client::application::{Application, Event, Kind};
use crate::client::client::Client;
use crate::client::front_end::FrontEnd;
use crate::client::locked::Locked;
use crate::engine;
use crate::protocol::packet::packet_type::PUBREC;
use crate::trace::{self, Level};
use std::sync::atomic::Ordering;
use std::time::Instant;

#[allow(private_interfaces, reason = "see there")]
impl<A: Application<Api = SyncApi>> FrontEnd<A> for SyncApi {
    fn tell(client: &Client<A>, application: &A, event: ToTell) -> Option<ToTell> {
        client.tell(application, event)
    }

    fn flush<'a>(client: &'a Client<A>, state: Locked<'a, A>, deadline: Instant) -> Locked<'a, A> {
        client.flush_all(state, deadline)
    }
}

impl<A: Application<Api = SyncApi>> Client<A> {
    /// Runs a callback. Answers what is left to be told, if the application ends the thread between two.
    fn tell(&self, application: &A, event: ToTell) -> Option<ToTell> {
        let name = &self.name;
        match event {
            ToTell::Completed { packet_id, packet_type, reason, properties } => {
                if application.handles(Kind::Published) {
                    trace::line(
                        Level::Minimum,
                        format_args!("Calling published for client {name}, msgid {packet_id}"),
                    );
                    let properties = properties.as_list();
                    tell(application, Event::Published { packet_id, packet_type, reason, properties });
                }
                // An exchange that ended with an error in PUBREC delivered nothing (contract C-6.5).
                if packet_type != PUBREC {
                    let delivered = ToTell::Delivered { packet_id };
                    if engine::is_ending() {
                        return Some(delivered);
                    }
                    return self.tell(application, delivered);
                }
            }
            ToTell::Delivered { packet_id } => {
                if application.handles(Kind::Delivered) && !self.ended.load(Ordering::Relaxed) {
                    trace::line(
                        Level::Minimum,
                        format_args!("Calling deliveryComplete for client {name}, msgid {packet_id}"),
                    );
                    tell(application, Event::Delivered { packet_id });
                }
            }
            ToTell::Lost => {
                if application.handles(Kind::Lost) {
                    trace::line(Level::Minimum, format_args!("Calling connectionLost for client {name}"));
                    tell(application, Event::Lost);
                }
            }
            ToTell::Disconnected { reason, properties } => {
                trace::line(Level::Minimum, format_args!("Calling disconnected for client {name}"));
                tell(application, Event::Disconnected { reason, properties: properties.as_list() });
            }
        }
        None
    }
}

fn tell<A: Application>(application: &A, event: Event<'_, A>) {
    // Only a message is refused.
    let _ = application.deliver(event);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{Program, client};
    use crate::protocol::ReasonCode;
    use crate::protocol::packet::Properties;

    fn completed(packet_type: u8) -> ToTell {
        let (reason, properties) = (ReasonCode(0x87), Properties::default());
        ToTell::Completed { packet_id: 7, packet_type, reason, properties }
    }

    /// Contract C-6.5.
    #[test]
    fn an_exchange_that_ended_with_an_error_in_pubrec_delivered_nothing() {
        let program = Program::hears_of(&[Kind::Published, Kind::Delivered]);
        let client = client(&program);
        assert!(client.tell(&program, completed(7)).is_none());
        assert_eq!(program.told(), ["7 answered with 135", "7 delivered"]);
        assert!(client.tell(&program, completed(PUBREC)).is_none());
        assert_eq!(program.told(), ["7 answered with 135"]);
    }

    /// The other half is told on another thread.
    #[test]
    fn a_thread_that_the_program_ends_leaves_the_second_callback() {
        let program = Program::hears_of(&[Kind::Published, Kind::Delivered]);
        let client = client(&program);
        engine::begin_ending();
        let left = client.tell(&program, completed(4));
        engine::stop_ending();
        assert!(matches!(left, Some(ToTell::Delivered { packet_id: 7 })));
    }

    #[test]
    fn only_what_the_program_wants_to_hear_of_is_told() {
        let program = Program::default();
        let client = client(&program);
        [completed(4), ToTell::Lost].into_iter().for_each(|event| drop(client.tell(&program, event)));
        assert!(program.told().is_empty());
    }
}
