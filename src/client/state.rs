//! What a client's lock guards.

use super::api::{Api, EndOfConnection, EventOf};
use super::application::{Application, Kind};
use super::background::Presence;
use super::delivery::events::NextEvents;
use super::delivery::phase::Dispatch;
use super::engaged::Engaged;
use super::host::SessionHost;
use super::link::turn::ReadTurn;
use super::link::watch::Situation;
use super::link::{Attempt, Link};
use super::pacing::Pacing;
use super::records::{Records, RestoredMessage};
use crate::engine::Interests;
use crate::engine::clock::{self, Tick};
use crate::error::{Error, PersistError};
use crate::protocol::session::{Session, SessionState};
use crate::trace::{self, Level};
use crate::transport::SocketFd;
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// Who drives the socket. While a connection lasts that goes from threads that call to workers, never back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The threads that call.
    Calling,
    /// The engine's workers.
    Workers,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseReason {
    /// The application wants it, or never had it: no callback.
    Wanted,
    /// It was lost.
    Lost,
}

/// What a client's lock guards.
pub(super) struct State<A: Application> {
    pub application: A,
    pub session: Session,
    pub host: SessionHost<A>,
    pub link: Link,
    pub mode: Mode,
    /// Whose turn it is to read.
    pub turn: ReadTurn,
    /// Tells connections apart.
    pub connection_number: u64,
    /// That this client is connected or connecting.
    pub presence: Option<Presence>,
    /// Somebody connects.
    pub connecting: Option<Box<Attempt>>,
    /// A thread is in `disconnect`, and waits for what is under way.
    pub quiescing: bool,
    pub destroyed: bool,
    /// This client's place in the engine, and what that knows.
    pub engaged: Engaged,
    /// Who runs this client's callbacks.
    pub dispatch: Dispatch,
    pub pacing: Pacing,
    /// A thread is writing without the lock.
    pub writing: bool,
    /// Something has changed since the lock was taken that a thread may be waiting for.
    pub has_changed: bool,
    /// The last tick of the clock that was seen.
    tick: Tick,
}

impl<A: Application> State<A> {
    pub fn new() -> State<A> {
        State {
            application: A::default(),
            session: Session::new(),
            host: SessionHost::default(),
            link: Link::Down,
            mode: Mode::Calling,
            turn: ReadTurn::default(),
            connection_number: 0,
            presence: None,
            connecting: None,
            quiescing: false,
            destroyed: false,
            engaged: Engaged::default(),
            dispatch: Dispatch::default(),
            pacing: Pacing::default(),
            writing: false,
            has_changed: false,
            tick: Tick::default(),
        }
    }

    /// In a child of fork: leaves behind what was the parent's threads' and engine's.
    pub fn adopt(&mut self) {
        self.engaged.abandon();
        self.host.events.clear();
        self.host.api.adopt();
        if let Some(records) = &mut self.host.records {
            records.adopt();
        }
        self.mode = Mode::Calling;
        self.turn.end();
        self.presence = None;
        self.connecting = None;
        self.quiescing = false;
        self.dispatch = Dispatch::default();
        self.host.inbox.offer_now();
        self.host.inbox.end_pause();
        self.pacing = Pacing::default();
        self.writing = false;
    }

    /// Takes up what a store kept. The client keeps the store even if that fails, to close it.
    pub fn restore(&mut self, records: Records) -> Result<(), PersistError> {
        let records = self.host.records.insert(Box::new(records));
        let mut restored = records.restore_session(&mut self.session);
        if let Some(mut records) = self.host.records.take() {
            // A failure here ends the taking up, and nothing else (contract P-121).
            let newest = if restored.is_ok() {
                records.restore_queue(&mut self.host.inbox, A::message).ok().flatten()
            } else {
                None
            };
            self.host.records = Some(records);
            if let Some((newest, version)) = newest.as_ref().and_then(RestoredMessage::read) {
                self.session.restore_newest(&newest, version, &mut self.host);
            }
        }
        if let Err(error) = &mut restored {
            trace::line(Level::Minimum, format_args!("Error {} restoring messages", error.code));
        }
        restored
    }

