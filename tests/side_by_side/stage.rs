//! Plays a scenario: one client program under one library, one broker that follows a script, and the
//! trace of both: what the calls returned, what the callbacks were told, what went over the wire; and, if
//! the scenario says so, what the library's own trace has of it.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::rc::Rc;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::PATIENCE;
use crate::support::files::Scratch;
use crate::support::library::Library;
use crate::support::program::Program;
use crate::support::scripted_broker::{Arrival, Listener, Peer, ScriptedBroker, bytes};
use crate::support::wire::{
    CONNECT, Connect, Fields, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Packet, connack,
};

/// How long a script waits for what may never come, because one of the libraries does not send it.
const TURN: Duration = Duration::from_secs(20);

/// How often it is looked whether the client is at rest.
const GLANCE: Duration = Duration::from_millis(10);

/// What the broker does. `None`: the client has left the script; the trace tells where.
type Script = Box<dyn Fn(&Table<'_>) -> Option<()> + Send + Sync>;

/// A dialogue.
pub struct Scenario {
    /// By which the list of differences refers to it.
    pub name: String,
    /// The client: a program of `tests/c`.
    client: &'static str,
    /// The client's part: commands of that program.
    commands: Vec<String>,
    /// The broker's part.
    script: Script,
    /// Whether the library's own trace of the protocol is compared, too.
    traced: bool,
}

/// Describes a scenario; `commands` are separated by semicolons.
pub fn scenario(
    name: impl Into<String>,
    commands: &str,
    script: impl Fn(&Table<'_>) -> Option<()> + Send + Sync + 'static,
) -> Scenario {
    let commands = commands.split(';').map(|command| command.trim().to_owned()).collect();
    Scenario { name: name.into(), commands, script: Box::new(script), client: "side_client", traced: false }
}

impl Scenario {
    /// Has another program play the client.
    pub fn played_by(self, client: &'static str) -> Self {
        Self { client, ..self }
    }

    /// Has the lines of the library's trace compared, too, without their times and socket numbers.
    pub fn traced(self) -> Self {
        Self { traced: true, ..self }
    }

    /// Plays it with one library, and gives the trace: lines of the calls, then of the callbacks, then of
    /// the wire. How the three interleave is a matter of threads, not of behaviour.
    pub fn play(self: &Arc<Self>, library: Library) -> Vec<String> {
        let (signal, signals) = mpsc::channel();
        let (stay, leave) = mpsc::channel::<()>();
        let scenario = Arc::clone(self);
        let process = Arc::new(OnceLock::new());
        let client = Client(Arc::clone(&process));
        let broker = ScriptedBroker::start(move |listener| {
            let table = Table { listener, log: Rc::default(), seats: RefCell::default(), signal, client };
            // The trace shows how far the script came.
            let _ = (scenario.script)(&table);
            let log = table.log.take();
            drop(table);
            // The door stays open as long as the client is there.
            let _ = leave.recv();
            log
        });
        let program = Program::compile(&format!("tests/c/{}.c", self.client));
        let files = Scratch::new();
        let file = files.file("trace");
        // The client's stores are its own: it runs in an empty directory.
        let place = [OsStr::new("env"), OsStr::new("-C"), files.path().as_os_str()];
        let run = program.with(library).launched_by(&place);
        let mut run = run.arguments(&[broker.uri()]).arguments(&self.commands);
        if self.traced {
            run = run.environment("MQTT_C_CLIENT_TRACE", file.to_str().unwrap());
            run = run.environment("MQTT_C_CLIENT_TRACE_LEVEL", "PROTOCOL");
        }
        let mut client = run.start();
        process.set(client.id()).expect("one client");
        let waits = self.commands.iter().filter(|command| *command == "go").count();
        for told in signals.into_iter().take(waits) {
            client.write("go\n");
            // Whoever waits for it may be gone.
            let _ = told.send(());
        }
        let finished = client.finish();
        drop(stay);
        let wire = broker.finish();
        let output = finished.stdout;
        let of = |kind: &'static str| output.lines().filter(move |line| line.starts_with(kind));
        let told: Vec<&str> = of("call ").chain(of("back ")).chain(of("apart ")).collect();
        assert_eq!(told.len(), output.lines().count(), "{output}");
        let mut trace: Vec<String> = told.into_iter().map(str::to_owned).chain(wire).collect();
        trace.extend(traced(&fs::read(file).unwrap_or_default()));
        if !finished.status.success() {
            trace.push(format!("program: {}: {}", finished.status, finished.stderr.trim()));
        }
        trace
    }
}

/// The lines of a trace after its header, without what differs from run to run.
fn traced(file: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(file);
    let stamped = text.lines().filter(|line| line.starts_with('2') && line.len() > 20);
    let lines = stamped.map(|line| {
        let words = line.split(' ').skip(2).enumerate().map(|(place, word)| {
            // A socket's number comes first, or after this word.
            match word {
                _ if place == 0 && word.parse::<u32>().is_ok() => "S",
                _ if word.starts_with("127.0.0.1:") => "HOST:",
                _ => word,
            }
        });
        let text = words.collect::<Vec<_>>().join(" ");
        match text.split_once(" on socket ") {
            Some((before, after)) => {
                let number = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
                format!("trace: {before} on socket S{}", &after[number..])
            }
            None => format!("trace: {text}"),
        }
    });
    lines.collect()
}

/// The client's process, once there is one.
#[derive(Clone)]
struct Client(Arc<OnceLock<u32>>);

impl Client {
    /// Whether all its threads sleep. On a busy machine one that has something to do may wait for a processor, for
    /// longer than any script does; then what it is about to do is still to come.
    fn is_at_rest(&self) -> bool {
        let Some(process) = self.0.get() else { return false };
        let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return true };
        threads.flatten().all(|thread| {
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            // The state follows the name, which is in parentheses.
            stat.rsplit_once(") ").is_none_or(|(_, rest)| !rest.starts_with(['R', 'D']))
        })
    }

    /// Waits until it is at rest; gives up where it never is.
    fn settle(&self) {
        let give_up = Instant::now() + TURN;
        while !self.is_at_rest() && Instant::now() < give_up {
            thread::sleep(GLANCE);
        }
    }
}

/// The broker's side of a scenario.
pub struct Table<'a> {
    listener: &'a Listener,
    log: Rc<RefCell<Vec<String>>>,
    seats: RefCell<usize>,
    signal: Sender<Sender<()>>,
    client: Client,
}

