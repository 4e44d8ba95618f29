//! A connection's socket, and what is between it and the packets: nothing, TLS or WebSocket.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustls::{ServerConfig, ServerConnection};

use super::tls::Tls;
use super::websocket::WebSocket;

/// With so many bytes on their way to the socket, no more are made.
const BACKLOG_BYTES: usize = 128 * 1024;

/// How the sink is spoken to.
pub enum Server {
    /// In the socket's own bytes.
    Tcp,
    /// Over TLS.
    Tls(Arc<ServerConfig>),
    /// In WebSocket frames.
    WebSocket,
}

/// What turns plain bytes into those of the socket.
enum Layer {
    Tls(Box<Tls>),
    WebSocket(WebSocket),
}

/// A socket that carries plain bytes, whatever they look like on it.
pub struct Wire {
    socket: TcpStream,
    layer: Option<Layer>,
    /// What the layer has made and the socket has not taken yet.
    unsent: Vec<u8>,
}

impl Wire {
    /// On a socket just accepted.
    pub fn new(socket: TcpStream, server: &Server) -> io::Result<Self> {
        let layer = match server {
            Server::Tcp => None,
            Server::Tls(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                Some(Layer::Tls(Box::new(Tls::new(connection))))
            }
            Server::WebSocket => Some(Layer::WebSocket(WebSocket::default())),
        };
        Ok(Self { socket, layer, unsent: Vec::new() })
    }

    /// For the epoll.
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Reads plain bytes; `WouldBlock` while there are none, 0 at the end.
    pub fn recv(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match &mut self.layer {
            None => Ok(recv(&self.socket, space, RecvFlags::empty())?.0),
            Some(Layer::Tls(tls)) => tls.recv(&self.socket, space, &mut self.unsent),
            Some(Layer::WebSocket(websocket)) => websocket.recv(&self.socket, space, &mut self.unsent),
        }
    }

    /// Reads as many and drops them: in the kernel, uncopied, if it can.
    pub fn discard(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self.layer {
            None => Ok(recv(&self.socket, space, RecvFlags::TRUNC)?.0),
            Some(_) => self.recv(space),
        }
    }

    /// Sends packets of this length, or as many bytes of them as there is room for. A layer gets each by itself, as
    /// brokers do it, and never a part of one.
    pub fn send(&mut self, bytes: &[u8], packet: usize) -> io::Result<usize> {
        let Some(layer) = &mut self.layer else { return send_some(&self.socket, bytes) };
        let mut taken = 0;
        for piece in bytes.chunks(packet) {
            if self.unsent.len() >= BACKLOG_BYTES {
                break;
            }
            match layer {
                Layer::Tls(tls) => tls.send(piece, &mut self.unsent)?,
                Layer::WebSocket(_) => WebSocket::send(piece, &mut self.unsent),
            }
            taken += piece.len();
        }
        self.flush()?;
        Ok(taken)
    }

    /// Sends what the layer has made.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.has_unsent() {
            let sent = send_some(&self.socket, &self.unsent)?;
            self.unsent.drain(..sent);
        }
        Ok(())
    }

    /// Whether the socket has yet to take something.
    pub fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }
}

fn send_some(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    match send(socket, bytes, SendFlags::NOSIGNAL) {
        Err(Errno::AGAIN) => Ok(0),
        result => Ok(result?),
    }
}
