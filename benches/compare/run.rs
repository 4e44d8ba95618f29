//! One run: a bench program against a sink, both on the cores the workload asks for, with a deadline.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::Result;
use crate::certificate::CERTIFICATE;

/// Where the Makefile puts the bench programs.
pub const PROGRAMS: &str = "build/bench";
/// Where our libraries are, if not where the Makefile puts them: to compare two builds of ours.
const OURS: &str = "BENCH_OURS";

/// Where our library is.
pub fn ours() -> PathBuf {
    std::env::var_os(OURS).map_or_else(|| PathBuf::from("build/output"), PathBuf::from)
}

/// Whose code is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Peer {
    /// This project's library.
    Ours,
    /// The distribution's build of Eclipse Paho's.
    Original,
    /// The distribution's libmosquitto.
    Mosquitto,
    /// The socket alone, or OpenSSL on it.
    Raw,
    /// This project's library over plain TCP, with [`PLAIN`]: for what other transports cost.
    Plain,
}

/// What the issue measures WebSocket against: publishing 1 KiB over plain TCP.
const PLAIN: &str = "publish size=1024";

impl Peer {
    /// All of them, in the order of the table's columns.
    pub const ALL: [Self; 5] = [Self::Ours, Self::Original, Self::Mosquitto, Self::Raw, Self::Plain];

    /// What the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Original => "original",
            Self::Mosquitto => "libmosquitto",
            Self::Raw => "raw",
            Self::Plain => "ours, TCP",
        }
    }

    fn is_ours(self) -> bool {
        matches!(self, Self::Ours | Self::Plain)
    }

    fn program(self, api: Api, transport: Transport) -> &'static str {
        match (self, api, transport) {
            (Self::Mosquitto, ..) => "bench_mosquitto",
            (Self::Raw, ..) => "bench_raw",
            (_, Api::Client, Transport::Tls) => "bench_paho_tls",
            (_, Api::Async, Transport::Tls) => "bench_async_tls",
            (_, Api::Client, _) => "bench_paho",
            (_, Api::Async, _) => "bench_async",
        }
    }

    /// The command line that plays a workload, without the sink's port.
    pub fn command(self, api: Api, transport: Transport) -> Command {
        let mut command = Command::new(Path::new(PROGRAMS).join(self.program(api, transport)));
        command.env_remove("LD_LIBRARY_PATH").env_remove("LD_PRELOAD");
        if self.is_ours() {
            command.env("LD_LIBRARY_PATH", ours());
        }
        command
    }

    /// Whether there is something to measure. Ours may not be built yet; the others then compare all the same.
    pub fn is_there(self, api: Api, transport: Transport) -> bool {
        !self.is_ours() || ours().join(api.library(transport)).exists()
    }

    /// A measurement of the wrong library would look like a fine result.
    fn check_library(self, loaded: &str) -> std::result::Result<(), Failure> {
        let ours = ours().canonicalize().unwrap_or_else(|_| ours());
        let loaded = Path::new(loaded).canonicalize().unwrap_or_else(|_| PathBuf::from(loaded));
        if loaded.starts_with(ours) == self.is_ours() { Ok(()) } else { Err(Failure::WrongLibrary) }
    }
}

/// Which of Paho's APIs a workload is played on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// `MQTTClient_*`.
    Client,
    /// `MQTTAsync_*`.
    Async,
}

impl Api {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Client, Self::Async];

    fn library(self, transport: Transport) -> &'static str {
        match (self, transport) {
            (Self::Client, Transport::Tls) => "libpaho-mqtt3cs.so.1",
            (Self::Async, Transport::Tls) => "libpaho-mqtt3as.so.1",
            (Self::Client, _) => "libpaho-mqtt3c.so.1",
            (Self::Async, _) => "libpaho-mqtt3a.so.1",
        }
    }

    /// What a workload on this API is called.
    pub fn label(self, arguments: &str) -> String {
        match self {
            Self::Client => arguments.to_owned(),
            Self::Async => format!("async {arguments}"),
        }
    }
}

