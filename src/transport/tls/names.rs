//! Host names: what a certificate is for, and what a server is told of it.

use super::certificate::{AlternativeNames, Certificate, printable};
use rustls::pki_types::{DnsName, IpAddr, ServerName};
use std::net;

/// What rustls is to call a server. It tells a server its name (SNI), but no address (contract T-505). What
/// is neither, but resolves all the same, such as `10.0.0`, is called an address that nobody has: who checks
/// names checks that of the URI.
pub fn server_name(host: &str) -> ServerName<'static> {
    let address = without_zone(host).parse::<net::IpAddr>();
    match (address, DnsName::try_from(host.to_owned())) {
        (Ok(address), _) => ServerName::IpAddress(IpAddr::from(address)),
        (_, Ok(name)) => ServerName::DnsName(name),
        _ => ServerName::IpAddress(IpAddr::from(net::IpAddr::from(net::Ipv4Addr::UNSPECIFIED))),
    }
}

/// Whether a certificate is for a host, as OpenSSL decides it (contract T-504): one of its DNS names, or,
/// if it has none, a common name of its subject; or one of its addresses.
pub fn is_for_host(certificate: &Certificate, host: &str) -> bool {
    let Some(names) = certificate.alternative_names() else {
        return false;
    };
    let matches = |pattern: &[u8]| name_matches(pattern, host.as_bytes());
    let by_name = if names.dns.is_empty() {
        certificate.common_names().any(matches)
    } else {
        names.dns.iter().any(|pattern| matches(pattern))
    };
    by_name || names.addresses.iter().any(|address| address_matches(address, host))
}

/// What a certificate is for, in words.
pub fn hosts_of(certificate: &Certificate) -> String {
    let AlternativeNames { dns, addresses } = certificate.alternative_names().unwrap_or_default();
    let mut hosts: Vec<_> = dns.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    if hosts.is_empty() {
        hosts = certificate.common_names().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    }
    hosts.extend(addresses.iter().filter_map(|address| Some(to_address(address)?.to_string())));
    if hosts.is_empty() { "no host at all".to_owned() } else { printable(&hosts.join(", ")) }
}

/// `fe80::1%eth0` is `fe80::1` to everybody but this machine.
fn without_zone(host: &str) -> &str {
    match host.split_once('%') {
        Some((address, _)) if address.contains(':') => address,
        _ => host,
    }
}

fn to_address(bytes: &[u8]) -> Option<net::IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(net::IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(net::IpAddr::from)).ok()
}

fn address_matches(address: &[u8], host: &str) -> bool {
    without_zone(host).parse().is_ok_and(|host: net::IpAddr| to_address(address) == Some(host))
}

fn name_matches(pattern: &[u8], host: &[u8]) -> bool {
    if host.is_empty() || pattern.contains(&0) {
        return false;
    }
    pattern.eq_ignore_ascii_case(host) || wildcard_matches(pattern, host).unwrap_or(false)
}

/// As OpenSSL: one asterisk, at an end of the first label or all of it, with two more labels behind it. It
/// stands for letters, digits and hyphens. Part of a label does not match an international name.
fn wildcard_matches(pattern: &[u8], host: &[u8]) -> Option<bool> {
    let star = pattern.iter().position(|byte| *byte == b'*')?;
    let (before, after) = (pattern.get(..star)?, pattern.get(star + 1..)?);
    let is_whole_label = before.is_empty() && after.first() == Some(&b'.');
    let is_at_an_end = before.is_empty() || after.first() == Some(&b'.');
    let in_first_label = !before.contains(&b'.') && !is_international(before);
    let labels: Vec<&[u8]> = pattern.split(|byte| *byte == b'.').collect();
    if after.contains(&b'*')
        || !is_at_an_end
        || !in_first_label
        || labels.len() < 3
        || !labels.into_iter().skip(1).all(is_label)
    {
        return Some(false);
    }
    let middle = host.get(before.len()..host.len().checked_sub(after.len())?)?;
    let surrounded = host.get(..before.len())?.eq_ignore_ascii_case(before)
        && host.get(host.len() - after.len()..)?.eq_ignore_ascii_case(after);
    let is_possible = if is_whole_label { !middle.is_empty() } else { !is_international(host) };
    let is_in_label = middle.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    Some(surrounded && is_possible && is_in_label)
}

fn is_international(label: &[u8]) -> bool {
    label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"))
}

