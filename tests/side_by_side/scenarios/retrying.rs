//! A server that does not acknowledge: what is sent again on a connection that lives.

use std::time::Duration;

use crate::stage::{Scenario, scenario};
use crate::support::wire::{PUBLISH, PUBREL};

/// A little more than the shortest retry interval, which is ten seconds whatever is asked for.
const INTERVAL: Duration = Duration::from_millis(11_000);

/// C-10.7, W-308.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (mode, waits) in [
        ("callbacks", "callbacks; connect {}; {publish}; go; await complete 3; await message 1"),
        ("receive", "connect {}; {publish}; receive 20000"),
        ("yield", "connect {}; {publish}; yield 112"),
    ] {
        for version in [4, 5] {
            for retry in [0, 1] {
                all.push(unanswered(version, mode, waits, retry));
            }
        }
    }
    all
}

/// Keep alive is off: in the original its interval decides how often it looks for what is due.
fn unanswered(version: u8, mode: &str, waits: &str, retry: u8) -> Scenario {
    let waits = waits
        .replace("{}", &format!("clean=0 keepalive=0 retry={retry}"))
        .replace("{publish}", "publish 1 t one; publish 2 t two; publish 2 t three; publish 0 t zero");
    let commands =
        format!("create {version}; {waits}; wait 1 9000; wait 2 9000; wait 3 9000; pending; disconnect 0");
    let name = format!("retry interval {retry}, version {version}, {mode}");
    let p = if version == 5 { "31 05 0001 61 00 78" } else { "31 04 0001 61 78" };
    scenario(name, &commands, move |table| {
        let mut seat = table.welcome()?;
        for _ in 0..4 {
            seat.take(PUBLISH)?;
        }
        seat.send("50 02 0003");
        seat.take(PUBREL)?;
        seat.watch(INTERVAL)?;
        seat.send("40 02 0001 50 02 0002");
        seat.answer(PUBREL, "70 02 0002 70 02 0003")?;
        // What `receive` waits for.
        seat.send(p);
        table.go();
        seat.rest();
        Some(())
    })
}
