//! CONNECT: an HTTP proxy is asked for a connection to a server. RFC 9110, section 9.3.6; contract T-404, T-405.

use super::value::{Login, is_host};
use crate::trace::{self, Level};
use crate::transport::excerpt::excerpt;
use crate::transport::layer::{Handshake, Layer, Piece};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io;

/// So long may an answer be, up to the blank line.
const LONGEST_REPLY: usize = 16 << 10;

/// So much of what it says is shown.
const LONGEST_REASON: usize = 100;

/// So many header lines may it have.
const MOST_HEADERS: usize = 128;

/// What it is called where it fails.
pub const PHASE: &str = "HTTP proxy CONNECT";

/// An HTTP proxy that has not connected us yet.
pub struct HttpConnect {
    request: Vec<u8>,
    has_asked: bool,
}

impl HttpConnect {
    /// Asks for a connection to this server.
    pub fn new(host: &str, port: u16, login: Option<&Login>) -> io::Result<HttpConnect> {
        if !is_host(host) {
            return Err(io::Error::other("an HTTP proxy cannot be asked for this host"));
        }
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let target = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}\r\n");
        let authorization = login.map(authorization).unwrap_or_default();
        let request = [target.as_bytes(), authorization.as_bytes(), b"\r\n"].concat();
        Ok(HttpConnect { request, has_asked: false })
    }
}

fn authorization(login: &Login) -> String {
    let text = [login.user.as_slice(), b":", &login.password].concat();
    format!("Proxy-authorization: Basic {}\r\n", STANDARD.encode(text))
}

/// How long the answer is, if all of it is there, up to the blank line. An answer that is not 200 is an error, as soon
/// as its first line is there: who refuses may be long about it.
fn read_reply(received: &[u8]) -> io::Result<Option<usize>> {
    let received = received.get(..=LONGEST_REPLY).unwrap_or(received);
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut reply = httparse::Response::new(&mut headers);
    // What they say does not matter.
    let parsed = httparse::ParserConfig::default()
        .ignore_invalid_headers_in_responses(true)
        .parse_response(&mut reply, received);
    match (reply.code, reply.reason) {
        (None, _) | (_, None) | (Some(200), _) => {}
        (Some(code), Some("")) => return Err(error(&format!("HTTP proxy answered {code}"))),
        (Some(code), Some(reason)) => {
            let reason = excerpt(reason, LONGEST_REASON);
            return Err(error(&format!("HTTP proxy answered {code} {reason}")));
        }
    }
    match parsed {
        Ok(httparse::Status::Complete(length)) => Ok(Some(length)),
        Ok(httparse::Status::Partial) if received.len() <= LONGEST_REPLY => Ok(None),
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            Err(error("HTTP proxy gave an answer that is too long"))
        }
        Err(_) => Err(error("HTTP proxy gave an answer that is no HTTP")),
    }
}

fn error(text: &str) -> io::Error {
    io::Error::other(text.to_owned())
}

impl Layer for HttpConnect {
    fn phase(&self) -> &'static str {
        PHASE
    }

    fn handshake(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Handshake> {
        if !std::mem::replace(&mut self.has_asked, true) {
            let line = self.request.split(|byte| *byte == b'\r').next().unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            trace::line(Level::Protocol, format_args!("Proxy_connect: \"{line}\""));
            wire.append(&mut self.request);
        }
        let Some(length) = read_reply(received)? else { return Ok(Handshake::Waiting) };
        *received = received.get(length..).unwrap_or_default();
        Ok(Handshake::Finished)
    }

    fn receive(&mut self, _: &mut [u8], _: &mut Vec<u8>, _: &mut Vec<u8>) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }

    fn send(&mut self, _: Piece<'_>, _: &mut Vec<u8>) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }

    fn close(&mut self, _: &mut Vec<u8>) {}
}

#[cfg(test)]
mod tests {
    use super::super::fuzzing::{Outcome, answer};
    use super::*;

    fn layer() -> Box<dyn Layer> {
        Box::new(HttpConnect::new("h", 1883, None).unwrap())
    }

