//! Connections that come back by themselves, or because the program says so.

use std::time::Duration;

use super::{MOMENT, client, scenario};
use crate::stage::Scenario;
use crate::support::wire::PUBLISH;

/// Section 8 of the contract.
pub fn all() -> Vec<Scenario> {
    let mut all = vec![never_connected()];
    for version in [4, 5] {
        all.extend(automatic(version));
        all.push(first_fails(version));
        all.push(updated(version));
        all.push(ended(version));
        all.push(asked(version));
        all.push(asked_with_automatic(version));
        all.push(next_server(version));
        all.push(server_disconnect(version));
    }
    all
}

///
fn automatic(version: u8) -> Vec<Scenario> {
    let mut all = Vec::new();
    let p = if version == 5 { "p.17=100" } else { "" };
    for (clean, present) in [(1, false), (0, true), (0, false)] {
        let commands = format!(
            "{}; connect auto=1 clean={clean} {p}; await connected 1; send 1 t one; go; await connected 2; go; \
             isConnected; pending; send 0 t two; await send 1; disconnect 0; await disconnect 1; destroy",
            client(version, "")
        );
        let name =
            format!("automatic reconnect, version {version}, clean {clean}, session present {present}");
        all.push(scenario(name, &commands, move |table| {
            let mut seat = table.welcome()?;
            seat.take(PUBLISH)?;
            table.go();
            seat.close();
            let mut seat = table.welcome_with(present)?;
            seat.serve_for(MOMENT * 3)?;
            table.go();
            seat.rest();
            Some(())
        }));
    }
    all
}

/// also after a first connect that fails.
fn first_fails(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect auto=1; await failure 1; pause 500; await connected 1; isConnected; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("automatic reconnect after failures, version {version}"), &commands, |table| {
        table.greet()?.close();
        table.greet()?.close();
        table.welcome()?.rest();
        Some(())
    })
}

///
fn updated(version: u8) -> Scenario {
    let commands = format!(
        "{}; update bob; connect auto=1 user=ada password=old; await connected 1; go; await connected 2; disconnect 0; \
         await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("new credentials for a reconnect, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.watch(MOMENT)?;
        table.go();
        seat.close();
        table.welcome()?.rest();
        Some(())
    })
}

///
fn ended(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect auto=1; await connected 1; go; await lost 1; pause 500; disconnect 0; send 0 t x; go; isConnected; destroy",
        client(version, "")
    );
    scenario(format!("disconnect instead of a reconnect, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.watch(MOMENT)?;
        table.go();
        seat.close();
        let mut seat = table.welcome_within(Duration::from_secs(8));
        if let Some(seat) = &mut seat {
            seat.watch(MOMENT)?;
        }
        table.go();
        seat?.rest();
        Some(())
    })
}

///
fn asked(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect user=ada; await connected 1; go; await lost 1; pause 500; reconnect; await connected 2; isConnected; disconnect 0; \
         await disconnect 1; reconnect; await connected 3; isConnected; destroy",
        client(version, "")
    );
    scenario(format!("MQTTAsync_reconnect, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.watch(MOMENT)?;
        table.go();
        seat.close();
        table.welcome()?.rest();
        table.welcome()?.rest();
        Some(())
    })
}

/// at once, and no effect after disconnect.
fn asked_with_automatic(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect auto=1 min=30 max=60; await connected 1; go; await lost 1; pause 500; reconnect; await connected 2; reconnect; \
         isConnected; disconnect 0; await disconnect 1; reconnect; isConnected; destroy",
        client(version, "")
    );
    scenario(format!("MQTTAsync_reconnect and automatic reconnect, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.watch(MOMENT)?;
        table.go();
        seat.close();
        table.welcome()?.rest();
        Some(())
    })
}

///
fn never_connected() -> Scenario {
    scenario("MQTTAsync_reconnect before connect", "create 4; reconnect; isConnected; destroy", |_| Some(()))
}

/// the list goes round.
fn next_server(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect auto=1 uris=127.0.0.1:1,tcp://HOST; await connected 1; go; await connected 2; disconnect 0; \
         await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("automatic reconnect with two servers, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.watch(MOMENT)?;
        table.go();
        seat.close();
        table.welcome()?.rest();
        Some(())
    })
}

///
fn server_disconnect(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect auto=1; await connected 1; await connected 2; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(
        format!("automatic reconnect after the server's DISCONNECT, version {version}"),
        &commands,
        |table| {
            let mut seat = table.welcome()?;
            seat.watch(MOMENT)?;
            seat.send("e0 00");
            if seat.watch(MOMENT).is_some() {
                seat.close();
            }
            table.welcome()?.rest();
            Some(())
        },
    )
}
