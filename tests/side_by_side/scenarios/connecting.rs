//! From the connection to the server's answer.

use std::time::Duration;

use crate::stage::{Scenario, counted, packet, scenario};
use crate::support::wire::{CONNECT, DISCONNECT, PUBLISH};

const MOMENT: Duration = Duration::from_millis(300);

/// Sections 3, 10 and 14 of the client contract.
pub fn all() -> Vec<Scenario> {
    let mut all = refusals();
    all.extend(contents());
    all.extend(answers());
    all.extend(servers_choices());
    all
}

fn refusals() -> Vec<Scenario> {
    // C-3.7, W-203: any code is handed on.
    let connects = "; connect".repeat(7);
    let three =
        scenario("refused by a server of 3.1.1", &format!("create 4 {connects}; isConnected"), |table| {
            for code in [1, 2, 3, 4, 5, 6, 255] {
                let mut seat = table.greet()?;
                seat.peer.send(&[0x20, 2, 0, code]);
                seat.rest();
            }
            Some(())
        });
    // C-3.5: the default version tries 3.1 after any failure.
    let fallback =
        scenario("refused twice by default", "create 0; connect; connect; disconnect 0", |table| {
            for answer in ["20 02 00 01", "20 02 00 05", "20 02 00 01"] {
                let mut seat = table.greet()?;
                seat.send(answer);
                seat.rest();
            }
            table.welcome()?.rest();
            Some(())
        });
    // C-8.8: on failure no properties, even if there were some.
    let connects = "; connect".repeat(6);
    let five = scenario("refused by a server of 5", &format!("create 5 {connects}; isConnected"), |table| {
        for answer in [
            "20 03 00 80 00",
            "20 03 00 86 00",
            "20 0a 00 87 07 1f 0004 6e6f7065",
            "20 09 00 9c 06 1c 0003 613a31",
            "20 02 00 9f",
            "20 03 00 95 00",
        ] {
            let mut seat = table.greet()?;
            seat.send(answer);
            seat.rest();
        }
        Some(())
    });
    vec![three, fallback, five]
}

fn contents() -> Vec<Scenario> {
    let mut all = Vec::new();
    // C-3.3, C-3.9, C-3.10, W-101 to W-106.
    for (name, connect) in [
        ("plainly", "connect"),
        ("without clean", "connect clean=0 keepalive=0"),
        ("with will", "connect will=w/t message=gone willqos=1 willretained=1"),
        ("with will of two payloads", "connect will=w message=text payload=binary willqos=2"),
        ("with will without payload", "connect will=w"),
        ("with will filter", "connect will=w/# message=m"),
        ("with user and password", "connect user=ada password=secret"),
        ("with user only", "connect user=ada"),
        ("with empty user and password", "connect user= password="),
        ("with password only", "connect password=secret"),
        ("with two passwords", "connect user=ada password=text binary=bin"),
        ("with binary password", "connect user=ada binary=bin"),
    ] {
        for version in [3, 4, 5] {
            let commands = format!("create {version}; {connect}; disconnect 0");
            all.push(scenario(format!("CONNECT {name}, version {version}"), &commands, |table| {
                table.welcome()?.rest();
                Some(())
            }));
        }
    }
    for (name, create) in
        [("empty", "create 4 id="), ("long", "create 3 id=0123456789012345678901234567890123456789")]
    {
        let commands = format!("{create}; connect; disconnect 0");
        all.push(scenario(format!("CONNECT with {name} client id"), &commands, |table| {
            table.welcome()?.rest();
            Some(())
        }));
    }
    let commands = "create 5; connect clean=0 p.17=100 p.33=20 p.39=65536 p.34=5 p.25=1 p.23=0 p.38=a:b p.38=a:c \
                    will=w message=m w.24=5 w.1=1 w.2=60 w.3=text w.8=answer w.9=corr w.38=k:v; disconnect 0";
    all.push(scenario("CONNECT with all properties", commands, |table| {
        table.welcome()?.rest();
        Some(())
    }));
    // C-3.1: the options decide, once.
    let commands = "create 5; connect clean=0 version=4; disconnect 0; connect clean=0";
    all.push(scenario("connect5 with version 4", commands, |table| {
        table.welcome()?.rest();
        Some(())
    }));
    all
}

