//! The state machine of connecting, together with what it asks of the network.
//!
//! Nothing here waits: a thread that calls waits for what is asked, or a worker comes back when it is there. To be
//! used without the client's lock: handshakes take time, and what layers are made of may call the application.

use super::connecting::{Connecting, Step};
use super::plan::{Plan, Try};
use super::report::ConnAckSeen;
use crate::client::options::Connected;
use crate::engine::resolver::{self, Lookup};
use crate::engine::{self, Connector, Interests, Pipe};
use crate::error::Error;
use crate::trace::Level;
use crate::transport::SocketFd;
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// A connection being made, and what is under way for it.
pub struct Dialing {
    connecting: Connecting,
    /// Called when there is an answer of the resolver's, on a thread of its own.
    wake: Arc<dyn Fn() + Send + Sync>,
    lookup: Option<Lookup>,
    connector: Option<Connector>,
    pipe: Option<Pipe>,
}

/// What is to be done next, or waited for.
pub enum Next {
    /// Call again when the resolver has answered, or at this time.
    WaitForAddresses(Instant),
    /// Call again when the socket is ready, or at this time.
    WaitForSocket(Arc<SocketFd>, Interests, Instant),
    /// Send CONNECT on this; tell [`Dialing::answered`] if that fails.
    SendConnect(Pipe),
    /// Tell [`Dialing::answered`] what the server says. Call again at this time.
    WaitForConnAck(Instant),
    /// Close what CONNECT was sent on, if there is anything, and call again.
    Failed,
    /// The server has accepted.
    Up(Connected),
    /// There will be no connection.
    Over(Error),
}

impl Dialing {
    /// Begins with the first server of the plan.
    pub fn new(plan: Plan, wake: Arc<dyn Fn() + Send + Sync>) -> Dialing {
        Dialing { connecting: Connecting::new(plan), wake, lookup: None, connector: None, pipe: None }
    }

    /// See [`Connecting::traced_at`].
    pub fn traced_at(self, level: Level) -> Dialing {
        Dialing { connecting: self.connecting.traced_at(level), ..self }
    }

    /// What is being tried, but between tries.
    pub fn current(&self) -> Option<&Try> {
        self.connecting.current()
    }

    /// Goes through the servers once more, from the one that was used last.
    #[cfg(feature = "async")]
    pub fn begin_round(&mut self) {
        self.drop_all();
        self.connecting.begin_round();
    }

    /// Why the last try has failed, for people.
    #[cfg(feature = "async")]
    pub fn failure(&self) -> Option<&str> {
        self.connecting.failure()
    }

    /// See [`Connecting::take_tls_failure`].
    pub fn take_tls_failure(&mut self) -> Option<String> {
        self.connecting.take_tls_failure()
    }

    /// See [`Connecting::tls_failed`].
    pub fn tls_failed(&mut self, reason: &str) {
        self.connecting.tls_failed(reason);
    }

    /// Whether the resolver has answered.
    pub fn has_addresses(&self) -> bool {
        self.lookup.as_ref().is_some_and(Lookup::has_answer)
    }

    /// Goes on as far as it can without waiting.
    pub fn advance(&mut self, now: Instant) -> Next {
        loop {
            if let Some(answer) = self.lookup.as_mut().and_then(Lookup::take_answer) {
                self.lookup = None;
                self.connecting.resolved(answer);
            }
            match self.connector.as_mut().map(|connector| connector.advance(now)) {
                None => {}
                Some(Ok(engine::Step::Wait(socket, interests, until))) => {
                    return Next::WaitForSocket(socket, interests, until);
                }
                Some(Ok(engine::Step::Connected(pipe, address))) => {
                    (self.connector, self.pipe) = (None, Some(pipe));
                    self.connecting.opened(Ok(address));
                }
                Some(Err(error)) => self.opening_failed(error.into()),
            }
            match self.connecting.advance(now) {
                Step::Resolve(host, port) => {
                    let wake = self.wake.clone();
                    match resolver::resolve(&host, port, move || wake()) {
                        Ok(lookup) => self.lookup = Some(lookup),
                        Err(error) => self.connecting.resolved(Err(error)),
                    }
                }
                Step::Open(addresses) => {
                    let layers = self.connecting.take_layers();
                    self.connector =
                        self.current().map(|current| Connector::new(addresses, layers, current.deadline));
                }
                Step::SendConnect => match self.pipe.take() {
                    Some(pipe) => return Next::SendConnect(pipe),
                    None => self.answered(Err(io::Error::from(io::ErrorKind::NotConnected).into()), None),
                },
                Step::Wait(until) if self.lookup.is_some() => return Next::WaitForAddresses(until),
                Step::Wait(until) => return Next::WaitForConnAck(until),
                Step::Failed => {
                    self.drop_all();
                    return Next::Failed;
                }
                Step::Up(connected) => return Next::Up(connected),
                Step::Over(error) => return Next::Over(error),
            }
        }
    }