impl Table<'_> {
    /// Gives the connections to come so small a buffer that a client soon waits for the broker to read.
    pub fn narrow(&self) {
        self.listener.narrow();
    }

    /// Takes the next connection.
    pub fn accept(&self) -> Option<Seat> {
        let Some(peer) = self.listener.accept_within(TURN) else {
            self.log.borrow_mut().push("wire: nobody came".into());
            return None;
        };
        Some(self.seat(peer))
    }

    fn seat(&self, peer: Peer) -> Seat {
        *self.seats.borrow_mut() += 1;
        let (log, client) = (Rc::clone(&self.log), self.client.clone());
        Seat { peer, number: *self.seats.borrow(), log, client }
    }

    /// Welcomes a client that may come in this time.
    pub fn welcome_within(&self, time: Duration) -> Option<Seat> {
        let mut seat = self.seat(self.listener.accept_within(time)?);
        let packet = seat.take(CONNECT)?;
        seat.peer.version = Connect::parse(&packet.body)?.version;
        seat.peer.send_packet(&connack(seat.peer.version, false, 0));
        Some(seat)
    }

    /// Takes the next connection and its CONNECT.
    pub fn greet(&self) -> Option<Seat> {
        let mut seat = self.accept()?;
        let packet = seat.take(CONNECT)?;
        seat.peer.version = Connect::parse(&packet.body)?.version;
        Some(seat)
    }

    /// Takes the next connection, and says that all is well.
    pub fn welcome(&self) -> Option<Seat> {
        self.welcome_with(false)
    }

    /// The same, with a session that is there or not.
    pub fn welcome_with(&self, session_present: bool) -> Option<Seat> {
        let mut seat = self.greet()?;
        seat.peer.send_packet(&connack(seat.peer.version, session_present, 0));
        Some(seat)
    }

    /// Lets time pass in which the client is on its own, and the server does not even read.
    pub fn pause(&self, time: Duration) {
        thread::sleep(time);
        self.client.settle();
    }

    /// Lets the client's command `go` return, if it has one.
    pub fn go(&self) {
        let (told, is_told) = mpsc::channel();
        let _ = self.signal.send(told);
        let _ = is_told.recv();
    }
}

/// One connection. All that arrives is written down.
pub struct Seat {
    pub peer: Peer,
    number: usize,
    log: Rc<RefCell<Vec<String>>>,
    client: Client,
}

impl Seat {
    fn note(&self, what: &str) {
        self.log.borrow_mut().push(format!("wire {}: {what}", self.number));
    }

    fn next(&mut self, time: Duration) -> Arrival {
        let arrival = self.peer.next(time);
        self.note_arrival(&arrival);
        arrival
    }

    fn note_arrival(&self, arrival: &Arrival) {
        match arrival {
            Arrival::Packet(packet) => self.note(&shown(packet)),
            Arrival::End => self.note("end"),
            Arrival::Nothing => {}
        }
    }

    /// Waits for a packet of this type; others may come before it.
    pub fn take(&mut self, kind: u8) -> Option<Packet> {
        loop {
            match self.next(TURN) {
                Arrival::Packet(packet) if packet.kind() == kind => return Some(packet),
                Arrival::Packet(_) => {}
                Arrival::End => return None,
                Arrival::Nothing => {
                    self.note("silence");
                    return None;
                }
            }
        }
    }

    /// Takes the next packet in pieces of at most this size, with pauses.
    pub fn sip(&mut self, size: usize) -> Option<Packet> {
        let arrival = self.peer.next_in_pieces(TURN, size);
        self.note_arrival(&arrival);
        match arrival {
            Arrival::Packet(packet) => Some(packet),
            Arrival::End => None,
            Arrival::Nothing => {
                self.note("silence");
                None
            }
        }
    }

