//! A broker whose connections do not live long: each is cut after a number of bytes that chance
//! chooses, wherever in a packet that is. What outlives them is the [`Session`], which is the test's.

use std::io::{self, BufReader, ErrorKind, Read, Take, Write, copy, sink};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use super::PATIENCE;
use super::scripted_broker::{Listener, ScriptedBroker};
use super::websocket::{Frame, Request, frame};
use super::wire::{CONNECT, Connect, DISCONNECT, PINGREQ, PINGRESP, Packet, connack};

/// One client's session, as the test wants it to be.
pub trait Session: Send + 'static {
    /// A connection begins; CONNACK is on its way.
    fn connected(&mut self, line: &mut Line);
    /// A packet came, other than those that every session answers alike.
    fn handle(&mut self, line: &mut Line, packet: &Packet);
    /// All bytes of an answer that [`Line::send_marked`] was given have left.
    fn answered(&mut self, _mark: usize) {}
}

/// How many bytes a connection lives on average, counted in one direction or in the other.
#[derive(Clone, Copy)]
pub struct Lives {
    pub received: u64,
    pub sent: u64,
}

/// A broker that runs until it is told to stop.
pub struct CuttingBroker<S> {
    broker: ScriptedBroker<(S, usize)>,
    over: Arc<AtomicBool>,
    scheme: &'static str,
}

impl Lives {
    /// None is cut.
    pub const ENDLESS: Lives = Lives { received: u64::MAX, sent: u64::MAX };

    /// How many bytes one connection may receive and send. Some end before they have really begun: in CONNECT, in CONNACK,
    /// in what is sent again first.
    pub(super) fn choose(self, chance: &mut Chance) -> (u64, u64) {
        let longest = |mean: u64, chance: &mut Chance| if chance.below(8) == 0 { 80 } else { 2 * mean };
        if self.received == u64::MAX {
            (u64::MAX, u64::MAX)
        } else if chance.below(2) == 0 {
            let longest = longest(self.received, chance);
            (chance.below(longest), u64::MAX)
        } else {
            let longest = longest(self.sent, chance);
            (u64::MAX, chance.below(longest))
        }
    }
}

impl<S: Session> CuttingBroker<S> {
    /// Starts it. The same seed gives the same lengths of connections.
    pub fn start(seed: u64, lives: Lives, session: S) -> Self {
        Self::start_for("tcp", seed, lives, session)
    }

    /// The same for clients that speak WebSocket, whose upgrade may be cut, too.
    pub fn start_with_websocket(seed: u64, lives: Lives, session: S) -> Self {
        Self::start_for("ws", seed, lives, session)
    }

    fn start_for(scheme: &'static str, seed: u64, lives: Lives, mut session: S) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let broker = ScriptedBroker::start(move |listener| {
            let cuts = serve(listener, &is_over, (Chance(seed), lives, scheme == "ws"), &mut session);
            (session, cuts)
        });
        Self { broker, over, scheme }
    }

    /// What a client gives to `MQTTClient_create`.
    pub fn uri(&self) -> String {
        self.broker.uri().replace("tcp", self.scheme)
    }

    /// Stops it; gives the session and the number of connections that were cut.
    pub fn finish(self) -> (S, usize) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes it. Where nobody listens any more, it has failed, and says so when joined.
        let _ = TcpStream::connect(self.broker.uri().trim_start_matches("tcp://"));
        self.broker.finish()
    }
}

fn serve(
    listener: &Listener,
    over: &AtomicBool,
    (mut chance, lives, is_websocket): (Chance, Lives, bool),
    session: &mut impl Session,
) -> usize {
    let (mut cuts, mut present) = (0, false);
    loop {
        let stream = listener.accept().into_stream();
        if over.load(Ordering::Relaxed) {
            return cuts;
        }
        let mut line = Line::new(stream, &mut chance, lives);
        line.is_websocket = is_websocket;
        if !line.upgrade() || !serve_connection(&mut line, &mut present, session) {
            cuts += 1;
            line.cut(chance.below(2) == 0);
        }
    }
}

