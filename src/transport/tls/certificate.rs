//! X.509 certificates of any version: what this library asks of one.

use crate::transport::excerpt::excerpt;
use rustls::pki_types::{SignatureVerificationAlgorithm, UnixTime};
use std::fmt;
use x509_cert::certificate::{Certificate as Parsed, Version};
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, NameConstraints, SubjectAltName};
use x509_cert::name::Name;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERVER_AUTHENTICATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// A certificate, read.
pub struct Certificate {
    parsed: Parsed,
    /// The part that is signed, as it stands there.
    signed: Vec<u8>,
}

impl Certificate {
    /// Reads a certificate. `None` if it is none.
    pub fn parse(der: &[u8]) -> Option<Certificate> {
        let parsed = Parsed::from_der(der).ok()?;
        let mut fields = SliceReader::new(AnyRef::try_from(der).ok()?.value()).ok()?;
        let signed = fields.tlv_bytes().ok()?.to_vec();
        Some(Certificate { parsed, signed })
    }

    /// Whose it is.
    pub fn subject(&self) -> &Name {
        &self.parsed.tbs_certificate.subject
    }

    /// Who has signed it.
    pub fn issuer(&self) -> &Name {
        &self.parsed.tbs_certificate.issuer
    }

    /// Whether it is of the first version, which has no extensions. Mosquitto's manual makes such.
    pub fn is_version_1(&self) -> bool {
        self.parsed.tbs_certificate.version == Version::V1
    }

    /// Whether its subject says to have signed it.
    pub fn is_self_issued(&self) -> bool {
        self.subject() == self.issuer()
    }

    /// From when to when it is valid, in seconds since 1970.
    pub fn validity(&self) -> (u64, u64) {
        let validity = &self.parsed.tbs_certificate.validity;
        let seconds = |time: &Time| time.to_unix_duration().as_secs();
        (seconds(&validity.not_before), seconds(&validity.not_after))
    }

