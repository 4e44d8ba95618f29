//! Certificates, made when they are needed: none is in the repository, so none expires there.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::files::Scratch;

/// Somebody who issues certificates.
pub struct Authority {
    files: Scratch,
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct Issued {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// An authority, and a certificate of its for servers on this machine.
pub struct Certificates {
    pub authority: Authority,
    pub server: Issued,
}

/// For servers at the addresses of this machine.
pub const HERE: &str = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1";

impl Certificates {
    /// New ones.
    pub fn new() -> Self {
        let authority = Authority::new("Test CA");
        let server = authority.issue("server", HERE);
        Self { authority, server }
    }
}

impl Authority {
    /// A new one, by this name.
    pub fn new(name: &str) -> Self {
        let authority = Self { files: Scratch::new() };
        authority.make_key("authority");
        let subject = format!("/O=ferro-mqtt/CN={name}");
        authority.openssl(
            &["req", "-x509", "-new", "-key", "authority.key", "-subj", &subject, "-days", "30"],
            &["-addext", "basicConstraints=critical,CA:TRUE", "-out", "authority.pem"],
        );
        authority
    }

    /// Its certificate.
    pub fn certificate(&self) -> PathBuf {
        self.files.file("authority.pem")
    }

    /// The directory in which its files are.
    pub fn directory(&self) -> &Path {
        self.files.path()
    }

    /// A certificate for this subject, with these extensions, a line each.
    pub fn issue(&self, name: &str, extensions: &str) -> Issued {
        self.issue_for(name, extensions, 30)
    }

    /// One that has expired.
    pub fn issue_expired(&self, name: &str, extensions: &str) -> Issued {
        self.issue_for(name, extensions, -1)
    }

    fn issue_for(&self, name: &str, extensions: &str, days: i32) -> Issued {
        let [request, certificate, key] = ["csr", "pem", "key"].map(|ending| format!("{name}.{ending}"));
        self.make_key(name);
        self.openssl(&["req", "-new", "-key", &key, "-subj", &format!("/CN={name}"), "-out", &request], &[]);
        self.files.write("extensions", format!("{extensions}\nkeyUsage=digitalSignature\n"));
        self.openssl(
            &["x509", "-req", "-in", &request, "-CA", "authority.pem", "-CAkey", "authority.key"],
            &["-CAcreateserial", "-extfile", "extensions", "-days", &days.to_string(), "-out", &certificate],
        );
        Issued { certificate: self.files.file(&certificate), key: self.files.file(&key) }
    }

    fn make_key(&self, name: &str) {
        let key = format!("{name}.key");
        self.openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &key], &[]);
    }

    /// Runs openssl in the directory of its files.
    pub fn openssl(&self, arguments: &[&str], more: &[&str]) {
        let mut command = Command::new("openssl");
        command.current_dir(self.files.path()).args(arguments).args(more);
        let output = command.output().expect("openssl: tests/install-prerequisites.sh installs it");
        assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Issued {
    /// Lines of mosquitto's configuration for a listener with it, that knows clients by this authority.
    pub fn listener(&self, authority: &Authority) -> Vec<String> {
        vec![
            format!("cafile {}", authority.certificate().display()),
            format!("certfile {}", self.certificate.display()),
            format!("keyfile {}", self.key.display()),
        ]
    }
}
