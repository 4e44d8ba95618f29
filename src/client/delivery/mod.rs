//! What goes from the client to the application.

mod batch;
mod dispatch;
pub(super) mod events;
pub(super) mod in_callbacks;
pub(super) mod inbox;
pub(super) mod phase;
