//! The trace as a user sees it: where it goes, what its lines look like, when a file is full; and that no
//! password is ever in it. What its lines say is compared with the original in `side_by_side`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::fs;
use std::path::Path;

use support::files::Scratch;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Program, Run};

const BOTH: [Library; 2] = [Library::Ours, Library::Original];

/// A session against this broker.
fn session(library: Library, broker: &Mosquitto, arguments: &[&str]) -> Run {
    let program = Program::compile("tests/c/trace.c");
    program.with(library).arguments(&[&broker.uri(), "4"]).arguments(arguments)
}

/// The same, traced as the environment says.
fn traced(library: Library, destination: &str, level: &str, arguments: &[&str]) -> String {
    let broker = Mosquitto::start(&[]);
    let run = session(library, &broker, arguments);
    run.environment("MQTT_C_CLIENT_TRACE", destination)
        .environment("MQTT_C_CLIENT_TRACE_LEVEL", level)
        .output()
}

fn lines(file: &Path) -> Vec<String> {
    fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// The text of a line that begins with a proper time stamp (contract L-401).
#[track_caller]
fn text(line: &str) -> &str {
    let (stamp, text) = line.split_at_checked(20).unwrap_or_else(|| panic!("no time stamp: {line:?}"));
    let digits = |range: std::ops::Range<usize>| stamp[range].bytes().all(|byte| byte.is_ascii_digit());
    let proper = digits(0..8) && digits(9..15) && digits(16..19);
    assert!(proper && &stamp[8..9] == " " && &stamp[15..16] == "." && &stamp[19..] == " ", "{line:?}");
    text
}

/// How many lines the header has. Contract L-301: the rule, the title, what *_getVersionInfo says, the
/// machine, an empty line, the rule.
#[track_caller]
fn header(lines: &[String]) -> usize {
    let rule = "=".repeat(57);
    assert_eq!(lines[0], rule);
    assert_eq!(lines[1], "                   Trace Output");
    let end = 2 + lines[2..].iter().position(|line| *line == rule).expect("the end of the header");
    let named = |name: &str| lines[2..end].iter().position(|line| line.starts_with(name)).expect(name);
    assert!(named("Product name: ") < named("Version: ") && named("Version: ") < named("Build level: "));
    assert_eq!(named("/proc/version: Linux version "), end - 4);
    assert_eq!(lines[end - 1], "");
    end + 1
}

/// L-201, L-204: the file is truncated; each of its lines has its stamp; the header comes whatever the level.
#[test]
fn a_file_gets_the_header_and_stamped_lines() {
    for library in BOTH {
        let files = Scratch::new();
        let file = files.write("trace", "of old\n");
        let output = traced(library, file.to_str().unwrap(), "PROTOCOL", &[]);
        assert_eq!(output, "", "{library:?}");
        let lines = lines(&file);
        let packets: Vec<&str> = lines[header(&lines)..].iter().map(|line| text(line)).collect();
        assert!(packets[0].ends_with(" traced -> CONNECT version 4 clean: 1 (0)"), "{packets:#?}");
        assert!(packets[1].ends_with(" traced <- CONNACK rc: 0"), "{packets:#?}");
        assert!(packets.last().unwrap().ends_with(" traced -> DISCONNECT (0)"), "{packets:#?}");
    }
}

/// L-201: `ON` is standard output; and `stdout`, too, for which the original makes a file (C-12.2).
#[test]
fn standard_output_has_two_names() {
    for (library, name) in [(Library::Ours, "ON"), (Library::Original, "ON"), (Library::Ours, "stdout")] {
        let output: Vec<String> = traced(library, name, "PROTOCOL", &[]).lines().map(str::to_owned).collect();
        assert!(text(&output[header(&output)]).contains("-> CONNECT"), "{library:?}, {name}");
    }
    assert!(!Path::new("stdout").exists());
}

/// L-201: a file that cannot be opened is no reason to be silent.
#[test]
fn what_cannot_be_opened_is_standard_output() {
    for library in BOTH {
        let output = traced(library, "/nowhere/at/all", "PROTOCOL", &[]);
        assert!(output.contains(" -> CONNECT"), "{library:?}: {output}");
    }
}

/// L-101, L-203: names in upper case, with or without prefix; anything else means MINIMUM.
#[test]
fn levels_decide_what_is_told() {
    for library in BOTH {
        for (level, packets, callbacks) in [
            ("ERROR", false, false),
            ("TRACE_ERROR", false, false),
            ("PROTOCOL", true, false),
            ("TRACE_PROTOCOL", true, false),
            ("MINIMUM", true, true),
            ("protocol", true, true),
            ("", true, true),
            ("MAXIMUM", true, true),
        ] {
            let output = traced(library, "ON", level, &[]);
            assert_eq!(output.contains("-> CONNECT"), packets, "{library:?}, {level}");
            let minimum = output.contains("Connecting to serverURI 127.0.0.1:");
            assert_eq!(minimum, callbacks, "{library:?}, {level}");
            assert!(output.contains("Trace Output"), "{library:?}, {level}");
        }
    }
}

/// L-502: the program's level counts more than the environment's.
#[test]
fn the_level_of_the_program_counts_more() {
    let output = traced(Library::Ours, "ON", "MAXIMUM", &["level=5"]);
    assert!(output.contains("Trace Output") && !output.contains(" -> "), "{output}");
    let output = traced(Library::Ours, "ON", "ERROR", &["level=4"]);
    assert!(output.contains(" -> CONNECT"), "{output}");
    // Decision 7: until it is set again, also over the end of the last client.
    let output = traced(Library::Ours, "ON", "MAXIMUM", &["level=6", "again"]);
    assert!(output.matches("Trace Output").count() == 2 && !output.contains(" -> "), "{output}");
}

/// L-204: every line counts, the header's too; the full file becomes NAME.0 in place of an older one.
#[test]
fn a_full_file_is_set_aside_as_the_original_does() {
    let sizes = BOTH.map(|library| {
        let files = Scratch::new();
        let file = files.file("trace");
        files.write("trace.0", "of old\n");
        let broker = Mosquitto::start(&[]);
        let run = session(library, &broker, &["level=4", "many=100"]);
        let run = run.environment("MQTT_C_CLIENT_TRACE", file.to_str().unwrap());
        run.environment("MQTT_C_CLIENT_TRACE_MAX_LINES", "50").output();
        let (full, rest) = (lines(&files.file("trace.0")), lines(&file));
        assert!(text(&full[0]).contains(" -> PUBLISH"), "{library:?}: {full:#?}");
        assert!(text(rest.last().unwrap()).contains(" -> DISCONNECT"), "{library:?}: {rest:#?}");
        assert!(!files.file("trace.1").exists());
        (library, full.len(), rest.len())
    });
    let [(_, full, rest), (_, full_of_original, _)] = sizes;
    // Ours has another number of lines in its header, so its last file may have another.
    assert_eq!((full, full_of_original), (50, 50));
    assert!(rest <= 50);
}

/// L-503, L-501: both get the same lines; the header's come with level 3, whatever is set.
#[test]
fn callback_and_file_get_the_same_lines() {
    for library in BOTH {
        let files = Scratch::new();
        let file = files.file("trace");
        let output = traced(library, file.to_str().unwrap(), "ERROR", &["callback", "level=4"]);
        let written = lines(&file);
        let length = header(&written);
        let told: Vec<&str> =
            output.lines().map(|line| line.strip_prefix("callback ").unwrap_or(line)).collect();
        assert_eq!(told.len(), written.len(), "{library:?}: {told:#?}");
        for (place, (told, written)) in told.iter().zip(&written).enumerate() {
            // The kernel's line brings its own end.
            let level = if place < length { "3: " } else { "4: " };
            let expected = if written.is_empty() { String::new() } else { format!("{level}{written}") };
            assert_eq!(*told, expected, "{library:?}");
        }
    }
}

/// L-501: a callback needs no environment, and survives the last client.
#[test]
fn a_callback_needs_nothing_else() {
    let broker = Mosquitto::start(&[]);
    let output = session(Library::Ours, &broker, &["callback", "level=4", "again"]).output();
    assert_eq!(output.matches("Trace Output").count(), 2, "{output}");
    assert_eq!(output.matches(" -> CONNECT").count(), 2, "{output}");
}

/// L-102.
#[test]
fn nothing_is_told_unless_asked_for() {
    for library in BOTH {
        assert_eq!(traced(library, "", "MAXIMUM", &["level=1"]), "", "{library:?}");
    }
}

/// A trace is what people send to others for help.
#[test]
fn no_password_is_in_a_trace() {
    for version in ["3", "4", "5"] {
        let broker = Mosquitto::start(&[]);
        let program = Program::compile("tests/c/trace.c");
        let run = program.with(Library::Ours).arguments(&[&broker.uri(), version, "callback", "level=1"]);
        let output = run.environment("MQTT_C_CLIENT_TRACE", "ON").output();
        assert!(output.contains(" -> CONNECT"), "{output}");
        for secret in ["sesame", "6F70656E", "6f70656e", "b3Blbi1zZXNhbWU"] {
            assert!(!output.contains(secret), "{secret}: {output}");
        }
    }
}
