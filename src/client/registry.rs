//! All clients of the process, for the few things that concern them all: `yield`, `exit`, `fork`.

use super::background;
use crate::engine;
use crate::sync::{Held, Mutex, hold, release};
use crate::transport::SocketFd;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// What a calling thread has to wait for on a client's behalf.
pub(super) struct ToDrive {
    pub socket: Arc<SocketFd>,
    pub interests: engine::Interests,
    /// There is something to do at once.
    pub is_ready: bool,
    /// When to look in any case.
    pub deadline: Option<Instant>,
}

/// A client, whatever its application.
pub(super) trait Registered: Send + Sync {
    /// What to wait for if a calling thread is to drive this client, and until when at the latest.
    fn socket_to_drive(&self) -> Option<ToDrive>;

    /// Does what there is to do, without waiting.
    fn drive(&self);

    /// A client with callbacks is there: workers drive this one, too, if it is connected.
    fn serve_in_background(&self);

    /// The process ends: no callback begins any more.
    fn end_callbacks(&self);

    /// Waits for a callback that is running, and writes what is unsent.
    fn finish_until(&self, callbacks: Instant, deadline: Instant);

    /// The process is about to fork: takes this client's lock, if the child is to have the client, too.
    fn hold_for_fork(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn HeldClient>>;
}

/// A client whose lock is held while the process forks. Lets go of it at the end.
pub(super) trait HeldClient {
    /// In the child: the client is one of this process from now on.
    fn adopt(&mut self) -> Weak<dyn Registered>;
}

type Clients = Vec<Weak<dyn Registered>>;

/// Held during forks: see [`Held`].
static CLIENTS: Mutex<Clients> = Mutex::new(Vec::new());

/// How long a normal exit waits for servers that do not read.
const EXIT_FLUSH: Duration = Duration::from_secs(1);

/// How long it waits for callbacks that are running, whose data may be gone already.
const EXIT_CALLBACKS: Duration = Duration::from_millis(100);

/// Adds a client.
pub(super) fn add(client: Weak<dyn Registered>) {
    let mut clients = CLIENTS.lock();
    // Dead entries go when the list would grow, so adding stays O(1) on the average.
    if clients.len() == clients.capacity() {
        clients.retain(|client| client.strong_count() > 0);
    }
    clients.push(client);
}

/// All living clients.
pub(super) fn all() -> Vec<Arc<dyn Registered>> {
    CLIENTS.lock().iter().filter_map(Weak::upgrade).collect()
}

/// To be called when the process exits normally: what was published is sent.
///
/// Unless this thread is in the middle of a call, out of which a signal handler exits. It may have any lock then, or be
/// asking for memory: so nothing is waited for, and no memory is asked for.
pub fn at_exit(may_wait: bool) {
    if !may_wait {
        let clients = CLIENTS.try_lock();
        clients
            .iter()
            .flat_map(|clients| clients.iter())
            .filter_map(Weak::upgrade)
            .for_each(|client| client.end_callbacks());
        return;
    }
    let clients = all();
    for client in &clients {
        client.end_callbacks();
    }
    let now = engine::clock::now();
    for client in &clients {
        client.finish_until(now + EXIT_CALLBACKS, now + EXIT_FLUSH);
    }
}

/// How long a fork waits for clients that other threads are busy with, all together. The child does not get
/// those that stay busy.
const FORK_WAITS: Duration = Duration::from_millis(100);

/// What is held during a fork.
struct HeldForFork {
    clients: Held<Clients>,
    adoptable: Vec<Box<dyn HeldClient>>,
}

thread_local! {
    /// Without a destructor, as [`Held`].
    static HELD: RefCell<Option<ManuallyDrop<HeldForFork>>> = const { RefCell::new(None) };
}

/// To be called before a fork, on the thread that forks. `may_wait`: that thread holds no lock itself.
pub fn before_fork(may_wait: bool) {
    if let Some(clients) = hold(&CLIENTS, may_wait) {
        let now = engine::clock::now();
        let deadline = if may_wait { now + FORK_WAITS } else { now };
        let living = clients.iter().filter_map(Weak::upgrade);
        let adoptable = living.filter_map(|client| client.hold_for_fork(deadline)).collect();
        HELD.set(Some(ManuallyDrop::new(HeldForFork { clients, adoptable })));
    }
    engine::before_fork(may_wait);
}

/// To be called after a fork in the parent.
pub fn after_fork_in_parent() {
    engine::after_fork_in_parent();
    if let Some(held) = HELD.take() {
        let HeldForFork { clients, adoptable } = ManuallyDrop::into_inner(held);
        release(Some(clients));
        drop(adoptable);
    }
}

/// To be called after a fork in the child. It gets the clients that had no connection; the others are its
/// parent's, and dead here.
pub fn after_fork_in_child() {
    engine::after_fork_in_child();
    background::after_fork_in_child();
    if let Some(held) = HELD.take() {
        let HeldForFork { mut clients, mut adoptable } = ManuallyDrop::into_inner(held);
        // Those of the parent are not even dropped: their locks may be held by threads that do not exist here.
        std::mem::forget(std::mem::take(&mut **clients));
        clients.extend(adoptable.iter_mut().map(|client| client.adopt()));
        release(Some(clients));
        drop(adoptable);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_that_must_not_wait_does_not() {
        let _held = CLIENTS.lock();
        at_exit(false);
    }
}
