//! Topic aliases of incoming messages: MQTT 5.0 §3.3.2.3.4. Each connection starts without any.

use super::id_map::IdMap;
use crate::error::ProtocolError;
use crate::protocol::packet::{PropertyId, PropertyValue, Publish};

const PUBLISH: u8 = 3;

#[derive(Default)]
pub(super) struct TopicAliases {
    /// The Topic Alias Maximum that our CONNECT offered.
    maximum: u16,
    topics: IdMap<Box<[u8]>>,
}

impl TopicAliases {
    pub(super) fn new(maximum: u16) -> TopicAliases {
        TopicAliases { maximum, topics: IdMap::default() }
    }

    /// Learns the alias of a message, if it has one, and returns it if the topic is to be looked
    /// up. An alias outside what we offered ends the connection (contract W-206).
    pub(super) fn learn(&mut self, publish: &Publish<'_>) -> Result<Option<u16>, ProtocolError> {
        if publish.properties.is_empty() {
            return Ok(None);
        }
        let alias = match publish.properties.find(PropertyId::TopicAlias) {
            Some(PropertyValue::TwoByteInteger(alias)) => alias,
            _ => return Ok(None),
        };
        if alias == 0 || alias > self.maximum {
            return Err(ProtocolError::Violation(PUBLISH));
        }
        let known = self.topics.get(alias).map(|topic| &**topic);
        match (publish.topic, known) {
            // Its topic cannot be known: MQTT 5.0 §3.3.2.3.4, a protocol error.
            ([], None) => Err(ProtocolError::Violation(PUBLISH)),
            ([], Some(_)) => Ok(Some(alias)),
            (topic, known) => {
                if known != Some(topic) {
                    self.topics.insert(alias, topic.into());
                }
                Ok(None)
            }
        }
    }

    pub(super) fn topic(&self, alias: u16) -> &[u8] {
        self.topics.get(alias).map_or(&[], |topic| topic)
    }
}
