//! Programs that were compiled years ago against the original, by the distribution, run with our library;
//! and so do their sources, compiled with our headers. (Package paho.mqtt.c-examples.)
//!
//! Their broker's address is compiled in, so they run in a network namespace in which that name is
//! the loopback interface, with a mosquitto and its clients beside them.

mod support;

use std::path::Path;

use rustix::process::Signal;
use support::library::{Headers, Library, require};
use support::mosquitto::Mosquitto;
use support::namespace::Namespace;
use support::program::{Program, Run};

/// The name that is compiled into the programs.
const BROKER: &str = "mqtt.eclipseprojects.io";

/// The same program twice: as the distribution compiled it, and from its source with our headers.
fn builds(name: &str) -> Vec<(&'static str, Program)> {
    let binary = format!("/usr/bin/{name}");
    require(&binary, "paho.mqtt.c-examples");
    let mut builds = vec![("compiled by the distribution", Program::installed(binary))];
    // The sources of the tools include a header that the package does not have.
    if !name.starts_with("paho_") {
        let source = format!("/usr/src/paho.mqtt.c-examples/{name}.c");
        require(&source, "paho.mqtt.c-examples");
        builds.push(("compiled with our headers", Program::compile_with(Path::new(&source), Headers::Ours)));
    }
    builds
}

/// Runs a program with each library, in a world of its own each time, and compares.
fn same_with_both_libraries(name: &str, play: impl Fn(&Mosquitto, Run) -> String) {
    for (build, program) in builds(name) {
        let [ours, original] = [Library::Ours, Library::Original].map(|library| {
            let namespace = Namespace::with_hosts(&[("127.0.0.1", BROKER)]);
            let broker = Mosquitto::start_inside(&namespace);
            play(&broker, program.with(library).inside(&namespace))
        });
        assert_eq!(ours, original, "{name}, {build}");
    }
}

/// What a publisher prints, and what mosquitto_sub gets of it.
fn published(broker: &Mosquitto, run: Run) -> String {
    let watcher = broker.watch(&["-t", "#", "-q", "2", "-C", "1", "-F", "%t %q %r %p"]);
    // The callback of the asynchronous one prints when it is called: its line may come at any place.
    let printed = run.output();
    let mut printed: Vec<&str> = printed.lines().collect();
    printed.sort_unstable();
    let received = watcher.finish().expect_success().stdout;
    assert!(received.ends_with(" 1 0 Hello World!\n"), "{received}");
    format!("{}\n{received}", printed.join("\n"))
}

#[test]
fn mqttclient_publish_runs_on_our_library() {
    same_with_both_libraries("MQTTClient_publish", published);
}

#[test]
fn mqttclient_publish_async_runs_on_our_library() {
    same_with_both_libraries("MQTTClient_publish_async", published);
}

#[test]
fn mqttclient_subscribe_runs_on_our_library() {
    same_with_both_libraries("MQTTClient_subscribe", |broker, run| {
        // It ends when it reads a line that starts with q, and subscribes to this topic with QoS 1.
        let mut subscriber = run.start();
        broker.wait_for_log("Sending SUBACK to");
        for (qos, text) in [("0", "zero"), ("1", "one"), ("2", "two")] {
            broker.publish(&["-t", "MQTT Examples", "-q", qos, "-m", text]);
        }
        broker.wait_for_log("Received PUBACK from ExampleClientSub (Mid: 2");
        subscriber.write("Q\n");
        let printed = subscriber.finish().expect_success().stdout;
        for text in ["zero", "one", "two"] {
            assert!(printed.contains(text), "{printed}");
        }
        printed
    });
}

#[test]
fn mqttasync_publish_runs_on_our_library() {
    same_with_both_libraries("MQTTAsync_publish", published);
}

/// It publishes the time until it is ended; the broker that it knows is on the machine itself.
#[test]
fn mqttasync_publish_time_runs_on_our_library() {
    same_with_both_libraries("MQTTAsync_publish_time", |broker, run| {
        let watcher = broker.watch(&["-t", "#", "-q", "1", "-C", "100", "-F", "%t %q %p"]);
        let publisher = run.start();
        let received = watcher.finish().expect_success().stdout;
        publisher.signal(Signal::KILL);
        let printed = publisher.finish().stdout;
        let times: Vec<u64> = received
            .lines()
            .map(|line| line.strip_prefix("data/time 1 ").and_then(|time| time.parse().ok()).expect(line))
            .collect();
        assert!(times.len() == 100 && times.is_sorted(), "{received}");
        // The times themselves are not the same twice.
        printed.lines().next().unwrap_or_default().to_owned()
    });
}

#[test]
fn mqttasync_subscribe_runs_on_our_library() {
    same_with_both_libraries("MQTTAsync_subscribe", |broker, run| {
        let mut subscriber = run.start();
        broker.wait_for_log("Sending SUBACK to");
        for (qos, text) in [("0", "zero"), ("1", "one"), ("2", "two")] {
            broker.publish(&["-t", "MQTT Examples", "-q", qos, "-m", text]);
        }
        broker.wait_for_log("Received PUBACK from ExampleClientSub (Mid: 2");
        subscriber.write("Q\n");
        let printed = subscriber.finish().expect_success().stdout;
        for text in ["zero", "one", "two"] {
            assert!(printed.contains(text), "{printed}");
        }
        // What is printed by callbacks may stand before or behind what is not.
        let mut lines: Vec<&str> = printed.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    });
}

#[test]
fn paho_c_pub_runs_on_our_library() {
    same_with_both_libraries("paho_c_pub", |broker, run| {
        let watcher = broker.watch(&["-V", "5", "-t", "#", "-q", "2", "-C", "1", "-F", "%t %q %r %P|%p"]);
        let arguments = [
            "-t",
            "a/b",
            "-m",
            "hello",
            "-q",
            "2",
            "-V",
            "5",
            "--user-property",
            "name",
            "value",
            "--verbose",
        ];
        let printed = run.arguments(&arguments).output();
        let received = watcher.finish().expect_success().stdout;
        assert_eq!(received, "a/b 2 0 name:value|hello\n");
        printed
    });
}

#[test]
fn paho_c_sub_runs_on_our_library() {
    same_with_both_libraries("paho_c_sub", |broker, run| {
        let subscriber = run.arguments(&["-t", "a/#", "-q", "1", "--verbose"]).start();
        broker.wait_for_log("Sending SUBACK to");
        broker.publish(&["-t", "a/b", "-q", "1", "-m", "hello"]);
        broker.wait_for_log("Received PUBACK from");
        subscriber.signal(Signal::INT);
        let printed = subscriber.finish().expect_success().stdout;
        assert!(printed.contains("hello"), "{printed}");
        printed
    });
}
