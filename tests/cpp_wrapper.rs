//! Programs for the distribution's library for C++, which was compiled against the original, do the same when that
//! library runs on ours. (Package libpaho-mqttpp-dev.)

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::path::Path;

use rustix::process::Signal;
use support::certificates::{Authority, HERE};
use support::library::{Library, require};
use support::mosquitto::Mosquitto;
use support::program::{Program, Run};

const VERSIONS: [&str; 2] = ["4", "5"];

/// How a program reaches its broker.
struct Link {
    /// Lines for the broker's second listener.
    listener: Vec<String>,
    scheme: &'static str,
    /// Trust store, certificate and key, if there is TLS.
    files: Vec<String>,
    /// Which is used for as long as this is.
    _authority: Option<Authority>,
}

impl Link {
    fn plain() -> Self {
        Self { listener: Vec::new(), scheme: "tcp", files: Vec::new(), _authority: None }
    }

    /// Each side shows a certificate.
    fn mutual_tls() -> Self {
        let authority = Authority::new("Test CA");
        let mut listener = authority.issue("server", HERE).listener(&authority);
        listener.push("require_certificate true".to_owned());
        let client = authority.issue("client", "extendedKeyUsage=clientAuth");
        let path = |path: &Path| path.display().to_string();
        let files = vec![path(&authority.certificate()), path(&client.certificate), path(&client.key)];
        Self { listener, scheme: "ssl", files, _authority: Some(authority) }
    }

    /// A broker, whose first listener is plain, and a run of a program that uses the second.
    fn start(&self, source: &str, library: Library, arguments: &[&str]) -> (Mosquitto, Run) {
        require("/usr/include/mqtt/async_client.h", "libpaho-mqttpp-dev");
        let lines: Vec<_> = self.listener.iter().map(String::as_str).collect();
        let (broker, port) = Mosquitto::start_with_listener(&lines);
        let run = Program::compile(source).with(library);
        let run = run.arguments(&[format!("{}://localhost:{port}", self.scheme)]);
        (broker, run.arguments(arguments).arguments(&self.files))
    }
}

/// Requests and answers, while the broker is started again twice.
fn requests_are_answered(link: &Link) {
    for version in VERSIONS {
        let [ours, original] = [Library::Ours, Library::Original].map(|library| {
            let (mut broker, run) = link.start("tests/c/cpp_requests.cpp", library, &[version, "3"]);
            let running = run.start();
            for round in ["round 1", "round 2"] {
                running.wait_for(round);
                broker.restart();
            }
            running.finish().expect_success().stdout
        });
        assert!(ours.contains(": answer to request 3"), "{ours}");
        assert_eq!(ours, original);
    }
}

#[test]
fn requests_are_answered_over_tcp() {
    requests_are_answered(&Link::plain());
}

#[test]
fn requests_are_answered_over_tls() {
    requests_are_answered(&Link::mutual_tls());
}

/// What a publisher says and what of it arrives: at once, after a restart of the broker, and as its will.
fn published(link: &Link, library: Library, version: &str) -> String {
    let (mut broker, run) = link.start("tests/c/cpp_publisher.cpp", library, &[version]);
    let format: &[_] = match version {
        "5" => &["-V", "5", "-F", "%t %q %r %x %C %P"],
        _ => &["-F", "%t %q %r %x"],
    };
    let all_topics = |count| [format, &["-t", "wrapper/#", "-q", "2", "-C", count]].concat();

    let watcher = broker.watch(&all_topics("15"));
    let mut publisher = run.start();
    let mut all = sorted(&watcher.finish().expect_success().stdout);
    publisher.wait_for("published");
    broker.restart();
    publisher.wait_for("delivered");
    // Those are retained.
    all += &sorted(&broker.watch(&all_topics("10")).finish().expect_success().stdout);

    // It goes with a goodbye, or without one.
    let will = broker.watch(&[format, &["-t", "wrapper/will", "-t", "end", "-C", "1"]].concat());
    if version == "5" {
        publisher.signal(Signal::KILL);
        all += &will.finish().expect_success().stdout;
        all += &publisher.finish().stdout;
    } else {
        publisher.write("\n");
        all += &publisher.finish().expect_success().stdout;
        broker.publish(&["-t", "end", "-n"]);
        all += &will.finish().expect_success().stdout;
    }
    all
}

fn sorted(text: &str) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n") + "\n"
}

fn messages_arrive(link: &Link) {
    for version in VERSIONS {
        let [ours, original] =
            [Library::Ours, Library::Original].map(|library| published(link, library, version));
        let end = if version == "5" { "wrapper/will 0 0 676f6e65" } else { "end 0 0" };
        assert!(ours.contains(end), "{ours}");
        assert_eq!(ours, original, "{version}");
    }
}

#[test]
fn messages_arrive_over_tcp() {
    messages_arrive(&Link::plain());
}

#[test]
fn messages_arrive_over_tls() {
    messages_arrive(&Link::mutual_tls());
}

#[test]
fn calls_that_wait_return_what_they_returned() {
    for link in [Link::plain(), Link::mutual_tls()] {
        for version in VERSIONS {
            let [ours, original] = [Library::Ours, Library::Original].map(|library| {
                let (_broker, run) = link.start("tests/c/cpp_blocking.cpp", library, &[version]);
                run.output()
            });
            assert_eq!(ours.matches("the same: true").count(), 4, "{ours}");
            assert_eq!(ours, original, "{version}");
        }
    }
}

/// Its exception says that connecting failed, and its handler of errors is told why.
#[test]
fn a_server_that_is_not_trusted_is_an_exception() {
    let (link, other) = (Link::mutual_tls(), Authority::new("Other CA"));
    for version in VERSIONS {
        for library in [Library::Ours, Library::Original] {
            let (broker, port) =
                Mosquitto::start_with_listener(&link.listener.iter().map(String::as_str).collect::<Vec<_>>());
            let run = Program::compile("tests/c/cpp_blocking.cpp").with(library);
            let uri = format!("ssl://localhost:{port}");
            let failed = run.arguments(&[&*uri, version, other.certificate().to_str().unwrap()]).finish();
            assert_eq!(failed.status.code(), Some(1), "{library:?}");
            assert_eq!(failed.stdout, "exception: -1\n", "{library:?}");
            assert!(failed.stderr.contains("certificate verify failed"), "{library:?}: {}", failed.stderr);
            drop(broker);
        }
    }
}
