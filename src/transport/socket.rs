//! The socket below all transports. What cannot go on answers [`io::ErrorKind::WouldBlock`].

use super::{Endpoint, SocketFd};
use crate::sys::sockets::{self, Address};
use crate::trace::{self, Level};
use std::io::{self, IoSlice};
use std::os::fd::AsRawFd;
use std::sync::Arc;

/// How much a close reads that nobody wants any more. At once it is little: nearly always there is nothing, and room
/// for more would take longer to clear than all the rest.
const DISCARDED: usize = 256 << 10;
const DISCARDED_AT_ONCE: usize = 512;

/// A non-blocking connection, from its first SYN on.
#[derive(Debug)]
pub struct Socket {
    /// Shared, so that a thread may wait on it while another closes the connection.
    fd: Arc<SocketFd>,
    connected: bool,
}

impl Drop for Socket {
    fn drop(&mut self) {
        trace::line(Level::Minimum, format_args!("Removed socket {}", self.fd.as_raw_fd()));
    }
}

impl Socket {
    /// Starts to connect; [`Socket::finish_connecting`] tells when that is done.
    pub fn connect(to: &Endpoint) -> io::Result<Socket> {
        let address = match to {
            Endpoint::Ip(address) => Address::ip(*address),
            Endpoint::Unix(path) => Address::unix(path)?,
        };
        let socket = sockets::new(&address)?;
        let number = socket.as_raw_fd();
        match to {
            Endpoint::Ip(address) => {
                sockets::send_at_once(&socket)?;
                let port = address.port();
                trace::line(Level::Minimum, format_args!("New socket {number} for {address}, port {port}"));
            }
            Endpoint::Unix(_) => trace::line(Level::Minimum, format_args!("New socket {number} for {to}")),
        }
        let mut connection = Socket { fd: Arc::new(SocketFd::new(socket)?), connected: true };
        connection.connected = sockets::connect(&*connection.fd, &address)?;
        if !connection.connected {
            trace::line(Level::Minimum, format_args!("Connect pending"));
        }
        Ok(connection)
    }

    /// Whether the connection is made. To be asked again when the socket is writable.
    pub fn finish_connecting(&mut self) -> io::Result<bool> {
        if !self.connected {
            self.connected = sockets::is_connected(&*self.fd)?;
        }
        Ok(self.connected)
    }

    /// What to wait on.
    pub fn fd(&self) -> &Arc<SocketFd> {
        &self.fd
    }

    /// Reads what is there; 0 is the end of the stream.
    #[inline]
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        sockets::receive(&*self.fd, buffer).inspect_err(|error| note(&self.fd, error, "recv - getch"))
    }

    /// Writes as much as goes at once.
    #[inline]
    pub fn write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        write_to_socket(&self.fd, parts)
    }

    /// Has the kernel acknowledge at once what it received. A server that does not write small packets
    /// before earlier ones are acknowledged (Nagle) would wait for our kernel's 40 ms otherwise.
    pub fn acknowledge_now(&self) {
        sockets::acknowledge_now(&*self.fd);
    }

    /// Ends the stream in good order: what was written still arrives.
    pub fn close(&self) {
        if !self.fd.is_ours() {
            return;
        }
        // For reading, too: that wakes a thread that waits on the socket, also if the server does not answer with
        // its end. What has come can still be read.
        let _ = sockets::shut_down(&*self.fd);
        // Closing a socket with unread bytes resets the connection, and the reset may overtake what
        // was written last. So they are read first; a bounded number, since a server may never stop.
        let mut discarded = [0; DISCARDED_AT_ONCE];
        for _ in 0..DISCARDED / DISCARDED_AT_ONCE {
            if !matches!(self.read(&mut discarded), Ok(count) if count > 0) {
                break;
            }
        }
    }
}

/// Writes as much as goes at once. A socket whose peer is gone gives an error, never a signal.
pub fn write_to_socket(socket: &SocketFd, parts: &[IoSlice<'_>]) -> io::Result<usize> {
    sockets::send(socket, parts).inspect_err(|error| note(socket, error, "writev - putdatas"))
}

/// Says what became of a socket, if anything did. Contract L, section 7, with the original's names of what is done.
fn note(socket: &SocketFd, error: &io::Error, operation: &str) {
    if error.kind() == io::ErrorKind::WouldBlock || !trace::enabled(Level::Minimum) {
        return;
    }
    let (text, number) = (error.to_string(), error.raw_os_error().unwrap_or_default());
    // The standard library puts its own words behind those of the C library.
    let text = text.split(" (os error").next().unwrap_or_default();
    let socket = socket.as_raw_fd();
    trace::line(
        Level::Minimum,
        format_args!("Socket error {text}({number}) in {operation} for socket {socket}"),
    );
}
