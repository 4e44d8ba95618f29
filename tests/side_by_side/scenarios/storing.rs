//! Clients that end and begin again, with a store: what is there then, and what is sent again.

use super::receiving::settled;
use super::{done, named};
use crate::stage::{Scenario, Seat, Table, packet, scenario};
use crate::support::wire::{DISCONNECT, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL};

/// Sections 2 to 5 of the persistence contract.
pub fn all() -> Vec<Scenario> {
    let mut all = vec![older_client(), newer_client(), cleaned_from_the_start()];
    for version in [4, 5] {
        for mode in ["", "callbacks;"] {
            all.push(resent(version, mode));
            all.push(resent_after_loss(version, mode));
            all.push(second_step(version, mode));
            all.push(destroyed(version, mode));
        }
        all.push(received(version));
        all.push(cleaned(version));
    }
    all.push(received_before());
    all
}

/// Has the client act on a PUBREC. Its call `go` returns before, if it must read by itself, or else when
/// it has acted.
fn step(table: &Table<'_>, seat: &mut Seat, mode: &str, pubrec: &str) -> Option<()> {
    seat.send(pubrec);
    if mode.is_empty() {
        table.go();
    }
    seat.take(PUBREL)?;
    if !mode.is_empty() {
        table.go();
    }
    Some(())
}

/// What has a client act on what has come.
fn acts(mode: &str) -> &str {
    if mode.is_empty() { "go; yield 3" } else { "go" }
}

/// C-14.2, P-201, P-310, P-321, P-322, P-602: what is unfinished when the client ends is sent again by the next.
fn resent(version: u8, mode: &'static str) -> Scenario {
    let commands = format!(
        "create {version} store=.; {mode} connect clean=0; publish 1 t one; publish 2 t two retained=1; publish 2 t three; \
         fill 1 big 200000; {}; files; disconnect 0; destroy; files; \
         create {version} store=.; pending; {mode} connect clean=0; {}; pending; files; publish 1 t new; {}; \
         disconnect 0; destroy; files",
        acts(mode),
        done(mode, &[1, 2, 3, 4], 4),
        done(mode, &[1], 5),
    );
    scenario(named("a store of sent messages", version, mode), &commands, move |table| {
        let mut seat = table.welcome()?;
        for _ in 0..4 {
            seat.take(PUBLISH)?;
        }
        step(table, &mut seat, mode, "50 02 0003")?;
        seat.take(DISCONNECT)?;
        seat.rest();
        let mut seat = table.welcome_with(true)?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.take(PUBREL)?;
        seat.take(PUBLISH)?;
        seat.send("40 02 0004 70 02 0003 50 02 0002 40 02 0001");
        seat.answer(PUBREL, "70 02 0002")?;
        seat.serve();
        Some(())
    })
}

/// P-201, P-303: the same store while the client goes on.
fn resent_after_loss(version: u8, mode: &str) -> Scenario {
    let noticed = if mode.is_empty() { "receive 9000" } else { "await lost 1" };
    let commands = format!(
        "create {version} store=.; {mode} connect clean=0; publish 1 t one; publish 2 t two; {noticed}; files; \
         connect clean=0; {}; pending; files; disconnect 0; destroy; files",
        done(mode, &[1, 2], 2),
    );
    scenario(named("a store when the connection is lost", version, mode), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.close();
        table.welcome_with(true)?.serve();
        Some(())
    })
}

/// P-201, P-304: each step of an exchange of QoS 2 in a life of its own.
fn second_step(version: u8, mode: &'static str) -> Scenario {
    let commands = format!(
        "create {version} store=.; {mode} connect clean=0; publish 2 t two; files; disconnect 0; destroy; \
         create {version} store=.; {mode} connect clean=0; {}; pending; files; disconnect 0; destroy; \
         create {version} store=.; {mode} pending; connect clean=0; {}; pending; files; disconnect 0; destroy; files",
        acts(mode),
        done(mode, &[1], 1),
    );
    scenario(named("a store between the steps of QoS 2", version, mode), &commands, move |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.rest();
        let mut seat = table.welcome_with(true)?;
        seat.take(PUBLISH)?;
        step(table, &mut seat, mode, "50 02 0001")?;
        seat.rest();
        table.welcome_with(true)?.serve();
        Some(())
    })
}

/// C-2.7, C-2.8: the client ends without a word to the server.
fn destroyed(version: u8, mode: &str) -> Scenario {
    let commands = format!(
        "create {version} store=.; {mode} connect clean=0; publish 1 t one; publish 2 t two; go; destroy; files; \
         create {version} store=.; pending; {mode} connect clean=0; {}; disconnect 0; destroy; files",
        done(mode, &[1, 2], 2),
    );
    scenario(named("a store of a client that is destroyed", version, mode), &commands, |table| {
        let mut first = table.welcome()?;
        first.take(PUBLISH)?;
        first.take(PUBLISH)?;
        table.go();
        table.welcome_with(true)?.serve();
        first.rest();
        Some(())
    })
}

