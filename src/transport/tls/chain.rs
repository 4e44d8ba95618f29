//! Whether a server's certificate is one that is trusted, or leads to one. Contract T-503, T-602.
//!
//! webpki decides wherever it can. It refuses certificates that people have and OpenSSL takes: of the first
//! version, and of authorities as a server's own. For those the way up is found here.

use super::certificate::{Certificate, readable};
use super::name_constraints::{SubjectNames, read_contents};
use super::trust::TrustStore;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath};
use x509_cert::der::Encode;
use x509_cert::der::asn1::AnyRef;

/// What a chain is checked against.
pub struct Check<'a> {
    pub trust: &'a TrustStore,
    /// What the certificate has to be for, if that is checked. Not here, but for what its authorities may certify.
    pub host: Option<&'a str>,
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
        let names = SubjectNames::of(certificate, self.host);
        if certificate.is_version_1() || certificate.is_authority() {
            return self.find_way(certificate, &names, others);
        }
        let result = EndEntityCert::try_from(der).and_then(|parsed| {
            let roots = self.trust.roots_at(self.now).roots;
            let (algorithms, usage) = (self.algorithms, KeyUsage::server_auth());
            let are_permitted = |path: &VerifiedPath<'_>| are_permitted(&names, path);
            parsed
                .verify_for_usage(algorithms, &roots, others, self.now, usage, None, Some(&are_permitted))
                .map(drop)
        });
        result.map_err(|error| self.explain(&error, certificate, others))
    }

    fn find_way(
        &self,
        certificate: &Certificate,
        names: &SubjectNames,
        others: &[CertificateDer<'_>],
    ) -> Result<(), String> {
        let is_unrestricted =
            certificate.name_constraints() == Ok(None) && !certificate.has_unknown_restrictions();
        if !certificate.may_serve() || !is_unrestricted {
            let advice = "the server needs another certificate";
            return Err(failure("the certificate is not for TLS servers", certificate, advice));
        }
        let between: Vec<_> = others.iter().filter_map(|other| Certificate::parse(other)).collect();
        let leads = |names| self.leads_to_trusted(certificate, (names, &between), 0, &mut 0);
        if leads(Some(names)) {
            Ok(())
        } else if leads(None) {
            Err(self.explain(&Error::NameConstraintViolation, certificate, others))
        } else {
            Err(self.explain_unknown_issuer(certificate, others))
        }
    }

    /// Whether a trusted authority has signed a certificate, or one of these others that leads to one. All of them must
    /// be such that may certify the names, if those matter.
    fn leads_to_trusted(
        &self,
        certificate: &Certificate,
        (names, between): (Option<&SubjectNames>, &[Certificate]),
        depth: usize,
        signatures: &mut usize,
    ) -> bool {
        let Some(issuer) = contents(certificate) else { return false };
        let mut may_be = |issuer: &Certificate| {
            *signatures += 1;
            *signatures <= MOST_SIGNATURES
                && issuer.may_be_followed_by(depth)
                && !issuer.has_unknown_restrictions()
                && names.is_none_or(|names| may_certify(issuer, names))
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
            && next
                .into_iter()
                .any(|other| self.leads_to_trusted(other, (names, between), depth + 1, signatures))
    }

    fn explain(&self, error: &Error, certificate: &Certificate, others: &[CertificateDer<'_>]) -> String {
        let between = || others.iter().filter_map(|other| Certificate::parse(other));
        match error {
            Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => {
                self.explain_unknown_issuer(certificate, others)
            }
            Error::CertExpired { .. } | Error::InvalidCertValidity | Error::CertNotValidYet { .. } => {
                let old = between().find_map(|other| Some((other.check_dates(self.now).err()?, other)));
                let (reason, old) = match &old {
                    Some((reason, old)) => (*reason, old),
                    None => ("is not valid now", certificate),
                };
                let reason = format!("a certificate between the server's and the authority's {reason}");
                failure(&reason, old, "the server has to send a new one, or this machine's clock is wrong")
            }
            Error::RequiredEkuNotFoundContext(_) => {
                let advice = "the server needs another certificate";
                failure("the certificate is not for TLS servers", certificate, advice)
            }
            Error::NameConstraintViolation => {
                let advice = "the server needs a certificate of another authority, or for another name";
                failure("an authority above it may not certify its name", certificate, advice)
            }
            other => {
                let advice =
                    "the server needs another certificate (RSA from 2048 bits, ECDSA or Ed25519, with SHA-2)";
                failure(&format!("{other:?}"), certificate, advice)
            }
        }
    }

    /// Says which certificate is missing.
    fn explain_unknown_issuer(&self, certificate: &Certificate, others: &[CertificateDer<'_>]) -> String {
        let source = self.trust.source();
        if self.trust.is_empty() {
            let advice = "set trustStore to a file with the certificate of the server's authority";
            let reason = if source.is_empty() {
                "no trust store is set, and that of the system is not wanted".to_owned()
            } else {
                format!("{source} has no certificates")
            };
            return failure(&reason, certificate, advice);
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

/// Whether all authorities of a way may certify such names.
fn are_permitted(names: &SubjectNames, path: &VerifiedPath<'_>) -> Result<(), Error> {
    if names.is_empty() {
        return Ok(());
    }
    let of_root = match path.anchor().name_constraints.as_deref() {
        Some(contents) => {
            read_contents(contents).is_some_and(|restrictions| names.are_permitted(&restrictions))
        }
        None => true,
    };
    let may_certify = |authority: &webpki::Cert<'_>| {
        let restrictions = Certificate::parse(&authority.der()).map(|authority| authority.name_constraints());
        restrictions.and_then(Result::ok).is_some_and(|restrictions| {
            restrictions.is_none_or(|restrictions| names.are_permitted(&restrictions))
        })
    };
    if of_root && path.intermediate_certificates().all(may_certify) {
        Ok(())
    } else {
        Err(Error::NameConstraintViolation)
    }
}

/// Whether an authority may certify what has such names and no others.
fn may_certify(authority: &Certificate, names: &SubjectNames) -> bool {
    authority.name_constraints().is_ok_and(|restrictions| {
        restrictions
            .is_none_or(|restrictions| names.can_decide(&restrictions) && names.are_permitted(&restrictions))
    })
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
mod tests;
