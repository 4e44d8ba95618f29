//! SOCKS 5: RFC 1928, and RFC 1929 for user name and password.

use super::value::{Login, is_host};
use crate::trace::{self, Level};
use crate::transport::layer::{Handshake, Layer, Piece};
use std::io;
use std::net::{IpAddr, SocketAddr};

const VERSION: u8 = 5;
const LOGIN_VERSION: u8 = 1;
const CONNECT: u8 = 1;
const RESERVED: u8 = 0;

/// Ways to log in.
const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xff;

/// Kinds of addresses.
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// A SOCKS proxy that has not connected us yet.
pub struct Socks5 {
    login: Option<Login>,
    /// The request for the connection.
    request: Vec<u8>,
    /// For the trace.
    server: String,
    next: Message,
}

/// What is to come next from the proxy.
#[derive(Clone, Copy)]
enum Message {
    /// Nothing: the greeting is to be sent first.
    Nothing,
    /// How to log in.
    Method,
    /// Whether that was right.
    LoggedIn,
    /// What came of the request.
    Reply,
}

impl Socks5 {
    /// Asks for a connection to an address.
    pub fn to_address(server: SocketAddr, login: Option<Login>) -> io::Result<Socks5> {
        let address = match server {
            SocketAddr::V4(server) => [&[IPV4][..], &server.ip().octets()].concat(),
            SocketAddr::V6(server) if server.scope_id() != 0 => {
                return Err(error("a SOCKS5 proxy cannot be asked for an address with a zone"));
            }
            SocketAddr::V6(server) => [&[IPV6][..], &server.ip().octets()].concat(),
        };
        Ok(Socks5::new(&address, server.port(), server.to_string(), login))
    }

    /// Asks for a connection to a name, which the proxy looks up.
    pub fn to_name(host: &str, port: u16, login: Option<Login>) -> io::Result<Socks5> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Socks5::to_address(SocketAddr::new(address, port), login);
        }
        let length = u8::try_from(host.len()).ok().filter(|_| is_host(host));
        let Some(length) = length else {
            return Err(error("a SOCKS5 proxy cannot be asked for this host"));
        };
        let address = [&[NAME, length], host.as_bytes()].concat();
        Ok(Socks5::new(&address, port, format!("{host}:{port}"), login))
    }

    fn new(address: &[u8], port: u16, server: String, login: Option<Login>) -> Socks5 {
        let request = [&[VERSION, CONNECT, RESERVED], address, &port.to_be_bytes()].concat();
        Socks5 { login, request, server, next: Message::Nothing }
    }

    /// Takes one message, if all of it is there. `None`: that was the last.
    fn take(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Option<Handshake>> {
        match self.next {
            Message::Nothing => {
                trace::line(Level::Protocol, format_args!("SOCKS5 proxy is asked for {}", self.server));
                let ways: &[u8] = if self.login.is_some() { &[NO_LOGIN, PASSWORD] } else { &[NO_LOGIN] };
                wire.push(VERSION);
                append_counted(wire, ways)?;
                self.next = Message::Method;
            }
            Message::Method => {
                let Some([version, method]) = take_bytes(received) else {
                    return Ok(Some(Handshake::Waiting));
                };
                is_version(version)?;
                match (method, &self.login) {
                    (NO_LOGIN, _) => self.send_request(wire),
                    (PASSWORD, Some(login)) => {
                        wire.push(LOGIN_VERSION);
                        append_counted(wire, &login.user)?;
                        append_counted(wire, &login.password)?;
                        self.next = Message::LoggedIn;
                    }
                    (NONE_ACCEPTABLE, Some(_)) => {
                        return Err(error("SOCKS5 proxy wants another login than user name and password"));
                    }
                    (NONE_ACCEPTABLE, None) => {
                        return Err(error("SOCKS5 proxy wants a login, and none is given"));
                    }
                    _ => return Err(error("SOCKS5 proxy chose a login that was not offered")),
                }
            }
            Message::LoggedIn => {
                let Some([version, status]) = take_bytes(received) else {
                    return Ok(Some(Handshake::Waiting));
                };
                if version != LOGIN_VERSION {
                    return Err(no_socks());
                }
                if status != 0 {
                    return Err(error("SOCKS5 proxy does not accept user name and password"));
                }
                self.send_request(wire);
            }
            Message::Reply => return read_reply(received).map(Some),
        }
        Ok(None)
    }

    fn send_request(&mut self, wire: &mut Vec<u8>) {
        wire.append(&mut self.request);
        self.next = Message::Reply;
    }
}

