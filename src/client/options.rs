//! What callers give to a client, and what they get from it.

use crate::error::PersistError;
use crate::protocol::packet::Properties;
use crate::protocol::{Qos, Version};
use crate::store::Store;
use crate::transport::{ServerUri, TransportOptions};
use std::path::PathBuf;
use std::time::Duration;

/// Which version of MQTT a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MqttVersion {
    /// 3.1.1, and 3.1 where that fails.
    Default,
    /// This one only.
    Fixed(Version),
}

impl MqttVersion {
    /// Whether this is a client for MQTT 5.0, whose functions differ.
    pub fn is_v5(self) -> bool {
        self == MqttVersion::Fixed(Version::V5)
    }
}

/// Where unfinished messages survive the process.
pub enum Persistence {
    /// Nowhere.
    None,
    /// In files below this directory, or below the current one.
    Files(Option<PathBuf>),
    /// In what this makes of client identifier and server URI (without its scheme).
    Custom(OpenStore),
}

/// Opens a store of the application's.
pub type OpenStore = Box<dyn FnOnce(&[u8], &str) -> Result<Box<dyn Store>, PersistError> + Send>;

/// What a client is made of.
pub struct CreateOptions {
    /// Where to connect to, unless connect says otherwise.
    pub server: ServerUri,
    /// Any length, including none.
    pub client_id: Vec<u8>,
    /// Decides which functions may be used until connect says otherwise.
    pub version: MqttVersion,
    /// Where to keep what is unfinished.
    pub persistence: Persistence,
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// Seconds; 0 turns keep alive off.
    pub keep_alive: u16,
    /// Clean session, or clean start.
    pub clean: bool,
    /// How many QoS 1 and 2 messages may be under way.
    pub window: u16,
    /// What to log in with.
    pub username: Option<Vec<u8>>,
    /// What to log in with.
    pub password: Option<Vec<u8>>,
    /// What the server is to publish if the connection is lost.
    pub will: Option<Box<WillOptions>>,
    /// For each server: from the first lookup to the CONNACK.
    pub connect_timeout: Duration,
    /// Repeat unacknowledged messages within a connection.
    pub retry_interval: Option<Duration>,
    /// URIs to try in this order; none: the client's own.
    pub servers: Vec<String>,
    /// What lies between the client and the servers.
    pub transport: TransportOptions,
    /// Which version of MQTT.
    pub version: MqttVersion,
    /// CONNECT's properties.
    pub properties: Properties,
}

/// A last will.
#[derive(Clone, Debug)]
pub struct WillOptions {
    /// Where to.
    pub topic: Vec<u8>,
    /// What.
    pub payload: Vec<u8>,
    /// With which QoS.
    pub qos: Qos,
    /// Whether it is kept.
    pub retain: bool,
    /// The will's own properties.
    pub properties: Properties,
}

/// What came of connecting.
#[derive(Clone, Debug)]
pub struct Connected {
    /// Which of [`ConnectOptions::servers`]; `None`: the client's own.
    pub server: Option<usize>,
    /// The version that was agreed on.
    pub version: Version,
    /// Whether the server still had the session.
    pub session_present: bool,
    /// CONNACK's properties.
    pub properties: Properties,
}

/// A SUBACK or UNSUBACK.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// One for each topic filter.
    pub reasons: Vec<u8>,
    /// MQTT 5.0 only.
    pub properties: Properties,
}

/// What receiving gave.
#[derive(Debug)]
pub struct Received<M> {
    /// `None`: the time is up.
    pub message: Option<M>,
    /// The connection was lost meanwhile, even if there is a message.
    pub lost: bool,
}
