//! What a client is: its lock, what is known without it, and how it ends.

use super::api::{Api, EventOf};
use super::application::Application;
use super::delivery::in_callbacks::is_dispatching;
use super::locked::Locked;
use super::pacing::Completions;
use super::state::{CloseReason, State};
use crate::engine::{self, Handler, Registration, clock};
use crate::error::Error;
use crate::sync::{Condvar, Mutex};
use crate::trace::{self, Level};
use crate::transport::{ServerUri, TransportMemory};
use std::collections::VecDeque;
use std::mem;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How long destroy waits for a callback that is running.
const CALLBACK_END_WITHIN: Duration = Duration::from_secs(10);

/// A client. Every method may be called from any thread, and from every callback.
pub struct Client<A: Application> {
    pub(super) me: Weak<Client<A>>,
    /// The same, as the engine calls it.
    handler: Weak<dyn Handler>,
    /// The client identifier, as far as it is text.
    pub(super) name: String,
    /// What the server gets instead, where it is not.
    id_bytes: Option<Box<[u8]>>,
    pub(super) server: ServerUri,
    pub(super) transport_memory: Arc<TransportMemory>,
    /// The process that has this client, by the number of forks before it: see [`engine::generation`].
    generation: AtomicU32,
    pub(super) state: Mutex<State<A>>,
    /// Something has happened that a thread may be waiting for.
    pub(super) changed: Condvar,
    /// Tells whoever runs callbacks to look at the state before the next one.
    pub(super) interrupt: AtomicBool,
    /// Where a worker tells many completions.
    pub(super) completions: Completions,
    /// What is being told just now, and is not told yet; if that is to be told in any case.
    pub(super) telling: Mutex<VecDeque<EventOf<A>>>,
    /// What waits for a flush has waited long enough; whoever has the lock writes it.
    pub(super) flush_requested: AtomicBool,
    /// A worker has come in vain, since another thread was busy with this client.
    pub(super) was_busy: AtomicBool,
    pub(super) is_v5: AtomicBool,
    /// The client is destroyed: no callback begins any more.
    pub(super) ended: AtomicBool,
}

impl<A: Application> Client<A> {
    /// A client around this state. `me` and `handler` are itself.
    pub(super) fn new(
        me: Weak<Client<A>>,
        handler: Weak<dyn Handler>,
        client_id: Vec<u8>,
        server: ServerUri,
        is_v5: bool,
        state: State<A>,
    ) -> Client<A> {
        let (name, id_bytes) = match String::from_utf8(client_id) {
            Ok(name) => (name, None),
            Err(error) => {
                let name = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (name, Some(error.into_bytes().into()))
            }
        };
        Client {
            me,
            handler,
            name,
            id_bytes,
            server,
            transport_memory: Arc::default(),
            generation: AtomicU32::new(engine::generation()),
            state: Mutex::new(state),
            changed: Condvar::new(),
            interrupt: AtomicBool::new(false),
            completions: Completions::default(),
            telling: Mutex::default(),
            flush_requested: AtomicBool::new(false),
            was_busy: AtomicBool::new(false),
            is_v5: AtomicBool::new(is_v5),
            ended: AtomicBool::new(false),
        }
    }

    /// The client identifier.
    pub(super) fn client_id(&self) -> &[u8] {
        self.id_bytes.as_deref().unwrap_or(self.name.as_bytes())
    }

