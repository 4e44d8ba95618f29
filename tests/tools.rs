//! The command line tools, beside those of the distribution: the same arguments give the same output, the same
//! messages and the same exit code. Where ours do better, the difference is listed; a difference that
//! vanishes fails.
//!
//! Our tools are those that `make` built beside the library. They run with both libraries.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use rustix::process::Signal;
use support::built::{ALL, Build, OURS};
use support::files::Scratch;
use support::library::require;
use support::mosquitto::Mosquitto;
use support::scripted_broker::ScriptedBroker;
use support::wire::{PUBACK, Publish};

const PUBLISHERS: [&str; 2] = ["paho_c_pub", "paho_cs_pub"];
const SUBSCRIBERS: [&str; 2] = ["paho_c_sub", "paho_cs_sub"];

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    /// How the broker describes the client: version, keep alive, user name.
    client: String,
    /// What a subscriber to everything got.
    messages: String,
}

fn client_id(name: &str, arguments: &[&str]) -> String {
    match arguments.iter().position(|argument| ["-i", "--clientid"].contains(argument)) {
        Some(at) => arguments[at + 1].to_owned(),
        None => name.replace('_', "-"),
    }
}

/// Lets a publisher run against a mosquitto of its own. `PORT` in arguments and output is the broker's.
fn publish(build: Build, name: &str, arguments: &[&str], input: &str) -> Outcome {
    let broker = Mosquitto::start(&[]);
    let port = broker.port().to_string();
    let watcher = broker.watch(&["-V", "5", "-t", "#", "-q", "2", "-F", "%t %q %r %P|%p"]);
    let filled: Vec<String> = arguments.iter().map(|argument| argument.replace("PORT", &port)).collect();
    let mut publisher = build.run(name).arguments(&filled).arguments(&["-p", &port]).start();
    if !input.is_empty() {
        publisher.write(input);
    }
    let finished = publisher.finish();
    let client = broker.wait_for_log(&format!(" as {} (p", client_id(name, arguments)));
    // Of QoS 2, so that it does not overtake those before it.
    broker.publish(&["-t", "end", "-q", "2", "-m", "end"]);
    watcher.wait_for("end 2 0 |end");
    Outcome {
        code: finished.status.code(),
        stdout: finished.stdout.replace(&port, "PORT"),
        client: client[client.find(" as ").unwrap()..].to_owned(),
        messages: watcher.stdout(),
    }
}

#[track_caller]
fn same_publications(name: &str, arguments: &[&str], input: &str) {
    let theirs = publish(Build::Theirs, name, arguments, input);
    assert_eq!(theirs.code, Some(0), "{name} {arguments:?}");
    for build in OURS {
        assert_eq!(publish(build, name, arguments, input), theirs, "{name} {arguments:?}, {build:?}");
    }
}

#[test]
fn publishers_publish_the_same_message() {
    let files = Scratch::new();
    let file = files.write("payload", b"bytes\0and more\n").display().to_string();
    let table: &[&[&str]] = &[
        &["-t", "a", "-m", "x"],
        &["a", "-m", "x", "-q", "1", "--verbose"],
        &["--topic", "a/b", "--message", "two words", "--qos", "2", "--verbose"],
        &["-t", "a", "-n", "--verbose"],
        &["-t", "a", "--null-message"],
        &["-t", "a", "-m", ""],
        &["-t", "a", "-m", "-r"],
        &["-t", "a", "-f", &file, "--verbose"],
        &["-t", "a", "--filename", &file, "-q", "2"],
        &["-t", "a", "-m", "x", "--quiet", "--verbose"],
    ];
    for name in PUBLISHERS {
        for arguments in table {
            same_publications(name, arguments, "");
        }
    }
}

