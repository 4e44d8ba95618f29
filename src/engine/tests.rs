//! What the engine does for its handlers, also when things go wrong.

use super::*;
use crate::sync::Mutex;
use crate::transport::SocketFd;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// A handler's place in the engine.
type Place = Mutex<Option<Registration>>;

type HandlePost = dyn Fn(&Place, &mut Worker) + Send + Sync;

/// A handler of the engine whose deeds are the test's.
struct Puppet {
    place: Place,
    handle_post: Box<HandlePost>,
    handle_slow_callback: Box<dyn Fn(&Place) + Send + Sync>,
    /// What the other functions do.
    others: Others,
    /// Told of each panic.
    panicked: Mutex<Option<Sender<()>>>,
}

struct Others {
    handle_socket: Box<dyn Fn(&Place) + Send + Sync>,
    handle_deadline: Box<dyn Fn() -> Visit + Send + Sync>,
    handle_flush: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Default for Others {
    fn default() -> Others {
        Others {
            handle_socket: Box::new(|_| ()),
            handle_deadline: Box::new(|| Visit::Done),
            handle_flush: Box::new(|| false),
        }
    }
}

impl Puppet {
    fn join(
        handle_post: impl Fn(&Place, &mut Worker) + Send + Sync + 'static,
        handle_slow_callback: impl Fn(&Place) + Send + Sync + 'static,
    ) -> Arc<Puppet> {
        Puppet::join_with(Box::new(handle_post), Box::new(handle_slow_callback), Others::default())
    }

    fn join_otherwise(others: Others) -> Arc<Puppet> {
        Puppet::join_with(Box::new(|_, _| ()), Box::new(|_| ()), others)
    }

    fn join_with(
        handle_post: Box<HandlePost>,
        handle_slow_callback: Box<dyn Fn(&Place) + Send + Sync>,
        others: Others,
    ) -> Arc<Puppet> {
        let (place, panicked) = (Mutex::new(None), Mutex::new(None));
        let puppet = Arc::new(Puppet { place, handle_post, handle_slow_callback, others, panicked });
        let handler: Weak<dyn Handler> = Arc::<Puppet>::downgrade(&puppet);
        *puppet.place.lock() = Some(Registration::join(handler).unwrap());
        puppet
    }

    fn post(&self) {
        self.place.lock().as_ref().unwrap().post();
    }

    /// Does something with its place in the engine.
    fn with<T>(&self, deed: impl FnOnce(&Registration) -> T) -> T {
        deed(self.place.lock().as_ref().unwrap())
    }
}

impl Handler for Puppet {
    fn handle_socket(&self, _: &mut Worker) -> Visit {
        (self.others.handle_socket)(&self.place);
        Visit::Done
    }

    fn handle_deadline(&self) -> Visit {
        (self.others.handle_deadline)()
    }

    fn handle_post(&self, worker: &mut Worker) -> Visit {
        (self.handle_post)(&self.place, worker);
        Visit::Done
    }

    fn handle_flush(&self) -> bool {
        (self.others.handle_flush)()
    }

    fn handle_panic(&self) {
        self.panicked.lock().as_ref().unwrap().send(()).unwrap();
    }

    fn handle_slow_callback(&self) {
        (self.handle_slow_callback)(&self.place);
    }
}

/// As when a trace callback destroys the last client of a program on the ticker's thread.
#[test]
fn the_last_member_may_leave_on_the_tickers_thread() {
    let (go_on, may_go_on) = channel();
    let may_go_on = Mutex::new(may_go_on);
    let (tell, told) = channel();
    let puppet = Puppet::join(
        move |place, worker| {
            worker.begin_callbacks(place.lock().as_ref().unwrap());
            // A callback that takes long, until the ticker has come.
            may_go_on.lock().recv_timeout(LONG).unwrap();
            worker.end_callbacks();
        },
        move |place| {
            let registration = place.lock().take();
            if registration.is_some() {
                go_on.send(()).unwrap();
                drop(registration);
                tell.send(()).unwrap();
            }
        },
    );
    puppet.post();
    told.recv_timeout(LONG).unwrap();
}

/// On a worker as on the ticker. The thread goes on: the handler is served again.
#[test]
fn a_panic_is_the_members_affair_and_not_the_threads() {
    let (tell, told) = channel();
    let puppet = Puppet::join(
        |place, worker| {
            worker.begin_callbacks(place.lock().as_ref().unwrap());
            panic!("as asked");
        },
        |_| panic!("as asked"),
    );
    *puppet.panicked.lock() = Some(tell);
    for _ in 0..20 {
        puppet.post();
        told.recv_timeout(LONG).unwrap();
    }
    // Nobody takes the callback for one that goes on.
    let deadline = clock::now() + LONG;
    while puppet.place.lock().as_ref().unwrap().engine().is_calling() {
        assert!(clock::now() < deadline);
        std::thread::yield_now();
    }
}

#[test]
fn each_post_is_served_once() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let puppet = Puppet::join(move |_, _| tell.lock().send(()).unwrap(), |_| ());
    for _ in 0..1000 {
        puppet.post();
    }
    for _ in 0..1000 {
        told.recv_timeout(LONG).unwrap();
    }
    assert!(told.try_recv().is_err());
}

