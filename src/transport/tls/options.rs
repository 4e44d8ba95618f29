//! What an application asks of TLS.

use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// All of it is the application's own copy: it may free what it gave to connect. Contract T-501.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// A file with certificates to trust.
    pub trust_store: Option<PathBuf>,
    /// A directory with certificates to trust.
    pub trust_directory: Option<PathBuf>,
    /// With neither: whether to trust the certificates that the system trusts.
    pub trusts_system: bool,
    /// A file with the client's own certificate and those of its issuers.
    pub key_store: Option<PathBuf>,
    /// A file with its private key; `None`: it is in the same file.
    pub private_key: Option<PathBuf>,
    /// The password of that key.
    pub password: Option<Zeroizing<Vec<u8>>>,
    /// What to offer of TLS 1.2, in OpenSSL's words.
    pub cipher_suites: Option<String>,
    /// Whether the server's certificate must come from somebody who is trusted.
    pub checks_chain: bool,
    /// Whether the server's certificate must be for the server's name.
    pub checks_name: bool,
    /// What to offer by ALPN: each a byte with the length, and the name.
    pub protocols: Vec<u8>,
    /// The application would give a pre-shared key, if it has one.
    pub has_pre_shared_key: bool,
    /// Whether secrets may be written to the file that SSLKEYLOGFILE names, for those who look at traffic.
    pub logs_secrets: bool,
    /// Whether X25519MLKEM768 is not to be offered: some old firewalls do not let so long a greeting pass.
    pub without_post_quantum: bool,
}

/// Without a word of what it says: it has a password.
impl fmt::Debug for TlsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsOptions").finish_non_exhaustive()
    }
}
