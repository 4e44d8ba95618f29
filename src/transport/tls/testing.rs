//! Certificates and keys for the tests of this directory, made by the openssl command.

use crate::scratch::Scratch;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, SignatureVerificationAlgorithm};
use rustls::sign::SigningKey;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

/// A directory in which the openssl command is run.
pub(super) struct Openssl(Scratch);

impl Openssl {
    pub(super) fn new() -> Openssl {
        Openssl(Scratch::new())
    }

    /// Runs it with these arguments, which are separated by spaces. What it writes.
    pub(super) fn run(&self, arguments: &str) -> String {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(&*self.0).env_remove("OPENSSL_CONF");
        let output = command.output().expect("the openssl command is there: tests/install-prerequisites.sh");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {told}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Whether it succeeds.
    pub(super) fn succeeds(&self, arguments: &str) -> bool {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(&*self.0).env_remove("OPENSSL_CONF");
        command.output().unwrap().status.success()
    }

    /// Makes `NAME.key` and `NAME.crt`, a self-signed certificate of an authority (X.509 v3, CA:TRUE).
    pub(super) fn self_signed(&self, name: &str, subject: &str) {
        self.key(name);
        self.run(&format!("req -x509 -key {name}.key -out {name}.crt -subj {subject} -days 30"));
    }

    /// Makes `NAME.key`, of the kind that is quickest to make.
    pub(super) fn key(&self, name: &str) {
        self.run(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {name}.key"));
    }

    /// Makes `NAME.key` and `NAME.crt`, signed by `ISSUER.key`. Without extensions it is X.509 v1.
    pub(super) fn issued(&self, name: &str, subject: &str, issuer: &str, extensions: &str) {
        self.key(name);
        self.issued_for_key(name, subject, issuer, extensions, "-days 30");
    }

    /// The same for a key that is there, with the days it is valid.
    pub(super) fn issued_for_key(
        &self,
        name: &str,
        subject: &str,
        issuer: &str,
        extensions: &str,
        days: &str,
    ) {
        self.run(&format!("req -new -key {name}.key -out {name}.csr -subj {subject}"));
        let extensions = if extensions.is_empty() {
            String::new()
        } else {
            self.write(&format!("{name}.ext"), extensions);
            format!("-extfile {name}.ext")
        };
        self.run(&format!(
            "x509 -req -in {name}.csr -CA {issuer}.crt -CAkey {issuer}.key -CAcreateserial -out {name}.crt {days} {extensions}"
        ));
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        std::fs::write(self.0.join(file), text).unwrap();
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    pub(super) fn bytes(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.0.join(file)).unwrap()
    }

    pub(super) fn text(&self, file: &str) -> String {
        String::from_utf8(self.bytes(file)).unwrap()
    }

    /// The certificate in `NAME.crt`.
    pub(super) fn certificate(&self, name: &str) -> CertificateDer<'static> {
        self.run(&format!("x509 -in {name}.crt -outform DER -out {name}.der"));
        CertificateDer::from(self.bytes(&format!("{name}.der")))
    }
}

/// Changes bytes in many ways, the same in each run, and has a fuzz target look at each of them.
pub(super) fn mutations(original: &[u8], count: usize, target: impl Fn(&[u8])) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    target(original);
    for _ in 0..count {
        let mut bytes = original.to_vec();
        for _ in 0..=random(4) {
            let (at, other) = (random(bytes.len()), random(original.len()));
            match random(6) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, u8::try_from(random(256)).unwrap()),
                2 if !bytes.is_empty() => drop(bytes.remove(at)),
                3 => bytes.extend_from_slice(&original[other..]),
                4 => drop(bytes.drain(..at)),
                _ if !bytes.is_empty() => bytes[at] = u8::try_from(random(256)).unwrap(),
                _ => {}
            }
        }
        target(&bytes);
    }
}

/// Makes a key ready to sign, as a library does.
pub(super) fn load_key(key: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
    rustls::crypto::aws_lc_rs::sign::any_supported_type(key)
}

/// What signatures are checked with.
pub(super) fn algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    provider().signature_verification_algorithms.all
}

/// The cryptography of the tests.
pub(super) fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}
