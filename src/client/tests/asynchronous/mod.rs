//! Asynchronous clients, against a server that does what the test says.

mod application;
mod away;
mod buffering;
mod connecting;
mod flapping;
mod peer;
mod requests;
mod restoring;

use crate::client::{
    AsyncClient, AutomaticReconnect, Buffering, ConnectOptions, CreateOptions, DisconnectOptions,
    MqttVersion, Persistence,
};
use crate::error::Error;
use crate::protocol::packet::{Properties, PropertyList};
use crate::protocol::session::OutgoingMessage;
use crate::protocol::{Qos, Version};
use crate::transport::{ServerUri, TransportOptions};
use application::{Heard, SILENT, TestApplication, Token, token};
use peer::{PATIENCE, Peer};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const V3: Version = Version::V3_1_1;
const V5: Version = Version::V5;

/// A client and what its application hears.
struct Client {
    client: AsyncClient<TestApplication>,
    heard: Receiver<Heard>,
}

impl Client {
    fn new(uri: &str, version: Version) -> Client {
        Client::with(uri, version, Buffering::default(), Persistence::None, TestApplication::default())
    }

    fn with(
        uri: &str,
        version: Version,
        buffering: Buffering,
        persistence: Persistence,
        application: TestApplication,
    ) -> Client {
        let (sender, heard) = channel();
        let server = ServerUri::parse(uri).unwrap();
        let version = MqttVersion::Fixed(version);
        let options = CreateOptions { server, client_id: b"c".to_vec(), version, persistence };
        let client = AsyncClient::create(options, buffering).unwrap();
        client.set_application(|it| *it = TestApplication { heard: Some(sender), ..application }).unwrap();
        Client { client, heard }
    }

    /// What is heard next.
    fn hear(&self) -> Heard {
        self.heard.recv_timeout(PATIENCE).unwrap()
    }

    /// Nothing is heard that was not read.
    fn has_heard_all(&self) -> bool {
        self.heard.try_recv().is_err()
    }

    /// Connects to a server that accepts.
    fn connect(&self, peer: &Peer, options: ConnectOptions) -> peer::Connection {
        self.client.connect(options, None, token(1)).unwrap();
        let connection = peer.accept(false);
        assert!(matches!(self.hear(), Heard::ConnectSucceeded { token: 1, .. }));
        assert_eq!(self.hear(), Heard::Connected(true));
        connection
    }

    fn publish(&self, payload: &str, qos: u8, token: Token) -> Result<u16, Error> {
        let message = OutgoingMessage {
            topic: b"t",
            payload: payload.as_bytes(),
            qos: Qos::from_level(qos).unwrap(),
            retain: false,
            properties: PropertyList::EMPTY,
        };
        let mut told = None;
        let packet_id = self.client.publish(&message, token, |packet_id| told = Some(packet_id))?;
        assert_eq!(told, Some(packet_id));
        Ok(packet_id)
    }

    fn disconnect(&self, timeout: Duration, token: Token) -> Result<(), Error> {
        self.client.disconnect(&DisconnectOptions { timeout, ..DisconnectOptions::default() }, token)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.client.destroy();
    }
}

fn options(version: Version) -> ConnectOptions {
    ConnectOptions {
        keep_alive: 60,
        clean: false,
        window: 10,
        username: None,
        password: None,
        will: None,
        connect_timeout: PATIENCE,
        retry_interval: None,
        servers: Vec::new(),
        transport: TransportOptions::default(),
        version: MqttVersion::Fixed(version),
        properties: Properties::default(),
    }
}

/// Messages may wait while there is no connection.
fn offline() -> Buffering {
    Buffering { while_disconnected: true, at_any_time: true, ..Buffering::default() }
}

/// Connects again by itself, soon.
fn soon() -> Option<AutomaticReconnect> {
    let (min_interval, max_interval) = (Duration::from_millis(100), Duration::from_millis(400));
    Some(AutomaticReconnect { is_on: true, min_interval, max_interval })
}
