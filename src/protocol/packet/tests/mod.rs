//! The codec against the contract's bytes, against bytes it must refuse, and against itself.

mod examples;
mod malformed;
mod properties;
mod round_trip;

use super::Packet;
use crate::protocol::Version;

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];
const BEFORE_V5: [Version; 2] = [Version::V3_1, Version::V3_1_1];

/// Reads hexadecimal digits, as the contract and the standards print packets.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit.try_into().unwrap()).collect();
    assert!(digits.len() % 2 == 0, "half a byte in {text}");
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn encoded(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let mut out = b"before".to_vec();
    packet.encode(version, &mut out).unwrap();
    out.strip_prefix(b"before").unwrap().to_vec()
}

/// Puts a fixed header in front of a body.
fn with_header(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    super::wire::VariableInteger::new(body.len()).unwrap().put(&mut packet);
    packet.extend_from_slice(body);
    packet
}
