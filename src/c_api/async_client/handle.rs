//! The handles of MQTTAsync.h, and what is behind them.

use std::ffi::{c_int, c_void};

use super::application::CApplication;
use crate::c_api::handles::{Handles, Retire};
use crate::client::AsyncClient;
use crate::sync::{Free, Held, Uncancelled};

/// A client. Made by MQTTAsync_create, and of no use after MQTTAsync_destroy.
pub type MQTTAsync = *mut c_void;

/// Stands for a request while it is on its way. 0 for a message of QoS 0.
pub type MQTTAsync_token = c_int;

/// 1.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTASYNC_TRUE: c_int = 1;

/// A client.
pub(super) struct Registered {
    pub client: AsyncClient<CApplication>,
    /// Whether it writes files, or calls the program's own store.
    has_store: bool,
}

impl Registered {
    pub fn new(client: AsyncClient<CApplication>, has_store: bool) -> Registered {
        Registered { client, has_store }
    }

    /// For a request, which may be stored. Writing files looks whether the thread is cancelled. What else does is
    /// rare, and sees to it by itself: so the others need not pay for it.
    #[inline]
    pub fn uncancelled(&self) -> Option<Uncancelled> {
        self.has_store.then(Uncancelled::begin)
    }
}

impl Retire for Registered {
    fn retire(&self) {
        self.client.destroy();
    }
}

pub(super) static CLIENTS: Handles<Registered> = Handles::new();

/// To be called before a fork, and released after it, so that the child can make handles, too.
pub(in crate::c_api) fn hold_handles(may_wait: bool) -> Option<Held<Free>> {
    CLIENTS.hold(may_wait)
}
