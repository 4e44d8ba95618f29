//! TLS, by rustls: what the options name in its terms, and its connections as layers. Contract T-5xx and T-6xx.

mod certificate;
mod chain;
mod ciphers;
mod client_auth;
mod config;
mod failure;
mod files;
mod keys;
mod layer;
mod name_constraints;
mod names;
mod options;
mod pem;
mod sessions;
#[cfg(test)]
mod testing;
mod trust;
mod trust_cache;
mod verifier;
mod watched;

pub use config::TlsMemory;
pub use failure::is_from_tls;
pub use layer::TlsLayer;
pub use options::TlsOptions;

/// What this handshake is called where it fails.
pub const PHASE: &str = "TLS handshake";
