//! A link that breaks all the time: nothing that was accepted is lost, or told twice.

use super::*;
use crate::protocol::packet::Packet;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

const PUBLISHERS: u32 = 4;
const MESSAGES: u32 = 1500;

/// What the server's session knows, and what it has taken.
#[derive(Default)]
pub(super) struct Session {
    /// QoS 2 messages that are not released.
    held: HashSet<u16>,
    /// How often each payload was taken, by QoS.
    pub taken: HashMap<(u8, String), usize>,
    connections: usize,
}

/// Serves connections, each for a while, until the session has seen enough of them; the last for good.
pub(super) fn serve(peer: &Peer, session: &Mutex<Session>, flaps: usize) {
    for number in 0.. {
        let mut connection = peer.next();
        session.lock().unwrap().connections += 1;
        let packets = if number < flaps { 1 + number * 7919 % 97 } else { usize::MAX };
        for _ in 0..packets {
            let packet = connection.read();
            let words: Vec<&str> = packet.split(' ').collect();
            let id = words.get(1).and_then(|word| word.parse::<u16>().ok()).unwrap_or(0);
            let mut session = session.lock().unwrap();
            match words[0] {
                "CONNECT" => {
                    connection.answer_connect(session.connections > 1, 0);
                    continue;
                }
                "PUBLISH" => {
                    let qos: u8 = words[2].parse().unwrap();
                    if qos != 2 || session.held.insert(id) {
                        *session.taken.entry((qos, words[4].to_owned())).or_default() += 1;
                    }
                    let answer = peer::about(id, 0);
                    let answer = if qos == 2 { Packet::PubRec(answer) } else { Packet::PubAck(answer) };
                    let _ = connection.try_send(&answer);
                }
                "PUBREL" => {
                    session.held.remove(&id);
                    let _ = connection.try_send(&Packet::PubComp(peer::about(id, 0)));
                }
                "DISCONNECT" => return,
                "end" => break,
                other => panic!("{other}"),
            }
        }
    }
}

#[test]
fn a_link_that_breaks_all_the_time_loses_nothing() {
    let peer = Arc::new(Peer::new(V3));
    let client = Client::with(&peer.uri(), V3, offline(), Persistence::None, TestApplication::default());
    let session = Arc::new(Mutex::new(Session::default()));
    let server = {
        let (peer, session) = (peer.clone(), session.clone());
        thread::spawn(move || serve(&peer, &session, 300))
    };
    // Without waiting for the interval.
    let again = client.client.clone();
    let losses = Arc::new(AtomicUsize::new(0));
    let reaction: application::Reaction = {
        let losses = losses.clone();
        Arc::new(move |heard| {
            if *heard == Heard::Lost {
                losses.fetch_add(1, Ordering::Relaxed);
                again.reconnect().unwrap();
            }
        })
    };
    client.client.set_application(|it| it.reaction = Some(reaction)).unwrap();
    client.client.connect(ConnectOptions { window: 20, ..options(V3) }, soon(), token(0)).unwrap();
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|publisher| {
            let client = client.client.clone();
            thread::spawn(move || {
                for number in 0..MESSAGES {
                    let number = publisher * MESSAGES + number + 1;
                    let payload = number.to_string();
                    let message = OutgoingMessage {
                        topic: b"t",
                        payload: payload.as_bytes(),
                        qos: if number % 2 == 0 { Qos::AtLeastOnce } else { Qos::ExactlyOnce },
                        retain: false,
                        properties: PropertyList::EMPTY,
                    };
                    client.publish(&message, token(number), |_| {}).unwrap();
                }
            })
        })
        .collect();
    publishers.into_iter().for_each(|publisher| publisher.join().unwrap());
    let all = PUBLISHERS * MESSAGES;
    let mut told: HashSet<u32> = HashSet::new();
    while told.len() < usize::try_from(all).unwrap() {
        if let Heard::Published(number, _, content, _) = client.hear() {
            assert_eq!(content, format!("t {number}"));
            assert!(told.insert(number), "{number} is told twice");
        }
    }
    client.disconnect(PATIENCE, token(0)).unwrap();
    server.join().unwrap();
    let session = session.lock().unwrap();
    assert!(losses.load(Ordering::Relaxed) > 50, "{losses:?} losses");
    for number in 1..=all {
        let qos = if number % 2 == 0 { 1 } else { 2 };
        let taken = session.taken.get(&(qos, number.to_string())).copied().unwrap_or(0);
        assert!(if qos == 2 { taken == 1 } else { taken >= 1 }, "{number} was taken {taken} times");
    }
}

/// Contract A-16: whenever a client is destroyed, each request that it took has one outcome.
#[test]
fn every_request_of_a_client_that_is_destroyed_has_its_outcome() {
    for round in 0..40 {
        let peer = Arc::new(Peer::new(V3));
        let client = Client::with(&peer.uri(), V3, offline(), Persistence::None, TestApplication::default());
        let session = Arc::new(Mutex::new(Session::default()));
        let server = {
            let (peer, session) = (peer.clone(), session.clone());
            thread::spawn(move || serve(&peer, &session, 0))
        };
        client.client.connect(ConnectOptions { window: 5, ..options(V3) }, None, token(0)).unwrap();
        while client.hear() != Heard::Connected(true) {}
        let publishers: Vec<_> = (0..3)
            .map(|publisher| {
                let client = client.client.clone();
                thread::spawn(move || {
                    let mut accepted = Vec::new();
                    for number in 0.. {
                        let number = 1 + publisher * 1_000_000 + number;
                        let message = OutgoingMessage {
                            topic: b"t",
                            payload: b"x",
                            qos: Qos::from_level(u8::try_from(number % 3).unwrap()).unwrap(),
                            retain: false,
                            properties: PropertyList::EMPTY,
                        };
                        match client.publish(&message, token(number), |_| {}) {
                            Ok(_) => accepted.push(number),
                            Err(Error::NoPacketId) => thread::yield_now(),
                            Err(_) => break,
                        }
                    }
                    accepted
                })
            })
            .collect();
        thread::sleep(Duration::from_micros(300 * round));
        client.client.destroy();
        let heard: Vec<_> = client.heard.try_iter().collect();
        let mut accepted: Vec<u32> =
            publishers.into_iter().flat_map(|publisher| publisher.join().unwrap()).collect();
        let mut told: Vec<u32> = heard
            .iter()
            .filter_map(|heard| match heard {
                Heard::Published(number, ..) | Heard::Failed(number, ..) => Some(*number),
                _ => None,
            })
            .collect();
        accepted.sort_unstable();
        told.sort_unstable();
        assert_eq!(accepted.len(), told.len());
        assert!(accepted == told && client.has_heard_all());
        server.join().unwrap();
    }
}
