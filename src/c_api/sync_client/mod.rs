//! MQTTClient.h: the exports of the synchronous API, by topic.

mod application;
mod callbacks;
mod connect;
mod handle;
mod information;
mod lifecycle;
mod memory;
mod publish;
mod receive;
mod return_code;
mod structs;
mod subscribe;
mod tracing;

pub(super) use handle::hold_handles;
