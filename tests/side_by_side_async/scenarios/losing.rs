//! Connections that end without the program's doing, and what is left of its requests.

use super::{MOMENT, client, scenario};
use crate::stage::{Scenario, Seat, Table};
use crate::support::answering_broker::malformed_packets;
use crate::support::wire::{PINGREQ, PUBLISH, PUBREL, SUBSCRIBE};

/// Sections 7, 14 and 15 of the contract.
pub fn all() -> Vec<Scenario> {
    let mut all = vec![pings()];
    for version in [0, 4, 5] {
        for clean in [0, 1] {
            all.extend(requests(version, clean));
            all.extend(cuts(version, clean));
        }
    }
    for version in [4, 5] {
        all.extend(server_ends(version));
        all.extend(malformed(version));
    }
    all
}

/// after a loss and after the next CONNACK.
fn requests(version: u8, clean: u8) -> Vec<Scenario> {
    let mut all = Vec::new();
    let p = if version == 5 { "p.17=100" } else { "" };
    for present in [false, true] {
        let commands = format!(
            "{}; connect clean={clean} window=2 {p}; await connected 1; send 1 t a; send 2 t b; go; send 1 t queued; go; \
             await lost 1; pause 500; isConnected; pending; isComplete 1; isComplete 3; connect clean={clean} {p}; await connected 2; go; \
             pending; disconnect 0; await disconnect 1; destroy",
            client(version, "")
        );
        let name =
            format!("requests and a loss, version {version}, clean {clean}, session present {present}");
        all.push(scenario(name, &commands, move |table| {
            let mut seat = table.welcome()?;
            seat.take(PUBLISH)?;
            seat.take(PUBLISH)?;
            table.go();
            seat.watch(MOMENT)?;
            table.go();
            seat.close();
            let mut seat = table.welcome_with(present)?;
            seat.watch(MOMENT * 3)?;
            table.go();
            seat.rest();
            Some(())
        }));
    }
    let commands = format!(
        "{}; connect clean={clean} {p}; await connected 1; subscribe a:1; go; send 1 t a; go; await lost 1; pause 500; connect \
         clean={clean} {p}; await connected 2; go; pending; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    all.push(scenario(
        format!("a subscription and a loss, version {version}, clean {clean}"),
        &commands,
        |table| {
            let mut seat = table.welcome()?;
            seat.take(SUBSCRIBE)?;
            table.go();
            seat.take(PUBLISH)?;
            table.go();
            seat.close();
            let mut seat = table.welcome_with(true)?;
            seat.watch(MOMENT * 3)?;
            table.go();
            seat.rest();
            Some(())
        },
    ));
    all
}

/// How far the server lets the client come.
type Step = fn(&mut Seat) -> Option<()>;

/// the connection is cut at each step of an exchange, and comes back.
fn cuts(version: u8, clean: u8) -> Vec<Scenario> {
    let mut all = Vec::new();
    let p = if version == 5 { "p.17=100" } else { "" };
    let steps: [(&str, &str, Step); 4] = [
        ("QoS 1 after the message", "send 1 t x", |seat| seat.take(PUBLISH).map(drop)),
        ("QoS 2 after the message", "send 2 t x", |seat| seat.take(PUBLISH).map(drop)),
        ("QoS 2 after PUBREC", "send 2 t x", |seat| {
            seat.answer(PUBLISH, "50 02 0001")?;
            seat.take(PUBREL).map(drop)
        }),
        ("QoS 2 twice", "send 2 t x; send 2 t y", |seat| {
            seat.take(PUBLISH)?;
            seat.answer(PUBLISH, "50 02 0001")?;
            seat.take(PUBREL).map(drop)
        }),
    ];
    for (name, send, step) in steps {
        let commands = format!(
            "{}; connect clean={clean} {p}; await connected 1; {send}; go; await lost 1; pause 500; connect clean={clean} {p}; \
             await connected 2; go; pending; disconnect 0; await disconnect 1; destroy",
            client(version, "")
        );
        let script = move |table: &Table<'_>| {
            let mut seat = table.welcome()?;
            step(&mut seat)?;
            table.go();
            seat.close();
            let mut seat = table.welcome_with(true)?;
            acknowledge(&mut seat)?;
            table.go();
            seat.rest();
            Some(())
        };
        all.push(scenario(format!("cut {name}, version {version}, clean {clean}"), &commands, script));
    }
    all
}

/// Acknowledges what comes until nothing comes any more.
fn acknowledge(seat: &mut Seat) -> Option<()> {
    seat.serve_for(MOMENT * 3)
}

///
fn server_ends(version: u8) -> Vec<Scenario> {
    let mut all = Vec::new();
    for (name, packet) in [
        ("end", ""),
        ("DISCONNECT", "e0 00"),
        ("DISCONNECT with reason", "e0 01 8e"),
        ("DISCONNECT with properties", "e0 07 8b 05 1f 0002 6279"),
    ] {
        let commands = format!(
            "{}; connect; await connected 1; subscribe a:1; go; isConnected; send 1 t x; connect; await connected 2; \
             send 0 t z; disconnect 0; await disconnect 1; destroy",
            client(version, "")
        );
        all.push(scenario(format!("the server's {name}, version {version}"), &commands, move |table| {
            let mut seat = table.welcome()?;
            seat.take(SUBSCRIBE)?;
            seat.send(packet);
            if packet.is_empty() || seat.watch(MOMENT).is_some() {
                seat.close();
            }
            table.pause(MOMENT * 2);
            table.go();
            table.welcome()?.rest();
            Some(())
        }));
    }
    all
}

/// the last ping is not answered.
fn pings() -> Scenario {
    let commands =
        format!("{}; connect keepalive=1; await lost 1; pause 500; isConnected; destroy", client(4, ""));
    scenario("pings", &commands, |table| {
        let mut seat = table.welcome()?;
        seat.answer(PINGREQ, "d0 00")?;
        seat.answer(PINGREQ, "d0 00")?;
        seat.take(PINGREQ)?;
        seat.rest();
        Some(())
    })
}

/// W-206.
fn malformed(version: u8) -> Vec<Scenario> {
    let commands = format!(
        "{}; connect; await connected 1; go; isConnected; disconnect 0; go; destroy",
        client(version, "")
    );
    let mut all = Vec::new();
    for (name, packet) in malformed_packets(version) {
        all.push(scenario(format!("malformed: {name}, version {version}"), &commands, move |table| {
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
            table.go();
            Some(())
        }));
    }
    all
}
