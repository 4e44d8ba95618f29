//! The programs of `c-examples` for the asynchronous API: they work, and say the same with both libraries.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use rustix::process::Signal;
use support::PATIENCE;
use support::built::built;
use support::files::Scratch;
use support::library::{Library, require};
use support::mosquitto::Mosquitto;
use support::scripted_broker::{Arrival, Peer, ScriptedBroker};
use support::wire::{PINGREQ, PINGRESP, PUBACK, PUBLISH, Packet, Publish, acknowledgement};

const BOTH: [Library; 2] = [Library::Ours, Library::Original];

#[test]
fn the_publisher_publishes_the_same_with_both_libraries() {
    for library in BOTH {
        let broker = Mosquitto::start(&[]);
        let watcher = broker.watch(&["-t", "samples/#", "-C", "1", "-F", "%t %q %r %p"]);
        let output = built("MQTTAsync_publish", library).environment("MQTT_BROKER", &broker.uri()).output();
        let expected = "Publishing to samples/greeting: Hello from a sample!\nThe broker has it (token 1).\n";
        assert_eq!(output, expected, "{library:?}");
        let received = watcher.finish().expect_success().stdout;
        assert_eq!(received, "samples/greeting 0 0 Hello from a sample!\n", "{library:?}");
    }
}

#[test]
fn the_subscriber_prints_the_same_with_both_libraries() {
    for library in BOTH {
        let broker = Mosquitto::start(&[]);
        let mut subscriber = built("MQTTAsync_subscribe", library).arguments(&[broker.uri()]).start();
        subscriber.wait_for("Subscribed");
        broker.publish(&["-t", "samples/one", "-q", "1", "-m", "first"]);
        broker.publish(&["-t", "samples/two", "-q", "0", "-m", ""]);
        subscriber.wait_for("samples/two");
        subscriber.write("\n");
        let expected = "Subscribed to samples/#. Press Enter to end.\nsamples/one: first\nsamples/two: \n";
        assert_eq!(subscriber.finish().expect_success().stdout, expected, "{library:?}");
    }
}

#[test]
fn samples_report_a_broker_that_is_not_there() {
    // A port that was free a moment ago, and that nobody was told of.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let uri = format!("tcp://127.0.0.1:{port}");
    for name in ["MQTTAsync_publish", "MQTTAsync_subscribe"] {
        for library in BOTH {
            let finished = built(name, library).arguments(&[&uri]).finish();
            assert_eq!(finished.status.code(), Some(1), "{name}, {library:?}");
            assert_eq!(finished.stdout, "", "{name}, {library:?}");
            let expected = "Connecting failed with code -1: ";
            assert!(finished.stderr.starts_with(expected), "{name}, {library:?}: {}", finished.stderr);
        }
    }
}

/// Acknowledges what comes, up to this number, or until the client has gone.
fn take_numbers(peer: &mut Peer, last: u32, taken: &mut Vec<u32>) {
    loop {
        match peer.next(PATIENCE) {
            Arrival::Packet(packet) if packet.kind() == PUBLISH => {
                let publish = Publish::parse(&packet, peer.version).expect("a well-formed PUBLISH");
                taken.push(String::from_utf8(publish.payload).unwrap().parse().unwrap());
                peer.send_packet(&acknowledgement(PUBACK, publish.id));
                if taken.last() == Some(&last) {
                    return;
                }
            }
            Arrival::Packet(packet) if packet.kind() == PINGREQ => {
                peer.send_packet(&Packet::new(PINGRESP << 4, []))
            }
            Arrival::Packet(_) => {}
            Arrival::End => return,
            Arrival::Nothing => panic!("the client is silent, after {taken:?}"),
        }
    }
}

/// It is cut off twice, once before the broker has said a word, and publishes all the while.
#[test]
fn numbers_published_without_a_connection_are_delivered_in_order() {
    for library in BOTH {
        let files = Scratch::new();
        let broker = ScriptedBroker::start(|listener| {
            let mut taken = Vec::new();
            let (mut peer, connect) = listener.welcome();
            assert!(!connect.clean, "the session is to be kept");
            take_numbers(&mut peer, 2, &mut taken);
            peer.close();
            let mut peer = listener.accept();
            peer.expect_connect();
            peer.close();
            let (mut peer, _) = listener.welcome();
            take_numbers(&mut peer, 6, &mut taken);
            peer.expect_end();
            taken
        });
        let arguments = [broker.uri(), files.path().display().to_string()];
        let sample = built("MQTTAsync_reconnect", library).arguments(&arguments).start();
        sample.wait_for("The connection was lost");
        sample.wait_for("(for later)");
        sample.wait_for_nth("Connected.", 2);
        sample.wait_for("Delivered: 6");
        sample.signal(Signal::INT);
        let output = sample.finish().expect_success().stdout;
        for number in 1..=6 {
            assert!(output.contains(&format!("Delivered: {number}\n")), "{library:?}: {output}");
        }
        let mut taken = broker.finish();
        // QoS 1: what was not acknowledged in time may come again.
        taken.dedup();
        assert_eq!(taken, [1, 2, 3, 4, 5, 6], "{library:?}");
    }
}

/// What could not be delivered stays in the directory.
#[test]
fn numbers_published_without_a_broker_are_kept() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for library in BOTH {
        let files = Scratch::new();
        let directory = files.path().display().to_string();
        let arguments = [format!("tcp://127.0.0.1:{port}"), directory];
        let sample = built("MQTTAsync_reconnect", library).arguments(&arguments).start();
        sample.wait_for("Publishing 2 (for later)");
        sample.signal(Signal::TERM);
        sample.finish().expect_success();
        let stored = std::fs::read_dir(files.path()).unwrap().flat_map(|entry| {
            std::fs::read_dir(entry.unwrap().path()).unwrap().map(|file| file.unwrap().file_name())
        });
        assert!(stored.count() >= 2, "{library:?}");
    }
}

#[test]
fn samples_use_memory_cleanly() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&[]);
    let run = |name| built(name, Library::Ours).environment("MQTT_BROKER", &broker.uri()).under_valgrind();
    run("MQTTAsync_publish").output();
    let mut subscriber = run("MQTTAsync_subscribe").start();
    subscriber.wait_for("Subscribed");
    broker.publish(&["-t", "samples/one", "-q", "1", "-m", "first"]);
    subscriber.wait_for("first");
    subscriber.write("\n");
    subscriber.finish().expect_success();

    let files = Scratch::new();
    let arguments = [broker.uri(), files.path().display().to_string()];
    let sample = run("MQTTAsync_reconnect").arguments(&arguments).start();
    sample.wait_for("Delivered: 2");
    sample.signal(Signal::INT);
    sample.finish().expect_success();
}
