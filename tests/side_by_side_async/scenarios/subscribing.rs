//! Subscriptions: what is asked for, and what the server says.

use super::{MOMENT, client, scenario};
use crate::stage::Scenario;
use crate::support::wire::{SUBSCRIBE, UNSUBSCRIBE};

/// Section 9 of the contract.
pub fn all() -> Vec<Scenario> {
    let mut all = vec![options(), strays(4), strays(5)];
    all.extend(results(3));
    all.extend(results(4));
    all.push(results_of_5());
    all
}

///
fn results(version: u8) -> Vec<Scenario> {
    let one = format!(
        "{}; connect; await connected 1; subscribe a:2; await subscribe 1; subscribe b:1; await subscribe 2; subscribe c:1; \
         await failure 1; pause 500; subscribe d:0 quiet=1; go; unsubscribe a; await unsubscribe 1; unsubscribe a b; \
         await unsubscribe 2; disconnect 0; await disconnect 1",
        client(version, "")
    );
    let one = scenario(format!("subscribe, version {version}"), &one, |table| {
        let mut seat = table.welcome()?;
        seat.answer(SUBSCRIBE, "90 03 0001 02")?;
        seat.answer(SUBSCRIBE, "90 03 0002 00")?;
        seat.answer(SUBSCRIBE, "90 03 0003 80")?;
        seat.answer(SUBSCRIBE, "90 03 0004 00")?;
        seat.watch(MOMENT)?;
        table.go();
        seat.answer(UNSUBSCRIBE, "b0 02 0005")?;
        seat.answer(UNSUBSCRIBE, "b0 02 0006")?;
        seat.rest();
        Some(())
    });
    let many = format!(
        "{}; connect; await connected 1; subscribe a:0 b:1 c:2; await subscribe 1; subscribe d:2 e:2; await subscribe 2; \
         disconnect 0; await disconnect 1",
        client(version, "")
    );
    let many = scenario(format!("subscribe many, version {version}"), &many, |table| {
        let mut seat = table.welcome()?;
        seat.answer(SUBSCRIBE, "90 05 0001 00 80 01")?;
        seat.answer(SUBSCRIBE, "90 04 0002 80 80")?;
        seat.rest();
        Some(())
    });
    vec![one, many]
}

///
fn results_of_5() -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; subscribe a:2; await subscribe 1; subscribe b:1; await failure 1; pause 500; \
         subscribe a:0 b:1 c:2; await subscribe 2; subscribe d:0 e:0; await subscribe 3; unsubscribe a; \
         await unsubscribe 1; unsubscribe b; await unsubscribe 2; unsubscribe c d; await unsubscribe 3; disconnect 0; \
         await disconnect 1",
        client(5, "")
    );
    scenario("subscribe, version 5", &commands, |table| {
        let mut seat = table.welcome()?;
        seat.answer(SUBSCRIBE, "90 09 0001 05 1f 0002 6f6b 02")?;
        seat.answer(SUBSCRIBE, "90 09 0002 05 1f 0002 6e6f 87")?;
        seat.answer(SUBSCRIBE, "90 06 0003 00 00 87 02")?;
        seat.answer(SUBSCRIBE, "90 05 0004 00 87 87")?;
        seat.answer(UNSUBSCRIBE, "b0 04 0005 00 00")?;
        seat.answer(UNSUBSCRIBE, "b0 09 0006 05 1f 0002 6e6f 87")?;
        seat.answer(UNSUBSCRIBE, "b0 05 0007 00 00 11")?;
        seat.rest();
        Some(())
    })
}

/// on the wire.
fn options() -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; subscribe a:1:1:1:2 p.11=7 p.38=k:v; await subscribe 1; \
         subscribe a:0:0:0:1 b:1:1:0:0 c:2:0:1:2 p.11=8; await subscribe 2; subscribe a:2:1:1:1 b:1:1:1:1 options=0; \
         await subscribe 3; unsubscribe a p.38=k:v; await unsubscribe 1; disconnect 0; await disconnect 1",
        client(5, "")
    );
    scenario("options of subscriptions", &commands, |table| {
        let mut seat = table.welcome()?;
        seat.answer(SUBSCRIBE, "90 04 0001 00 01")?;
        seat.answer(SUBSCRIBE, "90 06 0002 00 00 01 02")?;
        seat.answer(SUBSCRIBE, "90 05 0003 00 02 01")?;
        seat.answer(UNSUBSCRIBE, "b0 04 0004 00 00")?;
        seat.rest();
        Some(())
    })
}

/// A SUBACK for a request that was not made, and the same one twice.
fn strays(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; subscribe a:1; await subscribe 1; go; isConnected; disconnect 0; go; destroy",
        client(version, "")
    );
    scenario(format!("stray answers, version {version}"), &commands, move |table| {
        let p = if version == 5 { "00" } else { "" };
        let length = if version == 5 { "04" } else { "03" };
        let mut seat = table.welcome()?;
        seat.take(SUBSCRIBE)?;
        seat.send(&format!("90 {length} 0063 {p} 01"));
        seat.send(&format!("90 {length} 0001 {p} 01"));
        seat.send(&format!("90 {length} 0001 {p} 01"));
        let ended = seat.watch(MOMENT * 2).is_none();
        table.go();
        if !ended {
            seat.rest();
        }
        table.go();
        Some(())
    })
}
