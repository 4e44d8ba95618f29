//! MQTT packets as the tests' own brokers see them: written a second time, on purpose, so that a
//! mistake in the library's codec is not made twice. Brief rather than fast; only what brokers need.

use std::io::{self, ErrorKind, Read};

/// Packet types.
pub const CONNECT: u8 = 1;
pub const CONNACK: u8 = 2;
pub const PUBLISH: u8 = 3;
pub const PUBACK: u8 = 4;
pub const PUBREC: u8 = 5;
pub const PUBREL: u8 = 6;
pub const PUBCOMP: u8 = 7;
pub const SUBSCRIBE: u8 = 8;
pub const SUBACK: u8 = 9;
pub const UNSUBSCRIBE: u8 = 10;
pub const UNSUBACK: u8 = 11;
pub const PINGREQ: u8 = 12;
pub const PINGRESP: u8 = 13;
pub const DISCONNECT: u8 = 14;

/// The protocol level of MQTT 5.
pub const V5: u8 = 5;

/// A packet, cut but not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Type and flags.
    pub first: u8,
    /// All after the remaining length.
    pub body: Vec<u8>,
}

impl Packet {
    /// Makes one.
    pub fn new(first: u8, body: impl Into<Vec<u8>>) -> Self {
        Self { first, body: body.into() }
    }

    /// Its type.
    pub fn kind(&self) -> u8 {
        self.first >> 4
    }

    /// Its QoS, if it is a PUBLISH.
    pub fn qos(&self) -> u8 {
        self.first >> 1 & 3
    }

    /// The packet identifier of any packet but PUBLISH.
    pub fn id(&self) -> u16 {
        Fields(&self.body).integer().unwrap_or(0)
    }

    /// The packet in bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![self.first];
        put_length(&mut bytes, self.body.len());
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Reads one; `None` at the end of the stream between two packets.
    pub fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut byte = [0];
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        let first = byte[0];
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            stream.read_exact(&mut byte)?;
            length |= usize::from(byte[0] & 0x7f) << shift;
            if byte[0] & 0x80 == 0 {
                let mut body = vec![0; length];
                stream.read_exact(&mut body)?;
                return Ok(Some(Self { first, body }));
            }
        }
        Err(io::Error::new(ErrorKind::InvalidData, "remaining length of more than four bytes"))
    }
}

/// Takes field after field from the front of a body.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// One byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    /// Two bytes, the higher first.
    pub fn integer(&mut self) -> Option<u16> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*bytes))
    }

    /// So many bytes.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// A string or binary data: its length, then its bytes.
    pub fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.integer()?;
        self.take(length.into())
    }

    /// A variable byte integer.
    pub fn variable(&mut self) -> Option<usize> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// The property list, without its length; before MQTT 5 there is none.
    pub fn properties(&mut self, version: u8) -> Option<&'a [u8]> {
        if version < V5 {
            return Some(&[]);
        }
        let length = self.variable()?;
        self.take(length)
    }
}

/// What a client said in its CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    pub version: u8,
    pub clean: bool,
    pub keep_alive: u16,
    pub client_id: String,
    pub will: Option<Publish>,
}

impl Connect {
    /// Understands a CONNECT.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let mut fields = Fields(body);
        fields.text()?;
        let version = fields.byte()?;
        let flags = fields.byte()?;
        let keep_alive = fields.integer()?;
        fields.properties(version)?;
        let client_id = text(fields.text()?);
        let mut will = None;
        if flags & 4 != 0 {
            let properties = will_properties(fields.properties(version)?);
            let topic = text(fields.text()?);
            let payload = fields.text()?.to_vec();
            let (qos, retain) = (flags >> 3 & 3, flags & 0x20 != 0);
            will = Some(Publish { topic, payload, qos, retain, duplicate: false, id: 0, properties });
        }
        Some(Self { version, clean: flags & 2 != 0, keep_alive, client_id, will })
    }
}

/// A will's properties as those of the message it becomes: only the will delay (24) is the broker's.
fn will_properties(list: &[u8]) -> Vec<u8> {
    match list {
        [24, _, _, _, _, rest @ ..] => rest.to_vec(),
        _ => list.to_vec(),
    }
}

/// A PUBLISH.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publish {
    pub topic: String,
    pub payload: Vec<u8>,
    pub qos: u8,
    pub retain: bool,
    pub duplicate: bool,
    pub id: u16,
    /// Encoded, without the length of the list.
    pub properties: Vec<u8>,
}

impl Publish {
    /// Understands a PUBLISH.
    pub fn parse(packet: &Packet, version: u8) -> Option<Self> {
        let mut fields = Fields(&packet.body);
        let topic = text(fields.text()?);
        let qos = packet.qos();
        let id = if qos > 0 { fields.integer()? } else { 0 };
        let properties = fields.properties(version)?.to_vec();
        let (retain, duplicate) = (packet.first & 1 != 0, packet.first & 8 != 0);
        Some(Self { topic, payload: fields.0.to_vec(), qos, retain, duplicate, id, properties })
    }

    /// As a packet.
    pub fn packet(&self, version: u8) -> Packet {
        let mut body = Vec::new();
        put_text(&mut body, self.topic.as_bytes());
        if self.qos > 0 {
            body.extend(self.id.to_be_bytes());
        }
        if version >= V5 {
            put_length(&mut body, self.properties.len());
            body.extend_from_slice(&self.properties);
        }
        body.extend_from_slice(&self.payload);
        let flags = u8::from(self.duplicate) << 3 | self.qos << 1 | u8::from(self.retain);
        Packet::new(PUBLISH << 4 | flags, body)
    }
}

/// A CONNACK.
pub fn connack(version: u8, session_present: bool, code: u8) -> Packet {
    let mut body = vec![u8::from(session_present), code];
    if version >= V5 {
        body.push(0);
    }
    Packet::new(CONNACK << 4, body)
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP.
pub fn acknowledgement(kind: u8, id: u16) -> Packet {
    let flags = if kind == PUBREL { 2 } else { 0 };
    Packet::new(kind << 4 | flags, id.to_be_bytes())
}

/// A SUBACK or UNSUBACK; an UNSUBACK has codes only since MQTT 5.
pub fn subscription_answer(kind: u8, version: u8, id: u16, codes: &[u8]) -> Packet {
    let mut body = id.to_be_bytes().to_vec();
    if version >= V5 {
        body.push(0);
    }
    if version >= V5 || kind == SUBACK {
        body.extend_from_slice(codes);
    }
    Packet::new(kind << 4, body)
}

/// The filters of a SUBSCRIBE, each with its options byte, or of an UNSUBSCRIBE, with 0.
pub fn filters(packet: &Packet, version: u8) -> Option<Vec<(String, u8)>> {
    let mut fields = Fields(&packet.body);
    fields.integer()?;
    fields.properties(version)?;
    let mut filters = Vec::new();
    while !fields.0.is_empty() {
        let filter = text(fields.text()?);
        let options = if packet.kind() == SUBSCRIBE { fields.byte()? } else { 0 };
        filters.push((filter, options));
    }
    Some(filters)
}

/// Whether a topic filter matches a topic name. MQTT 5.0 §4.7.
pub fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && !filter.starts_with('$') {
        return false;
    }
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Appends a string with its length.
pub fn put_text(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Appends a variable byte integer.
pub fn put_length(out: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or(0);
        length >>= 7;
        if length == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}
