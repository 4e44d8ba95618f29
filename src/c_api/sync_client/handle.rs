//! The handles of MQTTClient.h, and what is behind them.

use std::ffi::{CString, c_int, c_void};
use std::sync::Arc;

use super::application::CApplication;
use crate::c_api::handles::{Handles, Retire};
use crate::client::Client;
use crate::error::Error;
use crate::sync::{Free, Held};

/// A client. Made by MQTTClient_create, and of no use after MQTTClient_destroy.
pub type MQTTClient = *mut c_void;

/// Stands for a message of QoS 1 or 2 while it is on its way to the server.
pub type MQTTClient_deliveryToken = c_int;

/// The same as MQTTClient_deliveryToken.
#[allow(dead_code, reason = "for C programs")]
pub type MQTTClient_token = c_int;

/// A client, and what C programs hold pointers to.
pub(super) struct Registered {
    pub client: Arc<Client<CApplication>>,
    /// The server that it was created with, without the scheme: see `returned.serverURI`.
    pub server: CString,
    /// Whether it writes files, or calls the program's own store.
    pub has_store: bool,
}

pub(super) static CLIENTS: Handles<Registered> = Handles::new();

/// To be called before a fork, and released after it, so that the child can make handles, too.
pub(in crate::c_api) fn hold_handles(may_wait: bool) -> Option<Held<Free>> {
    CLIENTS.hold(may_wait)
}

impl Retire for Registered {
    fn retire(&self) {
        self.client.destroy();
    }
}

/// Functions whose names do not end in 5 are not for clients of MQTT 5.0.
pub(super) fn before_mqtt5(registered: &Registered) -> Result<(), Error> {
    if registered.client.is_v5() { Err(Error::WrongVersion) } else { Ok(()) }
}