    fn request(host: &str, port: u16, login: Option<Login>) -> String {
        let mut wire = Vec::new();
        let mut layer = HttpConnect::new(host, port, login.as_ref()).unwrap();
        for _ in 0..3 {
            // Once, however often it is called.
            assert_eq!(layer.handshake(&mut &[][..], &mut wire).unwrap(), Handshake::Waiting);
        }
        String::from_utf8(wire).unwrap()
    }

    /// Contract T-404.
    #[test]
    fn the_request_is_that_of_paho() {
        assert_eq!(
            request("broker.example", 1883, None),
            "CONNECT broker.example:1883 HTTP/1.1\r\nHost: broker.example\r\n\r\n"
        );
        let login = |user: &str, password: &str| Login { user: user.into(), password: password.into() };
        assert_eq!(
            request("2001:db8::1", 8883, Some(login("u", "p@ss"))),
            "CONNECT [2001:db8::1]:8883 HTTP/1.1\r\nHost: [2001:db8::1]\r\n\
             Proxy-authorization: Basic dTpwQHNz\r\n\r\n"
        );
        // RFC 7617: the colon is there also without a password.
        assert!(request("h", 1, Some(login("u", ""))).contains("Basic dTo=\r\n"));
    }

    /// What stands in a URI must not become a line of the request.
    #[test]
    fn a_host_that_is_none_is_not_asked_for() {
        for host in ["", "a b", "a\r\nX: y", "a\0b", "a/b", "[::1"] {
            assert!(HttpConnect::new(host, 1, None).is_err(), "{host}");
        }
    }

    #[test]
    fn a_reply_is_read_up_to_the_blank_line() {
        let long = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(8000));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: x\r\n".repeat(MOST_HEADERS));
        for reply in [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.0 200 OK\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n",
            "HTTP/1.1 200\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\nA: b\n\n",
            "HTTP/1.1 200 OK\r\nno header\r\nB : c\r\n\r\n",
            &long,
            &many,
        ] {
            for behind in ["", "\x20\x02\0\0", "\r\n\r\n"] {
                let bytes = format!("{reply}{behind}");
                assert_eq!(answer(layer, bytes.as_bytes()), Outcome::Finished(behind.into()), "{reply}");
            }
            let all_but_one = &reply.as_bytes()[..reply.len() - 1];
            assert_eq!(answer(layer, all_but_one), Outcome::Waiting, "{reply}");
        }
    }

    /// Contract T-405.
    #[test]
    fn another_status_is_told_with_its_reason() {
        for (reply, text) in [
            (
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
                "HTTP proxy answered 407 Proxy Authentication Required",
            ),
            ("HTTP/1.1 201 Created\r\n\r\n", "HTTP proxy answered 201 Created"),
            ("HTTP/1.0 403\r\n\r\n", "HTTP proxy answered 403"),
            ("HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", "HTTP proxy answered 302 Found"),
        ] {
            assert_eq!(answer(layer, reply.as_bytes()), Outcome::Failed(text.into()));
        }
    }

    #[test]
    fn what_is_no_answer_is_told_at_once() {
        let no_http = "HTTP proxy gave an answer that is no HTTP";
        for bytes in ["http/1.1 200 OK\r\n", "HTTP/2 200\r\n", "SSH-2.0-x\r\n", "\x20\x02\0\0", "\x05\0"] {
            assert_eq!(answer(layer, bytes.as_bytes()), Outcome::Failed(no_http.into()), "{bytes:?}");
        }
        let too_long = "HTTP proxy gave an answer that is too long";
        for bytes in [
            format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(LONGEST_REPLY)),
            format!("HTTP/1.1 200 {}", "x".repeat(LONGEST_REPLY)),
            format!("HTTP/1.1 200 OK\r\n{}", "A: x\r\n".repeat(MOST_HEADERS + 1)),
        ] {
            assert_eq!(answer(layer, bytes.as_bytes()), Outcome::Failed(too_long.into()));
        }
    }
}
