//! Sending again: after a reconnect, and, before MQTT 5.0, during a connection if a retry interval
//! is set.
//!
//! Either is a pass over the unfinished messages, oldest first, that goes on whenever there is
//! room in the output.

use std::time::{Duration, Instant};

use super::Session;
use super::host::Host;
use super::inflight::Awaits;
use super::label::note;
use crate::error::Error;
use crate::protocol::Version;
use crate::protocol::packet::{Packet, PropertyList, Publish, set_dup};
use crate::trace::Excerpt;

/// A pass adds to the output only while there is less than this in it.
const OUTPUT_WANTED: usize = 64 * 1024;

/// Contract W-308: nothing is sent again sooner than this, whatever is asked.
const SHORTEST_RETRY_INTERVAL: Duration = Duration::from_secs(10);

/// How soon to try again to start a pass when the last one, or its bytes, are still on their way.
const RETRY_POSTPONED: Duration = Duration::from_secs(1);

/// A pass over the unfinished messages.
pub(super) struct Pass {
    /// The next message to look at.
    next: Option<u16>,
    kind: PassKind,
}

#[derive(Clone, Copy)]
enum PassKind {
    /// All that was not sent on this connection. New messages have to wait.
    Reconnect,
    /// What was not answered within the retry interval, when the pass began.
    Retry { began: Instant, interval: Duration },
}

/// Sending again without a reconnect.
pub(super) struct Retry {
    interval: Duration,
    /// When the next pass is to begin, or earlier; `None` while nothing was sent.
    due: Option<Instant>,
}

impl Retry {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }
}

impl Session {
    /// MQTT 5.0 [MQTT-4.4.0-1]: no packet is sent again but after a reconnect (contract W-308,
    /// improved). The connection's version has to be known.
    pub(super) fn set_retry_interval(&mut self, interval: Option<Duration>) {
        self.retry = interval
            .filter(|interval| !interval.is_zero() && self.version != Version::V5)
            .map(|interval| Retry { interval: interval.max(SHORTEST_RETRY_INTERVAL), due: None });
    }

    /// A message was sent: it may be due for a repetition an interval from now.
    #[inline]
    pub(super) fn note_sent_for_retry(&mut self, now: Instant) {
        match &mut self.retry {
            Some(retry) if retry.due.is_none() => retry.due = now.checked_add(retry.interval),
            _ => {}
        }
    }

    /// Whether older messages are still to be sent again after a reconnect.
    pub(super) fn is_resending(&self) -> bool {
        matches!(self.pass, Some(Pass { kind: PassKind::Reconnect, next: Some(_) }))
    }

    /// The connection is accepted: everything unfinished is to be sent again, in the original
    /// order and before anything new (contract C-10.8), as far as the window allows (P-322, improved).
    pub(super) fn start_resend(&mut self) {
        self.pass = Some(Pass { next: self.inflight.oldest(), kind: PassKind::Reconnect });
    }

    /// Starts a pass over what was not answered within the retry interval (contract C-10.7).
    pub(super) fn start_retry(&mut self, now: Instant, host: &mut impl Host) {
        let Some(retry) = &mut self.retry else { return };
        if retry.due.is_none_or(|due| due > now) {
            return;
        }
        let interval = retry.interval;
        if self.inflight.is_empty() {
            retry.due = None;
        } else if self.pass.is_some() || !self.outgoing.is_empty() {
            // What waits in the output is not lost, only late.
            retry.due = Some(now + RETRY_POSTPONED);
        } else {
            // The oldest of those that are not due yet, and all sent from now on, come later.
            retry.due = self
                .inflight
                .ids()
                .filter_map(|id| self.inflight.get(id)?.sent_at)
                .filter(|&sent_at| !is_overdue(sent_at, interval, now))
                .min()
                .unwrap_or(now)
                .checked_add(interval);
            let kind = PassKind::Retry { began: now, interval };
            self.pass = Some(Pass { next: self.inflight.oldest(), kind });
            self.refill(now, host);
        }
    }

    /// A message is about to leave the list of unfinished ones.
    #[inline]
    pub(super) fn step_pass_over(&mut self, id: u16) {
        match &mut self.pass {
            Some(pass) if pass.next == Some(id) => pass.next = self.inflight.after(id),
            _ => {}
        }
    }

    /// Goes on with sending again, while there is little to write. To be called whenever
    /// [`Session::outgoing`] has fallen below 64 KiB.
    #[inline]
    pub fn refill(&mut self, now: Instant, host: &mut impl Host) {
        if self.pass.is_some() {
            self.go_on_with_pass(now, host);
        }
    }

