//! Host names to addresses, on a thread of their own, so that a slow name server delays nobody else
//! and a deadline holds.

use super::panics::contain;
use super::thread::{join, spawn};
use super::{clock, generation};
use crossbeam_channel::{Receiver, bounded};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::thread::JoinHandle;
use std::time::Duration;

/// What there is to a name: the addresses in the order in which to try them.
pub type Addresses = io::Result<Vec<SocketAddr>>;

/// The addresses of a host, if that can be told without asking anybody.
pub fn resolve_literal(host: &str, port: u16) -> Option<SocketAddr> {
    host.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, port))
}

/// How long to wait for a thread that has given its answer, and has only to wake who wants it.
const END_WITHIN: Duration = Duration::from_secs(1);

/// A look-up that is under way.
///
/// Its thread may outlive the interest in its answer: `getaddrinfo` cannot be interrupted. Then the library stays in
/// memory, since the thread comes back into it.
pub struct Lookup {
    answer: Receiver<Addresses>,
    thread: Option<JoinHandle<()>>,
    generation: u32,
}

impl Lookup {
    /// Whether there is an answer. Whoever wants it is not to wait on the channel: those of the standard library's
    /// threads that are not its own would keep a handle that nobody frees, and leak checkers report that.
    pub fn has_answer(&self) -> bool {
        !self.answer.is_empty()
    }

    /// The answer, if it is there. No lock may be held that waking takes: the thread ends meanwhile.
    pub fn take_answer(&mut self) -> Option<Addresses> {
        let answer = self.answer.try_recv().ok()?;
        self.end_thread(END_WITHIN);
        Some(answer)
    }

    fn end_thread(&mut self, within: Duration) {
        let Some(thread) = self.thread.take() else { return };
        if self.generation == generation() {
            join(thread, clock::now() + within);
        } else {
            // It is not in this child of fork.
            std::mem::forget(thread);
        }
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        self.end_thread(Duration::ZERO);
    }
}

/// Starts to resolve a host name. When the answer is there, `wake` is called, on the thread that asked for it.
pub fn resolve(host: &str, port: u16, wake: impl FnOnce() + Send + 'static) -> io::Result<Lookup> {
    let (give, answer) = bounded(1);
    let host = host.to_owned();
    let thread = spawn("MQTT_resolver", move || {
        let look_up = || (host.as_str(), port).to_socket_addrs();
        let addresses = contain("the resolver", look_up)
            .unwrap_or_else(|| Err(io::Error::other("the resolver has panicked")))
            .map(|found| ipv4_first(found.collect()));
        // There is room for one; or nobody wants it any more.
        if give.try_send(addresses).is_ok() {
            wake();
        }
    })?;
    Ok(Lookup { answer, thread: Some(thread), generation: generation() })
}

/// As Paho, which tries no other: the first IPv4 address comes first (contract T-201).
fn ipv4_first(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn the_answer_is_there_when_somebody_is_woken() {
        let (sender, woken) = mpsc::channel();
        let mut lookup = resolve("localhost", 1883, move || sender.send(()).unwrap()).unwrap();
        woken.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(lookup.has_answer());
        let addresses = lookup.take_answer().unwrap().unwrap();
        assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 1883));
        assert!(addresses.is_sorted_by_key(SocketAddr::is_ipv6));
    }

    #[test]
    fn a_name_that_cannot_be_is_an_error() {
        let (sender, woken) = mpsc::channel();
        // No label of a name is so long, so nobody is asked.
        let mut lookup = resolve(&"n".repeat(64), 1, move || sender.send(()).unwrap()).unwrap();
        woken.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(lookup.take_answer().unwrap().is_err());
    }
}
