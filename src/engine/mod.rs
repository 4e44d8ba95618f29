//! Workers, timers, name resolution and the only clock. No MQTT rules.
//!
//! A client that works on its own (callback mode) is a handler of the process's one engine: a
//! small pool of workers that all wait on one epoll instance. Whichever wakes serves the handler and
//! runs its callbacks itself, so nothing is handed from thread to thread. See design D5.

mod callback_turn;
pub mod clock;
mod connection;
mod connector;
mod flush_list;
mod fork;
mod panics;
mod pipe;
mod pool;
mod race;
mod registration;
pub mod resolver;
mod thread;
mod ticker;
mod timers;
mod wait;
mod worker;

pub use crate::sys::events::Interests;
pub use callback_turn::set_callback_turn;
pub use connection::{Connection, ReadOutcome};
pub use connector::{Connector, Step, connect_failed, in_words};
pub use flush_list::FLUSH_AFTER;
pub use fork::{after_fork_in_child, after_fork_in_parent, before_fork, generation};
pub use pipe::Pipe;
pub use registration::{Handler, Registration, Token, Visit};
pub use thread::{ThreadSupport, begin_ending, is_ending, set_thread_support, stop_ending, this_thread};
pub use wait::{wait, wait_one};
#[cfg(all(test, feature = "interleavings"))]
pub use worker::take_slot;
pub use worker::{Worker, before_slow_work, may_have_turn};

#[cfg(test)]
mod tests;