    /// Connected, and not about to be otherwise.
    pub fn is_connected(&self) -> bool {
        matches!(self.link, Link::Up(_)) && self.session.is_connected()
    }

    /// Whether there is a connection, accepted or not.
    #[cfg(feature = "async")]
    pub fn is_up(&self) -> bool {
        matches!(self.link, Link::Up(_))
    }

    pub fn require_connected(&self) -> Result<(), Error> {
        if self.is_connected() { Ok(()) } else { Err(Error::Disconnected) }
    }

    /// The connection's socket.
    pub fn socket(&self) -> Option<Arc<SocketFd>> {
        match &self.link {
            Link::Up(connection) => Some(connection.socket().clone()),
            Link::Down | Link::Opening(..) => None,
        }
    }

    pub fn is_write_blocked(&self) -> bool {
        matches!(&self.link, Link::Up(connection) if connection.is_write_blocked())
    }

    /// Whether packets have been read that are still to be handled.
    pub fn has_packet(&self) -> bool {
        matches!(&self.link, Link::Up(connection) if connection.has_packet())
    }

    /// Bytes that are not in the kernel's hands, but for those that a thread is writing.
    #[inline]
    pub fn unsent(&self) -> usize {
        match &self.link {
            Link::Up(connection) => connection.unsent(&self.session),
            Link::Down | Link::Opening(..) => self.session.outgoing().len(),
        }
    }

    /// Whether there are bytes that could go into the socket if it had room.
    #[inline]
    pub fn wants_to_write(&self) -> bool {
        matches!(&self.link, Link::Up(connection) if connection.wants_to_write(&self.session))
    }

    /// Whether there is something to write, and room for it as far as is known.
    #[inline]
    pub fn can_write(&self) -> bool {
        self.wants_to_write() && !self.is_write_blocked()
    }

    /// Whether all is in the kernel's hands.
    pub fn is_flushed(&self) -> bool {
        !self.writing && self.unsent() == 0
    }

    /// All is written, so there is nothing to flush for a while. In a burst that goes on the engine never
    /// needs to come: a timer that fires costs much more than one that is put off.
    pub fn defer_flush(&mut self) {
        if self.pacing.flush_due().is_none() {
            return;
        }
        let Some(wait) = self.pacing.wanted_deferral(clock::now()) else { return };
        let registration = self.engaged.registration.as_ref();
        if let Some(due) = registration.and_then(|registration| registration.defer_flush(wait)) {
            self.pacing.flush_deferred(due);
        }
    }

    /// Whether a worker is to come: for callbacks that nobody runs, for a packet that was read already, which the
    /// socket does not announce, or for the API.
    #[inline]
    pub fn wants_worker(&self) -> bool {
        self.mode == Mode::Workers
            && (self.dispatch.is_idle() && self.has_callbacks()
                || self.turn.is_free() && !self.host.inbox.is_paused() && self.has_packet()
                || self.host.api.wants_worker(&self.session, || self.is_flushed()))
    }

    /// What to have the engine watch the socket for, if that is not what it knows.
    #[inline]
    pub fn interests_to_arm(&self) -> Option<Interests> {
        let connection = match &self.link {
            Link::Down => return None,
            Link::Opening(_, interests) => return self.engaged.watch.to_arm_while_opening(*interests),
            Link::Up(connection) => connection,
        };
        self.engaged.watch.to_arm(Situation {
            workers_drive: self.mode == Mode::Workers,
            reader: self.turn.reader(),
            is_paused: self.host.inbox.is_paused(),
            is_write_blocked: connection.is_write_blocked(),
            is_writing: self.writing,
        })
    }

    /// When the engine is to look at this client, if it does not know of a time as early.
    pub fn deadline_to_set(&self) -> Option<Instant> {
        let next = self.next_deadline().filter(|_| self.mode == Mode::Workers)?;
        self.engaged.deadline_to_set(next)
    }

