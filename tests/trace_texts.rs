//! What the lines of the trace say, compared with the original's: the same program at each level (trace.md,
//! sections 6 to 8).
//!
//! Which lines there are is compared, not their order, which is a matter of threads; `side_by_side` compares
//! that for the packets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::net::TcpListener;

use support::files::Scratch;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::Program;
use support::scripted_broker::{Peer, ScriptedBroker};
use support::wire::{PUBACK, PUBCOMP, PUBREC, PUBREL, acknowledgement};

/// Lines of the original about its own insides, which no clause asks for.
const INSIDES: [&str; 4] = ["Posting ", "Conn_count is ", "sleeping", "Maximum heap use "];

/// Differences that are wanted.
enum Wanted {
    /// L-7: a socket is removed once, not twice; and when the client with it is destroyed, too.
    RemovedOnce,
}

/// The lines of a trace, how often each comes: without header, calls, times and numbers of sockets.
fn lines(output: &str) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    for line in output.lines().filter(|line| line.starts_with('2') && line.len() > 20) {
        let text = &line[20..];
        if text.starts_with('(') || INSIDES.iter().any(|inside| text.starts_with(inside)) {
            continue;
        }
        let mut after_socket = false;
        let words = text.split(' ').enumerate().map(|(place, word)| {
            let is_socket = (place == 0 || after_socket) && number(word).is_some_and(|number| number > 0);
            after_socket = word == "socket";
            // `0 queued messages` has no socket, and `0` is the socket of a client without one.
            if is_socket { "S" } else { word }
        });
        *lines.entry(words.collect::<Vec<_>>().join(" ")).or_default() += 1;
    }
    lines
}

fn number(word: &str) -> Option<u32> {
    word.trim_end_matches(',').parse().ok()
}

