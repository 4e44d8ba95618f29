//! Host names to addresses, on a thread of their own, so that a slow name server delays nobody else
//! and a deadline holds.

use super::panics::contain;
use super::thread::{join, spawn};
use super::{clock, generation};
use crossbeam_channel::{Receiver, bounded};
use dns_lookup::{AddrInfoHints, LookupError, LookupErrorKind, getaddrinfo};
use std::borrow::Cow;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
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
    let host = host.to_owned();
    begin(move || look_up(&host, port), wake)
}

fn begin(
    look_up: impl FnOnce() -> Addresses + Send + 'static,
    wake: impl FnOnce() + Send + 'static,
) -> io::Result<Lookup> {
    let (give, answer) = bounded(1);
    let thread = spawn("MQTT_resolver", move || {
        let addresses = contain("the resolver", look_up)
            .unwrap_or_else(|| Err(io::Error::other("the resolver has panicked")));
        // There is room for one; or nobody wants it any more.
        if give.try_send(addresses).is_ok() {
            wake();
        }
    })?;
    Ok(Lookup { answer, thread: Some(thread), generation: generation() })
}

/// The addresses of the families that this machine has (contract T-201). What has an address of another family only is
/// found, too: a name of the loopback interface, or an address with a zone.
fn look_up(host: &str, port: u16) -> Addresses {
    let host = with_plain_zone(host);
    let found = match ask(&host, libc::AI_ADDRCONFIG) {
        Err(error) if has_no_address(&error) => ask(&host, 0),
        other => other,
    };
    Ok(ipv4_first(found?, port))
}

fn ask(host: &str, flags: i32) -> Result<Vec<SocketAddr>, LookupError> {
    let hints = AddrInfoHints { flags, socktype: libc::SOCK_STREAM, ..AddrInfoHints::default() };
    let found = getaddrinfo(Some(host), None, Some(hints))?;
    Ok(found.filter_map(|address| Some(address.ok()?.sockaddr)).collect())
}

/// Whether this is said of a name that has no address of the families that were asked for.
fn has_no_address(error: &LookupError) -> bool {
    let kind = error.kind();
    matches!(kind, LookupErrorKind::NoName | LookupErrorKind::NoData) || error.error_num() == EAI_ADDRFAMILY
}

/// glibc's, which the crate libc does not have.
const EAI_ADDRFAMILY: i32 = -9;

/// In URIs the percent sign before a zone may be written as %25: RFC 6874.
fn with_plain_zone(host: &str) -> Cow<'_, str> {
    match host.split_once("%25") {
        Some((address, zone)) if !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok() => {
            format!("{address}%{zone}").into()
        }
        _ => host.into(),
    }
}

/// As Paho, which tries no other: the first IPv4 address comes first (contract T-201).
fn ipv4_first(mut addresses: Vec<SocketAddr>, port: u16) -> Vec<SocketAddr> {
    for address in &mut addresses {
        address.set_port(port);
    }
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses.dedup();
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

    /// Whoever waits for it must not wait for ever.
    #[test]
    fn a_panic_is_an_answer() {
        let (sender, woken) = mpsc::channel();
        let mut lookup = begin(|| panic!("as asked"), move || sender.send(()).unwrap()).unwrap();
        woken.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(lookup.take_answer().unwrap().is_err());
    }

    /// Neither a machine without IPv6 nor one that has it on its loopback interface alone keeps such an address from
    /// being found.
    #[test]
    fn addresses_with_zones_are_found() {
        for host in ["fe80::1%lo", "fe80::1%25lo", "fe80::1%1"] {
            let found = look_up(host, 1883).unwrap();
            let [SocketAddr::V6(address)] = found.as_slice() else { panic!("{host}: {found:?}") };
            assert_eq!((address.ip().to_string().as_str(), address.port()), ("fe80::1", 1883), "{host}");
            assert_eq!(address.scope_id(), 1, "{host}: the loopback interface is the first");
        }
        assert!(look_up("fe80::1%nonesuch", 1883).is_err());
        assert_eq!(look_up("::1", 1883).unwrap(), ["[::1]:1883".parse().unwrap()]);
    }

    #[test]
    fn only_a_zone_may_be_written_in_two_ways() {
        for (host, plain) in [
            ("fe80::1%25eth0", "fe80::1%eth0"),
            ("fe80::1%eth0", "fe80::1%eth0"),
            ("fe80::1%25", "fe80::1%25"),
            ("name%25x", "name%25x"),
        ] {
            assert_eq!(with_plain_zone(host), plain);
        }
    }
}
