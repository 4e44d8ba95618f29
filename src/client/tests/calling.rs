//! The operations that wait, each with a server that is slow to answer.

use super::server::{PATIENCE, Server, connect_options, reading};
use crate::client::testing::{Program, client};
use crate::client::{Client, ConnectOptions, Kind};
use crate::engine::clock;
use crate::error::Error;
use crate::protocol::packet::{PropertyList, Subscription};
use crate::protocol::session::OutgoingMessage;
use crate::protocol::{Qos, ReasonCode};
use crate::transport::ServerUri;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(30);

fn connected(server: &ServerUri, program: &Program) -> Arc<Client<Program>> {
    let client = client(program);
    let servers = vec![server.without_scheme().to_owned()];
    client.connect(&ConnectOptions { servers, window: 1, ..connect_options() }).unwrap();
    client
}

fn publish(client: &Client<Program>, payload: &[u8]) -> Result<u16, Error> {
    let properties = PropertyList::EMPTY;
    let message = OutgoingMessage { topic: b"t", payload, qos: Qos::AtLeastOnce, retain: false, properties };
    client.publish(&message, |_| ()).map(|packet_id| packet_id.unwrap().get())
}

fn subscribe(client: &Client<Program>) -> Result<(), Error> {
    client.subscribe(&[Subscription { filter: b"t", options: 0 }], PropertyList::EMPTY).map(|_| ())
}

fn disconnect(client: &Client<Program>) {
    client.disconnect(PATIENCE, ReasonCode::SUCCESS, None).unwrap();
    client.destroy();
}

#[test]
fn what_needs_a_connection_fails_without_one() {
    let client = client(&Program::default());
    assert!(matches!(publish(&client, b"a"), Err(Error::Disconnected)));
    assert!(matches!(subscribe(&client), Err(Error::Disconnected)));
    assert!(matches!(client.unsubscribe(&[b"t"], PropertyList::EMPTY), Err(Error::Disconnected)));
    assert!(matches!(client.wait_for_completion(1, PATIENCE), Err(Error::Disconnected)));
    assert!(matches!(client.receive(PATIENCE, || ()), Err(Error::Disconnected)));
    assert!(client.disconnect(PATIENCE, ReasonCode::SUCCESS, None).is_ok());
    client.destroy();
    assert!(matches!(publish(&client, b"a"), Err(Error::InvalidHandle)));
}

/// A server that is silent costs what was waited for, and not the connection.
#[test]
fn waits_end_in_time_and_what_was_asked_for_comes_later() {
    let (resume, may_read) = channel();
    let (uri, server) = Server::start(0, may_read);
    let client = connected(&uri, &Program::default());
    client.set_command_timeout(SHORT).unwrap();
    assert!(matches!(subscribe(&client), Err(Error::TimedOut)));
    let packet_id = publish(&client, b"a").unwrap();
    assert!(matches!(client.lock().unwrap().may_publish(), Err(Error::NotNow)));
    assert!(matches!(client.wait_for_completion(packet_id, SHORT), Err(Error::TimedOut)));
    assert_eq!(client.pending().unwrap(), [packet_id]);
    assert!(client.receive(SHORT, || ()).unwrap().message.is_none());
    drop(resume);
    client.wait_for_completion(packet_id, PATIENCE).unwrap();
    assert!(client.pending().unwrap().is_empty() && client.lock().unwrap().may_publish().is_ok());
    assert_eq!(client.receive(PATIENCE, || ()).unwrap().message.unwrap(), "a");
    client.set_command_timeout(PATIENCE).unwrap();
    subscribe(&client).unwrap();
    disconnect(&client);
    assert!(server.join().unwrap().said_disconnect);
}

/// The next message goes when the window has room, and a disconnect waits for what is under way.
#[test]
fn a_publisher_waits_for_the_window_and_a_disconnect_for_messages() {
    let (resume, may_read) = channel();
    let (uri, server) = Server::start(0, may_read);
    let program = Program::hears_of(&[Kind::Delivered]);
    let client = connected(&uri, &program);
    publish(&client, b"a").unwrap();
    thread::scope(|scope| {
        let second = scope.spawn(|| publish(&client, b"b").unwrap());
        let give_up = clock::now() + PATIENCE;
        while client.lock().unwrap().turn.is_free() {
            assert!(clock::now() < give_up && !second.is_finished(), "it does not wait");
            thread::yield_now();
        }
        drop(resume);
        second.join().unwrap();
    });
    disconnect(&client);
    assert_eq!(program.told(), ["1 delivered", "2 delivered"]);
    assert_eq!(server.join().unwrap().payloads, [b"a", b"b"]);
}

/// A message that is refused is offered again after a while, with nothing else to wake the client.
#[test]
fn a_refused_message_is_offered_again() {
    let (uri, server) = Server::start(0, reading());
    let program = Program::hears_of(&[Kind::Message]);
    let client = connected(&uri, &program);
    publish(&client, b"no").unwrap();
    let give_up = clock::now() + PATIENCE;
    let mut offers = 0;
    while offers < 3 {
        assert!(clock::now() < give_up);
        thread::yield_now();
        offers = program.offers();
    }
    assert_eq!(client.lock().unwrap().host.inbox.len(), 1);
    disconnect(&client);
    server.join().unwrap();
}
