//! From the connection to the server's answer.

use super::{MOMENT, client, scenario};
use crate::stage::{Scenario, counted, packet};
use crate::support::wire::{CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE};

/// Section 5 of the contract.
pub fn all() -> Vec<Scenario> {
    let mut all = contents();
    all.extend(refusals());
    all.extend(answers());
    all.extend(servers());
    all.extend(twice());
    all.extend(traces());
    all
}

///
fn contents() -> Vec<Scenario> {
    let mut all = Vec::new();
    for version in [0, 3, 4, 5] {
        for (name, connect) in [
            ("plainly", "connect"),
            ("without clean", "connect clean=0 keepalive=0"),
            ("with will", "connect will=w/t message=gone willqos=1 willretained=1"),
            ("with user and password", "connect user=ada password=secret"),
            ("with password only", "connect password=secret"),
            ("with binary password", "connect user=ada binary=bin"),
            ("with two passwords", "connect user=ada password=text binary=bin"),
            ("without being told", "connect quiet=1"),
        ] {
            let commands = format!(
                "{}; isConnected; {connect}; await connected 1; isConnected; disconnect 0; await disconnect 1; isConnected; destroy",
                client(version, "")
            );
            all.push(scenario(format!("CONNECT {name}, version {version}"), &commands, |table| {
                table.welcome()?.rest();
                Some(())
            }));
        }
    }
    let commands = "create 5 id=; connect clean=0 p.17=100 p.33=20 p.39=65536 p.34=5 p.25=1 p.23=0 p.38=a:b p.38=a:c \
                    will=w message=m w.24=5 w.1=1 w.2=60 w.3=text w.8=answer w.9=corr w.38=k:v; await connect 1; \
                    disconnect 0; await disconnect 1";
    all.push(scenario("CONNECT with all properties", commands, |table| {
        let mut seat = table.greet()?;
        let list = counted(
            "11 0000000a 21 0005 24 01 25 00 27 00001000 12 0002 6964 22 0009 1f 0002 6f6b 26 0001 6b 0001 76 \
             28 01 29 00 2a 01 1a 0001 72 1c 0001 73",
        );
        seat.send(&packet("20", &format!("00 00 {list}")));
        seat.rest();
        Some(())
    }));
    let commands = "create 4; connect clean=0; await connect 1; disconnect 0; await disconnect 1; connect clean=0; \
                    await connect 2; disconnect 0; await disconnect 2; connect; await connect 3; disconnect 0; \
                    await disconnect 3";
    all.push(scenario("session present", commands, |table| {
        for session_present in [false, true, false] {
            table.welcome_with(session_present)?.rest();
        }
        Some(())
    }));
    all
}

///
fn refusals() -> Vec<Scenario> {
    let connects = |count: usize| {
        (1..=count).map(|n| format!("; connect; await failure {n}; pause 500")).collect::<String>()
    };
    let three = format!("{}{}; isConnected", client(4, ""), connects(7));
    let three = scenario("refused by a server of 3.1.1", &three, |table| {
        for code in [1, 2, 3, 4, 5, 6, 255] {
            let mut seat = table.greet()?;
            seat.peer.send(&[0x20, 2, 0, code]);
            seat.rest();
        }
        Some(())
    });
    let five = format!("{}{}; isConnected", client(5, ""), connects(5));
    let five = scenario("refused by a server of 5", &five, |table| {
        for answer in [
            "20 03 00 80 00",
            "20 03 00 86 00",
            "20 0a 00 87 07 1f 0004 6e6f7065",
            "20 09 00 9c 06 1c 0003 613a31",
            "20 03 00 95 00",
        ] {
            let mut seat = table.greet()?;
            seat.send(answer);
            seat.rest();
        }
        Some(())
    });
    // after 3.1.1 the default version tries 3.1.
    let fallback = format!(
        "{}; connect; await connect 1; isConnected; disconnect 0; await disconnect 1; connect; await failure 1; pause 500; isConnected",
        client(0, "")
    );
    let fallback = scenario("refused by default", &fallback, |table| {
        for answer in ["20 02 00 01", "20 02 00 00", "20 02 00 05", "20 02 00 01"] {
            let mut seat = table.greet()?;
            seat.send(answer);
            seat.rest();
        }
        Some(())
    });
    vec![three, five, fallback]
}

