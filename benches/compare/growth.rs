//! How cost grows with the number of messages in flight and of clients in one process.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::Result;
use crate::report::{median, outcome_to_json, print_columns, short};
use crate::run::{self, Api, Cores, Effort, Outcome, Peer, Transport};

/// One quantity that is turned up.
struct Growth {
    /// What is turned up.
    title: &'static str,
    /// The words after the program's name, for a given number.
    arguments: fn(u32, Effort) -> String,
    api: Api,
    cores: Cores,
    numbers: &'static [u32],
    followed: &'static [Followed],
    /// Of a thorough effort: rates need a median, a latency is one.
    rounds: usize,
    curves: &'static [Curve],
}

impl Growth {
    fn can_be_played_by(&self, peer: Peer) -> bool {
        peer.is_there(self.api, Transport::of(&(self.arguments)(1, Effort::QUICK)))
    }
}

/// How far a peer is followed: beyond, it would take minutes to say what is known.
struct Followed {
    peer: Peer,
    thorough: u32,
    quick: u32,
}

const fn followed(peer: Peer, thorough: u32, quick: u32) -> Followed {
    Followed { peer, thorough, quick }
}

/// One figure as a function of that number.
struct Curve {
    title: &'static str,
    figure: &'static str,
    unit: Unit,
}

enum Unit {
    /// Cost is the inverse of this rate; shown against the same peer at the first number.
    Rate,
    /// Cost itself; shown against the same peer at the first number.
    Cost,
    /// Bytes a client, shown as they are: there is a limit to them, 4 KiB, over TLS 12 KiB.
    Bytes,
    /// Shown as it is.
    Percent,
}

/// The original takes 0.3 s to connect one in callback mode; libmosquitto's select() ends at some 340.
const CLIENTS: &[Followed] = &[
    followed(Peer::Ours, 5_000, 100),
    followed(Peer::Original, 100, 1),
    followed(Peer::Mosquitto, 1_000, 100),
];

/// The original's asynchronous library takes thousands.
const ASYNC_CLIENTS: &[Followed] = &[followed(Peer::Ours, 5_000, 100), followed(Peer::Original, 1_000, 10)];

/// Each has a handshake of its own.
const TLS_CLIENTS: &[Followed] = &[followed(Peer::Ours, 1_000, 100), followed(Peer::Original, 100, 1)];

const LATENCY: &[Curve] = &[
    Curve { title: "echo latency of the one", figure: "p50_us", unit: Unit::Cost },
    Curve { title: "connecting one more", figure: "connect_us", unit: Unit::Cost },
    Curve { title: "memory of each, bytes", figure: "memory_bytes", unit: Unit::Bytes },
    Curve {
        title: "idle CPU, % of a core (keep alive 5 s)",
        figure: "idle_cpu_percent",
        unit: Unit::Percent,
    },
];

const FLOOD: &[Curve] = &[
    Curve { title: "cost of a QoS 0 publish, round robin", figure: "flood_rate", unit: Unit::Rate },
    Curve { title: "cost of a message received", figure: "rate", unit: Unit::Rate },
];

/// A run of more than this is not repeated.
const LONG_RUN: Duration = Duration::from_secs(10);

