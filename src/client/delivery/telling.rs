//! Telling the application of what has happened, other than a message.

use crate::client::application::Application;
use crate::client::client::Client;
use crate::client::host::{ClientEvent, SessionHost};
use crate::engine;
use crate::protocol::packet::packet_type::PUBREC;
use crate::trace::{self, Level};
use std::sync::atomic::Ordering;

impl<A: Application> Client<A> {
    /// Runs a callback. Answers what is left to be told, if the application ends the thread between two.
    pub(super) fn run_event(&self, application: &A, event: ClientEvent) -> Option<ClientEvent> {
        let name = &self.name;
        match event {
            ClientEvent::Completed { packet_id, packet_type, reason, properties } => {
                if application.handles_published() {
                    trace::line(
                        Level::Minimum,
                        format_args!("Calling published for client {name}, msgid {packet_id}"),
                    );
                    application.published(packet_id, packet_type, reason, properties.as_list());
                }
                // An exchange that ended with an error in PUBREC delivered nothing (contract C-6.5).
                if packet_type != PUBREC {
                    let delivered = ClientEvent::Delivered { packet_id };
                    if engine::is_ending() {
                        return Some(delivered);
                    }
                    return self.run_event(application, delivered);
                }
            }
            ClientEvent::Delivered { packet_id } => {
                if application.handles_deliveries() && !self.ended.load(Ordering::Relaxed) {
                    trace::line(
                        Level::Minimum,
                        format_args!("Calling deliveryComplete for client {name}, msgid {packet_id}"),
                    );
                    application.delivery_complete(packet_id);
                }
            }
            ClientEvent::Lost => {
                if application.handles_loss() {
                    trace::line(Level::Minimum, format_args!("Calling connectionLost for client {name}"));
                    application.connection_lost();
                }
            }
            ClientEvent::Disconnected { reason, properties } => {
                trace::line(Level::Minimum, format_args!("Calling disconnected for client {name}"));
                application.disconnected(reason, properties.as_list());
            }
        }
        None
    }
}

pub(super) fn next_event<A: Application>(host: &mut SessionHost<A>) -> Option<ClientEvent> {
    host.events.pop_front().or_else(|| host.close_events.pop_front())
}
