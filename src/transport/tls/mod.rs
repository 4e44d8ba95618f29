//! TLS: what the options name, in the terms of rustls. Contract T-5xx and T-6xx.

mod files;
mod keys;
mod pem;
#[cfg(test)]
mod testing;
