//! The broker of `make demo`: MQTT 3.1, 3.1.1 and 5, QoS 0 to 2, retained messages, wills and
//! wildcards, for programs on the same machine.
//!
//! It listens on a free port of the loopback interface, prints its URI and serves until its standard
//! input ends. It keeps no session beyond its connection, resends nothing and checks little: for a
//! demonstration, and no more.

#![allow(clippy::unwrap_used, reason = "a poisoned lock or a full standard output ends the demonstration")]

mod wire;

use std::collections::HashMap;
use std::io::{self, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use wire::{
    CONNECT, Connect, DISCONNECT, PINGREQ, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Packet,
    Publish, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE, V5, acknowledgement, connack, filters, matches,
    subscription_answer,
};

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut stdout = io::stdout();
    writeln!(stdout, "tcp://{}", listener.local_addr()?)?;
    stdout.flush()?;
    let broker = Arc::new(Broker::default());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let broker = Arc::clone(&broker);
            // A connection that fails is that client's affair.
            thread::spawn(move || broker.serve(stream));
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// What all connections share.
#[derive(Default)]
struct Broker {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By client identifier.
    clients: HashMap<String, Client>,
    retained: HashMap<String, Publish>,
    connections: u64,
}

/// A connected client.
struct Client {
    /// Tells this connection from a later one with the same identifier.
    connection: u64,
    stream: TcpStream,
    version: u8,
    /// Each filter with its options byte.
    subscriptions: Vec<(String, u8)>,
    last_id: u16,
    /// Messages of QoS 2 from this client that wait for their PUBREL.
    unreleased: HashMap<u16, Publish>,
}

impl Client {
    fn send(&mut self, packet: &Packet) {
        // A dead connection is noticed, and cleared away, by its own reader.
        let _ = self.stream.write_all(&packet.encode());
    }

    /// Sends a message of which this client subscribed to the topic, with these options.
    fn forward(&mut self, message: &Publish, options: u8, retained: bool) {
        let mut message = message.clone();
        message.duplicate = false;
        // MQTT 5: retain as published.
        message.retain = retained || options & 8 != 0 && message.retain;
        message.qos = message.qos.min(options & 3);
        if message.qos > 0 {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            message.id = self.last_id;
        }
        if self.version < V5 {
            message.properties.clear();
        }
        let packet = message.packet(self.version);
        self.send(&packet);
    }
}

impl Broker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Serves one connection to its end, then publishes the will unless the client said goodbye.
    fn serve(&self, stream: TcpStream) {
        let Ok(reader) = stream.try_clone() else { return };
        let mut reader = BufReader::new(reader);
        let Ok(Some(packet)) = Packet::read(&mut reader) else { return };
        let connect = (packet.kind() == CONNECT).then(|| Connect::parse(&packet.body)).flatten();
        let Some(mut connect) = connect else { return };
        let (version, will) = (connect.version, connect.will.take());
        if connect.keep_alive > 0 {
            let patience = Duration::from_secs_f32(f32::from(connect.keep_alive) * 1.5);
            let _ = stream.set_read_timeout(Some(patience));
        }
        let _ = stream.set_nodelay(true);
        let (id, connection) = self.welcome(connect, stream);
        let mut goodbye = false;
        while let Ok(Some(packet)) = Packet::read(&mut reader) {
            goodbye = packet.kind() == DISCONNECT && packet.body.first() != Some(&4);
            if packet.kind() == DISCONNECT || self.handle(&id, connection, version, &packet).is_none() {
                break;
            }
        }
        let mut state = self.state();
        if state.clients.get(&id).is_some_and(|client| client.connection == connection) {
            state.clients.remove(&id);
        }
        if let Some(will) = will.filter(|_| !goodbye) {
            state.publish(&will, None);
        }
    }

    /// Registers a client; one with the same identifier is thrown out. Its will is published when its connection has
    /// come to its end, where it may have said goodbye already.
    fn welcome(&self, connect: Connect, stream: TcpStream) -> (String, u64) {
        let mut state = self.state();
        state.connections += 1;
        let connection = state.connections;
        let id = match connect.client_id.as_str() {
            "" => format!("nameless-{connection}"),
            name => name.to_owned(),
        };
        let mut client = Client {
            connection,
            stream,
            version: connect.version,
            subscriptions: Vec::new(),
            last_id: 0,
            unreleased: HashMap::new(),
        };
        client.send(&connack(connect.version, false, 0));
        if let Some(mut former) = state.clients.insert(id.clone(), client) {
            if former.version >= V5 {
                former.send(&Packet::new(DISCONNECT << 4, [0x8e, 0]));
            }
            let _ = former.stream.shutdown(Shutdown::Both);
        }
        (id, connection)
    }

    /// Handles a packet; `None` if the connection cannot go on.
    fn handle(&self, id: &str, connection: u64, version: u8, packet: &Packet) -> Option<()> {
        let mut state = self.state();
        let client = state.clients.get_mut(id).filter(|client| client.connection == connection)?;
        match packet.kind() {
            PUBLISH => {
                let message = Publish::parse(packet, version)?;
                match message.qos {
                    0 => {}
                    1 => client.send(&acknowledgement(PUBACK, message.id)),
                    2 => {
                        client.send(&acknowledgement(PUBREC, message.id));
                        client.unreleased.insert(message.id, message);
                        return Some(());
                    }
                    _ => return None,
                }
                state.publish(&message, Some(id));
            }
            PUBREL => {
                let message = client.unreleased.remove(&packet.id());
                client.send(&acknowledgement(PUBCOMP, packet.id()));
                if let Some(message) = message {
                    state.publish(&message, Some(id));
                }
            }
            PUBREC => client.send(&acknowledgement(PUBREL, packet.id())),
            PUBACK | PUBCOMP => {}
            SUBSCRIBE => state.subscribe(id, packet)?,
            UNSUBSCRIBE => {
                let mut codes = Vec::new();
                for (filter, _) in filters(packet, version)? {
                    let before = client.subscriptions.len();
                    client.subscriptions.retain(|(other, _)| *other != filter);
                    // MQTT 5: no subscription existed.
                    codes.push(if client.subscriptions.len() < before { 0 } else { 17 });
                }
                client.send(&subscription_answer(UNSUBACK, version, packet.id(), &codes));
            }
            PINGREQ => client.send(&Packet::new(PINGRESP << 4, [])),
            _ => return None,
        }
        Some(())
    }
}