/// What a workload goes over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Plain TCP, unless a workload says otherwise.
    Tcp,
    /// `over=tls`
    Tls,
    /// `over=websocket`
    WebSocket,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Tls, Self::WebSocket];

    /// The one that a workload asks for.
    pub fn of(arguments: &str) -> Self {
        let named = arguments.split(' ').find_map(|word| word.strip_prefix("over="));
        named.map_or(Self::Tcp, Self::named)
    }

    /// The one of this name.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|transport| transport.name() == name).unwrap_or(Self::Tcp)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::WebSocket => "websocket",
        }
    }
}

/// Where client and sink run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// Both on one: a latency is then what the two execute, not where the scheduler puts them.
    One,
    /// The client on the first, the sink on the second.
    Two,
    /// The client on all, the sink on the second.
    All,
}

impl Cores {
    fn client(self) -> &'static str {
        if self == Self::All { "-1" } else { "0" }
    }

    fn sink(self) -> &'static str {
        if self == Self::One { "0" } else { "1" }
    }
}

/// How long and how often to measure.
#[derive(Clone, Copy)]
pub struct Effort {
    /// For the results.
    pub name: &'static str,
    /// Of one run, by the bench program's own clock.
    pub seconds: f64,
    /// Runs of each peer.
    pub rounds: usize,
    /// After which a run counts as hanging.
    pub deadline: Duration,
    /// How long many clients are watched while idle, in seconds: with luck, each has a ping to send.
    pub idle: u32,
    /// Whether the rows that take long (thousands of clients) are measured.
    pub thorough: bool,
}

impl Effort {
    /// `make bench`.
    pub const FULL: Self = Self {
        name: "full",
        seconds: 1.0,
        rounds: 5,
        deadline: Duration::from_secs(15),
        idle: 5,
        thorough: true,
    };
    /// `make bench-quick`: under a minute.
    pub const QUICK: Self = Self {
        name: "quick",
        seconds: 0.2,
        rounds: 1,
        deadline: Duration::from_secs(3),
        idle: 1,
        thorough: false,
    };
}

/// What a run reported, by name.
pub type Figures = BTreeMap<String, f64>;

/// Why there are no figures.
#[derive(Clone, Debug)]
pub enum Failure {
    /// No end within the deadline.
    Hangs,
    /// Ended by a signal.
    Crashes(i32),
    /// A call failed: which, and with what code.
    Fails(String),
    /// The loader took another library than the one to be measured.
    WrongLibrary,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hangs => f.write_str("hangs"),
            Self::Crashes(signal) => write!(f, "crashes ({signal})"),
            Self::Fails(_) => f.write_str("fails"),
            Self::WrongLibrary => f.write_str("wrong library"),
        }
    }
}

/// What one run gave.
pub type Outcome = std::result::Result<Figures, Failure>;

/// Keeps this thread, and every process it starts from now on, on one processor.
pub fn pin(cpu: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(cpu);
    Ok(sched_setaffinity(None, &set)?)
}

/// Thousands of clients need as many files in both processes.
pub fn prepare(peers: &[Peer], transports: &[Transport]) -> Result<()> {
    let apis = || transports.iter().flat_map(|&transport| Api::ALL.map(|api| (api, transport)));
    for (peer, (api, transport)) in peers.iter().flat_map(|peer| apis().map(move |api| (peer, api))) {
        let program = Path::new(PROGRAMS).join(peer.program(api, transport));
        if !program.exists() {
            return Err(format!("{} is missing: `make bench` builds it", program.display()).into());
        }
    }
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    Ok(())
}

/// The sink's process. Dropping it ends it.
pub struct Sink {
    child: Child,
    output: BufReader<ChildStdout>,
    port: String,
}

