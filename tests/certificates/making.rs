//! Certificates and keys of all kinds, made by the openssl command.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::support::files::Scratch;
use super::support::mosquitto::Mosquitto;

/// A directory with certificates (`NAME.crt`) and keys (`NAME.key`).
pub struct Making {
    files: Scratch,
}

/// For servers that are called localhost.
pub const LOCALHOST: &str = "subjectAltName=DNS:localhost";

/// The quickest kind of key.
pub const P256: &str = "EC -pkeyopt ec_paramgen_curve:P-256";

impl Making {
    /// A directory with two authorities: `root`, and `stranger`, which has issued nothing.
    pub fn new() -> Self {
        let making = Self { files: Scratch::new() };
        for name in ["root", "stranger"] {
            making.key(name, P256);
            making.openssl(&format!("req -x509 -key {name}.key -subj /CN={name} -days 30 -out {name}.crt"));
        }
        let configuration = "[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=numbers\nnew_certs_dir=.\n\
                             default_md=sha256\nunique_subject=no\npolicy=p\n[p]\ncommonName=supplied\n[authority]\nbasicConstraints=CA:TRUE\n";
        for (file, text) in [("ca.cnf", configuration), ("index", ""), ("numbers", "1000\n")] {
            making.files.write(file, text);
        }
        making
    }

    /// Runs openssl with arguments that spaces separate.
    pub fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        command.current_dir(self.files.path()).args(arguments.split_whitespace());
        let output = command.output().expect("openssl: tests/install-prerequisites.sh installs it");
        assert!(output.status.success(), "{arguments}:\n{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes a key.
    pub fn key(&self, name: &str, kind: &str) {
        self.openssl(&format!("genpkey -algorithm {kind} -out {name}.key"));
    }

    /// Makes a key, and has its certificate signed. Without extensions it is X.509 v1.
    pub fn issue(&self, name: &str, kind: &str, subject: &str, issuer: &str, extensions: &str) {
        let extension_file = self.request(name, kind, subject, extensions);
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA {issuer}.crt -CAkey {issuer}.key -CAcreateserial -days 30 -out {name}.crt \
             {extension_file}"
        ));
    }

    /// The same, valid between two dates.
    pub fn issue_between(&self, name: &str, from: &str, to: &str) {
        let extension_file = self.request(name, P256, "/CN=localhost", LOCALHOST);
        self.openssl(&format!(
            "ca -batch -notext -config ca.cnf -cert root.crt -keyfile root.key -in {name}.csr -out {name}.crt \
             -startdate {from} -enddate {to} {extension_file}"
        ));
    }

    fn request(&self, name: &str, kind: &str, subject: &str, extensions: &str) -> String {
        self.key(name, kind);
        self.openssl(&format!("req -new -key {name}.key -subj {subject} -out {name}.csr"));
        if extensions.is_empty() {
            return String::new();
        }
        self.files.write(&format!("{name}.ext"), extensions);
        format!("-extfile {name}.ext")
    }

    /// Writes one file out of others.
    pub fn join(&self, file: &str, parts: &[&str]) {
        let text: String = parts.iter().map(|part| fs::read_to_string(self.path(part)).unwrap()).collect();
        self.files.write(file, text);
    }

    /// Where a file is.
    pub fn path(&self, file: &str) -> PathBuf {
        self.files.file(file)
    }

    /// An argument that names a file.
    pub fn named(&self, option: &str, file: &str) -> String {
        format!("{option}={}", self.path(file).display())
    }

    /// A mosquitto that has a certificate, and further lines of configuration.
    pub fn mosquitto(&self, certificate: &str, more: &[&str]) -> Mosquitto {
        let lines = self.listener(certificate);
        let lines: Vec<_> = lines.iter().map(String::as_str).chain(more.iter().copied()).collect();
        Mosquitto::start(&lines)
    }

    /// The lines for a listener with this certificate.
    pub fn listener(&self, certificate: &str) -> Vec<String> {
        let key = certificate.strip_suffix("_chain").unwrap_or(certificate);
        vec![
            format!("cafile {}", self.path("root.crt").display()),
            format!("certfile {}", self.path(&format!("{certificate}.crt")).display()),
            format!("keyfile {}", self.path(&format!("{key}.key")).display()),
        ]
    }
}
