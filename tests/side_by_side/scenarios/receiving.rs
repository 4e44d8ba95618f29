//! Incoming messages: how they are told, acknowledged, repeated and refused.

use std::time::Duration;

use crate::stage::{Scenario, Seat, Table, counted, packet, scenario};
use crate::support::scripted_broker::bytes;
use crate::support::wire::{PUBACK, PUBCOMP, PUBREC, Packet};

const MOMENT: Duration = Duration::from_millis(300);

/// Sections 6, 9 and 10 of the client contract.
pub fn all() -> Vec<Scenario> {
    let mut all = vec![
        refused(),
        refused_at_the_end(),
        nothing_came(),
        lost_with_a_queue(false),
        lost_with_a_queue(true),
    ];
    for version in [4, 5] {
        for mode in ["", "callbacks;"] {
            all.extend(each_kind(version, mode));
        }
        all.push(taken_at_the_end(version));
    }
    all.push(properties(""));
    all.push(properties("callbacks;"));
    all
}

/// What takes so many messages in this mode.
fn taken(mode: &str, count: usize) -> String {
    if mode.is_empty() { vec!["receive 5000"; count].join("; ") } else { format!("await message {count}") }
}

/// A connection some time after the client's `connect` has returned: in MQTT 5 the original hands over
/// what comes during that call too early or too late, or payloads that are no more.
pub(super) fn settled(table: &Table<'_>) -> Option<Seat> {
    let mut seat = table.welcome()?;
    seat.watch(MOMENT)?;
    Some(seat)
}

fn each_kind(version: u8, mode: &str) -> Vec<Scenario> {
    let name =
        |name: &str| format!("{name}, version {version}{}", if mode.is_empty() { "" } else { ", callbacks" });
    // In MQTT 5 an empty property list follows.
    let p = if version == 5 { "00" } else { "" };
    let commands =
        |count| format!("create {version}; {mode} connect; {}; go; disconnect 1000", taken(mode, count));

    // C-6.7, C-9.3, C-10.1.
    let each = scenario(name("a message of each QoS"), &commands(4), move |table| {
        let mut seat = settled(table)?;
        seat.send(&packet("31", &format!("0003 612f62 {p} 686921")));
        seat.send(&packet("32", &format!("0001 61 0007 {p} 6f6e65")));
        seat.take(PUBACK)?;
        seat.send(&packet("34", &format!("0001 61 0008 {p} 74776f")));
        seat.take(PUBREC)?;
        seat.send("62 02 0008");
        seat.take(PUBCOMP)?;
        seat.send(&packet("30", &format!("0001 61 {p}")));
        table.go();
        seat.rest();
        Some(())
    });
    // C-10.1, W-202: the same identifier again before its PUBREL, and after.
    let repeated = scenario(name("repeated messages"), &commands(4), move |table| {
        let mut seat = settled(table)?;
        seat.send(&packet("34", &format!("0001 61 0007 {p} 31")));
        seat.take(PUBREC)?;
        seat.watch(MOMENT)?;
        seat.send(&packet("3c", &format!("0001 61 0007 {p} 32")));
        seat.take(PUBREC)?;
        seat.send("62 02 0007");
        seat.take(PUBCOMP)?;
        seat.send("62 02 0007");
        seat.take(PUBCOMP)?;
        seat.send(&packet("34", &format!("0001 61 0007 {p} 33")));
        seat.take(PUBREC)?;
        seat.send("62 02 0007");
        seat.take(PUBCOMP)?;
        for _ in 0..2 {
            seat.send(&packet("3a", &format!("0001 61 0009 {p} 34")));
            seat.take(PUBACK)?;
        }
        table.go();
        seat.rest();
        Some(())
    });
    // C-9.3, W-202: topics with a NUL, bad UTF-8, wildcards; packet identifier 0; flags that do not belong.
    let odd = scenario(name("odd topics"), &commands(5), move |table| {
        let mut seat = settled(table)?;
        seat.send(&packet("30", &format!("0003 610062 {p} 31")));
        seat.send(&packet("30", &format!("0003 61ff62 {p} 32")));
        seat.send(&packet("30", &format!("0003 232f2b {p} 33")));
        seat.send(&packet("38", &format!("0001 61 {p} 34")));
        seat.send("60 02 0005");
        seat.send(&packet("32", &format!("0001 61 0000 {p} 35")));
        seat.take(PUBACK)?;
        table.go();
        seat.rest();
        Some(())
    });
    // C-10.5, W-202: accepted and ignored.
    let ignored = scenario(name("packets without effect"), &commands(1), move |table| {
        let mut seat = settled(table)?;
        seat.send(
            "20 02 0000".replace("02 0000", if version == 5 { "03 0000 00" } else { "02 0000" }).as_str(),
        );
        seat.send(if version == 5 {
            "90 04 0009 00 00 b0 04 0009 00 00"
        } else {
            "90 03 0009 00 b0 02 0009"
        });
        seat.send("d0 00 d0 02 0102 40 02 0009 70 02 0009");
        seat.send(&packet("30", &format!("0001 61 {p} 31")));
        table.go();
        seat.rest();
        Some(())
    });
    // C-11.3, W-202: however the bytes come.
    let pieces = scenario(name("messages in pieces"), &commands(12), move |table| {
        let mut seat = settled(table)?;
        let mut all = String::new();
        for number in 0..5 {
            all += &packet("30", &format!("0001 61 {p} 3{number}"));
            all += &packet("32", &format!("0001 62 000{} {p} 3{number}", number + 1));
        }
        let many = bytes(&all);
        seat.peer.send_bytewise(&many[..40]);
        table.pause(MOMENT / 3);
        seat.peer.send(&many[40..]);
        for _ in 0..5 {
            seat.take(PUBACK)?;
        }
        let mut body = vec![0, 1, b'c'];
        body.extend(bytes(p));
        body.resize(300_000, b'x');
        let large = Packet::new(0x30, body).encode();
        for piece in large.chunks(70_000) {
            seat.peer.send(piece);
            table.pause(MOMENT / 3);
        }
        seat.send(&packet("30", &format!("0001 61 {p} 65")));
        table.go();
        seat.rest();
        Some(())
    });
    vec![each, repeated, odd, ignored, pieces]
}

