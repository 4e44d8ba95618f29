//! Subscribing and unsubscribing: as publishing, but only with a connection.

use super::application::AsyncApplication;
use super::client::AsyncClient;
use super::publish::{can_send, of_interest, send};
use super::requests::{Kind, Request};
use crate::client::state::State;
use crate::engine::clock;
use crate::error::Error;
use crate::protocol::packet::{PropertyList, Subscription, encode_subscribe, encode_unsubscribe};
use crate::protocol::session::Session;
use crate::protocol::{PacketId, Version};
use crate::store::{Command, CommandRecord, StoredSubscription};
use std::time::Instant;

impl<A: AsyncApplication> AsyncClient<A> {
    /// Subscribes, as soon as that can be. The answer is the request's outcome.
    ///
    /// `tell` gets the packet identifier before anybody can hear of the outcome.
    pub fn subscribe(
        &self,
        subscriptions: &[Subscription<'_>],
        properties: PropertyList<'_>,
        token: A::Token,
        tell: impl FnOnce(u16),
    ) -> Result<u16, Error> {
        self.request(&Filters::Subscribe(subscriptions), properties, token, tell)
    }

    /// Unsubscribes, as soon as that can be. The answer is the request's outcome.
    ///
    /// `tell` gets the packet identifier before anybody can hear of the outcome.
    pub fn unsubscribe(
        &self,
        filters: &[&[u8]],
        properties: PropertyList<'_>,
        token: A::Token,
        tell: impl FnOnce(u16),
    ) -> Result<u16, Error> {
        self.request(&Filters::Unsubscribe(filters), properties, token, tell)
    }

    /// Sends a request, or has it wait for its turn. Never without a connection (contract ).
    fn request(
        &self,
        filters: &Filters<'_>,
        properties: PropertyList<'_>,
        token: A::Token,
        tell: impl FnOnce(u16),
    ) -> Result<u16, Error> {
        let mut state = self.lock_restored()?;
        state.require_connected()?;
        if filters.are_none() {
            return Err(Error::BadArgument);
        }
        let token = of_interest::<A>(token);
        if can_send(&state, true) {
            let now = state.pacing.time(clock::now);
            let packet_id = filters.send(&mut state.session, now, properties)?.get();
            tell(packet_id);
            if let Some(token) = token {
                state.host.api.awaiting.insert(packet_id, filters.kind(), token);
            }
            send(&self.client, state, now);
            return Ok(packet_id);
        }
        let version = self.version();
        let State { session, host, .. } = &mut *state;
        let packet_id = session.reserve_id()?.get();
        let queued = filters.encode(packet_id, properties, version).and_then(|packet| {
            let record = match &mut host.records {
                Some(records) => {
                    Some(records.put_command(|mqtt5| filters.record(packet_id, properties, mqtt5))?)
                }
                None => None,
            };
            Ok((packet, record))
        });
        let (packet, record) = queued.inspect_err(|_| session.release_id(packet_id))?;
        let kind = filters.kind();
        host.api.waiting.push(Request { kind, packet_id, packet, version, token, record });
        tell(packet_id);
        state.has_changed = true;
        Ok(packet_id)
    }
}

/// What is asked for.
enum Filters<'a> {
    Subscribe(&'a [Subscription<'a>]),
    Unsubscribe(&'a [&'a [u8]]),
}

impl Filters<'_> {
    fn kind(&self) -> Kind {
        match self {
            Filters::Subscribe(_) => Kind::Subscribe,
            Filters::Unsubscribe(_) => Kind::Unsubscribe,
        }
    }

    /// MQTT 3.1.1 [MQTT-3.8.3-3], [MQTT-3.10.3-2]: there must be one.
    fn are_none(&self) -> bool {
        match self {
            Filters::Subscribe(subscriptions) => subscriptions.is_empty(),
            Filters::Unsubscribe(filters) => filters.is_empty(),
        }
    }

    fn send(
        &self,
        session: &mut Session,
        now: Instant,
        properties: PropertyList<'_>,
    ) -> Result<PacketId, Error> {
        match self {
            Filters::Subscribe(subscriptions) => session.subscribe(now, subscriptions, properties),
            Filters::Unsubscribe(filters) => session.unsubscribe(now, filters, properties),
        }
    }

    fn encode(&self, id: u16, properties: PropertyList<'_>, version: Version) -> Result<Vec<u8>, Error> {
        let mut packet = Vec::new();
        match self {
            Filters::Subscribe(subscriptions) => {
                encode_subscribe(id, subscriptions, properties, version, &mut packet)?;
            }
            Filters::Unsubscribe(filters) => {
                encode_unsubscribe(id, filters, properties, version, &mut packet)?;
            }
        }
        Ok(packet)
    }

    /// Contract P-502.
    fn record(&self, token: u16, properties: PropertyList<'_>, mqtt5: bool) -> Vec<Vec<u8>> {
        let block = mqtt5.then(|| properties.to_block().unwrap_or_else(|_| vec![0]));
        let command = match self {
            Filters::Subscribe(subscriptions) => {
                Command::Subscribe(subscriptions.iter().map(to_stored).collect())
            }
            Filters::Unsubscribe(filters) => Command::Unsubscribe(filters.to_vec()),
        };
        CommandRecord { token, command, properties: block.as_deref() }.encode()
    }
}

fn to_stored<'a>(subscription: &Subscription<'a>) -> StoredSubscription<'a> {
    let Subscription { filter, options } = *subscription;
    StoredSubscription {
        filter,
        qos: options & 0b11,
        no_local: options & 0b100 != 0,
        retain_as_published: options & 0b1000 != 0,
        retain_handling: options >> 4 & 0b11,
    }
}
