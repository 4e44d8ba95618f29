//! A server that does not read for a while, or reads little by little, or leaves in the middle of a message.

use super::{done, named};
use crate::stage::{Scenario, packet, scenario};
use crate::support::wire::{PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL};

/// More bytes than all buffers on the way take when nobody reads: `publish` has to wait. The kernel's alone
/// grow to 4 MiB and more.
const BIG: usize = 12_000_000;

/// C-7.5, C-7.6, C-10.2, C-10.9.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for mode in ["", "callbacks;"] {
        for version in [4, 5] {
            all.push(full(version, mode));
            all.push(sips(version, mode));
            all.extend(answers_wait(version, mode));
            all.push(full_when_resending(version, mode));
            all.extend(cuts(version, mode));
        }
    }
    all
}

/// C-7.6: a message of each QoS waits for the server, and arrives whole.
fn full(version: u8, mode: &str) -> Scenario {
    let commands = format!(
        "create {version}; {mode} connect; fill 0 big {BIG}; fill 1 big {BIG}; {}; fill 2 big {BIG}; {}; publish 0 t small; \
         isConnected; pending; disconnect 0",
        done(mode, &[1], 1),
        done(mode, &[2], 2),
    );
    scenario(named("a server that reads late", version, mode), &commands, |table| {
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

/// C-7.6: the client can only ever write a piece.
fn sips(version: u8, mode: &str) -> Scenario {
    let commands = format!(
        "create {version}; {mode} connect; fill 1 big {BIG}; {}; fill 2 big 300000; {}; publish 0 t small; disconnect 0",
        done(mode, &[1], 1),
        done(mode, &[2], 2),
    );
    scenario(named("a server that reads little by little", version, mode), &commands, |table| {
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

/// C-10.2: while a message is only half written, messages come in, and their acknowledgements wait.
fn answers_wait(version: u8, mode: &str) -> Vec<Scenario> {
    let callbacks = !mode.is_empty();
    let taken = if callbacks { "await message 2" } else { "receive 9000; receive 9000" };
    let commands =
        format!("create {version}; {mode} connect; fill 0 big {BIG}; {taken}; go; disconnect 3000");
    let p = if version == 5 { "00" } else { "" };
    let of_one =
        scenario(named("messages for a client that writes, qos 1", version, mode), &commands, move |table| {
            table.narrow();
            let mut seat = table.welcome()?;
            seat.fill()?;
            seat.send(&packet("32", &format!("0001 61 0007 {p}")));
            seat.send(&packet("32", &format!("0001 62 0008 {p}")));
            seat.take(PUBLISH)?;
            seat.take(PUBACK)?;
            seat.take(PUBACK)?;
            table.go();
            seat.rest();
            Some(())
        });
    let of_two =
        scenario(named("messages for a client that writes, qos 2", version, mode), &commands, move |table| {
            table.narrow();
            let mut seat = table.welcome()?;
            seat.fill()?;
            seat.send(&packet("34", &format!("0001 61 0007 {p}")));
            seat.send(&packet("34", &format!("0001 62 0008 {p}")));
            seat.take(PUBLISH)?;
            seat.take(PUBREC)?;
            seat.take(PUBREC)?;
            seat.send("62 02 0007 62 02 0008");
            // A client without callbacks reads on when it disconnects.
            if !callbacks {
                table.go();
            }
            seat.take(PUBCOMP)?;
            seat.take(PUBCOMP)?;
            if callbacks {
                table.go();
            }
            seat.rest();
            Some(())
        });
    vec![of_one, of_two]
}

/// C-10.8, C-10.9: what is sent again fills the socket. It is one message only: of several the original sends
/// one twice, or forgets one, not always the same. Without keep alive it looks after them more often.
fn full_when_resending(version: u8, mode: &str) -> Scenario {
    let noticed = if mode.is_empty() { "receive 9000" } else { "await lost 1" };
    let commands = format!(
        "create {version}; {mode} connect clean=0 keepalive=0; fill 2 big {BIG}; publish 0 t small; {noticed}; pending; \
         connect clean=0 keepalive=0; isConnected; go; {}; pending; publish 0 t small; disconnect 0",
        done(mode, &[1], 1),
    );
    scenario(named("a server that reads what is sent again late", version, mode), &commands, |table| {
        table.narrow();
        let mut seat = table.welcome()?;
        seat.take(PUBLISH)?;
        seat.take(PUBLISH)?;
        seat.close();
        let mut seat = table.welcome_with(true)?;
        seat.fill()?;
        table.go();
        seat.serve();
        Some(())
    })
}

/// C-7.5: the connection ends in the middle of a message.
fn cuts(version: u8, mode: &str) -> Vec<Scenario> {
    let noticed = if mode.is_empty() { "" } else { "await lost 1;" };
    let mut all = Vec::new();
    for qos in 0..3 {
        let last = if qos == 0 { String::new() } else { done(mode, &[1], 1) + ";" };
        let commands = format!(
            "create {version}; {mode} connect clean=0; fill {qos} big {BIG}; {noticed} isConnected; pending; \
             connect clean=0; {last} pending; publish 0 t small; disconnect 0"
        );
        let name = format!("cut in the middle of a message, qos {qos}");
        all.push(scenario(named(&name, version, mode), &commands, |table| {
            table.narrow();
            let mut seat = table.welcome()?;
            seat.fill()?;
            seat.cut_after(1_000_000);
            table.welcome_with(true)?.serve();
            Some(())
        }));
    }
    all
}