    /// When this client wants to be looked at next.
    fn next_deadline(&self) -> Option<Instant> {
        let deadline = earliest(self.session.deadline(), self.host.inbox.offers_again());
        earliest(deadline, self.host.api.deadline())
    }

    /// Whether the application takes messages in a callback.
    #[inline]
    pub fn has_message_callback(&self) -> bool {
        self.application.handles(Kind::Message)
    }

    /// Whether the clock has ticked since this was asked last. If not, then nothing has come due meanwhile, as far as
    /// a program that calls again and again has to look.
    #[inline]
    pub fn clock_has_ticked(&mut self) -> bool {
        let tick = clock::last_tick();
        std::mem::replace(&mut self.tick, tick) != tick
    }

    /// Whether a message can be offered to the application now.
    #[inline]
    pub fn has_message_to_offer(&self) -> bool {
        self.host.inbox.has_offer() && self.has_message_callback()
    }

    /// Takes out what the application is to be told next, besides messages. The end of a connection waits for those
    /// that came before, as long as they can be offered.
    pub fn take_events(&mut self) -> NextEvents<EventOf<A>> {
        let messages = if self.has_message_to_offer() { self.host.inbox.taken() } else { u64::MAX };
        self.host.events.take_next(messages)
    }

    /// Whether workers have completions to tell, or are just telling them.
    pub fn is_completing(&self) -> bool {
        self.mode == Mode::Workers && (self.dispatch.is_completing() || self.host.events.has_others())
    }

    /// Whether there is a callback to run.
    #[inline]
    pub fn has_callbacks(&self) -> bool {
        !self.host.events.is_empty() || self.has_message_to_offer()
    }

    /// If the program has closed the engine's descriptors, this client joins another engine when it needs one.
    pub fn leave_lost_engine(&mut self) {
        if self.engaged.leave_if_lost() {
            self.dispatch.note_come();
            self.pacing = Pacing::default();
        }
    }

    /// Ends the connection.
    pub fn close(&mut self, reason: CloseReason) {
        self.end_opening();
        let Link::Up(mut connection) = std::mem::replace(&mut self.link, Link::Down) else { return };
        let is_lost = reason == CloseReason::Lost && self.session.is_connected() && !self.quiescing;
        self.unwatch(connection.socket());
        connection.close();
        #[cfg(feature = "async")]
        let handed_over = self.session.handed_over();
        let drops_session = self.session.connection_closed() == SessionState::Dropped;
        self.writing = false;
        self.turn.end();
        self.host.inbox.end_pause();
        if self.connecting.is_none() {
            self.presence = None;
        }
        self.connection_number += 1;
        let State { application, host, .. } = &mut *self;
        host.api.connection_ended(EndOfConnection {
            is_lost,
            goodbye: host.report.take_goodbye(),
            #[cfg(feature = "async")]
            drops_session,
            #[cfg(feature = "async")]
            handed_over,
            application,
            events: &mut host.events,
            messages: host.inbox.arrived(),
        });
        if drops_session {
            host.session_dropped();
        }
        self.has_changed = true;
    }

    /// Ends a connection of which the application is to hear nothing more.
    pub fn close_silently(&mut self) {
        if matches!(self.link, Link::Up(_)) {
            self.close(CloseReason::Wanted);
        }
    }

    fn unwatch(&mut self, socket: &SocketFd) {
        self.leave_lost_engine();
        self.engaged.unwatch(socket);
    }

    /// Whoever connects waits for this socket, which has no connection yet.
    pub fn wait_for_opening(&mut self, socket: &Arc<SocketFd>, interests: Interests) {
        self.end_opening_but_of(socket);
        self.link = Link::Opening(socket.clone(), interests);
    }

    /// The socket that was waited for is not, any more.
    pub fn end_opening(&mut self) {
        if let Link::Opening(socket, _) = &self.link {
            let socket = socket.clone();
            self.unwatch(&socket);
            self.link = Link::Down;
        }
    }

    /// As [`State::end_opening`], unless it is this one, which goes on being watched.
    pub fn end_opening_but_of(&mut self, socket: &Arc<SocketFd>) {
        if !self.link.socket().is_some_and(|opening| Arc::ptr_eq(opening, socket)) {
            self.end_opening();
        }
    }

