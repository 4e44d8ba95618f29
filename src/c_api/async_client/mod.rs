//! MQTTAsync.h: the exports of the asynchronous API, by topic.

mod handle;
mod information;
mod memory;
mod request_callbacks;
mod return_code;
mod structs;
mod tracing;
mod update;
