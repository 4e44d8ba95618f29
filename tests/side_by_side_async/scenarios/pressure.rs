//! A server that does not read for a while, or reads little by little, or leaves in the middle of a message.

use super::{MOMENT, client, scenario};
use crate::stage::Scenario;
use crate::support::wire::{PUBLISH, PUBREL};

/// More bytes than all buffers on the way take when nobody reads. The kernel's alone grow to 4 MiB and more.
const BIG: usize = 12_000_000;

///
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for version in [4, 5] {
        all.push(late(version));
        all.push(sips(version));
        all.push(others_wait(version));
        for qos in [0, 1, 2] {
            all.push(cut(version, qos));
        }
    }
    all
}

fn late(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; fill 0 big {BIG}; await send 1; fill 1 big {BIG}; await complete 1; fill 2 big {BIG}; \
         await complete 2; send 0 t small; await send 4; isConnected; pending; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("a server that reads late, version {version}"), &commands, |table| {
        table.narrow();
        let mut seat = table.welcome()?;
        seat.fill()?;
        seat.take(PUBLISH)?;
        seat.fill()?;
        seat.answer(PUBLISH, "40 02 0001")?;
        seat.fill()?;
        seat.answer(PUBLISH, "50 02 0002")?;
        seat.answer(PUBREL, "70 02 0002")?;
        seat.rest();
        Some(())
    })
}

fn sips(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; fill 1 big {BIG}; await complete 1; fill 2 big 300000; await complete 2; send 0 t small; \
         await send 3; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("a server that reads little by little, version {version}"), &commands, |table| {
        table.narrow();
        let mut seat = table.welcome()?;
        seat.fill()?;
        seat.sip(20_000)?;
        seat.send("40 02 0001");
        seat.sip(1_000)?;
        seat.send("50 02 0002");
        seat.answer(PUBREL, "70 02 0002")?;
        seat.rest();
        Some(())
    })
}

/// Requests behind a message that is only half written are accepted, and keep their order.
fn others_wait(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; fill 1 big {BIG}; go; many 3 1 t; send 0 t zero; go; await complete 4; await send 5; \
         disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(
        format!("requests behind a message that is half written, version {version}"),
        &commands,
        |table| {
            table.narrow();
            let mut seat = table.welcome()?;
            seat.fill()?;
            table.go();
            table.pause(MOMENT);
            table.go();
            seat.serve();
            Some(())
        },
    )
}

/// The connection ends in the middle of a message.
fn cut(version: u8, qos: u8) -> Scenario {
    let session = if version == 5 { "clean=0 p.17=100" } else { "clean=0" };
    // What is told of a message of QoS 0 is for chance to say in the original.
    let quiet = u8::from(qos == 0);
    let commands = format!(
        "{}; connect {session}; await connected 1; fill {qos} big {BIG} quiet={quiet}; await lost 1; pause 500; isConnected; pending; connect {session}; \
         await connected 2; go; pending; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("cut in the middle of a message, qos {qos}, version {version}"), &commands, |table| {
        table.narrow();
        let mut seat = table.welcome()?;
        seat.fill()?;
        seat.cut_after(100_000);
        let mut seat = table.welcome_with(true)?;
        seat.serve_for(MOMENT * 5)?;
        table.go();
        seat.rest();
        Some(())
    })
}
