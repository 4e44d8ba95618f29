//! A proxy on paper; and what must hold for any bytes at all. A plain function, so that the fuzzer and `cargo test` run
//! the very same one.

use super::value::Proxy;
use super::{Server, http};
use crate::transport::layer::{Handshake, Layer};

/// Takes the first byte as what the rest is: what names a proxy, or what a proxy of some kind answers. However an
/// answer is cut, the same comes of it.
///
/// # Panics
///
/// If that does not hold.
pub fn proxy_any(data: &[u8]) {
    let Some((selector, rest)) = data.split_first() else { return };
    let value = match selector % 4 {
        0 => return check_value(rest),
        1 => "http://proxy",
        2 => "socks5h://proxy",
        _ => "socks5h://user:password@proxy",
    };
    let proxy = Proxy::parse(value.as_bytes());
    let layer = || proxy.as_ref().ok().and_then(|proxy| proxy.layer(Server::Name("h", 1883)).ok());
    if let Outcome::Finished(behind) = answer(|| layer().unwrap_or_else(|| unreachable!()), rest) {
        assert!(behind.len() < rest.len() && rest.ends_with(&behind));
    }
}

/// What is read names one proxy only, and can be written and read again; what is sent to it is one request.
fn check_value(value: &[u8]) {
    let Ok(proxy) = Proxy::parse(value) else { return };
    let again = Proxy::parse(proxy.to_string().as_bytes());
    assert!(again.is_ok_and(|again| again.to_string() == proxy.to_string()), "{proxy}");
    assert!(proxy.port > 0 && !proxy.host.is_empty());
    // Such a host can be asked for, too, unless it is too long for SOCKS.
    let Ok(layer) = proxy.layer(Server::Name(&proxy.host, proxy.port)) else { return };
    if layer.phase() == http::PHASE {
        let request = sent(layer, &[]);
        let end = request.windows(4).position(|window| window == b"\r\n\r\n");
        assert_eq!(end, Some(request.len() - 4), "{proxy}");
    }
}

/// What came of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is not all there.
    Waiting,
    /// It is good, and this came behind it.
    Finished(Vec<u8>),
    Failed(String),
}

/// What comes of this answer, which must be the same however it is cut.
pub fn answer(layer: impl Fn() -> Box<dyn Layer>, bytes: &[u8]) -> Outcome {
    let (outcome, sent) = run(&mut *layer(), bytes, usize::MAX);
    // All that has come is read again each time, which takes its time where it is long.
    let sizes: &[usize] = if bytes.len() < 1000 { &[1, 3, 100] } else { &[3000] };
    for &size in sizes {
        let (in_pieces, sent_then) = run(&mut *layer(), bytes, size);
        assert_eq!((&in_pieces, &sent_then), (&outcome, &sent), "in pieces of {size}");
    }
    outcome
}

/// All that is sent to a proxy that answers so.
pub fn sent(mut layer: Box<dyn Layer>, bytes: &[u8]) -> Vec<u8> {
    run(&mut *layer, bytes, usize::MAX).1
}

fn run(layer: &mut dyn Layer, bytes: &[u8], size: usize) -> (Outcome, Vec<u8>) {
    let (mut wire, mut taken, mut there) = (Vec::new(), 0, 0);
    loop {
        let mut received = &bytes[taken..there];
        let progress = layer.handshake(&mut received, &mut wire);
        taken = there - received.len();
        match progress {
            Ok(Handshake::Finished) => return (Outcome::Finished(bytes[taken..].to_vec()), wire),
            Ok(Handshake::Waiting) if there == bytes.len() => return (Outcome::Waiting, wire),
            Ok(Handshake::Waiting) => there = there.saturating_add(size).min(bytes.len()),
            Ok(Handshake::Open) => unreachable!("a proxy does not stay"),
            Err(error) => return (Outcome::Failed(error.to_string()), wire),
        }
    }
}
