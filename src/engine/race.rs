//! One connection to a host that has several addresses. They are tried in their order, but not one after the other:
//! each has a head start before the next, and stays in the race. So an address that swallows packets costs little.
//! As RFC 8305, section 5.

use super::connector::{connect_failed, in_words};
use crate::sys::events::Interests;
use crate::transport::{Endpoint, Socket, SocketFd, SocketGroup};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is being done, where that is told.
pub const TCP: &str = "TCP";

/// RFC 8305 calls it the connection attempt delay.
const HEAD_START: Duration = Duration::from_millis(250);

/// A Unix domain socket whose server has a full queue does not wait for room, and is tried again after so long.
const FULL_QUEUE: Duration = Duration::from_millis(50);

/// What is said if that was in vain.
const QUEUE_IS_FULL: &str = "the server has not taken the connections that wait";

/// Sockets on their way to the addresses of one host.
pub struct Race {
    /// Those that have not been tried.
    waiting: VecDeque<Endpoint>,
    runners: Vec<Runner>,
    /// When the next one is tried, or the same again, if no other has failed before.
    next_start: Option<Instant>,
    /// All runners, if there ever were several at once.
    group: Option<SocketGroup>,
    last_error: Option<io::Error>,
}

/// A socket on its way to one address.
struct Runner {
    address: Endpoint,
    socket: Socket,
    started: Instant,
}

/// What a race comes to.
pub enum Progress {
    /// The first that has answered.
    Connected(Socket, Endpoint),
    /// Call again when this is ready, or at the given time.
    Wait(Arc<SocketFd>, Interests, Instant),
}

impl Race {
    /// Will try these addresses.
    pub fn new(addresses: Vec<Endpoint>) -> Race {
        let waiting = addresses.into();
        Race { waiting, runners: Vec::new(), next_start: None, group: None, last_error: None }
    }

    /// Goes on as far as it can without waiting. The error is that of the last address that failed.
    pub fn advance(&mut self, now: Instant, deadline: Instant) -> io::Result<Progress> {
        if now >= deadline {
            for runner in self.runners.drain(..) {
                runner.no_answer(now);
            }
            if let Some(address @ Endpoint::Unix(_)) = self.waiting.front() {
                connect_failed(address.transport(), address, QUEUE_IS_FULL);
            }
            return Err(self.last_error.take().unwrap_or_else(timed_out));
        }
        loop {
            if let Some(winner) = self.find_winner() {
                self.runners.clear();
                return Ok(Progress::Connected(winner.socket, winner.address));
            }
            let is_early = self.next_start.is_some_and(|start| now < start);
            if is_early {
                break;
            }
            match self.waiting.pop_front() {
                Some(address) => self.start(address, now),
                None if self.runners.is_empty() => {
                    return Err(self.last_error.take().unwrap_or_else(|| io::ErrorKind::NotFound.into()));
                }
                None => break,
            }
        }
        let next_start = self.next_start.filter(|_| !self.waiting.is_empty());
        let until = next_start.map_or(deadline, |start| start.min(deadline));
        self.wait(until)
    }

    fn start(&mut self, address: Endpoint, now: Instant) {
        match Socket::connect(&address) {
            Ok(socket) => {
                self.next_start = Some(now + HEAD_START);
                self.runners.push(Runner { address, socket, started: now });
            }
            Err(error)
                if error.kind() == io::ErrorKind::WouldBlock && matches!(address, Endpoint::Unix(_)) =>
            {
                self.last_error = Some(io::Error::new(io::ErrorKind::TimedOut, QUEUE_IS_FULL));
                self.next_start = Some(now + FULL_QUEUE);
                self.waiting.push_front(address);
            }
            Err(error) => self.failed(&address, error),
        }
    }

    /// Asks each runner. Those that fail leave the race, and the next may start at once.
    fn find_winner(&mut self) -> Option<Runner> {
        let mut index = 0;
        while let Some(runner) = self.runners.get_mut(index) {
            match runner.socket.finish_connecting() {
                Ok(true) => return Some(self.runners.remove(index)),
                Ok(false) => index += 1,
                Err(error) => {
                    let runner = self.runners.remove(index);
                    self.failed(&runner.address, error);
                    self.next_start = None;
                }
            }
        }
        None
    }

    fn failed(&mut self, address: &Endpoint, error: io::Error) {
        connect_failed(address.transport(), address, in_words(&error));
        self.last_error = Some(error);
    }

    fn wait(&mut self, until: Instant) -> io::Result<Progress> {
        let writable = Interests { readable: false, writable: true };
        if let [only] = self.runners.as_slice() {
            return Ok(Progress::Wait(only.socket.fd().clone(), writable, until));
        }
        let group = match &mut self.group {
            Some(group) => group,
            none => none.insert(SocketGroup::new()?),
        };
        for runner in &self.runners {
            group.add(runner.socket.fd())?;
        }
        let readable = Interests { readable: true, writable: false };
        Ok(Progress::Wait(group.fd().clone(), readable, until))
    }
}