#[test]
fn publishers_connect_the_same_way() {
    let table: &[&[&str]] = &[
        &["-t", "a", "-m", "x", "-i", "me", "-u", "user", "-P", "password", "-k", "33"],
        &[
            "-t",
            "a",
            "-m",
            "x",
            "--clientid",
            "me",
            "--username",
            "user",
            "--password",
            "p",
            "--keepalive",
            "44",
        ],
        &["-t", "a", "-m", "x", "-V", "31"],
        &["-t", "a", "-m", "x", "-V", "mqttv31"],
        &["-t", "a", "-m", "x", "-V", "mqttv5", "--verbose"],
        &["-t", "a", "-m", "x", "-h", "127.0.0.1", "--verbose"],
        &["-t", "a", "-m", "x", "--host", "127.0.0.1"],
        &["-t", "a", "-m", "x", "-c", "tcp://127.0.0.1:PORT", "--verbose"],
        &["-t", "a", "-m", "x", "--connection", "127.0.0.1:PORT", "--verbose"],
        &["-t", "a", "-m", "x", "--will-topic", "w", "--will-payload", "gone", "--will-qos", "1"],
        &["-t", "a", "-m", "x", "--will-topic", "w"],
        // Without effect on a connection without TLS.
        &[
            "-t",
            "a",
            "-m",
            "x",
            "--cafile",
            "f",
            "--capath",
            "d",
            "--cert",
            "c",
            "--key",
            "k",
            "--keypass",
            "p",
        ],
        &["-t", "a", "-m", "x", "--ciphers", "ALL", "--insecure", "--psk", "00ff", "--psk-identity", "me"],
    ];
    for name in PUBLISHERS {
        for arguments in table {
            same_publications(name, arguments, "");
        }
    }
}

#[test]
fn publishers_send_the_same_retained_messages_and_properties() {
    for name in PUBLISHERS {
        for arguments in [
            ["-t", "a", "-m", "x", "-V", "5", "--user-property", "name", "value", "-q", "1", "--verbose"]
                .as_slice(),
            &["-t", "a", "-m", "x", "-V", "311", "--user-property", "name", "value", "--message-expiry", "9"],
        ] {
            same_publications(name, arguments, "");
        }
        for build in ALL {
            let broker = Mosquitto::start(&[]);
            let port = broker.port().to_string();
            let arguments = ["-t", "a", "-m", "x", "-V", "5", "-r", "--message-expiry", "1000", "-p", &port];
            build.run(name).arguments(&arguments).finish().expect_success();
            let watcher = broker.watch(&["-V", "5", "-t", "#", "-C", "1", "-F", "%r %E"]);
            let line = watcher.finish().expect_success().stdout;
            let seconds: u32 = line.trim().strip_prefix("1 ").unwrap().parse().unwrap();
            assert!((500..=1000).contains(&seconds), "{name}, {build:?}: {line}");
        }
    }
}

/// The distribution's `paho_c_pub` does not notice the end of its input, so the other one is the model for both.
#[test]
fn publishers_make_the_same_messages_of_their_input() {
    let long = format!("{}\nafter\n", "x".repeat(250));
    let table: &[(&[&str], &str)] = &[
        (&["-t", "a", "-q", "1"], "one\ntwo\n"),
        (&["-t", "a", "-q", "1"], "one\n\nthree\n"),
        (&["-t", "a", "-q", "1"], "a\0b\nc\n"),
        (&["-t", "a", "-q", "2"], &long),
        (&["-t", "a", "-q", "1", "--maxdatalen", "1000"], &long),
        (&["-t", "a", "-q", "1", "--maxdatalen", "7"], &long),
        (&["-t", "a", "-q", "1", "--delimiter", "--"], "one--two-three--"),
        (&["-t", "a", "-q", "1", "--delimiter", ""], "abc"),
        (&["-t", "a", "-V", "5", "-q", "1"], "one\ntwo\n"),
    ];
    for &(arguments, input) in table {
        same_publications("paho_cs_pub", arguments, input);
        let theirs = publish(Build::Theirs, "paho_cs_pub", arguments, input);
        for build in OURS {
            let ours = publish(build, "paho_c_pub", arguments, input);
            assert_eq!(
                (ours.code, ours.messages),
                (Some(0), theirs.messages.clone()),
                "{arguments:?}, {build:?}"
            );
        }
    }
}

