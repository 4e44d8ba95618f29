//! SUBSCRIBE and UNSUBSCRIBE, and their answers, or none.

use std::time::Duration;

use crate::stage::{Scenario, scenario};
use crate::support::wire::{DISCONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE};

const MOMENT: Duration = Duration::from_millis(300);

/// Section 8 of the client contract.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for mode in ["", "callbacks;"] {
        let name = |name: &str| format!("{name}{}", if mode.is_empty() { "" } else { ", callbacks" });
        all.extend([
            answers(name("answers of a server of 3.1.1"), mode),
            answers_of_five(name("answers of a server of 5"), mode),
            other_packets_first(name("other packets before the SUBACK"), mode),
            unanswered(name("no SUBACK"), mode),
            lost(name("lost before the SUBACK"), mode),
            anothers(name("a SUBACK for another identifier"), mode),
        ]);
    }
    all
}

/// C-8.2, C-8.4.
fn answers(name: String, mode: &str) -> Scenario {
    let commands = format!(
        "create 4; {mode} connect; subscribe a:0; subscribe a:2; subscribe a:1; subscribe a#b/:1; \
         subscribe a:0 b:1 c:2; subscribe a:2 b:2; subscribe a:1 b:1; unsubscribe a; unsubscribe a b; disconnect 0"
    );
    scenario(name, &commands, |table| {
        let mut seat = table.welcome()?;
        for answer in [
            "90 03 0001 00",
            "90 03 0002 01",
            "90 03 0003 80",
            "90 03 0004 01",
            "90 05 0005 00 80 01",
            "90 03 0006 01",
            "90 05 0007 00 00 00",
        ] {
            seat.answer(SUBSCRIBE, answer)?;
        }
        seat.answer(UNSUBSCRIBE, "b0 02 0008")?;
        seat.answer(UNSUBSCRIBE, "b0 02 0009")?;
        seat.rest();
        Some(())
    })
}

/// C-8.3, C-8.5, W-111.
fn answers_of_five(name: String, mode: &str) -> Scenario {
    let commands = format!(
        "create 5; {mode} connect; subscribe a:1; subscribe a:2:1:1:2 p.11=7 p.38=k:v; subscribe a:0; \
         subscribe a:0:1 b:1:0:1 c:2:0:0:1; unsubscribe a; unsubscribe a p.38=k:v; unsubscribe a b; disconnect 0"
    );
    scenario(name, &commands, |table| {
        let mut seat = table.welcome()?;
        for answer in [
            "90 04 0001 00 01",
            "90 0c 0002 08 1f 0005 776f726c64 01",
            "90 04 0003 00 87",
            "90 0d 0004 07 26 0001 6b 0001 76 00 80 02",
        ] {
            seat.answer(SUBSCRIBE, answer)?;
        }
        seat.answer(UNSUBSCRIBE, "b0 04 0005 00 11")?;
        seat.answer(UNSUBSCRIBE, "b0 08 0006 04 1f 0001 72 00")?;
        seat.answer(UNSUBSCRIBE, "b0 05 0007 00 00 11")?;
        seat.rest();
        Some(())
    })
}

/// C-6.10: messages and acknowledgements may come between a SUBSCRIBE and its answer.
fn other_packets_first(name: String, mode: &str) -> Scenario {
    let last = if mode.is_empty() {
        "receive 1000; receive 1000; wait 1 5000"
    } else {
        "await message 2; await complete 1"
    };
    let commands = format!("create 4; {mode} connect; publish 1 t x; subscribe a:1; {last}; disconnect 0");
    scenario(name, &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(SUBSCRIBE)?;
        seat.send("30 04 0001 61 31 d0 00 40 02 0001 30 04 0001 61 32 90 03 0002 01");
        seat.rest();
        Some(())
    })
}

/// C-2.14, C-8.6.
fn unanswered(name: String, mode: &str) -> Scenario {
    let commands = format!(
        "create 4; {mode} patience 5000; connect; subscribe a:1; isConnected; go; isConnected; disconnect 0"
    );
    scenario(name, &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(SUBSCRIBE)?;
        let connected = seat.watch(Duration::from_millis(5800));
        table.go();
        connected?;
        seat.take(DISCONNECT)?;
        seat.rest();
        Some(())
    })
}

/// C-8.6.
fn lost(name: String, mode: &str) -> Scenario {
    let told = if mode.is_empty() { "isConnected" } else { "await lost 1; isConnected" };
    let commands = format!("create 4; {mode} patience 5000; connect; subscribe a:1; {told}");
    scenario(name, &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(SUBSCRIBE)?;
        seat.watch(MOMENT)?;
        seat.close();
        Some(())
    })
}

/// C-8.6: only the right one counts.
fn anothers(name: String, mode: &str) -> Scenario {
    let commands = format!("create 4; {mode} connect; subscribe a:1; go; isConnected; disconnect 0");
    scenario(name, &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(SUBSCRIBE)?;
        seat.send("90 03 0009 80");
        seat.watch(MOMENT)?;
        seat.send("90 03 0001 01");
        seat.watch(MOMENT)?;
        table.go();
        seat.take(DISCONNECT)?;
        seat.rest();
        Some(())
    })
}