/// P-201, P-305, P-401 to P-405, decision 3: messages that came, and were not received before the client ended.
fn received(version: u8) -> Scenario {
    let p = if version == 5 { "00" } else { "" };
    let commands = format!(
        "create {version} store=.; connect clean=0; go; yield 3; files; disconnect 0; destroy; files; \
         create {version} store=.; connect clean=0; receive 700; publish 0 t now; go; yield 2; receive 1000; files; disconnect 0; destroy; files"
    );
    scenario(named("a store of received messages", version, ""), &commands, move |table| {
        let mut seat = settled(table)?;
        seat.send(&packet("32", &format!("0001 61 0007 {p} 6f6e65")));
        seat.send(&packet("34", &format!("0001 62 0008 {p} 74776f")));
        table.go();
        seat.take(PUBACK)?;
        seat.take(PUBREC)?;
        seat.rest();
        let mut seat = table.welcome_with(true)?;
        seat.take(PUBLISH)?;
        seat.send("62 02 0008");
        table.go();
        seat.take(PUBCOMP)?;
        seat.rest();
        Some(())
    })
}

/// C-6.10, P-406: the same messages are told by callbacks.
fn received_before() -> Scenario {
    let commands = "create 4 store=.; connect clean=0; go; yield 3; files; disconnect 0; destroy; \
                    create 4 store=.; callbacks; connect clean=0; await message 1; publish 0 t now; await message 2; \
                    go; disconnect 0; destroy; files";
    scenario("a store of received messages, callbacks", commands, |table| {
        let mut seat = settled(table)?;
        seat.send("32 08 0001 61 0007 6f6e65");
        seat.send("34 08 0001 62 0008 74776f");
        table.go();
        seat.take(PUBACK)?;
        seat.take(PUBREC)?;
        seat.rest();
        let mut seat = table.welcome_with(true)?;
        seat.take(PUBLISH)?;
        seat.send("62 02 0008");
        seat.take(PUBCOMP)?;
        table.go();
        seat.rest();
        Some(())
    })
}

/// C-3.13, P-116, P-603: a clean session begins.
fn cleaned(version: u8) -> Scenario {
    let commands = format!(
        "create {version} store=.; connect clean=0; publish 1 t one; publish 2 t two; disconnect 0; destroy; \
         create {version} store=.; pending; connect clean=1; pending; files; publish 1 t three; disconnect 0; pending; destroy; files; \
         create {version} store=.; pending; connect clean=0; go; disconnect 0; destroy; files"
    );
    scenario(named("a store and a clean session", version, ""), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.rest();
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.rest();
        let seat = table.welcome()?;
        table.go();
        seat.serve();
        Some(())
    })
}

/// C-3.13, P-116, P-603: before MQTT 5 a clean session also ends with the connection.
fn cleaned_from_the_start() -> Scenario {
    let commands = "create 4 store=.; connect; publish 1 t one; publish 2 t two; files; disconnect 0; files; pending; destroy; \
                    create 4 store=.; pending; files; destroy; files";
    scenario("a store and clean sessions only", commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.rest();
        Some(())
    })
}

/// C-14.3, P-331: a client of MQTT 5 goes on with what one of 3.1.1 has left.
fn newer_client() -> Scenario {
    let commands = "create 4 store=.; connect clean=0; publish 1 t one; publish 2 t two; go; yield 3; files; disconnect 0; destroy; \
                    create 5 store=.; pending; connect clean=0; wait 1 9000; wait 2 9000; pending; files; disconnect 0; destroy; files";
    scenario("a store of 3.1.1 and a client of 5", commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        step(table, &mut seat, "", "50 02 0002")?;
        seat.rest();
        table.welcome_with(true)?.serve();
        Some(())
    })
}

/// C-2.5, C-14.3, P-310: the other way round the client is refused, and nothing is lost.
fn older_client() -> Scenario {
    let commands = "create 5 store=.; connect clean=0; publish 1 t one; publish 2 t two; files; disconnect 0; destroy; \
                    create 4 store=.; files; destroy; files; \
                    create 5 store=.; pending; connect clean=0; wait 1 9000; wait 2 9000; files; disconnect 0; destroy; files";
    scenario("a store of 5 and a client of 3.1.1", commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.rest();
        table.welcome_with(true)?.serve();
        Some(())
    })
}
