//! The distribution's programs, and our tools, over each transport: what was sent arrives, on our library and on the
//! original where that can do the same. (Package paho.mqtt.c-examples.)
//!
//! The command line tools take a URI, and files for TLS. The addresses of the other programs (`MQTTClient_publish` and
//! so on) are compiled in and begin with `tcp://`: only a proxy of the environment takes them elsewhere. Ours of these
//! names (`c-examples`) take a URI, but have no options for TLS, nor are they linked with it. Through a proxy the
//! original connects when the whole reply happens to come at once (contract T-405): publishers try it, more than once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[allow(dead_code, reason = "what clients have offered is looked at elsewhere")]
#[path = "tls/relay.rs"]
mod relay;
mod support;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use relay::{Kind, TlsRelay};
use rustix::process::Signal;
use support::built::{Build, ON_OUR_LIBRARY};
use support::certificates::Certificates;
use support::files::Scratch;
use support::library::{Library, require};
use support::mosquitto::Mosquitto;
use support::namespace::Namespace;
use support::program::{Program, Run};
use support::proxies::{Microsocks, OUTGOING, Tinyproxy};

/// Whether the original knows the transport, too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    ToBoth,
    ToOurs,
}

impl Known {
    /// Ours and the distribution's programs, on each library that can do it.
    fn builds(self) -> Vec<Build> {
        match self {
            Self::ToOurs => ON_OUR_LIBRARY.to_vec(),
            Self::ToBoth => [&ON_OUR_LIBRARY[..], &[Build::Theirs, Build::OursOnTheirLibrary]].concat(),
        }
    }
}

/// More than a record of TLS, and more than is read at once.
const LARGE: usize = 300_000;
/// What the original reads over TLS without waiting in vain for the rest now and then, and what mosquitto sends over
/// WebSocket in one go: of more it sends 4 KiB each time when it looks, every tenth of a second or never.
const SMALL: usize = 2_000;

static SUBSCRIBERS: AtomicUsize = AtomicUsize::new(0);

