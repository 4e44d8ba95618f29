//! What comes from the server: data as a stream of bytes, whatever its frames, and between them control frames.

use super::frame::{CONTROL, Header, LONGEST_HEADER, Opcode};

/// A longer frame carries no MQTT packet: the longest has so many bytes (contract T-306).
const LONGEST_DATA: u64 = 268_435_455 + 5;

/// As Paho: longer control frames than the 125 bytes of RFC 6455 are taken. They are kept until they are
/// whole, so there is a limit.
const LONGEST_CONTROL: u64 = 0xFFFF;

/// Frames on their way in.
#[derive(Default)]
pub struct Incoming {
    /// The start of a header that has not come whole.
    head: [u8; LONGEST_HEADER],
    head_length: usize,
    /// The frame whose payload comes, and how much of it is to come.
    frame: Option<(Opcode, usize)>,
    /// The next data frame continues a message.
    in_message: bool,
    /// What has come of a control frame's payload.
    control: Vec<u8>,
    /// Some of a data frame has come, be it of its header.
    has_had_data: bool,
}

/// What the server says besides data.
#[derive(Debug, PartialEq, Eq)]
pub enum Control {
    /// It wants the payload back.
    Ping(Vec<u8>),
    /// It will send nothing more.
    Close(Vec<u8>),
}

impl Incoming {
    /// From now on counts what comes for [`Incoming::has_had_data`].
    pub fn forget_data(&mut self) {
        self.has_had_data = false;
    }

    /// Whether data has come, or a part of its frame.
    pub fn has_had_data(&self) -> bool {
        self.has_had_data
    }

    /// Takes frames out of what was received, up to the next control frame or to the end, and appends their data.
    ///
    /// The error says what the server has done that it may not.
    pub fn take(
        &mut self,
        received: &mut &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<Option<Control>, &'static str> {
        loop {
            let (opcode, left) = match self.frame {
                Some(frame) => frame,
                None => match self.take_header(received)? {
                    Some(header) => self.begin(header)?,
                    None => return Ok(None),
                },
            };
            let (payload, rest) = received.split_at(left.min(received.len()));
            *received = rest;
            let left = left - payload.len();
            let is_data = matches!(opcode, Opcode::Binary | Opcode::Text | Opcode::Continuation);
            self.has_had_data |= is_data;
            let target = if is_data { &mut *plain } else { &mut self.control };
            target.extend_from_slice(payload);
            if left > 0 {
                self.frame = Some((opcode, left));
                return Ok(None);
            }
            self.frame = None;
            match opcode {
                Opcode::Ping => return Ok(Some(Control::Ping(std::mem::take(&mut self.control)))),
                Opcode::Close => return Ok(Some(Control::Close(std::mem::take(&mut self.control)))),
                Opcode::Pong => self.control = Vec::new(),
                Opcode::Binary | Opcode::Text | Opcode::Continuation => {}
            }
        }
    }

