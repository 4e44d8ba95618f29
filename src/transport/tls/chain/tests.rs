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
    let file =
        |names: &[&str]| names.iter().map(|name| openssl.text(&format!("{name}.crt"))).collect::<String>();
    openssl.write("trusted.pem", &file(trusted));
    let path = openssl.path("trusted.pem");
    let path = (!trusted.is_empty()).then_some(path.as_path());
    let trust = TrustStore::load(path, None, false).unwrap();
    let others: Vec<_> = others.iter().map(|name| openssl.certificate(name)).collect();
    let der = openssl.certificate(leaf);
    let check = Check { trust: &trust, host: None, now, algorithms: algorithms() };
    check.verify(&Certificate::parse(&der).unwrap(), &der, &others)
}

/// Whether the openssl command takes it.
fn openssl_takes(openssl: &Openssl, leaf: &str, others: &[&str], trusted: &[&str], now: UnixTime) -> bool {
    let file =
        |names: &[&str]| names.iter().map(|name| openssl.text(&format!("{name}.crt"))).collect::<String>();
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
        ("v1_below_named", &["middle_named"], &["root"], 0),
    ];
    for (leaf, others, trusted, days) in cases {
        let now = in_days(*days);
        let wanted = openssl_takes(&openssl, leaf, others, trusted, now);
        let result = verify(&openssl, leaf, others, trusted, now);
        assert_eq!(result.is_ok(), wanted, "{leaf} {others:?} {trusted:?} after {days} days: {result:?}");
    }
}

/// An authority that may certify some names only cannot go around that by common names.
#[test]
fn restrictions_of_names_hold_for_common_names_as_with_openssl() {
    let openssl = Openssl::new();
    openssl.self_signed("root", "/CN=root");
    let authority = |name: &str, restrictions: &str| {
        let extensions = format!("{AUTHORITY}\nnameConstraints=critical,{restrictions}");
        openssl.issued(name, &format!("/CN={name}"), "root", &extensions);
    };
    authority("permitted", "permitted;DNS:example.com");
    authority("excluded", "excluded;DNS:evil.org,excluded;DNS:.example.com");
    authority("addresses", "permitted;IP:127.0.0.0/255.0.0.0");
    authority("subjects", "permitted;dirName:directory\n[directory]\nO=directory");
    openssl.write("free.ext", AUTHORITY);
    // The same name and key without a restriction: another way.
    openssl.run("req -new -key permitted.key -out free.csr -subj /CN=permitted");
    openssl.run(
        "x509 -req -in free.csr -CA root.crt -CAkey root.key -CAcreateserial -out free.crt -extfile free.ext",
    );
    openssl.key("leaf");
    let issue = |subject: &str, issuer: &str, extensions: &str| {
        openssl.issued_for_key("leaf", subject, issuer, extensions, "-days 30");
    };
    let (mut taken, mut refused) = (0, 0);
    for (subject, extensions) in [
        ("/CN=a.example.com", SERVER),
        ("/CN=example.com", SERVER),
        ("/CN=EVIL.org", SERVER),
        ("/CN=a.evil.org", SERVER),
        ("/CN=notexample.com", SERVER),
        ("/CN=localhost", SERVER),
        ("/CN=127.0.0.1", SERVER),
        ("/CN=a.example.com/CN=evil.org", SERVER),
        ("/CN=a_name,_with._a_dot", SERVER),
        ("/CN=evil.org", "basicConstraints=CA:FALSE\nsubjectAltName=DNS:a.example.com"),
        ("/CN=evil.org", "basicConstraints=CA:FALSE\nsubjectAltName=DNS:evil.org"),
        ("/CN=evil.org", "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1"),
        ("/CN=a.example.com", ""),
        ("/CN=evil.org", ""),
        ("/CN=localhost", ""),
        ("/CN=a.example.com", "basicConstraints=CA:TRUE"),
        ("/CN=evil.org", "basicConstraints=CA:TRUE"),
    ] {
        for issuer in ["permitted", "excluded", "addresses"] {
            issue(subject, issuer, extensions);
            // OpenSSL wants the root, too, to take one that is below it.
            for (others, trusted) in [(&[issuer][..], &["root"][..]), (&[], &[issuer, "root"])] {
                let wanted = openssl_takes(&openssl, "leaf", others, trusted, in_days(0));
                let result = verify(&openssl, "leaf", others, trusted, in_days(0));
                let what = format!("{subject} {extensions:?} below {issuer} {others:?}: {result:?}");
                assert_eq!(result.is_ok(), wanted, "{what}");
                let is_said =
                    |text: &str| text.starts_with("an authority above it may not certify its name: ");
                assert!(result.is_ok() || result.is_err_and(|text| is_said(&text)), "{what}");
                *(if wanted { &mut taken } else { &mut refused }) += 1;
            }
        }
        issue(subject, "permitted", extensions);
        let result = verify(&openssl, "leaf", &["permitted", "free"], &["root"], in_days(0));
        assert_eq!(result, Ok(()), "{subject} {extensions:?} has a way without restrictions");
    }
    for extensions in [SERVER, "", "basicConstraints=CA:TRUE"] {
        issue("/CN=a.example.com", "subjects", extensions);
        let result = verify(&openssl, "leaf", &["subjects"], &["root"], in_days(0));
        assert!(result.is_err(), "it is not in that directory: {extensions:?}");
    }
    assert!(taken > 40 && refused > 20, "{taken} taken, {refused} refused");
    // What has asterisks is for many, so what counts is the one that it is to be for.
    issue("/CN=*.org", "permitted", SERVER);
    let trust = TrustStore::load(Some(&openssl.path("root.crt")), None, false).unwrap();
    let (der, others) = (openssl.certificate("leaf"), [openssl.certificate("permitted")]);
    for (host, is_right) in [(None, true), (Some("evil.org"), false), (Some("a.example.com"), true)] {
        let check = Check { trust: &trust, host, now: in_days(0), algorithms: algorithms() };
        let result = check.verify(&Certificate::parse(&der).unwrap(), &der, &others);
        assert_eq!(result.is_ok(), is_right, "{host:?}: {result:?}");
    }
}

/// What somebody has put into his trust store is trusted, also where OpenSSL wants the root, too, or looks
/// only at the first of those with a name.
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
        (
            "v3",
            &[],
            &[],
            0,
            "no trust store is set, and that of the system is not wanted: ",
            "v3",
            "set trustStore",
        ),
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
