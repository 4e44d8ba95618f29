//! MQTTAsync.h: the exports of the asynchronous API, by topic.

mod application;
mod callbacks;
mod connect;
mod handle;
mod information;
mod lifecycle;
mod memory;
mod publish;
mod record_hooks;
mod request_callbacks;
mod return_code;
mod structs;
mod subscribe;
mod tracing;
mod update;

pub(super) use handle::hold_handles;
