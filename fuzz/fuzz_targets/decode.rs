//! The packet codec on any bytes. What must hold is in the library, where `cargo test` runs it too.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ferro_mqtt::internals::protocol::decode_any(data));
