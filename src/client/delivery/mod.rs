//! What goes from the client to the application.

pub(super) mod inbox;
pub(super) mod phase;
