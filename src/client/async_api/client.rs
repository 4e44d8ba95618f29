//! A client that does not wait, from create to destroy.

use super::application::AsyncApplication;
use super::options::Buffering;
use super::restore;
use crate::client::api::Api;
use crate::client::client::Client;
use crate::client::locked::Locked;
use crate::client::options::CreateOptions;
use crate::client::state::State;
use crate::error::{Error, PersistError};
use crate::store::{AfterRead, BeforeWrite, Hooks};
use std::sync::Arc;
#[cfg(test)]
use std::time::Instant;

/// An asynchronous client. Every method may be called from any thread, and from every callback, and returns at once.
pub struct AsyncClient<A: AsyncApplication> {
    pub(super) client: Arc<Client<A>>,
}

impl<A: AsyncApplication> Clone for AsyncClient<A> {
    fn clone(&self) -> Self {
        AsyncClient { client: self.client.clone() }
    }
}

impl<A: AsyncApplication> AsyncClient<A> {
    /// Makes a client. Nothing is sent anywhere, and no thread is started.
    ///
    /// What its store kept is read, and taken up when it is first needed: until then the application may say how to
    /// read it (contract P-705, improved).
    pub fn create(options: CreateOptions, buffering: Buffering) -> Result<AsyncClient<A>, PersistError> {
        let (client, restored) = Client::create(options);
        let client = AsyncClient { client };
        if let Err(error) = restored {
            client.destroy();
            return Err(error);
        }
        client.begin(buffering);
        Ok(client)
    }

    fn begin(&self, buffering: Buffering) {
        if let Ok(mut state) = self.client.lock() {
            state.host.api.buffering = buffering;
        }
    }

    /// Whether this is a client for MQTT 5.0 now, whose functions differ.
    #[inline]
    pub fn is_v5(&self) -> bool {
        self.client.is_v5()
    }

    /// Whether its own server is spoken to through TLS.
    pub fn needs_tls(&self) -> bool {
        self.client.needs_tls()
    }

    /// When it is to be tried again to connect.
    #[cfg(test)]
    pub fn reconnect_due(&self) -> Option<Instant> {
        self.client.lock().unwrap().host.api.wanted.reconnect.due()
    }

    /// Looks at the clock, which a test has moved.
    #[cfg(test)]
    pub fn look_at_clock(&self) {
        self.client.lock().unwrap().call_worker();
    }

    /// Whether there is a connection.
    pub fn is_connected(&self) -> bool {
        self.client.is_connected()
    }

    /// An error if there is no connection.
    pub fn require_connected(&self) -> Result<(), Error> {
        self.client.require_connected()
    }

    /// Changes the callbacks. Not possible while connecting or disconnecting (contract ).
    pub fn set_application(&self, change: impl FnOnce(&mut A)) -> Result<(), Error> {
        let state = self.client.lock()?;
        let is_connecting = state.host.api.wanted.is_under_way();
        drop(state);
        if is_connecting {
            return Err(Error::NotNow);
        }
        self.client.set_application(change)
    }

    /// Changes callbacks that may be changed at any time.
    pub fn change_application(&self, change: impl FnOnce(&mut A)) -> Result<(), Error> {
        let mut state = self.client.lock()?;
        change(&mut state.application);
        let State { application, host, .. } = &mut *state;
        host.api.application_changed(application);
        Ok(())
    }

    /// Has the application see records before they are written (contract P-702).
    pub fn set_before_write(&self, hook: Option<BeforeWrite>) -> Result<(), Error> {
        self.with_hooks(|hooks| hooks.before_write = hook)
    }

    /// Has the application see records after they were read (contract P-704).
    pub fn set_after_read(&self, hook: Option<AfterRead>) -> Result<(), Error> {
        self.with_hooks(|hooks| hooks.after_read = hook)
    }

    /// Without a store there is nothing to see.
    fn with_hooks(&self, change: impl FnOnce(&mut Hooks)) -> Result<(), Error> {
        if let Some(hooks) = &self.client.lock()?.host.api.hooks {
            change(&mut hooks.lock());
        }
        Ok(())
    }

    /// Takes the lock. What the store kept is taken up by the first who does.
    #[inline]
    pub(super) fn lock_restored(&self) -> Result<Locked<'_, A>, Error> {
        let mut state = self.client.lock()?;
        if !state.host.api.is_restored {
            restore::take_up(&mut state);
        }
        Ok(state)
    }
}
