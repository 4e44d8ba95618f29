//! The arrows between the rooms of the crate, and what may be said in which room.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use besides itself: `c_api → client → engine → { protocol, transport, store }`.
/// `error` and `trace` are used by all, and use none.
const ARROWS: [(&str, &[&str]); 8] = [
    ("c_api", &["client", "engine", "protocol", "transport", "store", "error", "trace"]),
    ("client", &["engine", "protocol", "transport", "store", "error", "trace"]),
    ("engine", &["protocol", "transport", "store", "error", "trace"]),
    ("protocol", &["error", "trace"]),
    ("transport", &["error", "trace"]),
    ("store", &["error", "trace"]),
    ("trace", &[]),
    ("error", &[]),
];

/// Rooms that only tests enter, and that every room's tests may use.
const FOR_TESTS: [&str; 1] = ["scratch"];

#[test]
fn arrows_point_one_way() {
    for source in sources() {
        let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| *room == source.room) else {
            assert!(
                source.room == "lib" || FOR_TESTS.contains(&source.room.as_str()),
                "no room: {}",
                source.room
            );
            continue;
        };
        for used in used_rooms(&source.code) {
            let used = used.as_str();
            let is_right = used == source.room || allowed.contains(&used) || FOR_TESTS.contains(&used);
            assert!(is_right, "{}: {} must not use {used}", source.name, source.room);
        }
    }
}

#[test]
fn unsafe_stays_at_the_door() {
    for source in sources().into_iter().filter(|source| source.room != "c_api") {
        let place = words(&source.code).position(|word| word == "unsafe");
        assert!(place.is_none(), "{}: unsafe code belongs into c_api", source.name);
    }
}

#[test]
fn there_is_one_clock() {
    for source in sources().into_iter().filter(|source| source.name != "engine/clock.rs") {
        let code = without_tests(&source);
        assert!(!code.contains("Instant::now"), "{}: time comes from engine/clock.rs", source.name);
    }
}

/// The sans-IO core: no socket, file, lock, thread or clock.
#[test]
fn the_protocol_does_nothing_by_itself() {
    const FORBIDDEN: [&str; 9] = [
        "std::net",
        "std::fs",
        "std::io",
        "std::thread",
        "std::sync",
        "SystemTime",
        "parking_lot",
        "rustix",
        "crossbeam",
    ];
    for source in sources().into_iter().filter(|source| source.room == "protocol") {
        let code = without_tests(&source);
        for name in FORBIDDEN {
            assert!(!code.contains(name), "{}: no {name} in the protocol", source.name);
        }
    }
}

/// A source file, without its comments.
struct Source {
    /// Below src.
    name: String,
    /// The first part of the name.
    room: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 30, "only {} files in src", files.len());
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let room = name.split(['/', '.']).next().unwrap().to_owned();
            let text = fs::read_to_string(&file).unwrap();
            let code: String = text.lines().map(|line| without_comment(line).to_owned() + "\n").collect();
            Source { name, room, code }
        })
        .collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// A line without the comment at its end. What looks like one inside a string is cut, too: that can
/// only hide what follows it on that line.
fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

/// The code of a file but for its tests, which come last.
fn without_tests(source: &Source) -> &str {
    if source.name.contains("/tests/") || source.name.ends_with("/tests.rs") {
        return "";
    }
    source.code.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&source.code)
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// The first names after `crate::`, also of `crate::{a, b::c}`.
fn used_rooms(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (place, _) in code.match_indices("crate::") {
        let rest = &code[place + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            rooms.extend(words(rest).next().map(str::to_owned));
            continue;
        };
        let mut depth = 0;
        let mut at_start = true;
        for (offset, letter) in list.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_start = true,
                _ if at_start && !letter.is_whitespace() => {
                    rooms.extend(words(&list[offset..]).next().map(str::to_owned));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    // `$crate::` in macros, and `crate::name` of items at the top, are as good as any.
    rooms.retain(|room| !room.is_empty() && room != "self");
    rooms
}

#[test]
fn lists_of_rooms_are_read() {
    let code = "use crate::engine::clock; use crate::{error::Error, trace::{self, Level}, client};";
    assert_eq!(used_rooms(code), ["engine", "error", "trace", "client"]);
}