    fn take_header(&mut self, received: &mut &[u8]) -> Result<Option<Header>, &'static str> {
        while let Some((first, rest)) = received.split_first() {
            if let Some(place) = self.head.get_mut(self.head_length) {
                *place = *first;
            }
            self.head_length += 1;
            self.has_had_data |= self.head[0] & CONTROL == 0;
            *received = rest;
            let head = self.head.get(..self.head_length).unwrap_or(&self.head);
            if let Some((header, _)) = Header::read(head)? {
                self.head_length = 0;
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    /// Checks a header, and what it means where it stands.
    fn begin(&mut self, header: Header) -> Result<(Opcode, usize), &'static str> {
        let Header { is_final, opcode, length } = header;
        let longest = match opcode {
            Opcode::Continuation if !self.in_message => return Err("a continuation of no message"),
            Opcode::Binary | Opcode::Text if self.in_message => return Err("a message inside another one"),
            Opcode::Continuation | Opcode::Binary | Opcode::Text => {
                self.in_message = !is_final;
                LONGEST_DATA
            }
            Opcode::Close | Opcode::Ping | Opcode::Pong if !is_final => {
                return Err("a control frame in fragments");
            }
            Opcode::Close | Opcode::Ping | Opcode::Pong => LONGEST_CONTROL,
        };
        match usize::try_from(length) {
            Ok(length) if length as u64 <= longest => Ok((opcode, length)),
            _ => Err("a frame is too long"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that comes of a stream that arrives in pieces of a size, and the error at its end.
    fn read(stream: &[u8], size: usize) -> (Vec<u8>, Vec<Control>, Option<&'static str>) {
        let (mut incoming, mut plain, mut controls) = (Incoming::default(), Vec::new(), Vec::new());
        for mut piece in stream.chunks(size) {
            while !piece.is_empty() {
                match incoming.take(&mut piece, &mut plain) {
                    Ok(control) => controls.extend(control),
                    Err(error) => return (plain, controls, Some(error)),
                }
            }
        }
        (plain, controls, None)
    }

    fn check(stream: &[u8], plain: &[u8], controls: &[Control], error: Option<&'static str>) {
        for size in 1..=stream.len() {
            let came = read(stream, size);
            assert_eq!((&came.0[..], &came.1[..], came.2), (plain, controls, error), "in pieces of {size}");
        }
    }

    #[test]
    fn data_is_a_stream_of_bytes() {
        check(b"\x82\x03abc\x81\x02de\x82\x00\x82\x01f", b"abcdef", &[], None);
        // Three fragments, the second empty, with a ping, a pong and a ping without payload between them.
        let fragments = b"\x02\x02ab\x89\x02hi\x00\x00\x8A\x03ign\x89\x00\x80\x01c\x82\x01d";
        let pings = [Control::Ping(b"hi".to_vec()), Control::Ping(Vec::new())];
        check(fragments, b"abcd", &pings, None);
    }

    #[test]
    fn lengths_of_all_sizes_are_read() {
        let long = vec![7; 70_000];
        let stream = [b"\x82\x7F\0\0\0\0\0\x01\x11\x70", &long[..], b"\x82\x7E\0\x03abc"].concat();
        for size in [1, 1000, 100_000] {
            let (plain, controls, error) = read(&stream, size);
            assert!(plain == [&long[..], b"abc"].concat() && controls.is_empty() && error.is_none());
        }
        let ping = [b"\x89\x7E\x01\x00", &long[..256]].concat();
        check(&ping, b"", &[Control::Ping(vec![7; 256])], None);
    }

    #[test]
    fn the_server_says_goodbye() {
        check(b"\x82\x01a\x88\x05\x03\xE9bye", b"a", &[Control::Close(b"\x03\xE9bye".to_vec())], None);
        check(b"\x88\x00", b"", &[Control::Close(Vec::new())], None);
    }

    #[test]
    fn what_breaks_the_rules_is_refused_and_what_came_before_counts() {
        for (frame, error) in [
            (&b"\x80\x01x"[..], "a continuation of no message"),
            (b"\x02\x01b\x82\x01x", "a message inside another one"),
            (b"\x09\x00", "a control frame in fragments"),
            (b"\x82\x7F\0\0\0\0\x10\0\0\x05", "a frame is too long"),
            (b"\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "a frame is too long"),
            (b"\x89\x7F\0\0\0\0\0\x01\0\0", "a frame is too long"),
            (b"\x82\x81\0\0\0\0x", "a frame is masked"),
            (b"\xC2\x01x", "a frame uses an extension that was not agreed on"),
            (b"\x83\x01x", "a frame of unknown type"),
        ] {
            let before = if frame[1] == 1 && frame[0] == 2 { &b"ab"[..] } else { b"a" };
            check(&[b"\x82\x01a", frame].concat(), before, &[], Some(error));
        }
        // The longest is just not refused.
        let (_, _, error) = read(b"\x82\x7F\0\0\0\0\x10\0\0\x04", 100);
        assert_eq!(error, None);
    }
}