impl Sink {
    /// Starts one and waits until it listens.
    pub fn start(cores: Cores, transport: Transport) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["sink", cores.sink(), transport.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("the sink has no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let port = line.trim().strip_prefix("port ").ok_or("the sink did not start")?.to_owned();
        Ok(Self { child, output, port })
    }

    /// The argument that tells a bench program where it is.
    pub fn address(&self) -> String {
        format!("port={}", self.port)
    }

    /// Ends it and takes what it counted.
    pub fn finish(mut self) -> Result<Figures> {
        drop(self.child.stdin.take());
        let mut text = String::new();
        self.output.read_to_string(&mut text)?;
        self.child.wait()?;
        let mut figures = Figures::new();
        read_figures(&text, &mut figures);
        Ok(figures)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // After `finish` there is nobody left to kill, and both calls say so.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Plays one workload with one peer.
pub fn once(
    (peer, api): (Peer, Api),
    arguments: &str,
    cores: Cores,
    seconds: f64,
    deadline: Duration,
) -> Result<Outcome> {
    let arguments = if peer == Peer::Plain { PLAIN } else { arguments };
    let transport = Transport::of(arguments);
    let sink = Sink::start(cores, transport)?;
    let mut command = peer.command(api, transport);
    let words: Vec<&str> = arguments.split(' ').collect();
    if let Some(store) = words.iter().find_map(|word| word.strip_prefix("directory=")) {
        // What an earlier run has left is none of this one's.
        let _ = std::fs::remove_dir_all(store);
        std::fs::create_dir_all(store)?;
    }
    command.args(words);
    if transport == Transport::Tls {
        command.arg(format!("trust={CERTIFICATE}"));
    }
    command.args([sink.address(), format!("cpu={}", cores.client()), format!("seconds={seconds}")]);
    let outcome = attend(peer, command, deadline)?;
    let counted = sink.finish()?;
    Ok(outcome.map(|mut figures| {
        figures.extend(flood_rate(&counted).map(|rate| ("flood_rate".to_owned(), rate)));
        figures
    }))
}

/// The sink's word on how fast a flood came in, free of the moment it began.
fn flood_rate(counted: &Figures) -> Option<f64> {
    let counted = |name| counted.get(name).copied();
    let (publishes, first) = (counted("publishes")?, counted("first_batch")?);
    let nanoseconds = counted("flood_ns").filter(|time| *time > 0.0)?;
    Some((publishes - first) * 1e9 / nanoseconds)
}

/// Starts a bench program and waits for its end, up to the deadline.
pub fn attend(peer: Peer, mut command: Command, deadline: Duration) -> Result<Outcome> {
    use std::os::unix::process::ExitStatusExt;

    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut output = child.stdout.take().ok_or("no output")?;
    let (sender, receiver) = mpsc::channel();
    // Ends with the program, which ends by itself or is killed below.
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let result = output.read_to_string(&mut text).map(|_| text);
        // Nobody listens any more when the deadline is over.
        let _ = sender.send(result);
    });
    let text = receiver.recv_timeout(deadline);
    if text.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    let _ = reader.join();
    let Ok(text) = text else { return Ok(Err(Failure::Hangs)) };
    let text = text?;
    if let Some(signal) = status.signal() {
        return Ok(Err(Failure::Crashes(signal)));
    }
    let loaded = text.lines().find_map(|line| line.strip_prefix("library "));
    if let Some(Err(failure)) = loaded.map(|loaded| peer.check_library(loaded)) {
        return Ok(Err(failure));
    }
    let mut figures = Figures::new();
    read_figures(&text, &mut figures);
    if status.success() && figures.contains_key("done") {
        return Ok(Ok(figures));
    }
    let error = text.lines().find_map(|line| line.strip_prefix("error ")).unwrap_or("no reason given");
    Ok(Err(Failure::Fails(error.to_owned())))
}

fn read_figures(text: &str, figures: &mut Figures) {
    for (name, value) in text.lines().filter_map(|line| line.split_once(' ')) {
        if let Ok(value) = value.parse() {
            figures.insert(name.to_owned(), value);
        }
    }
}
