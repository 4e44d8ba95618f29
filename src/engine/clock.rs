//! The only clock. Monotonic, so that nothing depends on what time people think it is.

use std::time::Instant;

/// The present moment.
pub fn now() -> Instant {
    Instant::now()
}
