//! Taking up what an earlier client has left in the store: messages under way, requests that waited to be sent, and
//! messages that waited for the application (contract ).

use super::application::AsyncApplication;
use super::requests::{Kind, Request};
use crate::client::records::{Records, RestoredMessage};
use crate::client::state::State;
use crate::protocol::packet::{PropertyList, Publish, Subscription, encode_subscribe, encode_unsubscribe};
use crate::protocol::session::Session;
use crate::protocol::{PacketId, Qos, Version};
use crate::store::{Command, CommandRecord, Key};
use crate::trace::{self, Level};

/// Takes up what was read when the client was made. What cannot be read is set aside.
pub(super) fn take_up<A: AsyncApplication>(state: &mut State<A>) {
    state.host.api.is_restored = true;
    let Some(mut records) = state.host.records.take() else { return };
    if !state.host.api.buffering.restore {
        records.delete_queued();
    }
    if let Err(error) = records.restore_session(&mut state.session) {
        trace::line(Level::Minimum, format_args!("Error {} restoring messages", error.code));
    }
    restore_commands(state, &mut records);
    let newest = records.restore_queue(&mut state.host.inbox, A::message).ok().flatten();
    if let Some(hooks) = &state.host.api.hooks {
        hooks.lock().taken_up();
    }
    state.host.records = Some(records);
    if let Some((newest, version)) = newest.as_ref().and_then(RestoredMessage::read) {
        state.session.restore_newest(&newest, version, &mut state.host);
    }
}

/// Contract P-504. They have no callbacks.
fn restore_commands<A: AsyncApplication>(state: &mut State<A>, records: &mut Records) {
    let mut restored = 0;
    for (key, record) in records.take_commands() {
        match read_command(key, &record, &mut state.session) {
            Some(Read::Request(request)) => {
                state.host.api.waiting.push(*request);
                restored += 1;
            }
            Some(Read::UnderWay) => records.remove_command(key),
            None => records.set_command_aside(key),
        }
    }
    let client = &records.client;
    trace::line(Level::Minimum, format_args!("{restored} commands restored for client {client}"));
}

/// What a record says.
enum Read<T> {
    Request(Box<Request<T>>),
    /// The message was taken for sending, and is stored as one under way: the process was killed in between.
    UnderWay,
}

fn read_command<T>(key: Key, record: &[u8], session: &mut Session) -> Option<Read<T>> {
    let CommandRecord { token: packet_id, command, properties } = CommandRecord::decode(record, key.mqtt5)?;
    let version = if key.mqtt5 { Version::V5 } else { Version::V3_1_1 };
    let properties = match properties {
        None => PropertyList::EMPTY,
        Some(block) => PropertyList::parse_block(block)?,
    };
    let mut packet = Vec::new();
    let kind = match command {
        Command::Publish { topic, payload, qos, retained: retain } => {
            if session.is_pending(packet_id) {
                return Some(Read::UnderWay);
            }
            let qos = Qos::from_level(qos)?;
            Publish { dup: false, qos, retain, topic, packet_id, properties, payload }
                .encode(version, &mut packet)
                .ok()?;
            Kind::Publish
        }
        Command::Subscribe(subscriptions) => {
            let subscriptions: Vec<_> = subscriptions
                .iter()
                .map(|stored| Subscription {
                    filter: stored.filter,
                    options: stored.qos
                        | u8::from(stored.no_local) << 2
                        | u8::from(stored.retain_as_published) << 3
                        | stored.retain_handling << 4,
                })
                .collect();
            encode_subscribe(packet_id, &subscriptions, properties, version, &mut packet).ok()?;
            Kind::Subscribe
        }
        Command::Unsubscribe(filters) => {
            encode_unsubscribe(packet_id, &filters, properties, version, &mut packet).ok()?;
            Kind::Unsubscribe
        }
    };
    let is_taken = |id| !session.reserve_restored_id(id);
    if PacketId::new(packet_id).is_some_and(is_taken) {
        return None;
    }
    Some(Read::Request(Box::new(Request {
        kind,
        packet_id,
        packet,
        version,
        token: None,
        record: Some(key),
    })))
}