const GROWTHS: &[Growth] = &[
    Growth {
        title: "messages in flight",
        // The sink holds back so many acknowledgements; 256 more may be under way.
        arguments: |number, _| format!("pipeline qos=1 callbacks=1 hold={number} window={}", number + 256),
        api: Api::Client,
        cores: Cores::Two,
        numbers: &[1, 100, 10_000, 60_000],
        followed: &[
            followed(Peer::Ours, 60_000, 60_000),
            followed(Peer::Original, 60_000, 10_000),
            followed(Peer::Mosquitto, 60_000, 10_000),
        ],
        rounds: 3,
        curves: &[Curve { title: "cost of a QoS 1 publish", figure: "rate", unit: Unit::Rate }],
    },
    Growth {
        title: "clients in one process, all but one idle",
        arguments: |number, effort| format!("many-latency clients={number} keepalive=5 idle={}", effort.idle),
        api: Api::Client,
        cores: Cores::One,
        numbers: &[1, 10, 100, 1_000, 5_000],
        followed: CLIENTS,
        rounds: 1,
        curves: LATENCY,
    },
    Growth {
        title: "clients in one process, all busy",
        arguments: |number, _| format!("many-flood clients={number}"),
        api: Api::Client,
        cores: Cores::Two,
        numbers: &[1, 10, 100, 1_000, 5_000],
        followed: CLIENTS,
        rounds: 3,
        curves: FLOOD,
    },
    Growth {
        title: "messages in flight, MQTTAsync",
        arguments: |number, _| format!("pipeline qos=1 callbacks=1 hold={number} window={}", number + 256),
        api: Api::Async,
        cores: Cores::Two,
        numbers: &[1, 100, 10_000, 60_000],
        followed: &[followed(Peer::Ours, 60_000, 60_000), followed(Peer::Original, 60_000, 100)],
        rounds: 3,
        curves: &[Curve { title: "cost of a QoS 1 publish", figure: "rate", unit: Unit::Rate }],
    },
    Growth {
        title: "messages that wait for a connection, MQTTAsync",
        arguments: |number, effort| format!("offline offline=1 count={number} idle={}", effort.idle),
        api: Api::Async,
        cores: Cores::Two,
        numbers: &[1_000, 10_000, 60_000, 180_000],
        followed: &[followed(Peer::Ours, 180_000, 180_000), followed(Peer::Original, 60_000, 1_000)],
        rounds: 3,
        curves: &[
            Curve { title: "cost of queueing one", figure: "queue_rate", unit: Unit::Rate },
            Curve { title: "cost of sending one, once connected", figure: "rate", unit: Unit::Rate },
            Curve { title: "idle CPU, % of a core", figure: "idle_cpu_percent", unit: Unit::Percent },
        ],
    },
    Growth {
        title: "clients in one process, all but one idle, MQTTAsync",
        arguments: |number, effort| format!("many-latency clients={number} keepalive=5 idle={}", effort.idle),
        api: Api::Async,
        cores: Cores::One,
        numbers: &[1, 10, 100, 1_000, 5_000],
        followed: ASYNC_CLIENTS,
        rounds: 1,
        curves: LATENCY,
    },
    Growth {
        title: "clients in one process, all busy, MQTTAsync",
        arguments: |number, _| format!("many-flood clients={number}"),
        api: Api::Async,
        cores: Cores::Two,
        numbers: &[1, 10, 100, 1_000, 5_000],
        followed: ASYNC_CLIENTS,
        rounds: 3,
        curves: FLOOD,
    },
    Growth {
        title: "clients over TLS in one process, all but one idle",
        arguments: |number, effort| {
            format!("many-latency over=tls clients={number} keepalive=5 idle={}", effort.idle)
        },
        api: Api::Client,
        cores: Cores::One,
        numbers: &[1, 10, 100, 1_000],
        followed: TLS_CLIENTS,
        rounds: 1,
        curves: LATENCY,
    },
];

/// A growth and what each peer made of each number.
pub struct Grown {
    growth: &'static Growth,
    outcomes: Vec<(Peer, u32, Outcome)>,
}

/// Plays all numbers.
pub fn measure_all(effort: Effort, only: &str) -> Result<Vec<Grown>> {
    let mut all = Vec::new();
    for growth in GROWTHS {
        let mut outcomes = Vec::new();
        for &number in growth.numbers {
            let arguments = (growth.arguments)(number, effort);
            let label = growth.api.label(&arguments);
            if !label.contains(only) {
                continue;
            }
            eprintln!("{label}");
            for followed in growth.followed.iter().filter(|followed| growth.can_be_played_by(followed.peer)) {
                let limit = if effort.thorough { followed.thorough } else { followed.quick };
                if number <= limit {
                    let outcome = measure(growth, effort, followed.peer, &arguments)?;
                    outcomes.push((followed.peer, number, outcome));
                }
            }
        }
        if !outcomes.is_empty() {
            all.push(Grown { growth, outcomes });
        }
    }
    Ok(all)
}

