//! Connecting in simulated time, against servers that exist on paper.

use super::*;
use crate::client::link::testing::{options, own, second, start};
use crate::client::options::{ConnectOptions, MqttVersion};
use crate::error::ProtocolError;
use crate::protocol::packet::Properties;
use crate::protocol::{ReasonCode, Version};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

const V5: MqttVersion = MqttVersion::Fixed(Version::V5);

/// A moment before.
const MOMENT: Duration = Duration::from_nanos(1);

/// What happens to a try, each after so many seconds.
#[derive(Clone, Copy)]
enum Fate {
    /// The name has no address.
    NoAddress(u64),
    /// No address takes the connection, or a handshake fails.
    NotOpened(u64),
    Refused(u64, u8),
    /// What comes is no CONNACK that can be read.
    Malformed(u64),
    /// The server closes the connection, or another thread does.
    Closed(u64),
    Accepted(u64),
    /// Nothing ever comes of the lookup, of the connection, of CONNECT.
    NameIsSilent,
    NotOpening,
    ServerIsSilent,
}

/// A connection being made, and the time.
struct Simulation {
    connecting: Connecting,
    now: Instant,
    /// What was tried, and when that began.
    tried: Vec<String>,
    /// How many tries ended with [`Step::Failed`].
    failed: usize,
}

impl Simulation {
    fn new(options: &ConnectOptions) -> Simulation {
        let connecting = Connecting::new(Plan::new(&own(), options));
        Simulation { connecting, now: start(), tried: Vec::new(), failed: 0 }
    }

    fn seconds(&self) -> u64 {
        self.now.duration_since(start()).as_secs()
    }

    /// Goes on. A new try is noted.
    fn step(&mut self) -> Step {
        let step = self.connecting.advance(self.now);
        if let Step::Resolve(..) = step {
            let current = self.connecting.current().unwrap();
            let (host, version) = (current.server.host(), current.version);
            self.tried.push(format!("{host} {version:?} at {}", self.seconds()));
        }
        step
    }

    /// Tells what came of a step, which takes its time. `None`: nothing comes of it.
    fn tell(&mut self, seconds: u64, told: impl FnOnce(&mut Connecting)) {
        self.now += Duration::from_secs(seconds);
        told(&mut self.connecting);
    }

    /// Goes through the tries with these fates, and gives the end.
    fn run(&mut self, fates: &[Fate]) -> Result<Connected, Error> {
        let mut fates = fates.iter().copied();
        let mut fate = Fate::NameIsSilent;
        loop {
            match self.step() {
                Step::Resolve(host, port) => {
                    assert_eq!(port, 1883);
                    fate = fates.next().unwrap_or_else(|| panic!("{host} is tried, too"));
                    match fate {
                        Fate::NoAddress(after) => {
                            let error = io::Error::other("nobody has heard of it");
                            self.tell(after, |connecting| connecting.resolved(Err(error)));
                        }
                        Fate::NameIsSilent => {}
                        _ => self.tell(0, |connecting| connecting.resolved(Ok(vec![resolved()]))),
                    }
                }
                Step::Open(addresses) => {
                    assert_eq!(addresses, [address()]);
                    match fate {
                        Fate::NotOpened(after) => {
                            let error = io::Error::from(io::ErrorKind::ConnectionRefused);
                            self.tell(after, |connecting| connecting.opened(Err(error.into())));
                        }
                        Fate::NotOpening => {}
                        _ => self.tell(0, |connecting| connecting.opened(Ok(address()))),
                    }
                }
                Step::SendConnect => match fate {
                    Fate::Refused(after, code) => {
                        self.answer(after, Ok(ConnAckSeen::Refused(ReasonCode(code))))
                    }
                    Fate::Malformed(after) => {
                        self.answer(after, Err(Error::Protocol(ProtocolError::Malformed(2))));
                    }
                    Fate::Closed(after) => {
                        self.answer(after, Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()));
                    }
                    Fate::Accepted(after) => self.answer(after, Ok(accepted())),
                    _ => {}
                },
                Step::Wait(until) => {
                    // Whoever comes too early waits on.
                    assert!(until > self.now);
                    let early = self.connecting.advance(until - MOMENT);
                    assert!(matches!(early, Step::Wait(again) if again == until), "{early:?}");
                    self.now = until;
                }
                Step::Failed => self.failed += 1,
                Step::Up(connected) => {
                    assert!(fates.next().is_none(), "tries are left");
                    return Ok(connected);
                }
                Step::Over(error) => {
                    assert!(fates.next().is_none(), "tries are left");
                    assert_eq!(self.failed, self.tried.len(), "each try has an end");
                    return Err(error);
                }
            }
        }
    }

    fn answer(&mut self, after: u64, answer: Result<ConnAckSeen, Error>) {
        self.tell(after, |connecting| connecting.answered(answer, None));
    }
}

