//! What names a proxy: `[scheme://][user[:password]@]host[:port][/...]`. Contract T-402, T-403.

use crate::transport::address::{Port, split_authority};
use std::fmt;

const HTTP_PORT: u16 = 8080;
const SOCKS_PORT: u16 = 1080;

/// RFC 1929: lengths are one byte.
const SOCKS_LOGIN: usize = 255;

/// A proxy, and what to log in with.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// What it speaks.
    pub kind: Kind,
    /// Host name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// `None`: nobody need log in.
    pub login: Option<Login>,
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTTP, of which it has to know CONNECT.
    Http,
    /// SOCKS 5. The server's address is looked up here.
    Socks5,
    /// SOCKS 5. The server's name is the proxy's to look up.
    Socks5WithNames,
}

/// User name and password. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Any bytes.
    pub user: Vec<u8>,
    /// Any bytes.
    pub password: Vec<u8>,
}

impl Proxy {
    /// Reads what names a proxy. An error says what is wrong, without a word of what was written: that may be a
    /// password.
    pub fn parse(value: &[u8]) -> Result<Proxy, &'static str> {
        let (kind, rest) = match find(value, b"://") {
            None => (Kind::Http, value),
            Some(at) => {
                let kind = match value[..at].to_ascii_lowercase().as_slice() {
                    // As Paho: TLS on the way to the proxy is not meant.
                    b"http" | b"https" => Kind::Http,
                    b"socks5" => Kind::Socks5,
                    b"socks5h" => Kind::Socks5WithNames,
                    _ => return Err("its scheme is not http, https, socks5 or socks5h"),
                };
                (kind, &value[at + 3..])
            }
        };
        // The last one, so that a password may have one that was not written as %40.
        let (login, address) = match rest.iter().rposition(|byte| *byte == b'@') {
            Some(at) => (Login::parse(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        let address = std::str::from_utf8(address).map_err(|_| "its host is not UTF-8")?;
        let (host, port) = split_authority(address);
        if host.is_empty() {
            return Err("it names no host");
        }
        if !is_host(host) {
            return Err("its host is none");
        }
        let port = match (port, kind) {
            (Some(Port::Valid(port)), _) => port,
            (Some(Port::Invalid), _) => return Err("its port is not a number from 1 to 65535"),
            (None, Kind::Http) => HTTP_PORT,
            (None, Kind::Socks5 | Kind::Socks5WithNames) => SOCKS_PORT,
        };
        let lengths = login.as_ref().map_or((1, 0), |login| (login.user.len(), login.password.len()));
        if kind != Kind::Http && (lengths.0 == 0 || lengths.0.max(lengths.1) > SOCKS_LOGIN) {
            return Err(
                "user name and password of SOCKS5 have at most 255 bytes, and a user name at least 1",
            );
        }
        Ok(Proxy { kind, host: host.to_owned(), port, login })
    }
}

/// Whether this may stand in a request: it has nothing that would end or split a line.
pub fn is_host(text: &str) -> bool {
    let is_forbidden = |c: char| c.is_control() || c.is_whitespace() || "[]/?#@\\\"".contains(c);
    !text.is_empty() && !text.contains(is_forbidden)
}

/// Without what to log in with.
impl fmt::Display for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            Kind::Http => "http",
            Kind::Socks5 => "socks5",
            Kind::Socks5WithNames => "socks5h",
        };
        let Proxy { host, port, .. } = self;
        if host.contains(':') {
            write!(formatter, "{scheme}://[{host}]:{port}")
        } else {
            write!(formatter, "{scheme}://{host}:{port}")
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Login {
    /// `user`, `user:password`, or nothing. `%40` is a `@`; what is not so written stands for itself.
    fn parse(text: &[u8]) -> Option<Login> {
        if text.is_empty() {
            return None;
        }
        let (user, password) = match text.iter().position(|byte| *byte == b':') {
            Some(at) => (&text[..at], &text[at + 1..]),
            None => (text, &[][..]),
        };
        Some(Login { user: decoded(user), password: decoded(password) })
    }
}

fn decoded(mut text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    while let Some((first, rest)) = text.split_first() {
        let escaped = match (first, rest) {
            (b'%', [high, low, behind @ ..]) => {
                digit(*high).zip(digit(*low)).map(|(high, low)| (high << 4 | low, behind))
            }
            _ => None,
        };
        let (byte, behind) = escaped.unwrap_or((*first, rest));
        bytes.push(byte);
        text = behind;
    }
    bytes
}

fn digit(character: u8) -> Option<u8> {
    u8::try_from(char::from(character).to_digit(16)?).ok()
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user: &str, password: &[u8]) -> Option<Login> {
        Some(Login { user: user.into(), password: password.into() })
    }

    /// Contract T-402, T-403.
    #[test]
    fn a_value_has_scheme_login_host_and_port() {
        for (value, shown, expected) in [
            ("http://h:99", "http://h:99", None),
            ("h:99", "http://h:99", None),
            ("h", "http://h:8080", None),
            ("https://h", "http://h:8080", None),
            ("HTTP://h", "http://h:8080", None),
            ("http://h/", "http://h:8080", None),
            ("http://h:99/a:b", "http://h:99", None),
            ("http://h:99x", "http://h:99", None),
            ("http://h: 99", "http://h:99", None),
            ("http://[::1]", "http://[::1]:8080", None),
            ("[::1]:99", "http://[::1]:99", None),
            ("::1:99", "http://[::1]:99", None),
            ("http://[fe80::1%lo]:99/x", "http://[fe80::1%lo]:99", None),
            ("socks5://h", "socks5://h:1080", None),
            ("socks5h://h:99", "socks5h://h:99", None),
            ("http://u@h", "http://h:8080", login("u", b"")),
            ("http://u:@h", "http://h:8080", login("u", b"")),
            ("http://u:p@h:99", "http://h:99", login("u", b"p")),
            ("u:p@h", "http://h:8080", login("u", b"p")),
            ("http://:p@h", "http://h:8080", login("", b"p")),
            ("http://@h", "http://h:8080", None),
            ("http://u:p:q@h", "http://h:8080", login("u", b"p:q")),
            ("http://u:p@q/r@h", "http://h:8080", login("u", b"p@q/r")),
            ("http://u%3Av:p%40ss%2f@h", "http://h:8080", login("u:v", b"p@ss/")),
            ("http://u:%00%fF@h", "http://h:8080", login("u", &[0, 0xff])),
            // No such escapes: the text stands for itself.
            ("http://u:%@h", "http://h:8080", login("u", b"%")),
            ("http://u:%4@h", "http://h:8080", login("u", b"%4")),
            ("http://u:%4x%%41@h", "http://h:8080", login("u", b"%4x%A")),
            ("http://u%3:A@h", "http://h:8080", login("u%3", b"A")),
            ("socks5://u:p@h", "socks5://h:1080", login("u", b"p")),
        ] {
            let proxy = Proxy::parse(value.as_bytes()).expect(value);
            assert_eq!(proxy.to_string(), shown, "{value}");
            assert!(proxy.login == expected, "{value}");
        }
        assert!(Proxy::parse(b"u:p\xff@h").unwrap().login == login("u", b"p\xff"));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let long = "u".repeat(256);
        for (value, reason) in [
            ("", "no host"),
            ("http://", "no host"),
            ("http://u:p@", "no host"),
            (":99", "no host"),
            ("ftp://h", "scheme"),
            ("socks4://h", "scheme"),
            ("://h", "scheme"),
            (" http://h", "scheme"),
            ("http://h:", "port"),
            ("http://h:0", "port"),
            ("http://h:port", "port"),
            ("http://h:65536", "port"),
            ("http://[::1", "host is none"),
            ("http://a b", "host is none"),
            ("http://a\r\nX:99", "host is none"),
            ("http://a?b", "host is none"),
            ("socks5://:p@h", "user name"),
            (&format!("socks5://{long}@h"), "user name"),
            (&format!("socks5://u:{long}@h"), "user name"),
        ] {
            let error = Proxy::parse(value.as_bytes()).unwrap_err();
            assert!(error.contains(reason), "{value}: {error}");
        }
        assert!(Proxy::parse(b"h\xff").is_err());
    }

    /// What the trace and messages of failures are made of.
    #[test]
    fn a_login_is_never_shown() {
        let proxy = Proxy::parse(b"http://user:secret@h").unwrap();
        assert_eq!(format!("{proxy} {proxy:?}"), "http://h:8080 http://h:8080");
    }
}
