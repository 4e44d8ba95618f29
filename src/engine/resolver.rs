//! Host names to addresses, on a thread of their own, so that a slow name server delays nobody else
//! and a deadline holds.

use super::panics::contain;
use super::spawn;
use crate::sync::{Condvar, Mutex};

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

/// What a resolution ends with.
#[derive(Debug)]
pub enum Resolution {
    /// The addresses, in the order in which to try them.
    Addresses(io::Result<Vec<SocketAddr>>),
    /// Whoever asked no longer wants to know.
    Cancelled,
}

/// A name that is being resolved.
///
/// Not a channel: those that wait on the standard library's threads make it a handle for the
/// application's main thread, which nobody frees. Leak checkers report that.
#[derive(Default)]
pub struct Question {
    /// The first one counts.
    outcome: Mutex<Option<Resolution>>,
    answered: Condvar,
}

impl Question {
    /// Waits for the outcome. `None`: the time is up before.
    pub fn wait(&self, deadline: Instant) -> Option<Resolution> {
        let mut outcome = self.outcome.lock();
        while outcome.is_none() {
            if self.answered.wait_until(&mut outcome, deadline).timed_out() {
                break;
            }
        }
        outcome.take()
    }

    /// Lets whoever waits go.
    pub fn cancel(&self) {
        self.answer(Resolution::Cancelled);
    }

    fn answer(&self, resolution: Resolution) {
        self.outcome.lock().get_or_insert(resolution);
        self.answered.notify_all();
    }
}

/// The addresses of a host, if that can be told without asking anybody.
pub fn resolve_literal(host: &str, port: u16) -> Option<SocketAddr> {
    host.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, port))
}

/// Starts to resolve a host name.
///
/// The thread may outlive the interest in its answer: `getaddrinfo` cannot be interrupted.
pub fn resolve(host: &str, port: u16) -> io::Result<Arc<Question>> {
    let question = Arc::<Question>::default();
    let asked = question.clone();
    let host = host.to_owned();
    spawn("MQTT_resolver", move || {
        let look_up = || (host.as_str(), port).to_socket_addrs();
        let addresses = contain("the resolver", look_up)
            .unwrap_or_else(|| Err(io::Error::other("the resolver has panicked")))
            .map(|found| ipv4_first(found.collect()));
        asked.answer(Resolution::Addresses(addresses));
    })?;
    Ok(question)
}

/// As Paho, which tries no other: the first IPv4 address comes first (contract T-201).
fn ipv4_first(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::clock;
    use std::time::Duration;

    #[test]
    fn the_first_outcome_counts() {
        let question = Question::default();
        question.cancel();
        question.answer(Resolution::Addresses(Ok(Vec::new())));
        assert!(matches!(question.wait(clock::now()), Some(Resolution::Cancelled)));
    }

    #[test]
    fn no_answer_is_waited_for_until_the_deadline() {
        let deadline = clock::now() + Duration::from_millis(20);
        assert!(Question::default().wait(deadline).is_none());
        assert!(clock::now() >= deadline);
    }
}
