//! What the library says when something goes wrong, its return codes and its texts: each is explained in
//! docs/troubleshooting.md.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is test code")]

use std::fs;
use std::path::{Path, PathBuf};

/// The sources whose texts tell why something has failed.
const SOURCES: [&str; 5] = [
    "src/transport",
    "src/client/link/failure.rs",
    "src/client/link/connecting.rs",
    "src/engine/connector.rs",
    "src/engine/race.rs",
];

/// Beginnings of texts that tell no failure.
const NO_FAILURES: [&str; 16] = [
    "CONNECT ",
    "Connecting to serverURI ",
    "Connect pending",
    "GET ",
    "Host: ",
    "Matched destination ",
    "New socket ",
    "Proxy-authorization: ",
    "Proxy_connect: ",
    "Removed socket ",
    "SOCKS5 proxy is asked for ",
    "Sending WebSocket PONG",
    "Setting ",
    "WebSocket HTTP rc ",
    "WebSocket connection upgraded",
    "subject ",
];

/// What a line of TLS ends with: it says itself what to do.
const ADVICE: [&str; 15] = [
    "add the certificate of that authority there",
    "add the one that has",
    "check the path",
    "check that it is a PEM file",
    "check who may read it",
    "give a PEM file",
    "if it is the right one",
    "replace it by a new one",
    "see the server's log",
    "set trustStore to a file",
    "the server has to send a new one",
    "the server needs a certificate of another authority",
    "the server needs a new certificate",
    "the server needs another certificate",
    "use that of an authority",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The page, as running text.
fn page() -> String {
    let page = fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    page.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sources below a file or directory, without tests.
fn sources(below: &str) -> Vec<PathBuf> {
    let mut left = vec![root().join(below)];
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if !["tests", "testing", "test_layer", "fuzzing", "ciphers"].contains(&name) {
            found.push(path);
        }
    }
    found
}

/// The texts of a source, without those of its tests, comments and attributes.
fn texts(source: &str) -> Vec<String> {
    let end = source.find("\nmod tests {").map_or(source.len(), |tests| tests);
    let mut rest = &source[..end];
    let mut texts = Vec::new();
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, from) = rest.split_at(at);
        rest = if from.starts_with("//") {
            from.find('\n').map_or("", |end| &from[end..])
        } else if let Some(quoted) = from.strip_prefix('"') {
            let end = end_of_quoted(quoted, '"');
            if !before.ends_with("reason = ") {
                texts.push(unescaped(&quoted[..end]));
            }
            &quoted[end + 1..]
        } else if let Some(quoted) = from.strip_prefix('\'') {
            // A character, or a lifetime.
            let is_character = quoted.starts_with('\\') || quoted.chars().nth(1) == Some('\'');
            if is_character { &quoted[end_of_quoted(quoted, '\'') + 1..] } else { quoted }
        } else {
            &from[1..]
        };
    }
    texts
}

/// Where a text ends whose first quote has been read.
fn end_of_quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().find(|&(_, letter)| {
        let ends = letter == quote && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        ends
    });
    end.unwrap_or_else(|| panic!("a text without an end: {}", &text[..text.len().min(60)])).0
}

/// As the program has it, on one line.
fn unescaped(text: &str) -> String {
    let joined = text.split("\\\n").enumerate().map(|(index, line)| match index {
        0 => line,
        _ => line.trim_start(),
    });
    joined.collect::<String>().replace("\\\"", "\"")
}

/// The first words of a text that are always the same.
fn fixed_words(text: &str) -> Option<&str> {
    let mut parts = text.split(['{', '}']).step_by(2).flat_map(|part| part.split(": ")).flat_map(|part| {
        let part = part.split("; ").next().unwrap();
        [part.trim_matches(|letter: char| " :;,.()".contains(letter))]
    });
    parts.find(|part| part.contains(' '))
}

#[test]
fn every_reason_is_explained() {
    let page = page();
    let mut missing = Vec::new();
    let mut count = 0;
    for source in SOURCES.iter().flat_map(|below| sources(below)) {
        for text in texts(&fs::read_to_string(&source).unwrap()) {
            let begins_with = |list: &[&str], text: &str| list.iter().any(|begin| text.starts_with(begin));
            // Of PEM files.
            let is_marker = ["PRIVATE KEY", "CERTIFICATE", "-----"].iter().any(|mark| text.contains(mark));
            if is_marker || begins_with(&NO_FAILURES, &text) {
                continue;
            }
            let Some(words) = fixed_words(&text).filter(|words| !begins_with(&ADVICE, words)) else {
                continue;
            };
            count += 1;
            if !page.contains(words) {
                missing.push(format!("{}: {words}", source.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(missing.is_empty(), "not in docs/troubleshooting.md: {missing:#?}");
    assert!(count > 100, "{count}");
}

/// Lines of level ERROR, wherever they are written.
#[test]
fn every_line_of_level_error_is_explained() {
    let page = page();
    let mut count = 0;
    for source in sources("src") {
        let text = fs::read_to_string(&source).unwrap();
        let text = text.split("\nmod tests {").next().unwrap();
        for (at, _) in text.match_indices("Level::Error") {
            let call = &text[at..];
            let call = &call[..call.find(';').unwrap_or(call.len())];
            let Some(words) = texts(call).first().and_then(|text| fixed_words(text).map(str::to_owned))
            else {
                continue;
            };
            count += 1;
            assert!(page.contains(&words), "{}: {words}", source.display());
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn every_return_code_is_explained() {
    let page = fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    let mut count = 0;
    for header in ["MQTTClient.h", "MQTTAsync.h", "MQTTClientPersistence.h"] {
        let header = fs::read_to_string(root().join("include").join(header)).unwrap();
        let names = ["#define MQTTCLIENT_", "#define MQTTASYNC_"];
        for line in header.lines().filter(|line| names.iter().any(|name| line.starts_with(name))) {
            let code: i32 = line.rsplit(' ').next().unwrap().parse().unwrap_or_default();
            if code < 0 {
                count += 1;
                assert!(page.contains(&format!("\n| {code} | ")), "{line}");
            }
        }
    }
    assert!(count > 25, "{count}");
    for part in ["", "sync_client/", "async_client/"] {
        let source = fs::read_to_string(root().join(format!("src/c_api/{part}return_code.rs"))).unwrap();
        for text in texts(&source).iter().filter(|text| text.contains(' ') && !text.contains('{')) {
            assert!(page.contains(text.as_str()), "{text}");
        }
    }
}

#[test]
fn texts_are_read_as_rust_has_them() {
    let source = "// \"a b\"\nfn f<'a>() { g('\"', \"c \\\"d\\\" {e}: f\", \"long \\\n    line\") }\nmod tests { \"g h\" }";
    assert_eq!(texts(source), ["c \"d\" {e}: f", "long line"]);
    assert_eq!(fixed_words("{a} is not {b}: c"), Some("is not"));
    assert_eq!(fixed_words("{a}: {b}"), None);
}