/// More than the library buffers, which is 100: the publisher waits.
#[test]
fn publishers_take_any_amount_of_input() {
    let input: String = (0..200).map(|number| format!("{number}\n")).collect();
    let expected: String = (0..200).map(|number| format!("a 1 0 |{number}\n\n")).collect();
    for name in PUBLISHERS {
        for build in OURS {
            let outcome = publish(build, name, &["-t", "a", "-q", "1"], &input);
            assert_eq!(outcome.code, Some(0), "{name}, {build:?}");
            assert_eq!(outcome.messages, format!("{expected}end 2 0 |end\n"), "{name}, {build:?}");
        }
    }
}

/// Lets a subscriber run until it has acknowledged four messages, and interrupts it.
fn subscribe(build: Build, name: &str, arguments: &[&str]) -> Outcome {
    let broker = Mosquitto::start(&[]);
    let port = broker.port().to_string();
    let subscriber = build.run(name).arguments(arguments).arguments(&["-p", &port]).start();
    let id = client_id(name, arguments);
    let client = broker.wait_for_log(&format!(" as {id} (p"));
    broker.wait_for_log(&format!("Sending SUBACK to {id}"));
    for text in ["one", "two\n", ""] {
        broker.publish(&["-t", "sub/x", "-q", "1", "-m", text]);
    }
    #[rustfmt::skip]
    broker.publish(&[
        "-V", "5", "-t", "sub/x", "-q", "1", "-m", "last",
        "-D", "publish", "user-property", "name", "value", "-D", "publish", "response-topic", "answer",
        "-D", "publish", "correlation-data", "data", "-D", "publish", "content-type", "text",
        "-D", "publish", "payload-format-indicator", "1",
    ]);
    broker.wait_for_log(&format!("Received PUBACK from {id} (Mid: 4"));
    subscriber.signal(Signal::INT);
    let finished = subscriber.finish();
    Outcome {
        code: finished.status.code(),
        stdout: finished.stdout.replace(&port, "PORT"),
        client: client[client.find(" as ").unwrap()..].to_owned(),
        messages: String::new(),
    }
}

#[test]
fn subscribers_print_the_same() {
    let table: &[&[&str]] = &[
        &["-t", "sub/x", "-q", "1"],
        &["sub/x", "-q", "1", "--verbose"],
        &["-t", "sub/#", "-q", "1"],
        &["-t", "+/x", "-q", "2", "-V", "5"],
        &["--topic", "sub/x", "--qos", "1", "-V", "5", "--verbose"],
        &["-t", "sub/x", "-q", "1", "-V", "5"],
        &["-t", "sub/x", "-q", "1", "-V", "31", "-i", "me", "-k", "44", "--quiet"],
        &["-t", "sub/#", "-q", "1", "--delimiter", "|"],
        &["-t", "sub/#", "-q", "1", "--delimiter", ""],
        &["-t", "sub/#", "-q", "1", "--no-delimiter"],
        &["-t", "sub/x", "-q", "1", "--maxdatalen", "2"],
    ];
    for name in SUBSCRIBERS {
        for arguments in table {
            let theirs = subscribe(Build::Theirs, name, arguments);
            assert_eq!(theirs.code, Some(0), "{name} {arguments:?}");
            assert!(theirs.stdout.contains("two"), "{name} {arguments:?}: {theirs:?}");
            for build in OURS {
                assert_eq!(subscribe(build, name, arguments), theirs, "{name} {arguments:?}, {build:?}");
            }
        }
    }
}

