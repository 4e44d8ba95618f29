//! Certificates of servers. Contract T-502 to T-504, T-602.

use std::net::TcpListener;

use super::making::{LOCALHOST, Making, P256};
use super::support::mosquitto::Mosquitto;
use super::{Connected, Outcome, Refused, Row, check};

/// A row for a server on this machine, which is called localhost.
fn row<'a>(
    what: &'a str,
    server: &Mosquitto,
    arguments: &[&str],
    outcomes: [Outcome; 2],
    line: &'a str,
) -> Row<'a> {
    let uri = format!("ssl://localhost:{}", server.port());
    Row {
        what,
        uri,
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        outcomes,
        line,
    }
}

const BOTH: [Outcome; 2] = [Connected, Connected];
const NEITHER: [Outcome; 2] = [Refused, Refused];

/// X.509 v1 certificates are what mosquitto's manual has people make.
#[test]
fn the_first_version_and_names_in_the_subject_are_taken() {
    let making = Making::new();
    making.issue("v1", "RSA -pkeyopt rsa_keygen_bits:2048", "/CN=localhost", "root", "");
    making.issue("in_subject", P256, "/O=a/CN=localhost", "root", "keyUsage=digitalSignature");
    making.issue("other", P256, "/CN=other", "root", "");
    let (v1, in_subject, other) =
        (making.mosquitto("v1", &[]), making.mosquitto("in_subject", &[]), making.mosquitto("other", &[]));
    let (root, stranger) = (making.named("trust", "root.crt"), making.named("trust", "stranger.crt"));
    check(&[
        row("v1", &v1, &[&root], BOTH, ""),
        row("v1 and its name", &v1, &[&root, "verify=1"], BOTH, ""),
        row(
            "v1 of somebody else",
            &v1,
            &[&stranger],
            NEITHER,
            "certificate verify failed: its issuer CN=root is not",
        ),
        row(
            "v1, nobody trusted",
            &v1,
            &["no_default=1"],
            NEITHER,
            "certificate verify failed: no trust store is set, and that of the system is not wanted: subject CN=localhost",
        ),
        row("a name in the subject", &in_subject, &[&root, "verify=1"], BOTH, ""),
        row("another name in the subject", &other, &[&root], BOTH, ""),
        row(
            "another name in the subject, which is checked",
            &other,
            &[&root, "verify=1"],
            NEITHER,
            "the certificate is not for localhost, but for other: subject CN=other, issuer CN=root, valid from ",
        ),
    ]);
}

#[test]
fn a_certificate_that_is_trusted_itself_is_taken() {
    let making = Making::new();
    for (name, extension) in [("authority", "CA:TRUE"), ("end", "CA:FALSE")] {
        making.key(name, P256);
        making.openssl(&format!(
            "req -x509 -key {name}.key -subj /CN=localhost -days 30 -out {name}.crt -addext \
             basicConstraints=critical,{extension}"
        ));
    }
    making.issue("below_end", P256, "/CN=localhost", "end", LOCALHOST);
    making.issue("issued", P256, "/CN=localhost", "root", LOCALHOST);
    let servers = ["authority", "end", "below_end", "issued"].map(|name| making.mosquitto(name, &[]));
    let [authority, end, below_end, issued] = &servers;
    let trust = |name: &str| making.named("trust", &format!("{name}.crt"));
    check(&[
        row("self-signed, CA:TRUE", authority, &[&trust("authority"), "verify=1"], BOTH, ""),
        row("self-signed, CA:FALSE", end, &[&trust("end"), "verify=1"], BOTH, ""),
        row(
            "not trusted",
            authority,
            &[&trust("root")],
            NEITHER,
            "the certificate is self-signed and not among",
        ),
        row(
            "not trusted, of the same name",
            end,
            &[&trust("authority")],
            NEITHER,
            "certificate verify failed: ",
        ),
        row("of one that may not sign", below_end, &[&trust("end")], NEITHER, "may not sign others"),
        // OpenSSL wants the root, too.
        row("issued, and trusted itself", issued, &[&trust("issued")], [Connected, Refused], ""),
    ]);
}

