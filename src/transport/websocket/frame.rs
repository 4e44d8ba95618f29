//! Frames: their headers, and the mask on what a client sends. RFC 6455 section 5.

use crate::sys::random;
use std::io;

/// What a frame is. Others than these are not defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// More of the message whose first frame said that there is more.
    Continuation,
    /// Data that is text. MQTT asks for binary frames, but some servers do not know that.
    Text,
    /// Data.
    Binary,
    /// The peer says goodbye.
    Close,
    /// The peer asks for a [`Opcode::Pong`] with the same payload.
    Ping,
    /// An answer.
    Pong,
}

impl Opcode {
    fn from_bits(bits: u8) -> Option<Opcode> {
        match bits {
            0 => Some(Opcode::Continuation),
            1 => Some(Opcode::Text),
            2 => Some(Opcode::Binary),
            8 => Some(Opcode::Close),
            9 => Some(Opcode::Ping),
            10 => Some(Opcode::Pong),
            _ => None,
        }
    }

    fn bits(self) -> u8 {
        match self {
            Opcode::Continuation => 0,
            Opcode::Text => 1,
            Opcode::Binary => 2,
            Opcode::Close => 8,
            Opcode::Ping => 9,
            Opcode::Pong => 10,
        }
    }
}

/// What comes before a server's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Nothing of the same message follows.
    pub is_final: bool,
    pub opcode: Opcode,
    /// How long the payload is.
    pub length: u64,
}

/// The longest header that a server may send.
pub const LONGEST_HEADER: usize = 10;

/// What the first byte of a control frame has, and that of a data frame has not.
pub const CONTROL: u8 = 0x08;

const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

impl Header {
    /// Reads the header at the front of these bytes, and says how long it is. `None`: more of it is needed.
    pub fn read(bytes: &[u8]) -> Result<Option<(Header, usize)>, &'static str> {
        let Some((&[first, second], rest)) = bytes.split_first_chunk() else { return Ok(None) };
        if first & RESERVED != 0 {
            return Err("a frame uses an extension that was not agreed on");
        }
        let Some(opcode) = Opcode::from_bits(first & 0x0F) else { return Err("a frame of unknown type") };
        if second & MASKED != 0 {
            return Err("a frame is masked");
        }
        let (length, size) = match second {
            126 => match rest.first_chunk() {
                Some(length) => (u16::from_be_bytes(*length).into(), 4),
                None => return Ok(None),
            },
            127 => match rest.first_chunk() {
                Some(length) => (u64::from_be_bytes(*length), 10),
                None => return Ok(None),
            },
            length => (length.into(), 2),
        };
        Ok(Some((Header { is_final: first & FINAL != 0, opcode, length }, size)))
    }
}

/// Appends the header of a whole message in one frame, which is masked.
pub fn append_header(wire: &mut Vec<u8>, opcode: Opcode, length: usize, mask: &Mask) {
    let first = FINAL | opcode.bits();
    let [a, b, c, d] = mask.key;
    if let Ok(length @ 0..=125) = u8::try_from(length) {
        wire.extend_from_slice(&[first, MASKED | length, a, b, c, d]);
    } else if let Ok(length) = u16::try_from(length) {
        let [high, low] = length.to_be_bytes();
        wire.extend_from_slice(&[first, MASKED | 126, high, low, a, b, c, d]);
    } else {
        wire.extend_from_slice(&[first, MASKED | 127]);
        wire.extend_from_slice(&(length as u64).to_be_bytes());
        wire.extend_from_slice(&mask.key);
    }
}

/// What a payload is combined with, from its next byte on.
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    key: [u8; 4],
}

/// So many bytes are masked in one go, as long as there are so many: enough for the widest registers.
const BLOCK: usize = 64;

/// And so many of the rest.
const WORD: usize = 8;

impl Mask {
    /// A mask at the start of its payload.
    pub fn new(key: [u8; 4]) -> Mask {
        Mask { key }
    }

    /// Appends bytes of a payload, which are read and written once for that.
    pub fn append(&mut self, wire: &mut Vec<u8>, bytes: &[u8]) {
        wire.reserve(bytes.len() + WORD);
        let key = u64::from(u32::from_le_bytes(self.key));
        let mask = key << 32 | key;
        let mut rest = bytes;
        while let Some((block, others)) = rest.split_first_chunk::<BLOCK>() {
            let mut masked = *block;
            for word in masked.chunks_exact_mut(WORD).filter_map(<[u8]>::first_chunk_mut) {
                *word = (u64::from_le_bytes(*word) ^ mask).to_le_bytes();
            }
            wire.extend_from_slice(&masked);
            rest = others;
        }
        while let Some((word, others)) = rest.split_first_chunk::<WORD>() {
            wire.extend_from_slice(&(u64::from_le_bytes(*word) ^ mask).to_le_bytes());
            rest = others;
        }
        if !rest.is_empty() {
            // A whole word is appended, and what is too much of it is cut off again.
            let end = wire.len() + rest.len();
            let word = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            wire.extend_from_slice(&(word ^ mask).to_le_bytes());
            wire.truncate(end);
            self.key.rotate_left(rest.len() % 4);
        }
    }
}

