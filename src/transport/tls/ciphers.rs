//! `enabledCipherSuites`: cipher lists in OpenSSL's grammar. Contract T-507, T-603.
//!
//! A list is evaluated over all suites that OpenSSL has, in its order, since a word may select what rustls
//! lacks: then the list is good, and only TLS 1.3 is left. What a suite is made of is read from its name.

use rustls::{CipherSuite, SupportedCipherSuite, version};
use std::cmp::Reverse;
use std::mem;

/// The suites that a list leaves, those of TLS 1.3 first: it says nothing of them.
///
/// An error if OpenSSL knows no suite that the list selects.
pub fn cipher_suites(
    list: &str,
    supported: &[SupportedCipherSuite],
) -> Result<Vec<SupportedCipherSuite>, String> {
    let selected = select(list).unwrap_or_default();
    if selected.is_empty() {
        return Err(format!(
            "no cipher match: enabledCipherSuites {list:?} selects no suite of TLS 1.2 or before: use OpenSSL's \
             names, as ECDHE-RSA-AES256-GCM-SHA384, or DEFAULT; those of TLS 1.3 cannot be selected"
        ));
    }
    let always = supported.iter().filter(|suite| suite.version() == &version::TLS13);
    let by_name = |name: &str| supported.iter().find(|suite| openssl_name(suite.suite()) == Some(name));
    Ok(always.chain(selected.into_iter().filter_map(by_name)).copied().collect())
}

/// Whether a list selects only suites for keys that both sides have beforehand.
pub fn are_for_keys(list: &str) -> bool {
    let selected = select(list).unwrap_or_default();
    !selected.is_empty() && selected.iter().all(|name| name.contains("PSK-"))
}

/// What OpenSSL calls a suite of TLS 1.2 that rustls has.
fn openssl_name(suite: CipherSuite) -> Option<&'static str> {
    match suite {
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => Some("ECDHE-ECDSA-AES256-GCM-SHA384"),
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => Some("ECDHE-ECDSA-AES128-GCM-SHA256"),
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => Some("ECDHE-ECDSA-CHACHA20-POLY1305"),
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => Some("ECDHE-RSA-AES256-GCM-SHA384"),
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => Some("ECDHE-RSA-AES128-GCM-SHA256"),
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => Some("ECDHE-RSA-CHACHA20-POLY1305"),
        _ => None,
    }
}

/// The names of the suites that a list selects, in its order. `None` if it cannot be read.
fn select(list: &str) -> Option<Vec<&'static str>> {
    let mut suites = Suites::new();
    // A command needs no separator before it: `DEFAULT@SECLEVEL=1`.
    let list = list.replace('@', ":@").replace('!', ":!");
    let mut words = list.split([':', ',', ';', ' ']).filter(|word| !word.is_empty()).peekable();
    // OpenSSL knows these at the beginning only.
    let (first, is_all) = match words.peek() {
        Some(&"DEFAULT") => (&["ALL", "!COMPLEMENTOFDEFAULT", "!eNULL"][..], false),
        Some(&"SUITEB128") => (&["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"][..], true),
        Some(&"SUITEB128ONLY") => (&["ECDHE-ECDSA-AES128-GCM-SHA256"][..], true),
        Some(&("SUITEB192" | "SUITEB128C2")) => (&["ECDHE-ECDSA-AES256-GCM-SHA384"][..], true),
        _ => (&[][..], false),
    };
    if !first.is_empty() {
        words.next();
    }
    for word in first.iter().copied().chain(words.filter(|_| !is_all)) {
        suites.apply(word)?;
    }
    Some(suites.active.iter().map(|suite| suite.name).collect())
}

/// The suites while a list is read: each is in one of the two, or is gone for good.
struct Suites {
    inactive: Vec<Suite>,
    active: Vec<Suite>,
}

impl Suites {
    fn new() -> Suites {
        Suites { inactive: NAMES.split_whitespace().map(Suite::new).collect(), active: Vec::new() }
    }

    /// Does what one word says. A word that is not known does nothing.
    fn apply(&mut self, word: &str) -> Option<()> {
        if let Some(command) = word.strip_prefix('@') {
            return self.command(command);
        }
        let (operator, selector) = match word.split_at_checked(1) {
            Some((operator @ ("!" | "-" | "+"), selector)) => (operator, selector),
            _ => ("", word),
        };
        let is_readable = |byte: u8| byte.is_ascii_alphanumeric() || b"-+._=".contains(&byte);
        if selector.is_empty() || !selector.bytes().all(is_readable) {
            return None;
        }
        let is_named = |suite: &Suite| selector.split('+').all(|part| suite.is(part));
        match operator {
            "!" => {
                self.active.retain(|suite| !is_named(suite));
                self.inactive.retain(|suite| !is_named(suite));
            }
            // They wait before the others to be selected again.
            "-" => {
                let removed = take_out(&mut self.active, is_named);
                self.inactive.splice(..0, removed);
            }
            "+" => {
                let moved = take_out(&mut self.active, is_named);
                self.active.extend(moved);
            }
            _ => self.active.extend(take_out(&mut self.inactive, is_named)),
        }
        Some(())
    }