    fn go_on_with_pass(&mut self, now: Instant, host: &mut impl Host) {
        while self.is_writable() && self.outgoing.len() < OUTPUT_WANTED {
            let Some(pass) = &self.pass else { return };
            let kind = pass.kind;
            let Some((id, message)) = pass.next.and_then(|id| Some((id, self.inflight.get(id)?))) else {
                self.pass = None;
                return;
            };
            let wanted = match kind {
                PassKind::Reconnect => message.sent_on != self.connection,
                PassKind::Retry { began, interval } => {
                    message.sent_on == self.connection
                        && message.sent_at.is_some_and(|at| is_overdue(at, interval, began))
                }
            };
            if wanted {
                let is_publish = message.awaits != Awaits::Complete;
                // MQTT 5.0 §4.9: only PUBLISH is limited by the Receive Maximum.
                let counts = is_publish && matches!(kind, PassKind::Reconnect);
                if counts && self.under_way >= self.window {
                    return;
                }
                if !is_publish {
                    if !message.packet.is_empty() {
                        self.persist_pubrel(id, host);
                    }
                    self.send_pubrel(id);
                    self.note_sent_again(now, id);
                } else if let Err(error) = self.send_publish_again(id) {
                    let client = self.label.client();
                    note!(Error, "Error sending message identifier {id} again for client {client}: {error}");
                } else {
                    self.note_sent_again(now, id);
                }
            }
            let after = self.inflight.after(id);
            if let Some(pass) = &mut self.pass {
                pass.next = after;
            }
        }
    }

    fn note_sent_again(&mut self, now: Instant, id: u16) {
        if let Some(message) = self.inflight.get_mut(id) {
            message.sent_at = Some(now);
            if message.sent_on != self.connection {
                message.sent_on = self.connection;
                self.under_way += 1;
            }
        }
        self.note_sent_for_retry(now);
    }

    /// Sends the same PUBLISH as before, with DUP (contract W-110): MQTT 3.1.1 [MQTT-3.3.1-1].
    ///
    /// The record stays as it is, where Paho writes it again with DUP set (contract P-303). What is
    /// restored is sent with DUP whatever its record says, and a store may need long to replace one:
    /// with all packet identifiers under way, the server would wait for us for many seconds. Nor is
    /// a translated message stored: its old record does as well, and two would be one too many.
    fn send_publish_again(&mut self, id: u16) -> Result<(), Error> {
        let (version, maximum) = (self.version, self.maximum_packet_size);
        let Some(message) = self.inflight.get_mut(id) else { return Ok(()) };
        if message.version.has_properties() != version.has_properties() {
            // The client reconnected with another version of MQTT.
            message.packet = translate(&message.packet, message.version, version)?;
            message.version = version;
        }
        if message.packet.len() > maximum {
            // It stays unfinished, for a server that takes it.
            return Err(Error::TooLarge);
        }
        set_dup(&mut message.packet);
        let Packet::Publish(publish) = Packet::decode(&message.packet, version)? else { return Ok(()) };
        self.outgoing.end().extend_from_slice(&message.packet);
        let (client, socket) = (self.label.client(), self.label.socket());
        note!(Minimum, "Trying PUBLISH again for client {client}, socket {socket}, message identifier {id}");
        note!(
            Protocol,
            "{} -> PUBLISH msgid: {id} qos: {} retained: {} rc 0 payload len({}): {}",
            self.label,
            publish.qos.level(),
            u8::from(publish.retain),
            publish.payload.len(),
            Excerpt(publish.payload)
        );
        Ok(())
    }
}

/// Whether a message that was sent at `sent_at` should have been answered.
fn is_overdue(sent_at: Instant, interval: Duration, now: Instant) -> bool {
    sent_at.checked_add(interval).is_some_and(|due| due <= now)
}

/// The same PUBLISH for another version. Properties are lost on the way to MQTT 3.
pub(super) fn translate(packet: &[u8], from: Version, to: Version) -> Result<Vec<u8>, Error> {
    let mut translated = Vec::new();
    if let Packet::Publish(publish) = Packet::decode(packet, from)? {
        let properties = if to.has_properties() { publish.properties } else { PropertyList::EMPTY };
        Publish { properties, ..publish }.encode(to, &mut translated)?;
    }
    Ok(translated)
}
