//! The only door for C: the exports of the libraries, and the structures of their headers.
//!
//! Translates, and decides nothing. An export finds the client, checks the arguments in the order
//! of the original, since callers see the first failing code, calls the safe side, and maps the
//! error. `unsafe` is allowed here and nowhere else. The headers in `include/` are made from these
//! sources by build.rs: what is `pub` here, and its documentation, is what C programmers read.

#![allow(unsafe_code)]
#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals)] // The names are C's.
#![cfg_attr(test, allow(clippy::undocumented_unsafe_blocks))]

mod boundary;
mod callbacks;
mod calls;
mod cancellation;
mod creation;
mod ending;
mod handles;
mod memory;
mod offer;
mod our_threads;
mod outgoing;
mod persistence;
mod process;
mod properties;
mod reason_codes;
mod received_message;
mod return_code;
mod structs;
mod threads;
#[cfg(feature = "any-tls")]
mod tls;
mod topic_filters;
mod trace_host;
mod tracing;
mod version_info;

#[cfg(feature = "async")]
mod async_client;
#[cfg(feature = "client")]
mod sync_client;

use crate::sync::{Free, Held};

/// The tables of handles, held during a fork: see `process`.
type HeldHandles = [Option<Held<Free>>; 2];

/// To be called before a fork, and released after it, so that the child can make handles, too.
fn hold_handles(may_wait: bool) -> HeldHandles {
    [
        #[cfg(feature = "client")]
        sync_client::hold_handles(may_wait),
        #[cfg(not(feature = "client"))]
        None,
        #[cfg(feature = "async")]
        async_client::hold_handles(may_wait),
        #[cfg(not(feature = "async"))]
        None,
    ]
}