/// Publishers and subscribers of both APIs exchange messages: text, and a file of this size.
fn exchange(broker: &Mosquitto, known: Known, size: usize, uri: &str, options: &[String]) {
    let files = Scratch::new();
    for tools in ["paho_cs", "paho_c"] {
        for build in known.builds() {
            let size = if ON_OUR_LIBRARY.contains(&build) { size } else { SMALL };
            // The distribution's subscribers print as far as a NUL.
            let bytes = (0..size).map(|at| u8::try_from(1 + at * 31 % 251).unwrap());
            let content: Vec<u8> = bytes.chain(*b"\nTHE END\n").collect();
            let file = path(&files.write("message", &content));
            let messages: [(&str, &[&str], &[u8]); 3] = [
                ("0", &["-V", "311", "-m", "text of QoS 0"], b"text of QoS 0"),
                ("1", &["-V", "5", "-m", "text of QoS 1"], b"text of QoS 1"),
                ("2", &["-V", "311", "-f", &file], &content),
            ];
            // The log still has the subscriptions of earlier ones.
            let name = format!("{:03}-{tools}-{build:?}", SUBSCRIBERS.fetch_add(1, Ordering::Relaxed));
            let run = |tool: &str| {
                let run = build.run(&format!("{tools}_{tool}"));
                run.arguments(&["-c", uri, "-t", &name]).arguments(options)
            };
            let watcher = broker.watch(&["-t", &name, "-q", "2", "-C", "3", "-F", "%q %x"]);
            let subscriber = run("sub").arguments(&["-q", "2", "-i", &name, "--no-delimiter"]).start();
            broker.wait_for_log(&format!("Sending SUBACK to {name}"));
            for (qos, message, _) in &messages {
                let published =
                    run("pub").arguments(&["-q", qos]).arguments(message).finish().expect_success();
                assert_eq!((&*published.stdout, &*published.stderr), ("", ""), "{name}, QoS {qos}");
            }
            subscriber.wait_for("THE END");
            subscriber.signal(Signal::INT);
            let printed = subscriber.finish().expect_success().stdout_bytes;
            let sent: Vec<u8> = messages.iter().flat_map(|(_, _, payload)| *payload).copied().collect();
            assert!(printed == sent, "{name}: {} of {} bytes", printed.len(), sent.len());

            let expected: String =
                messages.iter().map(|(qos, _, payload)| format!("{qos} {}\n", hex(payload))).collect();
            let received = watcher.finish().expect_success().stdout;
            assert!(received == expected, "{name}: {} of {} digits", received.len(), expected.len());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Certificates {
    /// A broker, whose second listener has TLS; and the URI of that.
    fn broker(&self, more: &[&str]) -> (Mosquitto, String) {
        let lines = self.server.listener(&self.authority);
        let lines: Vec<_> = lines.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let (broker, port) = Mosquitto::start_with_listener(&lines);
        (broker, format!("ssl://localhost:{port}"))
    }

    /// The options of the tools that have the authority trusted.
    fn trust(&self) -> Vec<String> {
        vec!["--cafile".to_owned(), path(&self.authority.certificate())]
    }
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn tls() {
    let certificates = Certificates::new();
    let (broker, uri) = certificates.broker(&[]);
    exchange(&broker, Known::ToBoth, LARGE, &uri, &certificates.trust());
}

#[test]
fn mutual_tls() {
    let certificates = Certificates::new();
    let (broker, uri) = certificates.broker(&["require_certificate true", "use_identity_as_username true"]);
    let client = certificates.authority.issue("client", "extendedKeyUsage=clientAuth");
    let own = ["--cert".to_owned(), path(&client.certificate), "--key".to_owned(), path(&client.key)];
    exchange(&broker, Known::ToBoth, LARGE, &uri, &[certificates.trust(), own.to_vec()].concat());
    broker.wait_for_log("u'client'");
}

#[test]
fn websocket() {
    let (broker, uri) = Mosquitto::start_with_websockets();
    exchange(&broker, Known::ToBoth, SMALL, &format!("{uri}/mqtt"), &[]);
}

/// mosquitto has no listener for both: TLS ends in front of it.
#[test]
fn websocket_over_tls() {
    let certificates = Certificates::new();
    let (broker, uri) = Mosquitto::start_with_websockets();
    let port = uri.rsplit(':').next().unwrap().parse().unwrap();
    let server = TlsRelay::start(&certificates.server, Kind::default(), port);
    let uri = format!("wss://localhost:{}/mqtt", server.port());
    exchange(&broker, Known::ToBoth, SMALL, &uri, &certificates.trust());
}

#[test]
fn unix_socket() {
    let files = Scratch::new();
    let socket = path(&files.file("broker.sock"));
    let broker = Mosquitto::start(&[&format!("listener 0 {socket}"), "allow_anonymous true"]);
    exchange(&broker, Known::ToOurs, LARGE, &format!("unix://{socket}"), &[]);
}

/// The option that names the proxy of connections with or without TLS.
fn proxy_option(has_tls: bool, value: String) -> Vec<String> {
    let name = if has_tls { "--https-proxy" } else { "--http-proxy" };
    vec![name.to_owned(), value]
}

#[test]
fn http_proxy() {
    let certificates = Certificates::new();
    let (broker, uri) = certificates.broker(&[]);
    let proxy = Tinyproxy::start(&["BasicAuth user pass"]);
    let value = format!("http://user:pass@127.0.0.1:{}", proxy.port());
    exchange(&broker, Known::ToOurs, LARGE, &broker.uri(), &proxy_option(false, value.clone()));
    proxy.wait_for_log(&format!("CONNECT 127.0.0.1:{} HTTP/1.1", broker.port()));
    let options = [certificates.trust(), proxy_option(true, value)].concat();
    exchange(&broker, Known::ToOurs, LARGE, &uri, &options);
    proxy.wait_for_log(&format!("CONNECT {} HTTP/1.1", uri.trim_start_matches("ssl://")));
}

#[test]
fn socks_proxy() {
    let certificates = Certificates::new();
    let (broker, uri) = certificates.broker(&[]);
    let proxy = Microsocks::start(Some(("user", "pass")));
    for scheme in ["socks5", "socks5h"] {
        let value = format!("{scheme}://user:pass@127.0.0.1:{}", proxy.port());
        exchange(&broker, Known::ToOurs, LARGE, &broker.uri(), &proxy_option(false, value.clone()));
        let options = [certificates.trust(), proxy_option(true, value)].concat();
        exchange(&broker, Known::ToOurs, LARGE, &uri, &options);
    }
    broker.wait_for_log(&format!("{OUTGOING}:"));
}

/// The name that is compiled into the distribution's programs.
const BROKER: &str = "mqtt.eclipseprojects.io";
/// Where the proxies of their namespace are.
const PROXY: u16 = 8080;

/// What one of them does through the proxy of its environment.
fn through_proxy(name: &str, library: Library, scheme: &str, play: impl Fn(&Mosquitto, &dyn Fn() -> Run)) {
    let binary = format!("/usr/bin/{name}");
    require(&binary, "paho.mqtt.c-examples");
    let namespace = Namespace::with_hosts(&[("127.0.0.1", BROKER)]);
    let broker = Mosquitto::start_inside(&namespace);
    let is_http = scheme == "http";
    let tinyproxy = is_http.then(|| Tinyproxy::start_inside(&namespace, PROXY));
    let _microsocks = (!is_http).then(|| Microsocks::start_inside(&namespace, PROXY));
    play(&broker, &|| {
        let run = Program::installed(&binary).with(library).inside(&namespace);
        let run = run.environment("http_proxy", &format!("{scheme}://127.0.0.1:{PROXY}"));
        run.environment("PAHO_C_CLIENT_USE_HTTP_PROXY", "TRUE")
    });
    if let Some(proxy) = tinyproxy {
        proxy.wait_for_log(&format!("CONNECT {BROKER}:1883 HTTP/1.1"));
    }
    broker.wait_for_log(&format!("New client connected from {OUTGOING}:"));
}

const SCHEMES: [&str; 3] = ["http", "socks5", "socks5h"];
const PUBLISHERS: [&str; 3] = ["MQTTClient_publish", "MQTTClient_publish_async", "MQTTAsync_publish"];

#[test]
fn publishers_with_a_fixed_address_go_through_proxies() {
    for name in PUBLISHERS {
        for scheme in SCHEMES {
            through_proxy(name, Library::Ours, scheme, |broker, run| {
                let watcher = broker.watch(&["-t", "#", "-q", "2", "-C", "1", "-F", "%q %p"]);
                run().output();
                assert_eq!(watcher.finish().expect_success().stdout, "1 Hello World!\n", "{name} {scheme}");
            });
        }
    }
}

#[test]
fn publishers_on_the_original_go_through_an_http_proxy() {
    for name in PUBLISHERS {
        through_proxy(name, Library::Original, "http", |broker, run| {
            let watcher = broker.watch(&["-t", "#", "-q", "2", "-C", "1", "-F", "%q %p"]);
            let arrives = || {
                run().finish();
                watcher.stdout_line("1 Hello World!", Duration::from_secs(5)).is_some()
            };
            assert!((0..5).any(|_| arrives()), "{name}");
        });
    }
}

#[test]
fn subscribers_with_a_fixed_address_go_through_proxies() {
    for name in ["MQTTClient_subscribe", "MQTTAsync_subscribe"] {
        for scheme in SCHEMES {
            through_proxy(name, Library::Ours, scheme, |broker, run| {
                let mut subscriber = run().start();
                broker.wait_for_log("Sending SUBACK to");
                broker.publish(&["-t", "MQTT Examples", "-q", "1", "-m", "through a proxy"]);
                broker.wait_for_log("Received PUBACK from");
                subscriber.write("Q\n");
                let printed = subscriber.finish().expect_success().stdout;
                assert!(printed.contains("through a proxy"), "{name} {scheme}: {printed}");
            });
        }
    }
}

/// Our programs of these names, over what is a matter of the URI alone.
#[test]
fn our_samples_take_any_uri_without_tls() {
    let files = Scratch::new();
    let socket = path(&files.file("broker.sock"));
    let _unix = Mosquitto::start(&[&format!("listener 0 {socket}"), "allow_anonymous true"]);
    let (_websockets, websocket) = Mosquitto::start_with_websockets();
    for (uri, library) in [
        (format!("unix://{socket}"), Library::Ours),
        (websocket.clone(), Library::Ours),
        (websocket, Library::Original),
    ] {
        let sample = |name: &str| {
            let program = Program::compile(&format!("c-examples/{name}.c"));
            program.with(library).arguments(&[&uri])
        };
        for (publisher, subscriber) in [
            ("MQTTClient_publish", "MQTTClient_subscribe"),
            ("MQTTClient_publish_async", "MQTTAsync_subscribe"),
            ("MQTTAsync_publish", "MQTTClient_subscribe"),
        ] {
            let mut subscriber = sample(subscriber).start();
            subscriber.wait_for("Subscribed");
            sample(publisher).output();
            subscriber.wait_for("samples/greeting: Hello from a ");
            subscriber.write("\n");
            subscriber.finish().expect_success();
        }
    }
}