/// Takes what came of the request, if all of it is there. A refusal need not be there to its end.
fn read_reply(received: &mut &[u8]) -> io::Result<Handshake> {
    if let Some(version) = received.first() {
        is_version(*version)?;
    }
    match received.get(1) {
        None => return Ok(Handshake::Waiting),
        Some(0) => {}
        Some(code) => return Err(refused(*code)),
    }
    let address = match (received.get(3), received.get(4)) {
        (None, _) | (Some(&NAME), None) => return Ok(Handshake::Waiting),
        (Some(&IPV4), _) => 4,
        (Some(&IPV6), _) => 16,
        (Some(&NAME), Some(length)) => 1 + usize::from(*length),
        (Some(_), _) => return Err(no_socks()),
    };
    let Some(behind) = received.get(4 + address + 2..) else { return Ok(Handshake::Waiting) };
    *received = behind;
    Ok(Handshake::Finished)
}

/// RFC 1928, section 6. Where another address of the server may do, the kind is [`io::ErrorKind::AddrNotAvailable`].
fn refused(code: u8) -> io::Error {
    let (reason, kind) = match code {
        1 => ("general failure", io::ErrorKind::AddrNotAvailable),
        2 => ("connection not allowed", io::ErrorKind::Other),
        3 => ("network unreachable", io::ErrorKind::AddrNotAvailable),
        4 => ("host unreachable", io::ErrorKind::AddrNotAvailable),
        5 => ("connection refused", io::ErrorKind::AddrNotAvailable),
        6 => ("TTL expired", io::ErrorKind::AddrNotAvailable),
        7 => ("command not supported", io::ErrorKind::Other),
        8 => ("address type not supported", io::ErrorKind::AddrNotAvailable),
        _ => ("a code without a name", io::ErrorKind::Other),
    };
    io::Error::new(kind, format!("SOCKS5 proxy answered {code}, {reason}"))
}

fn is_version(version: u8) -> io::Result<()> {
    if version == VERSION { Ok(()) } else { Err(no_socks()) }
}

fn no_socks() -> io::Error {
    error("SOCKS5 proxy gave an answer that is no SOCKS 5")
}

fn error(text: &str) -> io::Error {
    io::Error::other(text.to_owned())
}

fn append_counted(wire: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    let length = u8::try_from(bytes.len()).map_err(|_| error("too long for a SOCKS5 proxy"))?;
    wire.push(length);
    wire.extend_from_slice(bytes);
    Ok(())
}

fn take_bytes<const COUNT: usize>(received: &mut &[u8]) -> Option<[u8; COUNT]> {
    let (bytes, behind) = received.split_first_chunk()?;
    *received = behind;
    Some(*bytes)
}

