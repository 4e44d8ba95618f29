//! The client's own certificate and key. Contract T-508.

use super::making::{Making, P256};
use super::{Connected, Outcome, Refused, Row, check};

#[test]
fn keys_in_all_forms_are_read_and_what_is_wrong_with_them_is_said() {
    let making = Making::new();
    making.issue("server", P256, "/CN=localhost", "root", "");
    making.issue("ec", P256, "/CN=client", "root", "extendedKeyUsage=clientAuth");
    making.issue("rsa", "RSA -pkeyopt rsa_keygen_bits:2048", "/CN=client", "root", "");
    making.issue("other", P256, "/CN=other", "root", "");
    making.issue("unknown", P256, "/CN=unknown", "stranger", "");
    for (name, command) in [
        ("ec_sec1", "pkey -in ec.key -traditional"),
        ("rsa_pkcs1", "pkey -in rsa.key -traditional"),
        ("ec_pkcs8", "pkcs8 -topk8 -in ec.key -v2 aes-256-cbc -passout pass:secret"),
        ("ec_sha1", "pkcs8 -topk8 -in ec.key -v2 aes-128-cbc -v2prf hmacWithSHA1 -passout pass:secret"),
        ("ec_3des", "pkcs8 -topk8 -in ec.key -v2 des3 -passout pass:secret"),
        ("ec_legacy", "pkey -in ec.key -traditional -aes256 -passout pass:secret"),
        ("rsa_legacy", "pkey -in rsa.key -traditional -des3 -passout pass:secret"),
        ("ec_old", "pkcs8 -topk8 -in ec.key -v1 PBE-SHA1-3DES -passout pass:secret"),
        ("ec_der", "pkey -in ec.key -outform DER"),
    ] {
        making.openssl(&format!("{command} -out {name}.key"));
    }
    making.join("both.crt", &["ec.key", "ec.crt", "root.crt"]);
    let broker = making.mosquitto("server", &["require_certificate true"]);

    const BOTH: [Outcome; 2] = [Connected, Connected];
    const NEITHER: [Outcome; 2] = [Refused, Refused];
    let row = |what: &'static str, arguments: &[&str], outcomes: [Outcome; 2], line: &'static str| {
        let names = ["cert", "key"];
        let arguments = arguments.iter().map(|argument| match argument.split_once('=') {
            Some((option, file)) if names.contains(&option) => making.named(option, file),
            _ => (*argument).to_owned(),
        });
        let arguments = [making.named("trust", "root.crt")].into_iter().chain(arguments).collect();
        Row { what, uri: format!("ssl://localhost:{}", broker.port()), arguments, outcomes, line }
    };
    let secret = "password=secret";
    check(&[
        row("PKCS#8", &["cert=ec.crt", "key=ec.key"], BOTH, ""),
        row("X.509 v1 and RSA", &["cert=rsa.crt", "key=rsa.key"], BOTH, ""),
        row("SEC1", &["cert=ec.crt", "key=ec_sec1.key"], BOTH, ""),
        row("PKCS#1", &["cert=rsa.crt", "key=rsa_pkcs1.key"], BOTH, ""),
        row("all in one file", &["cert=both.crt"], BOTH, ""),
        row("a password that is not needed", &["cert=both.crt", secret], BOTH, ""),
        row("PKCS#8, AES", &["cert=ec.crt", "key=ec_pkcs8.key", secret], BOTH, ""),
        row("PKCS#8, AES and SHA-1", &["cert=ec.crt", "key=ec_sha1.key", secret], BOTH, ""),
        row("PKCS#8, 3DES", &["cert=ec.crt", "key=ec_3des.key", secret], BOTH, ""),
        row("DEK-Info, AES", &["cert=ec.crt", "key=ec_legacy.key", secret], BOTH, ""),
        row("DEK-Info, 3DES", &["cert=rsa.crt", "key=rsa_legacy.key", secret], BOTH, ""),
        row(
            "PBES1",
            &["cert=ec.crt", "key=ec_old.key", secret],
            [Refused, Connected],
            "which is not supported: convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc",
        ),
        row(
            "wrong password",
            &["cert=ec.crt", "key=ec_pkcs8.key", "password=wrong"],
            NEITHER,
            "ec_pkcs8.key cannot be used: the private key cannot be decrypted, maybe wrong password",
        ),
        row(
            "wrong password, DEK-Info",
            &["cert=ec.crt", "key=ec_legacy.key", "password=wrong"],
            NEITHER,
            "ec_legacy.key cannot be used: the private key cannot be decrypted, maybe wrong password",
        ),
        row(
            "key of another",
            &["cert=ec.crt", "key=other.key"],
            NEITHER,
            "other.key cannot be used: the private key in it does not belong to the certificate in keyStore ",
        ),
        row(
            "no key",
            &["cert=ec.crt"],
            NEITHER,
            "ec.crt cannot be used: there is no private key in it, only: CERTIFICATE",
        ),
        row("no key file", &["cert=ec.crt", "key=none"], NEITHER, "none cannot be read: No such file"),
        row(
            "no certificate file",
            &["cert=none", "key=ec.key"],
            NEITHER,
            "none cannot be read: No such file",
        ),
        row("a key in DER", &["cert=ec.crt", "key=ec_der.key"], NEITHER, "it is not PEM but seems to be DER"),
        row(
            "no certificate in the file",
            &["cert=ec.key"],
            NEITHER,
            "there is no certificate in it, only: PRIVATE KEY",
        ),
        row("none", &[], NEITHER, "alert"),
        row(
            "of an authority that the server does not know",
            &["cert=unknown.crt", "key=unknown.key"],
            NEITHER,
            "alert",
        ),
    ]);
}

/// Without a password the original asks at the terminal, so there it is not tried.
#[test]
fn a_password_that_is_missing_is_said() {
    let making = Making::new();
    making.issue("ec", P256, "/CN=client", "root", "");
    making.openssl("pkcs8 -topk8 -in ec.key -passout pass:secret -out locked.key");
    let broker = making.mosquitto("ec", &[]);
    let arguments = [
        making.named("trust", "root.crt"),
        making.named("cert", "ec.crt"),
        making.named("key", "locked.key"),
    ];
    let uri = format!("ssl://localhost:{}", broker.port());
    for program in ["tests/c/tls.c", "tests/c/async_tls.c"] {
        let run = super::Program::compile(program).with(super::Library::Ours).arguments(&[&uri, "calling"]);
        let said = run.arguments(&arguments).arguments(&["version=4"]).output();
        assert!(
            said.contains("locked.key cannot be used: the private key is encrypted, and there is no"),
            "{said}"
        );
        assert!(said.ends_with("connect: -1\n"), "{said}");
    }
}
