//! What the trace needs of the C library. Asking for it is not safe Rust, so whoever may do that
//! brings it.

use std::io::{self, Write};
use std::sync::OnceLock;

/// What the C library does for the trace.
pub struct Host {
    /// How many seconds local time is ahead of UTC, at a time in seconds since 1970.
    pub ahead_of_utc: fn(i64) -> i32,
    /// Writes to the program's standard output, behind what the program has written so far. False if
    /// another thread keeps it to itself: nobody waits for that here, where locks are held.
    pub write_to_stdout: fn(&[u8]) -> bool,
}

static HOST: OnceLock<Host> = OnceLock::new();

/// Brings what the C library does. Until then times are UTC, and standard output is Rust's. Only the
/// first call counts.
pub fn set_host(host: Host) {
    let _ = HOST.set(host);
}

pub(super) fn ahead_of_utc(seconds: i64) -> i32 {
    HOST.get().map_or(0, |host| (host.ahead_of_utc)(seconds))
}

pub(super) fn write_to_stdout(block: &[u8]) -> bool {
    if let Some(host) = HOST.get() {
        return (host.write_to_stdout)(block);
    }
    let mut stdout = io::stdout().lock();
    // A standard output that is closed is no reason to write the lines again.
    let _ = stdout.write_all(block).and_then(|()| stdout.flush());
    true
}