impl State {
    /// Keeps a message if it is to be kept, and sends it to all who subscribed to its topic.
    fn publish(&mut self, message: &Publish, sender: Option<&str>) {
        if message.retain && message.payload.is_empty() {
            self.retained.remove(&message.topic);
        } else if message.retain {
            self.retained.insert(message.topic.clone(), message.clone());
        }
        for (id, client) in &mut self.clients {
            let fits = |(filter, options): &&(String, u8)| {
                let own = Some(id.as_str()) == sender;
                // MQTT 5: no local.
                matches(filter, &message.topic) && !(own && options & 4 != 0)
            };
            // Several subscriptions that match yield one message, with the best QoS of them.
            let best = client.subscriptions.iter().filter(fits).max_by_key(|(_, options)| options & 3);
            if let Some((_, options)) = best {
                let options = *options;
                client.forward(message, options, false);
            }
        }
    }

    /// Registers subscriptions, answers, then sends what is kept for them.
    fn subscribe(&mut self, id: &str, packet: &Packet) -> Option<()> {
        let Self { clients, retained, .. } = self;
        let client = clients.get_mut(id)?;
        let asked = filters(packet, client.version)?;
        let codes: Vec<u8> = asked.iter().map(|(_, options)| (options & 3).min(2)).collect();
        client.send(&subscription_answer(SUBACK, client.version, packet.id(), &codes));
        for (filter, options) in asked {
            let known = client.subscriptions.iter().any(|(other, _)| *other == filter);
            client.subscriptions.retain(|(other, _)| *other != filter);
            client.subscriptions.push((filter.clone(), options));
            // MQTT 5, retain handling: 0 always, 1 for new subscriptions, 2 never.
            let wanted = match options >> 4 & 3 {
                0 => true,
                1 => !known,
                _ => false,
            };
            for message in retained.values().filter(|message| wanted && matches(&filter, &message.topic)) {
                client.forward(message, options, true);
            }
        }
        Some(())
    }
}
