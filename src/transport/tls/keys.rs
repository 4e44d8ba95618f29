//! Private keys in PEM: PKCS#1, SEC1 and PKCS#8, encrypted or not. Contract T-508.

use super::pem::{blocks, is_one_value, what_else};
use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipher, BlockDecryptMut, KeyInit, KeyIvInit};
use des::TdesEde3;
use md5::{Digest, Md5};
use pkcs8::EncryptedPrivateKeyInfo;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;
use rustls::pki_types::PrivateKeyDer;
use std::mem;
use zeroize::Zeroizing;

/// The first private key of a text, decrypted if it has to be. Wiped when it is dropped.
pub fn private_key(
    text: &[u8],
    password: Option<&[u8]>,
) -> Result<Zeroizing<PrivateKeyDer<'static>>, String> {
    let blocks = blocks(text);
    let Some(block) = blocks.iter().find(|block| block.label.ends_with("PRIVATE KEY")) else {
        return Err(what_else(text, &blocks, "private key"));
    };
    let pem = block.decode()?;
    let cipher = pem.headers().get("DEK-Info").map(str::to_owned);
    let contents = Zeroizing::new(pem.into_contents());
    let mut key = match (block.label, cipher) {
        ("ENCRYPTED PRIVATE KEY", _) => decrypt_pkcs8(&contents, password)?,
        (_, Some(cipher)) => decrypt_legacy(contents, &cipher, password)?,
        (_, None) => contents,
    };
    let key = match block.label {
        "RSA PRIVATE KEY" => PrivateKeyDer::Pkcs1(mem::take(&mut *key).into()),
        "EC PRIVATE KEY" => PrivateKeyDer::Sec1(mem::take(&mut *key).into()),
        "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => PrivateKeyDer::Pkcs8(mem::take(&mut *key).into()),
        kind => return Err(format!("{kind} is not supported: make a key for RSA, ECDSA or Ed25519")),
    };
    Ok(Zeroizing::new(key))
}

const NO_PASSWORD: &str = "the private key is encrypted, and there is no privateKeyPassword: set it";
const WRONG_PASSWORD: &str =
    "the private key cannot be decrypted, maybe wrong password: check privateKeyPassword";

/// As many rounds would take minutes. Who encrypts keys takes some thousands.
const MOST_ROUNDS: u32 = 50_000_000;

fn unsupported(encryption: &str) -> String {
    format!(
        "the private key is encrypted with {encryption}, which is not supported: convert it with \
         openssl pkcs8 -topk8 -v2 aes-256-cbc"
    )
}

/// PKCS#8, RFC 5958, encrypted as RFC 8018 says.
fn decrypt_pkcs8(contents: &[u8], password: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, String> {
    // What it does not know the name of is one of the older ways, those of PKCS#12.
    let info =
        EncryptedPrivateKeyInfo::try_from(contents).map_err(|_| unsupported("an old method (PBES1)"))?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(unsupported("an old method (PBES1)"));
    };
    if matches!(&parameters.kdf, Kdf::Pbkdf2(kdf) if kdf.iteration_count > MOST_ROUNDS) {
        return Err(unsupported("more rounds than it may be"));
    }
    let key = info.decrypt(password.ok_or(NO_PASSWORD)?).map_err(|_| WRONG_PASSWORD)?;
    Ok(Zeroizing::new(key.as_bytes().to_vec()))
}

