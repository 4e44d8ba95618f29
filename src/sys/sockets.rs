//! Stream sockets that never wait.

use rustix::io::Errno;
use rustix::net::{
    self, AddressFamily, RecvFlags, SendFlags, Shutdown, SocketAddrAny, SocketAddrUnix, SocketFlags,
    SocketType, sockopt,
};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// What a socket connects to, as the kernel takes it.
pub struct Address {
    family: AddressFamily,
    address: SocketAddrAny,
}

impl Address {
    /// Of TCP.
    pub fn ip(address: SocketAddr) -> Address {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        Address { family, address: address.into() }
    }

    /// The path of a UNIX domain socket. An error if it is too long for one.
    pub fn unix(path: &Path) -> io::Result<Address> {
        Ok(Address { family: AddressFamily::UNIX, address: SocketAddrUnix::new(path)?.into() })
    }
}

/// A new socket for an address.
pub fn new(address: &Address) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(net::socket_with(address.family, SocketType::STREAM, flags, None)?)
}

/// Small packets do not wait for the acknowledgement of earlier ones.
pub fn send_at_once(socket: impl AsFd) -> io::Result<()> {
    Ok(sockopt::set_tcp_nodelay(socket, true)?)
}

/// Starts to connect. Whether that is done already; if not, the socket is writable when it is, or has failed.
pub fn connect(socket: impl AsFd, to: &Address) -> io::Result<bool> {
    match net::connect(socket, &to.address) {
        Ok(()) => Ok(true),
        Err(Errno::INPROGRESS | Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether a socket is connected by now; an error if that has failed.
pub fn is_connected(socket: impl AsFd) -> io::Result<bool> {
    sockopt::socket_error(&socket)??;
    match net::getpeername(&socket) {
        Ok(_) => Ok(true),
        Err(Errno::NOTCONN) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Reads what is there; 0 is the end of the stream.
#[inline]
pub fn receive(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match net::recv(&socket, &mut *buffer, RecvFlags::empty()) {
            Ok((count, _)) => return Ok(count),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes as much as goes at once. If the peer is gone that is an error, never a signal.
#[inline]
pub fn send(socket: impl AsFd, parts: &[IoSlice<'_>]) -> io::Result<usize> {
    loop {
        let sent = match parts {
            [only] => net::send(&socket, only, SendFlags::NOSIGNAL),
            _ => net::sendmsg(&socket, parts, &mut Default::default(), SendFlags::NOSIGNAL),
        };
        match sent {
            Ok(count) => return Ok(count),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Has the kernel acknowledge at once what it has received.
pub fn acknowledge_now(socket: impl AsFd) {
    let _ = sockopt::set_tcp_quickack(socket, true);
}

/// Ends both directions, and wakes those who wait on the socket. What has come can still be read.
pub fn shut_down(socket: impl AsFd) -> io::Result<()> {
    Ok(net::shutdown(socket, Shutdown::Both)?)
}
