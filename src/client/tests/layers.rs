//! A client whose transport makes everything as hard as it may: see [`TestLayer`].

use super::server::{PATIENCE, Server, VERSION, connect_options, reading};
use crate::client::publish::BACKLOG_HIGH;
use crate::client::{Application, Client, CreateOptions, Event, Kind, MqttVersion, Persistence, SyncApi};
use crate::engine::clock;
use crate::protocol::packet::{PropertyList, Publish, Subscription};
use crate::protocol::session::OutgoingMessage;
use crate::protocol::{Qos, ReasonCode};
use crate::transport::ServerUri;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// An application that takes messages if it has somewhere to put them.
#[derive(Clone, Default)]
struct Collector(Option<Sender<Vec<u8>>>);

impl Application for Collector {
    type Message = Vec<u8>;
    type Api = SyncApi;

    fn message(publish: &Publish<'_>) -> Option<Vec<u8>> {
        Some(publish.payload.to_vec())
    }

    fn handles(&self, kind: Kind) -> bool {
        kind == Kind::Message && self.0.is_some()
    }

    fn deliver(&self, event: Event<'_, Collector>) -> Result<(), Vec<u8>> {
        let Event::Message(message) = event else { panic!("nobody wants to hear of it") };
        self.0.as_ref().unwrap().send(message).map_err(|error| error.0)
    }
}

fn client(server: ServerUri, application: Collector) -> Arc<Client<Collector>> {
    let (version, persistence) = (MqttVersion::Fixed(VERSION), Persistence::None);
    let options = CreateOptions { server, client_id: b"c".to_vec(), version, persistence };
    let (client, created) = Client::create(options);
    created.unwrap();
    client.set_application(|it| *it = application).unwrap();
    client.connect(&connect_options()).unwrap();
    client.set_command_timeout(PATIENCE).unwrap();
    client
}

fn publish(client: &Client<Collector>, payload: &[u8], qos: Qos) {
    let properties = PropertyList::default();
    client
        .publish(&OutgoingMessage { topic: b"t", payload, qos, retain: false, properties }, |_| {})
        .unwrap();
}

fn disconnect(client: &Client<Collector>) {
    client.disconnect(PATIENCE, ReasonCode::SUCCESS, None).unwrap();
    client.destroy();
}

/// Many sizes, and one so large that it is not copied.
fn payloads() -> Vec<Vec<u8>> {
    let mut payloads: Vec<_> =
        (0..200_usize).map(|number| vec![number.to_le_bytes()[0]; number * number % 1501]).collect();
    payloads.push(vec![3; 40_000]);
    payloads.push(vec![4; 3]);
    payloads
}

fn qos(number: usize) -> Qos {
    if number % 3 == 0 { Qos::AtLeastOnce } else { Qos::AtMostOnce }
}

#[test]
fn calling_threads_drive_layers() {
    for layers in 0..3 {
        let (uri, server) = Server::start(layers, reading());
        let client = client(uri, Collector::default());
        let subscription = Subscription { filter: b"t", options: 0 };
        client.subscribe(&[subscription], PropertyList::default()).unwrap();
        let payloads = payloads();
        for (number, payload) in payloads.iter().enumerate() {
            publish(&client, payload, qos(number));
        }
        for payload in &payloads {
            assert_eq!(client.receive(PATIENCE, || ()).unwrap().message.as_ref(), Some(payload));
        }
        disconnect(&client);
        let seen = server.join().unwrap();
        assert_eq!(seen.payloads, payloads);
        assert!(seen.said_disconnect);
        assert_eq!(seen.said_goodbye, layers > 0);
    }
}

#[test]
fn workers_drive_layers() {
    for layers in 0..3 {
        let (uri, server) = Server::start(layers, reading());
        let (sender, messages) = channel();
        let client = client(uri, Collector(Some(sender)));
        let payloads = payloads();
        let publishers: Vec<_> = (0..2)
            .map(|_| {
                let (client, payloads) = (client.clone(), payloads.clone());
                thread::spawn(move || {
                    for (number, payload) in payloads.iter().enumerate() {
                        publish(&client, payload, qos(number));
                    }
                })
            })
            .collect();
        let mut echoed: Vec<_> =
            (0..2 * payloads.len()).map(|_| messages.recv_timeout(PATIENCE).unwrap()).collect();
        for publisher in publishers {
            publisher.join().unwrap();
        }
        // What the second message of a pair belongs to is lost, so the sizes and bytes are compared.
        let mut sent = [payloads.clone(), payloads].concat();
        sent.sort();
        echoed.sort();
        assert!(echoed == sent, "{layers} layers");
        disconnect(&client);
        assert!(server.join().unwrap().said_disconnect);
    }
}

/// A server that does not read, so that the layers get no more credit: publishers wait when much is unsent,
/// and go on when it has gone. A disconnect waits for all of it.
#[test]
fn a_publisher_waits_for_what_layers_keep() {
    let (resume, may_read) = channel();
    let (uri, server) = Server::start(2, may_read);
    let client = client(uri, Collector::default());
    let publisher = {
        let client = client.clone();
        thread::spawn(move || (0..30).for_each(|_| publish(&client, &[5; 64 << 10], Qos::AtMostOnce)))
    };
    let give_up = clock::now() + PATIENCE;
    while client.lock().unwrap().unsent() < BACKLOG_HIGH {
        assert!(clock::now() < give_up, "layers keep bytes that nobody counts");
        thread::yield_now();
    }
    // No more than the one message too many.
    assert!(client.lock().unwrap().unsent() < BACKLOG_HIGH + (65 << 10));
    assert!(!publisher.is_finished());
    drop(resume);
    publisher.join().unwrap();
    disconnect(&client);
    let seen = server.join().unwrap();
    assert_eq!(seen.payloads, vec![vec![5; 64 << 10]; 30]);
    assert!(seen.said_disconnect && seen.said_goodbye);
}