/// An authority that may certify some names only cannot go around that by a name in the subject. What has no dot is no
/// name of a domain.
#[test]
fn restrictions_of_an_authority_hold_for_names_in_the_subject() {
    let making = Making::new();
    let authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\nnameConstraints=critical,";
    let [permitted, excluded] = ["permitted;DNS:example.com", "excluded;DNS:evil.org"];
    making.issue("permitted", P256, "/CN=permitted", "root", &format!("{authority}{permitted}"));
    making.issue("excluded", P256, "/CN=excluded", "root", &format!("{authority}{excluded}"));
    let server = |name: &str, subject: &str, issuer: &str, extensions: &str| {
        making.issue(name, P256, subject, issuer, extensions);
        making.join(&format!("{name}_chain.crt"), &[&format!("{name}.crt"), &format!("{issuer}.crt")]);
        making.mosquitto(&format!("{name}_chain"), &[])
    };
    let usage = "keyUsage=digitalSignature";
    let other = server("other", "/CN=evil.org", "permitted", usage);
    let named = server("named", "/CN=a.example.com", "permitted", usage);
    let local = server("local", "/CN=localhost", "permitted", usage);
    let first_version = server("first_version", "/CN=localhost", "permitted", "");
    let evil = server("evil", "/CN=evil.org", "excluded", usage);
    let root = making.named("trust", "root.crt");
    let restricted =
        "certificate verify failed: an authority above it may not certify its name: subject CN=evil.org, ";
    check(&[
        row("a name that is not permitted", &other, &[&root], NEITHER, restricted),
        row("a name that is excluded", &evil, &[&root], NEITHER, restricted),
        row("a name that is permitted", &named, &[&root], BOTH, ""),
        row("no name of a domain", &local, &[&root, "verify=1"], BOTH, ""),
        row("the same in X.509 v1", &first_version, &[&root, "verify=1"], BOTH, ""),
        row("nothing is checked", &other, &["auth=0"], BOTH, ""),
    ]);
}

#[test]
fn dates_count() {
    let making = Making::new();
    making.issue_between("old", "20200101000000Z", "20210101000000Z");
    making.issue_between("new", "20900101000000Z", "20910101000000Z");
    making.issue("now", P256, "/CN=localhost", "root", LOCALHOST);
    // The root itself as it was some years ago.
    making.openssl("req -new -key root.key -subj /CN=root -addext basicConstraints=CA:TRUE -out root.csr");
    making.openssl(
        "ca -batch -notext -config ca.cnf -extensions authority -selfsign -keyfile root.key -in root.csr -out old_root.crt \
         -startdate 20200101000000Z -enddate 20210101000000Z",
    );
    making.join("both_roots.crt", &["old_root.crt", "root.crt"]);
    let [old, new, now] = ["old", "new", "now"].map(|name| making.mosquitto(name, &[]));
    let trust = |name: &str| making.named("trust", &format!("{name}.crt"));
    let expired = "certificate verify failed: the certificate has expired: subject CN=localhost, issuer CN=root, valid \
                   from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z: the server needs a new certificate";
    check(&[
        row("expired", &old, &[&trust("root")], NEITHER, expired),
        row("expired, and trusted itself", &old, &[&trust("old")], NEITHER, expired),
        row("expired, and nothing is checked", &old, &["auth=0"], BOTH, ""),
        row(
            "not yet valid",
            &new,
            &[&trust("root")],
            NEITHER,
            "the certificate is not yet valid: subject CN=localhost",
        ),
        row("expired root beside the new one", &now, &[&trust("both_roots")], BOTH, ""),
        row(
            "expired root",
            &now,
            &[&trust("old_root")],
            NEITHER,
            "the certificate of its issuer in trustStore ",
        ),
    ]);
}

#[test]
fn names_and_addresses_are_checked_when_that_is_wanted() {
    let making = Making::new();
    making.issue("other", P256, "/CN=localhost", "root", "subjectAltName=DNS:other.example");
    making.issue("address", P256, "/CN=a", "root", "subjectAltName=IP:127.0.0.1,IP:::1");
    let other = making.mosquitto("other", &[]);
    // Another listener, since mosquitto is started on an address of version 4.
    let port = TcpListener::bind("[::1]:0").unwrap().local_addr().unwrap().port();
    let more = [vec![format!("listener {port} ::1")], making.listener("address")].concat();
    let more: Vec<_> = more.iter().map(String::as_str).collect();
    let address = making.mosquitto("address", &more);
    let root = making.named("trust", "root.crt");
    let is_not_for = "the certificate is not for localhost, but for ";
    let at = |host: &str, port: u16, row: Row<'static>| Row { uri: format!("ssl://{host}:{port}"), ..row };
    check(&[
        row("another name", &other, &[&root], BOTH, ""),
        row("another name, checked", &other, &[&root, "verify=1"], NEITHER, is_not_for),
        row("an address, by name", &address, &[&root, "verify=1"], NEITHER, is_not_for),
        at("127.0.0.1", address.port(), row("an address", &address, &[&root, "verify=1"], BOTH, "")),
        at("[::1]", port, row("of version 6", &address, &[&root, "verify=1"], [Connected, Refused], "")),
        at("[::1]", port, row("of version 6, not checked", &address, &[&root], BOTH, "")),
        at(
            "127.0.0.1",
            other.port(),
            row(
                "another address",
                &other,
                &[&root, "verify=1"],
                NEITHER,
                "the certificate is not for 127.0.0.1",
            ),
        ),
    ]);
}

