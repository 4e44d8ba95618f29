//! The programs of `docs/guide/examples`: those in C compile without a warning, and each does what its page says.

#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::PATIENCE;
use support::certificates::{Authority, HERE};
use support::files::{Scratch, root};
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Finished, Program, Running};
use support::proxies::{Microsocks, Tinyproxy};

const EXAMPLES: &str = "docs/guide/examples";

const BOTH: [Library; 2] = [Library::Ours, Library::Original];

fn example(name: &str) -> Program {
    Program::compile(&format!("{EXAMPLES}/{name}.c"))
}

/// Runs one that needs only a broker, with both libraries; gives what it prints with ours.
fn run_with_both(name: &str) -> String {
    let program = example(name);
    let [ours, original] = BOTH.map(|library| {
        let broker = Mosquitto::start(&[]);
        program.with(library).arguments(&[broker.uri()]).output()
    });
    assert_eq!(ours, original, "{name}");
    ours
}

#[test]
fn synchronous() {
    assert_eq!(run_with_both("synchronous"), "guide/synchronous: hello\n");
}

#[test]
fn asynchronous() {
    assert_eq!(run_with_both("asynchronous"), "guide/asynchronous: hello\n");
}

#[test]
fn threads() {
    assert_eq!(run_with_both("threads"), "100 messages from 4 threads\n");
}

#[test]
fn qos() {
    let expected = "subscribed with QoS 1\n\
                    published with QoS 0, arrived with QoS 0\n\
                    published with QoS 1, arrived with QoS 1\n\
                    published with QoS 2, arrived with QoS 1\n";
    assert_eq!(run_with_both("qos"), expected);
}

#[test]
fn wildcards() {
    let expected = "guide/home:\n\
                    \x20   guide/home\n\
                    guide/home/#:\n\
                    \x20   guide/home\n\
                    \x20   guide/home/kitchen\n\
                    \x20   guide/home/kitchen/light\n\
                    \x20   guide/home/hall/light\n\
                    guide/home/+:\n\
                    \x20   guide/home/kitchen\n\
                    guide/home/+/light:\n\
                    \x20   guide/home/kitchen/light\n\
                    \x20   guide/home/hall/light\n\
                    guide/+/kitchen/#:\n\
                    \x20   guide/home/kitchen\n\
                    \x20   guide/home/kitchen/light\n";
    assert_eq!(run_with_both("wildcards"), expected);
}

#[test]
fn mqtt5() {
    let expected = "published: No matching subscribers\n\
                    published: SUCCESS\n\
                    guide/mqtt5: language = en\n";
    assert_eq!(run_with_both("mqtt5"), expected);
}

/// Another client of the same name takes its place at the broker, which ends its connection.
#[test]
fn reconnect() {
    let broker = Mosquitto::start(&[]);
    let program = example("reconnect").with(Library::Ours).arguments(&[broker.uri()]).start();
    program.wait_for("subscribed");
    broker.publish(&["-i", "guide-reconnect", "-t", "elsewhere", "-m", "x"]);
    program.wait_for("lost");
    program.wait_for_nth("subscribed", 2);
    broker.publish(&["-t", "guide/reconnect", "-m", "end"]);
    let expected = "connected (automatic reconnect)\nsubscribed\nlost\n\
                    connected (automatic reconnect)\nsubscribed\nguide/reconnect: end\n";
    assert_eq!(program.finish().expect_success().stdout, expected);
}

#[test]
fn offline() {
    let broker = Mosquitto::start(&[]);
    let expected = "one: -12, No more messages can be buffered\n\
                    two: -12, No more messages can be buffered\n\
                    connecting\nthree: delivered\nfour: delivered\nfive: delivered\n";
    assert_eq!(example("offline").run(&[broker.uri()]), expected);
}

#[test]
fn persistence() {
    let (broker, files) = (Mosquitto::start(&[]), Scratch::new());
    let program = example("persistence");
    for library in BOTH {
        let directory = files.file(&format!("{library:?}"));
        fs::create_dir(&directory).unwrap();
        let directory = directory.to_str().unwrap();
        let run = |arguments: &[&str]| program.with(library).arguments(arguments).finish();
        let watcher = broker.watch(&["-t", "guide/persistence", "-C", "1"]);

        let stored = run(&["store", directory, "from an earlier life"]).expect_success();
        assert_eq!(stored.stdout, "stored: Success\n", "{library:?}");
        let record = Path::new(directory).join("guide-persistence-localhost-1883/c-1.msg");
        assert!(record.exists(), "{library:?}");

        let sent = run(&["send", directory, &broker.uri()]).expect_success();
        assert_eq!(sent.stdout, "delivered: 1\n", "{library:?}");
        assert_eq!(watcher.finish().expect_success().stdout, "from an earlier life\n", "{library:?}");
        let nothing = run(&["send", directory, &broker.uri()]);
        assert_eq!(nothing.stdout, "nothing is waiting\n", "{library:?}");
    }
}

#[test]
fn tracing() {
    let broker = Mosquitto::start(&[]);
    let program = example("tracing");
    let output = program.run(&[broker.uri()]);
    for line in [
        "] ===",
        "[3] Compatible with: 1.3.15",
        "guide-tracing -> CONNECT version 4 clean: 1 (0)",
        "guide-tracing <- CONNACK rc: 0",
        "guide-tracing -> PUBLISH msgid: 1 qos: 1 retained: 0 rc 0 payload len(5): hello",
        "guide-tracing <- PUBACK msgid: 1",
        "guide-tracing -> DISCONNECT (0)",
    ] {
        assert!(output.contains(line), "{line}: {output}");
    }

    // What the page about trouble shows.
    let port = free_port();
    let failed = program.with(Library::Ours).arguments(&[format!("tcp://127.0.0.1:{port}")]).finish();
    let line = format!("Connect failed in TCP, 127.0.0.1:{port}: connection refused\n");
    assert!(failed.stdout.contains(&line), "{}", failed.stdout);
    assert_eq!(failed.stderr, "-1, Failure\n");
}

