//! Connecting, as a state machine: servers and versions in turn, each through name resolution, TCP and handshakes,
//! CONNECT and CONNACK.
//!
//! It does nothing by itself. [`Connecting::advance`] says what is to be done next, or what is waited for and until
//! when; whoever drives it does that, and tells what came of it. Knows deadlines, not clocks.

use super::failure;
use super::plan::{Plan, Try};
use super::report::ConnAckSeen;
use crate::client::options::Connected;
use crate::engine::{connect_failed, resolver};
use crate::error::Error;
use crate::trace::{self, Level};
#[cfg(feature = "async")]
use crate::transport::Proxy;
use crate::transport::{Endpoint, Hop, Layer, ServerUri, Way, tls_failure_in, without_login};
use std::collections::VecDeque;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::time::Instant;

/// How far a try came that has no address yet.
const RESOLUTION: &str = "name resolution";

/// A connection being made.
pub struct Connecting {
    plan: Plan,
    /// Of the trace's lines that tell each server.
    level: Level,
    phase: Phase,
    /// What is being tried.
    current: Option<Try>,
    /// What is to be put on its connection.
    layers: Vec<Box<dyn Layer>>,
    /// The proxy before its server, for people.
    #[cfg(feature = "async")]
    proxy: Option<Proxy>,
    /// Its server's addresses that a proxy was not asked for yet, if they were looked up.
    addresses: VecDeque<SocketAddr>,
    /// Why the last try failed.
    error: Option<Error>,
    /// See [`Connecting::take_tls_failure`].
    tls_failure: Option<String>,
    /// The same for people.
    #[cfg(feature = "async")]
    failure: Option<String>,
}

enum Phase {
    /// Before the first try, or after one that failed.
    Between,
    /// The driver is to be asked for the addresses of this host.
    ToResolve(Sought, String, u16),
    Resolving(Sought, String, u16),
    /// The driver is to be asked for a connection.
    ToOpen(Vec<Endpoint>),
    Opening,
    /// The driver is to be asked to send CONNECT.
    ToSendConnect(Endpoint),
    AwaitingConnAck(Endpoint),
    /// The driver is to be told that the try has failed.
    Failed,
    Accepted(Connected),
    Over,
}

/// Whose addresses are looked up.
#[derive(Clone, Copy)]
enum Sought {
    /// What the socket is connected to.
    FirstHop,
    /// The server that a proxy is to be asked for.
    Server,
}

/// What is to be done next.
#[derive(Debug)]
pub enum Step {
    /// Look up the addresses of this host, and tell them to [`Connecting::resolved`].
    Resolve(String, u16),
    /// Connect to one of these, go through the handshakes of [`Connecting::take_layers`], and tell
    /// [`Connecting::opened`].
    Open(Vec<Endpoint>),
    /// Send CONNECT, and tell what comes to [`Connecting::answered`].
    SendConnect,
    /// What was asked for has not come. Call again when something was told, or at this time.
    Wait(Instant),
    /// The try has failed. Drop what belongs to it, close what is open, and call again.
    Failed,
    /// The server has accepted.
    Up(Connected),
    /// All tries of this round have failed, the last one for this reason; or it was cancelled.
    Over(Error),
}

impl Connecting {
    /// Begins with the first server of the plan.
    pub fn new(plan: Plan) -> Connecting {
        let mut connecting = Connecting {
            plan,
            level: Level::Minimum,
            phase: Phase::Over,
            current: None,
            layers: Vec::new(),
            #[cfg(feature = "async")]
            proxy: None,
            addresses: VecDeque::new(),
            error: None,
            tls_failure: None,
            #[cfg(feature = "async")]
            failure: None,
        };
        connecting.begin_round();
        connecting
    }

    /// Tells each server at this level of the trace, instead of [`Level::Minimum`].
    pub fn traced_at(self, level: Level) -> Connecting {
        Connecting { level, ..self }
    }

    /// Goes through the servers once more, from the one that was used last.
    pub fn begin_round(&mut self) {
        self.plan.begin_round();
        self.current = None;
        self.error = None;
        self.phase = Phase::Between;
    }

    /// Why the last try failed, for people.
    #[cfg(feature = "async")]
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// What is being tried, but between tries.
    pub fn current(&self) -> Option<&Try> {
        self.current.as_ref()
    }

