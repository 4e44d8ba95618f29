//! Packets of the server that come in pieces: cut at each place, or into many.

use super::named;
use super::receiving::settled;
use crate::stage::{Scenario, Seat, packet, scenario};
use crate::support::scripted_broker::bytes;
use crate::support::wire::{PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBSCRIBE, UNSUBSCRIBE};

/// C-11.3, W-202: a packet arriving in pieces is handled.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for mode in ["", "callbacks;"] {
        for version in [4, 5] {
            all.push(connacks(version, mode));
            all.push(acknowledgements(version, mode));
            all.push(messages(version, mode));
            all.push(streams(version, mode));
        }
    }
    all
}

impl Seat {
    /// Sends bytes in two pieces.
    fn send_cut(&mut self, bytes: &[u8], place: usize) {
        let (first, second) = bytes.split_at(place);
        self.peer.send_in_pieces([first, second]);
    }
}

fn connacks(version: u8, mode: &str) -> Scenario {
    let answer = bytes(if version == 5 { "20 06 00 00 03 21 0014" } else { "20 02 00 00" });
    let connects = "; connect; disconnect 0".repeat(answer.len());
    let commands = format!("create {version}; {mode} isConnected {connects}");
    scenario(named("each CONNACK in two pieces", version, mode), &commands, move |table| {
        for place in 1..answer.len() {
            let mut seat = table.greet()?;
            seat.send_cut(&answer, place);
            seat.rest();
        }
        let mut seat = table.greet()?;
        seat.peer.send_bytewise(&answer);
        seat.rest();
        Some(())
    })
}

/// The packets of the client in the order of its commands, each with an answer in which `{id}` stands for
/// the packet identifier.
fn exchanges(version: u8) -> [(&'static str, &'static [(u8, &'static str)]); 4] {
    if version == 5 {
        [
            ("publish 1 t x", &[(PUBLISH, "40 07 {id} 00 03 1f 0000")]),
            ("publish 2 t x", &[(PUBLISH, "50 04 {id} 10 00"), (PUBREL, "70 04 {id} 00 00")]),
            ("subscribe a:1", &[(SUBSCRIBE, "90 07 {id} 03 1f 0000 01")]),
            ("unsubscribe a", &[(UNSUBSCRIBE, "b0 04 {id} 00 11")]),
        ]
    } else {
        [
            ("publish 1 t x", &[(PUBLISH, "40 02 {id}")]),
            ("publish 2 t x", &[(PUBLISH, "50 02 {id}"), (PUBREL, "70 02 {id}")]),
            ("subscribe a:1", &[(SUBSCRIBE, "90 03 {id} 01")]),
            ("unsubscribe a", &[(UNSUBSCRIBE, "b0 02 {id}")]),
        ]
    }
}

fn acknowledgements(version: u8, mode: &str) -> Scenario {
    let mut commands = format!("create {version}; {mode} connect");
    let mut answers = Vec::new();
    let (mut id, mut complete) = (0_u16, 0);
    for (command, packets) in exchanges(version) {
        let encoded = |answer: &str, id: u16| bytes(&answer.replace("{id}", &format!("{id:04x}")));
        let longest = packets.iter().map(|(_, answer)| encoded(answer, 0).len()).max().unwrap();
        for place in 1..longest {
            id += 1;
            commands += &format!("; {command}");
            if command.starts_with("publish") {
                complete += 1;
                commands += &match mode {
                    "" => format!("; wait {id} 9000"),
                    _ => format!("; await complete {complete}"),
                };
            }
            for (kind, answer) in packets {
                let answer = encoded(answer, id);
                let place = place.min(answer.len() - 1);
                answers.push((*kind, answer, place));
            }
        }
    }
    commands += "; pending; disconnect 0";
    scenario(named("each acknowledgement in two pieces", version, mode), &commands, move |table| {
        let mut seat = table.welcome()?;
        for (kind, answer, place) in &answers {
            seat.take(*kind)?;
            seat.send_cut(answer, *place);
        }
        seat.rest();
        Some(())
    })
}

fn messages(version: u8, mode: &str) -> Scenario {
    let p = if version == 5 { "06 01 01 03 0001 6d" } else { "" };
    // The longer one has a remaining length of two bytes.
    let long = "6c".repeat(150);
    let packets = [
        packet("31", &format!("0003 612f62 {p} 7a65726f")),
        packet("32", &format!("0001 61 0007 {p} 6f6e65")),
        packet("34", &format!("0001 61 0008 {p} 74776f")),
        packet("30", &format!("0001 61 {p} {long}")),
    ]
    .map(|packet| bytes(&packet));
    // In the long one nothing is new after the beginning.
    let places = |packet: &[u8]| 1..packet.len().min(30);
    let count: usize = packets.iter().map(|packet| places(packet).len()).sum();
    let taken = if mode.is_empty() {
        vec!["receive 9000"; count].join("; ")
    } else {
        format!("await message {count}")
    };
    let commands = format!("create {version}; {mode} connect; {taken}; go; disconnect 0");
    scenario(named("each message in two pieces", version, mode), &commands, move |table| {
        let mut seat = settled(table)?;
        for packet in &packets {
            for place in places(packet) {
                seat.send_cut(packet, place);
                match packet[0] {
                    0x32 => drop(seat.take(PUBACK)?),
                    0x34 => {
                        seat.take(PUBREC)?;
                        seat.send_cut(&[0x62, 2, 0, 8], 1 + place % 3);
                        seat.take(PUBCOMP)?;
                    }
                    _ => {}
                }
            }
        }
        table.go();
        seat.rest();
        Some(())
    })
}

/// The pieces begin and end anywhere: the end of one packet and the beginning of the next come together.
fn streams(version: u8, mode: &str) -> Scenario {
    let p = if version == 5 { "05 26 0000 0000" } else { "" };
    let stream = [
        packet("30", &format!("0001 61 {p} {}", "61".repeat(130))),
        packet("32", &format!("0001 62 0007 {p} 6f6e65")),
        "d0 00".into(),
        packet("30", &format!("0001 63 {p}")),
        packet("32", &format!("0001 64 0008 {p} 6f6e65")),
    ];
    let stream = bytes(&stream.concat());
    const SIZES: [usize; 6] = [2, 3, 5, 7, 11, 100];
    let count = SIZES.len() * 4;
    let taken = if mode.is_empty() {
        vec!["receive 9000"; count].join("; ")
    } else {
        format!("await message {count}")
    };
    let commands = format!("create {version}; {mode} connect; {taken}; go; disconnect 0");
    scenario(named("packets in pieces of each size", version, mode), &commands, move |table| {
        let mut seat = settled(table)?;
        for size in SIZES {
            seat.peer.send_in_pieces(stream.chunks(size));
            seat.take(PUBACK)?;
            seat.take(PUBACK)?;
        }
        table.go();
        seat.rest();
        Some(())
    })
}
