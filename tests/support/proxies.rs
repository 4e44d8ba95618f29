//! Real proxies of the test's own, which connect from an address of their own: so a server sees who came through one.

use std::fmt::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::files::Scratch;
use super::library::require;
use super::program::Running;

/// Where the connections of these proxies come from, as servers see it.
pub const OUTGOING: &str = "127.0.0.2";

/// A proxy of HTTP, tinyproxy. It ends with its owner.
pub struct Tinyproxy {
    proxy: Running,
    port: u16,
    _files: Scratch,
}

impl Tinyproxy {
    /// Starts it at a free port, with further lines of configuration.
    pub fn start(configuration: &[&str]) -> Self {
        at_free_port(|port| Self::start_at(port, configuration))
    }

    /// Starts it at this port. `None`: that is not free.
    pub fn start_at(port: u16, configuration: &[&str]) -> Option<Self> {
        require("/usr/bin/tinyproxy", "tinyproxy");
        let files = Scratch::new();
        let mut text =
            format!("Port {port}\nListen 127.0.0.1\nBind {OUTGOING}\nLogLevel Info\nTimeout 600\n");
        for line in configuration {
            writeln!(text, "{line}").unwrap();
        }
        let mut command = Command::new("/usr/bin/tinyproxy");
        command.args(["-d", "-c"]).arg(files.write("tinyproxy.conf", text));
        let proxy = Running::spawn(command, Duration::from_secs(3600));
        proxy.stdout_line("Accepting connections", PATIENCE)?;
        Some(Self { proxy, port, _files: files })
    }

    /// Where it is.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for a line of its log.
    pub fn wait_for_log(&self, what: &str) -> String {
        self.proxy.wait_for(what)
    }
}

/// A proxy of SOCKS 5, microsocks. It ends with its owner.
pub struct Microsocks {
    _proxy: Running,
    port: u16,
}

impl Microsocks {
    /// Starts it at a free port.
    pub fn start(login: Option<(&str, &str)>) -> Self {
        at_free_port(|port| Self::start_at(port, login))
    }

    fn start_at(port: u16, login: Option<(&str, &str)>) -> Option<Self> {
        require("/usr/bin/microsocks", "microsocks");
        let mut command = Command::new("/usr/bin/microsocks");
        command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-b", OUTGOING]);
        if let Some((user, password)) = login {
            command.args(["-u", user, "-P", password]);
        }
        let proxy = Running::spawn(command, Duration::from_secs(3600));
        // It says nothing.
        let give_up = Instant::now() + PATIENCE;
        while TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).is_err() {
            if Instant::now() > give_up {
                return None;
            }
            thread::yield_now();
        }
        Some(Self { _proxy: proxy, port })
    }

    /// Where it is.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// The port is free when chosen, but another process may be faster.
fn at_free_port<T>(start: impl Fn(u16) -> Option<T>) -> T {
    for _ in 0..10 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if let Some(started) = start(port) {
            return started;
        }
    }
    panic!("no free port");
}
