//! Outgoing messages: tokens, acknowledgements, windows, and what a lost connection leaves.

use std::time::Duration;

use super::named;
use crate::stage::{Scenario, scenario};
use crate::support::wire::{DISCONNECT, PUBLISH, PUBREL};

const MOMENT: Duration = Duration::from_millis(300);

/// Sections 4, 7 and 10 of the client contract.
pub fn all() -> Vec<Scenario> {
    let mut all = vec![ids_after_clean(), no_wait(), lost_while_waiting()];
    for mode in ["", "callbacks;"] {
        all.extend(acknowledged(mode));
        all.extend(cuts(mode));
        all.extend(odd_acknowledgements(mode));
        all.extend(windows(mode));
    }
    all
}

/// What waits for the end of an exchange in this mode.
fn done(mode: &str, token: u16) -> String {
    if mode.is_empty() { format!("wait {token} 5000") } else { format!("await complete {token}") }
}

/// C-7.3, C-7.4, W-110 to W-112.
fn acknowledged(mode: &str) -> Vec<Scenario> {
    let mut all = Vec::new();
    for version in [3, 4, 5] {
        let commands = format!(
            "create {version}; {mode} connect; publish 0 a zero; publish 1 b one retained=1; {}; \
             publish 2 c/d two; {}; pending; wait 2 100; publish 1 # odd; {}; publish 0 wide retained=3; disconnect 1000",
            done(mode, 1),
            done(mode, 2),
            done(mode, 3)
        )
        .replace("publish 0 wide", "publish 0 wide text");
        all.push(scenario(named("messages of each QoS", version, mode), &commands, |table| {
            let mut seat = table.welcome()?;
            seat.take(PUBLISH)?;
            seat.answer(PUBLISH, "40 02 0001")?;
            seat.answer(PUBLISH, "50 02 0002")?;
            seat.answer(PUBREL, "70 02 0002")?;
            seat.answer(PUBLISH, "40 02 0003")?;
            seat.rest();
            Some(())
        }));
    }
    // C-6.6, C-10.3.
    let commands = format!(
        "create 5; {mode} told; connect; publish 1 a b p.1=1 p.2=30 p.3=text p.8=answer p.9=corr p.35=3 p.38=k:v; \
         publish 1 a c; publish 2 a d; publish 2 a e; publish 2 a f; publish 1 a last; {}; pending; disconnect 0",
        if mode.is_empty() { "wait 6 5000" } else { "await published 6; await complete 5" }
    );
    all.push(scenario(named("reasons of each acknowledgement", 5, mode), &commands, |table| {
        let mut seat = table.welcome()?;
        for _ in 0..6 {
            seat.take(PUBLISH)?;
        }
        seat.send("40 03 0001 10");
        seat.send("40 09 0002 87 05 1f 0002 6e6f");
        seat.send("50 04 0003 97 00");
        seat.send("50 03 0004 10");
        seat.answer(PUBREL, "70 04 0004 92 00")?;
        seat.send("50 02 0005");
        seat.answer(PUBREL, "70 02 0005")?;
        seat.send("40 04 0006 00 00");
        seat.rest();
        Some(())
    }));
    all
}

/// Packets of the client, each with the answer to it.
type Packets = &'static [(u8, &'static str)];

/// C-3.13, C-3.14, C-4.5, C-4.7, C-10.8: the connection ends after so many packets of an exchange.
fn cuts(mode: &str) -> Vec<Scenario> {
    let noticed = if mode.is_empty() { "receive 3000" } else { "await lost 1" };
    let mut all = Vec::new();
    for version in [4, 5] {
        // An empty answer: the connection ends when this packet has come.
        let steps: [(&str, i32, Packets); 4] = [
            ("before PUBACK", 1, &[(PUBLISH, "")]),
            ("before PUBREC", 2, &[(PUBLISH, "")]),
            ("before PUBCOMP", 2, &[(PUBLISH, "50 02 0001"), (PUBREL, "")]),
            ("after half a PUBREC", 2, &[(PUBLISH, "50 02 00")]),
        ];
        for (step, qos, packets) in steps {
            for clean in [0, 1] {
                let commands = format!(
                    "create {version}; {mode} connect clean={clean}; publish {qos} t first; {noticed}; isConnected; \
                     pending; publish 1 t unconnected; connect clean={clean}; pending; publish 1 t second; go; pending; disconnect 0"
                );
                let name = format!("cut {step}, clean {clean}");
                all.push(scenario(named(&name, version, mode), &commands, move |table| {
                    let mut seat = table.welcome()?;
                    for (kind, answer) in packets {
                        seat.answer(*kind, answer)?;
                    }
                    seat.close();
                    let mut seat = table.welcome_with(clean == 0)?;
                    seat.watch(MOMENT)?;
                    table.go();
                    seat.take(DISCONNECT)?;
                    seat.rest();
                    Some(())
                }));
            }
        }
    }
    // C-10.8: in order, whatever session present says, and before anything new.
    let commands = format!(
        "create 4; {mode} connect clean=0 window=10; publish 1 t one; publish 2 t two; publish 0 t zero; \
         publish 2 t three; publish 1 t four retained=1; {noticed}; pending; connect clean=0 window=10; \
         publish 1 t five; {}; pending; disconnect 0",
        if mode.is_empty() {
            "wait 1 5000; wait 2 5000; wait 3 5000; wait 4 5000; wait 5 5000"
        } else {
            "await complete 5"
        }
    );
    for session_present in [false, true] {
        let name = format!("five in flight, session present {session_present}");
        all.push(scenario(named(&name, 4, mode), &commands, move |table| {
            let mut seat = table.welcome()?;
            for _ in 0..5 {
                seat.take(PUBLISH)?;
            }
            seat.send("50 02 0003");
            seat.take(PUBREL)?;
            seat.close();
            let mut seat = table.welcome_with(session_present)?;
            seat.take(PUBLISH)?;
            seat.take(PUBLISH)?;
            seat.take(PUBREL)?;
            seat.take(PUBLISH)?;
            seat.take(PUBLISH)?;
            seat.send("40 02 0001 50 02 0002");
            seat.answer(PUBREL, "70 02 0002 70 02 0003 40 02 0004 40 02 0005")?;
            seat.rest();
            Some(())
        }));
    }
    all
}