/// As OpenSSL encrypted keys before there was PKCS#8: a cipher in CBC mode, and a key that is made of the
/// password and the first half of the initialization vector with MD5.
fn decrypt_legacy(
    mut contents: Zeroizing<Vec<u8>>,
    cipher: &str,
    password: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, String> {
    let (name, vector) = cipher.split_once(',').ok_or("the line DEK-Info in it is damaged")?;
    let decrypt: DecryptInPlace = match name.trim() {
        "AES-128-CBC" => decrypt_cbc::<Aes128>,
        "AES-192-CBC" => decrypt_cbc::<Aes192>,
        "AES-256-CBC" => decrypt_cbc::<Aes256>,
        "DES-EDE3-CBC" => decrypt_cbc::<TdesEde3>,
        _ => return Err(unsupported("an old method (DEK-Info other than AES and DES-EDE3)")),
    };
    let vector = from_hexadecimal(vector.trim()).filter(|vector| vector.len() >= 8);
    let vector = vector.ok_or("the line DEK-Info in it is damaged")?;
    let length = decrypt(password.ok_or(NO_PASSWORD)?, &vector[..8], &vector, &mut contents)
        // What a wrong password makes of it may end like padding, but does not begin like a key.
        .filter(|length| is_one_value(&contents[..*length]))
        .ok_or(WRONG_PASSWORD)?;
    contents.truncate(length);
    Ok(contents)
}

/// Password, salt, initialization vector, and what is decrypted.
type DecryptInPlace = fn(&[u8], &[u8], &[u8], &mut [u8]) -> Option<usize>;

/// How many bytes it has decrypted in place, or `None` if this cannot be the password.
fn decrypt_cbc<C: BlockCipher + BlockDecryptMut + KeyInit>(
    password: &[u8],
    salt: &[u8],
    vector: &[u8],
    contents: &mut [u8],
) -> Option<usize> {
    let mut key = Zeroizing::new(Vec::with_capacity(48));
    let mut block = Zeroizing::new(Vec::with_capacity(16));
    while key.len() < C::key_size() {
        let digest = Md5::new().chain_update(&*block).chain_update(password).chain_update(salt).finalize();
        block.clear();
        block.extend_from_slice(&digest);
        key.extend_from_slice(&block);
    }
    let decryptor = Decryptor::<C>::new_from_slices(&key[..C::key_size()], vector).ok()?;
    decryptor.decrypt_padded_mut::<Pkcs7>(contents).ok().map(<[u8]>::len)
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    digits?.chunks(2).map(|pair| u8::try_from(pair.first()? << 4 | pair.get(1)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::{Openssl, load_key, mutations};

    /// The key in a file, as it is used.
    fn load(openssl: &Openssl, file: &str, password: Option<&str>) -> Result<Vec<u8>, String> {
        let key = private_key(&openssl.bytes(file), password.map(str::as_bytes))?;
        let key = load_key(&key).map_err(|error| error.to_string())?;
        Ok(key.public_key().unwrap().to_vec())
    }

    /// The public key that belongs to it, as the openssl command says.
    fn public(openssl: &Openssl, file: &str) -> Vec<u8> {
        openssl.run(&format!("pkey -in {file} -pubout -outform DER -out public.der"));
        openssl.bytes("public.der")
    }

    #[test]
    fn keys_of_all_kinds_are_read() {
        let openssl = Openssl::new();
        for (kind, options) in [
            ("RSA", "-pkeyopt rsa_keygen_bits:2048"),
            ("EC", "-pkeyopt ec_paramgen_curve:P-256"),
            ("EC", "-pkeyopt ec_paramgen_curve:P-384"),
            ("EC", "-pkeyopt ec_paramgen_curve:P-521"),
            ("ED25519", ""),
        ] {
            openssl.run(&format!("genpkey -algorithm {kind} {options} -out a.key"));
            let wanted = public(&openssl, "a.key");
            assert!(openssl.text("a.key").starts_with("-----BEGIN PRIVATE KEY-----"));
            assert_eq!(load(&openssl, "a.key", None).as_ref(), Ok(&wanted), "{kind} {options}");
            assert_eq!(load(&openssl, "a.key", Some("ignored")).as_ref(), Ok(&wanted));
            if kind != "ED25519" {
                openssl.run("pkey -in a.key -traditional -out traditional.key");
                let text = openssl.text("traditional.key");
                assert!(text.starts_with(&format!("-----BEGIN {kind} PRIVATE KEY-----")));
                assert_eq!(load(&openssl, "traditional.key", None).as_ref(), Ok(&wanted), "{kind} {options}");
                openssl.write("windows.key", &text.replace('\n', "\r\n"));
                assert_eq!(load(&openssl, "windows.key", None).as_ref(), Ok(&wanted), "{kind} {options}");
            }
        }
    }

    #[test]
    fn a_key_is_found_between_other_blocks() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        openssl.run("ecparam -name prime256v1 -genkey -out with_parameters.key");
        assert!(openssl.text("with_parameters.key").starts_with("-----BEGIN EC PARAMETERS-----"));
        let wanted = public(&openssl, "with_parameters.key");
        assert_eq!(load(&openssl, "with_parameters.key", None), Ok(wanted));
        openssl.write("all.pem", &format!("{}words\n{}", openssl.text("a.crt"), openssl.text("a.key")));
        assert_eq!(load(&openssl, "all.pem", None), Ok(public(&openssl, "a.key")));
    }

    #[test]
    fn encrypted_keys_need_their_password() {
        let openssl = Openssl::new();
        openssl.key("ec");
        openssl.run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key");
        let mut files = Vec::new();
        for (kind, cipher) in [
            ("ec", "aes-128-cbc"),
            ("ec", "aes-192-cbc"),
            ("ec", "aes-256-cbc"),
            ("ec", "des-ede3-cbc"),
            ("rsa", "aes-256-cbc"),
        ] {
            for prf in ["hmacWithSHA1", "hmacWithSHA256", "hmacWithSHA512"] {
                let file = format!("{kind}-{cipher}-{prf}.key");
                openssl.run(&format!(
                    "pkcs8 -topk8 -in {kind}.key -v2 {cipher} -v2prf {prf} -passout pass:secret -out {file}"
                ));
                assert!(openssl.text(&file).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
                files.push((kind, file));
            }
        }
        openssl.run("pkcs8 -topk8 -in ec.key -scrypt -passout pass:secret -out scrypt.key");
        files.push(("ec", "scrypt.key".to_owned()));
        for (kind, cipher) in
            [("rsa", "aes128"), ("rsa", "aes192"), ("rsa", "aes256"), ("rsa", "des3"), ("ec", "aes256")]
        {
            let file = format!("{kind}-{cipher}.key");
            openssl
                .run(&format!("pkey -in {kind}.key -traditional -{cipher} -passout pass:secret -out {file}"));
            assert!(openssl.text(&file).contains("Proc-Type: 4,ENCRYPTED"), "{}", openssl.text(&file));
            openssl.write(&format!("windows-{file}"), &openssl.text(&file).replace('\n', "\r\n"));
            files.push((kind, format!("windows-{file}")));
            files.push((kind, file));
        }
        for (kind, file) in files {
            let wanted = public(&openssl, &format!("{kind}.key"));
            assert_eq!(load(&openssl, &file, Some("secret")), Ok(wanted), "{file}");
            assert_eq!(load(&openssl, &file, None), Err(NO_PASSWORD.to_owned()), "{file}");
            for wrong in ["", "Secret"] {
                assert_eq!(load(&openssl, &file, Some(wrong)), Err(WRONG_PASSWORD.to_owned()), "{file}");
            }
        }
    }

    #[test]
    fn what_cannot_be_decrypted_says_how_to_convert_it() {
        let openssl = Openssl::new();
        openssl.key("ec");
        for method in ["PBE-SHA1-3DES", "PBE-MD5-DES -provider legacy -provider default"] {
            openssl.run(&format!("pkcs8 -topk8 -in ec.key -v1 {method} -passout pass:secret -out old.key"));
            let error = load(&openssl, "old.key", Some("secret")).unwrap_err();
            assert!(error.ends_with("convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc"), "{error}");
        }
        openssl.run("pkey -in ec.key -traditional -camellia256 -passout pass:secret -out old.key");
        let error = load(&openssl, "old.key", Some("secret")).unwrap_err();
        assert!(error.ends_with("convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc"), "{error}");
    }

    #[test]
    fn a_file_without_a_key_that_can_be_used_says_so() {
        let openssl = Openssl::new();
        openssl.self_signed("a", "/CN=a");
        openssl.run("pkey -in a.key -outform DER -out der.key");
        openssl.write("empty.key", "");
        openssl.write("text.key", "hello");
        openssl.write("cut.key", &openssl.text("a.key").replace("-----END", ""));
        openssl.write("damaged.key", &openssl.text("a.key").replacen("MIG", "M!G", 1));
        openssl.write("dsa.key", &openssl.text("a.key").replace("PRIVATE", "DSA PRIVATE"));
        for (file, wanted) in [
            ("a.crt", "there is no private key in it, only: CERTIFICATE"),
            ("der.key", "it is not PEM but seems to be DER"),
            ("empty.key", "it is empty"),
            ("text.key", "it has no whole PEM block"),
            ("cut.key", "it has no whole PEM block"),
            ("damaged.key", "the block PRIVATE KEY in it is damaged"),
            ("dsa.key", "DSA PRIVATE KEY is not supported"),
        ] {
            let error = load(&openssl, file, None).unwrap_err();
            assert!(error.contains(wanted), "{file}: {error}");
        }
    }

    /// Fuzz target: whatever a file holds, it is read or refused.
    fn read_any(data: &[u8]) {
        for password in [None, Some(&b"secret"[..])] {
            if let Ok(key) = private_key(data, password) {
                let _ = load_key(&key);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused() {
        let openssl = Openssl::new();
        openssl.key("ec");
        openssl.run("pkey -in ec.key -traditional -aes256 -passout pass:secret -out legacy.key");
        openssl.run("pkcs8 -topk8 -in ec.key -v2 aes-256-cbc -iter 2 -passout pass:secret -out pkcs8.key");
        for file in ["ec.key", "legacy.key"] {
            mutations(&openssl.bytes(file), 2000, read_any);
        }
        // The number of rounds stays what it is: some millions would take as long as they take.
        let text = openssl.text("pkcs8.key");
        mutations(&openssl.bytes("pkcs8.key"), 50, read_any);
        let contents = blocks(text.as_bytes())[0].decode().unwrap().into_contents();
        mutations(&contents[contents.len() - 130..], 500, |end| {
            let start = &contents[..contents.len() - 130];
            let _ = decrypt_pkcs8(&[start, end].concat(), Some(b"secret"));
        });
    }
}