#[test]
fn each_option_turns_off_what_it_says() {
    let making = Making::new();
    making.issue("right", P256, "/CN=localhost", "root", LOCALHOST);
    making.issue("other", P256, "/CN=other", "root", "subjectAltName=DNS:other.example");
    let [right, other] = ["right", "other"].map(|name| making.mosquitto(name, &[]));
    let (root, stranger) = (making.named("trust", "root.crt"), making.named("trust", "stranger.crt"));
    let (chain, name) =
        ("its issuer CN=root is not among the certificates of trustStore ", "the certificate is not for");
    let mut rows = Vec::new();
    for (auth, verify) in [(1, 0), (1, 1), (0, 0), (0, 1)] {
        let options = [format!("auth={auth}"), format!("verify={verify}")];
        let with = |trust: &str| [trust.to_owned(), options[0].clone(), options[1].clone()];
        let outcome = |is_wrong: bool| if is_wrong { NEITHER } else { BOTH };
        for (what, server, trust, outcome, line) in [
            ("all is right", &right, &root, BOTH, ""),
            ("not trusted", &right, &stranger, outcome(auth == 1), chain),
            ("another name", &other, &root, outcome(verify == 1), name),
            (
                "both",
                &other,
                &stranger,
                outcome(auth == 1 || verify == 1),
                if auth == 1 { chain } else { name },
            ),
        ] {
            let arguments = with(trust);
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            rows.push(row(what, server, &arguments, outcome, line));
        }
    }
    check(&rows);
}

#[test]
fn chains_and_keys_of_all_kinds_are_taken() {
    let making = Making::new();
    making.issue("middle", P256, "/CN=middle", "root", "basicConstraints=critical,CA:TRUE");
    making.issue("below", P256, "/CN=localhost", "middle", LOCALHOST);
    making.issue("v1_below", P256, "/CN=localhost", "middle", "");
    for name in ["below", "v1_below"] {
        making.join(&format!("{name}_chain.crt"), &[&format!("{name}.crt"), "middle.crt"]);
    }
    let kinds = [
        ("rsa2048", "RSA -pkeyopt rsa_keygen_bits:2048"),
        ("rsa4096", "RSA -pkeyopt rsa_keygen_bits:4096"),
        ("p256", P256),
        ("p384", "EC -pkeyopt ec_paramgen_curve:P-384"),
        ("ed25519", "ED25519"),
    ];
    for (name, kind) in kinds {
        making.issue(name, kind, "/CN=localhost", "root", LOCALHOST);
    }
    let root = making.named("trust", "root.crt");
    let servers = kinds.map(|(name, _)| (name, making.mosquitto(name, &[])));
    let [whole, first_version, cut] =
        ["below_chain", "v1_below_chain", "below"].map(|name| making.mosquitto(name, &[]));
    let mut rows: Vec<_> =
        servers.iter().map(|(name, server)| row(name, server, &[&root, "verify=1"], BOTH, "")).collect();
    rows.extend([
        row("a chain", &whole, &[&root, "verify=1"], BOTH, ""),
        row("a chain to X.509 v1", &first_version, &[&root, "verify=1"], BOTH, ""),
        row("a chain without its middle", &cut, &[&root], NEITHER, "its issuer CN=middle is not among"),
    ]);
    check(&rows);
}

/// Contract T-507, T-603.
#[test]
fn cipher_lists_are_in_the_words_of_openssl() {
    let making = Making::new();
    making.issue("server", P256, "/CN=localhost", "root", LOCALHOST);
    let server = making.mosquitto("server", &[]);
    let root = making.named("trust", "root.crt");
    let list = |list: &str, outcomes, line| {
        row("cipher list", &server, &[&root, &format!("ciphers={list}")], outcomes, line)
    };
    check(&[
        list("ECDHE-ECDSA-AES128-GCM-SHA256", BOTH, ""),
        list("DEFAULT:!aNULL:@STRENGTH", BOTH, ""),
        list("HIGH:!ECDHE@SECLEVEL=2", BOTH, ""),
        list("aNULL", BOTH, ""),
        list("RUBBISH:AES256-SHA", BOTH, ""),
        list("RUBBISH", NEITHER, "no cipher match: enabledCipherSuites \"RUBBISH\" selects no suite"),
        list("TLS_AES_128_GCM_SHA256", NEITHER, "no cipher match: "),
        list("ALL:!ALL", NEITHER, "no cipher match: "),
    ]);
}
