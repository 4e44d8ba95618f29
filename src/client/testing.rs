//! An application for unit tests, and clients that have no server.

use super::application::{Application, Event, Kind};
use super::client::Client;
use super::delivery::inbox::Waiting;
use super::options::{CreateOptions, MqttVersion, Persistence};
use super::state::State;
use super::sync_api::SyncApi;
use crate::protocol::packet::Publish;
use crate::sync::Mutex;
use crate::transport::ServerUri;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An application that notes what it is told. It takes messages but for those that say "no".
#[derive(Clone, Default)]
pub struct Program {
    /// What it wants to hear of.
    pub kinds: Vec<Kind>,
    told: Arc<Mutex<Vec<String>>>,
    refused: Arc<AtomicUsize>,
}

impl Program {
    pub fn hears_of(kinds: &[Kind]) -> Program {
        Program { kinds: kinds.to_vec(), ..Program::default() }
    }

    /// How often it has refused a message.
    pub fn offers(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }

    /// What it was told since it was asked last.
    pub fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock())
    }
}

impl Application for Program {
    type Message = String;
    type Api = SyncApi;

    fn message(publish: &Publish<'_>) -> Option<String> {
        String::from_utf8(publish.payload.to_vec()).ok()
    }

    fn handles(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    fn deliver(&self, event: Event<'_, Program>) -> Result<(), String> {
        self.told.lock().push(match event {
            Event::Message(message) if message == "no" => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return Err(message);
            }
            Event::Message(message) => message,
            Event::Published { packet_id, reason, .. } => format!("{packet_id} answered with {}", reason.0),
            Event::Delivered { packet_id } => format!("{packet_id} delivered"),
            Event::Lost => "lost".to_owned(),
            Event::Disconnected { reason, .. } => format!("disconnected with {}", reason.0),
        });
        Ok(())
    }
}

/// A client of this program, with nobody to connect to.
pub fn client(program: &Program) -> Arc<Client<Program>> {
    let (client, created) = Client::create(CreateOptions {
        server: ServerUri::parse("tcp://127.0.0.1:1").unwrap(),
        client_id: b"unit".to_vec(),
        version: MqttVersion::Default,
        persistence: Persistence::None,
    });
    created.unwrap();
    client.set_application(|it| *it = program.clone()).unwrap();
    client
}

/// A client's state, without the client.
pub fn state(program: &Program) -> State<Program> {
    let mut state = State::new();
    state.application = program.clone();
    state
}

/// A message in the inbox, that weighs so much.
pub fn waiting(message: &str, size: usize) -> Waiting<String> {
    Waiting { message: message.to_owned(), ack_token: None, stored: None, size }
}
