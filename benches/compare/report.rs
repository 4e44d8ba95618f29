//! Measures the plan, and prints it as a table of ratios.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Map, Value, json};

use crate::Result;
use crate::growth::Grown;
use crate::plan::{Bound, Row, WORKLOADS, Workload};
use crate::run::{self, Effort, Failure, Figures, Outcome, Peer};

/// A workload and what each peer made of it, round by round.
pub struct Measured {
    /// What was played.
    pub workload: &'static Workload,
    outcomes: BTreeMap<Peer, Vec<Outcome>>,
}

/// Plays the whole plan. The peers take turns within each round, so that a slow minute of the machine hits all.
pub fn measure_all(effort: Effort, only: &str) -> Result<Vec<Measured>> {
    let mut all = Vec::new();
    for workload in WORKLOADS.iter().filter(|workload| workload.label().contains(only)) {
        eprintln!("{}", workload.label());
        all.push(measure(workload, effort)?);
    }
    Ok(all)
}

fn measure(workload: &'static Workload, effort: Effort) -> Result<Measured> {
    let Workload { arguments, api, cores, .. } = *workload;
    let mut outcomes: BTreeMap<Peer, Vec<Outcome>> = BTreeMap::new();
    for round in 0..effort.rounds {
        let mut peers = workload.peers.to_vec();
        peers.rotate_left(round % workload.peers.len());
        for peer in peers.into_iter().filter(|peer| peer.is_there(api, workload.transport())) {
            let so_far = outcomes.entry(peer).or_default();
            // What failed once is known; waiting for the deadline again would teach nothing.
            if so_far.iter().any(Outcome::is_err) {
                continue;
            }
            so_far.push(run::once((peer, api), arguments, cores, effort.seconds, effort.deadline)?);
        }
    }
    Ok(Measured { workload, outcomes })
}

impl Measured {
    /// Why this peer has no figures, if it failed.
    pub fn failure(&self, peer: Peer) -> Option<&Failure> {
        self.outcomes.get(&peer)?.iter().find_map(|outcome| outcome.as_ref().err())
    }

    fn values(&self, peer: Peer, figure: &str) -> Vec<f64> {
        if self.failure(peer).is_some() {
            return Vec::new();
        }
        let good = self.outcomes.get(&peer).into_iter().flatten().filter_map(|outcome| outcome.as_ref().ok());
        good.filter_map(|figures: &Figures| figures.get(figure).copied()).collect()
    }

    /// The median over the rounds of one peer's figure divided by another's of the same round.
    fn quotient(&self, over: (Peer, &str), under: (Peer, &str)) -> Option<f64> {
        let (over, under) = (self.values(over.0, over.1), self.values(under.0, under.1));
        median(
            over.iter()
                .zip(&under)
                .filter(|(_, under)| **under > 0.0)
                .map(|(over, under)| over / under)
                .collect(),
        )
    }

    /// How many times as fast `peer` is as `base`.
    pub fn speed(&self, row: &Row, peer: Peer, base: Peer) -> Option<f64> {
        let (over, under) = if row.is_latency() { (base, peer) } else { (peer, base) };
        self.quotient((over, row.figure), (under, row.figure))
    }

    /// The peer that counts as 1: the original, or the bare socket where the original gave nothing.
    pub fn base(&self, row: &Row) -> Peer {
        if self.values(Peer::Original, row.figure).is_empty() { Peer::Raw } else { Peer::Original }
    }

    /// What the bound compares, and whether it is kept. `None` while one of the two is missing.
    fn check(&self, row: &Row, bound: Bound) -> Option<(f64, bool)> {
        match bound {
            Bound::AtLeast(factor, peer) => {
                let speed = self.speed(row, Peer::Ours, peer)?;
                Some((speed, speed >= factor))
            }
            Bound::AtMost(factor, peer, figure) => {
                let quotient = self.quotient((Peer::Ours, row.figure), (peer, figure))?;
                Some((quotient, quotient <= factor))
            }
        }
    }

    fn cell(&self, row: &Row, peer: Peer) -> String {
        if !self.workload.peers.contains(&peer) {
            return String::new();
        }
        if let Some(failure) = self.failure(peer) {
            return failure.to_string();
        }
        let base = self.base(row);
        match self.speed(row, peer, base) {
            Some(speed) if base == Peer::Raw => format!("{} of raw", short(speed)),
            Some(speed) => format!("{}×", short(speed)),
            None => "-".to_owned(),
        }
    }

