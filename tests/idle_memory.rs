//! What clients that have nothing to do cost: some hundreds of them in one process, over each transport.

mod support;

use support::certificates::{Authority, HERE};
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;

/// So many that what a process needs once hardly counts: workers, and what the C library keeps for each thread.
const CLIENTS: &str = "250";

/// Fails unless each client is content with so many bytes.
#[track_caller]
fn check(scheme: &str, port: u16, most: &str, options: &[String]) {
    let uri = format!("{scheme}://localhost:{port}");
    let run = Program::compile("tests/c/async_idle_memory.c").with(Library::Ours);
    let output = run.arguments(&[&uri, CLIENTS, most]).arguments(options).output();
    assert_eq!(output, format!("{CLIENTS} clients, {most} bytes each\n"));
}

#[test]
fn a_client_on_tcp_needs_little() {
    let broker = Mosquitto::start(&[]);
    check("tcp", broker.port(), "4096", &[]);
}

/// What the upgrade has needed is gone.
#[test]
fn a_websocket_needs_hardly_more() {
    let (_broker, port) = Mosquitto::start_with_listener(&["protocol websockets"]);
    check("ws", port, "5632", &[]);
}

/// Some 8 KiB are those of TLS: keys, the server's certificates, and a session to resume, which has them again.
#[test]
fn tls_needs_more() {
    let authority = Authority::new("Test CA");
    let lines = authority.issue("server", HERE).listener(&authority);
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let options = [format!("trust={}", authority.certificate().display())];
    let (_broker, port) = Mosquitto::start_with_listener(&lines);
    check("ssl", port, "12288", &options);
    let (_broker, port) = Mosquitto::start_with_listener(&[&["protocol websockets"], &*lines].concat());
    check("wss", port, "13824", &options);
}
