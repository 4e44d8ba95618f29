//! `make bench`: our library beside the original, libmosquitto and the bare socket.
//!
//! The C programs of `benches/c` play the workloads of [`plan`], each in a process of its own against a
//! [`sink`] in another; [`run`] starts the two and gives up on what hangs; the peers take turns within one
//! run, and what is printed are ratios, since the figures of one machine and one minute mean little.
//! [`counts`] measures what does not depend on the machine: instructions and system calls a message.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints its findings")]

mod certificate;
mod chart;
mod counts;
mod growth;
mod plan;
mod report;
mod run;
mod sink;

use std::process::ExitCode;

use run::{Effort, Peer, Transport};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
usage: compare full|quick [only=TEXT]   the table, the chart and results.json; only workloads that contain TEXT
       compare counts [update] [only=TEXT]
                                        instructions and system calls a message, against benches/counts.csv
       compare sink [CPU [TRANSPORT]]   the other end alone, over tcp, tls or websocket";

fn main() -> ExitCode {
    // `cargo bench` adds a word of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["full"] => compare(Effort::FULL, ""),
        ["quick"] => compare(Effort::QUICK, ""),
        ["full", only] => compare(Effort::FULL, only.trim_start_matches("only=")),
        ["quick", only] => compare(Effort::QUICK, only.trim_start_matches("only=")),
        ["counts"] => counts::compare(""),
        ["counts", "update"] => counts::update(""),
        ["counts", only] => counts::compare(only.trim_start_matches("only=")),
        ["counts", "update", only] => counts::update(only.trim_start_matches("only=")),
        ["sink"] => sink::serve(None, Transport::Tcp),
        ["sink", cpu] => sink::serve(cpu.parse().ok(), Transport::Tcp),
        ["sink", cpu, transport] => sink::serve(cpu.parse().ok(), Transport::named(transport)),
        _ => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Missing a target is a finding, not a failure: the table says so.
fn compare(effort: Effort, only: &str) -> Result<bool> {
    run::prepare(&Peer::ALL, &Transport::ALL)?;
    certificate::issue()?;
    let measured = report::measure_all(effort, only)?;
    report::print(&measured);
    let grown = growth::measure_all(effort, only)?;
    growth::print(&grown);
    report::write_results(effort, &measured, &grown)?;
    chart::write(&measured)?;
    Ok(true)
}