    /// There will be no connection to any of the addresses.
    pub fn opening_failed(&mut self, error: Error) {
        self.connector = None;
        self.connecting.opened(Err(error));
    }

    /// See [`Connecting::answered`].
    pub fn answered(&mut self, answer: Result<ConnAckSeen, Error>, ended: Option<&str>) {
        self.connecting.answered(answer, ended);
    }

    /// Gives up.
    pub fn cancel(&mut self) {
        self.drop_all();
        self.connecting.cancel();
    }

    fn drop_all(&mut self) {
        (self.lookup, self.connector, self.pipe) = (None, None, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::link::testing::{options, own};
    use crate::client::options::MqttVersion;
    use crate::engine::{clock, wait_one};
    use crate::protocol::Version;
    use crate::protocol::packet::Properties;
    use std::net::TcpListener;
    use std::sync::mpsc;
    use std::time::Duration;

    /// Drives it to a pipe as a worker does: what it waits for is told, or the time comes.
    fn drive(dialing: &mut Dialing, woken: &mpsc::Receiver<()>) -> Next {
        loop {
            match dialing.advance(clock::now()) {
                Next::WaitForAddresses(until) => {
                    let _ = woken.recv_timeout(until.saturating_duration_since(clock::now()));
                }
                Next::WaitForSocket(socket, interests, until) => {
                    wait_one(&socket, interests, clock::now(), Some(until)).unwrap();
                }
                next => return next,
            }
        }
    }

    fn dialing(servers: &[&str]) -> (Dialing, mpsc::Receiver<()>) {
        let (sender, woken) = mpsc::channel();
        let plan = Plan::new(&own(), &options(servers, MqttVersion::Fixed(Version::V5)));
        (Dialing::new(plan, Arc::new(move || sender.send(()).unwrap_or_default())), woken)
    }

    #[test]
    fn it_goes_from_a_name_to_a_connection() {
        let refusing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("localhost:{}", listener.local_addr().unwrap().port());
        let (mut dialing, woken) = dialing(&[&refusing.to_string(), &uri]);
        assert!(matches!(drive(&mut dialing, &woken), Next::Failed));
        assert!(matches!(drive(&mut dialing, &woken), Next::SendConnect(_)));
        let until = dialing.current().unwrap().deadline;
        assert!(matches!(drive(&mut dialing, &woken), Next::WaitForConnAck(again) if again == until));
        let accepted = ConnAckSeen::Accepted { session_present: false, properties: Properties::default() };
        dialing.answered(Ok(accepted), None);
        assert!(matches!(drive(&mut dialing, &woken), Next::Up(Connected { server: Some(1), .. })));
    }

    /// The server sees the end of the connection at once.
    #[test]
    fn what_is_cancelled_is_dropped() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mut dialing, woken) = dialing(&[&listener.local_addr().unwrap().to_string()]);
        assert!(matches!(dialing.advance(clock::now()), Next::WaitForSocket(..) | Next::SendConnect(_)));
        dialing.cancel();
        assert!(matches!(drive(&mut dialing, &woken), Next::Over(Error::NotNow)));
        let (mut accepted, _) = listener.accept().unwrap();
        accepted.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        assert_eq!(std::io::Read::read(&mut accepted, &mut [0]).unwrap(), 0);
    }
}
