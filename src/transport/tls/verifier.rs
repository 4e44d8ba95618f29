//! Checks a server's certificate, as far as the options want it. Contract T-502, T-504, T-602.

use super::certificate::Certificate;
use super::chain::Check;
use super::names::{hosts_of, is_for_host};
use super::trust::TrustStore;
use crate::transport::without_login;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, PeerMisbehaved, SignatureScheme};
use std::sync::Arc;

/// Checks what the four combinations of `enableServerCertAuth` and `verify` want checked, and always that
/// the server has the key of the certificate that it shows.
#[derive(Debug)]
pub struct Verifier {
    trust: Arc<TrustStore>,
    checks_chain: bool,
    /// `None`: the name is not checked.
    host: Option<String>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// Checks the chain or not, and the name if it is given the host of the URI.
    pub fn new(
        trust: Arc<TrustStore>,
        checks_chain: bool,
        host: Option<String>,
        provider: &CryptoProvider,
    ) -> Verifier {
        Verifier { trust, checks_chain, host, algorithms: provider.signature_verification_algorithms }
    }

    fn check(
        &self,
        der: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), String> {
        if !self.checks_chain && self.host.is_none() {
            return Ok(());
        }
        let Some(certificate) = Certificate::parse(der) else {
            return Err("what the server has sent is no X.509 certificate: it needs \
                        another one"
                .to_owned());
        };
        if self.checks_chain {
            let (host, algorithms) = (self.host.as_deref(), self.algorithms.all);
            let check = Check { trust: &self.trust, host, now, algorithms };
            check.verify(&certificate, der, others)?;
        }
        match &self.host {
            Some(host) if !is_for_host(&certificate, host) => Err(format!(
                "the certificate is not for {}, but for {}: {certificate}: connect \
                 to the server by such a name, or have a certificate made for this one",
                without_login(host),
                hosts_of(&certificate)
            )),
            _ => Ok(()),
        }
    }
}

