//! The client's certificate and its key. Contract T-508.

use super::certificate::Certificate;
use super::{files, keys, pem};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use std::path::Path;
use std::sync::Arc;

/// Makes a key ready to sign. It is what a provider of cryptography has.
pub type LoadKey = fn(&PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, rustls::Error>;

/// Reads `keyStore`, a certificate and those that lead from it to an authority, and the key, which is in
/// `privateKey` or in the same file. The certificate may be of the first version, which rustls itself
/// refuses to take. It is shown to every server that asks for one.
pub fn client_certificate(
    key_store: &Path,
    private_key: Option<&Path>,
    password: Option<&[u8]>,
    load_key: LoadKey,
) -> Result<Arc<dyn ResolvesClientCert>, String> {
    let text = files::read(key_store).map_err(|error| files::unreadable("keyStore", key_store, &error))?;
    let fails = |option: &str, path: &Path, reason: &str| {
        format!("{option} {} cannot be used: {reason}", path.display())
    };
    let chain = pem::certificates(&text).map_err(|reason| {
        fails("keyStore", key_store, &format!("{reason}: give a PEM file with the client's certificate"))
    })?;
    let certificate = chain.first().and_then(|first| Certificate::parse(first)).ok_or_else(|| {
        fails(
            "keyStore",
            key_store,
            "the first certificate in it is damaged: give a PEM file of X.509 certificates",
        )
    })?;

    let (option, path) = private_key.map_or(("keyStore", key_store), |path| ("privateKey", path));
    let key_text = match private_key {
        Some(path) => files::read(path).map_err(|error| files::unreadable(option, path, &error))?,
        None => text,
    };
    let key = keys::private_key(&key_text, password).map_err(|reason| fails(option, path, &reason))?;
    let key = load_key(&key).map_err(|_| {
        let reason = "the private key in it is damaged, or of a kind that is not supported: make one with RSA \
                      (2048 to 8192 bits), ECDSA (P-256, P-384, P-521) or Ed25519";
        fails(option, path, reason)
    })?;
    // Not every provider says what the public key is.
    let public_keys = key.public_key().zip(certificate.public_key());
    if public_keys.is_some_and(|(of_key, of_certificate)| *of_key != *of_certificate) {
        let reason = format!(
            "the private key in it does not belong to the certificate in keyStore {} ({certificate}): give the key \
             that the certificate was made for",
            key_store.display()
        );
        return Err(fails(option, path, &reason));
    }
    Ok(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::{Openssl, load_key};

    fn load(
        openssl: &Openssl,
        store: &str,
        key: Option<&str>,
        password: Option<&str>,
    ) -> Result<usize, String> {
        let key = key.map(|key| openssl.path(key));
        let password = password.map(str::as_bytes);
        let resolver = client_certificate(&openssl.path(store), key.as_deref(), password, load_key)?;
        assert!(resolver.has_certs());
        Ok(resolver.resolve(&[], &[]).unwrap().cert.len())
    }

    #[test]
    fn a_certificate_is_read_with_its_chain_and_its_key() {
        let openssl = Openssl::new();
        openssl.self_signed("root", "/CN=root");
        openssl.issued("v1", "/CN=v1", "root", "");
        openssl.issued("v3", "/CN=v3", "root", "keyUsage=digitalSignature");
        for name in ["v1", "v3"] {
            let (certificate, key) = (format!("{name}.crt"), format!("{name}.key"));
            assert_eq!(load(&openssl, &certificate, Some(&key), None), Ok(1));
            openssl.write(
                "all.pem",
                &(openssl.text(&key) + &openssl.text(&certificate) + &openssl.text("root.crt")),
            );
            assert_eq!(load(&openssl, "all.pem", None, Some("ignored")), Ok(2));
            openssl.run(&format!("pkcs8 -topk8 -in {key} -passout pass:secret -out encrypted.key"));
            assert_eq!(load(&openssl, &certificate, Some("encrypted.key"), Some("secret")), Ok(1));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_file() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        openssl.self_signed("b", "/CN=b");
        openssl.run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short.key");
        openssl.run("pkcs8 -topk8 -in a.key -passout pass:secret -out encrypted.key");
        openssl.write("damaged.crt", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
        for (store, key, wanted) in [
            ("missing", None, "keyStore {store} cannot be read: No such file"),
            (
                "a.key",
                None,
                "keyStore {store} cannot be used: there is no certificate in it, only: PRIVATE KEY",
            ),
            ("damaged.crt", None, "keyStore {store} cannot be used: the first certificate in it is damaged"),
            (
                "a.crt",
                None,
                "keyStore {store} cannot be used: there is no private key in it, only: CERTIFICATE",
            ),
            ("a.crt", Some("missing"), "privateKey {key} cannot be read: No such file"),
            ("a.crt", Some("a.crt"), "privateKey {key} cannot be used: there is no private key in it"),
            (
                "a.crt",
                Some("short.key"),
                "privateKey {key} cannot be used: the private key in it is damaged, or of",
            ),
            (
                "a.crt",
                Some("encrypted.key"),
                "privateKey {key} cannot be used: the private key is encrypted, and",
            ),
            (
                "a.crt",
                Some("b.key"),
                "privateKey {key} cannot be used: the private key in it does not belong to the certificate in \
                 keyStore {store} (subject CN=a, issuer CN=a, valid from ",
            ),
        ] {
            let shown = |file: &str| openssl.path(file).display().to_string();
            let wanted = wanted.replace("{store}", &shown(store)).replace("{key}", &shown(key.unwrap_or("")));
            let error = load(&openssl, store, key, None).unwrap_err();
            assert!(error.starts_with(&wanted), "{error}");
        }
    }
}