fn is_label(label: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    !label.is_empty() && label.iter().all(is_letter) && !label.starts_with(b"-") && !label.ends_with(b"-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::Openssl;

    #[test]
    fn names_match_as_openssl_has_it() {
        let openssl = Openssl::new();
        openssl.self_signed("root", "/CN=root");
        for (subject, names, hosts) in [
            ("/CN=localhost", "", "localhost LocalHost localhost. local other"),
            ("/CN=localhost/CN=other.example.com", "", "localhost other.example.com example.com"),
            ("/CN=*.example.com", "", "a.example.com example.com a.b.example.com"),
            ("/CN=127.0.0.1", "", "127.0.0.1 127.0.0.2"),
            ("/O=none", "", "localhost none"),
            (
                "/CN=localhost",
                "DNS:a.example.com,DNS:*.b.example.com",
                "localhost a.example.com x.a.example.com x.b.example.com X.B.Example.Com b.example.com x_y.b.example.com",
            ),
            (
                "/CN=localhost",
                "IP:127.0.0.1,IP:::1,IP:fe80::1",
                "localhost 127.0.0.1 127.0.0.2 ::1 0:0:0:0:0:0:0:1 fe80::1 fe80::2 10.0.0",
            ),
            ("/CN=localhost", "email:a@example.com", "localhost a@example.com"),
            ("/CN=localhost", "DNS:*.com,DNS:*,DNS:*.", "com x.com x localhost"),
            (
                "/CN=localhost",
                "DNS:f*.example.com",
                "f.example.com fx.example.com f.x.example.com xf.example.com",
            ),
            ("/CN=localhost", "DNS:*f.example.com", "f.example.com xf.example.com xn--f.example.com"),
            (
                "/CN=localhost",
                "DNS:f*g.example.com,DNS:a.*.example.com,DNS:*.*.example.com,DNS:**.example.com",
                "fg.example.com fxg.example.com a.b.example.com x.example.com *.example.com",
            ),
            (
                "/CN=localhost",
                "DNS:xn--*.example.com,DNS:*.x.example.com",
                "xn--a.example.com xn--a.x.example.com",
            ),
            (
                "/CN=localhost",
                "DNS:*.exam_ple.com,DNS:*.-example.com,DNS:*.example-.com,DNS:*..com",
                "x.exam_ple.com x.-example.com x.example-.com a..com",
            ),
            ("/CN=localhost", "DNS:LOCALHOST,DNS:127.0.0.1", "localhost 127.0.0.1"),
        ] {
            let extension = if names.is_empty() { String::new() } else { format!("subjectAltName={names}") };
            openssl.issued("a", subject, "root", &extension);
            let certificate = Certificate::parse(&openssl.certificate("a")).unwrap();
            for host in hosts.split(' ') {
                let says = |option: &str| {
                    !openssl.run(&format!("x509 -in a.crt -noout {option} {host}")).contains("does NOT match")
                };
                let is_address = host.parse::<net::IpAddr>().is_ok();
                let wanted = says("-checkhost") || (is_address && says("-checkip"));
                assert_eq!(is_for_host(&certificate, host), wanted, "{subject} {names}: {host}");
            }
        }
    }

    #[test]
    fn an_address_matches_whatever_its_zone() {
        let openssl = Openssl::new();
        openssl.self_signed("root", "/CN=root");
        openssl.issued("a", "/CN=a", "root", "subjectAltName=IP:fe80::1,DNS:a.example.com");
        let certificate = Certificate::parse(&openssl.certificate("a")).unwrap();
        assert!(is_for_host(&certificate, "fe80::1%eth0"));
        assert!(!is_for_host(&certificate, "a.example.com%eth0"));
        assert_eq!(hosts_of(&certificate), "a.example.com, fe80::1");
    }

    #[test]
    fn servers_are_told_names_only() {
        for (host, is_told) in [
            ("localhost", true),
            ("a.example.com", true),
            ("a_b.example.com", true),
            ("localhost.", true),
            ("127.0.0.1", false),
            ("::1", false),
            ("fe80::1%eth0", false),
            ("10.0.0", false),
            ("[::1]", false),
            ("", false),
            (" ", false),
            ("b\u{fc}cher.example", false),
        ] {
            assert_eq!(matches!(server_name(host), ServerName::DnsName(_)), is_told, "{host}");
        }
    }
}
