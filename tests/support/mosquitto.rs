//! A real broker, and its clients as the other side.

use std::fmt::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::PATIENCE;
use super::files::Scratch;
use super::namespace::Namespace;
use super::program::{Finished, Running};

const CONFIGURATION: &str = "mosquitto.conf";

/// A mosquitto of the test's own. It ends with its owner; its log is shown when the test fails.
pub struct Mosquitto {
    broker: Running,
    port: u16,
    namespace: Option<u32>,
    files: Scratch,
}

impl Mosquitto {
    /// Starts it on a free port, with further lines of configuration.
    pub fn start(configuration: &[&str]) -> Self {
        // The port is free when chosen, but another process may be faster than mosquitto.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if let Ok(broker) = Self::try_start(configuration, port, None) {
                return broker;
            }
        }
        panic!("mosquitto found no free port");
    }

    /// Starts it with a second listener, for WebSockets. The other is for its own clients.
    pub fn start_with_websockets() -> (Self, String) {
        let (broker, port) = Self::start_with_listener(&["protocol websockets"]);
        (broker, format!("ws://127.0.0.1:{port}"))
    }

    /// Starts it with a second listener, that is configured by these lines, and gives the port of that.
    pub fn start_with_listener(lines: &[&str]) -> (Self, u16) {
        for _ in 0..10 {
            let [port, second] =
                [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port());
            let listener = format!("listener {second} 127.0.0.1");
            let configuration: Vec<_> =
                [listener.as_str()].into_iter().chain(lines.iter().copied()).collect();
            if let Ok(broker) = Self::try_start(&configuration, port, None) {
                return (broker, second);
            }
        }
        panic!("mosquitto found no free ports");
    }

    /// Starts it on port 1883 of a namespace.
    pub fn start_inside(namespace: &Namespace) -> Self {
        Self::try_start(&[], 1883, Some(namespace.pid())).unwrap_or_else(|log| panic!("{log}"))
    }

    fn try_start(configuration: &[&str], port: u16, namespace: Option<u32>) -> Result<Self, String> {
        let files = Scratch::new();
        let mut text = format!("listener {port} 127.0.0.1\nlog_dest stderr\nlog_type all\nuser root\n");
        if !configuration.iter().any(|line| line.starts_with("allow_anonymous")) {
            text.push_str("allow_anonymous true\n");
        }
        for line in configuration {
            writeln!(text, "{line}").unwrap();
        }
        files.write(CONFIGURATION, text);
        let broker = spawn(&files, namespace);
        match broker.error_line(" running", PATIENCE) {
            Some(_) => Ok(Self { broker, port, namespace, files }),
            None => Err(broker.finish().stderr),
        }
    }

    /// Kills it and starts it again, as it was configured. What it knew and what it logged is gone.
    pub fn restart(&mut self) {
        self.broker.kill();
        let give_up = Instant::now() + PATIENCE;
        // Another process may have got the port for a moment.
        while Instant::now() < give_up {
            self.broker = spawn(&self.files, self.namespace);
            if self.broker.error_line(" running", PATIENCE).is_some() {
                return;
            }
        }
        panic!("mosquitto does not start again");
    }

    /// What a client gives to `MQTTClient_create`.
    pub fn uri(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.broker.signal(signal);
    }

    /// Waits for a line of its log.
    pub fn wait_for_log(&self, what: &str) -> String {
        self.broker.error_line(what, PATIENCE).unwrap_or_else(|| panic!("mosquitto never logged {what:?}"))
    }

    /// Starts `mosquitto_sub` with a client identifier of its own; returns when its subscription stands.
    pub fn watch(&self, arguments: &[&str]) -> Running {
        static WATCHERS: AtomicUsize = AtomicUsize::new(0);
        // The log still has the subscriptions of earlier ones.
        let name = format!("watcher-{:04}", WATCHERS.fetch_add(1, Ordering::Relaxed));
        let mut command = command("mosquitto_sub", self.namespace);
        command.args(["-i", &name, "-h", "127.0.0.1", "-p", &self.port.to_string()]).args(arguments);
        let watcher = Running::spawn(command, PATIENCE);
        self.wait_for_log(&format!("Sending SUBACK to {name}"));
        watcher
    }

    /// Runs `mosquitto_pub`.
    pub fn publish(&self, arguments: &[&str]) -> Finished {
        let mut command = command("mosquitto_pub", self.namespace);
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).args(arguments);
        Running::spawn(command, PATIENCE).finish().expect_success()
    }

    /// Writes a password file for the line `password_file` of a configuration.
    pub fn password_file(files: &Scratch, user: &str, password: &str) -> PathBuf {
        let path = files.file("passwords");
        let mut command = Command::new("mosquitto_passwd");
        command.args(["-b", "-c"]).arg(&path).args([user, password]);
        Running::spawn(command, PATIENCE).finish().expect_success();
        path
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[allow(clippy::print_stderr, reason = "a failed test shows the broker's side")]
            let () = eprintln!("mosquitto on port {}\n{}", self.port, self.broker.transcript());
        }
    }
}

fn spawn(files: &Scratch, namespace: Option<u32>) -> Running {
    let mut command = command("/usr/sbin/mosquitto", namespace);
    command.arg("-c").arg(files.file(CONFIGURATION));
    // It runs as long as its test does, whatever that needs.
    Running::spawn(command, Duration::from_secs(3600))
}

fn command(program: &str, namespace: Option<u32>) -> Command {
    match namespace {
        Some(pid) => Namespace::enter(pid, program),
        None => Command::new(program),
    }
}
