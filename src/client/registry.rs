//! All clients of the process, for the few things that concern them all: `yield`, `exit`, `fork`.

use super::background;
use crate::engine;
use crate::sync::{Held, Mutex, release};
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// What a calling thread has to wait for on a client's behalf.
pub(super) struct ToDrive {
    pub socket: Arc<OwnedFd>,
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
pub fn at_exit() {
    let clients = all();
    for client in &clients {
        client.end_callbacks();
    }
    let now = engine::clock::now();
    for client in &clients {
        client.finish_until(now + EXIT_CALLBACKS, now + EXIT_FLUSH);
    }
}

thread_local! {
    static HELD: RefCell<Option<Held<Clients>>> = const { RefCell::new(None) };
}

/// To be called before a fork, on the thread that forks.
pub fn before_fork() {
    HELD.set(Some(ManuallyDrop::new(CLIENTS.lock())));
    engine::before_fork();
}

/// To be called after a fork in the parent.
pub fn after_fork_in_parent() {
    engine::after_fork_in_parent();
    release(HELD.take());
}

/// To be called after a fork in the child, where the parent's clients are dead.
pub fn after_fork_in_child() {
    engine::after_fork_in_child();
    background::after_fork_in_child();
    let mut held = HELD.take();
    if let Some(clients) = &mut held {
        // Not dropped: their locks may be held by threads that do not exist here.
        std::mem::forget(std::mem::take(&mut ***clients));
    }
    release(held);
}