    fn command(&mut self, command: &str) -> Option<()> {
        match command {
            "STRENGTH" => self.active.sort_by_key(|suite| Reverse(suite.bits())),
            // Which keys are long enough is rustls' own.
            "SECLEVEL=0" | "SECLEVEL=1" | "SECLEVEL=2" | "SECLEVEL=3" | "SECLEVEL=4" | "SECLEVEL=5" => {}
            _ => return None,
        }
        Some(())
    }
}

/// Takes those suites out that are named, in their order.
fn take_out(suites: &mut Vec<Suite>, is_named: impl FnMut(&Suite) -> bool) -> Vec<Suite> {
    let (named, others) = mem::take(suites).into_iter().partition(is_named);
    *suites = others;
    named
}

/// What a suite is made of, in the words of the lists.
struct Suite {
    name: &'static str,
    exchange: &'static str,
    authentication: &'static str,
    /// The rest of its name: `AES256-GCM-SHA384`.
    rest: &'static str,
}

impl Suite {
    fn new(name: &'static str) -> Suite {
        const PREFIXES: [(&str, &str, &str); 14] = [
            ("ECDHE-ECDSA-", "ECDHE", "ECDSA"),
            ("ECDHE-RSA-", "ECDHE", "RSA"),
            ("ECDHE-PSK-", "ECDHEPSK", "PSK"),
            ("ECDHE-", "ECDHE", "RSA"),
            ("DHE-RSA-", "DHE", "RSA"),
            ("DHE-DSS-", "DHE", "DSS"),
            ("DHE-PSK-", "DHEPSK", "PSK"),
            ("AECDH-", "ECDHE", "NULL"),
            ("ADH-", "DHE", "NULL"),
            ("RSA-PSK-", "RSAPSK", "RSA"),
            ("PSK-", "PSK", "PSK"),
            ("SRP-DSS-", "SRP", "DSS"),
            ("SRP-RSA-", "SRP", "RSA"),
            ("SRP-", "SRP", "SRP"),
        ];
        let parts = PREFIXES.into_iter().find_map(|(prefix, exchange, authentication)| {
            name.strip_prefix(prefix).map(|rest| (exchange, authentication, rest))
        });
        let (exchange, authentication, rest) = parts.unwrap_or(("RSA", "RSA", name));
        Suite { name, exchange, authentication, rest }
    }

    /// Whether a word means it.
    fn is(&self, word: &str) -> bool {
        let (exchange, authentication) = (self.exchange, self.authentication);
        let is_anonymous = authentication == "NULL";
        match word {
            "ALL" => !self.has_cipher("NULL"),
            "COMPLEMENTOFALL" | "eNULL" | "NULL" => self.has_cipher("NULL"),
            "COMPLEMENTOFDEFAULT" => {
                is_anonymous
                    || authentication == "DSS"
                    || self.has("CCM")
                    || self.has_cipher("ARIA")
                    || self.has_cipher("CAMELLIA")
            }
            "kRSA" => exchange == "RSA",
            "kEDH" | "kDHE" => exchange == "DHE",
            "kEECDH" | "kECDHE" => exchange == "ECDHE",
            "kPSK" | "kRSAPSK" | "kDHEPSK" | "kECDHEPSK" | "kSRP" => word.strip_prefix('k') == Some(exchange),
            "EDH" | "DHE" => exchange == "DHE" && !is_anonymous,
            "EECDH" | "ECDHE" => exchange == "ECDHE" && !is_anonymous,
            "ADH" => exchange == "DHE" && is_anonymous,
            "AECDH" => exchange == "ECDHE" && is_anonymous,
            "PSK" => exchange.ends_with("PSK"),
            "SRP" => exchange == "SRP",
            "RSA" => exchange == "RSA" && authentication == "RSA",
            "aRSA" | "aDSS" | "aECDSA" | "aPSK" | "aSRP" | "aNULL" => {
                word.strip_prefix('a') == Some(authentication)
            }
            "ECDSA" | "DSS" => word == authentication,
            "AES" | "CAMELLIA" | "ARIA" | "CHACHA20" => self.has_cipher(word),
            "AES128" | "AES256" | "CAMELLIA128" | "CAMELLIA256" | "ARIA128" | "ARIA256" => {
                word.strip_suffix(&self.bits().to_string()).is_some_and(|cipher| self.has_cipher(cipher))
            }
            "AESGCM" => self.has_cipher("AES") && self.has("GCM"),
            "AESCCM" => self.has("CCM"),
            "AESCCM8" => self.has("CCM8"),
            "ARIAGCM" => self.has_cipher("ARIA") && self.has("GCM"),
            "HIGH" => !self.has_cipher("NULL"),
            "FIPS" => self.has_cipher("AES") && !self.has("CCM"),
            "MD5" => self.digest() == Some("MD5"),
            "SHA" | "SHA1" => self.digest() == Some("SHA"),
            "SHA256" | "SHA384" => self.digest() == Some(word),
            "TLSv1.2" | "TLSv1" | "TLSv1.0" | "SSLv3" => word.starts_with(self.version()),
            _ => word == self.name,
        }
    }