    /// Has whoever connects give up, unless the server has just accepted the connection. Who waits for a socket
    /// wakes; callers wake who waits for something else.
    pub fn cancel_connecting(&mut self) {
        if self.is_connected() {
            return;
        }
        if let Some(attempt) = &mut self.connecting {
            attempt.is_cancelled = true;
            if let Link::Opening(socket, _) = &self.link {
                socket.give_up();
            }
            self.close_silently();
        }
    }

    /// An error for those whose connection went away under them.
    pub fn connection_aborted() -> Error {
        Error::Io(io::ErrorKind::ConnectionAborted.into())
    }
}

/// The earlier one of two times that may not be set.
#[inline]
pub(super) fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{Program, state, waiting};
    use crate::engine::clock;
    use std::time::Duration;

    fn told(events: NextEvents<EventOf<Program>>) -> Option<usize> {
        match events {
            NextEvents::Events(events) => Some(events.len()),
            NextEvents::AfterMessages(_) => Some(1),
            NextEvents::Nothing(_) => None,
        }
    }

    /// Contract C-6.4: a loss is told after the messages that came before, also if the application refuses them for
    /// the time being.
    #[test]
    fn an_end_waits_for_messages_as_long_as_they_can_be_offered() {
        let mut state = state(&Program::hears_of(&[Kind::Message, Kind::Lost]));
        state.host.inbox.push(waiting("a", 1));
        let State { application, host, .. } = &mut state;
        host.api.connection_ended(EndOfConnection {
            is_lost: true,
            #[cfg(feature = "async")]
            drops_session: false,
            #[cfg(feature = "async")]
            handed_over: 0,
            goodbye: None,
            application,
            events: &mut host.events,
            messages: host.inbox.arrived(),
        });
        state.host.inbox.push(waiting("of the next connection", 1));
        assert!(state.has_callbacks() && told(state.take_events()).is_none());
        state.host.inbox.refused_until(clock::now());
        assert_eq!(told(state.take_events()), Some(1));
        assert!(!state.has_callbacks(), "the message was just refused");
    }

    #[test]
    fn nobody_waits_for_messages_that_nobody_takes() {
        let mut state = state(&Program::hears_of(&[Kind::Lost]));
        state.host.inbox.push(waiting("for receive", 1));
        state.host.events.push_after_messages(crate::client::sync_api::ToTell::Lost, 1);
        assert!(!state.has_message_to_offer() && state.has_callbacks());
        assert_eq!(told(state.take_events()), Some(1));
    }

    /// The engine is told of a time once, and of an earlier one again. Threads that call need nobody.
    #[test]
    fn the_engine_is_told_of_earlier_deadlines() {
        let mut state = state(&Program::default());
        let (soon, later) = (clock::now(), clock::now() + Duration::from_secs(1));
        state.host.inbox.refused_until(later);
        assert_eq!(state.deadline_to_set(), None);
        state.mode = Mode::Workers;
        assert_eq!(state.deadline_to_set(), Some(later));
        state.engaged.deadline = Some(later);
        assert_eq!(state.deadline_to_set(), None);
        state.host.inbox.refused_until(soon);
        assert_eq!(state.deadline_to_set(), Some(soon));
    }

    #[test]
    fn a_worker_is_wanted_for_callbacks_that_nobody_runs() {
        let mut state = state(&Program::hears_of(&[Kind::Message]));
        state.mode = Mode::Workers;
        assert!(!state.wants_worker());
        state.host.inbox.push(waiting("a", 1));
        assert!(state.wants_worker());
        state.dispatch.attend();
        assert!(!state.wants_worker());
    }

    #[test]
    fn whoever_connects_gives_up_when_told_to() {
        let mut state = state(&Program::default());
        state.connecting = Some(Box::new(Attempt::new(1)));
        state.cancel_connecting();
        assert!(state.connecting.is_some_and(|attempt| attempt.is_cancelled));
    }
}
