//! Instructions and system calls a message: figures that a busy machine does not change much.
//!
//! Each workload runs twice with fixed counts of messages, under callgrind and again under strace; the
//! difference of the two runs divided by the difference of the counts leaves start and end out. The figures
//! of our library are committed in `benches/counts.csv`; the comparison fails when one has grown.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Result;
use crate::report::{median, print_columns, short};
use crate::run::{self, Api, Cores, Peer, Sink, Transport};

const TABLE: &str = "benches/counts.csv";
/// Preloaded under callgrind: see benches/c/slow_clock.c.
const SLOW_CLOCK: &str = "slow_clock.so";
const HEADER: &str = "workload,instructions,syscalls,original instructions,original syscalls";

/// How much a figure may grow before the comparison fails.
const MOST_GROWTH: f64 = 1.1;
/// The same for system calls where two threads wait for one answer: which of them wakes up is chance.
const MOST_GROWTH_OF_A_RACE: f64 = 1.5;
/// What is below this is chance: how many messages a write happens to take.
const SLACK_INSTRUCTIONS: f64 = 10.0;
const SLACK_SYSCALLS: f64 = 0.05;
/// A figure that has grown is measured again so often, and the smallest counts: noise only adds.
const TRIES: usize = 3;

/// Of one run; the longest takes some seconds.
const DEADLINE: Duration = Duration::from_secs(60);

/// What is counted.
struct Counted {
    api: Api,
    arguments: &'static str,
    /// The two counts of messages.
    messages: [u32; 2],
    /// Whether the original can be counted in bearable time: some of its calls take 100 ms.
    original: bool,
}

impl Counted {
    /// What it is called.
    fn label(&self) -> String {
        self.api.label(self.arguments)
    }

    /// An exchange in callback mode: the calling thread and a worker.
    fn is_race(&self) -> bool {
        self.messages != FLOOD && self.arguments.contains("callbacks=1")
    }

    /// Not in a flood with a window, whose publisher and worker share a lock and a processor: where each call takes
    /// as long as under strace they take turns with every message, or they do not. The same binary was seen to
    /// take 0.05 and 5 calls a message so, and 0.13 without strace. Its instructions hold still.
    fn counts_syscalls(&self) -> bool {
        !self.arguments.contains("window=")
    }
}

const FLOOD: [u32; 2] = [20_000, 100_000];

const fn flood(arguments: &'static str) -> Counted {
    Counted { api: Api::Client, arguments, messages: FLOOD, original: true }
}

const fn exchange(arguments: &'static str, original: bool) -> Counted {
    Counted { api: Api::Client, arguments, messages: [500, 2_500], original }
}

const fn asynchronous(counted: Counted) -> Counted {
    Counted { api: Api::Async, ..counted }
}

const COUNTED: &[Counted] = &[
    flood("publish size=64"),
    flood("publish size=1024"),
    flood("publish size=64 callbacks=1"),
    Counted { original: false, ..flood("pipeline qos=1 callbacks=1 window=900") },
    Counted { original: false, ..flood("pipeline qos=2 callbacks=1 window=900") },
    flood("receive"),
    flood("receive callbacks=1"),
    flood("receive callbacks=1 size=1024"),
    flood("receive callbacks=1 qos=1"),
    exchange("complete qos=1", false),
    exchange("complete qos=2", false),
    exchange("complete qos=1 callbacks=1", false),
    exchange("echo", true),
    exchange("echo callbacks=1", true),
    exchange("echo qos=1 callbacks=1", false),
    Counted { messages: [100, 400], ..exchange("connect", false) },
    asynchronous(flood("publish size=64 callbacks=1")),
    asynchronous(Counted { original: false, ..flood("pipeline qos=0 callbacks=1 window=900") }),
    asynchronous(Counted { original: false, ..flood("pipeline qos=1 callbacks=1 window=900") }),
    asynchronous(Counted { original: false, ..flood("pipeline qos=2 callbacks=1 window=900") }),
    asynchronous(flood("receive callbacks=1")),
    asynchronous(exchange("echo callbacks=1", true)),
];

