//! The server's end of TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustix::net::{RecvFlags, recv};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use crate::certificate::{CERTIFICATE, KEY};

/// One read of the socket takes this much at most.
const READ_BYTES: usize = 64 * 1024;

/// What all connections share, the sessions that clients may resume among it.
pub fn config() -> crate::Result<Arc<ServerConfig>> {
    let certificate = CertificateDer::from_pem_file(CERTIFICATE)?;
    let key = PrivateKeyDer::from_pem_file(KEY)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key)?))
}

/// One connection.
pub struct Tls {
    connection: ServerConnection,
    /// What was read of the socket: of its bytes from `at` to `end` nothing was decrypted yet.
    received: Vec<u8>,
    at: usize,
    end: usize,
}

impl Tls {
    /// Before its handshake.
    pub fn new(mut connection: ServerConnection) -> Self {
        // How much waits is bounded by the wire.
        connection.set_buffer_limit(None);
        Self { connection, received: vec![0; READ_BYTES], at: 0, end: 0 }
    }

    /// Fills `space` from one read of the socket, or from what an earlier one has left.
    pub fn recv(&mut self, socket: &TcpStream, space: &mut [u8], out: &mut Vec<u8>) -> io::Result<usize> {
        let mut got = 0;
        loop {
            match self.connection.reader().read(space.get_mut(got..).unwrap_or_default()) {
                // Full, or the end.
                Ok(0) => return Ok(got),
                Ok(count) => got += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !self.has_more(socket, got > 0)? {
                        return Ok(got);
                    }
                    self.decrypt(out)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether there is something to decrypt; reads it unless `enough` was read.
    fn has_more(&mut self, socket: &TcpStream, enough: bool) -> io::Result<bool> {
        if self.at == self.end && !enough {
            let (count, _) = recv(socket, self.received.as_mut_slice(), RecvFlags::empty())?;
            (self.at, self.end) = (0, count);
        }
        Ok(self.at < self.end)
    }

    fn decrypt(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        let mut rest = self.received.get(self.at..self.end).unwrap_or_default();
        let before = rest.len();
        self.connection.read_tls(&mut rest)?;
        self.at += before - rest.len();
        self.connection.process_new_packets().map_err(io::Error::other)?;
        self.take_records(out)
    }

    /// Makes a record of these bytes, or some if they are too many.
    pub fn send(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.connection.writer().write_all(bytes)?;
        self.take_records(out)
    }

    fn take_records(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(out)?;
        }
        Ok(())
    }
}
