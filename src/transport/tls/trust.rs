//! Which certificates are trusted: those of trustStore and CApath, or else the system's. Contract T-503.

use super::certificate::Certificate;
use super::files;
use super::pem::trusted_certificates;
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Trusted certificates.
#[derive(Debug)]
pub struct TrustStore {
    /// Sorted, each once.
    entries: Vec<Entry>,
    /// Where they come from, for those who are told that one is missing.
    source: String,
}

#[derive(Debug)]
struct Entry {
    certificate: CertificateDer<'static>,
    not_before: u64,
    not_after: u64,
    /// `None`: it may not sign others.
    anchor: Option<TrustAnchor<'static>>,
}

impl TrustStore {
    /// Reads the file and the directory; if there is neither, the system's, if those are wanted.
    pub fn load(
        file: Option<&Path>,
        directory: Option<&Path>,
        use_system: bool,
    ) -> Result<TrustStore, String> {
        Origin::new(file, directory, use_system).read()
    }

    /// What would be read: all that makes a difference if it changes.
    pub fn paths(file: Option<&Path>, directory: Option<&Path>, use_system: bool) -> Vec<PathBuf> {
        let Origin { file, directories, .. } = Origin::new(file, directory, use_system);
        let files: Vec<_> = directories.iter().flat_map(|directory| certificate_files(directory)).collect();
        file.into_iter().chain(directories).chain(files).collect()
    }

    /// Whether it has this very certificate.
    pub fn contains(&self, certificate: &[u8]) -> bool {
        self.entries.binary_search_by(|entry| entry.certificate.as_ref().cmp(certificate)).is_ok()
    }

    /// Those that may sign others, and that are valid at this time.
    pub fn roots_at(&self, now: UnixTime) -> RootCertStore {
        RootCertStore { roots: self.valid_at(now).filter_map(|entry| entry.anchor.clone()).collect() }
    }

    /// Those that may sign others, are valid at this time, and have this subject.
    pub fn authorities_at(&self, now: UnixTime, subject: &[u8]) -> impl Iterator<Item = Certificate> {
        let has_subject = move |anchor: &TrustAnchor<'_>| anchor.subject.as_ref() == subject;
        let is_wanted = move |entry: &&Entry| entry.anchor.as_ref().is_some_and(has_subject);
        self.valid_at(now).filter(is_wanted).filter_map(|entry| Certificate::parse(&entry.certificate))
    }

    /// All of them, read.
    pub fn certificates(&self) -> impl Iterator<Item = Certificate> {
        self.entries.iter().filter_map(|entry| Certificate::parse(&entry.certificate))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where they come from: "trustStore /etc/ca.pem". Empty if from nowhere.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn valid_at(&self, now: UnixTime) -> impl Iterator<Item = &Entry> {
        let now = now.as_secs();
        self.entries.iter().filter(move |entry| (entry.not_before..=entry.not_after).contains(&now))
    }

    fn new(certificates: Vec<CertificateDer<'static>>, source: String) -> TrustStore {
        let mut entries: Vec<_> = certificates.into_iter().filter_map(Entry::new).collect();
        entries.sort_unstable_by(|one, other| one.certificate.cmp(&other.certificate));
        entries.dedup_by(|one, other| one.certificate == other.certificate);
        entries.shrink_to_fit();
        TrustStore { entries, source }
    }
}

impl Entry {
    fn new(certificate: CertificateDer<'static>) -> Option<Entry> {
        let read = Certificate::parse(&certificate)?;
        let (not_before, not_after) = read.validity();
        let mut anchors = RootCertStore::empty();
        if read.may_issue() {
            // What webpki cannot use is still trusted if a server shows it as its own.
            let _ = anchors.add(certificate.clone());
        }
        Some(Entry { certificate, not_before, not_after, anchor: anchors.roots.pop() })
    }
}

/// Where trusted certificates are read from.
struct Origin {
    file: Option<PathBuf>,
    directories: Vec<PathBuf>,
    source: String,
    /// The system's: what is missing there is no error, and what other programs take for the system's is
    /// taken if nothing is there.
    is_system: IsSystem,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IsSystem {
    No,
    /// As the environment says.
    Elsewhere,
    Yes,
}

/// Where OpenSSL has its default store: Debian, Fedora, others.
const DEFAULT_FILES: [&str; 3] = ["/usr/lib/ssl/cert.pem", "/etc/pki/tls/cert.pem", "/etc/ssl/cert.pem"];
const DEFAULT_DIRECTORIES: [&str; 3] = ["/usr/lib/ssl/certs", "/etc/pki/tls/certs", "/etc/ssl/certs"];

impl Origin {
    fn new(file: Option<&Path>, directory: Option<&Path>, use_system: bool) -> Origin {
        match (file, directory) {
            (None, None) if use_system => {
                Origin::of_system(env::var_os("SSL_CERT_FILE"), env::var_os("SSL_CERT_DIR"))
            }
            _ => Origin::of_options(file, directory),
        }
    }

