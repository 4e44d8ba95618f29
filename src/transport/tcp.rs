//! Plain TCP.

use super::{Handshake, Interest, Pipe};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, sockopt};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// A TCP connection, from its first SYN on.
#[derive(Debug)]
pub struct TcpPipe {
    socket: Arc<OwnedFd>,
    connected: bool,
}

impl TcpPipe {
    /// Starts to connect; [`Pipe::handshake`] tells when that is done.
    pub fn start(address: SocketAddr) -> io::Result<TcpPipe> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = net::socket_with(family, SocketType::STREAM, flags, None)?;
        // Small packets must not wait for the acknowledgement of earlier ones.
        sockopt::set_tcp_nodelay(&socket, true)?;
        let connected = match net::connect(&socket, &address) {
            Ok(()) => true,
            Err(Errno::INPROGRESS | Errno::INTR) => false,
            Err(error) => return Err(error.into()),
        };
        Ok(TcpPipe { socket: Arc::new(socket), connected })
    }
}

impl Pipe for TcpPipe {
    fn socket(&self) -> &Arc<OwnedFd> {
        &self.socket
    }

    fn handshake(&mut self) -> io::Result<Handshake> {
        if self.connected {
            return Ok(Handshake::Done);
        }
        sockopt::socket_error(&self.socket)??;
        match net::getpeername(&self.socket) {
            Ok(_) => {
                self.connected = true;
                Ok(Handshake::Done)
            }
            Err(Errno::NOTCONN) => Ok(Handshake::Waiting(Interest::Writable)),
            Err(error) => Err(error.into()),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match net::recv(&self.socket, &mut *buffer, RecvFlags::empty()) {
                Ok((count, _)) => return Ok(count),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        write_to_socket(&self.socket, parts)
    }

    fn acknowledge_now(&self) {
        let _ = sockopt::set_tcp_quickack(&self.socket, true);
    }

    fn plain_socket(&self) -> Option<&Arc<OwnedFd>> {
        Some(&self.socket)
    }

    fn close(&mut self) {
        let _ = net::shutdown(&self.socket, Shutdown::Write);
        // Closing a socket with unread bytes resets the connection, and the reset may overtake what
        // was written last. So they are read first; a bounded number, since a server may never stop.
        let mut discarded = [0; 4096];
        for _ in 0..64 {
            if !matches!(self.read(&mut discarded), Ok(count) if count > 0) {
                break;
            }
        }
        // Wakes a thread that waits on the socket, also if the server does not answer with its end.
        let _ = net::shutdown(&self.socket, Shutdown::Read);
    }
}

/// Writes as much as goes at once. A socket whose peer is gone gives an error, never a signal.
pub fn write_to_socket(socket: &OwnedFd, parts: &[IoSlice<'_>]) -> io::Result<usize> {
    loop {
        let sent = match parts {
            [only] => net::send(socket, only, SendFlags::NOSIGNAL),
            _ => net::sendmsg(socket, parts, &mut Default::default(), SendFlags::NOSIGNAL),
        };
        match sent {
            Ok(count) => return Ok(count),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