impl Runner {
    fn no_answer(&self, now: Instant) {
        let seconds = now.saturating_duration_since(self.started).as_secs_f64();
        connect_failed(
            self.address.transport(),
            &self.address,
            format_args!("no answer within {seconds:.1} s"),
        );
    }
}

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{clock, wait_one};
    use std::net::{SocketAddr, TcpListener, TcpStream};

    const MOMENT: Duration = Duration::from_nanos(1);
    const PATIENCE: Duration = Duration::from_secs(60);

    /// An address that does not answer: the queue of its listener is full.
    struct Silent {
        listener: TcpListener,
        address: SocketAddr,
        queue: Vec<TcpStream>,
    }

    impl Silent {
        fn new() -> Silent {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            rustix::net::listen(&listener, 0).unwrap();
            let address = listener.local_addr().unwrap();
            let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
            let queue = std::iter::from_fn(connect).take(9).collect();
            Silent { listener, address, queue }
        }
    }

    fn race(addresses: &[SocketAddr]) -> Race {
        Race::new(addresses.iter().copied().map(Endpoint::from).collect())
    }

    /// Until when to wait.
    #[track_caller]
    fn waits(race: &mut Race, now: Instant, deadline: Instant) -> (Arc<SocketFd>, Instant) {
        match race.advance(now, deadline).unwrap() {
            Progress::Wait(socket, _, until) => (socket, until),
            Progress::Connected(_, address) => panic!("connected to {address}"),
        }
    }

    /// Goes on in a time that stands still, until an address has answered.
    fn winner(race: &mut Race, now: Instant) -> Endpoint {
        let deadline = now + PATIENCE;
        loop {
            match race.advance(now, deadline).unwrap() {
                Progress::Connected(_, address) => return address,
                Progress::Wait(socket, interests, _) => {
                    let ready = wait_one(&socket, interests, clock::now(), Some(clock::now() + PATIENCE));
                    assert!(ready.unwrap(), "nobody has answered");
                }
            }
        }
    }

    #[test]
    fn each_address_has_a_head_start() {
        let (one, other) = (Silent::new(), Silent::new());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let last = listener.local_addr().unwrap();
        let mut race = race(&[one.address, other.address, last]);
        let start = clock::now();
        let deadline = start + PATIENCE;
        let (alone, until) = waits(&mut race, start, deadline);
        assert_eq!(until, start + HEAD_START);
        assert_eq!(waits(&mut race, until - MOMENT, deadline).1, until);
        let (both, until) = waits(&mut race, start + HEAD_START, deadline);
        assert_eq!(until, start + 2 * HEAD_START);
        assert!(!Arc::ptr_eq(&alone, &both));
        assert_eq!(winner(&mut race, until), last.into());
        drop((one, other));
    }

    /// However late it answers: the kernel asks it again after a second.
    #[test]
    fn an_address_stays_in_the_race() {
        let (mut one, other) = (Silent::new(), Silent::new());
        let mut race = race(&[one.address, other.address]);
        let start = clock::now();
        waits(&mut race, start, start + PATIENCE);
        let (_, until) = waits(&mut race, start + HEAD_START, start + PATIENCE);
        assert_eq!(until, start + PATIENCE, "there is no third one");
        for _ in one.queue.drain(..) {
            one.listener.accept().unwrap();
        }
        assert_eq!(winner(&mut race, start + HEAD_START), one.address.into());
        drop(other);
    }

    #[test]
    fn one_that_refuses_has_no_head_start() {
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let last = listener.local_addr().unwrap();
        assert_eq!(winner(&mut race(&[nobody, nobody, last]), clock::now()), last.into());
    }

    #[test]
    fn the_deadline_is_for_all_of_them() {
        let (one, other) = (Silent::new(), Silent::new());
        let mut race = race(&[one.address, other.address]);
        let start = clock::now();
        let deadline = start + HEAD_START + MOMENT;
        waits(&mut race, start, deadline);
        assert_eq!(waits(&mut race, start + HEAD_START, deadline).1, deadline);
        let error = race.advance(deadline, deadline).map(drop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    /// As TCP, where the kernel does that.
    #[test]
    fn a_unix_socket_with_a_full_queue_is_tried_again() {
        let scratch = crate::scratch::Scratch::new();
        let path = scratch.join("socket");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let first = Socket::connect(&Endpoint::Unix(path.clone())).unwrap();
        let mut race = Race::new(vec![Endpoint::Unix(path.clone())]);
        let start = clock::now();
        let (_, until) = waits(&mut race, start, start + PATIENCE);
        assert_eq!(until, start + FULL_QUEUE);
        assert_eq!(waits(&mut race, until - MOMENT, start + PATIENCE).1, until);
        listener.accept().unwrap();
        let progress = race.advance(until, start + PATIENCE).unwrap();
        assert!(
            matches!(progress, Progress::Connected(_, address) if address == Endpoint::Unix(path.clone()))
        );
        drop(first);
        let mut other = Race::new(vec![Endpoint::Unix(path)]);
        waits(&mut other, start, start + PATIENCE);
        let error = other.advance(start + PATIENCE, start + PATIENCE).map(drop).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::TimedOut, QUEUE_IS_FULL.to_owned()));
    }

    /// As a disconnect does on another thread.
    #[test]
    fn who_waits_for_several_can_be_woken() {
        let (one, other) = (Silent::new(), Silent::new());
        let mut race = race(&[one.address, other.address]);
        let start = clock::now();
        waits(&mut race, start, start + PATIENCE);
        let (both, _) = waits(&mut race, start + HEAD_START, start + PATIENCE);
        let readable = Interests { readable: true, writable: false };
        assert!(!wait_one(&both, readable, start, Some(start)).unwrap());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| wait_one(&both, readable, start, Some(start + PATIENCE)).unwrap());
            both.give_up();
            assert!(waiting.join().unwrap());
        });
    }
}