/// Both figures of one workload, a message.
#[derive(Clone, Copy)]
struct Counts {
    instructions: f64,
    /// `None`: not counted.
    syscalls: Option<f64>,
}

impl Counts {
    fn least(self, other: Self) -> Self {
        Self {
            instructions: self.instructions.min(other.instructions),
            syscalls: self.syscalls.zip(other.syscalls).map(|(one, other)| one.min(other)),
        }
    }

    /// Each figure's median.
    fn middle(tries: &[Self]) -> Option<Self> {
        Some(Self {
            instructions: median(tries.iter().map(|counts| counts.instructions).collect())?,
            syscalls: median(tries.iter().filter_map(|counts| counts.syscalls).collect()),
        })
    }

    fn has_grown(self, since: Self, counted: &Counted) -> bool {
        let most = if counted.is_race() { MOST_GROWTH_OF_A_RACE } else { MOST_GROWTH };
        self.instructions > (since.instructions * MOST_GROWTH).max(since.instructions + SLACK_INSTRUCTIONS)
            || self
                .syscalls
                .zip(since.syscalls)
                .is_some_and(|(now, since)| now > (since * most).max(since + SLACK_SYSCALLS))
    }
}

/// Measures ours and compares with the committed table: false when a figure has grown. Only workloads that contain
/// `only`.
pub fn compare(only: &str) -> Result<bool> {
    prepare()?;
    let committed = read_table()?;
    let mut kept = true;
    let heading = ["", "instructions", "committed", "syscalls", "committed", ""];
    let mut lines = vec![heading.map(str::to_owned)];
    for counted in COUNTED.iter().filter(|counted| counted.label().contains(only)) {
        let then = committed.get(&counted.label()).copied();
        let mut now = measure(Peer::Ours, counted)?;
        for _ in 1..TRIES {
            if then.is_some_and(|then| now.has_grown(then, counted)) {
                now = now.least(measure(Peer::Ours, counted)?);
            }
        }
        let verdict = match then {
            None => "not in the table",
            Some(then) if now.has_grown(then, counted) => "GROWN",
            Some(_) => "",
        };
        kept &= verdict.is_empty();
        let shown = |figure: Option<f64>| figure.map(short).unwrap_or_default();
        lines.push([
            counted.label(),
            short(now.instructions),
            shown(then.map(|then| then.instructions)),
            shown(now.syscalls),
            shown(then.and_then(|then| then.syscalls)),
            verdict.to_owned(),
        ]);
    }
    println!("\nA message of ours takes:\n");
    print_columns(&lines);
    if !kept {
        println!(
            "\nIf that is meant, `make bench-counts-update` writes a new {TABLE}; say why in the commit."
        );
    }
    Ok(kept)
}

/// Measures both libraries and writes the table: the lines of workloads that contain `only`, the others stay.
pub fn update(only: &str) -> Result<bool> {
    prepare()?;
    let committed = fs::read_to_string(TABLE)?;
    let mut table = format!("{HEADER}\n");
    for counted in COUNTED {
        let begin = format!("{},", counted.label());
        let kept = committed.lines().find(|line| line.starts_with(&begin));
        if let Some(line) = kept.filter(|_| !counted.label().contains(only)) {
            writeln!(table, "{line}")?;
            continue;
        }
        eprintln!("{}", counted.label());
        let tries = (0..TRIES).map(|_| measure(Peer::Ours, counted)).collect::<Result<Vec<_>>>()?;
        let ours = Counts::middle(&tries).ok_or("no try")?;
        write!(table, "{},{:.0},{},", counted.label(), ours.instructions, cell(ours.syscalls))?;
        if counted.original {
            let original = measure(Peer::Original, counted)?;
            writeln!(table, "{:.0},{}", original.instructions, cell(original.syscalls))?;
        } else {
            writeln!(table, ",")?;
        }
    }
    fs::write(TABLE, table)?;
    Ok(true)
}

fn cell(figure: Option<f64>) -> String {
    figure.map(|figure| format!("{figure:.3}")).unwrap_or_default()
}