#[test]
fn wrong_arguments_are_answered_with_the_usage() {
    let common: &[&[&str]] = &[
        &[],
        &["--help"],
        &["-q", "1"],
        &["-t"],
        &["-t", "a", "b"],
        &["-t", "a", "-q", "3"],
        &["-t", "a", "-q", "x"],
        &["-t", "a", "-V", "4"],
        &["-t", "a", "--trace", "all"],
        &["-t", "a", "--no-such-option"],
    ];
    let publisher: &[&[&str]] = &[
        &["-t", "a", "-m"],
        &["-t", "a", "-R"],
        &["-t", "a", "--user-property", "name"],
        &["-t", "a", "--message-expiry"],
    ];
    let subscriber: &[&[&str]] = &[
        &["-t", "a", "-m", "x"],
        &["-t", "a", "-r"],
        &["-t", "a", "-n"],
        &["-t", "a", "--user-property", "n", "v"],
    ];
    for (names, own) in [(PUBLISHERS, publisher), (SUBSCRIBERS, subscriber)] {
        for name in names {
            for arguments in common.iter().chain(own) {
                for build in ALL {
                    let finished = build.run(name).arguments(arguments).finish();
                    assert_eq!(finished.status.code(), Some(1), "{name} {arguments:?}, {build:?}");
                    let usage = format!("Usage: {name} ");
                    assert!(
                        finished.stdout.contains(&usage),
                        "{name} {arguments:?}, {build:?}: {}",
                        finished.stdout
                    );
                }
            }
        }
    }
}

#[test]
fn the_trace_of_the_library_goes_to_standard_error() {
    for name in PUBLISHERS {
        for build in ALL {
            let broker = Mosquitto::start(&[]);
            let port = broker.port().to_string();
            let arguments = ["-t", "a", "-m", "x", "-q", "1", "--trace", "protocol", "-p", &port];
            let finished = build.run(name).arguments(&arguments).finish().expect_success();
            assert_eq!(finished.stdout, "", "{name}, {build:?}");
            for packet in ["Trace : ", "-> CONNECT", "<- CONNACK", "-> PUBLISH", "<- PUBACK"] {
                assert!(finished.stderr.contains(packet), "{name}, {build:?}: {}", finished.stderr);
            }
        }
    }
}

// --- Where ours differ, on purpose.

/// A script must be able to see that nothing was published. The distribution's `paho_cs_pub` exits with 0,
/// `paho_c_pub` does not end.
#[test]
fn failures_are_told_by_the_exit_code() {
    let files = Scratch::new();
    let passwords = Mosquitto::password_file(&files, "app", "secret");
    let broker =
        Mosquitto::start(&["allow_anonymous false", &format!("password_file {}", passwords.display())]);
    let port = broker.port().to_string();
    let run = |build: Build, name: &str, more: &[&str]| {
        build.run(name).arguments(&["-t", "a", "-p", &port]).arguments(more).finish()
    };
    for (version, code) in [("311", 5), ("5", 135)] {
        for name in ["paho_cs_pub", "paho_cs_sub"] {
            let message = if name == "paho_cs_pub" { ["-m", "x"].as_slice() } else { &[] };
            let theirs = run(Build::Theirs, name, &[["-V", version].as_slice(), message].concat());
            assert_eq!(theirs.status.code(), Some(0), "{name}");
        }
        for name in [PUBLISHERS, SUBSCRIBERS].concat() {
            for build in OURS {
                let message = if name.ends_with("pub") { ["-m", "x"].as_slice() } else { &[] };
                let ours = run(build, name, &[["-V", version].as_slice(), message].concat());
                assert_eq!(ours.status.code(), Some(1), "{name}, {build:?}");
                let expected = format!("Connect failed: localhost:{port} answers {code}, ");
                assert!(ours.stderr.starts_with(&expected), "{name}, {build:?}: {}", ours.stderr);
                assert!(
                    ours.stderr.to_lowercase().contains("not authorized"),
                    "{name}, {build:?}: {}",
                    ours.stderr
                );
                let quiet = run(build, name, &[["--quiet", "-V", version].as_slice(), message].concat());
                assert_eq!((quiet.status.code(), quiet.stderr.as_str()), (Some(1), ""), "{name}, {build:?}");
            }
        }
    }
}

#[test]
fn a_file_that_is_missing_is_a_failure() {
    for name in PUBLISHERS {
        let broker = Mosquitto::start(&[]);
        let port = broker.port().to_string();
        for (build, code) in [(Build::Theirs, 0), (Build::Ours, 1), (Build::OursOnTheirLibrary, 1)] {
            let arguments = ["-t", "a", "-f", "/no/such/file", "-p", &port];
            let finished = build.run(name).arguments(&arguments).finish();
            assert_eq!(finished.status.code(), Some(code), "{name}, {build:?}");
            let expected = "Can't open file /no/such/file";
            assert!(finished.stderr.starts_with(expected), "{name}, {build:?}: {}", finished.stderr);
        }
    }
}

