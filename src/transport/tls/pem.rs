//! PEM: blocks of base64 between lines of dashes, with any text around them.

use pem::Pem;
use rustls::pki_types::CertificateDer;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{Reader, SliceReader, Tag, TagNumber, Tagged};
use zeroize::Zeroizing;

/// A block as it stands in the file.
pub struct Block<'a> {
    /// What the dashes say that it is: `CERTIFICATE`, `RSA PRIVATE KEY`.
    pub label: &'a str,
    text: &'a [u8],
}

impl Block<'_> {
    /// Reads its lines.
    pub fn decode(&self) -> Result<Pem, String> {
        // Spaces at the ends of lines, and empty lines at the end, are no part of it.
        let lines = self.text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        let mut text = Zeroizing::new(Vec::with_capacity(self.text.len() + 1));
        for line in lines {
            if line.starts_with(b"-----END ") {
                while text.ends_with(b"\n\n") {
                    text.pop();
                }
            }
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        pem::parse(text.as_slice()).map_err(|_| format!("the block {} in it is damaged", self.label))
    }
}

/// The whole blocks of a text, in order.
pub fn blocks(text: &[u8]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.len();
        if let Some(label) = label(line, b"-----BEGIN ") {
            open = Some((label, start));
        } else if let Some(ended) = label(line, b"-----END ") {
            let whole = open.take().filter(|(label, _)| *label == ended);
            blocks.extend(
                whole.map(|(label, first)| Block { label, text: text.get(first..end).unwrap_or_default() }),
            );
        }
        start = end;
    }
    blocks
}

/// The certificates of a text, which must have one.
pub fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    Ok(read_certificates(text)?.into_iter().map(|(certificate, _)| certificate).collect())
}

/// The certificates of a text that are trusted for servers: all but those of which OpenSSL's
/// `TRUSTED CERTIFICATE` says otherwise.
pub fn trusted_certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = read_certificates(text)?;
    Ok(all.into_iter().filter(|(_, trusted)| *trusted).map(|(certificate, _)| certificate).collect())
}

/// Each certificate, and whether the file trusts it for servers.
fn read_certificates(text: &[u8]) -> Result<Vec<(CertificateDer<'static>, bool)>, String> {
    let blocks = blocks(text);
    let mut certificates = Vec::new();
    for block in &blocks {
        match block.label {
            "CERTIFICATE" | "X509 CERTIFICATE" => {
                certificates.push((CertificateDer::from(block.decode()?.into_contents()), true));
            }
            "TRUSTED CERTIFICATE" => {
                let mut contents = block.decode()?.into_contents();
                let (length, trusted) = split_trust(&contents)
                    .ok_or_else(|| format!("the block {} in it is damaged", block.label))?;
                contents.truncate(length);
                certificates.push((CertificateDer::from(contents), trusted));
            }
            _ => {}
        }
    }
    if certificates.is_empty() { Err(what_else(text, &blocks, "certificate")) } else { Ok(certificates) }
}

/// Says that a file has none of what is looked for, and what it has.
pub fn what_else(text: &[u8], blocks: &[Block<'_>], wanted: &str) -> String {
    let found: Vec<_> = blocks.iter().map(|block| block.label).collect();
    match text {
        [] => format!("there is no {wanted} in it: it is empty"),
        _ if is_one_value(text) => format!(
            "there is no {wanted} in it: it is not PEM but seems to be DER; convert it with openssl x509, pkey \
             or pkcs12"
        ),
        _ if found.is_empty() => {
            format!("there is no {wanted} in it: it has no whole PEM block (-----BEGIN ... -----END ...)")
        }
        _ => format!("there is no {wanted} in it, only: {}", found.join(", ")),
    }
}

/// Whether this is one value of DER, and nothing behind it.
pub fn is_one_value(bytes: &[u8]) -> bool {
    SliceReader::new(bytes).is_ok_and(|mut reader| reader.tlv_bytes().is_ok() && reader.is_finished())
}

/// The label of a line of dashes.
fn label<'a>(line: &'a [u8], prefix: &[u8]) -> Option<&'a str> {
    let label = line.trim_ascii().strip_prefix(prefix)?.strip_suffix(b"-----")?;
    std::str::from_utf8(label).ok().filter(|label| label.bytes().all(|byte| matches!(byte, b' '..=b'~')))
}

