//! The structures that only MQTTClient.h has, one file each. See the other `structs`.

pub mod connect_options;
pub mod create_options;
pub mod response;