/// W-303, W-304, W-511, C-14.5: all properties of a message reach the application.
fn properties(mode: &str) -> Scenario {
    let name = if mode.is_empty() { "properties of a message" } else { "properties of a message, callbacks" };
    let commands = format!("create 5; {mode} connect; {}; go; disconnect 0", taken(mode, 2));
    scenario(name, &commands, |table| {
        let mut seat = settled(table)?;
        let list = counted(
            "01 01 02 0000001e 03 0004 74657874 08 0001 72 09 0002 6263 26 0001 6b 0001 76 26 0001 6b 0001 77 \
             0b 05 0b ff01",
        );
        seat.send(&packet("32", &format!("0001 61 0001 {list} 61")));
        seat.send("30 05 0001 61 00 62");
        seat.take(PUBACK)?;
        table.go();
        seat.rest();
        Some(())
    })
}

/// C-6.8, C-6.9.
fn refused() -> Scenario {
    let commands = "create 4; callbacks; refuse 2; connect; await message 3; disconnect 0";
    scenario("refused messages", commands, |table| {
        let mut seat = settled(table)?;
        for packet in ["32 05 0001 61 0001", "32 05 0001 61 0002", "30 03 0001 61", "d0 00", "d0 00"] {
            seat.send(packet);
            seat.watch(MOMENT)?;
        }
        seat.rest();
        Some(())
    })
}

/// C-4.2, C-6.9: the application may leave with a message refused.
fn refused_at_the_end() -> Scenario {
    let commands = "create 4; callbacks; refuse 1; connect; await refused 1; disconnect 0; destroy";
    scenario("a refused message at the end", commands, |table| {
        let mut seat = settled(table)?;
        seat.send("30 03 0001 61");
        seat.rest();
        Some(())
    })
}

/// C-4.2, decision 3: what the application is just taking is acknowledged before the end.
fn taken_at_the_end(version: u8) -> Scenario {
    let commands = format!(
        "create {version}; callbacks; linger 300; connect; await message 1; disconnect 9000; connect; \
         await message 2; disconnect 9000; destroy"
    );
    let p = if version == 5 { "00" } else { "" };
    scenario(format!("disconnect in the middle of a callback, version {version}"), &commands, move |table| {
        let mut seat = settled(table)?;
        seat.send(&packet("32", &format!("0001 61 0007 {p}")));
        seat.rest();
        let mut seat = settled(table)?;
        seat.send(&packet("34", &format!("0001 62 0008 {p}")));
        seat.take(PUBREC)?;
        seat.send("62 02 0008");
        seat.rest();
        Some(())
    })
}

/// C-9.2, C-9.3.
fn nothing_came() -> Scenario {
    let commands = "create 4; receive 10; connect; receive 0; receive 300; yield 2; isConnected; disconnect 0; receive 10";
    scenario("nothing to receive", commands, |table| {
        table.welcome()?.rest();
        Some(())
    })
}

/// C-9.4: messages that came before the end, then -1, then -3; what a session keeps is there after the next connect.
fn lost_with_a_queue(clean: bool) -> Scenario {
    let clean = u8::from(clean);
    let commands = format!(
        "create 4; connect clean={clean}; go; yield 3; receive 1000; receive 1000; receive 100; isConnected; connect clean={clean}; \
         receive 500; receive 500; disconnect 0"
    );
    scenario(format!("lost with a queue, clean {clean}"), &commands, |table| {
        let mut seat = settled(table)?;
        seat.send("30 04 0001 61 31 30 04 0001 61 32 30 04 0001 61 33");
        seat.close();
        table.go();
        table.welcome_with(true)?.rest();
        Some(())
    })
}
