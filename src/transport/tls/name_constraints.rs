//! What an authority may certify names for, where that is restricted, and the names that stand in a subject.
//!
//! webpki holds the names of `subjectAltName` against such restrictions, but no common name, by which a certificate may
//! be for a host all the same (contract T-504).

use super::certificate::Certificate;
use x509_cert::der::Tag;
use x509_cert::der::asn1::AnyRef;
use x509_cert::ext::pkix::NameConstraints;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;

/// A certificate's own names, as far as they stand in its subject.
pub struct SubjectNames {
    /// Those that a restriction of names applies to.
    names: Vec<Vec<u8>>,
    has_alternatives: bool,
}

impl SubjectNames {
    /// Those of a certificate. `host`: what it has to be for, if that is checked; its names may have asterisks.
    pub fn of(certificate: &Certificate, host: Option<&str>) -> SubjectNames {
        let is_by_common_name = certificate.alternative_names().is_some_and(|names| names.dns.is_empty());
        let mut names: Vec<_> = certificate.common_names().map(<[u8]>::to_vec).collect();
        names.extend(host.map(|host| host.as_bytes().to_vec()));
        names.retain(|name| is_by_common_name && is_domain(name));
        SubjectNames { names, has_alternatives: certificate.has_alternative_names() }
    }

    /// Whether there is none, so that nothing can be wrong with it.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether an authority with these restrictions may have such names below it.
    pub fn are_permitted(&self, constraints: &NameConstraints) -> bool {
        self.names.iter().all(|name| permits(constraints, name))
    }

    /// Whether [`SubjectNames::are_permitted`] is all that is to be known of the certificate: it has no other names, and
    /// there are no restrictions of other parts of a subject.
    pub fn can_decide(&self, constraints: &NameConstraints) -> bool {
        let applies_to_other_names = |subtree: &GeneralSubtree| {
            use GeneralName::{DnsName, IpAddress, UniformResourceIdentifier};
            matches!(subtree.base, DnsName(_) | IpAddress(_) | UniformResourceIdentifier(_))
        };
        !self.has_alternatives
            && subtrees(&constraints.permitted_subtrees)
                .chain(subtrees(&constraints.excluded_subtrees))
                .all(applies_to_other_names)
    }
}

/// Reads what webpki has kept of a trusted authority: what is in the sequence. `None`: it cannot be read.
pub fn read_contents(contents: &[u8]) -> Option<NameConstraints> {
    AnyRef::new(Tag::Sequence, contents).ok()?.decode_as().ok()
}

fn subtrees(list: &Option<Vec<GeneralSubtree>>) -> impl Iterator<Item = &GeneralSubtree> {
    list.iter().flatten()
}

/// RFC 5280 section 4.2.1.10: one of the permitted domains, if there are such, and none of the excluded.
fn permits(constraints: &NameConstraints, name: &[u8]) -> bool {
    let domain = |subtree: &GeneralSubtree| match &subtree.base {
        GeneralName::DnsName(domain) => Some(domain.as_bytes().to_vec()),
        _ => None,
    };
    let mut permitted = subtrees(&constraints.permitted_subtrees).filter_map(domain).peekable();
    (permitted.peek().is_none() || permitted.any(|domain| is_in(name, &domain)))
        && !subtrees(&constraints.excluded_subtrees).filter_map(domain).any(|domain| is_in(name, &domain))
}

/// Whether a name is that of a domain, or of something in it; behind a dot, only the latter.
fn is_in(name: &[u8], domain: &[u8]) -> bool {
    let Some(before) = name.len().checked_sub(domain.len()) else { return false };
    let (before, end) = name.split_at(before);
    let is_whole_label =
        domain.is_empty() || before.is_empty() || domain.starts_with(b".") || before.ends_with(b".");
    is_whole_label && end.eq_ignore_ascii_case(domain)
}

/// As OpenSSL: a common name with a dot, and with nothing in it that no host name has. Others are names of anything.
fn is_domain(name: &[u8]) -> bool {
    let labels = name.split(|byte| *byte == b'.');
    let is_label = |label: &[u8]| {
        !label.is_empty()
            && !label.starts_with(b"-")
            && !label.ends_with(b"-")
            && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name.contains(&b'.') && labels.into_iter().all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5280 section 4.2.1.10.
    #[test]
    fn a_name_is_in_its_domain_and_in_those_above() {
        for (name, domain, wanted) in [
            ("example.com", "example.com", true),
            ("a.Example.com", "example.COM", true),
            ("a.b.example.com", "example.com", true),
            ("badexample.com", "example.com", false),
            ("com", "example.com", false),
            ("a.example.com", ".example.com", true),
            ("example.com", ".example.com", false),
            ("anything.at.all", "", true),
        ] {
            assert_eq!(is_in(name.as_bytes(), domain.as_bytes()), wanted, "{name} in {domain}");
        }
    }

    #[test]
    fn what_looks_like_a_host_with_a_domain_is_one() {
        for (name, wanted) in [
            ("a.example.com", true),
            ("127.0.0.1", true),
            ("a_b.example", true),
            ("localhost", false),
            ("John Q. Public", false),
            ("a..b", false),
            (".a", false),
            ("a.", false),
            ("-a.b", false),
            ("a-.b", false),
            ("", false),
        ] {
            assert_eq!(is_domain(name.as_bytes()), wanted, "{name}");
        }
    }
}
