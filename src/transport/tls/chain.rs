//! Whether a server's certificate is one that is trusted, or leads to one. Contract T-503, T-602.
//!
//! webpki decides wherever it can. It refuses certificates that people have and OpenSSL takes: of the first
//! version, and of authorities as a server's own. For those the way up is found here.

use super::certificate::{Certificate, readable};
use super::trust::TrustStore;
use rustls::CertificateError;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use rustls::server::ParsedCertificate;
use x509_cert::der::Encode;
use x509_cert::der::asn1::AnyRef;

/// What a chain is checked against.
pub struct Check<'a> {
    pub trust: &'a TrustStore,
    pub now: UnixTime,
    pub algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
}

/// How long a way may be, and how many signatures are looked at on all ways together: a server may send
/// certificates that make many.
const LONGEST: usize = 8;
const MOST_SIGNATURES: usize = 64;

impl Check<'_> {
    /// Checks a server's certificate, with the others that it has sent. What is wrong is said in words.
    pub fn verify(
        &self,
        certificate: &Certificate,
        der: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
    ) -> Result<(), String> {
        certificate.check_dates(self.now).map_err(|reason| {
            let advice = "the server needs a new certificate, or this machine's clock is wrong";
            failure(&format!("the certificate {reason}"), certificate, advice)
        })?;
        if self.trust.contains(der) {
            return Ok(());
        }
        if certificate.is_version_1() || certificate.is_authority() {
            return self.find_way(certificate, others);
        }
        let result = ParsedCertificate::try_from(der).and_then(|parsed| {
            let roots = self.trust.roots_at(self.now);
            verify_server_cert_signed_by_trust_anchor(&parsed, &roots, others, self.now, self.algorithms)
        });
        result.map_err(|error| self.explain(&error, certificate, others))
    }

    fn find_way(&self, certificate: &Certificate, others: &[CertificateDer<'_>]) -> Result<(), String> {
        if !certificate.may_serve() || certificate.has_unknown_restrictions() {
            let advice = "the server needs another certificate";
            return Err(failure("the certificate is not for TLS servers", certificate, advice));
        }
        let between: Vec<_> = others.iter().filter_map(|other| Certificate::parse(other)).collect();
        let mut signatures = 0;
        if self.leads_to_trusted(certificate, &between, 0, &mut signatures) {
            Ok(())
        } else {
            Err(self.explain_unknown_issuer(certificate, others))
        }
    }

    /// Whether a trusted authority has signed a certificate, or one of these others that leads to one.
    fn leads_to_trusted(
        &self,
        certificate: &Certificate,
        between: &[Certificate],
        depth: usize,
        signatures: &mut usize,
    ) -> bool {
        let Some(issuer) = contents(certificate) else { return false };
        let mut may_be = |issuer: &Certificate| {
            *signatures += 1;
            *signatures <= MOST_SIGNATURES
                && issuer.may_be_followed_by(depth)
                && !issuer.has_unknown_restrictions()
                && certificate.is_signed_by(issuer, self.algorithms)
        };
        if self.trust.authorities_at(self.now, &issuer).any(|authority| may_be(&authority)) {
            return true;
        }
        // OpenSSL takes no certificate of the first version as one between.
        let next: Vec<_> = between
            .iter()
            .filter(|other| other.subject() == certificate.issuer() && !other.is_version_1())
            .filter(|other| other.may_issue() && other.check_dates(self.now).is_ok() && may_be(other))
            .collect();
        depth < LONGEST
            && next.into_iter().any(|other| self.leads_to_trusted(other, between, depth + 1, signatures))
    }

    fn explain(
        &self,
        error: &rustls::Error,
        certificate: &Certificate,
        others: &[CertificateDer<'_>],
    ) -> String {
        let rustls::Error::InvalidCertificate(reason) = error else {
            return failure(&error.to_string(), certificate, "the server needs another certificate");
        };
        let between = || others.iter().filter_map(|other| Certificate::parse(other));
        match reason {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                self.explain_unknown_issuer(certificate, others)
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                let old = between().find_map(|other| Some((other.check_dates(self.now).err()?, other)));
                let (reason, old) = match &old {
                    Some((reason, old)) => (*reason, old),
                    None => ("is not valid now", certificate),
                };
                let reason = format!("a certificate between the server's and the authority's {reason}");
                failure(&reason, old, "the server has to send a new one, or this machine's clock is wrong")
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                let advice = "the server needs another certificate";
                failure("the certificate is not for TLS servers", certificate, advice)
            }
            other => {
                let advice =
                    "the server needs another certificate (RSA from 2048 bits, ECDSA or Ed25519, with SHA-2)";
                failure(&other.to_string(), certificate, advice)
            }
        }
    }

    /// Says which certificate is missing.
    fn explain_unknown_issuer(&self, certificate: &Certificate, others: &[CertificateDer<'_>]) -> String {
        let source = self.trust.source();
        if self.trust.is_empty() {
            let advice = "set trustStore to a file with the certificate of the server's authority";
            return failure(&format!("{source} has no certificates"), certificate, advice);
        }
        if certificate.is_self_issued() && certificate.is_signed_by(certificate, self.algorithms) {
            let reason = format!("the certificate is self-signed and not among those of {source}");
            return failure(&reason, certificate, "if it is the right one, add it there");
        }
        // As far as the server's certificates lead.
        let between: Vec<_> = others.iter().filter_map(|other| Certificate::parse(other)).collect();
        let mut last = certificate;
        for _ in 0..LONGEST {
            let next =
                between.iter().find(|other| other.subject() == last.issuer() && !other.is_self_issued());
            match next {
                Some(next) => last = next,
                None => break,
            }
        }
        let namesake = self.trust.certificates().find(|trusted| trusted.subject() == last.issuer());
        let Some(namesake) = namesake else {
            let issuer = readable(last.issuer());
            let reason = format!("its issuer {issuer} is not among the certificates of {source}");
            return failure(&reason, certificate, "add the certificate of that authority there");
        };
        let (reason, advice) = match namesake.check_dates(self.now) {
            Err(reason) => (reason, "replace it by a new one of that authority"),
            Ok(()) if !namesake.may_issue() => ("may not sign others", "use that of an authority (CA:TRUE)"),
            Ok(()) => (
                "has not signed it",
                "add the one that has; authorities of the same name may differ in their keys",
            ),
        };
        let reason = format!("the certificate of its issuer in {source} {reason} ({namesake})");
        failure(&reason, certificate, advice)
    }
}

/// A line that says what failed, which certificate it was, and what to do.
fn failure(reason: &str, certificate: &Certificate, advice: &str) -> String {
    format!("{reason}: {certificate}: {advice}")
}

/// The name of a certificate's issuer as webpki has it: what is in the sequence.
fn contents(certificate: &Certificate) -> Option<Vec<u8>> {
    let der = certificate.issuer().to_der().ok()?;
    Some(AnyRef::try_from(der.as_slice()).ok()?.value().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::{Openssl, algorithms};
    use std::time::Duration;

    /// So many days from now.
    fn in_days(days: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs() + days * 86_400))
    }

    fn verify(
        openssl: &Openssl,
        leaf: &str,
        others: &[&str],
        trusted: &[&str],
        now: UnixTime,
    ) -> Result<(), String> {
        let file = |names: &[&str]| {
            names.iter().map(|name| openssl.text(&format!("{name}.crt"))).collect::<String>()
        };
        openssl.write("trusted.pem", &file(trusted));
        let path = openssl.path("trusted.pem");
        let path = (!trusted.is_empty()).then_some(path.as_path());
        let trust = TrustStore::load(path, None, false).unwrap();
        let others: Vec<_> = others.iter().map(|name| openssl.certificate(name)).collect();
        let der = openssl.certificate(leaf);
        let check = Check { trust: &trust, now, algorithms: algorithms() };
        check.verify(&Certificate::parse(&der).unwrap(), &der, &others)
    }

    /// Whether the openssl command takes it.
    fn openssl_takes(
        openssl: &Openssl,
        leaf: &str,
        others: &[&str],
        trusted: &[&str],
        now: UnixTime,
    ) -> bool {
        let file = |names: &[&str]| {
            names.iter().map(|name| openssl.text(&format!("{name}.crt"))).collect::<String>()
        };
        let option = |option: &str, name: &str, names: &[&str]| {
            openssl.write(name, &file(names));
            if names.is_empty() { String::new() } else { format!("{option} {name}") }
        };
        openssl.succeeds(&format!(
            "verify -purpose sslserver -attime {} -no-CAfile -no-CApath -no-CAstore {} {} {leaf}.crt",
            now.as_secs(),
            option("-CAfile", "trusted.pem", trusted),
            option("-untrusted", "others.pem", others),
        ))
    }

    const AUTHORITY: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign";
    const SERVER: &str = "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth";

    /// Certificates of all kinds; each is named after what is special with it.
    fn certificates() -> Openssl {
        let openssl = Openssl::new();
        openssl.self_signed("root", "/CN=root");
        openssl.self_signed("stranger", "/CN=stranger");
        openssl.self_signed("namesake", "/CN=root");
        openssl.run("req -x509 -key root.key -out not_ca.crt -subj /CN=not_ca -days 30 -addext basicConstraints=critical,CA:FALSE");
        openssl.run("req -x509 -key root.key -out short_root.crt -subj /CN=root -days 3");
        openssl.run("req -new -key root.key -out v1_root.csr -subj /CN=v1_root");
        openssl.run("x509 -req -in v1_root.csr -signkey root.key -out v1_root.crt -days 30");
        for name in ["not_ca", "v1_root", "short_root"] {
            openssl.write(&format!("{name}.key"), &openssl.text("root.key"));
        }
        for (name, issuer, extensions) in [
            ("v3", "root", SERVER),
            ("v1", "root", ""),
            ("ca", "root", "basicConstraints=CA:TRUE"),
            ("ca_signs_only", "root", AUTHORITY),
            ("client_only", "root", "extendedKeyUsage=clientAuth"),
            ("ca_client_only", "root", "basicConstraints=CA:TRUE\nextendedKeyUsage=clientAuth"),
            ("critical", "root", "1.2.3.4=critical,ASN1:NULL"),
            ("ca_critical", "root", "basicConstraints=CA:TRUE\n1.2.3.4=critical,ASN1:NULL"),
            ("of_namesake", "namesake", SERVER),
            ("v1_of_namesake", "namesake", ""),
            ("of_not_ca", "not_ca", SERVER),
            ("v1_of_not_ca", "not_ca", ""),
            ("of_v1", "v1_root", SERVER),
            ("v1_of_v1", "v1_root", ""),
            ("middle", "root", AUTHORITY),
            ("middle_v1", "root", ""),
            ("middle_pathlen", "root", "basicConstraints=critical,CA:TRUE,pathlen:0"),
            (
                "middle_named",
                "root",
                "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:a",
            ),
            ("middle_not_ca", "root", "basicConstraints=CA:FALSE"),
        ] {
            openssl.issued(name, &format!("/CN={name}"), issuer, extensions);
        }
        for (name, issuer, extensions) in [
            ("below", "middle", SERVER),
            ("v1_below", "middle", ""),
            ("ca_below", "middle", "basicConstraints=CA:TRUE"),
            ("v1_below_v1", "middle_v1", ""),
            ("below_v1", "middle_v1", SERVER),
            ("v1_below_pathlen", "middle_pathlen", ""),
            ("second", "middle_pathlen", AUTHORITY),
            ("v1_below_not_ca", "middle_not_ca", ""),
            ("below_not_ca", "middle_not_ca", SERVER),
            ("v1_below_named", "middle_named", ""),
        ] {
            openssl.issued(name, &format!("/CN={name}"), issuer, extensions);
        }
        openssl.issued("named_root", "/CN=root", "root", SERVER);
        openssl.issued("named_not_ca", "/CN=not_ca", "not_ca", SERVER);
        openssl.issued("v1_below_second", "/CN=v1_below_second", "second", "");
        openssl.issued("below_second", "/CN=below_second", "second", SERVER);
        openssl.key("short");
        openssl.issued_for_key("short", "/CN=short", "root", SERVER, "-days 3");
        openssl.key("v1_short");
        openssl.issued_for_key("v1_short", "/CN=v1_short", "root", "", "-days 3");
        for (name, extensions) in [("sha1", SERVER), ("v1_sha1", "")] {
            openssl.key(name);
            openssl.issued_for_key(name, &format!("/CN={name}"), "root", extensions, "-days 30 -sha1");
        }
        openssl
    }

    #[test]
    fn chains_are_taken_and_refused_as_by_openssl() {
        let openssl = certificates();
        let cases: &[(&str, &[&str], &[&str], u64)] = &[
            ("v3", &[], &["root"], 0),
            ("v3", &[], &[], 0),
            ("v3", &[], &["stranger"], 0),
            ("v3", &["root"], &["stranger"], 0),
            ("v3", &[], &["stranger", "root"], 0),
            ("v3", &[], &["namesake"], 0),
            ("v3", &[], &["namesake", "root"], 0),
            ("v3", &[], &["short_root"], 0),
            ("v3", &[], &["short_root"], 10),
            ("v3", &[], &["short_root", "root"], 10),
            ("v3", &[], &["root"], 40),
            ("short", &[], &["root"], 10),
            ("root", &[], &["root"], 0),
            ("root", &[], &["root"], 40),
            ("root", &[], &["stranger"], 0),
            ("not_ca", &[], &["not_ca"], 0),
            ("v1_root", &[], &["v1_root"], 0),
            ("v1_root", &[], &["root"], 0),
            ("v1", &[], &["root"], 0),
            ("v1", &[], &["stranger"], 0),
            ("v1", &[], &["namesake"], 0),
            ("v1", &[], &["short_root"], 10),
            ("v1", &[], &["short_root", "root"], 10),
            ("v1_short", &[], &["root"], 10),
            ("ca", &[], &["root"], 0),
            ("ca_signs_only", &[], &["root"], 0),
            ("client_only", &[], &["root"], 0),
            ("ca_client_only", &[], &["root"], 0),
            ("critical", &[], &["root"], 0),
            ("ca_critical", &[], &["root"], 0),
            ("of_namesake", &[], &["root"], 0),
            ("v1_of_namesake", &[], &["root"], 0),
            ("of_not_ca", &[], &["not_ca"], 0),
            ("v1_of_not_ca", &[], &["not_ca"], 0),
            ("of_v1", &[], &["v1_root"], 0),
            ("v1_of_v1", &[], &["v1_root"], 0),
            ("below", &["middle"], &["root"], 0),
            ("below", &[], &["root"], 0),
            ("below", &["middle", "root"], &["root"], 0),
            ("v1_below", &["middle"], &["root"], 0),
            ("v1_below", &[], &["root"], 0),
            ("v1_below", &["stranger", "root", "middle"], &["root"], 0),
            ("ca_below", &["middle"], &["root"], 0),
            ("v1_below_v1", &["middle_v1"], &["root"], 0),
            ("below_v1", &["middle_v1"], &["root"], 0),
            ("v1_below_pathlen", &["middle_pathlen"], &["root"], 0),
            ("v1_below_second", &["second", "middle_pathlen"], &["root"], 0),
            ("below_second", &["second", "middle_pathlen"], &["root"], 0),
            ("v1_below_not_ca", &["middle_not_ca"], &["root"], 0),
            ("below_not_ca", &["middle_not_ca"], &["root"], 0),
        ];
        for (leaf, others, trusted, days) in cases {
            let now = in_days(*days);
            let wanted = openssl_takes(&openssl, leaf, others, trusted, now);
            let result = verify(&openssl, leaf, others, trusted, now);
            assert_eq!(result.is_ok(), wanted, "{leaf} {others:?} {trusted:?} after {days} days: {result:?}");
        }
    }

    /// What somebody has put into his trust store is trusted, also where OpenSSL wants the root, too, or looks
    /// only at the first of those with a name. Restricted names are not looked at for a certificate of the
    /// first version, so it is refused.
    #[test]
    fn some_chains_are_taken_or_refused_unlike_openssl() {
        let openssl = certificates();
        for (leaf, others, trusted, wanted) in [
            ("v3", &[][..], &["v3"][..], true),
            ("v1", &[], &["v1"], true),
            ("v1", &[], &["namesake", "root"], true),
            ("below", &[], &["middle"], true),
            ("v1_below", &[], &["middle"], true),
            ("named_root", &[], &["root"], true),
            ("v1_below_named", &["middle_named"], &["root"], false),
            ("sha1", &[], &["root"], false),
            ("v1_sha1", &[], &["root"], false),
        ] {
            let result = verify(&openssl, leaf, others, trusted, in_days(0));
            assert_eq!(result.is_ok(), wanted, "{leaf}: {result:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_certificate_and_what_to_do() {
        let openssl = certificates();
        let source = format!("trustStore {}", openssl.path("trusted.pem").display());
        for (leaf, others, trusted, days, reason, certificate, advice) in [
            ("short", &[][..], &["root"][..], 10, "the certificate has expired", "short", "new certificate"),
            ("v3", &[], &[], 0, "no trust store has no certificates", "v3", "set trustStore"),
            (
                "v3",
                &[],
                &["stranger"],
                0,
                "its issuer CN=root is not among the certificates of SOURCE",
                "v3",
                "add",
            ),
            (
                "v1",
                &[],
                &["stranger"],
                0,
                "its issuer CN=root is not among the certificates of SOURCE",
                "v1",
                "add",
            ),
            ("below", &["middle"], &["stranger"], 0, "its issuer CN=root is not among", "below", "add"),
            ("below", &[], &["root"], 0, "its issuer CN=middle is not among", "below", "add"),
            (
                "root",
                &[],
                &["stranger"],
                0,
                "the certificate is self-signed and not among",
                "root",
                "add it there",
            ),
            (
                "v3",
                &[],
                &["short_root"],
                10,
                "the certificate of its issuer in SOURCE has expired (subject",
                "v3",
                "replace",
            ),
            (
                "v3",
                &[],
                &["namesake"],
                0,
                "the certificate of its issuer in SOURCE has not signed it",
                "v3",
                "add",
            ),
            (
                "of_not_ca",
                &[],
                &["not_ca"],
                0,
                "the certificate of its issuer in SOURCE may not sign",
                "of_not_ca",
                "CA",
            ),
            (
                "named_not_ca",
                &[],
                &["not_ca"],
                0,
                "the certificate of its issuer in SOURCE may not sign",
                "named_not_ca",
                "CA",
            ),
            (
                "client_only",
                &[],
                &["root"],
                0,
                "the certificate is not for TLS servers",
                "client_only",
                "another",
            ),
            (
                "ca_client_only",
                &[],
                &["root"],
                0,
                "the certificate is not for TLS servers",
                "ca_client_only",
                "another",
            ),
        ] {
            let text = verify(&openssl, leaf, others, trusted, in_days(days)).unwrap_err();
            let reason = reason.replace("SOURCE", &source);
            assert!(text.starts_with(&reason), "{text}");
            let shown = Certificate::parse(&openssl.certificate(certificate)).unwrap().to_string();
            assert!(text.contains(&format!(": {shown}: ")), "{text}");
            assert!(text.rsplit(": ").next().unwrap().contains(advice), "{text}");
            assert!(!text.contains('\n'), "{text}");
        }
    }
}