    fn has(&self, part: &str) -> bool {
        self.rest.contains(part)
    }

    fn has_cipher(&self, cipher: &str) -> bool {
        self.rest.starts_with(cipher)
    }

    /// What its messages are authenticated with, if that is not done by the cipher.
    fn digest(&self) -> Option<&'static str> {
        let by_cipher = ["GCM", "CCM", "CHACHA20"].into_iter().any(|cipher| self.has(cipher));
        self.rest.rsplit('-').next().filter(|_| !by_cipher)
    }

    /// The first version that had it.
    fn version(&self) -> &'static str {
        match self.digest() {
            None => "TLSv1.2",
            Some("SHA" | "MD5") if self.exchange.starts_with("ECDHE") => "TLSv1",
            Some("SHA" | "MD5") => "SSLv3",
            Some(_) if self.exchange.ends_with("PSK") => "TLSv1",
            Some(_) => "TLSv1.2",
        }
    }

    fn bits(&self) -> u16 {
        match () {
            () if self.has_cipher("NULL") => 0,
            () if self.has("128") => 128,
            () => 256,
        }
    }
}

/// The suites of TLS 1.2 and before that OpenSSL 3.0 has, in its order.
const NAMES: &str = "
    ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 DHE-DSS-AES256-GCM-SHA384
    DHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305
    DHE-RSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES256-CCM8 ECDHE-ECDSA-AES256-CCM DHE-RSA-AES256-CCM8
    DHE-RSA-AES256-CCM ECDHE-ECDSA-ARIA256-GCM-SHA384 ECDHE-ARIA256-GCM-SHA384 DHE-DSS-ARIA256-GCM-SHA384
    DHE-RSA-ARIA256-GCM-SHA384 ADH-AES256-GCM-SHA384 ECDHE-ECDSA-AES128-GCM-SHA256
    ECDHE-RSA-AES128-GCM-SHA256 DHE-DSS-AES128-GCM-SHA256 DHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES128-CCM8
    ECDHE-ECDSA-AES128-CCM DHE-RSA-AES128-CCM8 DHE-RSA-AES128-CCM ECDHE-ECDSA-ARIA128-GCM-SHA256
    ECDHE-ARIA128-GCM-SHA256 DHE-DSS-ARIA128-GCM-SHA256 DHE-RSA-ARIA128-GCM-SHA256 ADH-AES128-GCM-SHA256
    ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384 DHE-RSA-AES256-SHA256 DHE-DSS-AES256-SHA256
    ECDHE-ECDSA-CAMELLIA256-SHA384 ECDHE-RSA-CAMELLIA256-SHA384 DHE-RSA-CAMELLIA256-SHA256
    DHE-DSS-CAMELLIA256-SHA256 ADH-AES256-SHA256 ADH-CAMELLIA256-SHA256 ECDHE-ECDSA-AES128-SHA256
    ECDHE-RSA-AES128-SHA256 DHE-RSA-AES128-SHA256 DHE-DSS-AES128-SHA256 ECDHE-ECDSA-CAMELLIA128-SHA256
    ECDHE-RSA-CAMELLIA128-SHA256 DHE-RSA-CAMELLIA128-SHA256 DHE-DSS-CAMELLIA128-SHA256 ADH-AES128-SHA256
    ADH-CAMELLIA128-SHA256 ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA DHE-RSA-AES256-SHA DHE-DSS-AES256-SHA
    DHE-RSA-CAMELLIA256-SHA DHE-DSS-CAMELLIA256-SHA AECDH-AES256-SHA ADH-AES256-SHA ADH-CAMELLIA256-SHA
    ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA DHE-RSA-AES128-SHA DHE-DSS-AES128-SHA
    DHE-RSA-CAMELLIA128-SHA DHE-DSS-CAMELLIA128-SHA AECDH-AES128-SHA ADH-AES128-SHA ADH-CAMELLIA128-SHA
    RSA-PSK-AES256-GCM-SHA384 DHE-PSK-AES256-GCM-SHA384 RSA-PSK-CHACHA20-POLY1305 DHE-PSK-CHACHA20-POLY1305
    ECDHE-PSK-CHACHA20-POLY1305 DHE-PSK-AES256-CCM8 DHE-PSK-AES256-CCM RSA-PSK-ARIA256-GCM-SHA384
    DHE-PSK-ARIA256-GCM-SHA384 AES256-GCM-SHA384 AES256-CCM8 AES256-CCM ARIA256-GCM-SHA384
    PSK-AES256-GCM-SHA384 PSK-CHACHA20-POLY1305 PSK-AES256-CCM8 PSK-AES256-CCM PSK-ARIA256-GCM-SHA384
    RSA-PSK-AES128-GCM-SHA256 DHE-PSK-AES128-GCM-SHA256 DHE-PSK-AES128-CCM8 DHE-PSK-AES128-CCM
    RSA-PSK-ARIA128-GCM-SHA256 DHE-PSK-ARIA128-GCM-SHA256 AES128-GCM-SHA256 AES128-CCM8 AES128-CCM
    ARIA128-GCM-SHA256 PSK-AES128-GCM-SHA256 PSK-AES128-CCM8 PSK-AES128-CCM PSK-ARIA128-GCM-SHA256
    AES256-SHA256 CAMELLIA256-SHA256 AES128-SHA256 CAMELLIA128-SHA256 ECDHE-PSK-AES256-CBC-SHA384
    ECDHE-PSK-AES256-CBC-SHA SRP-DSS-AES-256-CBC-SHA SRP-RSA-AES-256-CBC-SHA SRP-AES-256-CBC-SHA
    RSA-PSK-AES256-CBC-SHA384 DHE-PSK-AES256-CBC-SHA384 RSA-PSK-AES256-CBC-SHA DHE-PSK-AES256-CBC-SHA
    ECDHE-PSK-CAMELLIA256-SHA384 RSA-PSK-CAMELLIA256-SHA384 DHE-PSK-CAMELLIA256-SHA384 AES256-SHA
    CAMELLIA256-SHA PSK-AES256-CBC-SHA384 PSK-AES256-CBC-SHA PSK-CAMELLIA256-SHA384
    ECDHE-PSK-AES128-CBC-SHA256 ECDHE-PSK-AES128-CBC-SHA SRP-DSS-AES-128-CBC-SHA SRP-RSA-AES-128-CBC-SHA
    SRP-AES-128-CBC-SHA RSA-PSK-AES128-CBC-SHA256 DHE-PSK-AES128-CBC-SHA256 RSA-PSK-AES128-CBC-SHA
    DHE-PSK-AES128-CBC-SHA ECDHE-PSK-CAMELLIA128-SHA256 RSA-PSK-CAMELLIA128-SHA256
    DHE-PSK-CAMELLIA128-SHA256 AES128-SHA CAMELLIA128-SHA PSK-AES128-CBC-SHA256 PSK-AES128-CBC-SHA
    PSK-CAMELLIA128-SHA256 ECDHE-ECDSA-NULL-SHA ECDHE-RSA-NULL-SHA AECDH-NULL-SHA NULL-SHA256
    ECDHE-PSK-NULL-SHA384 ECDHE-PSK-NULL-SHA256 ECDHE-PSK-NULL-SHA RSA-PSK-NULL-SHA384 RSA-PSK-NULL-SHA256
    DHE-PSK-NULL-SHA384 DHE-PSK-NULL-SHA256 RSA-PSK-NULL-SHA DHE-PSK-NULL-SHA NULL-SHA NULL-MD5
    PSK-NULL-SHA384 PSK-NULL-SHA256 PSK-NULL-SHA
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::testing::{mutations, provider};
    use std::process::Command;

    /// What a list selects of what rustls has.
    fn ours(list: &str) -> Result<Vec<&'static str>, String> {
        let suites = cipher_suites(list, &provider().cipher_suites)?;
        assert_eq!(suites.iter().filter(|suite| suite.version() == &version::TLS13).count(), 3);
        Ok(suites.iter().filter_map(|suite| openssl_name(suite.suite())).collect())
    }

    /// The same, as the openssl command says.
    fn openssl(list: &str) -> Option<Vec<String>> {
        let output =
            Command::new("openssl").args(["ciphers", list]).env_remove("OPENSSL_CONF").output().unwrap();
        let names = String::from_utf8(output.stdout).unwrap();
        let supported = provider().cipher_suites;
        let is_ours = |name: &&str| supported.iter().any(|suite| openssl_name(suite.suite()) == Some(*name));
        output.status.success().then(|| names.trim().split(':').filter(is_ours).map(str::to_owned).collect())
    }

    #[test]
    fn suites_for_keys_are_known() {
        for (list, expected) in [
            ("PSK", true),
            ("kPSK:kDHEPSK:kECDHEPSK:kRSAPSK", true),
            ("PSK-AES128-GCM-SHA256", true),
            ("PSK:AES256-SHA", false),
            ("DEFAULT", false),
            ("DEFAULT:!PSK", false),
            ("RUBBISH", false),
            ("", false),
        ] {
            assert_eq!(are_for_keys(list), expected, "{list}");
        }
    }

    #[test]
    fn lists_select_what_openssl_selects() {
        let words = "ALL COMPLEMENTOFALL COMPLEMENTOFDEFAULT kRSA kEDH kDHE kEECDH kECDHE kPSK kRSAPSK kSRP EDH DHE EECDH \
            ECDHE ADH AECDH PSK SRP RSA aRSA aDSS aECDSA aPSK aNULL eNULL NULL ECDSA DSS AES CAMELLIA ARIA CHACHA20 AES128 \
            AES256 CAMELLIA128 ARIA256 AESGCM AESCCM AESCCM8 HIGH MEDIUM LOW EXPORT FIPS MD5 SHA SHA1 SHA256 SHA384 \
            TLSv1.2 TLSv1 SSLv3 3DES RC4 SEED IDEA DEFAULT SUITEB128 SUITEB192 RUBBISH TLS_AES_128_GCM_SHA256 AES256-SHA \
            ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305 DHE-RSA-AES256-GCM-SHA384";
        let lists = [
            "DEFAULT:!aNULL",
            "DEFAULT@SECLEVEL=1",
            "DEFAULT:@STRENGTH",
            "ALL:!aNULL:!eNULL",
            "ALL:!ALL",
            "ALL:-ALL",
            "ALL:-AES256:AES256",
            "ALL:-AES:AES128",
            "ALL:+AES256:@STRENGTH",
            "ALL:+ECDHE-ECDSA-AES256-GCM-SHA384:+AESGCM",
            "!AES:ALL",
            "!AES256:AES256:CHACHA20",
            "HIGH:!ECDHE",
            "HIGH:!aNULL:!MD5:!3DES",
            "HIGH,!RSA ECDHE;AES",
            "AES128:ALL",
            "AES128:AES256:@STRENGTH",
            "CHACHA20:AESGCM:!ECDSA",
            "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM",
            "ECDHE+RUBBISH:AES128+aRSA",
            "ECDHE+AES128+aECDSA",
            "RUBBISH:ECDHE-RSA-AES128-GCM-SHA256",
            "RUBBISH:TLS_AES_128_GCM_SHA256",
            "!aNULL",
            "-ALL",
            "+ALL",
            "ALL!AES128",
            "ALL:@RUBBISH",
            "ALL:$",
            "ALL:!",
            "@STRENGTH",
            "@SECLEVEL=9:ALL",
            "ALL:DEFAULT",
            "ALL:+DEFAULT:SUITEB128",
            "",
            ":",
            "ecdhe-rsa-aes128-gcm-sha256",
        ];
        for list in words.split_whitespace().chain(lists) {
            let wanted = openssl(list);
            match ours(list) {
                Ok(selected) => assert_eq!(
                    Some(selected),
                    wanted.as_ref().map(|names| names.iter().map(String::as_str).collect()),
                    "{list}"
                ),
                Err(error) => {
                    assert_eq!(wanted, None, "{list}: {error}");
                    assert!(error.starts_with("no cipher match: enabledCipherSuites "), "{error}");
                }
            }
        }
    }

    #[test]
    fn any_list_is_read_or_refused() {
        let list =
            b"DEFAULT:!aNULL,+AES256;-ECDHE+AESGCM @STRENGTH:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=2:ALL";
        mutations(list, 2000, |data| {
            let _ = cipher_suites(&String::from_utf8_lossy(data), &provider().cipher_suites);
        });
    }
}
