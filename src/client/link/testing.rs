//! What the tests of connecting share.

use crate::client::options::{ConnectOptions, MqttVersion};
use crate::protocol::packet::Properties;
use crate::transport::{ServerUri, TransportOptions};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The moment at which the tests begin.
pub fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(crate::engine::clock::now)
}

/// So many seconds later.
pub fn second(number: u64) -> Instant {
    start() + Duration::from_secs(number)
}

/// A client's own server.
pub fn own() -> ServerUri {
    ServerUri::parse("tcp://own").unwrap()
}

/// Options with these servers, 30 seconds for each.
pub fn options(servers: &[&str], version: MqttVersion) -> ConnectOptions {
    ConnectOptions {
        keep_alive: 60,
        clean: true,
        window: 10,
        username: None,
        password: None,
        will: None,
        connect_timeout: Duration::from_secs(30),
        retry_interval: None,
        servers: servers.iter().map(|&server| server.to_owned()).collect(),
        transport: TransportOptions::default(),
        version,
        properties: Properties::default(),
    }
}
