//! Host names to addresses, on a thread of their own, so that a slow name server delays nobody else
//! and a deadline holds.

use super::panics::contain;
use super::spawn;
use crossbeam_channel::{Receiver, bounded};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// What there is to a name: the addresses in the order in which to try them.
pub type Addresses = io::Result<Vec<SocketAddr>>;

/// The addresses of a host, if that can be told without asking anybody.
pub fn resolve_literal(host: &str, port: u16) -> Option<SocketAddr> {
    host.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, port))
}

/// Starts to resolve a host name. When the answer is there, `wake` is called, on the thread that asked for it.
///
/// That thread may outlive the interest in its answer: `getaddrinfo` cannot be interrupted. Whoever wants the
/// answer is not to wait on the channel: those of the standard library's threads that are not its own would keep
/// a handle that nobody frees, and leak checkers report that.
pub fn resolve(
    host: &str,
    port: u16,
    wake: impl FnOnce() + Send + 'static,
) -> io::Result<Receiver<Addresses>> {
    let (answer, receiver) = bounded(1);
    let host = host.to_owned();
    spawn("MQTT_resolver", move || {
        let look_up = || (host.as_str(), port).to_socket_addrs();
        let addresses = contain("the resolver", look_up)
            .unwrap_or_else(|| Err(io::Error::other("the resolver has panicked")))
            .map(|found| ipv4_first(found.collect()));
        // There is room for one; or nobody wants it any more.
        if answer.try_send(addresses).is_ok() {
            wake();
        }
    })?;
    Ok(receiver)
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
        let answer = resolve("localhost", 1883, move || sender.send(()).unwrap()).unwrap();
        woken.recv_timeout(Duration::from_secs(60)).unwrap();
        let addresses = answer.try_recv().unwrap().unwrap();
        assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 1883));
        assert!(addresses.is_sorted_by_key(SocketAddr::is_ipv6));
    }

    #[test]
    fn a_name_that_cannot_be_is_an_error() {
        let (sender, woken) = mpsc::channel();
        // No label of a name is so long, so nobody is asked.
        let answer = resolve(&"n".repeat(64), 1, move || sender.send(()).unwrap()).unwrap();
        woken.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(answer.try_recv().unwrap().is_err());
    }
}
