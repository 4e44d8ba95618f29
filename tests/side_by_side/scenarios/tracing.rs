//! Dialogues whose trace is compared: each packet in each direction, and what goes wrong.

use std::time::Duration;

use crate::stage::{Scenario, packet, scenario};
use crate::support::wire::{
    DISCONNECT, PINGREQ, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBSCRIBE, UNSUBSCRIBE,
};

const MOMENT: Duration = Duration::from_millis(300);

/// Contract L-6xx, L-8xx, C-12.7.
pub fn all() -> Vec<Scenario> {
    let mut all =
        vec![refused(), payloads(), repeated(), malformed(), silent(), keep_alive_of_the_server(), goodbye()];
    for version in [3, 4, 5] {
        for mode in ["", "callbacks;"] {
            all.push(each_packet(version, mode));
        }
    }
    all.into_iter().map(Scenario::traced).collect()
}

fn each_packet(version: u8, mode: &str) -> Scenario {
    let p = if version == 5 { "00" } else { "" };
    let name = format!(
        "trace of each packet, version {version}{}",
        if mode.is_empty() { "" } else { ", callbacks" }
    );
    let messages =
        if mode.is_empty() { "receive 5000; receive 5000; receive 5000; yield 5" } else { "await message 3" };
    let commands = format!(
        "create {version}; {mode} connect user=ada password=secret; subscribe a:1; subscribe a:0 b:2; unsubscribe a; \
         publish 0 t zero; publish 1 t one retained=1; wait 1 5000; wait 2 5000; wait 3 5000; wait 4 5000; publish 2 t two; \
         wait 5 5000; {messages}; go; disconnect 0"
    );
    scenario(name, &commands, move |table| {
        let mut seat = table.welcome()?;
        seat.answer(SUBSCRIBE, &packet("90", &format!("0001 {p} 01")))?;
        seat.answer(SUBSCRIBE, &packet("90", &format!("0002 {p} 00 02")))?;
        let reason = if version == 5 { "00" } else { "" };
        seat.answer(UNSUBSCRIBE, &packet("b0", &format!("0003 {p} {reason}")))?;
        seat.take(PUBLISH)?;
        seat.answer(PUBLISH, "40 02 0004")?;
        seat.answer(PUBLISH, "50 02 0005")?;
        seat.answer(PUBREL, "70 02 0005")?;
        seat.watch(MOMENT)?;
        seat.send(&packet("31", &format!("0001 61 {p} 7a65726f")));
        seat.watch(MOMENT)?;
        seat.send(&packet("32", &format!("0001 61 0007 {p} 6f6e65")));
        seat.take(PUBACK)?;
        seat.send(&packet("34", &format!("0001 61 0008 {p} 74776f")));
        seat.take(PUBREC)?;
        seat.send("62 02 0008");
        seat.take(PUBCOMP)?;
        seat.watch(MOMENT)?;
        table.go();
        seat.take(DISCONNECT)?;
        seat.rest();
        Some(())
    })
}

fn refused() -> Scenario {
    scenario("trace of a refusal", "create 4; connect; create 5; connect", |table| {
        for answer in ["20 02 00 05", "20 03 00 87 00"] {
            let mut seat = table.greet()?;
            seat.send(answer);
            seat.rest();
        }
        Some(())
    })
}

/// L-601: beginnings only, whatever is in them.
fn payloads() -> Scenario {
    let commands =
        "create 4; connect; publish 0 t 0123456789012345678901234567890123456789; fill 0 t 0; disconnect 0";
    scenario("trace of payloads", commands, |table| {
        table.welcome()?.rest();
        Some(())
    })
}

fn repeated() -> Scenario {
    let commands = "create 4; connect clean=0; publish 1 t a; publish 2 t b; publish 2 t c; receive 3000; connect clean=0; \
                    wait 1 5000; wait 2 5000; wait 3 5000; disconnect 0";
    scenario("trace of a reconnect", commands, |table| {
        let mut seat = table.welcome()?;
        for _ in 0..3 {
            seat.take(PUBLISH)?;
        }
        seat.send("50 02 0003");
        seat.take(PUBREL)?;
        seat.close();
        let mut seat = table.welcome_with(true)?;
        seat.take(PUBREL)?;
        seat.send("40 02 0001 50 02 0002");
        seat.answer(PUBREL, "70 02 0002 70 02 0003")?;
        seat.take(DISCONNECT)?;
        seat.rest();
        Some(())
    })
}

fn malformed() -> Scenario {
    scenario(
        "trace of malformed packets",
        "create 4; connect; receive 3000; connect; receive 3000",
        |table| {
            for packet in ["40 00", "30 04 0009 6162"] {
                let mut seat = table.welcome()?;
                seat.watch(MOMENT)?;
                seat.send(packet);
                seat.rest();
            }
            Some(())
        },
    )
}

fn silent() -> Scenario {
    scenario("trace of a silent server", "create 4; callbacks; connect keepalive=1; await lost 1", |table| {
        let mut seat = table.welcome()?;
        seat.answer(PINGREQ, "d0 00")?;
        seat.take(PINGREQ)?;
        seat.rest();
        Some(())
    })
}

fn keep_alive_of_the_server() -> Scenario {
    let commands = "create 5; connect; disconnect 0; connect; disconnect 0";
    scenario("trace of the server's keep alive", commands, |table| {
        for answer in ["20 06 00 00 03 13 0009", "20 03 00 00 00"] {
            let mut seat = table.greet()?;
            seat.send(answer);
            seat.rest();
        }
        Some(())
    })
}

fn goodbye() -> Scenario {
    scenario(
        "trace of the server's DISCONNECT",
        "create 5; callbacks; told; connect; await disconnected 1",
        |table| {
            let mut seat = table.welcome()?;
            seat.watch(MOMENT)?;
            seat.send("e0 01 8b");
            seat.rest();
            Some(())
        },
    )
}
