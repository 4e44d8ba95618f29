//! The request that makes a WebSocket out of an HTTP connection, and the server's reply. Contract T-301 to T-303.

use crate::trace::{self, Level};
use crate::transport::excerpt::excerpt;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest, Sha1};
use std::io;
use std::sync::Arc;

/// Where to connect to, and what to say there.
#[derive(Clone, Debug)]
pub struct Request {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    /// Path and query; empty if the URI has none.
    pub target: String,
    /// Whether there is TLS below.
    pub is_secure: bool,
    /// The application's own headers, as they were when it connected.
    pub headers: Arc<[HttpHeader]>,
}

/// A header that the application adds to the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpHeader {
    pub name: Vec<u8>,
    pub value: Vec<u8>,
}

/// A longer reply is not read to its end.
const LONGEST_REPLY: usize = 32 << 10;

/// So much of what a server says is shown.
pub const LONGEST_QUOTE: usize = 100;

/// RFC 6455 section 1.3.
const PROOF: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

impl Request {
    /// Writes the request. A line end in what the program gave would begin a header of its own.
    pub fn write(&self, key: &str) -> io::Result<Vec<u8>> {
        if self.target.contains(['\r', '\n']) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is a line end in the URI"));
        }
        let Request { host, port, target, .. } = self;
        // A zone is this machine's own name for a network, which means nothing to the server.
        let host = match host.split_once('%') {
            Some((address, _)) if address.contains(':') => address,
            _ => host,
        };
        let host = if host.contains(':') { &format!("[{host}]") } else { host };
        let target = if target.is_empty() { "/mqtt" } else { target };
        let scheme = if self.is_secure { "https" } else { "http" };
        let mut request = format!(
            "GET {target} HTTP/1.1\r\n\
             Host: {host}:{port}\r\n\
             Upgrade: websocket\r\n\
             Connection: Upgrade\r\n\
             Origin: {scheme}://{host}:{port}\r\n\
             Sec-WebSocket-Key: {key}\r\n\
             Sec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: mqtt\r\n"
        )
        .into_bytes();
        for header in self.headers.iter() {
            if [&header.name, &header.value].into_iter().flatten().any(|byte| matches!(byte, b'\r' | b'\n')) {
                let name = header.name.escape_ascii();
                let text = format!("there is a line end in the HTTP header {name} of the connect options");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
            }
            request.extend_from_slice(&header.name);
            request.extend_from_slice(b": ");
            request.extend_from_slice(&header.value);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        Ok(request)
    }
}

/// Makes the key of a request out of random bytes.
pub fn key(random: [u8; 16]) -> String {
    BASE64.encode(random)
}

/// What a server answers that has read the key.
pub fn expected_accept(key: &str) -> String {
    let mut digest = Sha1::new();
    digest.update(key);
    digest.update(PROOF);
    BASE64.encode(digest.finalize())
}

/// Reads the reply at the front of these bytes, and says how long it is. `None`: more of it is needed.
///
/// The status of a refusal is known with the first line, and what follows that is not waited for.
pub fn read_reply(bytes: &[u8], key: &str) -> io::Result<Option<usize>> {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let mut headers = vec![httparse::EMPTY_HEADER; lines];
    let mut reply = httparse::Response::new(&mut headers);
    let parsed = reply.parse(bytes);
    // Other protocols answer what they do not understand, and may wait for more.
    let is_http = bytes.iter().zip(b"HTTP/1.").all(|(byte, expected)| byte == expected);
    if !is_http || matches!(parsed, Err(httparse::Error::Version)) {
        return Err(invalid("the reply is not HTTP/1.1"));
    }
    match (reply.code, reply.reason) {
        (Some(code), Some(reason)) if code != 101 => {
            trace::line(Level::Protocol, format_args!("WebSocket HTTP rc {code}"));
            let headers =
                if matches!(parsed, Ok(httparse::Status::Complete(_))) { &*reply.headers } else { &[] };
            return Err(refused(code, reason, headers));
        }
        (Some(_), Some(_)) if reply.version != Some(1) => return Err(invalid("the reply is HTTP/1.0")),
        _ => {}
    }
    match parsed {
        Ok(httparse::Status::Complete(length)) => {
            trace::line(Level::Protocol, format_args!("WebSocket HTTP rc 101"));
            check(reply.headers, key).map(|()| Some(length))
        }
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST_REPLY => Ok(None),
        Ok(httparse::Status::Partial) => Err(invalid("the reply has more than 32 KiB of headers")),
        Err(error) => Err(invalid(format_args!("the reply cannot be read: {error}"))),
    }
}