#[test]
fn the_end_of_input_ends_a_message() {
    let theirs = publish(Build::Theirs, "paho_cs_pub", &["-t", "a"], "one\ntwo");
    assert_eq!(theirs.messages, "a 0 0 |one\n\nend 2 0 |end\n");
    for name in PUBLISHERS {
        for build in OURS {
            let ours = publish(build, name, &["-t", "a"], "one\ntwo");
            assert_eq!(ours.code, Some(0), "{name}, {build:?}");
            assert_eq!(ours.messages, "a 0 0 |one\n\na 0 0 |two\nend 2 0 |end\n", "{name}, {build:?}");
        }
    }
}

/// The manual has it without a value, with which alone the distribution's tools accept it.
#[test]
fn a_will_may_be_retained_with_and_without_a_value() {
    for name in PUBLISHERS {
        let bare = ["-t", "a", "-m", "x", "--will-topic", "w", "--will-retain"];
        let broker = Mosquitto::start(&[]);
        let port = broker.port().to_string();
        let theirs = Build::Theirs.run(name).arguments(&["-p", &port]).arguments(&bare).finish();
        assert_eq!(theirs.status.code(), Some(1), "{name}");
        for build in OURS {
            for value in [[].as_slice(), &["true"]] {
                let run = build.run(name).arguments(&["-p", &port]).arguments(&bare).arguments(value);
                run.finish().expect_success();
            }
        }
    }
    same_publications(
        "paho_c_pub",
        &["-t", "a", "-m", "x", "--will-topic", "w", "--will-retain", "true"],
        "",
    );
}

/// As the help and the manual have it; the distribution's tools know only `-V`.
#[test]
fn the_version_has_long_names() {
    for name in PUBLISHERS {
        for option in ["--MQTTversion", "--MQTT-version"] {
            let broker = Mosquitto::start(&[]);
            let port = broker.port().to_string();
            let arguments = ["-t", "a", "-m", "x", "-p", &port, option, "5"];
            let theirs = Build::Theirs.run(name).arguments(&arguments).finish();
            assert_eq!(theirs.status.code(), Some(1), "{name} {option}");
            for build in OURS {
                build.run(name).arguments(&arguments).finish().expect_success();
                broker.wait_for_log(&format!(" as {} (p5,", client_id(name, &arguments)));
            }
        }
    }
}

/// The distribution's tools print them in spite of the option.
#[test]
fn retained_messages_are_left_out_when_that_is_asked_for() {
    for name in SUBSCRIBERS {
        for build in ALL {
            let broker = Mosquitto::start(&[]);
            let port = broker.port().to_string();
            broker.publish(&["-t", "a", "-r", "-q", "1", "-m", "retained"]);
            let subscriber = build.run(name).arguments(&["-t", "a", "-q", "1", "-R", "-p", &port]).start();
            let id = name.replace('_', "-");
            broker.wait_for_log(&format!("Received PUBACK from {id} (Mid: 1"));
            broker.publish(&["-t", "a", "-q", "1", "-m", "new"]);
            broker.wait_for_log(&format!("Received PUBACK from {id} (Mid: 2"));
            subscriber.signal(Signal::INT);
            let expected = if build == Build::Theirs { "retained\nnew\n" } else { "new\n" };
            assert_eq!(subscriber.finish().expect_success().stdout, expected, "{name}, {build:?}");
        }
    }
}

#[test]
fn all_user_properties_are_sent() {
    let arguments =
        ["-t", "a", "-m", "x", "-V", "5", "--user-property", "a", "1", "--user-property", "b", "2"];
    for name in PUBLISHERS {
        let theirs = publish(Build::Theirs, name, &arguments, "");
        assert_eq!(theirs.messages, "a 0 0 b:2|x\nend 2 0 |end\n", "{name}");
        for build in OURS {
            let ours = publish(build, name, &arguments, "");
            assert_eq!(ours.messages, "a 0 0 a:1 b:2|x\nend 2 0 |end\n", "{name}, {build:?}");
        }
    }
}

