//! A transport above the socket: it turns the bytes of the wire into the plain bytes that they carry, and
//! plain bytes into bytes for the wire.

use std::io;

/// One transport of a [`Stack`](super::Stack): TLS, WebSocket, a proxy.
///
/// A layer has no socket, does not wait and knows no time. Its wire is whatever is below it: the socket,
/// or another layer. Everything that it appends to `wire` is sent, also if the call fails; so a layer
/// answers while it only receives (pong, key update), and says why it fails (alert).
pub trait Layer: Send {
    /// What its handshake is called where it fails: "TLS handshake", "WebSocket upgrade".
    fn phase(&self) -> &'static str;

    /// Goes on with the handshake. The first call starts it; any call may bring nothing new.
    ///
    /// Takes what it needs from the front of `received`. What it leaves there comes again, with more
    /// behind it, or goes to [`Layer::receive`] if the handshake is done.
    fn handshake(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Handshake>;

    /// What an error of the wire means that ends its handshake.
    fn explain(&self, error: io::Error) -> io::Error {
        error
    }

    /// Takes all that has come from the wire, in pieces of any size, and appends all that it can make of
    /// it to `plain`. It may work in that memory, of which nobody needs anything afterwards. Called once when the handshake
    /// is done, with what is left, be it nothing.
    ///
    /// The end of the stream is an error. What was appended to `plain` before an error still counts.
    fn receive(&mut self, received: &mut [u8], plain: &mut Vec<u8>, wire: &mut Vec<u8>) -> io::Result<()>;

    /// Whether all that [`Layer::receive`] got last was said by whoever is at the other end of this layer, which may be
    /// a gateway, and nothing by the server behind it: pings, for example. No sign of the server's life.
    fn heard_only_control(&self) -> bool {
        false
    }

    /// Takes plain bytes to send. A layer that cannot send before something has arrived keeps them, says
    /// so with [`Layer::held`], and sends them in [`Layer::receive`].
    fn send(&mut self, piece: Piece<'_>, wire: &mut Vec<u8>) -> io::Result<()>;

    /// Whether a piece may have several whole messages, where many are sent at once.
    fn takes_several(&self) -> bool {
        false
    }

    /// How many plain bytes it keeps that are to be sent.
    fn held(&self) -> usize {
        0
    }

    /// Says goodbye to the peer. Nothing is sent after it.
    fn close(&mut self, wire: &mut Vec<u8>);
}

/// How far a handshake has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// It needs more from the peer.
    Waiting,
    /// The layer carries bytes.
    Open,
    /// There was nothing to do but the handshake: bytes pass unchanged from now on. A proxy.
    Finished,
}

/// Bytes of a message. The layer on top gets each message, which is a packet, in one piece or in
/// several, or several in one if it [takes them](Layer::takes_several); for those below, each piece is a message of
/// its own.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// How many bytes of the same message come in the next pieces.
    pub follows: usize,
}

impl Piece<'_> {
    /// A whole message.
    pub fn whole(bytes: &[u8]) -> Piece<'_> {
        Piece { bytes, follows: 0 }
    }
}