/// The median of each figure over the rounds.
fn measure(growth: &Growth, effort: Effort, peer: Peer, arguments: &str) -> Result<Outcome> {
    // Thousands of clients take their time to connect.
    let (rounds, patience) = if effort.thorough { (growth.rounds, 4) } else { (1, 1) };
    let mut gathered: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for _ in 0..rounds {
        let begin = Instant::now();
        match run::once(
            (peer, growth.api),
            arguments,
            growth.cores,
            effort.seconds,
            effort.deadline * patience,
        )? {
            Err(failure) => return Ok(Err(failure)),
            Ok(figures) => {
                figures.into_iter().for_each(|(name, value)| gathered.entry(name).or_default().push(value))
            }
        }
        if begin.elapsed() > LONG_RUN {
            break;
        }
    }
    let medians = gathered.into_iter().filter_map(|(name, values)| Some((name, median(values)?)));
    Ok(Ok(medians.collect()))
}

impl Grown {
    fn outcome(&self, peer: Peer, number: u32) -> Option<&Outcome> {
        self.outcomes.iter().find(|found| found.0 == peer && found.1 == number).map(|found| &found.2)
    }

    fn value(&self, peer: Peer, number: u32, curve: &Curve) -> Option<f64> {
        self.outcome(peer, number)?.as_ref().ok()?.get(curve.figure).copied()
    }

    fn cell(&self, peer: Peer, number: u32, curve: &Curve) -> String {
        let Some(outcome) = self.outcome(peer, number) else { return String::new() };
        if let Err(failure) = outcome {
            return failure.to_string();
        }
        let Some(value) = self.value(peer, number, curve) else { return "-".to_owned() };
        let first = self
            .growth
            .numbers
            .iter()
            .map(|&number| self.value(peer, number, curve))
            .find(Option::is_some)
            .flatten();
        match (&curve.unit, first) {
            (Unit::Bytes | Unit::Percent, _) => short(value),
            (Unit::Rate, Some(first)) => format!("{}×", short(first / value)),
            (Unit::Cost, Some(first)) => format!("{}×", short(value / first)),
            (_, None) => "-".to_owned(),
        }
    }

    /// How many times as cheap ours is, at the same number.
    fn beside(&self, number: u32, curve: &Curve) -> String {
        let ratio = || {
            let [ours, original] = [Peer::Ours, Peer::Original].map(|peer| self.value(peer, number, curve));
            match curve.unit {
                Unit::Rate => Some(ours? / original?),
                Unit::Cost | Unit::Percent => Some(original? / ours?),
                Unit::Bytes => None,
            }
        };
        ratio().map_or_else(String::new, |ratio| format!("{}×", short(ratio)))
    }

    /// For `results.json`.
    pub fn to_json(&self) -> Value {
        let mut peers: Map<String, Value> = Map::new();
        for (peer, number, outcome) in &self.outcomes {
            let at = peers.entry(peer.name()).or_insert_with(|| json!({}));
            if let Value::Object(numbers) = at {
                numbers.insert(number.to_string(), outcome_to_json(outcome));
            }
        }
        json!({ "quantity": self.growth.title, "peers": peers })
    }
}

/// A block for each quantity: flat is 1.00× all along the line.
pub fn print(all: &[Grown]) {
    for grown in all {
        println!("\nCost by {} (relative to the first of its line):\n", grown.growth.title);
        let numbers = grown.growth.numbers;
        let mut lines = vec![line(String::new(), numbers, u32::to_string)];
        for curve in grown.growth.curves {
            for &Followed { peer, .. } in
                grown.growth.followed.iter().filter(|followed| grown.growth.can_be_played_by(followed.peer))
            {
                let title = format!("{}, {}", curve.title, peer.name());
                lines.push(line(title, numbers, |&number| grown.cell(peer, number, curve)));
            }
            if !matches!(curve.unit, Unit::Bytes) && grown.growth.can_be_played_by(Peer::Ours) {
                let title = "    times as cheap as the original".to_owned();
                lines.push(line(title, numbers, |&number| grown.beside(number, curve)));
            }
        }
        print_columns(&lines);
    }
}

fn line(title: String, numbers: &[u32], cell: impl Fn(&u32) -> String) -> [String; 6] {
    let cell = |at: usize| numbers.get(at).map_or_else(String::new, &cell);
    [title, cell(0), cell(1), cell(2), cell(3), cell(4)]
}