/// Serves one connection. True: the client ended it in good order.
fn serve_connection(line: &mut Line, present: &mut bool, session: &mut impl Session) -> bool {
    loop {
        // Answers leave together, once all that has come is understood.
        if line.input.buffer().is_empty() && !line.flush(session) {
            return false;
        }
        let Some(packet) = line.next() else { return false };
        match packet.kind() {
            CONNECT => {
                let connect = Connect::parse(&packet.body).expect("a well-formed CONNECT");
                assert!(!connect.clean, "the session is to be kept");
                line.version = connect.version;
                line.send(&connack(connect.version, *present, 0));
                *present = true;
                session.connected(line);
            }
            PINGREQ => line.send(&Packet::new(PINGRESP << 4, [])),
            DISCONNECT => return true,
            _ => session.handle(line, &packet),
        }
    }
}

/// One connection, and how much of it is left.
pub struct Line {
    /// The protocol level of the client's CONNECT.
    pub version: u8,
    input: BufReader<Take<TcpStream>>,
    output: Vec<u8>,
    left: u64,
    is_websocket: bool,
    /// Which answers end where in `output`.
    marks: Vec<(usize, usize)>,
}

impl Line {
    fn new(stream: TcpStream, chance: &mut Chance, lives: Lives) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (received, sent) = lives.choose(chance);
        let input = BufReader::with_capacity(64 << 10, stream.take(received));
        Self { version: 4, input, output: Vec::new(), left: sent, is_websocket: false, marks: Vec::new() }
    }

    /// Sends a packet, together with others.
    pub fn send(&mut self, packet: &Packet) {
        let packet = packet.encode();
        self.output.extend(if self.is_websocket { frame(0x82, &packet) } else { packet });
    }

    /// Sends an answer; [`Session::answered`] will be told when it has left.
    pub fn send_marked(&mut self, packet: &Packet, mark: usize) {
        self.send(packet);
        self.marks.push((self.output.len(), mark));
    }

    /// False: this was the end, and perhaps not all of it was sent.
    fn flush(&mut self, session: &mut impl Session) -> bool {
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.output.len());
        let sent = self.input.get_mut().get_mut().write_all(&self.output[..length]).is_ok();
        for (end, mark) in self.marks.drain(..) {
            if sent && end <= length {
                session.answered(mark);
            }
        }
        let whole = length == self.output.len();
        self.left -= length as u64;
        self.output.clear();
        sent && whole
    }

    /// Agrees to an upgrade, if there is to be one. False: the connection has ended before.
    fn upgrade(&mut self) -> bool {
        if self.is_websocket {
            let Some(request) = self.until_end(Request::read) else { return false };
            self.output.extend(request.agreement().as_bytes());
        }
        true
    }

    /// The next packet; `None` where the connection ends.
    fn next(&mut self) -> Option<Packet> {
        if self.is_websocket {
            return self.until_end(Frame::read).map(|frame| frame.packet());
        }
        self.until_end(Packet::read)
    }

    fn until_end<T>(
        &mut self,
        read: impl FnOnce(&mut BufReader<Take<TcpStream>>) -> io::Result<Option<T>>,
    ) -> Option<T> {
        match read(&mut self.input) {
            Ok(read) => read,
            Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
                None
            }
            Err(error) => panic!("the client fell silent: {error}"),
        }
    }

    /// Ends the connection: with a reset, which overtakes what was sent, or with an end that comes after it.
    fn cut(self, reset: bool) {
        let mut stream = self.input.into_inner().into_inner();
        if reset {
            let _ = set_socket_linger(&stream, Some(Duration::ZERO));
        } else if stream.shutdown(Shutdown::Write).is_ok() {
            // To close with something unread would be a reset.
            let _ = copy(&mut stream, &mut sink());
        }
    }
}

/// Numbers that look random and are the same each time.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    /// One of 0 up to, and without, `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