#[test]
fn proxy_websocket() {
    let (broker, uri) = Mosquitto::start_with_websockets();
    let program = example("proxy_websocket");
    assert_eq!(program.run(&[&uri]), "published\n");
    broker.wait_for_log("Received PUBLISH from guide-proxy-websocket");

    let (http, socks) = (Tinyproxy::start(&[]), Microsocks::start(None));
    assert_eq!(program.run(&[&uri, &format!("http://127.0.0.1:{}", http.port())]), "published\n");
    http.wait_for_log(&format!("CONNECT {} HTTP/1.1", uri.trim_start_matches("ws://")));
    assert_eq!(program.run(&[&uri, &format!("socks5h://127.0.0.1:{}", socks.port())]), "published\n");

    // What the page says of a port without WebSocket.
    let plain = Mosquitto::start(&[]);
    let uri = format!("ws://127.0.0.1:{}", plain.port());
    let run = program.with(Library::Ours).arguments(&[uri]);
    let failed = run.environment("MQTT_C_CLIENT_TRACE", "ON").finish();
    assert!(failed.stdout.contains("Connect failed in WebSocket upgrade"), "{}", failed.stdout);
    assert_eq!(failed.stderr, "-1, Failure\n");
}

#[test]
fn tls() {
    let (authority, other) = (Authority::new("Guide CA"), Authority::new("Other CA"));
    let server = authority.issue("server", HERE);
    let client = authority.issue("client", "extendedKeyUsage=clientAuth");
    let mut lines = server.listener(&authority);
    lines.push("require_certificate true".to_owned());
    let broker = Mosquitto::start(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let uri = format!("ssl://127.0.0.1:{}", broker.port());
    let path = |path: &Path| path.display().to_string();
    let program = example("tls");

    let trust = path(&authority.certificate());
    let own = [path(&client.certificate), path(&client.key)];
    assert_eq!(program.run(&[&uri, &trust, &own[0], &own[1]]), "connected with TLS\n");

    // The lines that the page about trouble shows.
    for (arguments, line) in [
        (vec![uri.clone(), trust.clone()], "alert 116 (CertificateRequired)"),
        (vec![uri.clone(), path(&other.certificate())], "certificate verify failed: its issuer"),
        (vec![uri.clone(), "nowhere.pem".to_owned()], "trustStore nowhere.pem cannot be read"),
    ] {
        let failed = program.with(Library::Ours).arguments(&arguments).finish();
        assert!(failed.stderr.contains(line), "{line}: {}", failed.stderr);
        assert!(failed.stderr.ends_with("connect: -1, Failure\n"), "{}", failed.stderr);
    }
}

#[test]
fn python() {
    let example = |library: Library, uri: &str| {
        let mut command = Command::new("python3");
        command.arg(root().join(EXAMPLES).join("python_client.py")).arg(uri);
        if let Some(directory) = library.directory() {
            command.env("LD_LIBRARY_PATH", directory);
        }
        Running::spawn(command, PATIENCE).finish()
    };
    for library in BOTH {
        let broker = Mosquitto::start(&[]);
        let said = example(library, &broker.uri()).expect_success().stdout;
        assert_eq!(said, "guide/python: hello from Python\n", "{library:?}");
        let failed = example(library, &format!("tcp://127.0.0.1:{}", free_port()));
        assert_eq!(failed.status.code(), Some(1), "{library:?}");
        assert_eq!(failed.stderr, "connect: -1, Failure\n", "{library:?}");
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An example is copied with its handling of errors: each fails where nobody listens, and none hangs.
#[test]
fn examples_report_a_broker_that_is_not_there() {
    let uri = format!("tcp://127.0.0.1:{}", free_port());
    for name in ["synchronous", "asynchronous", "threads", "offline", "qos", "wildcards", "mqtt5"] {
        let Finished { status, stderr, .. } = example(name).with(Library::Ours).arguments(&[&uri]).finish();
        assert_eq!(status.code(), Some(1), "{name}: {stderr}");
        assert!(stderr.contains("ailure"), "{name}: {stderr}");
    }
}

/// So that none is left out here, and each page leads to its example.
#[test]
fn each_example_has_a_test_and_a_page() {
    let tests = fs::read_to_string(root().join("tests/guide_examples.rs")).unwrap();
    let pages: String = fs::read_dir(root().join("docs/guide"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let mut examples = 0;
    for entry in fs::read_dir(root().join(EXAMPLES)).unwrap() {
        let path = entry.unwrap().path();
        let (name, file) = (path.file_stem().unwrap(), path.file_name().unwrap());
        let (name, file) = (name.to_str().unwrap(), file.to_str().unwrap());
        let is_run =
            [format!("(\"{name}\")"), format!("(\"{file}\")")].iter().any(|call| tests.contains(call));
        assert!(is_run, "{name} is not run");
        assert!(pages.contains(&format!("](examples/{file})")), "{file} is on no page");
        examples += 1;
    }
    assert!(examples > 8, "{examples}");
}
