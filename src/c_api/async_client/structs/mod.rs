//! The structures that only MQTTAsync.h has, one file each. See the other `structs`.

pub mod callbacks;
pub mod connect_data;
pub mod connect_options;
pub mod create_options;
pub mod disconnect_options;
pub mod response_options;
pub mod results;
pub mod results5;