fn answers() -> Vec<Scenario> {
    // C-3.7, C-10.4, W-203: what is no CONNACK.
    let connects = "; connect timeout=1".repeat(6);
    let wrong =
        scenario("answers that are no CONNACK", &format!("create 4 {connects}; isConnected"), |table| {
            table.accept()?.close();
            let mut seat = table.accept()?;
            seat.take(CONNECT)?;
            seat.close();
            for answer in ["20 00", "20 01 00", "20 ff ff ff ff ff", "90 03 0001 00"] {
                let mut seat = table.greet()?;
                seat.send(answer);
                seat.rest();
            }
            Some(())
        });
    let connects = "; connect timeout=1".repeat(3);
    let five = scenario("bad CONNACKs of 5", &format!("create 5 {connects}; isConnected"), |table| {
        for answer in ["20 05 00 00 02 7e 00", "20 04 00 00 05 11", "20 06 00 00 ff ff ff ff"] {
            let mut seat = table.greet()?;
            seat.send(answer);
            seat.rest();
        }
        Some(())
    });
    // C-3.6.
    let silent = scenario("a silent server", "create 4; connect timeout=1; isConnected", |table| {
        table.greet()?.rest();
        Some(())
    });
    let silent_default = scenario("a silent server, by default", "create 0; connect timeout=1", |table| {
        table.greet()?.rest();
        Some(())
    });
    // Whether it comes as far as a TCP connection is nobody's business.
    let no_time = "create 4; connect timeout=0; connect timeout=-1; isConnected";
    let no_time = scenario("no time to connect", no_time, |_| Some(()));
    let slow = scenario("a CONNACK in pieces", "create 4; callbacks; connect; disconnect 0", |table| {
        let mut seat = table.greet()?;
        for piece in ["20", "02", "00", "00"] {
            seat.watch(MOMENT / 2)?;
            seat.send(piece);
        }
        seat.rest();
        Some(())
    });
    // C-3.8, W-204.
    let present =
        "create 4; connect clean=0; disconnect 0; connect clean=0; disconnect 0; connect; disconnect 0";
    let present = scenario("session present", present, |table| {
        for session_present in [false, true, false] {
            table.welcome_with(session_present)?.rest();
        }
        Some(())
    });
    // C-3.7, C-3.13: kept and acknowledged, unless a clean session begins.
    let mut all = vec![wrong, five, silent, silent_default, no_time, slow, present];
    for clean in [0, 1] {
        let commands = format!("create 4; connect clean={clean}; receive 500; receive 0; disconnect 0");
        all.push(scenario(format!("a PUBLISH before the CONNACK, clean {clean}"), &commands, |table| {
            let mut seat = table.greet()?;
            seat.send("32 06 0001 61 0007 78");
            seat.send("20 02 0000");
            seat.rest();
            Some(())
        }));
    }
    all
}

fn servers_choices() -> Vec<Scenario> {
    // C-8.8, W-105: all of it is told, and an assigned identifier is not kept.
    let properties = "create 5 id=; connect; disconnect 0; connect; disconnect 0";
    let properties = scenario("properties of a CONNACK", properties, |table| {
        for _ in 0..2 {
            let mut seat = table.greet()?;
            let list = counted(
                "11 0000000a 21 0005 24 01 25 00 27 00001000 12 0002 6964 22 0009 1f 0002 6f6b 26 0001 6b 0001 76 \
                 28 01 29 00 2a 01 1a 0001 72 1c 0001 73",
            );
            seat.send(&packet("20", &format!("00 00 {list}")));
            seat.rest();
        }
        Some(())
    });
    // C-3.12, C-11.2: one ping, if the server's word counts; none after the next connect.
    let keep_alive =
        "create 5; callbacks; connect keepalive=60; go; disconnect 0; connect keepalive=0; go; disconnect 0";
    let keep_alive = scenario("keep alive of the server", keep_alive, |table| {
        for connack in ["20 06 00 00 03 13 0001", "20 03 00 00 00"] {
            let mut seat = table.greet()?;
            seat.send(connack);
            seat.watch(Duration::from_millis(1700))?;
            table.go();
            seat.take(DISCONNECT)?;
            seat.rest();
        }
        Some(())
    });
    // C-3.15.
    let again = scenario(
        "connect while connected",
        "create 4; connect; connect; publish 0 t x; disconnect 0",
        |table| {
            let mut first = table.welcome()?;
            let mut second = table.greet()?;
            let first_ended = first.watch(MOMENT * 4).is_none();
            second.send("20 02 0000");
            second.take(PUBLISH)?;
            second.take(DISCONNECT)?;
            if !first_ended {
                first.rest();
            }
            second.rest();
            Some(())
        },
    );
    vec![properties, keep_alive, again]
}
