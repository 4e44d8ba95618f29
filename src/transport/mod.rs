//! Byte pipes to a server: non-blocking, behind one interface. No MQTT here.

mod address;
pub mod proxy;
mod tcp;

pub use address::ServerUri;
pub use tcp::{TcpPipe, write_to_socket};

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// What a pipe waits for before it can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Bytes to read.
    Readable,
    /// Room to write.
    Writable,
}

/// How far a handshake has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// The pipe carries bytes.
    Done,
    /// Call again when the socket is ready for this.
    Waiting(Interest),
}

/// A non-blocking pipe of bytes to a server.
///
/// Nothing here ever waits: what cannot go on answers [`io::ErrorKind::WouldBlock`].
pub trait Pipe: Send {
    /// The socket to wait on. Shared, so that a thread may wait on it while another closes the pipe.
    fn socket(&self) -> &Arc<OwnedFd>;

    /// Goes on with whatever comes before the first byte of MQTT: TCP, proxy, TLS, WebSocket.
    fn handshake(&mut self) -> io::Result<Handshake>;

    /// Reads what is there; 0 is the end of the stream.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes as much as goes at once.
    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Has the kernel acknowledge at once what it received. A server that does not write small packets
    /// before earlier ones are acknowledged (Nagle) would wait for our kernel's 40 ms otherwise.
    fn acknowledge_now(&self) {}

    /// Where to [`write_to_socket`], if that is all that [`Pipe::write`] does: then writing needs no
    /// lock on the pipe.
    fn plain_socket(&self) -> Option<&Arc<OwnedFd>> {
        None
    }

    /// Ends the stream in good order: what was written still arrives.
    fn close(&mut self);
}
