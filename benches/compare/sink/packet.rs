//! As much of the packets as the sink must know. A codec of its own: the library's must not grade itself.

/// The fixed header of a packet.
pub struct Head {
    /// Packet type and flags.
    pub first: u8,
    /// Length of the fixed header itself.
    pub head: usize,
    /// Length of the whole packet.
    pub total: usize,
}

impl Head {
    /// `None` when more bytes are needed; `Err` for a length no packet can have.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, Nonsense> {
        let Some((&first, lengths)) = bytes.split_first() else { return Ok(None) };
        let mut remaining = 0;
        for (i, &byte) in lengths.iter().take(4).enumerate() {
            remaining |= usize::from(byte & 127) << (7 * i);
            if byte < 128 {
                return Ok(Some(Self { first, head: i + 2, total: i + 2 + remaining }));
            }
        }
        if lengths.len() >= 4 { Err(Nonsense) } else { Ok(None) }
    }

    /// The packet type, 1 to 14.
    pub fn kind(&self) -> u8 {
        self.first >> 4
    }

    /// The QoS of a PUBLISH.
    pub fn qos(&self) -> u8 {
        (self.first >> 1) & 3
    }
}

/// What no client would send.
#[derive(Debug)]
pub struct Nonsense;

impl From<Nonsense> for std::io::Error {
    fn from(_: Nonsense) -> Self {
        std::io::ErrorKind::InvalidData.into()
    }
}

/// Splits a length-prefixed string off.
pub fn text(bytes: &[u8]) -> Result<(&[u8], &[u8]), Nonsense> {
    let (length, rest) = number(bytes)?;
    rest.split_at_checked(usize::from(length)).ok_or(Nonsense)
}

/// Splits a big-endian number off.
pub fn number(bytes: &[u8]) -> Result<(u16, &[u8]), Nonsense> {
    let (number, rest) = bytes.split_first_chunk().ok_or(Nonsense)?;
    Ok((u16::from_be_bytes(*number), rest))
}

/// Skips the properties, which MQTT 5 has and the sink ignores.
pub fn skip_properties(bytes: &[u8], version5: bool) -> Result<&[u8], Nonsense> {
    if !version5 {
        return Ok(bytes);
    }
    let mut length = 0;
    for (i, &byte) in bytes.iter().take(4).enumerate() {
        length |= usize::from(byte & 127) << (7 * i);
        if byte < 128 {
            return bytes.get(i + 1 + length..).ok_or(Nonsense);
        }
    }
    Err(Nonsense)
}

/// Appends an acknowledgement of two bytes, MQTT 5's short form included.
pub fn acknowledge(out: &mut Vec<u8>, first: u8, id: u16) {
    let [high, low] = id.to_be_bytes();
    out.extend_from_slice(&[first, 2, high, low]);
}

/// Appends a PUBLISH with a payload of zeros; without a packet identifier at QoS 0.
pub fn publish(out: &mut Vec<u8>, topic: &[u8], qos: u8, id: u16, size: usize, version5: bool) {
    let mut remaining = 2 + topic.len() + if qos > 0 { 2 } else { 0 } + usize::from(version5) + size;
    out.push(0x30 | qos << 1);
    loop {
        let byte = u8::try_from(remaining & 127).unwrap_or_default();
        remaining >>= 7;
        if remaining == 0 {
            out.push(byte);
            break;
        }
        out.push(byte | 128);
    }
    out.extend_from_slice(&u16::try_from(topic.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(topic);
    if qos > 0 {
        out.extend_from_slice(&id.to_be_bytes());
    }
    if version5 {
        out.push(0);
    }
    out.resize(out.len() + size, 0);
}
