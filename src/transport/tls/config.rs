//! From options to a configuration of rustls. What a client keeps of it serves its next connections, too: sessions are
//! resumed, and files are read again only when they have changed.

use super::ciphers;
use super::client_auth;
use super::options::TlsOptions;
use super::sessions::Sessions;
use super::trust_cache::{self, Shared};
use super::verifier::Verifier;
use super::watched::Watched;
use super::{TlsLayer, failure};
use crate::sync::Mutex;
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::CryptoProvider;
#[cfg(feature = "tls")]
use rustls::crypto::aws_lc_rs as crypto;
#[cfg(not(feature = "tls"))]
use rustls::crypto::ring as crypto;
use rustls::{ClientConfig, KeyLogFile, NamedGroup};
use std::io;
use std::sync::{Arc, OnceLock, Weak};

/// For so many host names a client keeps a configuration.
const HOSTS: usize = 8;

const NO_PRE_SHARED_KEYS: &str =
    "TLS-PSK is not supported by this build: leave ssl_psk_cb out, and use certificates";

/// What a client keeps of TLS from one connection to the next.
#[derive(Default)]
pub struct TlsMemory {
    kept: Mutex<Option<Kept>>,
}

/// What is a client's own.
struct Kept {
    parts: Arc<Parts>,
    sessions: Arc<Sessions>,
    /// For each name that was checked, or for none.
    configurations: Vec<(Option<String>, Arc<ClientConfig>)>,
}

/// How to connect to a host, and the sessions that may be resumed then.
type Configuration = (Arc<ClientConfig>, Arc<Sessions>);

/// What all clients with equal options have in common. Made of these options, and of what these files had in them.
struct Parts {
    options: Arc<TlsOptions>,
    own_files: Watched,
    provider: Arc<CryptoProvider>,
    trust: Shared,
    identity: Option<Arc<dyn ResolvesClientCert>>,
    protocols: Vec<Vec<u8>>,
}

/// Those that somebody uses. Never waited for: a child of fork may have a copy that is locked for good.
static IN_USE: Mutex<Vec<Weak<Parts>>> = Mutex::new(Vec::new());

impl TlsMemory {
    /// The client's end of a connection to this host. Reads files.
    pub fn layer(&self, options: &Arc<TlsOptions>, host: &str) -> io::Result<TlsLayer> {
        let (configuration, sessions) = self.configuration(options, host).map_err(failure::in_words)?;
        let note = options.has_pre_shared_key.then_some(NO_PRE_SHARED_KEYS);
        TlsLayer::new(configuration, sessions, host, note)
    }

    fn configuration(&self, options: &Arc<TlsOptions>, host: &str) -> Result<Configuration, String> {
        // Not locked while files are read, which may take long.
        let kept = self.kept.lock().take();
        let usable = kept.filter(|kept| kept.parts.are_usable_for(options));
        let mut kept = usable.map_or_else(|| Kept::new(options), Ok)?;
        let configuration = kept.configuration(host);
        let sessions = kept.sessions.clone();
        *self.kept.lock() = Some(kept);
        Ok((configuration?, sessions))
    }
}

impl Kept {
    fn new(options: &Arc<TlsOptions>) -> Result<Kept, String> {
        Ok(Kept { parts: Parts::of(options)?, sessions: Arc::default(), configurations: Vec::new() })
    }

    fn configuration(&mut self, host: &str) -> Result<Arc<ClientConfig>, String> {
        let name = self.parts.options.checks_name.then(|| host.to_owned());
        if let Some((_, made)) = self.configurations.iter().find(|(made_for, _)| *made_for == name) {
            return Ok(made.clone());
        }
        let made = Arc::new(self.parts.configuration(name.clone(), &self.sessions)?);
        self.configurations.truncate(HOSTS - 1);
        self.configurations.insert(0, (name, made.clone()));
        Ok(made)
    }
}

impl Parts {
    /// Those of another client, or new ones.
    fn of(options: &Arc<TlsOptions>) -> Result<Arc<Parts>, String> {
        let others: Vec<_> = match IN_USE.try_lock() {
            Some(all) => all.iter().filter_map(Weak::upgrade).collect(),
            None => Vec::new(),
        };
        // Files are looked at without the lock.
        if let Some(parts) = others.into_iter().find(|parts| parts.are_usable_for(options)) {
            return Ok(parts);
        }
        let parts = Arc::new(Parts::new(options)?);
        if let Some(mut all) = IN_USE.try_lock() {
            all.retain(|other| other.strong_count() > 0);
            all.push(Arc::downgrade(&parts));
        }
        Ok(parts)
    }

    fn new(options: &Arc<TlsOptions>) -> Result<Parts, String> {
        if relies_on_pre_shared_key(options) {
            return Err(NO_PRE_SHARED_KEYS.to_owned());
        }
        let own_files = [&options.key_store, &options.private_key].into_iter().flatten().cloned();
        let own_files = Watched::new(own_files.collect());
        let provider = provider(options)?;
        let protocols = split_protocols(&options.protocols)?;
        let trust = trust_cache::load(options)?;
        let identity = options.key_store.as_deref().map(|key_store| {
            let password = options.password.as_ref().map(|password| password.as_slice());
            let load_key = crypto::sign::any_supported_type;
            client_auth::client_certificate(key_store, options.private_key.as_deref(), password, load_key)
        });
        let identity = identity.transpose()?;
        Ok(Parts { options: options.clone(), own_files, provider, trust, identity, protocols })
    }