impl Layer for Socks5 {
    fn phase(&self) -> &'static str {
        "SOCKS5"
    }

    fn handshake(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Handshake> {
        loop {
            if let Some(progress) = self.take(received, wire)? {
                return Ok(progress);
            }
        }
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
    use super::super::fuzzing::{Outcome, answer, sent};
    use super::*;

    fn named(login: Option<(&str, &str)>) -> Box<dyn Layer> {
        let login = login.map(|(user, password)| Login { user: user.into(), password: password.into() });
        Box::new(Socks5::to_name("broker", 1883, login).unwrap())
    }

    /// The request at the end of what is sent to a proxy that wants no login.
    fn request(layer: io::Result<Socks5>) -> Vec<u8> {
        let sent = sent(Box::new(layer.unwrap()), &[5, 0]);
        assert_eq!(sent[..3], [5, 1, 0]);
        sent[3..].to_vec()
    }

    #[test]
    fn servers_are_names_or_addresses() {
        let address = |text: &str| text.parse().unwrap();
        let v6 = [&[5, 1, 0, 4][..], &[0; 15], &[1, 0x22, 0xb3]].concat();
        assert_eq!(
            request(Socks5::to_address(address("1.2.3.4:1883"), None)),
            [5, 1, 0, 1, 1, 2, 3, 4, 7, 91]
        );
        assert_eq!(request(Socks5::to_address(address("[::1]:8883"), None)), v6);
        assert_eq!(request(Socks5::to_name("::1", 8883, None)), v6);
        assert_eq!(request(Socks5::to_name("ab", 1883, None)), b"\x05\x01\0\x03\x02ab\x07\x5b");
        let longest = "n".repeat(255);
        assert_eq!(request(Socks5::to_name(&longest, 1, None)).len(), 4 + 1 + 255 + 2);
        for host in ["", "a b", "a\0b", &"n".repeat(256)] {
            assert!(Socks5::to_name(host, 1, None).is_err(), "{host}");
        }
        assert!(Socks5::to_address(address("[fe80::1%3]:1"), None).is_err());
    }

    #[test]
    fn who_has_a_password_offers_it() {
        let layer = || named(Some(("us", "p")));
        assert_eq!(sent(layer(), &[]), [5, 2, 0, 2]);
        assert_eq!(sent(layer(), &[5, 2])[4..], *b"\x01\x02us\x01p");
        assert_eq!(sent(layer(), &[5, 2, 1, 0])[10..], *b"\x05\x01\0\x03\x06broker\x07\x5b");
        // The proxy need not want it.
        assert_eq!(sent(layer(), &[5, 0])[4..], *b"\x05\x01\0\x03\x06broker\x07\x5b");
    }

    #[test]
    fn a_reply_is_taken_and_nothing_behind_it() {
        let named_reply = [&[5, 0, 0, 3, 5][..], b"proxy", &[0, 1]].concat();
        let v6 = [&[5, 0, 0, 4][..], &[1; 18]].concat();
        for reply in [&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], &[5, 0, 0, 3, 0, 0, 0], &named_reply, &v6] {
            for (login, before) in [(None, &[5, 0][..]), (Some(("u", "p")), &[5, 2, 1, 0])] {
                for behind in [&b""[..], b"\x20\x02\0\0", &[5, 0, 0, 1]] {
                    let bytes = [before, reply, behind].concat();
                    let finished = Outcome::Finished(behind.to_vec());
                    assert_eq!(answer(|| named(login), &bytes), finished, "{reply:?}");
                }
                let all = [before, reply].concat();
                for end in 0..all.len() {
                    assert_eq!(answer(|| named(login), &all[..end]), Outcome::Waiting, "{reply:?} {end}");
                }
            }
        }
    }

    #[test]
    fn refusals_are_told_in_words() {
        for (code, reason) in [
            (1, "1, general failure"),
            (2, "2, connection not allowed"),
            (3, "3, network unreachable"),
            (4, "4, host unreachable"),
            (5, "5, connection refused"),
            (6, "6, TTL expired"),
            (7, "7, command not supported"),
            (8, "8, address type not supported"),
            (9, "9, a code without a name"),
            (255, "255, a code without a name"),
        ] {
            // Some proxies say no more than that.
            let failed = Outcome::Failed(format!("SOCKS5 proxy answered {reason}"));
            assert_eq!(answer(|| named(None), &[5, 0, 5, code]), failed);
            assert_eq!(answer(|| named(None), &[5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0]), failed);
        }
    }

    #[test]
    fn what_is_no_answer_is_told() {
        let with = || named(Some(("u", "p")));
        let without = || named(None);
        let failed = |text: &str| Outcome::Failed(format!("SOCKS5 proxy {text}"));
        let no_socks = failed("gave an answer that is no SOCKS 5");
        assert_eq!(answer(without, &[5, 0xff]), failed("wants a login, and none is given"));
        assert_eq!(answer(with, &[5, 0xff]), failed("wants another login than user name and password"));
        assert_eq!(answer(without, &[5, 2]), failed("chose a login that was not offered"));
        assert_eq!(answer(with, &[5, 1]), failed("chose a login that was not offered"));
        assert_eq!(answer(with, &[5, 2, 1, 1]), failed("does not accept user name and password"));
        assert_eq!(answer(without, b"HTTP/1.1 400 Bad Request\r\n\r\n"), no_socks);
        assert_eq!(answer(with, &[5, 2, 5, 0]), no_socks);
        assert_eq!(answer(without, &[5, 0, 4]), no_socks);
        assert_eq!(answer(without, &[5, 0, 5, 0, 0, 2]), no_socks);
    }
}