    /// What is to be put on the connection of the present try, the lowest first. Once.
    pub fn take_layers(&mut self) -> Vec<Box<dyn Layer>> {
        mem::take(&mut self.layers)
    }

    /// Goes on as far as it can without anything being done or told.
    pub fn advance(&mut self, now: Instant) -> Step {
        loop {
            match mem::replace(&mut self.phase, Phase::Over) {
                Phase::Between => match self.plan.next(now) {
                    Some(Ok(next)) => self.begin(next),
                    Some(Err(error)) => {
                        self.error = Some(error);
                        self.phase = Phase::Between;
                    }
                    None => {}
                },
                Phase::ToResolve(sought, host, port) => {
                    self.phase = Phase::Resolving(sought, host.clone(), port);
                    return Step::Resolve(host, port);
                }
                Phase::ToOpen(addresses) => {
                    self.phase = Phase::Opening;
                    return Step::Open(addresses);
                }
                Phase::ToSendConnect(address) => {
                    self.phase = Phase::AwaitingConnAck(address);
                    return Step::SendConnect;
                }
                phase @ (Phase::Resolving(..) | Phase::Opening | Phase::AwaitingConnAck(_)) => {
                    self.phase = phase;
                    match &self.current {
                        Some(current) if now < current.deadline => return Step::Wait(current.deadline),
                        _ => self.fail(Error::TimedOut, None),
                    }
                }
                Phase::Failed => {
                    self.current = None;
                    self.phase = Phase::Between;
                    return Step::Failed;
                }
                Phase::Accepted(connected) => return Step::Up(connected),
                Phase::Over => return Step::Over(self.error.take().unwrap_or(Error::Disconnected)),
            }
        }
    }

    /// The resolver has answered.
    pub fn resolved(&mut self, answer: resolver::Addresses) {
        let Phase::Resolving(sought, host, port) = &self.phase else { return };
        match answer {
            Ok(addresses) => match sought {
                Sought::FirstHop => {
                    self.phase = Phase::ToOpen(addresses.into_iter().map(Endpoint::Ip).collect());
                }
                Sought::Server => {
                    self.addresses = addresses.into();
                    self.find_way();
                }
            },
            Err(error) => {
                let host = without_login(host);
                trace::line(Level::Error, format_args!("getaddrinfo failed for addr {host}: {error}"));
                trace::line(Level::Error, format_args!("{host} is not a valid IP address"));
                connect_failed(RESOLUTION, format_args!("{host}:{port}"), &error);
                self.has_failed(error.into(), None);
            }
        }
    }

    /// There is a connection to this address, or none could be made, which was traced.
    pub fn opened(&mut self, result: Result<Endpoint, Error>) {
        if !matches!(self.phase, Phase::Opening) {
            return;
        }
        match result {
            Ok(address) => self.phase = Phase::ToSendConnect(address),
            // A proxy cannot reach this address. There may be another.
            Err(Error::Io(error))
                if error.kind() == io::ErrorKind::AddrNotAvailable && !self.addresses.is_empty() =>
            {
                self.find_way();
            }
            Err(error) => {
                let tls_failure = match &error {
                    Error::Io(error) => tls_failure_in(error),
                    _ => None,
                };
                if let Some(reason) = tls_failure {
                    self.tls_failed(&reason);
                }
                self.has_failed(error, None);
            }
        }
    }

    /// It is TLS that has ended the present try, or is about to.
    pub fn tls_failed(&mut self, reason: &str) {
        if let Some(current) = &self.current {
            let line = tls_line(&current.server, reason);
            trace::line(Level::Error, format_args!("{line}"));
            self.tls_failure = Some(line);
        }
    }

    /// What is wrong with TLS, if that is why a try has failed, once: for the application.
    pub fn take_tls_failure(&mut self) -> Option<String> {
        self.tls_failure.take()
    }

