//! What a client keeps of its transports from one connection to the next.

#[cfg(feature = "any-tls")]
use super::tls::TlsMemory;

/// Nothing but what makes connecting quicker.
#[derive(Default)]
pub struct TransportMemory {
    /// Of TLS.
    #[cfg(feature = "any-tls")]
    pub(super) tls: TlsMemory,
}
