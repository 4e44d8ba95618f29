//! The programs of `c-examples`: they work, say the same under both libraries, and `make demo` shows them.

mod support;

use std::process::Command;

use support::PATIENCE;
use support::files::root;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Program, Running};

const BOTH: [Library; 2] = [Library::Ours, Library::Original];

/// Runs a publisher against a broker; gives what it printed and what mosquitto_sub got.
fn publish(library: Library, source: &str) -> (String, String) {
    let broker = Mosquitto::start(&[]);
    let watcher = broker.watch(&["-t", "samples/#", "-C", "1", "-F", "%t %q %r %p"]);
    let program = Program::compile(source);
    let output = program.with(library).environment("MQTT_BROKER", &broker.uri()).output();
    (output, watcher.finish().expect_success().stdout)
}

#[test]
fn the_publisher_publishes_the_same_with_both_libraries() {
    for library in BOTH {
        let (output, received) = publish(library, "c-examples/MQTTClient_publish.c");
        let expected = "Published to samples/greeting: Hello from a sample!\n\
                        The broker has it (delivery token 1).\n";
        assert_eq!(output, expected, "{library:?}");
        assert_eq!(received, "samples/greeting 0 0 Hello from a sample!\n", "{library:?}");
    }
}

#[test]
fn the_publisher_with_a_callback_publishes_the_same_with_both_libraries() {
    for library in BOTH {
        let (output, received) = publish(library, "c-examples/MQTTClient_publish_async.c");
        let expected = "Published to samples/greeting: Hello from a callback!\n\
                        The callback says: delivered (delivery token 1).\n";
        assert_eq!(output, expected, "{library:?}");
        assert_eq!(received, "samples/greeting 0 0 Hello from a callback!\n", "{library:?}");
    }
}

#[test]
fn the_subscriber_prints_the_same_with_both_libraries() {
    let program = Program::compile("c-examples/MQTTClient_subscribe.c");
    for library in BOTH {
        let broker = Mosquitto::start(&[]);
        let mut subscriber = program.with(library).arguments(&[broker.uri()]).start();
        subscriber.wait_for("Subscribed");
        broker.publish(&["-t", "samples/one", "-q", "1", "-m", "first"]);
        broker.publish(&["-t", "samples/two", "-q", "0", "-m", ""]);
        subscriber.wait_for("samples/two");
        subscriber.write("\n");
        let expected =
            "Subscribed to samples/#. Press Enter to end.\nsamples/one: first\nsamples/two: \n".to_owned();
        assert_eq!(subscriber.finish().expect_success().stdout, expected, "{library:?}");
    }
}

#[test]
fn the_last_will_is_published_for_one_that_vanishes_and_not_for_one_that_disconnects() {
    let program = Program::compile("c-examples/mqtt_last_will.cpp");
    for library in BOTH {
        let broker = Mosquitto::start(&[]);
        let watcher = broker.watch(&["-t", "Iamdie", "-F", "%t: %p"]);
        let run = |ending: &str| program.with(library).arguments(&[ending, &broker.uri()]).output();
        let connected = "Connected, with the will \"I am really die.\" for topic Iamdie.\n";

        let disconnected = run("disconnect");
        let ending = "Disconnected in good order: the broker forgets the will.\n";
        assert_eq!(disconnected, format!("{connected}{ending}"), "{library:?}");

        let vanished = run("vanish");
        let ending = "Vanishing without disconnecting: the broker publishes the will.\n";
        assert_eq!(vanished, format!("{connected}{ending}"), "{library:?}");

        watcher.wait_for("Iamdie: I am really die.");
        broker.publish(&["-t", "Iamdie", "-m", "end"]);
        watcher.wait_for("Iamdie: end");
        assert_eq!(watcher.stdout(), "Iamdie: I am really die.\nIamdie: end\n", "{library:?}");
    }
}

/// A sample is copied with its handling of errors.
#[test]
fn samples_report_a_broker_that_is_not_there() {
    // A port that was free a moment ago, and that nobody was told of.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let uri = format!("tcp://127.0.0.1:{port}");
    for name in ["MQTTClient_publish.c", "MQTTClient_publish_async.c", "MQTTClient_subscribe.c"] {
        for library in BOTH {
            let finished =
                Program::compile(&format!("c-examples/{name}")).with(library).arguments(&[&uri]).finish();
            assert_eq!(finished.status.code(), Some(1), "{name}, {library:?}");
            assert_eq!(finished.stdout, "", "{name}, {library:?}");
            assert_eq!(
                finished.stderr,
                format!("Connecting to {uri} failed with return code -1: Failure\n"),
                "{name}, {library:?}"
            );
        }
    }
}

/// Without any service: the demonstration brings its own broker.
#[test]
fn the_demonstration_works_with_its_own_broker() {
    let mut demo = Command::new(root().join("c-examples/demo.sh"));
    demo.env_remove("MQTT_BROKER");
    let output = Running::spawn(demo, PATIENCE * 3).finish().expect_success().stdout;
    assert!(output.contains("one of our own"), "{output}");
    assert!(output.contains("MQTTAsync_subscribe"), "{output}");
    assert!(output.ends_with("== All of it worked\n"), "{output}");
}

#[test]
fn the_demonstration_works_with_a_given_broker() {
    let broker = Mosquitto::start(&[]);
    let mut demo = Command::new(root().join("c-examples/demo.sh"));
    demo.env("MQTT_BROKER", broker.uri());
    let output = Running::spawn(demo, PATIENCE * 3).finish().expect_success().stdout;
    assert!(output.contains(&broker.uri()), "{output}");
    assert!(output.ends_with("== All of it worked\n"), "{output}");
}