    fn of_options(file: Option<&Path>, directory: Option<&Path>) -> Origin {
        let named = [("trustStore", file), ("CApath", directory)];
        let named: Vec<_> = named
            .iter()
            .filter_map(|(option, path)| path.map(|path| format!("{option} {}", path.display())))
            .collect();
        Origin {
            file: file.map(Path::to_owned),
            directories: directory.map(|list| directories(list.as_os_str())).unwrap_or_default(),
            source: named.join(" and "),
            is_system: IsSystem::No,
        }
    }

    /// As OpenSSL: each of the two variables replaces one of the two defaults.
    fn of_system(file: Option<OsString>, list: Option<OsString>) -> Origin {
        let is_system = if file.is_none() && list.is_none() { IsSystem::Yes } else { IsSystem::Elsewhere };
        let first = |paths: [&str; 3]| paths.map(PathBuf::from).into_iter().find(|path| path.exists());
        Origin {
            file: file.map(PathBuf::from).or_else(|| first(DEFAULT_FILES)),
            directories: list
                .map_or_else(|| first(DEFAULT_DIRECTORIES).into_iter().collect(), |list| directories(&list)),
            source: "the system's trust store".to_owned(),
            is_system,
        }
    }

    fn read(&self) -> Result<TrustStore, String> {
        let mut certificates = Vec::new();
        if let Some(path) = &self.file {
            match read_file(path, "trustStore") {
                Ok(read) => certificates = read,
                Err(error) if self.is_system == IsSystem::No => return Err(error),
                Err(_) => {}
            }
        }
        // As OpenSSL: in a directory, what is no certificate is passed over, and a directory that is not
        // there has none.
        for path in self.directories.iter().flat_map(|directory| certificate_files(directory)) {
            certificates.extend(read_file(&path, "CApath").unwrap_or_default());
        }
        if certificates.is_empty() && self.is_system == IsSystem::Yes {
            certificates = rustls_native_certs::load_native_certs().certs;
        }
        Ok(TrustStore::new(certificates, self.source.clone()))
    }
}

fn read_file(path: &Path, option: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = files::read(path).map_err(|error| files::unreadable(option, path, &error))?;
    let fails = |reason: &str| {
        format!("{option} {} cannot be used: {reason}: give a PEM file of certificates", path.display())
    };
    let certificates = trusted_certificates(&text).map_err(|reason| fails(&reason))?;
    match certificates.iter().position(|certificate| Certificate::parse(certificate).is_none()) {
        Some(index) => Err(fails(&format!("certificate {} in it is damaged", index + 1))),
        None => Ok(certificates),
    }
}

/// The directories of a list with colons.
fn directories(list: &OsStr) -> Vec<PathBuf> {
    env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
}

/// The files of a directory that are named after the hash of a subject, as `c_rehash` does: `1a2b3c4d.0`.
fn certificate_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let named = entries.filter(|entry| is_hash_name(entry.file_name().as_bytes()));
    let mut files: Vec<_> = named.map(|entry| entry.path()).collect();
    files.sort_unstable();
    files
}

fn is_hash_name(name: &[u8]) -> bool {
    name.split_at_checked(8).is_some_and(|(hash, number)| {
        hash.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            && matches!(number, [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::Openssl;
    use std::time::Duration;

    fn contains(store: &TrustStore, openssl: &Openssl, names: &[&str]) -> Vec<bool> {
        names.iter().map(|name| store.contains(&openssl.certificate(name))).collect()
    }

    #[test]
    fn file_and_directory_are_trusted_together() {
        let openssl = Openssl::new();
        for name in ["a", "b", "c", "d"] {
            openssl.self_signed(name, &format!("/CN={name}"));
        }
        fs::create_dir(openssl.path("ca")).unwrap();
        openssl.write("ca/0123abcd.0", &openssl.text("a.crt"));
        openssl.write("ca/0123abcd.12", &openssl.text("b.crt"));
        for other in
            ["0123abcd", "0123abcd.", "0123abcd.x", "0123abcd.r0", "0123ABCD.0", "0123abc.0", "c.pem"]
        {
            openssl.write(&format!("ca/{other}"), &openssl.text("c.crt"));
        }
        openssl.write("ca/00000000.0", "no certificate");
        let (file, directory) = (openssl.path("d.crt"), openssl.path("ca"));
        for (file, directory, wanted) in [
            (None, None, [false, false, false, false]),
            (Some(&*file), None, [false, false, false, true]),
            (None, Some(&*directory), [true, true, false, false]),
            (Some(&*file), Some(&*directory), [true, true, false, true]),
        ] {
            let store = TrustStore::load(file, directory, false).unwrap();
            assert_eq!(contains(&store, &openssl, &["a", "b", "c", "d"]), wanted);
            assert_eq!(store.is_empty(), file.is_none() && directory.is_none());
        }
        // A directory that is not there has no certificates, and more than one may be given.
        let list = PathBuf::from(format!("/nowhere:{}", directory.display()));
        let store = TrustStore::load(None, Some(&list), false).unwrap();
        assert_eq!(contains(&store, &openssl, &["a", "b", "c", "d"]), [true, true, false, false]);
    }

    #[test]
    fn each_variable_replaces_one_of_the_defaults() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        openssl.self_signed("b", "/CN=b");
        fs::create_dir(openssl.path("ca")).unwrap();
        openssl.write("ca/0123abcd.0", &openssl.text("b.crt"));
        let default = Origin::of_system(None, None);
        let file = Some(openssl.path("a.crt").into_os_string());
        let list = Some(OsString::from(format!("/nowhere::{}", openssl.path("ca").display())));
        let nowhere = Some(OsString::from("/nowhere"));

        let with_file = Origin::of_system(file.clone(), None);
        assert_eq!(with_file.directories, default.directories);
        assert_eq!(contains(&with_file.read().unwrap(), &openssl, &["a", "b"]), [true, false]);
        let with_list = Origin::of_system(None, list.clone());
        assert_eq!(with_list.file, default.file);
        assert_eq!(contains(&with_list.read().unwrap(), &openssl, &["a", "b"]), [false, true]);
        let with_both = Origin::of_system(file, list).read().unwrap();
        assert_eq!(with_both.entries.len(), 2);
        // Whoever points both elsewhere trusts nothing else.
        assert!(Origin::of_system(nowhere.clone(), nowhere).read().unwrap().is_empty());
    }

    #[test]
    fn what_is_read_can_be_watched() {
        let openssl = Openssl::new();
        let (file, directory) = (openssl.path("d.crt"), openssl.path("ca"));
        fs::create_dir(&directory).unwrap();
        openssl.write("ca/0123abcd.0", "");
        openssl.write("ca/c.pem", "");
        let in_directory = [directory.clone(), directory.join("0123abcd.0")];
        assert!(TrustStore::paths(None, None, false).is_empty());
        assert_eq!(TrustStore::paths(Some(&file), None, true), std::slice::from_ref(&file));
        assert_eq!(TrustStore::paths(None, Some(&directory), true), in_directory);
        assert_eq!(TrustStore::paths(Some(&file), Some(&directory), false)[1..], in_directory);
    }

    #[test]
    fn a_root_that_has_expired_or_may_not_sign_is_no_root() {
        let openssl = Openssl::new();
        openssl.self_signed("good", "/CN=good");
        openssl.run("req -x509 -key good.key -out not_a_ca.crt -subj /CN=end -addext basicConstraints=critical,CA:FALSE");
        openssl.run("req -new -key good.key -out v1.csr -subj /CN=v1");
        openssl.run("x509 -req -in v1.csr -signkey good.key -out v1.crt -days 60");
        let all = ["good.crt", "not_a_ca.crt", "v1.crt"].map(|file| openssl.text(file)).concat();
        openssl.write("all.pem", &all);
        let store = TrustStore::load(Some(&openssl.path("all.pem")), None, false).unwrap();
        let day = |days: u64| {
            UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs() + days * 86_400))
        };
        assert_eq!(store.roots_at(day(0)).len(), 2);
        assert_eq!(store.roots_at(day(40)).len(), 1);
        assert_eq!(store.roots_at(day(70)).len(), 0);
        assert_eq!(contains(&store, &openssl, &["good", "not_a_ca", "v1"]), [true; 3]);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        openssl.write("text.pem", "hello");
        openssl.write("damaged.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
        for (file, wanted) in [
            ("missing.pem", "cannot be read: No such file"),
            ("text.pem", "cannot be used: there is no certificate in it"),
            ("a.key", "cannot be used: there is no certificate in it, only: PRIVATE KEY: give a PEM file"),
            ("damaged.pem", "cannot be used: certificate 1 in it is damaged"),
            (".", "cannot be read: Is a directory"),
        ] {
            let path = openssl.path(file);
            let error = TrustStore::load(Some(&path), None, true).unwrap_err();
            assert!(error.starts_with(&format!("trustStore {} {wanted}", path.display())), "{error}");
        }
    }
}
