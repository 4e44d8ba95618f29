//! A broker that knows the client's session from before.

use crate::support::PATIENCE;
use crate::support::scripted_broker::{Arrival, Listener, Peer, bytes};
use crate::support::wire::{
    DISCONNECT, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Packet, Publish, acknowledgement, connack,
};

/// Takes a connection that goes on with a session.
pub fn resume(listener: &Listener) -> Peer {
    let mut peer = listener.accept();
    let connect = peer.expect_connect();
    assert!(!connect.clean, "the client wants its session back");
    peer.send_packet(&connack(connect.version, true, 0));
    peer
}

/// Answers the client's packets until it leaves; gives them, as bytes.
pub fn answer_all(peer: &mut Peer) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    loop {
        match peer.next(PATIENCE) {
            Arrival::Packet(packet) if packet.kind() == DISCONNECT => {}
            Arrival::Packet(packet) => {
                if let Some(answer) = answer(&packet, peer.version) {
                    peer.send_packet(&answer);
                }
                packets.push(packet.encode());
            }
            Arrival::End => return packets,
            Arrival::Nothing => panic!("the client does not end, after {packets:02x?}"),
        }
    }
}

/// What a packet of the client calls for.
pub fn answer(packet: &Packet, version: u8) -> Option<Packet> {
    match packet.kind() {
        PUBLISH => {
            let publish = Publish::parse(packet, version).expect("a well-formed PUBLISH");
            let kind = if publish.qos == 1 { PUBACK } else { PUBREC };
            (publish.qos > 0).then(|| acknowledgement(kind, publish.id))
        }
        PUBREC => Some(acknowledgement(PUBREL, packet.id())),
        PUBREL => Some(acknowledgement(PUBCOMP, packet.id())),
        _ => None,
    }
}

/// A PUBLISH as it is sent again.
pub fn again(record: &[u8]) -> Vec<u8> {
    let mut packet = record.to_vec();
    packet[0] |= 8;
    packet
}

/// Packets in the order of their hexadecimal forms.
pub fn packets(hex: &[&str]) -> Vec<Vec<u8>> {
    hex.iter().map(|hex| bytes(hex)).collect()
}
