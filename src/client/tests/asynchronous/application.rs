//! An application that writes down what it hears.

use crate::client::{Application, AsyncApi, AsyncApplication, Credentials, Event, Kind, Outcome, Success};
use crate::error::Error;
use crate::protocol::packet::Publish;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// A request, by a number of the test's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub number: u32,
    pub is_silent: bool,
}

/// The token of a request of whose outcome the test wants to hear.
pub fn token(number: u32) -> Token {
    Token { number, is_silent: false }
}

/// The token of one of which it does not.
pub const SILENT: Token = Token { number: 0, is_silent: true };

/// What an application hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Message(String),
    Delivered(u16),
    Lost,
    Goodbye(u8),
    /// Whether just after a success.
    Connected(bool),
    ConnectSucceeded {
        token: u32,
        server: String,
        level: u8,
        session_present: bool,
    },
    Disconnected(u32),
    /// Token, packet identifier, topic and payload, reason.
    Published(u32, u16, String, u8),
    /// Token, packet identifier, codes.
    Subscribed(u32, u16, Vec<u8>),
    Unsubscribed(u32, u16, Vec<u8>),
    /// Token, packet identifier, why.
    Failed(u32, u16, String),
}

/// What is done when something is heard, on the thread that tells it.
pub type Reaction = Arc<dyn Fn(&Heard) + Send + Sync>;

/// Changes what to log in with.
pub type Update = Arc<dyn Fn(&mut Credentials) + Send + Sync>;

#[derive(Clone, Default)]
pub struct TestApplication {
    pub heard: Option<Sender<Heard>>,
    pub takes_no_messages: bool,
    pub reaction: Option<Reaction>,
    pub update: Option<Update>,
}

impl TestApplication {
    fn hear(&self, heard: Heard) {
        if let Some(reaction) = &self.reaction {
            reaction(&heard);
        }
        if let Some(sender) = &self.heard {
            // The test may be over.
            let _ = sender.send(heard);
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Application for TestApplication {
    type Message = String;
    type Api = AsyncApi<Token>;

    fn message(publish: &Publish<'_>) -> Option<String> {
        Some(format!("{} {}", text(publish.topic), text(publish.payload)))
    }

    fn handles(&self, kind: Kind) -> bool {
        kind != Kind::Message || !self.takes_no_messages
    }

    fn deliver(&self, event: Event<'_, Self>) -> Result<(), String> {
        self.hear(match event {
            Event::Message(message) => Heard::Message(message),
            Event::Delivered { packet_id } => Heard::Delivered(packet_id),
            Event::Lost => Heard::Lost,
            Event::Disconnected { reason, .. } => Heard::Goodbye(reason.0),
            Event::Published { .. } => unreachable!("that is for the other API"),
        });
        Ok(())
    }
}

impl AsyncApplication for TestApplication {
    type Token = Token;

    fn hears_of_success(token: &Token) -> bool {
        !token.is_silent
    }

    fn hears_of_failure(token: &Token) -> bool {
        !token.is_silent
    }

    fn complete(&self, token: Token, packet_id: u16, outcome: &Outcome<'_>) {
        let number = token.number;
        self.hear(match outcome {
            Ok(Success::Connected(made)) => Heard::ConnectSucceeded {
                token: number,
                server: text(made.server_uri.to_bytes()),
                level: made.version.level(),
                session_present: made.session_present,
            },
            Ok(Success::Disconnected) => Heard::Disconnected(number),
            Ok(Success::Published(message)) => {
                let content = format!("{} {}", text(message.topic.to_bytes()), text(message.payload));
                Heard::Published(number, packet_id, content, message.reason.0)
            }
            Ok(Success::Subscribed { codes, .. }) => Heard::Subscribed(number, packet_id, codes.to_vec()),
            Ok(Success::Unsubscribed { codes, .. }) => Heard::Unsubscribed(number, packet_id, codes.to_vec()),
            Err(failure) => {
                let why = match (failure.error, failure.message) {
                    (_, Some(message)) => text(message.to_bytes()),
                    (Some(Error::Discarded), None) => "discarded".to_owned(),
                    (Some(error), None) => error.to_string(),
                    (None, None) => format!("reason {} in {}", failure.reason.0, failure.packet_type),
                };
                Heard::Failed(number, packet_id, why)
            }
        });
    }

    fn handles_connected(&self) -> bool {
        true
    }

    fn connected(&self, after_success: bool) {
        self.hear(Heard::Connected(after_success));
    }

    fn handles_update(&self) -> bool {
        self.update.is_some()
    }

    fn update_credentials(&self, credentials: &mut Credentials) {
        if let Some(update) = &self.update {
            update(credentials);
        }
    }
}