fn resolved() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 1883))
}

fn address() -> Endpoint {
    Endpoint::Ip(resolved())
}

fn accepted() -> ConnAckSeen {
    ConnAckSeen::Accepted { session_present: true, properties: Properties::default() }
}

#[test]
fn the_first_server_that_accepts_is_it() {
    let mut simulation = Simulation::new(&options(&["a", "b", "c"], V5));
    let connected = simulation.run(&[Fate::NotOpened(1), Fate::Accepted(2)]).unwrap();
    assert_eq!((connected.server, connected.version), (Some(1), Version::V5));
    assert!(connected.session_present);
    assert_eq!(simulation.tried, ["a V5 at 0", "b V5 at 1"]);
}

#[test]
fn the_clients_own_server_has_no_place_in_a_list() {
    let connected = Simulation::new(&options(&[], V5)).run(&[Fate::Accepted(0)]).unwrap();
    assert_eq!(connected.server, None);
}

/// Contract C-3.4: what is told is what became of the last server.
#[test]
fn when_all_fail_the_last_failure_is_told() {
    let all = options(&["a", "b"], V5);
    let refused = Simulation::new(&all).run(&[Fate::NotOpened(0), Fate::Refused(0, 0x87)]);
    assert!(matches!(refused, Err(Error::Refused(0x87))), "{refused:?}");
    let not_opened = Simulation::new(&all).run(&[Fate::Refused(0, 0x87), Fate::NotOpened(0)]);
    let is_refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    assert!(matches!(&not_opened, Err(Error::Io(error)) if is_refused(error)), "{not_opened:?}");
    let no_address = Simulation::new(&all).run(&[Fate::ServerIsSilent, Fate::NoAddress(3)]);
    assert!(matches!(&no_address, Err(Error::Io(error)) if error.kind() == io::ErrorKind::Other));
    let malformed = Simulation::new(&all).run(&[Fate::Closed(1), Fate::Malformed(1)]);
    assert!(matches!(malformed, Err(Error::Protocol(ProtocolError::Malformed(2)))), "{malformed:?}");
    let closed = Simulation::new(&all).run(&[Fate::Malformed(1), Fate::Closed(1)]);
    assert!(matches!(&closed, Err(Error::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof));
}

/// Contract C-3.5: after any failure.
#[test]
fn the_older_version_is_tried_after_any_failure() {
    for fate in
        [Fate::NoAddress(1), Fate::NotOpened(1), Fate::Refused(1, 5), Fate::Malformed(1), Fate::Closed(1)]
    {
        let mut simulation = Simulation::new(&options(&["a", "b"], MqttVersion::Default));
        let connected = simulation.run(&[fate, Fate::Accepted(1)]).unwrap();
        assert_eq!((connected.server, connected.version), (Some(0), Version::V3_1));
        assert_eq!(simulation.tried, ["a V3_1_1 at 0", "a V3_1 at 1"]);
    }
}

/// Contract C-3.6: both versions share the time of their server, to the moment, in whichever phase it ends.
#[test]
fn each_server_has_its_time_and_no_more() {
    for silent in [Fate::NameIsSilent, Fate::NotOpening, Fate::ServerIsSilent] {
        let mut simulation = Simulation::new(&options(&["a", "b", "c"], MqttVersion::Default));
        let result = simulation.run(&[silent, Fate::Refused(20, 3), silent, silent]);
        assert!(matches!(result, Err(Error::TimedOut)), "{result:?}");
        assert_eq!(simulation.tried, ["a V3_1_1 at 0", "b V3_1_1 at 30", "b V3_1 at 50", "c V3_1_1 at 60"]);
        assert_eq!(simulation.now, second(90));
    }
}

#[test]
fn a_failure_at_the_deadline_leaves_no_time_for_the_older_version() {
    let mut simulation = Simulation::new(&options(&["a"], MqttVersion::Default));
    let result = simulation.run(&[Fate::Refused(30, 4)]);
    assert!(matches!(result, Err(Error::Refused(4))), "{result:?}");
    assert_eq!(simulation.tried, ["a V3_1_1 at 0"]);
}

#[test]
fn without_time_nothing_is_waited_for() {
    let options = ConnectOptions { connect_timeout: Duration::ZERO, ..options(&["a", "b"], V5) };
    let mut simulation = Simulation::new(&options);
    let result = simulation.run(&[Fate::NameIsSilent, Fate::NotOpening]);
    assert!(matches!(result, Err(Error::TimedOut)), "{result:?}");
    assert_eq!(simulation.now, start());
}

#[test]
fn entries_that_are_no_servers_are_passed_over() {
    let mut simulation = Simulation::new(&options(&["foo://a", "b", "c:0", "TCP://d"], V5));
    let mut steps = Vec::new();
    let error = loop {
        match simulation.step() {
            Step::Resolve(host, _) => {
                steps.push(host);
                simulation.tell(1, |connecting| connecting.resolved(Err(io::ErrorKind::NotFound.into())));
            }
            Step::Failed => steps.push("failed".to_owned()),
            Step::Over(error) => break error,
            other => panic!("{other:?}"),
        }
    };
    // The port that is none ends a try, too.
    assert_eq!(steps, ["b", "failed", "failed"]);
    assert_eq!(error.to_string(), "not a supported URI scheme");
}

#[test]
fn an_address_needs_no_resolver() {
    let mut connecting = Connecting::new(Plan::new(&own(), &options(&["tcp://192.0.2.1:1883"], V5)));
    assert!(matches!(connecting.advance(start()), Step::Open(addresses) if addresses == [address()]));
}

/// Brings a connection to a phase, by the number of steps that are done before.
fn in_phase(steps: usize, servers: &[&str]) -> Connecting {
    let mut connecting = Connecting::new(Plan::new(&own(), &options(servers, MqttVersion::Default)));
    for step in 0..steps {
        match connecting.advance(start()) {
            Step::Resolve(..) if step + 1 < steps => connecting.resolved(Ok(vec![resolved()])),
            Step::Open(_) if step + 1 < steps => connecting.opened(Ok(address())),
            _ => {}
        }
    }
    connecting
}

/// Before the first step, during name resolution, TCP and handshakes, and while CONNACK is awaited.
#[test]
fn it_may_be_cancelled_in_every_phase() {
    for steps in 0..=3 {
        let mut connecting = in_phase(steps, &["a", "b"]);
        connecting.cancel();
        // What comes too late changes nothing.
        connecting.resolved(Ok(vec![resolved()]));
        connecting.opened(Ok(address()));
        connecting.answered(Ok(accepted()), None);
        let step = connecting.advance(start());
        assert!(matches!(step, Step::Over(Error::NotNow)), "{step:?} after {steps} steps");
        assert!(connecting.current().is_none());
    }
    // Between a failure and what comes next.
    let mut connecting = in_phase(1, &["a", "b"]);
    connecting.resolved(Err(io::ErrorKind::NotFound.into()));
    connecting.cancel();
    assert!(matches!(connecting.advance(start()), Step::Over(Error::NotNow)));
}

#[test]
fn only_what_was_asked_for_counts() {
    let mut connecting = in_phase(1, &["a"]);
    connecting.opened(Ok(address()));
    connecting.answered(Ok(accepted()), None);
    assert!(matches!(connecting.advance(start()), Step::Wait(_)));
    let mut connecting = in_phase(3, &["a"]);
    connecting.resolved(Err(io::ErrorKind::NotFound.into()));
    connecting.opened(Err(Error::TimedOut));
    assert!(matches!(connecting.advance(start()), Step::Wait(_)));
    connecting.answered(Ok(accepted()), None);
    assert!(matches!(connecting.advance(start()), Step::Up(_)));
}

/// Reconnecting, contract: every round walks the whole list, from the server used last, for as long as it takes.
#[test]
fn rounds_may_go_on_for_ever() {
    let mut simulation = Simulation::new(&options(&["a", "b"], V5));
    simulation.run(&[Fate::NotOpened(1), Fate::Accepted(1)]).unwrap();
    for round in 0..1000 {
        simulation.connecting.begin_round();
        (simulation.tried, simulation.failed) = (Vec::new(), 0);
        simulation.now = second(100 * round);
        let result = simulation.run(&[Fate::ServerIsSilent, Fate::Refused(1, 0x88)]);
        assert!(matches!(result, Err(Error::Refused(0x88))), "{result:?}");
        let at = simulation.seconds() - 1;
        assert_eq!(simulation.tried, [format!("b V5 at {}", at - 30), format!("a V5 at {at}")]);
    }
    simulation.connecting.begin_round();
    assert_eq!(simulation.run(&[Fate::Accepted(0)]).unwrap().server, Some(1));
}
