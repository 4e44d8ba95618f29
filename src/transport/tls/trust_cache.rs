//! Trust stores that clients share: hundreds of certificates take some milliseconds to read, and memory.

use super::options::TlsOptions;
use super::trust::TrustStore;
use super::watched::Watched;
use crate::sync::Mutex;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

/// So many are kept, whether somebody uses them or not.
const MOST: usize = 4;

/// The last that were used. Never waited for: a child of fork may have a copy that is locked for good.
static SHARED: Mutex<Vec<Shared>> = Mutex::new(Vec::new());

/// Where certificates come from.
#[derive(Clone, PartialEq, Eq)]
struct Source {
    file: Option<PathBuf>,
    directory: Option<PathBuf>,
    /// What the environment says of the system's, if those are meant.
    system: Option<[Option<OsString>; 2]>,
}

/// A trust store, and the files that it comes from.
#[derive(Clone)]
pub struct Shared {
    pub store: Arc<TrustStore>,
    files: Arc<Watched>,
    source: Source,
}

impl Source {
    fn of(options: &TlsOptions) -> Source {
        let TlsOptions { trust_store: file, trust_directory: directory, trusts_system, .. } = options;
        let is_system = *trusts_system && file.is_none() && directory.is_none();
        let system = is_system.then(|| ["SSL_CERT_FILE", "SSL_CERT_DIR"].map(env::var_os));
        Source { file: file.clone(), directory: directory.clone(), system }
    }
}

impl Shared {
    /// Whether these options now have other certificates trusted than they did.
    pub fn is_outdated(&self, options: &TlsOptions) -> bool {
        self.source != Source::of(options) || self.files.have_changed()
    }
}

/// What these options say is to be trusted.
pub fn load(options: &TlsOptions) -> Result<Shared, String> {
    load_with(&SHARED, options)
}

fn load_with(all: &Mutex<Vec<Shared>>, options: &TlsOptions) -> Result<Shared, String> {
    let source = Source::of(options);
    let known = all.try_lock().and_then(|all| all.iter().find(|shared| shared.source == source).cloned());
    if let Some(shared) = known.filter(|shared| !shared.files.have_changed()) {
        return Ok(shared);
    }
    let (file, directory) = (source.file.as_deref(), source.directory.as_deref());
    let is_system = source.system.is_some();
    let files = Arc::new(Watched::new(TrustStore::paths(file, directory, is_system)));
    let store = Arc::new(TrustStore::load(file, directory, is_system)?);
    let shared = Shared { store, files, source };
    if let Some(mut all) = all.try_lock() {
        all.retain(|other| other.source != shared.source);
        all.truncate(MOST - 1);
        all.insert(0, shared.clone());
    }
    Ok(shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::Openssl;

    #[test]
    fn a_store_is_read_once_until_its_file_changes() {
        let (all, files) = (Mutex::default(), Openssl::new());
        files.self_signed("one", "/CN=one");
        files.self_signed("other", "/CN=other");
        files.write("trust.pem", &files.text("one.crt"));
        let options = TlsOptions { trust_store: Some(files.path("trust.pem")), ..TlsOptions::default() };
        let (first, second) = (load_with(&all, &options).unwrap(), load_with(&all, &options).unwrap());
        assert!(Arc::ptr_eq(&first.store, &second.store));
        files.write("trust.pem", &(files.text("one.crt") + &files.text("other.crt")));
        assert!(first.files.have_changed());
        let third = load_with(&all, &options).unwrap();
        assert!(!Arc::ptr_eq(&first.store, &third.store));
        assert!(
            third.store.contains(&files.certificate("other"))
                && !first.store.contains(&files.certificate("other"))
        );
        // What is shared is kept a while, and not all of it for ever.
        for number in 0..2 * MOST {
            let name = files.path(&format!("trust{number}.pem"));
            files.write(&format!("trust{number}.pem"), &files.text("one.crt"));
            load_with(&all, &TlsOptions { trust_store: Some(name), ..TlsOptions::default() }).unwrap();
        }
        assert!(all.lock().len() <= MOST);
    }
}
