//! Outgoing messages: tokens, acknowledgements, windows.

use super::{MOMENT, client, scenario};
use crate::stage::Scenario;
use crate::support::wire::{PUBLISH, PUBREL, SUBSCRIBE};

/// Sections 10 and 12 of the contract.
pub fn all() -> Vec<Scenario> {
    let mut all = vec![reasons()];
    for version in [3, 4, 5] {
        all.push(each_qos(version));
        all.push(window(version));
        all.push(odd(version));
        all.push(tokens(version));
        all.push(one_packet(version));
    }
    all
}

///
fn each_qos(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; send 0 a zero; await send 1; send 1 b one retained=1; await send 2; \
         send 2 c/d two; await send 3; message 1 # odd; await send 4; fill 0 wide 100; await send 5; pending; \
         wait 2 100; wait 99 100; send 0 last text quiet=1; disconnect 1000; await disconnect 1; wait 2 100; destroy",
        client(version, "")
    );
    scenario(format!("messages of each QoS, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.answer(PUBLISH, "40 02 0001")?;
        seat.answer(PUBLISH, "50 02 0002")?;
        seat.answer(PUBREL, "70 02 0002")?;
        seat.answer(PUBLISH, "40 02 0003")?;
        seat.rest();
        Some(())
    })
}

///
fn reasons() -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; message 1 a b p.1=1 p.2=30 p.3=text p.8=answer p.9=corr p.35=3 p.38=k:v; \
         send 1 a c p.38=x:y; send 2 a d; send 2 a e; send 2 a f; send 1 a last; await complete 6; go; pending; \
         disconnect 0; await disconnect 1; destroy",
        client(5, "")
    );
    scenario("reasons of each acknowledgement", &commands, |table| {
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
        seat.watch(MOMENT)?;
        table.go();
        seat.rest();
        Some(())
    })
}

/// requests wait for the window, all in their order.
fn window(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect window=2; await connected 1; many 3 1 t; send 0 t zero; subscribe a:1; go; pending; go; \
         await complete 3; await subscribe 1; await send 4; pending; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("a window of two, version {version}"), &commands, move |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.watch(MOMENT)?;
        table.go();
        seat.watch(MOMENT)?;
        table.go();
        seat.send("40 02 0001");
        seat.take(PUBLISH)?;
        seat.send("40 02 0002");
        seat.take(PUBLISH)?;
        seat.take(SUBSCRIBE)?;
        seat.send(if version == 5 { "90 04 0004 00 01" } else { "90 03 0004 01" });
        seat.send("40 02 0003");
        seat.rest();
        Some(())
    })
}

/// acknowledgements of what was not sent, and twice of what was.
fn odd(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; send 1 t x; go; send 2 t y; go; pending; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("odd acknowledgements, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.send("40 02 0309 70 02 0309 50 02 030a 62 02 030b");
        seat.send("40 02 0001 40 02 0001");
        seat.watch(MOMENT)?;
        table.go();
        seat.take(PUBLISH)?;
        seat.send("50 02 0002 50 02 0002");
        seat.take(PUBREL)?;
        seat.watch(MOMENT)?;
        seat.send("70 02 0002 70 02 0002");
        seat.watch(MOMENT)?;
        table.go();
        seat.rest();
        Some(())
    })
}

///
fn tokens(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; pending; isComplete 0; isComplete 1; send 1 t a; subscribe f:0; send 2 t b; \
         unsubscribe f; go; pending; isComplete 1; isComplete 2; isComplete 3; wait 1 200; go; await complete 2; pending; \
         isComplete 1; isComplete 3; wait 1 200; disconnect 0; await disconnect 1; pending; destroy",
        client(version, "")
    );
    scenario(format!("tokens, version {version}"), &commands, |table| {
        let mut seat = table.welcome()?;
        seat.watch(MOMENT * 2)?;
        table.go();
        seat.watch(MOMENT * 2)?;
        table.go();
        seat.send("40 02 0001");
        seat.send("50 02 0003");
        seat.answer(PUBREL, "70 02 0003")?;
        seat.rest();
        Some(())
    })
}

/// empty payloads, long ones, and a topic that is empty.
fn one_packet(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; fill 0 empty 0; fill 1 long 20000; await complete 1; fill 2 longer 200000; \
         await complete 2; disconnect 1000; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("messages of each size, version {version}"), &commands, |table| {
        table.welcome()?.serve();
        Some(())
    })
}