/// What the server says instead of agreeing.
fn refused(code: u16, reason: &str, headers: &[httparse::Header<'_>]) -> io::Error {
    let reason = excerpt(reason, LONGEST_QUOTE);
    let mut text = format!("the server answered {code} {reason}").trim_end().to_owned();
    if let Some(location) = headers.iter().find(|header| header.name.eq_ignore_ascii_case("Location")) {
        let location = excerpt(&String::from_utf8_lossy(location.value), LONGEST_QUOTE);
        text += &format!(", Location: {location}");
    }
    io::Error::new(io::ErrorKind::PermissionDenied, text)
}

/// Whether a reply with the right status agrees to this request.
///
/// As Paho: the subprotocol is not looked at. Nothing but MQTT is spoken here, and there are servers that do
/// not name it.
fn check(headers: &[httparse::Header<'_>], key: &str) -> io::Result<()> {
    let values = |name: &'static str| {
        headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    };
    let has_token = |name, token: &str| {
        values(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|value| value.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    };
    if !has_token("Connection", "upgrade") {
        return Err(invalid("the reply has no header Connection: Upgrade"));
    }
    if values("Upgrade").next().is_some() && !has_token("Upgrade", "websocket") {
        return Err(invalid("the reply upgrades to something else"));
    }
    let expected = expected_accept(key);
    let mut answers = values("Sec-WebSocket-Accept");
    match answers.next() {
        Some(answer) if answer == expected.as_bytes() && answers.next().is_none() => Ok(()),
        Some(_) => Err(invalid("Sec-WebSocket-Accept of the reply is not the answer to this request")),
        None => Err(invalid("the reply has no header Sec-WebSocket-Accept")),
    }
}

fn invalid(text: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455 section 1.3.
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    const ACCEPT: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n";

    fn request(host: &str, target: &str) -> Request {
        let (host, target) = (host.to_owned(), target.to_owned());
        Request { host, port: 80, target, is_secure: false, headers: Arc::new([]) }
    }

    fn with_headers(headers: &[(&str, &str)]) -> Request {
        let header = |&(name, value): &(&str, &str)| HttpHeader { name: name.into(), value: value.into() };
        Request { headers: headers.iter().map(header).collect(), ..request("h", "") }
    }

    fn text(request: &Request) -> String {
        String::from_utf8(request.write(KEY).unwrap()).unwrap()
    }

    /// Contract T-301.
    #[test]
    fn requests_are_those_of_the_original() {
        let with = Request { is_secure: true, ..with_headers(&[("X", "1"), ("x", ""), ("", "2")]) };
        assert_eq!(
            text(&Request { host: "mqtt.example".into(), target: "/a:b?c=/d".into(), port: 8080, ..with }),
            "GET /a:b?c=/d HTTP/1.1\r\n\
             Host: mqtt.example:8080\r\n\
             Upgrade: websocket\r\n\
             Connection: Upgrade\r\n\
             Origin: https://mqtt.example:8080\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: mqtt\r\n\
             X: 1\r\n\
             x: \r\n\
             : 2\r\n\
             \r\n"
        );
        let plain = text(&request("h", ""));
        assert!(plain.starts_with("GET /mqtt HTTP/1.1\r\nHost: h:80\r\n"), "{plain}");
        assert!(
            plain.contains("\r\nOrigin: http://h:80\r\n") && plain.ends_with(": mqtt\r\n\r\n"),
            "{plain}"
        );
    }

    /// Contract T-103.
    #[test]
    fn addresses_have_brackets_and_no_zone() {
        for (host, written) in [
            ("::1", "[::1]:80"),
            ("fe80::1%eth0", "[fe80::1]:80"),
            ("127.0.0.1", "127.0.0.1:80"),
            ("a%20b", "a%20b:80"),
        ] {
            let text = text(&request(host, ""));
            assert!(text.contains(&format!("Host: {written}\r\n")), "{text}");
            assert!(text.contains(&format!("Origin: http://{written}\r\n")), "{text}");
        }
    }

    #[test]
    fn nobody_smuggles_headers() {
        for target in ["/a\r\nX: y", "/\n", "/\r"] {
            assert!(request("h", target).write(KEY).is_err());
        }
        for header in [("X", "1\r\nY: 2"), ("X\n", "1"), ("X", "\r"), ("X\r\n", "")] {
            let error = with_headers(&[("fine", "too"), header]).write(KEY).unwrap_err().to_string();
            assert!(error.contains("line end in the HTTP header X"), "{error}");
        }
    }

    fn reply(head: &str) -> Result<Option<usize>, String> {
        read_reply(head.as_bytes(), KEY).map_err(|error| error.to_string())
    }

    /// Contract T-303: what is taken, however it is split, and whatever is behind it.
    #[test]
    fn servers_may_agree_in_their_own_words() {
        let long = "X: yz\r\n".repeat(1000);
        for head in [
            format!("HTTP/1.1 101 Switching Protocols\r\n{UPGRADE}{ACCEPT}\r\n"),
            format!("HTTP/1.1 101\r\n{UPGRADE}{ACCEPT}Sec-WebSocket-Protocol: mqtt\r\n\r\n"),
            format!("HTTP/1.1 101 \r\n{ACCEPT}CONNECTION: keep-alive , UPGRADE\r\n\r\n"),
            format!(
                "HTTP/1.1 101 x\r\nconnection:upgrade\r\n{}upgrade: WebSocket\r\n\r\n",
                ACCEPT.replace("Sec-W", "sec-w")
            ),
            format!("HTTP/1.1 101 x\r\n{long}{UPGRADE}{ACCEPT}{long}\r\n"),
        ] {
            for end in (0..head.len()).filter(|end| head.len() < 1000 || end % 97 == 0) {
                assert_eq!(reply(&head[..end]), Ok(None), "{:?}", &head[..end]);
            }
            assert_eq!(reply(&head), Ok(Some(head.len())));
            assert_eq!(reply(&format!("{head}\r\nHTTP/1.1 400")), Ok(Some(head.len())));
        }
    }

    #[test]
    fn what_does_not_agree_is_refused() {
        for (headers, error) in [
            (format!("Upgrade: websocket\r\n{ACCEPT}"), "no header Connection"),
            (format!("Connection: close\r\n{ACCEPT}"), "no header Connection"),
            (format!("Connection: Upgrade\r\nUpgrade: h2c\r\n{ACCEPT}"), "something else"),
            (UPGRADE.into(), "no header Sec-WebSocket-Accept"),
            (format!("{UPGRADE}{}", ACCEPT.replace("xOo=", "xOp=")), "not the answer"),
            (format!("{UPGRADE}{}", ACCEPT.replace("xOo=", "")), "not the answer"),
            (format!("{UPGRADE}{}", ACCEPT.replace("s3p", "S3p")), "not the answer"),
            (format!("{UPGRADE}Sec-WebSocket-Accept: \r\n"), "not the answer"),
            (format!("{UPGRADE}{ACCEPT}{ACCEPT}"), "not the answer"),
            (format!("{UPGRADE}no colon\r\n{ACCEPT}"), "cannot be read"),
            ("X: 1\r\n".repeat(6000), "32 KiB"),
        ] {
            // More is there than is read.
            let whole = format!("HTTP/1.1 101 Switching Protocols\r\n{headers}\r\n");
            let found = reply(&whole[..whole.len().min(LONGEST_REPLY)]).unwrap_err();
            assert!(found.contains(error), "{found}");
        }
    }

    #[test]
    fn refusals_have_their_number_as_soon_as_it_is_there() {
        for (head, error) in [
            ("HTTP/1.1 403 Forbidden\r\n", "the server answered 403 Forbidden"),
            (
                "HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n",
                "the server answered 401 Unauthorized",
            ),
            (
                "HTTP/1.1 302\r\nLocation: https://other/\r\n\r\n",
                "the server answered 302, Location: https://other/",
            ),
            (
                "HTTP/1.1 302 a\tb\r\nlocation: https://\u{9b}2J/\t?\r\n\r\n",
                "the server answered 302 a?b, Location: https://?2J/??",
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", "the server answered 200 OK"),
            ("HTTP/1.0 101 Switching Protocols\r\n", "the reply is HTTP/1.0"),
            ("http/1.1 101", "the reply is not HTTP/1.1"),
            ("HTTP/2", "the reply is not HTTP/1.1"),
            ("HTTP/1.7 101", "the reply is not HTTP/1.1"),
            (" HTTP", "the reply is not HTTP/1.1"),
            ("\x20\x02\0\0", "the reply is not HTTP/1.1"),
            ("HTTP/1.1 1x1 \r\n", "the reply cannot be read: invalid response status"),
        ] {
            assert_eq!(reply(head), Err(error.to_owned()));
        }
        assert_eq!(reply("HTTP/1.1 40"), Ok(None));
        let (long, shown) = ("x".repeat(9000), "x".repeat(100));
        assert_eq!(
            reply(&format!("HTTP/1.1 301 {long}\r\nLocation: {long}\r\n\r\n")),
            Err(format!("the server answered 301 {shown}..., Location: {shown}..."))
        );
    }
}