fn trace(library: Library, level: &str, arguments: &[&str]) -> BTreeMap<String, usize> {
    let broker = Mosquitto::start(&[]);
    let uri = match arguments.contains(&"refused") {
        // Nobody listens at a port that was free just now.
        true => format!("tcp://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()),
        false => broker.uri(),
    };
    trace_in(&Scratch::new(), library, level, &uri, arguments)
}

/// The trace of a program that runs in this directory.
fn trace_in(
    files: &Scratch,
    library: Library,
    level: &str,
    uri: &str,
    arguments: &[&str],
) -> BTreeMap<String, usize> {
    let port = uri.rsplit(':').next().unwrap();
    let place = [OsStr::new("env"), OsStr::new("-C"), files.path().as_os_str()];
    let run = Program::compile("tests/c/trace_texts.c").with(library).launched_by(&place);
    let run = run.arguments(&[uri]).arguments(arguments);
    let run = run.environment("MQTT_C_CLIENT_TRACE", "ON").environment("MQTT_C_CLIENT_TRACE_LEVEL", level);
    lines(&run.output().replace(port, "PORT"))
}

#[track_caller]
fn compare(level: &str, arguments: &[&str], wanted: &[Wanted], more: &[(&str, isize)]) {
    compare_traces(level, arguments, wanted, more, |library| trace(library, level, arguments));
}

#[track_caller]
fn compare_traces(
    level: &str,
    arguments: &[&str],
    wanted: &[Wanted],
    more: &[(&str, isize)],
    trace: impl Fn(Library) -> BTreeMap<String, usize>,
) {
    let [original, ours] = [Library::Original, Library::Ours].map(trace);
    let mut differences: BTreeMap<String, isize> = BTreeMap::new();
    for (lines, sign) in [(&original, -1), (&ours, 1)] {
        for (line, count) in lines {
            *differences.entry(line.clone()).or_default() += sign * isize::try_from(*count).unwrap();
        }
    }
    for difference in wanted {
        match difference {
            Wanted::RemovedOnce => {
                let sockets = ours.iter().filter(|(line, _)| line.starts_with("New socket"));
                let sockets: usize = sockets.map(|(_, count)| count).sum();
                assert_eq!(ours.get("Removed socket S"), Some(&sockets), "{ours:#?}");
                differences.remove("Removed socket S");
            }
        }
    }
    for (line, count) in more {
        *differences.entry((*line).to_owned()).or_default() -= count;
    }
    differences.retain(|_, count| *count != 0);
    assert!(
        differences.is_empty(),
        "{level}, {arguments:?}: ours has so many more: {differences:#?}\nthe original: {original:#?}\nours: {ours:#?}"
    );
}

/// Messages of each QoS, out and in, in each mode.
fn compare_sessions(level: &str) {
    for arguments in [
        &["3"][..],
        &["4"],
        &["5"],
        &["4", "store"],
        &["4", "callbacks"],
        &["4", "callbacks", "complete", "store"],
        &["5", "callbacks", "published"],
        &["5", "callbacks", "complete", "published"],
    ] {
        let wanted: &[Wanted] = if level == "PROTOCOL" { &[] } else { &[Wanted::RemovedOnce] };
        compare(level, arguments, wanted, &[]);
    }
}

#[test]
fn packets_of_a_session_are_told_as_the_original_tells_them() {
    compare_sessions("PROTOCOL");
}

#[test]
fn a_session_is_told_as_the_original_tells_it() {
    compare_sessions("MINIMUM");
}

#[test]
fn medium_tells_no_more_and_error_nothing_where_nothing_is_wrong() {
    compare("MEDIUM", &["4"], &[Wanted::RemovedOnce], &[]);
    for arguments in [&["4"][..], &["4", "store"], &["5", "callbacks", "complete", "published"]] {
        compare("ERROR", arguments, &[], &[]);
        assert!(trace(Library::Ours, "ERROR", arguments).is_empty());
    }
}

#[test]
fn a_refused_connection_is_told_as_the_original_tells_it() {
    let failed = ("Connect failed in TCP, 127.0.0.1:PORT: connection refused", 1);
    for mode in ["", "callbacks"] {
        compare("ERROR", &["4", "refused", mode], &[], &[]);
        compare("PROTOCOL", &["4", "refused", mode], &[], &[failed]);
        compare("MINIMUM", &["4", "refused", mode], &[Wanted::RemovedOnce], &[failed]);
    }
}

/// C-4.6: there is no DISCONNECT for a server that has ended the connection.
#[test]
fn a_lost_connection_is_told_as_the_original_tells_it() {
    for (level, wanted) in [("PROTOCOL", &[][..]), ("MINIMUM", &[Wanted::RemovedOnce])] {
        compare(level, &["4", "callbacks", "replaced"], wanted, &[("S texts -> DISCONNECT (0)", -1)]);
    }
}

/// Compares what is told of a server that does this once the client is connected.
fn compare_with(server: fn(Peer), more: &[(&str, isize)]) {
    let arguments = ["4", "callbacks", "lost"];
    compare_traces("MINIMUM", &arguments, &[Wanted::RemovedOnce], more, |library| {
        let broker = ScriptedBroker::start(move |listener| server(listener.welcome().0));
        let lines = trace_in(&Scratch::new(), library, "MINIMUM", &broker.uri(), &arguments);
        broker.finish();
        lines
    });
}

/// The original tries to send a DISCONNECT to a server that is gone.
#[test]
fn a_reset_connection_is_told_as_the_original_tells_it() {
    let disconnect = [
        ("S texts -> DISCONNECT (-1)", -1),
        ("Socket error Broken pipe(32) in writev - putdatas for socket S", -1),
    ];
    compare_with(|peer| peer.reset(), &disconnect);
}

/// And to one that is silent: the will would not be published then (decision 4).
#[test]
fn a_silent_server_is_told_as_the_original_tells_it() {
    let silent = |mut peer: Peer| drop(peer.expect_end());
    compare_with(silent, &[("S texts -> DISCONNECT (0)", -1)]);
}

#[test]
fn what_a_crash_has_left_is_told_as_the_original_tells_it() {
    let arguments = ["4", "callbacks", "complete", "store", "restored"];
    compare_traces("MINIMUM", &arguments, &[Wanted::RemovedOnce], &[], |library| {
        let broker = ScriptedBroker::start(|listener| {
            let (mut peer, _) = listener.welcome();
            peer.expect_publish();
            peer.expect_publish();
            peer.expect_end();
            let mut peer = listener.accept();
            peer.expect_connect();
            peer.send_hex("20 02 01 00");
            let first = peer.expect_publish();
            peer.send_packet(&acknowledgement(PUBACK, first.id));
            let second = peer.expect_publish();
            peer.send_packet(&acknowledgement(PUBREC, second.id));
            peer.expect(PUBREL);
            peer.send_packet(&acknowledgement(PUBCOMP, second.id));
            peer.expect_end();
        });
        let files = Scratch::new();
        trace_in(
            &files,
            library,
            "MINIMUM",
            &broker.uri(),
            &["4", "callbacks", "complete", "store", "crash"],
        );
        let lines = trace_in(&files, library, "MINIMUM", &broker.uri(), &arguments);
        broker.finish();
        lines
    });
}