fn prepare() -> Result<()> {
    run::prepare(&[Peer::Ours, Peer::Original], &[Transport::Tcp])?;
    // Everything on one processor, the tools too: who waits for whom is then nearly the same in each run.
    run::pin(0)?;
    if Api::ALL.iter().any(|&api| !Peer::Ours.is_there(api, Transport::Tcp)) {
        return Err(format!("no libraries in {}: `make` builds them", run::ours().display()).into());
    }
    Ok(())
}

fn read_table() -> Result<BTreeMap<String, Counts>> {
    let mut table = BTreeMap::new();
    for line in fs::read_to_string(TABLE)?.lines().skip(1) {
        let mut cells = line.split(',');
        let mut cell = || cells.next().ok_or_else(|| format!("{TABLE}: a cell is missing in: {line}"));
        let arguments = cell()?.to_owned();
        let (instructions, syscalls) = (cell()?.parse()?, cell()?);
        let syscalls = if syscalls.is_empty() { None } else { Some(syscalls.parse()?) };
        table.insert(arguments, Counts { instructions, syscalls });
    }
    Ok(table)
}

fn measure(peer: Peer, counted: &Counted) -> Result<Counts> {
    // The original takes ten times as long for as many.
    let share = if peer == Peer::Original { 10 } else { 1 };
    let [few, many] = counted.messages.map(|messages| messages / share);
    let messages = f64::from(many - few);
    let instructions = count_instructions(peer, counted, many)? - count_instructions(peer, counted, few)?;
    let syscalls = if counted.counts_syscalls() {
        let calls = count_syscalls(peer, counted, many)? - count_syscalls(peer, counted, few)?;
        Some(calls / messages)
    } else {
        None
    };
    Ok(Counts { instructions: instructions / messages, syscalls })
}

/// Callgrind's total for one run.
fn count_instructions(peer: Peer, counted: &Counted, messages: u32) -> Result<f64> {
    let file = format!("{}/callgrind.out", run::PROGRAMS);
    let mut callgrind = Command::new("valgrind");
    callgrind.args(["--tool=callgrind", "--quiet", &format!("--callgrind-out-file={file}")]);
    callgrind.env("LD_PRELOAD", Path::new(run::PROGRAMS).join(SLOW_CLOCK).canonicalize()?);
    play(peer, callgrind, counted, messages)?;
    let profile = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    let total =
        profile.lines().find_map(|line| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")));
    Ok(total.ok_or("callgrind gave no total")?.trim().parse()?)
}

/// Strace's total for one run, all threads together.
fn count_syscalls(peer: Peer, counted: &Counted, messages: u32) -> Result<f64> {
    let file = format!("{}/strace.out", run::PROGRAMS);
    let mut strace = Command::new("strace");
    // A lock that spins yields; how often says more about strace than about the lock.
    strace.args(["-f", "-c", "-U", "calls,name", "-e", "trace=!sched_yield", "-o", &file]);
    play(peer, strace, counted, messages)?;
    let summary = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    let total = summary.lines().find_map(|line| line.trim().strip_suffix(" total"));
    Ok(total.ok_or("strace gave no total")?.trim().parse()?)
}

/// One run of a bench program under `tool`.
fn play(peer: Peer, mut tool: Command, counted: &Counted, messages: u32) -> Result<()> {
    let sink = Sink::start(Cores::One, Transport::Tcp)?;
    let program = peer.command(counted.api, Transport::Tcp);
    // The tool passes its environment on.
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => tool.env(name, value),
            None if name == "LD_PRELOAD" => continue,
            None => tool.env_remove(name),
        };
    }
    tool.arg(program.get_program()).args(counted.arguments.split(' '));
    tool.args([sink.address(), format!("count={messages}"), "cpu=0".to_owned()]);
    let name = tool.get_program().to_string_lossy().into_owned();
    let outcome = run::attend(peer, tool, DEADLINE).map_err(|error| format!("{name}: {error}"))?;
    sink.finish()?;
    outcome.map_err(|failure| format!("{}, {} under {name}: {failure:?}", peer.name(), counted.label()))?;
    Ok(())
}
