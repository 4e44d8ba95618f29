//! How the program ends a connection, or the client.

use std::time::Duration;

use super::{MOMENT, client, scenario};
use crate::stage::Scenario;
use crate::support::wire::{DISCONNECT, PUBLISH, PUBREL, SUBSCRIBE};

/// Sections 6 and 16 of the contract.
pub fn all() -> Vec<Scenario> {
    let mut all = reasons();
    for version in [4, 5] {
        all.extend(waiting(version));
        all.extend(destroyed(version));
    }
    all
}

///
fn reasons() -> Vec<Scenario> {
    let mut all = Vec::new();
    for version in [4, 5] {
        let commands = format!(
            "{}; disconnect 10; connect; await connected 1; disconnect 10; await disconnect 1; isConnected; disconnect 0; \
             connect; await connected 2; disconnect 0 quiet=1; go; isConnected; destroy; isConnected",
            client(version, "")
        );
        all.push(scenario(format!("disconnect, connected or not, version {version}"), &commands, |table| {
            table.welcome()?.rest();
            table.welcome()?.rest();
            table.go();
            Some(())
        }));
    }
    let commands = "create 5; connect; await connect 1; disconnect 0 reason=4; await disconnect 1; connect; await connect 2; \
                    disconnect 0 p.38=k:v; await disconnect 2; connect; await connect 3; disconnect 0 reason=152 p.31=why p.17=0; \
                    await disconnect 3";
    all.push(scenario("DISCONNECT with reasons", commands, |table| {
        for _ in 0..3 {
            table.welcome()?.rest();
        }
        Some(())
    }));
    all
}

///
fn waiting(version: u8) -> Vec<Scenario> {
    let with = |timeout: u32, clean: u8| {
        format!(
            "{}; connect clean={clean}; await connected 1; send 1 t a; send 2 t b; disconnect {timeout}; isConnected; \
             await disconnect 1; pending; destroy",
            client(version, "")
        )
    };
    let mut all = Vec::new();
    for clean in [0, 1] {
        let name = format!("disconnect waits, version {version}, clean {clean}");
        all.push(scenario(name, &with(15000, clean), |table| {
            let mut seat = table.welcome()?;
            seat.take(PUBLISH)?;
            seat.take(PUBLISH)?;
            seat.watch(MOMENT)?;
            seat.send("40 02 0001 50 02 0002");
            seat.answer(PUBREL, "70 02 0002")?;
            seat.take(DISCONNECT)?;
            seat.rest();
            Some(())
        }));
        let name = format!("disconnect waits in vain, version {version}, clean {clean}");
        all.push(scenario(name, &with(600, clean), |table| {
            let mut seat = table.welcome()?;
            seat.take(DISCONNECT)?;
            seat.rest();
            Some(())
        }));
    }
    //
    let commands = format!(
        "{}; connect clean=0; await connected 1; send 1 t a; disconnect 10000; go; isConnected; pending; destroy",
        client(version, "")
    );
    all.push(scenario(format!("lost while disconnect waits, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.watch(MOMENT)?;
        seat.close();
        table.pause(Duration::from_secs(5));
        table.go();
        Some(())
    }));
    // what was asked for before goes first.
    let commands = format!(
        "{}; connect; await connected 1; many 20 0 t; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    all.push(scenario(format!("disconnect after requests, version {version}"), &commands, |table| {
        table.welcome()?.rest();
        Some(())
    }));
    // a full window.
    let commands = format!(
        "{}; connect clean=0 window=1; await connected 1; many 3 1 t; disconnect 1000; go; isConnected; pending; destroy",
        client(version, "")
    );
    all.push(scenario(format!("disconnect behind a full window, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        let ended = seat.watch(Duration::from_secs(6)).is_none();
        table.go();
        if !ended {
            seat.rest();
        }
        Some(())
    }));
    // what comes after is for the next connection.
    let commands = format!(
        "{}; connect clean=0; await connected 1; send 1 t a; disconnect 10000; send 1 t late; go; await disconnect 1; \
         pending; connect clean=0; await complete 2; disconnect 0; await disconnect 2; destroy",
        client(version, "")
    );
    all.push(scenario(format!("requests while disconnect waits, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.watch(MOMENT)?;
        table.go();
        seat.send("40 02 0001");
        seat.rest();
        let mut seat = table.welcome_with(true)?;
        seat.answer(PUBLISH, "40 02 0002")?;
        seat.rest();
        Some(())
    }));
    all
}

///
fn destroyed(version: u8) -> Vec<Scenario> {
    let mut all = Vec::new();
    let connected = format!("{}; connect; await connected 1; destroy; isConnected; go", client(version, ""));
    all.push(scenario(format!("destroyed while connected, version {version}"), &connected, |table| {
        table.welcome()?.rest();
        table.go();
        Some(())
    }));
    let awaiting = format!(
        "{}; connect window=2; await connected 1; send 1 t a; send 2 t b; go; send 1 t c; send 0 t d; destroy; go",
        client(version, "")
    );
    all.push(scenario(format!("destroyed with requests, version {version}"), &awaiting, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        table.go();
        seat.rest();
        table.go();
        Some(())
    }));
    let subscribing = format!(
        "{}; connect; await connected 1; subscribe a:1; go; unsubscribe b; go; destroy; go",
        client(version, "")
    );
    all.push(scenario(format!("destroyed while subscribing, version {version}"), &subscribing, |table| {
        let mut seat = table.welcome()?;
        seat.take(SUBSCRIBE)?;
        table.go();
        seat.watch(MOMENT)?;
        table.go();
        seat.rest();
        table.go();
        Some(())
    }));
    let never = format!("{}; destroy; isConnected", client(version, ""));
    all.push(scenario(format!("destroyed without a connection, version {version}"), &never, |_| Some(())));
    let connecting = format!("{}; connect; go; destroy; go", client(version, ""));
    all.push(scenario(format!("destroyed while connecting, version {version}"), &connecting, |table| {
        let seat = table.greet()?;
        table.go();
        seat.rest();
        table.go();
        Some(())
    }));
    all
}