impl ServerCertVerifier for Verifier {
    /// The name is that of the URI, which may be one that rustls has no word for.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.check(end_entity, intermediates, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(text) => {
                Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Refused(text))))))
            }
        }
    }

    // The signatures of the handshake are those of a key. webpki reads it from a certificate only if that
    // is of the third version.

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let certificate = Certificate::parse(cert).ok_or(CertificateError::BadEncoding)?;
        let (_, algorithms) = self
            .algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == dss.scheme)
            .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        // The scheme does not say the curve, so there is an algorithm for each.
        if algorithms.iter().any(|algorithm| certificate.has_signed(message, dss.signature(), *algorithm)) {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let certificate = Certificate::parse(cert).ok_or(CertificateError::BadEncoding)?;
        let key = certificate.public_key().ok_or(CertificateError::BadEncoding)?;
        let key = SubjectPublicKeyInfoDer::from(key);
        verify_tls13_signature_with_raw_key(message, &key, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Why a certificate is refused.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::keys::private_key;
    use crate::transport::tls::names::server_name;
    use crate::transport::tls::pem::certificates;
    use crate::transport::tls::testing::{Openssl, load_key, provider};
    use rustls::sign::{CertifiedKey, SingleCertAndKey};
    use rustls::{
        ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection, SupportedProtocolVersion,
        version,
    };

    const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS12, &version::TLS13];

    /// A handshake with a server that has `NAME.crt` and `KEY.key`.
    fn handshake(
        openssl: &Openssl,
        (name, key): (&str, &str),
        verifier: Verifier,
        host: &str,
        version: &'static SupportedProtocolVersion,
    ) -> Result<(), String> {
        let chain = certificates(&openssl.bytes(&format!("{name}.crt"))).unwrap();
        let key = load_key(&private_key(&openssl.bytes(&format!("{key}.key")), None).unwrap()).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))));
        let client = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let client = ClientConnection::new(Arc::new(client), server_name(host)).unwrap();
        let mut client = Connection::Client(client);
        let mut server = Connection::Server(ServerConnection::new(Arc::new(server)).unwrap());
        while client.is_handshaking() || server.is_handshaking() {
            pass(&mut client, &mut server);
            server.process_new_packets().map_err(|error| format!("server: {error}"))?;
            pass(&mut server, &mut client);
            client.process_new_packets().map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn pass(from: &mut Connection, to: &mut Connection) {
        let mut bytes = Vec::new();
        while from.wants_write() {
            from.write_tls(&mut bytes).unwrap();
        }
        let mut bytes = bytes.as_slice();
        while !bytes.is_empty() {
            to.read_tls(&mut bytes).unwrap();
        }
    }

    fn trust(openssl: &Openssl, file: &str) -> Arc<TrustStore> {
        Arc::new(TrustStore::load(Some(&openssl.path(file)), None, false).unwrap())
    }

    fn verifier(trust: &Arc<TrustStore>, checks_chain: bool, host: Option<&str>) -> Verifier {
        Verifier::new(trust.clone(), checks_chain, host.map(str::to_owned), &provider())
    }

    #[test]
    fn the_options_say_what_is_checked() {
        let openssl = Openssl::new();
        openssl.self_signed("root", "/CN=root");
        openssl.self_signed("stranger", "/CN=stranger");
        openssl.issued("v1", "/CN=localhost", "root", "");
        openssl.issued("v3", "/CN=x", "root", "subjectAltName=DNS:localhost,IP:::1");
        let (right, wrong) = (trust(&openssl, "root.crt"), trust(&openssl, "stranger.crt"));
        let issuer = Some("its issuer CN=root is not among the certificates of trustStore ");
        let name = Some("the certificate is not for other, but for ");
        for version in VERSIONS {
            for (trust, checks_chain, host, refused) in [
                (&right, true, None, None),
                (&right, true, Some("localhost"), None),
                (&right, true, Some("other"), name),
                (&wrong, true, None, issuer),
                (&wrong, true, Some("localhost"), issuer),
                (&wrong, false, None, None),
                (&wrong, false, Some("localhost"), None),
                (&wrong, false, Some("other"), name),
            ] {
                for certificate in ["v1", "v3"] {
                    let verifier = verifier(trust, checks_chain, host);
                    let result = handshake(
                        &openssl,
                        (certificate, certificate),
                        verifier,
                        host.unwrap_or("a"),
                        version,
                    );
                    match (&result, refused) {
                        (Ok(()), None) => {}
                        (Err(text), Some(wanted)) if text.contains(&format!("(\"{wanted}")) => {}
                        _ => panic!("{certificate} {version:?} {checks_chain} {host:?}: {result:?}"),
                    }
                }
            }
        }
        for (host, is_right) in [("::1", true), ("::1%lo", true), ("::2", false), ("10.0.0", false)] {
            let verifier = verifier(&right, true, Some(host));
            let result = handshake(&openssl, ("v3", "v3"), verifier, host, &version::TLS13);
            assert_eq!(result.is_ok(), is_right, "{host}: {result:?}");
        }
    }

    #[test]
    fn a_server_has_to_have_the_key_of_its_certificate() {
        let openssl = Openssl::new();
        openssl.self_signed("root", "/CN=root");
        let root = trust(&openssl, "root.crt");
        for (kind, options) in [
            ("RSA", "-pkeyopt rsa_keygen_bits:2048"),
            ("RSA", "-pkeyopt rsa_keygen_bits:4096"),
            ("EC", "-pkeyopt ec_paramgen_curve:P-256"),
            ("EC", "-pkeyopt ec_paramgen_curve:P-384"),
            ("EC", "-pkeyopt ec_paramgen_curve:P-521"),
            ("ED25519", ""),
        ] {
            for name in ["a", "other"] {
                openssl.run(&format!("genpkey -algorithm {kind} {options} -out {name}.key"));
            }
            for extensions in ["", "subjectAltName=DNS:localhost"] {
                openssl.issued_for_key("a", "/CN=localhost", "root", extensions, "-days 30");
                for (version, checks_chain) in
                    VERSIONS.into_iter().flat_map(|version| [(version, true), (version, false)])
                {
                    let shown = format!("{kind} {options} {extensions} {version:?}");
                    let with = |key: &str| {
                        let verifier = verifier(&root, checks_chain, Some("localhost"));
                        handshake(&openssl, ("a", key), verifier, "localhost", version)
                    };
                    assert_eq!(with("a"), Ok(()), "{shown}");
                    assert!(with("other").unwrap_err().contains("BadSignature"), "{shown}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        openssl.write("rubbish.crt", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
        let root = trust(&openssl, "a.crt");
        for (checks_chain, host) in [(true, None), (false, Some("a")), (false, None)] {
            let verifier = verifier(&root, checks_chain, host);
            assert!(handshake(&openssl, ("rubbish", "a"), verifier, "a", &version::TLS13).is_err());
        }
    }
}