/// Whoever is busy is come back to; whoever is not is served once.
#[test]
fn deadlines_come_and_come_again_to_who_is_busy() {
    let (tell, told) = channel();
    let state = Mutex::new((tell, 0));
    let handle_deadline = Box::new(move || {
        let mut state = state.lock();
        state.1 += 1;
        state.0.send(clock::now()).unwrap();
        if state.1 < 3 { Visit::Busy } else { Visit::Done }
    });
    let puppet = Puppet::join_otherwise(Others { handle_deadline, ..Others::default() });
    let at = clock::now() + Duration::from_millis(20);
    puppet.with(|registration| registration.set_deadline(at));
    for _ in 0..3 {
        assert!(told.recv_timeout(LONG).unwrap() >= at);
    }
    puppet.with(|registration| registration.set_deadline(clock::now()));
    told.recv_timeout(LONG).unwrap();
    assert!(told.try_recv().is_err());
}

/// One look for each time that it is armed, so that no two workers serve it at the same time.
#[test]
fn a_socket_is_reported_once_until_it_is_armed_again() {
    const READABLE: Interests = Interests { readable: true, writable: false };
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let handle_socket = Box::new(move |_: &Place| tell.lock().send(()).unwrap());
    let puppet = Puppet::join_otherwise(Others { handle_socket, ..Others::default() });
    let (mut ours, mut peer) = UnixStream::pair().unwrap();
    let socket = SocketFd::new(ours.try_clone().unwrap().into()).unwrap();
    puppet.with(|registration| registration.watch(&socket, READABLE)).unwrap();
    for round in 0..100 {
        peer.write_all(b"x").unwrap();
        told.recv_timeout(LONG).unwrap();
        // It is still readable, and more comes. Nobody is told, until it is armed.
        peer.write_all(b"y").unwrap();
        puppet.post();
        assert!(told.try_recv().is_err(), "round {round}");
        ours.read_exact(&mut [0; 2]).unwrap();
        puppet.with(|registration| registration.arm(&socket, READABLE));
    }
    puppet.with(|registration| registration.unwatch(&socket));
    peer.write_all(b"x").unwrap();
    drop(puppet);
    assert!(told.try_recv().is_err());
}

#[test]
fn what_is_to_be_flushed_is_flushed_until_it_is_done() {
    let (tell, told) = channel();
    let state = Mutex::new((tell, 0));
    let handle_flush = Box::new(move || {
        let mut state = state.lock();
        state.1 += 1;
        state.0.send(clock::now()).unwrap();
        state.1 % 5 != 0
    });
    let puppet = Puppet::join_otherwise(Others { handle_flush, ..Others::default() });
    for _ in 0..20 {
        let due = puppet.with(Registration::flush_soon);
        assert!(due <= clock::now() + FLUSH_AFTER);
        for _ in 0..5 {
            told.recv_timeout(LONG).unwrap();
        }
    }
    assert!(told.try_recv().is_err());
}

/// Each is flushed at its own time, whatever others want.
#[test]
fn a_flush_that_is_put_off_comes_later_and_no_other_does() {
    let (tell, told) = channel();
    let flushed = |number: u8| {
        let tell = Mutex::new(tell.clone());
        let handle_flush = Box::new(move || tell.lock().send((number, clock::now())).is_err());
        Puppet::join_otherwise(Others { handle_flush, ..Others::default() })
    };
    let (deferred, other) = (flushed(1), flushed(2));
    let wait = Duration::from_millis(50);
    // The timer may fire in between.
    for _ in 0..1000 {
        deferred.with(Registration::flush_soon);
        let Some(due) = deferred.with(|registration| registration.defer_flush(wait)) else {
            told.recv_timeout(LONG).unwrap();
            continue;
        };
        let asked = other.with(Registration::flush_soon);
        let first = told.recv_timeout(LONG).unwrap();
        if first.0 == 1 {
            // It had come before it was put off, or this thread was kept from running for long.
            told.recv_timeout(LONG).unwrap();
            continue;
        }
        assert!(asked < due);
        let second = told.recv_timeout(LONG).unwrap();
        assert!(second.0 == 1 && second.1 + FLUSH_AFTER >= due, "{:?}", due - second.1);
        return;
    }
    panic!("never put off");
}

#[test]
fn handlers_share_an_engine() {
    let (one, other) = (Puppet::join_otherwise(Others::default()), Puppet::join_otherwise(Others::default()));
    let address =
        |puppet: &Puppet| puppet.with(|registration| std::ptr::from_ref(registration.engine()).addr());
    assert_eq!(address(&one), address(&other));
    assert!(one.with(Registration::is_intact));
}
