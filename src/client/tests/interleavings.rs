//! A client whose threads come between each other wherever they may: the turn to read, who runs the callbacks,
//! and what follows when the lock is let go. See [`crate::sync::interleavings`].
//!
//! Each scenario ends only if nothing that was to be noticed was missed: every message is handed over, once and in
//! order, every wait ends, and the client hears of more afterwards.

use super::server::{VERSION, connect_options};
use crate::client::delivery::in_callbacks;

use crate::client::{Application, Client, CreateOptions, Event, Kind, MqttVersion, Persistence, SyncApi};
use crate::engine::take_slot;
use crate::protocol::packet::{
    Acknowledgement, ConnAck, Framing, Packet, PropertyList, Publish, SubAck, Subscription, frame,
};
use crate::protocol::session::OutgoingMessage;
use crate::protocol::{Qos, ReasonCode};
use crate::sync::Mutex;
use crate::sync::interleavings::{ask_until, explore, point, spawn};
use crate::transport::ServerUri;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Orders that are tried of each scenario.
const ROUNDS: usize = 400;

/// Messages that a thread publishes, and waits for the end of each. With fewer a worker that has come once may see
/// them all, and would not be missed afterwards.
const ECHOES: u8 = 8;

/// Longer than any wait lasts, in the time of the tests.
const LONG: Duration = Duration::from_secs(3600);

fn explore_scenario(scenario: fn()) {
    explore(ROUNDS, &[in_callbacks::take_mark, take_slot], scenario);
}

/// What the application has seen.
#[derive(Default)]
struct Seen {
    messages: Mutex<Vec<Vec<u8>>>,
    delivered: AtomicUsize,
    lost: AtomicUsize,
    /// Callbacks that run now.
    running: AtomicUsize,
    is_destroyed: AtomicBool,
}

impl Seen {
    fn await_messages(&self, count: usize) {
        ask_until(None, || (self.messages.lock().len() >= count).then_some(()));
    }
}

/// An application whose callbacks take their time.
#[derive(Clone, Default)]
struct Slow(Option<Arc<Seen>>);

impl Application for Slow {
    type Message = Vec<u8>;
    type Api = SyncApi;

    fn message(publish: &Publish<'_>) -> Option<Vec<u8>> {
        Some(publish.payload.to_vec())
    }

    fn handles(&self, kind: Kind) -> bool {
        self.0.is_some() && matches!(kind, Kind::Message | Kind::Delivered | Kind::Lost)
    }

