//! What goes from the client to the application.

pub(super) mod phase;
