//! A client of an API that does not wait: workers connect it, and go on with what was requested.

use super::server::{PATIENCE, Server, connect_options, reading};
use crate::client::api::{Api, Completion, EndOfConnection};
use crate::client::application::{Application, Event, Kind};
use crate::client::client::Client;
use crate::client::connect::{ConnectRun, Progress};
use crate::client::delivery::events::Events;
use crate::client::front_end::FrontEnd;
use crate::client::locked::Locked;
use crate::client::options::{Answer, ConnectOptions, CreateOptions, MqttVersion, Persistence};
use crate::engine::clock;
use crate::error::Error;
use crate::protocol::Qos;
use crate::protocol::packet::{PropertyList, Publish};
use crate::protocol::session::{OutgoingMessage, Session};
use crate::transport::ServerUri;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

/// An application that is told everything as text.
#[derive(Clone, Default)]
struct Listener(Option<Sender<String>>);

impl Listener {
    fn tell(&self, text: String) {
        self.0.as_ref().unwrap().send(text).unwrap();
    }
}

impl Application for Listener {
    type Message = Vec<u8>;
    type Api = Requests;

    fn message(publish: &Publish<'_>) -> Option<Vec<u8>> {
        Some(publish.payload.to_vec())
    }

    fn handles(&self, _: Kind) -> bool {
        true
    }

    fn deliver(&self, event: Event<'_, Listener>) -> Result<(), Vec<u8>> {
        let Event::Message(message) = event else { panic!("not an event of this API") };
        self.tell(String::from_utf8(message).unwrap());
        Ok(())
    }
}

/// A connect, and one message to be sent behind it.
#[derive(Default)]
struct Requests {
    connect: Option<(ConnectRun, ConnectOptions)>,
    message: Option<Vec<u8>>,
    /// Something has come that is to be looked at.
    is_due: bool,
    deadline: Option<Instant>,
}

impl Api<Listener> for Requests {
    type Event = String;

    fn application_changed(&mut self, _: &Listener) {}

    fn completed(&mut self, completion: Completion<'_>, events: &mut Events<String>) {
        events.push(format!("{} by {}", completion.packet_id, completion.packet_type));
    }

    fn answered(&mut self, _: u16, _: Answer, _: &mut Events<String>) {}

    fn connection_ended(&mut self, end: EndOfConnection<'_, Listener>) {
        if end.is_lost {
            end.tell("lost".to_owned());
        }
    }

    fn adopt(&mut self) {}

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn handle_deadline(&mut self, now: Instant) {
        self.is_due |= self.deadline.take_if(|deadline| now >= *deadline).is_some();
    }

    fn wake(&mut self) {
        self.is_due = true;
    }

    fn wants_worker(&self, _: &Session, _: impl FnOnce() -> bool) -> bool {
        // While another worker has it out, that one looks at the end.
        self.is_due && self.connect.is_some()
    }
}

impl FrontEnd<Listener> for Requests {
    fn tell(_: &Client<Listener>, application: &Listener, event: String) -> Option<String> {
        application.tell(event);
        None
    }

    fn flush<'a>(_: &'a Client<Listener>, state: Locked<'a, Listener>, _: Instant) -> Locked<'a, Listener> {
        state
    }

    fn advance(client: &Client<Listener>, state: &mut Locked<'_, Listener>) {
        if let Some((mut run, options)) = state.host.api.connect.take() {
            state.host.api.is_due = false;
            match run.advance(client, state, &options) {
                Progress::WaitForAddresses(until)
                | Progress::WaitForSocket(.., until)
                | Progress::WaitForConnAck(until) => {
                    state.host.api.deadline = Some(until);
                    state.host.api.connect = Some((run, options));
                }
                Progress::TlsFailed(line) => unreachable!("{line}"),
                Progress::Over(result) => {
                    state.host.api.deadline = None;
                    client.end_connecting(state, result.is_ok());
                    state.host.events.push(match result {
                        Ok(connected) => format!("connected to {:?}", connected.server),
                        Err(error) => error.to_string(),
                    });
                }
            }
        }
        if state.connecting.is_some() || state.may_publish().is_err() {
            return;
        }
        if let Some(payload) = state.host.api.message.take() {
            let properties = PropertyList::default();
            let message = OutgoingMessage {
                topic: b"t",
                payload: &payload,
                qos: Qos::AtLeastOnce,
                retain: false,
                properties,
            };
            let state = &mut **state;
            state.session.publish(clock::now(), &message, &mut state.host).unwrap();
        }
    }
}

fn client(server: ServerUri) -> (Arc<Client<Listener>>, Receiver<String>) {
    let (version, persistence) = (MqttVersion::Default, Persistence::None);
    let options = CreateOptions { server, client_id: b"c".to_vec(), version, persistence };
    let (client, created) = Client::<Listener>::create(options);
    created.unwrap();
    let (sender, told) = channel();
    client.set_application(|it| it.0 = Some(sender)).unwrap();
    (client, told)
}

/// Asks for a connection, and returns at once.
fn connect(client: &Client<Listener>, options: ConnectOptions, message: Option<&str>) {
    let presence = Client::<Listener>::enter(true);
    let mut state = client.lock().unwrap();
    client.begin_connecting(&mut state, presence, &options);
    client.leave_to_workers(&mut state);
    let run = ConnectRun::new(client, &options);
    let requests = &mut state.host.api;
    requests.connect = Some((run, options));
    requests.message = message.map(|message| message.as_bytes().to_vec());
    requests.is_due = true;
}

fn end(client: &Client<Listener>) {
    client.end(client.lock().unwrap());
}

#[test]
fn workers_connect_and_send_what_was_requested_before() {
    for layers in 0..3 {
        let refusing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (uri, server) = Server::start(layers, reading());
        let (client, told) = client(uri.clone());
        // By a name, which is looked up on another thread. The first server refuses.
        let name = format!("localhost:{}", uri.port().unwrap());
        let servers = if layers == 0 { vec![refusing.to_string(), name] } else { Vec::new() };
        let expected = if layers == 0 { "connected to Some(1)" } else { "connected to None" };
        connect(&client, ConnectOptions { servers, ..connect_options() }, Some("hello"));
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), expected);
        let mut others = [(); 2].map(|()| told.recv_timeout(PATIENCE).unwrap());
        others.sort();
        assert_eq!(others, ["1 by 4", "hello"]);
        end(&client);
        assert_eq!(server.join().unwrap().payloads, [b"hello"]);
    }
}

/// What workers wait for ends at once when somebody gives up, and when its time comes.
#[test]
fn a_connect_that_workers_drive_ends_in_time_and_can_be_given_up() {
    // It accepts, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = ServerUri::parse(&silent.local_addr().unwrap().to_string()).unwrap();
    let (client, told) = client(uri.clone().with_test_layers(1));
    let short = ConnectOptions { connect_timeout: std::time::Duration::from_millis(50), ..connect_options() };
    connect(&client, short, None);
    assert!(told.recv_timeout(PATIENCE).unwrap().ends_with("timed out"));
    connect(&client, connect_options(), None);
    let mut accepted: Vec<_> = silent.incoming().take(2).collect();
    client.lock().unwrap().cancel_connecting();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Error::NotNow.to_string());
    let mut second = accepted.pop().unwrap().unwrap();
    second.set_read_timeout(Some(PATIENCE)).unwrap();
    std::io::copy(&mut second, &mut std::io::sink()).unwrap();
    end(&client);
}