const SERVER_AUTHENTICATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// How long the certificate is that a `TRUSTED CERTIFICATE` begins with, and whether it is trusted for
/// servers: OpenSSL writes behind it what it is trusted for, and what not.
fn split_trust(contents: &[u8]) -> Option<(usize, bool)> {
    let length = SliceReader::new(contents).ok()?.tlv_bytes().ok()?.len();
    let (_, behind) = contents.split_at_checked(length)?;
    let mut trusted = true;
    if !behind.is_empty() {
        let mut fields = SliceReader::new(AnyRef::try_from(behind).ok()?.value()).ok()?;
        while !fields.is_finished() {
            let field: AnyRef<'_> = fields.decode().ok()?;
            match field.tag() {
                Tag::Sequence => trusted &= names_servers(field.value())?,
                Tag::ContextSpecific { number: TagNumber::N0, .. } => {
                    trusted &= !names_servers(field.value())?
                }
                _ => {}
            }
        }
    }
    Some((length, trusted))
}

/// Whether servers are among these purposes.
fn names_servers(purposes: &[u8]) -> Option<bool> {
    let mut purposes = SliceReader::new(purposes).ok()?;
    let mut found = false;
    while !purposes.is_finished() {
        let purpose: ObjectIdentifier = purposes.decode().ok()?;
        found |= [SERVER_AUTHENTICATION, ANY_PURPOSE].contains(&purpose);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::{Openssl, mutations};

    #[test]
    fn certificates_are_found_in_any_text() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        openssl.self_signed("b", "/CN=b");
        let (a, b) = (openssl.text("a.crt"), openssl.text("b.crt"));
        let of_both = format!("Subject: CN=a\n{a}\nSubject: CN=b\n{b}the end");
        let wanted = [openssl.certificate("a"), openssl.certificate("b")];
        for text in [
            of_both.clone(),
            of_both.replace('\n', "\r\n"),
            of_both.replace("\n", " \t\n"),
            of_both.replace("-----END", "\n-----END"),
            format!("{}{of_both}", openssl.text("a.key")),
            format!("-----BEGIN CERTIFICATE-----\nMIIB\n{of_both}"),
        ] {
            assert_eq!(certificates(text.as_bytes()).unwrap(), wanted, "{text}");
        }
        assert_eq!(certificates(of_both.trim_end_matches("the end").trim_end().as_bytes()).unwrap(), wanted);
    }

    #[test]
    fn a_trusted_certificate_says_what_it_is_trusted_for() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        let certificate = openssl.certificate("a");
        for (options, is_trusted) in [
            ("-trustout", true),
            ("-trustout -setalias name", true),
            ("-addtrust serverAuth", true),
            ("-addtrust clientAuth -addtrust serverAuth", true),
            ("-addtrust anyExtendedKeyUsage", true),
            ("-addtrust clientAuth", false),
            ("-addreject clientAuth", true),
            ("-addreject serverAuth", false),
        ] {
            openssl.run(&format!("x509 -in a.crt -out trusted.crt {options}"));
            let text = openssl.text("trusted.crt");
            assert!(text.starts_with("-----BEGIN TRUSTED CERTIFICATE-----"), "{text}");
            assert_eq!(
                certificates(text.as_bytes()).unwrap(),
                std::slice::from_ref(&certificate),
                "{options}"
            );
            assert_eq!(
                trusted_certificates(text.as_bytes()).unwrap().len(),
                usize::from(is_trusted),
                "{options}"
            );
        }
    }

    #[test]
    fn a_file_without_a_certificate_says_what_it_has() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        openssl.run("x509 -in a.crt -outform DER -out a.der");
        let damaged = openssl.text("a.crt").replacen("MII", "M!I", 1);
        for (text, wanted) in [
            (Vec::new(), "no certificate in it: it is empty"),
            (b"hello".to_vec(), "no certificate in it: it has no whole PEM block"),
            (openssl.text("a.key").into_bytes(), "no certificate in it, only: PRIVATE KEY"),
            (openssl.bytes("a.der"), "no certificate in it: it is not PEM but seems to be DER"),
            (damaged.into_bytes(), "the block CERTIFICATE in it is damaged"),
        ] {
            let error = certificates(&text).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
    }

    /// Fuzz target: whatever a file holds, it is read or refused.
    fn read_any(data: &[u8]) {
        let read = certificates(data);
        assert_eq!(read.is_ok(), trusted_certificates(data).is_ok());
        let _ = split_trust(data);
    }

    #[test]
    fn any_text_is_read_or_refused() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        openssl.run("x509 -in a.crt -out trusted.crt -addtrust serverAuth -addreject clientAuth -setalias b");
        let text = format!("{}{}", openssl.text("trusted.crt"), openssl.text("a.crt"));
        mutations(text.as_bytes(), 3000, read_any);
        let trusted = blocks(text.as_bytes())[0].decode().unwrap().into_contents();
        mutations(&trusted, 3000, read_any);
    }
}