    /// Waits until the client cannot write any more, because nobody reads.
    pub fn fill(&mut self) -> Option<()> {
        if self.peer.fills_within(TURN) {
            return Some(());
        }
        self.note("not full");
        None
    }

    /// Acknowledges each message that comes, until the connection ends.
    pub fn serve(mut self) {
        loop {
            match self.next(TURN) {
                Arrival::Packet(packet) => {
                    if let Some(answer) = acknowledgement_of(&packet) {
                        self.peer.send_packet(&answer);
                    }
                }
                Arrival::End => return,
                Arrival::Nothing => return self.note("silence"),
            }
        }
    }

    /// Acknowledges each message that comes, until nothing has come for so long from a client at rest. `None`: the
    /// connection has ended.
    pub fn serve_for(&mut self, time: Duration) -> Option<()> {
        let give_up = Instant::now() + TURN;
        loop {
            match self.next(time) {
                Arrival::Packet(packet) => {
                    if let Some(answer) = acknowledgement_of(&packet) {
                        self.peer.send_packet(&answer);
                    }
                }
                Arrival::End => return None,
                Arrival::Nothing if self.client.is_at_rest() || Instant::now() > give_up => return Some(()),
                Arrival::Nothing => {}
            }
        }
    }

    /// Sends bytes written as `20 02 0000`.
    pub fn send(&mut self, hex: &str) {
        self.peer.send_hex(hex);
    }

    /// Waits for a packet, and answers it.
    pub fn answer(&mut self, kind: u8, hex: &str) -> Option<()> {
        self.take(kind)?;
        self.send(hex);
        Some(())
    }

    /// Takes what comes in this time, and until the client is at rest. `None`: the connection has ended.
    pub fn watch(&mut self, time: Duration) -> Option<()> {
        let end = Instant::now() + time;
        let give_up = end + TURN;
        loop {
            match self.next(end.saturating_duration_since(Instant::now()).max(GLANCE)) {
                Arrival::Nothing if Instant::now() < end => {}
                Arrival::Nothing if self.client.is_at_rest() || Instant::now() > give_up => return Some(()),
                Arrival::Nothing | Arrival::Packet(_) => {}
                Arrival::End => return None,
            }
        }
    }

    /// Takes what comes until the connection ends.
    pub fn rest(mut self) {
        if self.watch(PATIENCE / 2).is_some() {
            self.note("still open");
        }
    }

    /// Reads so many bytes, which may be a part of a packet, and ends the connection with a reset.
    pub fn cut_after(mut self, count: usize) {
        self.peer.skip(count);
        self.peer.reset();
    }

    /// Ends the connection.
    pub fn close(self) {
        self.peer.close();
    }
}

/// The bytes of a packet: its first byte, and all after the remaining length.
pub fn packet(first: &str, body: &str) -> String {
    format!("{first} {}", counted(body))
}

/// These bytes after their number: a property list, or all of a packet that follows its first byte.
pub fn counted(hex: &str) -> String {
    let length = bytes(hex).len();
    assert!(length < 1 << 14, "{length} bytes");
    if length < 1 << 7 {
        format!("{length:02x} {hex}")
    } else {
        format!("{:02x} {:02x} {hex}", length & 0x7f | 0x80, length >> 7)
    }
}

/// What a server says to a message, or to the second step of one of QoS 2.
fn acknowledgement_of(packet: &Packet) -> Option<Packet> {
    let kind = match (packet.kind(), packet.qos()) {
        (PUBLISH, 1) => PUBACK,
        (PUBLISH, 2) => PUBREC,
        (PUBREL, _) => PUBCOMP,
        _ => return None,
    };
    // The identifier follows the topic; and so it does in MQTT 5.
    let mut fields = Fields(&packet.body);
    if packet.kind() == PUBLISH {
        fields.text()?;
    }
    Some(Packet::new(kind << 4, fields.integer()?.to_be_bytes()))
}

/// A packet in words and digits; of long ones only the beginning, and a number that depends on each byte.
fn shown(packet: &Packet) -> String {
    const NAMES: [&str; 16] = [
        "0",
        "CONNECT",
        "CONNACK",
        "PUBLISH",
        "PUBACK",
        "PUBREC",
        "PUBREL",
        "PUBCOMP",
        "SUBSCRIBE",
        "SUBACK",
        "UNSUBSCRIBE",
        "UNSUBACK",
        "PINGREQ",
        "PINGRESP",
        "DISCONNECT",
        "AUTH",
    ];
    let mut text = format!("{} {:02x} ", NAMES[usize::from(packet.kind())], packet.first);
    for byte in packet.body.iter().take(60) {
        write!(text, "{byte:02x}").unwrap();
    }
    if packet.body.len() > 60 {
        let mut sum = DefaultHasher::new();
        sum.write(&packet.body);
        write!(text, "... {} bytes, sum {:016x}", packet.body.len(), sum.finish()).unwrap();
    }
    text.trim_end().to_owned()
}