/// So many random bytes are got at once: 256 masks. With fewer the system call costs more than the masking of a
/// small packet, and with more it costs no less.
const DRAWN: usize = 1024;

/// Fresh masks. Nobody may guess them who chooses what a program publishes (RFC 6455 section 10.3).
pub struct Masks {
    /// Random bytes of the kernel's, got for many masks at once.
    random: [u8; DRAWN],
    used: usize,
}

impl Masks {
    pub fn new() -> Masks {
        Masks { random: [0; DRAWN], used: DRAWN }
    }

    /// Random bytes that nobody has had before.
    pub fn random<const COUNT: usize>(&mut self) -> io::Result<[u8; COUNT]> {
        loop {
            if let Some(bytes) = self.random.get(self.used..).and_then(|rest| rest.first_chunk()) {
                self.used += COUNT;
                return Ok(*bytes);
            }
            self.draw()?;
        }
    }

    #[cold]
    fn draw(&mut self) -> io::Result<()> {
        random::fill(&mut self.random)?;
        self.used = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte by byte, as RFC 6455 section 5.3 has it.
    fn masked(key: [u8; 4], bytes: &[u8]) -> Vec<u8> {
        bytes.iter().enumerate().map(|(index, byte)| byte ^ key[index % 4]).collect()
    }

    #[test]
    fn payloads_are_masked_whatever_their_pieces() {
        let payload: Vec<u8> = (0..1000_u16).map(|number| number.to_be_bytes()[1] ^ 0x5A).collect();
        let key = [0x12, 0x34, 0x56, 0x78];
        for length in [0, 1, 3, 4, 5, 7, 8, 63, 64, 65, 130, 1000] {
            for piece in [1, 2, 3, 4, 5, 63, 64, 66, 1000] {
                let (mut wire, mut mask) = (b"before".to_vec(), Mask::new(key));
                for piece in payload[..length].chunks(piece) {
                    mask.append(&mut wire, piece);
                }
                assert_eq!(wire[6..], masked(key, &payload[..length]), "{length} bytes in pieces of {piece}");
            }
        }
    }

    #[test]
    fn lengths_are_written_in_one_three_or_nine_bytes() {
        for (length, header) in [
            (0, &[0x82, 0x80][..]),
            (125, &[0x82, 0xFD]),
            (126, &[0x82, 0xFE, 0, 126]),
            (0xFFFF, &[0x82, 0xFE, 0xFF, 0xFF]),
            (0x1_0000, &[0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let mut wire = Vec::new();
            append_header(&mut wire, Opcode::Binary, length, &Mask::new([1, 2, 3, 4]));
            assert_eq!(wire, [header, &[1, 2, 3, 4]].concat());
        }
    }

    #[test]
    fn headers_are_read_once_they_are_whole() {
        for (bytes, opcode, length, is_final) in [
            (&[0x82, 0][..], Opcode::Binary, 0, true),
            (&[0x01, 125], Opcode::Text, 125, false),
            (&[0x00, 126, 1, 2], Opcode::Continuation, 0x102, false),
            (&[0x8A, 127, 1, 2, 3, 4, 5, 6, 7, 8], Opcode::Pong, 0x0102_0304_0506_0708, true),
        ] {
            for end in 0..bytes.len() {
                assert_eq!(Header::read(&bytes[..end]), Ok(None), "{end} of {bytes:?}");
            }
            let header = Header { is_final, opcode, length };
            assert_eq!(Header::read(&[bytes, &[9]].concat()), Ok(Some((header, bytes.len()))));
        }
    }

    #[test]
    fn what_no_server_may_send_is_refused() {
        for reserved in [0x40, 0x20, 0x10] {
            assert!(Header::read(&[0x82 | reserved, 0]).is_err());
        }
        for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
            assert!(Header::read(&[0x80 | opcode, 0]).is_err(), "{opcode}");
        }
        assert!(Header::read(&[0x82, 0x80]).is_err());
    }

    #[test]
    fn masks_are_fresh() {
        let mut masks = Masks::new();
        let drawn: std::collections::HashSet<[u8; 4]> = (0..1000).map(|_| masks.random().unwrap()).collect();
        // Two in a thousand are equal once in 8000 runs, four in 10^18.
        assert!(drawn.len() > 997, "{}", drawn.len());
        let keys = [masks.random::<16>().unwrap(), masks.random().unwrap()];
        assert_ne!(keys[0], keys[1]);
    }
}
