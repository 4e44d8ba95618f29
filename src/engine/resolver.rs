//! Host names to addresses, on a thread of their own, so that a slow name server delays nobody else
//! and a deadline holds.

use super::spawn;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// What a resolution ends with.
#[derive(Debug)]
pub enum Resolution {
    /// The addresses, in the order in which to try them.
    Addresses(io::Result<Vec<SocketAddr>>),
    /// Whoever asked no longer wants to know.
    Cancelled,
}

/// The addresses of a host, if that can be told without asking anybody.
pub fn resolve_literal(host: &str, port: u16) -> Option<SocketAddr> {
    host.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, port))
}

/// Starts to resolve a host name. The answer comes through the receiver; the sender is for cancelling.
///
/// The thread may outlive the interest in its answer: `getaddrinfo` cannot be interrupted.
pub fn resolve(host: &str, port: u16) -> io::Result<(Sender<Resolution>, Receiver<Resolution>)> {
    let (sender, receiver) = bounded(2);
    let answer = sender.clone();
    let host = host.to_owned();
    spawn("MQTT_resolver", move || {
        let addresses = (host.as_str(), port).to_socket_addrs().map(|found| ipv4_first(found.collect()));
        let _ = answer.try_send(Resolution::Addresses(addresses));
    })?;
    Ok((sender, receiver))
}

/// As Paho, which tries no other: the first IPv4 address comes first (contract T-201).
fn ipv4_first(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses
}
