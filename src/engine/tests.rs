//! The engine's threads when things go wrong.

use super::*;
use crate::sync::Mutex;
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
    /// Told of each panic.
    panicked: Mutex<Option<Sender<()>>>,
}

impl Puppet {
    fn join(
        handle_post: impl Fn(&Place, &mut Worker) + Send + Sync + 'static,
        handle_slow_callback: impl Fn(&Place) + Send + Sync + 'static,
    ) -> Arc<Puppet> {
        let puppet = Arc::new(Puppet {
            place: Mutex::new(None),
            handle_post: Box::new(handle_post),
            handle_slow_callback: Box::new(handle_slow_callback),
            panicked: Mutex::new(None),
        });
        let handler: Weak<dyn Handler> = Arc::<Puppet>::downgrade(&puppet);
        *puppet.place.lock() = Some(Registration::join(handler).unwrap());
        puppet
    }

    fn post(&self) {
        self.place.lock().as_ref().unwrap().post();
    }
}

impl Handler for Puppet {
    fn handle_socket(&self, _: &mut Worker) -> Visit {
        Visit::Done
    }

    fn handle_deadline(&self) -> Visit {
        Visit::Done
    }

    fn handle_post(&self, worker: &mut Worker) -> Visit {
        (self.handle_post)(&self.place, worker);
        Visit::Done
    }

    fn handle_flush(&self) -> bool {
        false
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
