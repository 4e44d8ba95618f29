//! Messages that wait for a connection, in memory and in a store.

use super::{MOMENT, client, scenario};
use crate::stage::Scenario;
use crate::support::wire::PUBLISH;

/// Section 11 of the contract.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for version in [4, 5] {
        all.extend(accepted(version));
        all.extend(limits(version));
        all.push(delivered(version));
        all.extend(stored(version));
        all.push(others_are_not(version));
    }
    all
}

/// who may send without a connection, and when.
fn accepted(version: u8) -> Vec<Scenario> {
    let mut all = Vec::new();
    for (name, options) in [
        ("no options", "plain=1"),
        ("no buffering", ""),
        ("buffering", "buffer=1"),
        ("buffering at any time", "buffer=1 anytime=1"),
        ("only at any time", "anytime=1"),
        ("buffering at any time in an old struct", "buffer=1 anytime=1 struct=1"),
    ] {
        let version = if options.starts_with("plain") { 4 } else { version };
        let commands = format!(
            "{}; send 1 t before; pending; connect clean=0; await connected 1; go; await lost 1; pause 500; send 1 t lost; pending; connect \
             clean=0; await connected 2; disconnect 0; await disconnect 1; send 1 t after; pending; destroy",
            client(version, options)
        );
        all.push(scenario(
            format!("messages without a connection, {name}, version {version}"),
            &commands,
            |table| {
                let mut seat = table.welcome()?;
                seat.watch(MOMENT)?;
                table.go();
                seat.close();
                table.welcome_with(true)?.rest();
                Some(())
            },
        ));
    }
    if version == 5 {
        // The client without options is of version 4, and has been there.
        all.remove(0);
    }
    all
}

///
fn limits(version: u8) -> Vec<Scenario> {
    let mut all = Vec::new();
    for (name, options) in
        [("", "max=3"), (", the oldest goes", "max=3 oldest=1"), (", old struct", "max=3 oldest=1 struct=1")]
    {
        let anytime = if options.contains("struct") { "" } else { "anytime=1" };
        let commands = format!(
            "{}; connect; await failure 1; pause 500; many 2 1 t; many 2 0 t; many 2 2 t; pending; connect; await connected 1; go; pending; \
             disconnect 1000; await disconnect 1; destroy",
            client(version, &format!("buffer=1 {anytime} {options}"))
        );
        all.push(scenario(format!("a full buffer{name}, version {version}"), &commands, |table| {
            table.greet()?.close();
            let mut seat = table.welcome()?;
            seat.serve_for(MOMENT * 3)?;
            table.go();
            seat.rest();
            Some(())
        }));
    }
    // Also with a connection.
    let commands = format!(
        "{}; connect window=1; await connected 1; send 1 t a; go; many 4 1 t; pending; go; await complete 4; disconnect 0; \
         await disconnect 1; destroy",
        client(version, "max=3")
    );
    all.push(scenario(format!("a full buffer while connected, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        table.go();
        seat.watch(MOMENT)?;
        table.go();
        seat.send("40 02 0001");
        seat.serve();
        Some(())
    }));
    all
}

/// in order, with their callbacks.
fn delivered(version: u8) -> Scenario {
    let commands = format!(
        "{}; many 2 1 t; send 0 t zero; send 1 t three; send 2 t last; isComplete 0; isComplete 1; pending; connect; \
         await send 5; pending; disconnect 0; await disconnect 1; destroy",
        client(version, "buffer=1 anytime=1")
    );
    scenario(format!("messages before the connection, version {version}"), &commands, |table| {
        table.welcome()?.serve();
        Some(())
    })
}

/// over the end of the client.
fn stored(version: u8) -> Vec<Scenario> {
    let mut all = Vec::new();
    for (name, options) in [("", ""), (", not those of QoS 0", "persist0=0"), (", not restored", "restore=0")]
    {
        let options = format!("store=. buffer=1 anytime=1 {options}");
        let commands = format!(
            "{}; send 1 t one quiet=1; send 0 t zero quiet=1; send 1 t two quiet=1; files; pending; destroy; files; {}; \
             pending; send 2 t more; files; connect clean=0; await connected 1; go; pending; files; disconnect 0; await disconnect 1; \
             destroy; files",
            client(version, &options),
            client(version, &options),
        );
        all.push(scenario(format!("stored messages{name}, version {version}"), &commands, |table| {
            let mut seat = table.welcome()?;
            seat.serve_for(MOMENT * 3)?;
            table.go();
            seat.rest();
            Some(())
        }));
    }
    // Messages in flight, which the next client sends again.
    let session = if version == 5 { "clean=0 p.17=100" } else { "clean=0" };
    let commands = format!(
        "{}; connect {session} window=2; await connected 1; many 3 1 t; go; files; destroy; files; {}; pending; files; \
         connect {session}; await complete 3; pending; go; files; disconnect 0; await disconnect 1; destroy; files",
        client(version, "store=."),
        client(version, "store=."),
    );
    all.push(scenario(format!("stored messages in flight, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.watch(MOMENT)?;
        table.go();
        seat.rest();
        let mut seat = table.welcome_with(true)?;
        seat.serve_for(MOMENT * 3)?;
        table.go();
        seat.rest();
        Some(())
    }));
    all
}

///
fn others_are_not(version: u8) -> Scenario {
    let commands =
        format!("{}; subscribe a:1; unsubscribe a; pending; destroy", client(version, "buffer=1 anytime=1"));
    scenario(format!("subscriptions without a connection, version {version}"), &commands, |_| Some(()))
}
