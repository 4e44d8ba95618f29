//! Real proxies of the test's own, which connect from an address of their own: so a server sees who came through one.

use std::fmt::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::files::Scratch;
use super::library::require;
use super::namespace::Namespace;
use super::program::Running;

/// Where the connections of these proxies come from, as servers see it.
pub const OUTGOING: &str = "127.0.0.2";

const TINYPROXY: &str = "/usr/bin/tinyproxy";
const MICROSOCKS: &str = "/usr/bin/microsocks";

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
        Self::start_by(Command::new(TINYPROXY), port, configuration)
    }

    /// Starts it at this port of a namespace.
    pub fn start_inside(namespace: &Namespace, port: u16) -> Self {
        let command = Namespace::enter(namespace.pid(), TINYPROXY);
        Self::start_by(command, port, &[]).expect("a free port")
    }

    fn start_by(mut command: Command, port: u16, configuration: &[&str]) -> Option<Self> {
        require(TINYPROXY, "tinyproxy");
        let files = Scratch::new();
        let mut text =
            format!("Port {port}\nListen 127.0.0.1\nBind {OUTGOING}\nLogLevel Info\nTimeout 600\n");
        for line in configuration {
            writeln!(text, "{line}").unwrap();
        }
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

    /// Starts it at this port of a namespace.
    pub fn start_inside(namespace: &Namespace, port: u16) -> Self {
        let proxy = Self::spawn(Namespace::enter(namespace.pid(), MICROSOCKS), port, None);
        // It says nothing.
        let mut look = Namespace::enter(namespace.pid(), "bash");
        look.args(["-c", &format!("until (: < /dev/tcp/127.0.0.1/{port}) 2> /dev/null; do :; done")]);
        Running::spawn(look, PATIENCE).finish().expect_success();
        Self { _proxy: proxy, port }
    }

    fn start_at(port: u16, login: Option<(&str, &str)>) -> Option<Self> {
        let proxy = Self::spawn(Command::new(MICROSOCKS), port, login);
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

    fn spawn(mut command: Command, port: u16, login: Option<(&str, &str)>) -> Running {
        require(MICROSOCKS, "microsocks");
        command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-b", OUTGOING]);
        if let Some((user, password)) = login {
            command.args(["-u", user, "-P", password]);
        }
        Running::spawn(command, Duration::from_secs(3600))
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