    /// Why it is not valid at a time.
    pub fn check_dates(&self, now: UnixTime) -> Result<(), &'static str> {
        let (not_before, not_after) = self.validity();
        match now.as_secs() {
            now if now < not_before => Err("is not yet valid"),
            now if now > not_after => Err("has expired"),
            _ => Ok(()),
        }
    }

    /// Whether it says to be that of an authority.
    pub fn is_authority(&self) -> bool {
        self.extension::<BasicConstraints>().ok().flatten().is_some_and(|constraints| constraints.ca)
    }

    /// Whether it may sign others, for servers, as OpenSSL has it: of the first version only what has
    /// signed itself, else an authority, or what has no basic constraints and is to sign certificates.
    pub fn may_issue(&self) -> bool {
        if self.is_version_1() {
            return self.is_self_issued();
        }
        let (Ok(constraints), Ok(usage)) =
            (self.extension::<BasicConstraints>(), self.extension::<KeyUsage>())
        else {
            return false;
        };
        let may_sign = usage.map(|usage| usage.key_cert_sign());
        constraints.map_or(may_sign == Some(true), |constraints| constraints.ca)
            && may_sign != Some(false)
            && self.is_for_servers()
    }

    /// Whether so many certificates may stand between it and that of the server.
    pub fn may_be_followed_by(&self, others: usize) -> bool {
        self.extension::<BasicConstraints>().is_ok_and(|constraints| {
            let limit = constraints.and_then(|constraints| constraints.path_len_constraint);
            limit.is_none_or(|limit| others <= usize::from(limit))
        })
    }

    /// Whether a server may use it: its key usage and its purposes, where it has such.
    pub fn may_serve(&self) -> bool {
        let usage = self.extension::<KeyUsage>();
        usage.is_ok_and(|usage| {
            usage.is_none_or(|usage| {
                usage.digital_signature() || usage.key_encipherment() || usage.key_agreement()
            })
        }) && self.is_for_servers()
    }

    fn is_for_servers(&self) -> bool {
        self.extension::<ExtendedKeyUsage>().is_ok_and(|purposes| {
            purposes.is_none_or(|purposes| {
                purposes.0.iter().any(|purpose| [SERVER_AUTHENTICATION, ANY_PURPOSE].contains(purpose))
            })
        })
    }

    /// Whether it has an extension that restricts it in a way that is not looked at here.
    pub fn has_unknown_restrictions(&self) -> bool {
        const KNOWN: [ObjectIdentifier; 5] = [
            BasicConstraints::OID,
            KeyUsage::OID,
            ExtendedKeyUsage::OID,
            SubjectAltName::OID,
            NameConstraints::OID,
        ];
        self.extensions().iter().any(|extension| extension.critical && !KNOWN.contains(&extension.extn_id))
    }

    /// What names those that it signs may have. An error if that cannot be read.
    pub fn name_constraints(&self) -> Result<Option<NameConstraints>, ()> {
        self.extension()
    }

    /// The DNS names and the addresses that it is for. `None` if they cannot be read.
    pub fn alternative_names(&self) -> Option<AlternativeNames<'_>> {
        let mut names = AlternativeNames::default();
        let is_names = |extension: &&Extension| extension.extn_id == SubjectAltName::OID;
        let Some(extension) = self.extensions().iter().find(is_names) else {
            return Some(names);
        };
        let list = AnyRef::try_from(extension.extn_value.as_bytes()).ok()?;
        let mut list = SliceReader::new(list.value()).ok()?;
        while !list.is_finished() {
            let name: AnyRef<'_> = list.decode().ok()?;
            match name.tag() {
                Tag::ContextSpecific { number: TagNumber::N2, .. } => names.dns.push(name.value()),
                Tag::ContextSpecific { number: TagNumber::N7, .. } => names.addresses.push(name.value()),
                _ => {}
            }
        }
        Some(names)
    }

    /// Whether it has names of any kind besides its subject.
    pub fn has_alternative_names(&self) -> bool {
        self.extensions().iter().any(|extension| extension.extn_id == SubjectAltName::OID)
    }

    /// The common names of its subject.
    pub fn common_names(&self) -> impl Iterator<Item = &[u8]> {
        let attributes = self.subject().0.iter().flat_map(|part| part.0.iter());
        attributes.filter(|attribute| attribute.oid == COMMON_NAME).map(|attribute| attribute.value.value())
    }

    /// Whether the key of another one has signed it.
    pub fn is_signed_by(
        &self,
        issuer: &Certificate,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let algorithm = &self.parsed.signature_algorithm;
        let (Some(wanted), Some(signature)) = (contents(algorithm), self.parsed.signature.as_bytes()) else {
            return false;
        };
        *algorithm == self.parsed.tbs_certificate.signature
            && algorithms.iter().any(|algorithm| {
                *algorithm.signature_alg_id() == *wanted
                    && issuer.has_signed(&self.signed, signature, *algorithm)
            })
    }

    /// Whether its key has made this signature, with this algorithm.
    pub fn has_signed(
        &self,
        message: &[u8],
        signature: &[u8],
        algorithm: &dyn SignatureVerificationAlgorithm,
    ) -> bool {
        let key = &self.parsed.tbs_certificate.subject_public_key_info;
        contents(&key.algorithm).is_some_and(|kind| *algorithm.public_key_alg_id() == *kind)
            && key
                .subject_public_key
                .as_bytes()
                .is_some_and(|key| algorithm.verify_signature(key, message, signature).is_ok())
    }

    /// Its public key (a SubjectPublicKeyInfo).
    pub fn public_key(&self) -> Option<Vec<u8>> {
        self.parsed.tbs_certificate.subject_public_key_info.to_der().ok()
    }

    fn extensions(&self) -> &[Extension] {
        self.parsed.tbs_certificate.extensions.as_deref().unwrap_or_default()
    }

    /// An extension, if it has it. An error if it has it and it cannot be read.
    fn extension<T: for<'a> Decode<'a> + AssociatedOid>(&self) -> Result<Option<T>, ()> {
        let mut found = self.extensions().iter().filter(|extension| extension.extn_id == T::OID);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(extension), None) => T::from_der(extension.extn_value.as_bytes()).map(Some).map_err(drop),
            (Some(_), Some(_)) => Err(()),
        }
    }
}

/// Whose it is, who has signed it, and its dates.
impl fmt::Display for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let validity = &self.parsed.tbs_certificate.validity;
        let (not_before, not_after) = (validity.not_before.to_date_time(), validity.not_after.to_date_time());
        let (subject, issuer) = (readable(self.subject()), readable(self.issuer()));
        write!(formatter, "subject {subject}, issuer {issuer}, valid from {not_before} to {not_after}")
    }
}

/// What `subjectAltName` has.
#[derive(Default)]
pub struct AlternativeNames<'a> {
    pub dns: Vec<&'a [u8]>,
    pub addresses: Vec<&'a [u8]>,
}

/// A name for a line of text. It comes from a peer, who is not to write lines of his own.
pub fn readable(name: &Name) -> String {
    if name.is_empty() { "(empty)".to_owned() } else { printable(&name.to_string()) }
}

/// What a peer has written, in a line.
pub fn printable(text: &str) -> String {
    excerpt(text, 200)
}