    fn bound_cell(&self, row: &Row, bound: Option<Bound>) -> String {
        let Some(bound) = bound else { return String::new() };
        let target = match bound {
            Bound::AtLeast(factor, Peer::Original) => format!("≥ {}×", short(factor)),
            Bound::AtLeast(factor, peer) => format!("≥ {} {}", short(factor), peer.name()),
            Bound::AtMost(factor, peer, _) => format!("≤ {} {}", short(factor), peer.name()),
        };
        match self.check(row, bound) {
            Some((_, true)) => format!("{target} met"),
            Some((value, false)) => format!("{target} NO: {}", short(value)),
            None => target,
        }
    }

    fn to_json(&self) -> Value {
        let rows: Vec<Value> = self.workload.rows.iter().map(|row| self.row_to_json(row)).collect();
        let mut rounds = Map::new();
        for (peer, outcomes) in &self.outcomes {
            let outcomes: Vec<Value> = outcomes.iter().map(outcome_to_json).collect();
            rounds.insert(peer.name().to_owned(), outcomes.into());
        }
        json!({ "workload": self.workload.label(), "rows": rows, "rounds": rounds })
    }

    fn row_to_json(&self, row: &Row) -> Value {
        let (mut medians, mut speeds) = (Map::new(), Map::new());
        for &peer in self.workload.peers {
            medians.insert(peer.name().to_owned(), json!(median(self.values(peer, row.figure))));
            speeds.insert(peer.name().to_owned(), json!(self.speed(row, peer, Peer::Original)));
        }
        let met = |bound: Option<Bound>| bound.and_then(|bound| Some(self.check(row, bound)?.1));
        json!({
            "title": row.title, "figure": row.figure, "medians": medians, "times_the_original": speeds,
            "must": self.bound_cell(row, row.must), "must_met": met(row.must),
            "want": self.bound_cell(row, row.want), "want_met": met(row.want),
        })
    }
}

/// One run's figures, or why there are none.
pub fn outcome_to_json(outcome: &Outcome) -> Value {
    match outcome {
        Ok(figures) => json!(figures),
        Err(Failure::Fails(reason)) => json!({ "failure": format!("fails: {reason}") }),
        Err(failure) => json!({ "failure": failure.to_string() }),
    }
}

/// Nothing to average away: the middle one of the rounds.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => values.get(middle).copied(),
        _ => Some(f64::midpoint(*values.get(middle - 1)?, *values.get(middle)?)),
    }
}

/// Three digits that count.
pub fn short(value: f64) -> String {
    match value {
        _ if value >= 99.95 => format!("{value:.0}"),
        _ if value >= 9.995 => format!("{value:.1}"),
        _ if value >= 0.0995 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The table. Times as fast as the original, whose own column says 1.
pub fn print(measured: &[Measured]) {
    let mut lines =
        vec![["", "ours", "original", "libmosquitto", "raw", "ours, TCP", "must", "want"].map(str::to_owned)];
    for measured in measured {
        for row in measured.workload.rows {
            let [ours, original, mosquitto, raw, plain] = Peer::ALL.map(|peer| measured.cell(row, peer));
            let [must, want] = [row.must, row.want].map(|bound| measured.bound_cell(row, bound));
            lines.push([row.title.to_owned(), ours, original, mosquitto, raw, plain, must, want]);
        }
    }
    println!("\nTimes as fast as the original, in the same run:\n");
    print_columns(&lines);
}

/// Left column to the left, the rest aligned.
pub fn print_columns<const N: usize>(lines: &[[String; N]]) {
    let mut widths = [0; N];
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in lines {
        let mut text = String::new();
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            // Bounds are words, the others numbers.
            let padded = if (1..6).contains(&column) || N < 8 && column > 0 {
                format!("{cell:>width$}  ")
            } else {
                format!("{cell:<width$}  ")
            };
            text.push_str(&padded);
        }
        println!("{}", text.trim_end());
    }
}

/// What the machine's processor is called.
pub fn processor() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or_else(|| "unknown processor".to_owned(), |name| name.trim_matches([' ', '\t', ':']).to_owned())
}

/// How many cores it has.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

/// Everything, bare figures of every round included, for those who want to look closer.
pub fn write_results(effort: Effort, measured: &[Measured], grown: &[Grown]) -> Result<()> {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let results = json!({
        "effort": effort.name,
        "processor": processor(),
        "cores": cores(),
        "kernel": kernel.trim(),
        "workloads": measured.iter().map(Measured::to_json).collect::<Vec<_>>(),
        "growth": grown.iter().map(Grown::to_json).collect::<Vec<_>>(),
    });
    fs::write("build/bench/results.json", format!("{results:#}\n"))?;
    Ok(())
}
