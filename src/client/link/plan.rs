//! Which servers to try, each with which versions of MQTT, and until when: contract C-3.4 to C-3.6.
//!
//! Knows deadlines, not clocks: `now` comes from the caller.

use crate::client::options::{ConnectOptions, MqttVersion};
use crate::engine::connect_failed;
use crate::error::Error;
use crate::protocol::Version;
use crate::transport::{ConnectError, Route, ServerUri, TransportMemory, TransportOptions, Way};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Servers in their order, tried in rounds.
pub struct Plan {
    servers: Vec<Server>,
    version: MqttVersion,
    timeout: Duration,
    transport: TransportOptions,
    memory: Arc<TransportMemory>,
    /// The server that is being tried, or the next one.
    position: usize,
    /// How many servers have not failed in this round.
    left: usize,
    /// What was tried last of the server at `position`.
    last: Option<(Version, Instant)>,
}

/// A server of the plan.
enum Server {
    /// The client's own.
    Own(ServerUri),
    /// As the application wrote it into its list. It is read when its turn comes, so that what is wrong with it is
    /// told then.
    Listed(String),
}

/// One server, one version, and the time by which the server must have accepted.
pub struct Try {
    /// Its place in the application's list; `None`: the client's own.
    pub index: Option<usize>,
    pub server: ServerUri,
    pub version: Version,
    pub deadline: Instant,
}

impl Plan {
    /// The servers of the list, or the client's own if there is none. No round has begun yet.
    pub fn new(own: &ServerUri, options: &ConnectOptions) -> Plan {
        let mut servers: Vec<Server> = options.servers.iter().cloned().map(Server::Listed).collect();
        if servers.is_empty() {
            servers.push(Server::Own(own.clone()));
        }
        let ConnectOptions { version, connect_timeout: timeout, .. } = *options;
        let transport = options.transport.clone();
        let memory = Arc::default();
        Plan { servers, version, timeout, transport, memory, position: 0, left: 0, last: None }
    }

    /// Goes on with what was kept of earlier connections, and keeps more there.
    pub fn with_memory(self, memory: Arc<TransportMemory>) -> Plan {
        Plan { memory, ..self }
    }

    /// The way to a server: see [`Route::to`].
    pub fn route_to(&self, server: &ServerUri, address: Option<SocketAddr>) -> Result<Way, ConnectError> {
        Route::to(server, &self.transport, &self.memory, address)
    }

    /// How long each server has.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Begins a round: each server once, the one first that was used last.
    pub fn begin_round(&mut self) {
        self.left = self.servers.len();
        self.last = None;
    }

    /// What to try now, after what was tried before has failed: the same server with MQTT 3.1 after 3.1.1, if the
    /// application has no preference and time is left; or the next server, which may be none to try. `None`: all
    /// servers of this round have failed.
    pub fn next(&mut self, now: Instant) -> Option<Result<Try, Error>> {
        let version = match (self.version, self.last) {
            (MqttVersion::Default, Some((Version::V3_1_1, deadline))) if now < deadline => Version::V3_1,
            (version, last) => {
                if last.is_some() {
                    self.server_failed();
                }
                match version {
                    MqttVersion::Fixed(version) => version,
                    MqttVersion::Default => Version::V3_1_1,
                }
            }
        };
        if self.left == 0 {
            return None;
        }
        let deadline = self.last.map_or(now + self.timeout, |(_, deadline)| deadline);
        let next = self.server(version, deadline);
        match &next {
            Ok(_) => self.last = Some((version, deadline)),
            Err(_) => self.server_failed(),
        }
        Some(next)
    }

    fn server_failed(&mut self) {
        self.last = None;
        self.left = self.left.saturating_sub(1);
        self.position = (self.position + 1) % self.servers.len();
    }