    /// Takes the lock, if this client is alive in this process.
    #[inline]
    pub(super) fn lock(&self) -> Result<Locked<'_, A>, Error> {
        if self.is_of_parent() {
            return Err(self.refuse());
        }
        let state = self.state.lock();
        if state.destroyed { Err(Error::InvalidHandle) } else { Ok(Locked::new(self, state)) }
    }

    /// Whether this is a copy that a fork made of a client with a connection. Not even its lock may be touched.
    pub(super) fn is_of_parent(&self) -> bool {
        self.generation.load(Ordering::Relaxed) != engine::generation()
    }

    #[cold]
    fn refuse(&self) -> Error {
        let name = &self.name;
        trace::line(
            Level::Error,
            format_args!(
                "Client {name} belongs to the parent process: it had a connection, or was busy, at the time of the fork"
            ),
        );
        Error::InvalidHandle
    }

    /// In a child of fork: gives a client to this process that had no connection.
    pub(super) fn adopt(&self, state: &mut State<A>) {
        state.adopt();
        self.interrupt.store(false, Ordering::Relaxed);
        self.completions.end();
        self.flush_requested.store(false, Ordering::Relaxed);
        self.generation.store(engine::generation(), Ordering::Relaxed);
    }

    /// This client's place in the engine; it joins now if it has none.
    pub(super) fn registration<'s>(&self, state: &'s mut State<A>) -> Option<&'s Registration> {
        state.engaged.join(&self.handler)
    }

    /// Ends everything: the connection closes without a DISCONNECT, so that the will is published, and
    /// no callback runs any more when this returns, unless it is called from one.
    ///
    /// Answers what was not told.
    pub(super) fn end(&self, mut state: Locked<'_, A>) -> VecDeque<EventOf<A>> {
        state.destroyed = true;
        self.ended.store(true, Ordering::Relaxed);
        self.interrupt.store(true, Ordering::Relaxed);
        let State { host, .. } = &mut *state;
        host.api.end(&mut host.events);
        state.cancel_connecting();
        let socket = state.socket().map_or(0, |socket| socket.as_raw_fd());
        state.close(CloseReason::Wanted);
        let name = &self.name;
        // As Paho, which calls its list of clients so.
        trace::line(
            Level::Minimum,
            format_args!("Removed client {name} from bstate->clients, socket {socket}"),
        );
        state.has_changed = true;
        if !is_dispatching(self) {
            let deadline = clock::now() + CALLBACK_END_WITHIN;
            while state.dispatch.is_running() && !state.wait(Some(deadline)) {}
        }
        let mut left = mem::take(&mut *self.telling.lock());
        left.append(&mut state.host.events.take_all());
        let registration = state.engaged.leave();
        let inbox = mem::take(&mut state.host.inbox);
        if let Some(mut records) = state.host.records.take() {
            records.close();
        }
        drop(state);
        // The last registration ends the workers, which may take the lock on their way.
        drop(registration);
        drop(inbox);
        left
    }

    /// Destroys a copy of a parent's client. The parent's sockets and threads are not ours to end, and so this copy
    /// never ends: its share in the engine would wait for workers that are not here, and wake the parent's.
    pub(super) fn leave_to_parent(&self) {
        mem::forget(self.me.upgrade());
    }

    /// Whether this client is one for MQTT 5.0 now, whose functions differ.
    ///
    /// Takes no lock, since it is asked before each publish.
    #[inline]
    pub fn is_v5(&self) -> bool {
        self.is_v5.load(Ordering::Relaxed)
    }

    /// Whether its own server is spoken to through TLS.
    pub fn needs_tls(&self) -> bool {
        self.server.has_tls()
    }

    /// Whether there is a connection.
    pub fn is_connected(&self) -> bool {
        self.lock().is_ok_and(|state| state.is_connected())
    }

    /// An error if there is no connection.
    pub fn require_connected(&self) -> Result<(), Error> {
        self.lock()?.require_connected()
    }

    /// Changes the callbacks. Not possible while connecting or disconnecting.
    pub fn set_application(&self, change: impl FnOnce(&mut A)) -> Result<(), Error> {
        let mut state = self.lock()?;
        if state.connecting.is_some() || state.quiescing {
            return Err(Error::NotNow);
        }
        change(&mut state.application);
        let State { application, host, .. } = &mut *state;
        host.api.application_changed(application);
        self.interrupt.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Ends a call, or a worker, in a child of fork that goes on with a client of its parent. Nothing of the client is
/// touched: other threads of the parent may hold copied locks for good, and its socket is not the child's.
pub fn leave_parents_client() -> ! {
    std::panic::resume_unwind(Box::new("in a child of fork, with a client of its parent"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::link::Attempt;
    use crate::client::testing::{Program, client};

    #[test]
    fn nothing_is_done_with_a_client_that_is_destroyed() {
        let client = client(&Program::default());
        assert!(client.lock().is_ok());
        client.end(client.lock().unwrap());
        assert!(matches!(client.lock().err(), Some(Error::InvalidHandle)));
        assert!(!client.is_connected());
    }

    #[test]
    fn callbacks_are_not_changed_while_somebody_connects() {
        let client = client(&Program::default());
        client.lock().unwrap().connecting = Some(Box::new(Attempt::new(1)));
        assert!(matches!(client.set_application(|_| ()), Err(Error::NotNow)));
        client.lock().unwrap().connecting = None;
        assert!(client.set_application(|_| ()).is_ok());
        assert!(client.interrupt.load(Ordering::Relaxed), "whoever runs callbacks looks");
    }
}
