//! How connections end: by the application, by the server, by an error.

use std::time::Duration;

use super::named;
use crate::stage::{Scenario, packet, scenario};
use crate::support::answering_broker::malformed_packets;
use crate::support::wire::{DISCONNECT, PINGREQ, PUBLISH, PUBREC, PUBREL};

const MOMENT: Duration = Duration::from_millis(300);

/// Sections 2, 4 and 11 of the client contract.
pub fn all() -> Vec<Scenario> {
    let mut all = vec![destroyed(), disconnects(), reasons()];
    for mode in ["", "callbacks;"] {
        for version in [4, 5] {
            all.extend(quiesce(version, mode));
            all.extend(malformed(version, mode));
            all.extend(server_ends(version, mode));
        }
        all.push(pings(mode));
    }
    all
}

/// C-2.8: whether the connection ends with its client.
fn destroyed() -> Scenario {
    scenario(
        "destroyed while connected",
        "create 4; connect; destroy; go; create 4; connect; disconnect 0; destroy",
        |table| {
            let mut first = table.welcome()?;
            let first_ended = first.watch(MOMENT * 4).is_none();
            table.go();
            table.welcome()?.rest();
            if !first_ended {
                first.rest();
            }
            Some(())
        },
    )
}

/// C-4.1.
fn disconnects() -> Scenario {
    let commands = "create 4; disconnect 10; connect; isConnected; disconnect 10; isConnected; disconnect 0; destroy; isConnected";
    scenario("disconnect, connected or not", commands, |table| {
        table.welcome()?.rest();
        Some(())
    })
}

/// C-4.3, W-113.
fn reasons() -> Scenario {
    let commands = "create 5; connect; disconnect 0; connect; disconnect 0 reason=4; connect; disconnect 0 p.38=k:v; \
                    connect; disconnect 0 reason=152 p.31=why p.17=0";
    scenario("DISCONNECT with reasons", commands, |table| {
        for _ in 0..4 {
            table.welcome()?.rest();
        }
        Some(())
    })
}

/// C-4.2, C-4.4.
fn quiesce(version: u8, mode: &str) -> Vec<Scenario> {
    let with = |timeout: u32| {
        format!(
            "create {version}; {mode} connect clean=0; publish 1 t a; publish 2 t b; disconnect {timeout}; isConnected; pending; destroy"
        )
    };
    let patient = scenario(named("disconnect waits", version, mode), &with(5000), |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.watch(MOMENT)?;
        seat.send("40 02 0001 50 02 0002");
        seat.answer(PUBREL, "70 02 0002")?;
        seat.take(DISCONNECT)?;
        seat.rest();
        Some(())
    });
    let impatient = scenario(named("disconnect waits in vain", version, mode), &with(600), |table| {
        let mut seat = table.welcome()?;
        seat.take(DISCONNECT)?;
        seat.rest();
        Some(())
    });
    let lost = scenario(named("lost while disconnect waits", version, mode), &with(2000), |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.watch(MOMENT)?;
        seat.close();
        Some(())
    });
    // The other direction: an incoming QoS 2 exchange is finished, too. In MQTT 5 the message has been told before.
    let p = if version == 5 { "00" } else { "" };
    let told = if version == 5 && !mode.is_empty() { "await message 1;" } else { "" };
    let commands = format!("create {version}; {mode} connect; go; yield 1; {told} disconnect 3000; destroy");
    let incoming = scenario(named("disconnect waits for PUBREL", version, mode), &commands, move |table| {
        let mut seat = table.welcome()?;
        seat.watch(MOMENT)?;
        seat.send(&packet("34", &format!("0001 61 0007 {p} 78")));
        table.go();
        seat.take(PUBREC)?;
        seat.watch(MOMENT)?;
        seat.send("62 02 0007");
        seat.take(DISCONNECT)?;
        seat.rest();
        Some(())
    });
    let mut all = vec![patient, impatient, lost];
    // With callbacks and MQTT 3 the message is told while disconnect waits, or not: it does not count.
    if version == 5 || mode.is_empty() {
        all.push(incoming);
    }
    all
}

/// C-4.6, C-10.4, W-114, W-202, W-206.
fn malformed(version: u8, mode: &str) -> Vec<Scenario> {
    let noticed = if mode.is_empty() { "receive 3000" } else { "go" };
    let commands = format!("create {version}; {mode} connect; {noticed}; isConnected; disconnect 0");
    let mut all = Vec::new();
    for (name, packet) in malformed_packets(version) {
        all.push(scenario(named(&format!("malformed: {name}"), version, mode), &commands, move |table| {
            let mut seat = table.welcome()?;
            // So that the client does not get it together with the CONNACK.
            seat.watch(MOMENT)?;
            seat.peer.send(&packet);
            let ended = seat.watch(MOMENT * 4).is_none();
            // The client is told a moment after the server.
            table.pause(MOMENT);
            table.go();
            if !ended {
                seat.rest();
            }
            Some(())
        }));
    }
    all
}

/// C-4.5, C-4.7, C-4.8.
fn server_ends(version: u8, mode: &str) -> Vec<Scenario> {
    let mut all = Vec::new();
    let next = if mode.is_empty() { "receive 3000" } else { "go" };
    let connects = |told: &str| {
        format!(
            "create {version}; {mode} {told} connect; {next}; isConnected; publish 0 t x; publish 1 t y; connect; \
             publish 0 t z; disconnect 0; destroy"
        )
    };
    for (name, packet) in [
        ("end", ""),
        ("DISCONNECT", "e0 00"),
        ("DISCONNECT with reason", "e0 01 8e"),
        ("DISCONNECT with properties", "e0 07 8b 05 1f 0002 6279"),
    ] {
        for told in ["", "told;"] {
            let name = named(&format!("the server's {name}"), version, mode)
                + if told.is_empty() { "" } else { ", told" };
            all.push(scenario(name, &connects(told), move |table| {
                let mut seat = table.welcome()?;
                seat.watch(MOMENT)?;
                seat.send(packet);
                if packet.is_empty() || seat.watch(MOMENT).is_some() {
                    seat.close();
                }
                table.pause(MOMENT);
                table.go();
                table.welcome()?.rest();
                Some(())
            }));
        }
    }
    all
}

/// C-11.2, C-11.3: the last ping is not answered. The client's call returns when all is over.
fn pings(mode: &str) -> Scenario {
    let name = if mode.is_empty() { "pings" } else { "pings, callbacks" };
    // The original looks at its clock once in each call.
    let wait = if mode.is_empty() { "yield 50" } else { "await lost 1" };
    let commands = format!("create 4; {mode} connect keepalive=1; {wait}; isConnected; disconnect 0");
    scenario(name, &commands, |table| {
        let mut seat = table.welcome()?;
        seat.answer(PINGREQ, "d0 00")?;
        seat.answer(PINGREQ, "d0 00")?;
        seat.take(PINGREQ)?;
        seat.rest();
        Some(())
    })
}