/// what is no CONNACK, and none in time.
fn answers() -> Vec<Scenario> {
    let mut all = Vec::new();
    for version in [4, 5] {
        for (name, answer) in [
            ("nothing", ""),
            ("an empty CONNACK", "20 00"),
            ("an endless length", "20 ff ff ff ff ff"),
            ("a SUBACK", "90 03 0001 00"),
        ] {
            let commands = format!(
                "{}; connect timeout=3; await failure 1; pause 500; isConnected; destroy",
                client(version, "")
            );
            all.push(scenario(
                format!("{name} instead of a CONNACK, version {version}"),
                &commands,
                move |table| {
                    let mut seat = table.accept()?;
                    seat.take(CONNECT)?;
                    seat.send(answer);
                    if seat.watch(MOMENT).is_some() {
                        seat.close();
                    }
                    Some(())
                },
            ));
        }
    }
    let commands = format!("{}; connect timeout=2; await failure 1; pause 500; isConnected", client(4, ""));
    all.push(scenario("a silent server", &commands, |table| {
        table.greet()?.rest();
        Some(())
    }));
    let commands = format!("{}; connect; await connect 1; disconnect 0; await disconnect 1", client(4, ""));
    all.push(scenario("a CONNACK in pieces", &commands, |table| {
        let mut seat = table.greet()?;
        for piece in ["20", "02", "00", "00"] {
            seat.watch(MOMENT / 2)?;
            seat.send(piece);
        }
        seat.rest();
        Some(())
    }));
    // what failed is tried again by the program.
    let commands = format!(
        "{}; connect; await failure 1; pause 500; connect; await connect 1; disconnect 0; await disconnect 1",
        client(4, "")
    );
    all.push(scenario("a server that is there at the second try", &commands, |table| {
        table.greet()?.close();
        table.welcome()?.rest();
        Some(())
    }));
    all
}

/// nobody listens at the first port.
fn servers() -> Vec<Scenario> {
    let mut all = Vec::new();
    for version in [0, 4, 5] {
        let commands = format!(
            "{}; connect uris=tcp://127.0.0.1:1,tcp://HOST,127.0.0.1:2; await connected 1; isConnected; disconnect 0; \
             await disconnect 1; destroy",
            client(version, "")
        );
        all.push(scenario(format!("the second of three servers, version {version}"), &commands, |table| {
            table.welcome()?.rest();
            Some(())
        }));
        let commands = format!(
            "{}; connect uris=tcp://127.0.0.1:1,127.0.0.1:2; await failure 1; pause 500; isConnected; destroy",
            client(version, "")
        );
        all.push(scenario(format!("two servers that are not there, version {version}"), &commands, |_| {
            Some(())
        }));
    }
    let commands =
        format!("{}; connect uris=HOST; await connected 1; disconnect 0; await disconnect 1", client(4, ""));
    all.push(scenario("a server without scheme", &commands, |table| {
        table.welcome()?.rest();
        Some(())
    }));
    all
}

///
fn twice() -> Vec<Scenario> {
    let mut all = Vec::new();
    for version in [4, 5] {
        let commands = format!(
            "{}; connect; go; connect; await connect 1; go; disconnect 0; await disconnect 1",
            client(version, "")
        );
        all.push(scenario(format!("connect while connecting, version {version}"), &commands, |table| {
            let mut seat = table.greet()?;
            table.go();
            seat.watch(MOMENT)?;
            seat.peer.send_packet(&crate::support::wire::connack(seat.peer.version, false, 0));
            seat.watch(MOMENT)?;
            table.go();
            seat.rest();
            Some(())
        }));
        let commands = format!(
            "{}; connect; await connected 1; connect; send 1 t x; await complete 1; disconnect 0; await disconnect 1; destroy",
            client(version, "")
        );
        all.push(scenario(format!("connect while connected, version {version}"), &commands, |table| {
            let mut seat = table.welcome()?;
            seat.answer(PUBLISH, "40 02 0001")?;
            seat.rest();
            Some(())
        }));
        let commands = format!(
            "{}; connect; go; disconnect 0; isConnected; go; isConnected; destroy",
            client(version, "")
        );
        all.push(scenario(format!("disconnect while connecting, version {version}"), &commands, |table| {
            let mut seat = table.greet()?;
            table.go();
            if seat.watch(MOMENT).is_some() {
                seat.peer.send_packet(&crate::support::wire::connack(seat.peer.version, false, 0));
                seat.watch(MOMENT)?;
                table.go();
                seat.rest();
            } else {
                table.go();
            }
            Some(())
        }));
    }
    all
}

///
fn traces() -> Vec<Scenario> {
    let mut all = Vec::new();
    for version in [4, 5] {
        let commands = format!(
            "{}; connect; await connected 1; subscribe a:1; await subscribe 1; send 1 a x; await complete 1; send 0 a y; \
             await send 2; unsubscribe a; await unsubscribe 1; disconnect 0; await disconnect 1; destroy",
            client(version, "")
        );
        let session = scenario(format!("trace of a session, version {version}"), &commands, move |table| {
            let (suback, unsuback) = if version == 5 {
                ("90 04 0001 00 01", "b0 04 0003 00 00")
            } else {
                ("90 03 0001 01", "b0 02 0003")
            };
            let mut seat = table.welcome()?;
            seat.answer(SUBSCRIBE, suback)?;
            seat.answer(PUBLISH, "40 02 0002")?;
            seat.take(PUBLISH)?;
            seat.answer(UNSUBSCRIBE, unsuback)?;
            seat.rest();
            Some(())
        });
        all.push(session.traced());
    }
    all
}
