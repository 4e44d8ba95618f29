//! The API that does not wait: requests are queued, and the application hears of their outcome. Behind `MQTTAsync_*`.

mod disconnecting;
mod options;
mod requests;

pub use options::{Buffering, Credentials, DisconnectOptions};
