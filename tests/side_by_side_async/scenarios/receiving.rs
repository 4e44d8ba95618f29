//! Incoming messages: what the application is told, what it may refuse, what the server is told.

use super::{MOMENT, client, scenario};
use crate::stage::{Scenario, packet};
use crate::support::wire::{PUBACK, PUBCOMP, PUBREC};

/// Section 13 of the contract.
pub fn all() -> Vec<Scenario> {
    let mut all = vec![properties()];
    for version in [4, 5] {
        all.push(each_qos(version));
        all.push(repeated(version));
        all.push(refused(version));
        all.push(late_callback(version));
        all.push(over_two_connections(version));
        all.push(in_pieces(version));
    }
    all
}

/// The empty property list, where there is one.
fn p(version: u8) -> &'static str {
    if version == 5 { "00" } else { "" }
}

///
fn each_qos(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; await message 5; go; disconnect 0; await disconnect 1",
        client(version, "")
    );
    scenario(format!("messages come in, version {version}"), &commands, move |table| {
        let p = p(version);
        let mut seat = table.welcome()?;
        seat.send(&packet("31", &format!("0001 61 {p} 7a65726f")));
        seat.send(&packet("32", &format!("0003 612f62 0007 {p} 6f6e65")));
        seat.take(PUBACK)?;
        seat.send(&packet("3b", &format!("0001 61 0008 {p}")));
        seat.take(PUBACK)?;
        seat.send(&packet("34", &format!("0002 c3a9 0009 {p} 74776f")));
        seat.take(PUBREC)?;
        seat.send("62 02 0009");
        seat.take(PUBCOMP)?;
        seat.send(&packet("3c", &format!("0001 61 000a {p} 00")));
        seat.take(PUBREC)?;
        seat.send("62 02 000a");
        seat.take(PUBCOMP)?;
        table.go();
        seat.rest();
        Some(())
    })
}

///
fn properties() -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; await message 1; go; disconnect 0; await disconnect 1",
        client(5, "")
    );
    scenario("properties of a message", &commands, |table| {
        let list = "01 01 02 0000001e 03 0004 74657874 08 0006 616e73776572 09 0004 636f7272 0b 07 26 0001 6b 0001 76";
        let mut seat = table.welcome()?;
        seat.send(&packet("32", &format!("0001 61 0007 {} 78", crate::stage::counted(list))));
        seat.take(PUBACK)?;
        table.go();
        seat.rest();
        Some(())
    })
}

/// an identifier that is in use is no new message.
fn repeated(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; await message 2; go; disconnect 0; await disconnect 1",
        client(version, "")
    );
    scenario(format!("a message comes twice, version {version}"), &commands, move |table| {
        let p = p(version);
        let mut seat = table.welcome()?;
        seat.send(&packet("34", &format!("0001 61 0007 {p} 31")));
        seat.take(PUBREC)?;
        seat.send(&packet("3c", &format!("0001 61 0007 {p} 31")));
        seat.take(PUBREC)?;
        seat.send("62 02 0007");
        seat.take(PUBCOMP)?;
        seat.send("62 02 0007");
        seat.take(PUBCOMP)?;
        seat.send(&packet("34", &format!("0001 61 0007 {p} 32")));
        seat.take(PUBREC)?;
        seat.send("62 02 0007");
        seat.take(PUBCOMP)?;
        table.go();
        seat.rest();
        Some(())
    })
}

/// refused three times, and in order all the same. Packets come all the while, for the original needs them.
fn refused(version: u8) -> Scenario {
    let commands = format!(
        "{}; refuse 3; connect; await connected 1; await message 3; go; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("refused messages, version {version}"), &commands, move |table| {
        let p = p(version);
        let mut seat = table.welcome()?;
        for (id, text) in [("0001", "31"), ("0002", "32"), ("0003", "33")] {
            seat.send(&packet("32", &format!("0001 61 {id} {p} {text}")));
            seat.watch(MOMENT)?;
        }
        for _ in 0..8 {
            seat.send("d0 00");
            if seat.watch(MOMENT).is_none() {
                return Some(());
            }
        }
        table.go();
        seat.rest();
        Some(())
    })
}

///
fn late_callback(version: u8) -> Scenario {
    let commands = format!(
        "create {version}; connect; await connect 1; go; callbacks; go; await message 2; disconnect 0; await disconnect 1; destroy"
    );
    scenario(format!("a callback that is set late, version {version}"), &commands, move |table| {
        let p = p(version);
        let mut seat = table.welcome()?;
        for text in ["31", "32"] {
            seat.send(&packet("30", &format!("0001 61 {p} {text}")));
        }
        seat.watch(MOMENT)?;
        table.go();
        seat.watch(MOMENT)?;
        table.go();
        for _ in 0..6 {
            seat.send("d0 00");
            if seat.watch(MOMENT).is_none() {
                return Some(());
            }
        }
        seat.rest();
        Some(())
    })
}

/// QoS 2 that is finished on the next connection.
fn over_two_connections(version: u8) -> Scenario {
    let session = if version == 5 { "clean=0 p.17=100" } else { "clean=0" };
    let commands = format!(
        "{}; connect {session}; await connected 1; await lost 1; pause 500; connect {session}; await connected 2; await message 1; go; \
         disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("a message over two connections, version {version}"), &commands, move |table| {
        let p = p(version);
        let mut seat = table.welcome()?;
        seat.send(&packet("34", &format!("0001 61 0007 {p} 31")));
        seat.take(PUBREC)?;
        seat.close();
        let mut seat = table.welcome_with(true)?;
        seat.send(&packet("3c", &format!("0001 61 0007 {p} 31")));
        seat.take(PUBREC)?;
        seat.send("62 02 0007");
        seat.take(PUBCOMP)?;
        seat.watch(MOMENT)?;
        table.go();
        seat.rest();
        Some(())
    })
}

/// Byte by byte, and several packets at once.
fn in_pieces(version: u8) -> Scenario {
    let commands = format!(
        "{}; connect; await connected 1; await message 4; go; disconnect 0; await disconnect 1; destroy",
        client(version, "")
    );
    scenario(format!("messages in pieces, version {version}"), &commands, move |table| {
        let p = p(version);
        let mut seat = table.welcome()?;
        let one = packet("32", &format!("0001 61 0007 {p} 31"));
        let two = packet("32", &format!("0001 62 0008 {p} 32"));
        let both = crate::support::scripted_broker::bytes(&format!("{one} {two}"));
        seat.peer.send_bytewise(&both);
        seat.take(PUBACK)?;
        seat.take(PUBACK)?;
        seat.peer.send(&both);
        seat.take(PUBACK)?;
        seat.take(PUBACK)?;
        table.go();
        seat.rest();
        Some(())
    })
}