    /// Whether these are the options, and no file has changed since.
    fn are_usable_for(&self, options: &Arc<TlsOptions>) -> bool {
        self.options == *options && !self.own_files.have_changed() && !self.trust.is_outdated(options)
    }

    fn configuration(&self, name: Option<String>, sessions: &Arc<Sessions>) -> Result<ClientConfig, String> {
        let options = &*self.options;
        let verifier = Verifier::new(self.trust.store.clone(), options.checks_chain, name, &self.provider);
        let builder = ClientConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut configuration = match &self.identity {
            Some(identity) => builder.with_client_cert_resolver(identity.clone()),
            None => builder.with_no_client_auth(),
        };
        configuration.alpn_protocols = self.protocols.clone();
        // As the original: what the server chooses is not looked at (contract T-506).
        configuration.check_selected_alpn = false;
        configuration.resumption = Resumption::store(sessions.clone());
        if options.logs_secrets {
            configuration.key_log = Arc::new(KeyLogFile::new());
        }
        Ok(configuration)
    }
}

/// Whether nothing but a pre-shared key would tell the client who the server is. Programs set ssl_psk_cb whether they have
/// a key or not, and servers that have a certificate use that.
fn relies_on_pre_shared_key(options: &TlsOptions) -> bool {
    let has_certificates =
        options.checks_chain && !options.cipher_suites.as_deref().is_some_and(ciphers::are_for_keys);
    options.has_pre_shared_key && !has_certificates
}

fn provider(options: &TlsOptions) -> Result<Arc<CryptoProvider>, String> {
    /// What most clients use.
    static USUAL: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    let usual = USUAL.get_or_init(|| Arc::new(crypto::default_provider()));
    if options.cipher_suites.is_none() && !options.without_post_quantum {
        return Ok(usual.clone());
    }
    let mut provider = CryptoProvider::clone(usual);
    if let Some(list) = &options.cipher_suites {
        provider.cipher_suites = ciphers::cipher_suites(list, &provider.cipher_suites)?;
    }
    if options.without_post_quantum {
        provider.kx_groups.retain(|group| group.name() != NamedGroup::X25519MLKEM768);
    }
    Ok(Arc::new(provider))
}

/// Each name has a byte with its length in front of it.
fn split_protocols(list: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut protocols = Vec::new();
    let mut rest = list;
    while let Some((&length, behind)) = rest.split_first() {
        let (name, behind) = behind
            .split_at_checked(usize::from(length))
            .filter(|(name, _)| !name.is_empty())
            .ok_or("protos is malformed: each name must have a byte with its length in front of it, which is not 0")?;
        protocols.push(name.to_vec());
        rest = behind;
    }
    Ok(protocols)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::Openssl;

    /// A key is read once, and is in memory once, however many clients have it.
    #[test]
    fn clients_with_equal_options_share_what_was_read() {
        let files = Openssl::new();
        files.self_signed("client", "/CN=client");
        let [key_store, private_key] = ["client.crt", "client.key"].map(|name| Some(files.path(name)));
        let options = Arc::new(TlsOptions { key_store, private_key, ..TlsOptions::default() });
        let equal = Arc::new(TlsOptions::clone(&options));
        let other = Arc::new(TlsOptions { checks_name: true, ..TlsOptions::clone(&options) });
        let parts = |options: &Arc<TlsOptions>| Parts::of(options).unwrap();
        let first = parts(&options);
        assert!(Arc::ptr_eq(&first, &parts(&equal)) && !Arc::ptr_eq(&first, &parts(&other)));
        files.self_signed("client", "/CN=client");
        assert!(!first.are_usable_for(&options));
        let second = parts(&options);
        assert!(!Arc::ptr_eq(&first, &second) && Arc::ptr_eq(&second, &parts(&equal)));
        // Nobody needs it any more.
        let unused = Arc::downgrade(&second);
        drop((first, second));
        assert!(unused.upgrade().is_none());
    }

    /// Contract T-506.
    #[test]
    fn protocols_are_split() {
        let split = |list: &[u8]| split_protocols(list).ok();
        assert_eq!(split(b"").unwrap(), Vec::<Vec<u8>>::new());
        assert_eq!(split(b"\x04mqtt\x01x").unwrap(), [b"mqtt".to_vec(), b"x".to_vec()]);
        assert_eq!(split(b"\x02\x00\xff").unwrap(), [b"\x00\xff".to_vec()]);
        for malformed in [&b"\x05mqtt"[..], b"\x00", b"\x04mqtt\x00", b"\x04mqtt\x01"] {
            assert_eq!(split(malformed), None, "{malformed:?}");
        }
    }
}
