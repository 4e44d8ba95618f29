//! What names a proxy, and what proxies answer, as any bytes. What must hold is in the library, where `cargo test` runs
//! it too.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ferro_mqtt::internals::transport::proxy_any(data));