    /// The server has answered CONNECT; or it will not, since the connection has ended, for a reason in words, or
    /// CONNECT could not be sent.
    pub fn answered(&mut self, answer: Result<ConnAckSeen, Error>, ended: Option<&str>) {
        let (Phase::AwaitingConnAck(_), Some(current)) = (&self.phase, &self.current) else { return };
        match answer {
            Ok(ConnAckSeen::Accepted { session_present, properties }) => {
                let (server, version) = (current.index, current.version);
                self.phase = Phase::Accepted(Connected { server, version, session_present, properties });
            }
            Ok(ConnAckSeen::Refused(reason)) => self.fail(Error::Refused(reason.0), ended),
            Err(error) => self.fail(error, ended),
        }
    }

    /// Gives up. What the driver has begun is to be dropped.
    pub fn cancel(&mut self) {
        self.fail(Error::NotNow, None);
        self.current = None;
        self.phase = Phase::Over;
    }

    fn begin(&mut self, next: Try) {
        let server = &next.server;
        trace::line(
            self.level,
            format_args!(
                "Connecting to serverURI {} with MQTT version {}",
                server.shown(),
                next.version.level()
            ),
        );
        self.current = Some(next);
        self.addresses.clear();
        #[cfg(feature = "async")]
        {
            self.proxy = None;
        }
        self.find_way();
    }

    /// Finds the way to the server of the present try, or to the next one of its addresses.
    fn find_way(&mut self) {
        let Some(Try { server, .. }) = &self.current else { return };
        let address = self.addresses.pop_front();
        match self.plan.route_to(server, address) {
            Ok(Way::Known(route)) => {
                self.layers = route.layers;
                #[cfg(feature = "async")]
                {
                    self.proxy = route.proxy;
                }
                self.phase = match route.first_hop {
                    Hop::Unix(path) => Phase::ToOpen(vec![Endpoint::Unix(path)]),
                    Hop::Host(host, port) => match resolver::resolve_literal(&host, port) {
                        Some(address) => Phase::ToOpen(vec![address.into()]),
                        None => Phase::ToResolve(Sought::FirstHop, host, port),
                    },
                };
            }
            Ok(Way::ByAddressOf(host, port)) => match resolver::resolve_literal(&host, port) {
                Some(address) => {
                    self.addresses = [address].into();
                    self.find_way();
                }
                None => self.phase = Phase::ToResolve(Sought::Server, host, port),
            },
            Err(error) => {
                let uri = server.shown();
                trace::line(Level::Error, format_args!("Not connecting to serverURI {uri}: {error}"));
                connect_failed(error.phase, &uri, &error.error);
                let error = io::Error::from(error);
                self.tls_failure = tls_failure_in(&error).map(|reason| tls_line(server, &reason));
                self.has_failed(error.into(), None);
            }
        }
    }

    /// The present try has failed, which is to be traced.
    fn fail(&mut self, error: Error, ended: Option<&str>) {
        match &self.phase {
            Phase::Resolving(_, host, port) if matches!(error, Error::TimedOut) => {
                let host = without_login(host);
                connect_failed(RESOLUTION, format_args!("{host}:{port}"), "no answer in time");
            }
            Phase::AwaitingConnAck(address) => failure::note(address, &error, ended, self.plan.timeout()),
            _ => {}
        }
        self.has_failed(error, ended);
    }

    #[cfg_attr(not(feature = "async"), expect(unused_variables, reason = "who waits has the error"))]
    fn has_failed(&mut self, error: Error, ended: Option<&str>) {
        #[cfg(feature = "async")]
        {
            let step = match self.phase {
                Phase::Resolving(..) => failure::LOOKUP,
                Phase::Opening => failure::TCP,
                Phase::AwaitingConnAck(_) => failure::CONNACK,
                _ if self.tls_failure.is_some() => failure::TCP,
                _ => "",
            };
            let server = self.current.as_ref().map(|current| current.server.shown()).unwrap_or_default();
            let server = match &self.proxy {
                Some(proxy) => format!("{server} through {proxy}").into(),
                None => server,
            };
            self.failure = Some(failure::in_full(step, &server, &error, ended, self.plan.timeout()));
        }
        self.error = Some(error);
        self.phase = Phase::Failed;
    }
}

/// What to tell the application.
fn tls_line(server: &ServerUri, reason: &str) -> String {
    format!("{}: {reason}", server.shown())
}

#[cfg(test)]
#[path = "connecting_tests.rs"]
mod tests;
