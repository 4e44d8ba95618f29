//! The arrows between the rooms of the crate, and what may be said in which room.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use besides itself: `c_api → client → engine → { protocol, transport, store }`.
/// `error`, `trace` and `sync` are used by all, and use none but the locks of `sync`.
const ARROWS: [(&str, &[&str]); 9] = [
    ("c_api", &["client", "engine", "protocol", "transport", "store", "error", "trace", "sync"]),
    ("client", &["engine", "protocol", "transport", "store", "error", "trace", "sync"]),
    ("engine", &["protocol", "transport", "store", "error", "trace", "sync"]),
    ("protocol", &["error", "trace"]),
    ("transport", &["error", "trace", "sync"]),
    ("store", &["error", "trace", "sync"]),
    ("trace", &["sync"]),
    ("error", &[]),
    ("sync", &[]),
];

/// Rooms that only tests enter, and that every room's tests may use.
const FOR_TESTS: [&str; 1] = ["scratch"];

#[test]
fn arrows_point_one_way() {
    for source in sources() {
        let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| *room == source.room) else {
            assert!(
                ["lib", "internals"].contains(&source.room.as_str())
                    || FOR_TESTS.contains(&source.room.as_str()),
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

/// What a room does not use is dead code, and the compiler says so: nothing makes it public but `internals`,
/// which no library has.
#[test]
fn rooms_are_private() {
    let root = sources().into_iter().find(|source| source.name == "lib.rs").unwrap();
    let public: Vec<_> = root.code.lines().filter(|line| line.trim_start().starts_with("pub")).collect();
    assert_eq!(public, ["pub mod internals;"]);
    let gate = "#[cfg(feature = \"internals\")]\npub mod internals;";
    assert!(root.code.contains(gate), "internals is behind its feature");
}

/// Within `c_api`, what the two APIs share knows neither of them, and they do not know each other.
#[test]
fn the_two_apis_share_what_knows_neither() {
    const APIS: [&str; 2] = ["sync_client", "async_client"];
    for source in
        sources().into_iter().filter(|source| source.room == "c_api" && source.name != "c_api/mod.rs")
    {
        let own = source.name.split('/').nth(1).unwrap();
        for api in APIS.into_iter().filter(|api| *api != own) {
            assert!(!words(&source.code).any(|word| word == api), "{} must not use {api}", source.name);
        }
    }
}

#[test]
fn unsafe_stays_at_the_door() {
    for source in sources().into_iter().filter(|source| !matches!(source.room.as_str(), "c_api" | "sync")) {
        let place = words(&source.code).position(|word| word == "unsafe");
        assert!(place.is_none(), "{}: unsafe code belongs into c_api, and into sync.rs", source.name);
    }
}

#[test]
fn there_is_one_clock() {
    // A lock has to know when to give up, and is below the engine.
    let clocks = ["engine/clock.rs", "sync.rs"];
    for source in sources().into_iter().filter(|source| !clocks.contains(&source.name.as_str())) {
        let code = without_tests(&source);
        assert!(!code.contains("Instant::now"), "{}: time comes from engine/clock.rs", source.name);
    }
}

/// What is guessed about timing is in one place, where each guess is measured: see client/pacing.rs.
#[test]
fn guesses_have_one_home() {
    const FORBIDDEN: [&str; 7] = [
        "sched_getcpu",
        "sched_yield",
        "yield_now",
        "FULL_WRITE",
        "LARGE_PAYLOAD",
        "ANSWERS_WAIT",
        "AdaptiveYield",
    ];
    let sources = sources();
    assert!(sources.iter().any(|source| source.name == "client/pacing.rs"));
    for source in sources.iter().filter(|source| !source.name.starts_with("client/pacing")) {
        // A file of the program's that another thread has locked is waited for, whatever is guessed here.
        let is_allowed = |word: &str| word == "sched_yield" && source.name == "c_api/trace_host.rs";
        for word in words(without_tests(source)).filter(|word| FORBIDDEN.contains(word)) {
            assert!(is_allowed(word), "{}: {word} belongs into client/pacing.rs", source.name);
        }
    }
    // Pure in time: the caller looks at the clock.
    for source in sources.iter().filter(|source| source.name.starts_with("client/pacing")) {
        for word in words(without_tests(source)) {
            assert!(word != "clock" && word != "Mutex", "{}: no {word} in what is pure in time", source.name);
        }
    }
}

/// All locks are of the one kind that a fork does no harm to: see sync.rs.
#[test]
fn locks_come_from_one_place() {
    const FORBIDDEN: [&str; 5] = ["Mutex", "Condvar", "RwLock", "Barrier", "LazyLock"];
    for source in sources().into_iter().filter(|source| source.room != "sync") {
        let code = without_tests(&source);
        for other in ["parking_lot", "lock_api"] {
            assert!(!code.contains(other), "{}: locks come from sync.rs, not from {other}", source.name);
        }
        for used in names_from(code, "std::sync::") {
            assert!(!FORBIDDEN.contains(&used.as_str()), "{}: {used} comes from sync.rs", source.name);
        }
    }
}

/// In the client, what follows from a change is done where its lock is let go, and nowhere else: who changes
/// something cannot forget it.
#[test]
fn what_follows_from_a_change_is_done_in_one_place() {
    const HOME: &str = "client/locked.rs";
    const CALLS: [&str; 7] =
        [".arm(", ".watch(", ".post(", ".set_deadline(", ".notify_all(", ".notify_one(", "MutexGuard"];
    let client = || sources().into_iter().filter(|source| source.room == "client");
    for call in CALLS.into_iter().filter(|call| *call != ".notify_one(") {
        let is_there = client().any(|source| source.name == HOME && source.code.contains(call));
        assert!(is_there, "{HOME}: {call} is not there any more");
    }
    for source in client().filter(|source| source.name != HOME) {
        let code = without_tests(&source);
        for call in CALLS {
            assert!(!code.contains(call), "{}: {call} belongs into {HOME}", source.name);
        }
    }
}

/// The sans-IO core: no socket, file, lock, thread or clock.
#[test]
fn the_protocol_does_nothing_by_itself() {
    const FORBIDDEN: [&str; 10] = [
        "std::net",
        "std::fs",
        "std::io",
        "std::thread",
        "std::sync",
        "SystemTime",
        "crate::sync",
        "lock_api",
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
    if source.name.contains("/tests/") || source.name.ends_with("tests.rs") {
        return "";
    }
    source.code.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&source.code)
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// The first names after `crate::`, also of `crate::{a, b::c}`.
fn used_rooms(code: &str) -> Vec<String> {
    names_from(code, "crate::")
}

/// The first names after a path, also of `path::{a, b::c}`.
fn names_from(code: &str, path: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (place, _) in code.match_indices(path) {
        let rest = &code[place + path.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            names.extend(words(rest).next().map(str::to_owned));
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
                    names.extend(words(&list[offset..]).next().map(str::to_owned));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    // `$crate::` in macros, and `crate::name` of items at the top, are as good as any.
    names.retain(|name| !name.is_empty() && name != "self");
    names
}

#[test]
fn lists_of_rooms_are_read() {
    let code = "use crate::engine::clock; use crate::{error::Error, trace::{self, Level}, client};";
    assert_eq!(used_rooms(code), ["engine", "error", "trace", "client"]);
}
