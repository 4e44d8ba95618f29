//! Janus, a WebRTC server whose MQTT transport the distribution has compiled against the original, runs on our library:
//! requests are answered, also after the broker was started again. (Package janus.)

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::process::Signal;
use support::certificates::{Authority, HERE};
use support::files::Scratch;
use support::library::{Library, require};
use support::mosquitto::Mosquitto;
use support::program::{Program, Running};

const TRANSPORT: &str = "libjanus_mqtt.so";
/// What janus says when it has subscribed, each time.
const SUBSCRIBED: &str = "MQTT client has been successfully subscribed to MQTT topic: to-janus";

/// Starts janus with nothing but this transport, and with these lines of that one's configuration.
fn janus(files: &Scratch, library: Library, transport: &[String]) -> Running {
    require("/usr/bin/janus", "janus");
    let path = files.path().display();
    symlink(installed_transports().join(TRANSPORT), files.file(TRANSPORT)).unwrap();
    let general = format!(
        r#"general: {{
  configs_folder = "{path}"
  transports_folder = "{path}"
  plugins_folder = "{path}/none"
  events_folder = "{path}/none"
  loggers_folder = "{path}/none"
  debug_level = 4
  debug_colors = false
  interface = "127.0.0.1"
}}
"#
    );
    let lines = transport.join("\n  ");
    let mqtt = format!(
        r#"general: {{
  enabled = true
  json = "compact"
  client_id = "janus"
  subscribe_topic = "to-janus"
  publish_topic = "from-janus"
  {lines}
}}
"#
    );
    std::fs::create_dir(files.file("none")).unwrap();
    files.write("janus.transport.mqtt.jcfg", mqtt);
    let configuration = files.write("janus.jcfg", general);
    let run = Program::installed("/usr/bin/janus").with(library);
    let folder = path.to_string();
    run.arguments(&["-F", &folder, "-C", configuration.to_str().unwrap()]).start()
}

/// Where the package has its transports, which depends on the machine.
fn installed_transports() -> &'static Path {
    let directories =
        ["/usr/lib/x86_64-linux-gnu/janus/transports", "/usr/lib/aarch64-linux-gnu/janus/transports"];
    let found = directories.into_iter().map(Path::new).find(|path| path.join(TRANSPORT).exists());
    found.expect("the package janus: tests/install-prerequisites.sh installs it")
}

/// Asks janus who it is, and gets an answer.
fn ask(broker: &Mosquitto, transaction: &str) {
    let watcher = broker.watch(&["-t", "from-janus", "-q", "1", "-C", "1"]);
    let request = format!(r#"{{"janus":"info","transaction":"{transaction}"}}"#);
    broker.publish(&["-t", "to-janus", "-q", "1", "-m", &request]);
    let answer: serde_json::Value = serde_json::from_str(&watcher.finish().expect_success().stdout).unwrap();
    assert_eq!(answer["janus"], "server_info", "{answer}");
    assert_eq!(answer["transaction"], transaction, "{answer}");
}

/// It does with both libraries, and both times.
fn answers_again_after_a_restart(listener: &[String], transport: impl Fn(u16) -> Vec<String>) {
    let listener: Vec<_> = listener.iter().map(String::as_str).collect();
    for library in [Library::Ours, Library::Original] {
        let files = Scratch::new();
        let (mut broker, port) = Mosquitto::start_with_listener(&listener);
        let janus = janus(&files, library, &transport(port));
        janus.wait_for(SUBSCRIBED);
        ask(&broker, "first");
        broker.restart();
        janus.wait_for_nth(SUBSCRIBED, 2);
        ask(&broker, "second");
        janus.signal(Signal::TERM);
        janus.finish().expect_success();
    }
}

#[test]
fn janus_answers_requests() {
    answers_again_after_a_restart(&[], |port| vec![format!(r#"url = "tcp://127.0.0.1:{port}""#)]);
}

#[test]
fn janus_answers_requests_with_mqtt_5() {
    answers_again_after_a_restart(&[], |port| {
        vec![format!(r#"url = "tcp://127.0.0.1:{port}""#), r#"mqtt_version = "5""#.to_owned()]
    });
}

#[test]
fn janus_answers_requests_over_mutual_tls() {
    let authority = Authority::new("Test CA");
    let mut listener = authority.issue("server", HERE).listener(&authority);
    listener.push("require_certificate true".to_owned());
    let client = authority.issue("client", "extendedKeyUsage=clientAuth");
    answers_again_after_a_restart(&listener, |port| {
        vec![
            format!(r#"url = "ssl://localhost:{port}""#),
            "ssl_enabled = true".to_owned(),
            "verify_peer = true".to_owned(),
            format!(r#"cacertfile = "{}""#, authority.certificate().display()),
            format!(r#"certfile = "{}""#, client.certificate.display()),
            format!(r#"keyfile = "{}""#, client.key.display()),
        ]
    });
}
