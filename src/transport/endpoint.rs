//! What a socket connects to.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// An address of the operating system's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Of TCP.
    Ip(SocketAddr),
    /// The path of a Unix domain socket.
    Unix(PathBuf),
}

impl Endpoint {
    /// What connects to it, for people.
    pub fn transport(&self) -> &'static str {
        match self {
            Endpoint::Ip(_) => "TCP",
            Endpoint::Unix(_) => "UNIX socket",
        }
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Endpoint {
        Endpoint::Ip(address)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Ip(address) => address.fmt(f),
            Endpoint::Unix(path) => path.display().fmt(f),
        }
    }
}
