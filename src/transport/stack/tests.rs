use super::super::layer::{Layer, Piece};
use super::super::test_layer::{TestLayer, TestProxy};
use super::Stack;
use std::io;

/// One end of a connection in memory.
struct End {
    stack: Stack,
    /// On its way out.
    wire: Vec<u8>,
    plain: Vec<u8>,
    is_open: bool,
}

impl End {
    fn new(layers: Vec<Box<dyn Layer>>) -> End {
        let mut end = End { stack: Stack::new(layers), wire: Vec::new(), plain: Vec::new(), is_open: false };
        end.is_open = end.stack.handshake(&mut [], &mut end.wire).unwrap();
        end
    }

    fn clients(count: usize) -> End {
        End::new((0..count).map(|_| Box::new(TestLayer::client()) as Box<dyn Layer>).collect())
    }

    fn servers(count: usize) -> End {
        End::new((0..count).map(|_| Box::new(TestLayer::server()) as Box<dyn Layer>).collect())
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_open {
            self.stack.receive(&mut bytes.to_vec(), &mut self.plain, &mut self.wire);
            return self.stack.take_end().map_or(Ok(()), Err);
        }
        self.is_open = self.stack.handshake(&mut bytes.to_vec(), &mut self.wire)?;
        if self.is_open {
            self.stack.receive(&mut [], &mut self.plain, &mut self.wire);
        }
        Ok(())
    }

    fn send(&mut self, message: &[u8]) {
        self.stack.send(Piece::whole(message), &mut self.wire).unwrap();
    }
}

/// Carries bytes in pieces of the given sizes, until both ends have nothing more to say.
fn carry(one: &mut End, other: &mut End, mut size: impl FnMut() -> usize) -> io::Result<()> {
    while !one.wire.is_empty() || !other.wire.is_empty() {
        carry_piece(one, other, size())?;
        carry_piece(other, one, size())?;
    }
    Ok(())
}

fn carry_piece(from: &mut End, to: &mut End, size: usize) -> io::Result<()> {
    let count = size.min(from.wire.len());
    let bytes: Vec<u8> = from.wire.drain(..count).collect();
    if bytes.is_empty() { Ok(()) } else { to.take(&bytes) }
}

/// Sizes that repeat only after long, from one byte to thousands.
fn sizes(seed: usize) -> impl FnMut() -> usize {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (state >> 33) % [1, 7, 300, 5000][state >> 62]
    }
}

fn numbered(count: u32) -> Vec<u8> {
    (0..count).flat_map(u32::to_be_bytes).collect()
}

/// However the wire is cut, and however many layers there are, the bytes arrive, in order and all.
#[test]
fn bytes_pass_through_any_number_of_layers_both_ways() {
    for layers in 0..4 {
        for seed in 0..8 {
            let (mut client, mut server) = (End::clients(layers), End::servers(layers));
            carry(&mut client, &mut server, sizes(seed)).unwrap();
            assert!(client.is_open && server.is_open);
            let (up, down) = (numbered(5000), numbered(3000));
            // At the same time, so that each must write while it reads and read while it writes.
            client.send(&up);
            server.send(&down);
            assert_eq!(client.stack.held() > 0, layers > 0, "no credit for so much");
            carry(&mut client, &mut server, sizes(seed + 100)).unwrap();
            assert!(server.plain == up && client.plain == down, "{layers} layers, seed {seed}");
            assert_eq!(client.stack.held() + server.stack.held(), 0);
        }
    }
}

/// What comes in one piece with the last of a handshake belongs to the layer above, or to the plain bytes.
#[test]
fn bytes_glued_to_a_handshake_are_not_lost() {
    for layers in 1..4 {
        let (mut client, mut server) = (End::clients(layers), End::servers(layers));
        // The handshakes as far as the server is done, and the client has yet to hear of it.
        while !server.is_open {
            let bytes = std::mem::take(&mut client.wire);
            server.take(&bytes).unwrap();
            if !server.is_open {
                let bytes = std::mem::take(&mut server.wire);
                client.take(&bytes).unwrap();
            }
        }
        server.send(b"first");
        let bytes = std::mem::take(&mut server.wire);
        client.take(&bytes).unwrap();
        assert_eq!(client.plain, b"first", "{layers} layers");
    }
}

/// A layer that is done with its handshake goes, and what is above it stands on what is below.
#[test]
fn a_proxy_leaves_the_stack() {
    let mut proxied = End::new(vec![Box::new(TestProxy::default()), Box::new(TestLayer::client())]);
    let mut server = End::servers(1);
    assert_eq!((proxied.wire.as_slice(), proxied.stack.phase()), (&b"CONNECT\n"[..], Some("proxy")));
    proxied.wire.clear();
    proxied.take(b"O").unwrap();
    proxied.take(b"K\n").unwrap();
    assert_eq!(proxied.stack.phase(), Some("test handshake"));
    carry(&mut proxied, &mut server, sizes(1)).unwrap();
    proxied.send(b"through");
    carry(&mut proxied, &mut server, sizes(2)).unwrap();
    assert_eq!(server.plain, b"through");

    let mut alone = End::new(vec![Box::new(TestProxy::default())]);
    alone.take(b"OK\nbehind it").unwrap();
    assert!(alone.is_open && alone.stack.is_empty());
    assert_eq!(alone.plain, b"behind it");
}

/// A failed handshake has a phase and a text, and the peer is told.
#[test]
fn a_handshake_that_fails_tells_the_peer_why() {
    let mut refusing = TestLayer::client();
    refusing.refuses_at = Some(2);
    let mut client = End::new(vec![Box::new(TestLayer::client()), Box::new(refusing)]);
    let mut server = End::servers(2);
    let error = carry(&mut client, &mut server, sizes(3)).unwrap_err();
    assert_eq!((error.to_string().as_str(), client.stack.phase()), ("refused", Some("test handshake")));
    let refusal = std::mem::take(&mut client.wire);
    assert_eq!(server.take(&refusal).unwrap_err().to_string(), "the peer refused");
}

/// What came before the end comes first.
#[test]
fn plain_bytes_before_the_end_are_not_lost() {
    let (mut client, mut server) = (End::clients(2), End::servers(2));
    carry(&mut client, &mut server, sizes(4)).unwrap();
    server.send(b"last words");
    server.stack.close(&mut server.wire);
    let bytes = std::mem::take(&mut server.wire);
    let error = client.take(&bytes).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(client.plain, b"last words");
}