/// A refused message has failed, although it was acknowledged.
#[test]
fn what_the_broker_refuses_is_a_failure_in_mqtt_5() {
    let files = Scratch::new();
    let rules = files.write("acl", "topic readwrite allowed\n");
    let broker = Mosquitto::start(&[&format!("acl_file {}", rules.display())]);
    let port = broker.port().to_string();
    for name in PUBLISHERS {
        for build in OURS {
            for qos in ["1", "2"] {
                let arguments = |topic| ["-t", topic, "-m", "x", "-V", "5", "-q", qos, "-p", &port];
                build.run(name).arguments(&arguments("allowed")).finish().expect_success();
                let refused = build.run(name).arguments(&arguments("forbidden")).finish();
                assert_eq!(refused.status.code(), Some(1), "{name}, {build:?}, QoS {qos}");
                assert!(
                    refused.stderr.contains("135: Not authorized"),
                    "{name}, {build:?}: {}",
                    refused.stderr
                );
            }
        }
    }
}

/// The distribution's `paho_c_sub` connects again, too, but gets no more messages. With the original library the end of
/// the connection may overtake the SUBACK on a busy machine, and the program ends.
#[test]
fn subscribers_go_on_when_the_connection_was_lost() {
    for name in SUBSCRIBERS {
        let broker = ScriptedBroker::start(|listener| {
            for payload in ["first", "second"] {
                let (mut peer, _) = listener.welcome();
                peer.grant_subscription();
                let payload = payload.into();
                peer.publish(&Publish { topic: "a".into(), payload, qos: 1, id: 1, ..Publish::default() });
                peer.expect(PUBACK);
            }
            // The end of the connection alone makes the client come back.
            let (mut peer, _) = listener.welcome();
            peer.grant_subscription();
            peer.expect_end()
        });
        let subscriber =
            Build::Ours.run(name).arguments(&["-t", "a", "-q", "1", "-c", &broker.uri()]).start();
        subscriber.wait_for("second");
        subscriber.signal(Signal::TERM);
        assert_eq!(subscriber.finish().expect_success().stdout, "first\nsecond\n", "{name}");
    }
}

// --- Memory

#[test]
fn tools_use_memory_cleanly() {
    require("/usr/bin/valgrind", "valgrind");
    let broker = Mosquitto::start(&[]);
    let port = broker.port().to_string();
    for name in PUBLISHERS {
        let start = |more: &[&str]| {
            Build::Ours
                .run(name)
                .arguments(&["-t", "a", "-p", &port])
                .arguments(more)
                .under_valgrind()
                .start()
        };
        let properties = ["--user-property", "a", "b", "--message-expiry", "9", "--will-topic", "w"];
        start(&[["-V", "5", "-q", "2", "-m", "x"].as_slice(), &properties].concat())
            .finish()
            .expect_success();
        let mut lines = start(&["-q", "1"]);
        lines.write("one\ntwo\nthree");
        lines.finish().expect_success();
        assert_eq!(start(&["-f", "/no/such/file"]).finish().status.code(), Some(1), "{name}");
        assert_eq!(start(&["--no-such-option"]).finish().status.code(), Some(1), "{name}");
    }
    for name in SUBSCRIBERS {
        let arguments = ["-t", "b/#", "-V", "5", "-q", "1", "-p", &port];
        let subscriber = Build::Ours.run(name).arguments(&arguments).under_valgrind().start();
        broker.wait_for_log(&format!("Sending SUBACK to {}", name.replace('_', "-")));
        broker.publish(&[
            "-V",
            "5",
            "-t",
            "b/c",
            "-q",
            "1",
            "-m",
            "x",
            "-D",
            "publish",
            "user-property",
            "a",
            "b",
        ]);
        subscriber.wait_for("Property name USER_PROPERTY key a value b");
        subscriber.signal(Signal::INT);
        subscriber.finish().expect_success();
    }
}
