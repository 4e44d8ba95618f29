//! The sink's certificate, which the bench programs trust. It is made for each run, so none expires in the repository.

use std::process::Command;

use crate::Result;

/// Where it is: also the trust store of the bench programs.
pub const CERTIFICATE: &str = "build/bench/certificate.pem";
/// Its private key.
pub const KEY: &str = "build/bench/certificate.key";

/// Makes both, as a broker's would be made today: ECDSA, for the address that the programs connect to.
pub fn issue() -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "30"]);
    openssl.args(["-keyout", KEY, "-out", CERTIFICATE]);
    let output = openssl.output().map_err(|error| format!("openssl: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}
