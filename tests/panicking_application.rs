//! What becomes of a client when code on a thread of the library panics.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use ferro_mqtt::internals::client::{
    Application, Client, ConnectOptions, CreateOptions, Event, Kind, MqttVersion, Persistence, SyncApi,
};
use ferro_mqtt::internals::protocol::{Properties, Publish, Version};
use ferro_mqtt::internals::transport::ServerUri;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);

/// An application that panics for the message "panic".
#[derive(Clone, Default)]
struct Panicking {
    tell: Option<Sender<String>>,
}

impl Panicking {
    fn tell(&self, what: &str) {
        if let Some(tell) = &self.tell {
            tell.send(what.to_owned()).unwrap();
        }
    }
}

impl Application for Panicking {
    type Message = Vec<u8>;
    type Api = SyncApi;

    fn message(publish: &Publish<'_>) -> Option<Vec<u8>> {
        Some(publish.payload.to_vec())
    }

    fn handles(&self, kind: Kind) -> bool {
        matches!(kind, Kind::Message | Kind::Lost)
    }

    fn deliver(&self, event: Event<'_, Panicking>) -> Result<(), Vec<u8>> {
        match event {
            Event::Message(message) => {
                assert_ne!(message, b"panic");
                self.tell(&String::from_utf8(message).unwrap());
            }
            Event::Lost => self.tell("lost"),
            _ => unreachable!("nobody wants to hear of it"),
        }
        Ok(())
    }
}

/// Accepts connections, and sends to each a message.
fn serve(listener: &TcpListener, messages: &[&str]) {
    for message in messages {
        let (mut peer, _) = listener.accept().unwrap();
        let mut connect = [0; 256];
        assert!(peer.read(&mut connect).unwrap() > 0);
        let length = u8::try_from(3 + message.len()).unwrap();
        let publish = [&[0x30, length, 0, 1, b't'], message.as_bytes()].concat();
        peer.write_all(&[&[0x20, 2, 0, 0], publish.as_slice()].concat()).unwrap();
        // Until the client goes.
        while peer.read(&mut connect).is_ok_and(|count| count > 0) {}
    }
}

fn options() -> ConnectOptions {
    ConnectOptions {
        keep_alive: 60,
        clean: true,
        window: 10,
        retry_interval: None,
        connect_timeout: LONG,
        username: None,
        password: None,
        version: MqttVersion::Fixed(Version::V3_1_1),
        servers: Vec::new(),
        will: None,
        properties: Properties::default(),
        transport: Default::default(),
    }
}

/// The connection is lost, and told so; the client can be used, and ends at once.
#[test]
fn a_panic_in_a_callback_costs_the_connection_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("tcp://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || serve(&listener, &["panic", "hello"]));
    let (client, created) = Client::<Panicking>::create(CreateOptions {
        server: ServerUri::parse(&uri).unwrap(),
        client_id: b"panicking".to_vec(),
        version: MqttVersion::Default,
        persistence: Persistence::None,
    });
    created.unwrap();
    let (tell, told) = channel();
    client.set_application(|application| application.tell = Some(tell)).unwrap();
    for what in ["lost", "hello"] {
        client.connect(&options()).unwrap();
        assert_eq!(told.recv_timeout(LONG).unwrap(), what);
    }
    let begun = Instant::now();
    client.destroy();
    assert!(Instant::now() < begun + Duration::from_secs(8), "nobody is in a callback");
    server.join().unwrap();
}