/// An algorithm as webpki names it: what is in the sequence.
fn contents(algorithm: &AlgorithmIdentifierOwned) -> Option<Vec<u8>> {
    let der = algorithm.to_der().ok()?;
    Some(AnyRef::try_from(der.as_slice()).ok()?.value().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::{Openssl, algorithms, mutations};

    #[test]
    fn a_certificate_is_told_in_words() {
        let openssl = Openssl::new();
        openssl.key("a");
        openssl.run(
            "req -new -x509 -key a.key -out a.crt -subj /O=Some/CN=a\u{7}\u{e9} -utf8 -days 1 -set_serial 1",
        );
        let certificate = Certificate::parse(&openssl.certificate("a")).unwrap();
        let text = certificate.to_string();
        let wanted = "subject CN=a\\07\u{e9},O=Some, issuer CN=a\\07\u{e9},O=Some, valid from 20";
        assert!(text.starts_with(wanted), "{text}");
    }

    #[test]
    fn who_may_sign_others_is_decided_as_openssl_does() {
        let openssl = Openssl::new();
        openssl.self_signed("root", "/CN=root");
        openssl.run("req -new -key root.key -out v1.csr -subj /CN=v1");
        openssl.run("x509 -req -in v1.csr -signkey root.key -out v1.crt");
        openssl.issued("leaf", "/CN=leaf", "root", "");
        let mut names = vec!["root".to_owned(), "v1".to_owned(), "leaf".to_owned()];
        for (number, extensions) in [
            "basicConstraints=CA:FALSE",
            "basicConstraints=critical,CA:TRUE",
            "basicConstraints=CA:TRUE\nkeyUsage=digitalSignature",
            "basicConstraints=CA:TRUE\nkeyUsage=keyCertSign",
            "keyUsage=keyCertSign",
            "keyUsage=digitalSignature",
            "subjectAltName=DNS:a",
            "basicConstraints=CA:TRUE\nextendedKeyUsage=clientAuth",
            "basicConstraints=CA:TRUE\nextendedKeyUsage=serverAuth",
            "basicConstraints=CA:FALSE\nkeyUsage=keyAgreement",
        ]
        .iter()
        .enumerate()
        {
            openssl.issued(&format!("c{number}"), "/CN=c", "root", extensions);
            names.push(format!("c{number}"));
        }
        for name in names {
            let certificate = Certificate::parse(&openssl.certificate(&name)).unwrap();
            let purposes = openssl.run(&format!("x509 -in {name}.crt -noout -purpose"));
            let says =
                |line: &str| purposes.lines().any(|said| said.starts_with(line) && !said.ends_with("No"));
            assert_eq!(certificate.may_issue(), says("SSL server CA : "), "{name}: {purposes}");
            assert_eq!(certificate.may_serve(), says("SSL server : "), "{name}: {purposes}");
        }
    }

    #[test]
    fn a_signature_is_checked_with_the_key_of_the_issuer() {
        let openssl = Openssl::new();
        for (kind, options) in [
            ("RSA", "-pkeyopt rsa_keygen_bits:2048"),
            ("EC", "-pkeyopt ec_paramgen_curve:P-384"),
            ("ED25519", ""),
        ] {
            openssl.run(&format!("genpkey -algorithm {kind} {options} -out root.key"));
            openssl.run("req -x509 -key root.key -out root.crt -subj /CN=root");
            openssl.issued("leaf", "/CN=leaf", "root", "");
            let [root, leaf] =
                ["root", "leaf"].map(|name| Certificate::parse(&openssl.certificate(name)).unwrap());
            assert!(leaf.is_version_1() && !root.is_version_1());
            assert!(leaf.is_signed_by(&root, algorithms()), "{kind}");
            assert!(root.is_signed_by(&root, algorithms()), "{kind}");
            assert!(!leaf.is_signed_by(&leaf, algorithms()), "{kind}");
            assert!(!root.is_signed_by(&leaf, algorithms()), "{kind}");
        }
    }

    /// Fuzz target: whatever bytes a server sends, they are a certificate or not.
    fn read_any(data: &[u8]) {
        let Some(certificate) = Certificate::parse(data) else { return };
        let _ = (certificate.to_string(), certificate.may_issue(), certificate.may_serve());
        let _ = (certificate.has_unknown_restrictions(), certificate.common_names().count());
        let _ = (certificate.alternative_names().is_some(), certificate.public_key());
        let _ = certificate.is_signed_by(&certificate, algorithms());
    }

    #[test]
    fn any_bytes_are_a_certificate_or_not() {
        let openssl = Openssl::new();
        openssl.self_signed("root", "/CN=root");
        openssl.issued(
            "a",
            "/O=Some/CN=a",
            "root",
            "basicConstraints=CA:TRUE,pathlen:1\nkeyUsage=keyCertSign\nextendedKeyUsage=serverAuth\n\
             subjectAltName=DNS:a,IP:::1,IP:127.0.0.1,email:a@b\nnameConstraints=permitted;DNS:a",
        );
        mutations(&openssl.certificate("a"), 3000, read_any);
    }
}
