//! The record of a request that waits to be sent: of MQTTAsync's, before it has a connection, or while too much is
//! under way. Contract P-502.
//!
//! ```text
//! PUBLISH:     3 | token | topic, NUL | payload length | payload | qos | retained
//! SUBSCRIBE:   8 | token | count | count times: filter, NUL | qos | in MQTT 5.0: options
//! UNSUBSCRIBE: 10 | token | count | count times: filter, NUL
//! ```
//!
//! and in MQTT 5.0 the property block, as on the wire. Numbers are four bytes, little endian. The options are an
//! image of the C structure.

const PUBLISH: u32 = 3;
const SUBSCRIBE: u32 = 8;
const UNSUBSCRIBE: u32 = 10;

/// The first eight bytes of the options of a subscription: "MQSO", and its version.
const OPTIONS: [u8; 8] = *b"MQSO\0\0\0\0";

/// A request, borrowed from who makes it or from a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord<'a> {
    /// The packet identifier; 0 with QoS 0.
    pub token: u16,
    /// What is asked for.
    pub command: Command<'a>,
    /// With MQTT 5.0 the property block: its length (a variable byte integer), then properties.
    pub properties: Option<&'a [u8]>,
}

/// What is asked of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// To take a message.
    Publish {
        /// Where to. What follows a NUL in it is not kept.
        topic: &'a [u8],
        /// What.
        payload: &'a [u8],
        /// The QoS: 0, 1 or 2.
        qos: u8,
        /// The RETAIN flag.
        retained: bool,
    },
    /// To send messages.
    Subscribe(Vec<StoredSubscription<'a>>),
    /// To send no more.
    Unsubscribe(Vec<&'a [u8]>),
}

/// One topic filter of a SUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredSubscription<'a> {
    /// Which topics. What follows a NUL in it is not kept.
    pub filter: &'a [u8],
    /// The QoS: 0, 1 or 2.
    pub qos: u8,
    /// Kept with MQTT 5.0 only.
    pub no_local: bool,
    /// Kept with MQTT 5.0 only.
    pub retain_as_published: bool,
    /// Kept with MQTT 5.0 only: 0, 1 or 2.
    pub retain_handling: u8,
}

impl<'a> CommandRecord<'a> {
    /// The record's parts: as many as a plugged-in store and a hook before the write expect for a PUBLISH, 7, or 8
    /// with properties.
    pub fn encode(&self) -> Vec<Vec<u8>> {
        let token = number(self.token.into());
        let mut parts = match &self.command {
            Command::Publish { topic, payload, qos, retained } => vec![
                number(PUBLISH),
                token,
                text(topic),
                number(length(payload.len())),
                payload.to_vec(),
                number((*qos).into()),
                number((*retained).into()),
            ],
            Command::Subscribe(subscriptions) => {
                let mut parts = vec![number(SUBSCRIBE), token, number(length(subscriptions.len()))];
                for subscription in subscriptions {
                    parts.push(text(subscription.filter));
                    parts.push(number(subscription.qos.into()));
                    if self.properties.is_some() {
                        parts.push(subscription.image());
                    }
                }
                parts
            }
            Command::Unsubscribe(filters) => {
                let mut parts = vec![number(UNSUBSCRIBE), token, number(length(filters.len()))];
                parts.extend(filters.iter().map(|filter| text(filter)));
                parts
            }
        };
        parts.extend(self.properties.map(<[u8]>::to_vec));
        parts
    }

    /// Reads a record, or finds that it is none. `mqtt5` is whether its key says so.
    pub fn decode(record: &'a [u8], mqtt5: bool) -> Option<CommandRecord<'a>> {
        let mut rest = record;
        let kind = read_number(&mut rest)?;
        let token = u16::try_from(read_number(&mut rest)?).ok()?;
        let command = match kind {
            PUBLISH => {
                let topic = read_text(&mut rest)?;
                let payload_length = usize::try_from(read_number(&mut rest)?).ok()?;
                let payload = read_bytes(&mut rest, payload_length)?;
                let qos = read_qos(&mut rest)?;
                let retained = read_number(&mut rest)? != 0;
                // A message of QoS 1 or 2 has a packet identifier, others have none.
                if (token == 0) != (qos == 0) {
                    return None;
                }
                Command::Publish { topic, payload, qos, retained }
            }
            SUBSCRIBE => {
                Command::Subscribe(read_several(&mut rest, |rest| StoredSubscription::read(rest, mqtt5))?)
            }
            UNSUBSCRIBE => Command::Unsubscribe(read_several(&mut rest, read_text)?),
            _ => return None,
        };
        let has_token = token != 0 || kind == PUBLISH;
        // Without properties nothing follows; with them at least their length does.
        if !has_token || rest.is_empty() == mqtt5 {
            return None;
        }
        Some(CommandRecord { token, command, properties: mqtt5.then_some(rest) })
    }
}

impl<'a> StoredSubscription<'a> {
    fn image(&self) -> Vec<u8> {
        let flags = [self.no_local.into(), self.retain_as_published.into(), self.retain_handling, 0];
        [&OPTIONS[..], &flags].concat()
    }

    fn read(rest: &mut &'a [u8], mqtt5: bool) -> Option<Self> {
        let (filter, qos) = (read_text(rest)?, read_qos(rest)?);
        let mut options = [0; 4];
        if mqtt5 {
            if read_bytes(rest, OPTIONS.len())? != OPTIONS {
                return None;
            }
            // The last byte is padding, and may be anything.
            options = *read_bytes(rest, options.len())?.first_chunk()?;
        }
        let [no_local, retain_as_published, retain_handling, _] = options;
        (retain_handling <= 2).then_some(StoredSubscription {
            filter,
            qos,
            no_local: no_local != 0,
            retain_as_published: retain_as_published != 0,
            retain_handling,
        })
    }
}

fn number(number: u32) -> Vec<u8> {
    number.to_le_bytes().to_vec()
}

/// MQTT's own limits keep these lengths far below 2³².
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn text(text: &[u8]) -> Vec<u8> {
    let kept = text.split(|&byte| byte == 0).next().unwrap_or_default();
    [kept, &[0]].concat()
}

fn read_number(rest: &mut &[u8]) -> Option<u32> {
    let (number, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_le_bytes(*number))
}

fn read_bytes<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

/// The NUL may be the last byte of all, which the original takes for a fault (contract P-505).
fn read_text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|&byte| byte == 0)?;
    let text = read_bytes(rest, end)?;
    read_bytes(rest, 1)?;
    Some(text)
}

fn read_qos(rest: &mut &[u8]) -> Option<u8> {
    u8::try_from(read_number(rest)?).ok().filter(|&qos| qos <= 2)
}

/// At least one. The count is not trusted with memory: each has a byte at least.
fn read_several<'a, T>(
    rest: &mut &'a [u8],
    mut read: impl FnMut(&mut &'a [u8]) -> Option<T>,
) -> Option<Vec<T>> {
    let count = usize::try_from(read_number(rest)?).ok()?;
    if count == 0 || count > rest.len() {
        return None;
    }
    (0..count).map(|_| read(rest)).collect()
}

#[cfg(test)]
#[path = "command_record_tests.rs"]
mod tests;
