//! TLS: what the options name, in the terms of rustls. Contract T-5xx and T-6xx.

mod certificate;
mod chain;
mod ciphers;
mod client_auth;
mod files;
mod keys;
mod names;
mod pem;
#[cfg(test)]
mod testing;
mod trust;
mod verifier;