/// C-6.5, C-10.3: repeated, unknown, or of the wrong kind.
fn odd_acknowledgements(mode: &str) -> Vec<Scenario> {
    let commands = format!(
        "create 4; {mode} connect; publish 1 t one; publish 2 t two; wait 1 5000; wait 2 5000; go; pending; disconnect 0"
    );
    let odd = scenario(named("odd acknowledgements", 4, mode), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.send("40 02 0309 70 02 0309 50 02 0309");
        seat.take(PUBREL)?;
        seat.send("50 02 0002");
        seat.take(PUBREL)?;
        seat.send("50 02 0002");
        seat.take(PUBREL)?;
        seat.send("40 02 0001 40 02 0001 70 02 0002");
        seat.watch(MOMENT)?;
        table.go();
        seat.take(DISCONNECT)?;
        seat.rest();
        Some(())
    });
    vec![odd]
}

/// C-3.11, C-7.2, C-7.6, W-301.
fn windows(mode: &str) -> Vec<Scenario> {
    let mut all = Vec::new();
    for (name, version, connect, connack, width) in [
        ("reliable", 4, "connect reliable=1", "20 02 0000", 1),
        ("a window of 2", 4, "connect window=2", "20 02 0000", 2),
        ("receive maximum 2", 5, "connect", "20 06 00 00 03 21 0002", 2),
        ("receive maximum above the window", 5, "connect window=2", "20 06 00 00 03 21 0009", 2),
    ] {
        let commands = format!(
            "create {version}; {mode} {connect}; publish 1 t 1; publish 1 t 2; publish 1 t 3; publish 1 t 4; \
             publish 0 t 5; {}; disconnect 0",
            if mode.is_empty() { "wait 3 5000; wait 4 5000" } else { "await complete 4" }
        );
        all.push(scenario(named(&format!("window: {name}"), version, mode), &commands, move |table| {
            let mut seat = table.greet()?;
            seat.send(connack);
            // Nothing more comes while the window is full: the trace would tell.
            for _ in 0..width {
                seat.take(PUBLISH)?;
            }
            seat.watch(MOMENT)?;
            for id in 1..=4_u8 {
                seat.peer.send(&[0x40, 2, 0, id]);
                seat.watch(MOMENT)?;
            }
            seat.rest();
            Some(())
        }));
    }
    // The socket fills: the server does not read for a while, then takes all.
    for version in [4, 5] {
        let commands = format!(
            "create {version}; {mode} connect; fill 1 big 12000000; fill 0 big 3000000; publish 1 t small; {}; disconnect 0",
            if mode.is_empty() { "wait 1 20000; wait 2 20000" } else { "await complete 2" }
        );
        all.push(scenario(named("a full socket", version, mode), &commands, |table| {
            let mut seat = table.welcome()?;
            table.pause(MOMENT * 2);
            seat.answer(PUBLISH, "40 02 0001")?;
            seat.take(PUBLISH)?;
            seat.answer(PUBLISH, "40 02 0002")?;
            seat.rest();
            Some(())
        }));
    }
    all
}

/// C-7.4: ids go on over connections, and begin anew with a clean session.
fn ids_after_clean() -> Scenario {
    let commands = "create 4; connect clean=0; publish 1 t a; wait 1 5000; disconnect 0; connect clean=0; publish 1 t b; \
                    wait 2 5000; subscribe f:1; publish 1 t c; wait 4 5000; disconnect 0; connect; publish 1 t d; \
                    wait 1 5000; disconnect 0";
    scenario("identifiers over connections", commands, |table| {
        let mut seat = table.welcome()?;
        seat.answer(PUBLISH, "40 02 0001")?;
        seat.rest();
        let mut seat = table.welcome_with(true)?;
        seat.answer(PUBLISH, "40 02 0002")?;
        seat.answer(8, "90 03 0003 01")?;
        seat.answer(PUBLISH, "40 02 0004")?;
        seat.rest();
        let mut seat = table.welcome()?;
        seat.answer(PUBLISH, "40 02 0001")?;
        seat.rest();
        Some(())
    })
}

/// C-7.7.
fn no_wait() -> Scenario {
    let commands = "create 4; connect; publish 1 t a; wait 1 0; wait 1 300; wait 99 300; wait 1 5000; wait 1 0; wait 1 10; \
                    disconnect 0; wait 1 10; pending";
    scenario("waits", commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.watch(MOMENT * 3)?;
        seat.send("40 02 0001");
        seat.rest();
        Some(())
    })
}

/// C-7.7: -3 when the connection goes.
fn lost_while_waiting() -> Scenario {
    let commands =
        "create 4; connect clean=0; publish 2 t a; wait 1 9000; isConnected; pending; disconnect 0; destroy";
    scenario("lost while waiting", commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.watch(MOMENT)?;
        seat.send("50 02 0001");
        seat.take(PUBREL)?;
        seat.close();
        Some(())
    })
}
