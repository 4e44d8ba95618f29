//! Telling the application of what has happened, other than a message.

use super::application::AsyncApplication;
use super::client::AsyncClient;
use super::published::with_message;
use super::requests::Kind as RequestKind;
use super::to_tell::{Acknowledged, Reason, ToTell};
use crate::client::application::{Event, Kind};
use crate::client::client::Client;
use crate::client::options::Answer;
use crate::client::outcome::{ConnectionMade, Failure, Success};
use crate::error::Error;
use crate::protocol::ReasonCode;
use crate::trace::{self, Level};
use std::ffi::CString;

/// Runs a callback.
pub(super) fn tell<A: AsyncApplication>(client: &Client<A>, application: &A, event: ToTell<A::Token>) {
    let name = &client.name;
    match event {
        ToTell::Connected { token, made } => {
            let own = CString::new(client.server.without_scheme()).unwrap_or_default();
            let made = ConnectionMade {
                server_uri: made.server_uri.as_ref().unwrap_or(&own),
                version: made.version,
                session_present: made.session_present,
                properties: made.properties.as_list(),
            };
            application.complete(token, 0, &Ok(Success::Connected(made)));
        }
        ToTell::HasConnection { after_success } => {
            if application.handles_connected() {
                note(name, "connected");
                application.connected(after_success);
            }
        }
        ToTell::Acknowledged(done) => tell_acknowledged(application, done),
        ToTell::Delivered { packet_id } => tell_delivered(client, application, packet_id),
        ToTell::Written { token, packet, version } => {
            with_message(packet, version, ReasonCode::SUCCESS, |message| {
                application.complete(token, 0, &Ok(Success::Published(message)));
            });
        }
        ToTell::Answered { token, packet_id, is_unsubscribe, answer } => {
            let kind = if is_unsubscribe { RequestKind::Unsubscribe } else { RequestKind::Subscribe };
            tell_answered(application, (token, packet_id), kind, &answer, client.is_v5());
        }
        ToTell::Disconnected(token) => application.complete(token, 0, &Ok(Success::Disconnected)),
        ToTell::Failed { token, packet_id, error } => tell_failed(application, token, packet_id, &error),
        ToTell::Discarded { token, packet_id } => {
            tell_failed(application, token, packet_id, &Error::Discarded.into());
        }
        ToTell::Lost => {
            if application.handles(Kind::Lost) {
                note(name, "connectionLost");
                let _ = application.deliver(Event::Lost);
            }
        }
        ToTell::Goodbye { reason, properties } => {
            if application.handles(Kind::Disconnected) {
                note(name, "disconnected");
                let properties = properties.as_list();
                let _ = application.deliver(Event::Disconnected { reason, properties });
            }
        }
        ToTell::TlsFailed { on_error, line } => on_error.tell(&line),
        ToTell::CredentialsWanted(mut credentials) => {
            if application.handles_update() {
                note(name, "updateConnectOptions");
                application.update_credentials(&mut credentials);
            }
            AsyncClient::credentials_told(client, credentials);
        }
    }
}

fn note(name: &str, callback: &str) {
    trace::line(Level::Minimum, format_args!("Calling {callback} for client {name}"));
}

fn tell_delivered<A: AsyncApplication>(client: &Client<A>, application: &A, packet_id: u16) {
    if application.handles(Kind::Delivered) {
        let name = &client.name;
        trace::line(
            Level::Minimum,
            format_args!("Calling deliveryComplete for client {name}, msgid {packet_id}"),
        );
        let _ = application.deliver(Event::Delivered { packet_id });
    }
}

/// Contract.
fn tell_acknowledged<A: AsyncApplication>(application: &A, done: Acknowledged<A::Token>) {
    let Acknowledged { token, packet_id, packet, version, packet_type, reason, properties } = done;
    if reason.is_error() {
        let properties = properties.as_list();
        let failure = Failure { error: None, message: None, reason, properties, packet_type };
        application.complete(token, packet_id, &Err(failure));
    } else if A::hears_of_success(&token) {
        with_message(packet, version, reason, |message| {
            application.complete(token, packet_id, &Ok(Success::Published(message)));
        });
    }
}

/// Contract.
fn tell_answered<A: AsyncApplication>(
    application: &A,
    (token, packet_id): (A::Token, u16),
    kind: RequestKind,
    answer: &Answer,
    is_v5: bool,
) {
    let is_unsubscribe = kind == RequestKind::Unsubscribe;
    let (codes, properties) = (answer.reasons.as_slice(), answer.properties.as_list());
    let refused = match codes {
        [code] if !is_unsubscribe && ReasonCode(*code).is_error() => Some(*code),
        _ => None,
    };
    let refusal = refused.map(Error::Refused);
    let outcome = match refused {
        // MQTT 5.0: the reason says it all.
        Some(code) => Err(Failure {
            error: refusal.as_ref().filter(|_| !is_v5),
            message: None,
            reason: ReasonCode(if is_v5 { code } else { 0 }),
            properties,
            packet_type: 0,
        }),
        None if is_unsubscribe => Ok(Success::Unsubscribed { codes, properties }),
        None => Ok(Success::Subscribed { codes, properties }),
    };
    application.complete(token, packet_id, &outcome);
}

/// The type of a packet.
const PUBLISH: u8 = 3;

pub(super) fn tell_failed<A: AsyncApplication>(
    application: &A,
    token: A::Token,
    packet_id: u16,
    reason: &Reason,
) {
    // Contract: a message in the place of which another waits says that it is one.
    let packet_type = if matches!(reason.error, Error::BufferFull) { PUBLISH } else { 0 };
    let failure = Failure {
        error: Some(&reason.error),
        message: reason.message.as_deref(),
        reason: reason.reason,
        properties: reason.properties.as_list(),
        packet_type,
    };
    application.complete(token, packet_id, &Err(failure));
}