    /// The server at `position`, unless it cannot be tried at all.
    fn server(&self, version: Version, deadline: Instant) -> Result<Try, Error> {
        let (index, server) = match &self.servers[self.position] {
            Server::Own(server) => (None, server.clone()),
            Server::Listed(uri) => match ServerUri::parse(uri) {
                Ok(server) => (Some(self.position), server),
                Err(error) => {
                    connect_failed("URI", ServerUri::scheme_of(uri), &error);
                    return Err(Error::Io(io::Error::other(error)));
                }
            },
        };
        Ok(Try { index, server, version, deadline })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::link::testing::{options, own, second, start};

    fn plan(options: &ConnectOptions) -> Plan {
        let mut plan = Plan::new(&own(), options);
        plan.begin_round();
        plan
    }

    /// What the plan tries if each try fails after so many seconds, as text.
    fn tried(plan: &mut Plan, mut now: u64, takes: u64) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(next) = plan.next(second(now)) {
            all.push(match next {
                Ok(next) => {
                    let until = next.deadline.duration_since(start()).as_secs();
                    now += takes;
                    format!("{} {:?} {until}", next.server.host(), next.version)
                }
                Err(error) => error.to_string(),
            });
        }
        all
    }

    #[test]
    fn both_versions_are_tried_within_the_time_of_the_server() {
        let mut plan = plan(&options(&["a", "b"], MqttVersion::Default));
        assert_eq!(tried(&mut plan, 0, 10), ["a V3_1_1 30", "a V3_1 30", "b V3_1_1 50", "b V3_1 50"],);
    }

    /// Contract C-3.6: after a timeout of the first there is no second connection.
    #[test]
    fn there_is_no_second_version_when_the_time_is_up() {
        let mut plan = plan(&options(&["a", "b"], MqttVersion::Default));
        assert_eq!(tried(&mut plan, 0, 30), ["a V3_1_1 30", "b V3_1_1 60"]);
        plan.begin_round();
        assert!(plan.next(start()).is_some());
        let next = plan.next(second(30) - Duration::from_nanos(1)).unwrap().unwrap();
        assert_eq!((next.server.host(), next.version), ("a", Version::V3_1));
    }

    #[test]
    fn a_version_that_is_asked_for_is_the_only_one() {
        for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
            let mut plan = plan(&options(&["a"], MqttVersion::Fixed(version)));
            assert_eq!(tried(&mut plan, 0, 1), [format!("a {version:?} 30")]);
        }
    }

    #[test]
    fn without_a_list_the_own_server_is_tried() {
        let mut plan = plan(&options(&[], MqttVersion::Fixed(Version::V5)));
        let next = plan.next(start()).unwrap().unwrap();
        assert_eq!((next.index, next.server), (None, own()));
        assert!(plan.next(start()).is_none());
    }

    /// Contract C-3.4: such an entry fails when its turn comes, and takes no time.
    #[test]
    fn what_is_no_uri_fails_once_and_the_next_is_tried() {
        let mut plan = plan(&options(&["foo://a", "b", "TCP://c"], MqttVersion::Default));
        assert_eq!(
            tried(&mut plan, 0, 1),
            ["not a supported URI scheme", "b V3_1_1 30", "b V3_1 30", "not a supported URI scheme"],
        );
    }

    /// As reconnecting does, contract: each round walks the whole list, from the server that was used last.
    #[test]
    fn rounds_begin_with_the_server_used_last() {
        let mut plan = plan(&options(&["a", "b", "foo://c"], MqttVersion::Fixed(Version::V5)));
        assert_eq!(tried(&mut plan, 0, 1), ["a V5 30", "b V5 31", "not a supported URI scheme"]);
        plan.begin_round();
        for host in ["a", "b"] {
            assert_eq!(plan.next(start()).unwrap().unwrap().server.host(), host);
        }
        // It succeeded, and was lost.
        for _ in 0..3 {
            plan.begin_round();
            assert_eq!(tried(&mut plan, 100, 1), ["b V5 130", "not a supported URI scheme", "a V5 131"]);
        }
    }

    #[test]
    fn a_plan_without_time_has_tries_that_are_over() {
        let options =
            ConnectOptions { connect_timeout: Duration::ZERO, ..options(&["a"], MqttVersion::Default) };
        assert_eq!(tried(&mut plan(&options), 5, 0), ["a V3_1_1 5"]);
    }
}