    fn deliver(&self, event: Event<'_, Slow>) -> Result<(), Vec<u8>> {
        let seen = self.0.as_ref().unwrap();
        assert_eq!(seen.running.fetch_add(1, Ordering::Relaxed), 0, "two callbacks of a client at a time");
        assert!(!seen.is_destroyed.load(Ordering::Relaxed), "a callback after destroy has returned");
        for _ in 0..5 {
            point();
        }
        match event {
            Event::Message(message) => seen.messages.lock().push(message),
            Event::Delivered { .. } => drop(seen.delivered.fetch_add(1, Ordering::Relaxed)),
            Event::Lost => drop(seen.lost.fetch_add(1, Ordering::Relaxed)),
            _ => {}
        }
        seen.running.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A server that sends each message of QoS 1 back with QoS 1, and acknowledges it, some of it late.
struct Server {
    socket: TcpStream,
    received: Vec<u8>,
}

impl Server {
    fn start(closes_after: usize) -> ServerUri {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let uri = format!("tcp://{}", listener.local_addr().unwrap());
        spawn(move || {
            let socket = ask_until(None, || listener.accept().ok()).unwrap().0;
            socket.set_nonblocking(true).unwrap();
            socket.set_nodelay(true).unwrap();
            Server { socket, received: Vec::new() }.serve(closes_after);
        });
        ServerUri::parse(&uri).unwrap()
    }

    /// Until the client has gone, or so many messages have come.
    fn serve(mut self, mut closes_after: usize) {
        let mut buffer = [0; 2000];
        loop {
            let count = ask_until(None, || match self.socket.read(&mut buffer) {
                Ok(count) => Some(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => None,
                Err(_) => Some(0),
            });
            let Some(count @ 1..) = count else { return };
            self.received.extend_from_slice(&buffer[..count]);
            while let Framing::Complete(length) = frame(&self.received).unwrap() {
                let packet: Vec<u8> = self.received.drain(..length).collect();
                let is_message = self.handle(&packet);
                closes_after -= usize::from(is_message);
                if closes_after == 0 {
                    return;
                }
            }
        }
    }

    fn handle(&mut self, packet: &[u8]) -> bool {
        let (reason, properties) = (ReasonCode::SUCCESS, PropertyList::default());
        match Packet::decode(packet, VERSION).unwrap() {
            Packet::Connect(_) => {
                self.send(&Packet::ConnAck(ConnAck { session_present: false, reason, properties }));
            }
            Packet::Subscribe(subscribe) => {
                let packet_id = subscribe.packet_id;
                self.send(&Packet::SubAck(SubAck { packet_id, properties, reasons: &[1] }));
            }
            Packet::Publish(publish) => {
                let packet_id = publish.packet_id;
                self.send(&Packet::Publish(publish));
                point();
                self.send(&Packet::PubAck(Acknowledgement { packet_id, reason, properties }));
                return true;
            }
            Packet::PingReq => self.send(&Packet::PingResp),
            Packet::PubAck(_) | Packet::Disconnect(_) => {}
            other => panic!("{other:?}"),
        }
        false
    }

    /// A client that has gone takes no more.
    fn send(&mut self, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(VERSION, &mut bytes).unwrap();
        let _ = self.socket.write_all(&bytes);
    }
}

fn connected(uri: ServerUri, slow: Slow) -> Arc<Client<Slow>> {
    let (client, created) = Client::create(CreateOptions {
        server: uri,
        client_id: b"interleaved".to_vec(),
        version: MqttVersion::Fixed(VERSION),
        persistence: Persistence::None,
    });
    created.unwrap();
    client.set_application(|application| *application = slow).unwrap();
    client.connect(&connect_options()).unwrap();
    client
}

fn publish(client: &Client<Slow>, payload: &[u8]) -> Option<u16> {
    let message = OutgoingMessage {
        topic: b"t",
        payload,
        qos: Qos::AtLeastOnce,
        retain: false,
        properties: PropertyList::default(),
    };
    let packet_id = client.publish(&message, |_| ()).ok()?;
    packet_id.map(|packet_id| packet_id.get())
}

/// Runs these at the same time, and waits until they are done.
fn at_the_same_time(tasks: Vec<Box<dyn FnOnce() + Send>>) {
    let left = Arc::new(AtomicUsize::new(tasks.len()));
    for task in tasks {
        let left = left.clone();
        spawn(move || {
            task();
            left.fetch_sub(1, Ordering::Relaxed);
        });
    }
    ask_until(None, || (left.load(Ordering::Relaxed) == 0).then_some(()));
}

fn destroy(client: &Client<Slow>, seen: &Seen) {
    client.destroy();
    seen.is_destroyed.store(true, Ordering::Relaxed);
}

/// Workers read for the callbacks, and threads that wait take the turn from them and give it back.
#[test]
fn threads_that_wait_and_workers_leave_nothing_behind() {
    explore_scenario(|| {
        let seen = Arc::new(Seen::default());
        let client = connected(Server::start(usize::MAX), Slow(Some(seen.clone())));
        let waiters = (0..2u8).map(|number| {
            let client = client.clone();
            Box::new(move || {
                for round in 0..ECHOES {
                    let packet_id = publish(&client, &[number, round]).unwrap();
                    client.wait_for_completion(packet_id, LONG).unwrap();
                }
            }) as Box<dyn FnOnce() + Send>
        });
        let subscriber = client.clone();
        let subscriber: Box<dyn FnOnce() + Send> = Box::new(move || {
            let subscription = Subscription { filter: b"t", options: 1 };
            assert_eq!(subscriber.subscribe(&[subscription], PropertyList::default()).unwrap().reasons, [1]);
        });
        at_the_same_time(waiters.chain([subscriber]).collect());
        seen.await_messages(2 * usize::from(ECHOES));
        // Nobody waits any more: what comes now only a worker can notice.
        publish(&client, b"last").unwrap();
        seen.await_messages(2 * usize::from(ECHOES) + 1);
        let messages = seen.messages.lock().clone();
        for number in 0..2 {
            let own: Vec<_> = messages.iter().filter(|message| message[0] == number).collect();
            assert_eq!(own.len(), usize::from(ECHOES));
            assert!((0..ECHOES).zip(own).all(|(round, message)| message[1] == round), "{messages:?}");
        }
        ask_until(None, || {
            (seen.delivered.load(Ordering::Relaxed) == 2 * usize::from(ECHOES) + 1).then_some(())
        });
        client.disconnect(LONG, ReasonCode::SUCCESS, None).unwrap();
        destroy(&client, &seen);
        assert_eq!(seen.lost.load(Ordering::Relaxed), 0);
    });
}

/// Without callbacks there are no workers to see what one thread has left: whoever gives the turn back has another
/// take it.
#[test]
fn threads_that_call_hand_the_turn_on() {
    explore_scenario(|| {
        let seen = Arc::new(Seen::default());
        let client = connected(Server::start(usize::MAX), Slow(None));
        let publishers = (0..2u8).map(|number| {
            let client = client.clone();
            Box::new(move || {
                for round in 0..2 {
                    let packet_id = publish(&client, &[number, round]).unwrap();
                    client.wait_for_completion(packet_id, LONG).unwrap();
                }
            }) as Box<dyn FnOnce() + Send>
        });
        // It gives up before anything has come, mostly.
        let (receiver, received) = (client.clone(), seen.clone());
        let receiver: Box<dyn FnOnce() + Send> = Box::new(move || {
            let message = receiver.receive(Duration::from_millis(1), || ()).unwrap().message;
            received.messages.lock().extend(message);
        });
        at_the_same_time(publishers.chain([receiver]).collect());
        while seen.messages.lock().len() < 4 {
            let message = client.receive(LONG, || ()).unwrap().message.unwrap();
            seen.messages.lock().push(message);
        }
        let messages = seen.messages.lock().clone();
        for number in 0..2 {
            let own: Vec<_> = messages.iter().filter(|message| message[0] == number).collect();
            assert_eq!(own, [&[number, 0], &[number, 1]]);
        }
        client.disconnect(LONG, ReasonCode::SUCCESS, None).unwrap();
        destroy(&client, &seen);
    });
}

/// The server goes away while some wait: each wait ends, and the loss is told once, behind what had come before.
#[test]
fn a_loss_ends_every_wait_and_is_told_once() {
    explore_scenario(|| {
        let seen = Arc::new(Seen::default());
        let client = connected(Server::start(3), Slow(Some(seen.clone())));
        let waiters = (0..3u8).map(|number| {
            let client = client.clone();
            Box::new(move || {
                // The connection ends before, in between, or afterwards.
                while let Some(packet_id) = publish(&client, &[number]) {
                    let _ = client.wait_for_completion(packet_id, LONG);
                }
            }) as Box<dyn FnOnce() + Send>
        });
        at_the_same_time(waiters.collect());
        ask_until(None, || (seen.lost.load(Ordering::Relaxed) == 1).then_some(()));
        assert!(!client.is_connected());
        destroy(&client, &seen);
        assert_eq!(seen.lost.load(Ordering::Relaxed), 1);
    });
}

/// Destroying waits for the callback that runs, and none begins afterwards.
#[test]
fn no_callback_begins_once_a_client_is_destroyed() {
    explore_scenario(|| {
        let seen = Arc::new(Seen::default());
        // The last client would wait for its workers anyway.
        let unseen = Arc::new(Seen::default());
        let another = connected(Server::start(usize::MAX), Slow(Some(unseen.clone())));
        let client = connected(Server::start(usize::MAX), Slow(Some(seen.clone())));
        let publisher = client.clone();
        let publisher: Box<dyn FnOnce() + Send> = Box::new(move || {
            for round in 0..3 {
                if publish(&publisher, &[round]).is_none() {
                    break;
                }
            }
        });
        let (destroyer, counts) = (client.clone(), seen.clone());
        let destroyer: Box<dyn FnOnce() + Send> = Box::new(move || {
            counts.await_messages(1);
            destroy(&destroyer, &counts);
            assert_eq!(counts.running.load(Ordering::Relaxed), 0);
        });
        at_the_same_time(vec![publisher, destroyer]);
        destroy(&another, &unseen);
    });
}
