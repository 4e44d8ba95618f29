//! The arrows between the rooms of the crate, and what may be said in which room.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use besides itself: `c_api → client → engine → { protocol, transport, store }`.
/// `error`, `trace` and `sync` are used by all, and use none but the locks of `sync`. `sys` is the operating system.
const ARROWS: [(&str, &[&str]); 10] = [
    ("c_api", &["client", "engine", "protocol", "transport", "store", "error", "trace", "sync"]),
    ("client", &["engine", "protocol", "transport", "store", "error", "trace", "sync", "sys"]),
    ("engine", &["protocol", "transport", "store", "error", "trace", "sync", "sys"]),
    ("protocol", &["error", "trace"]),
    ("transport", &["error", "trace", "sync", "sys"]),
    ("store", &["error", "trace", "sync", "sys"]),
    ("trace", &["sync"]),
    ("error", &[]),
    ("sync", &["sys"]),
    ("sys", &[]),
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

/// A port to another system begins in `sys`, and finds all of it there that is not C: see docs/portability.md.
#[test]
fn the_operating_system_has_one_door() {
    assert!(sources().iter().any(|source| source.room == "sys" && source.code.contains("rustix")));
    for source in sources().into_iter().filter(|source| source.room != "sys") {
        let is_used = words(without_tests(&source)).any(|word| word == "rustix");
        assert!(!is_used, "{}: rustix is used in sys", source.name);
    }
}

/// What is guessed about timing is in one place, where each guess is measured: see client/pacing.rs.
#[test]
fn guesses_have_one_home() {
    const FORBIDDEN: [&str; 7] = [
        "processor",
        "sched_yield",
        "yield_now",
        "FULL_WRITE",
        "LARGE_PAYLOAD",
        "ANSWERS_WAIT",
        "AdaptiveYield",
    ];
    let sources = sources();
    assert!(sources.iter().any(|source| source.name == "client/pacing.rs"));
    for source in
        sources.iter().filter(|source| !source.name.starts_with("client/pacing") && source.room != "sys")
    {
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

/// The oldest Rust that builds this has no chains of `let`, and clippy does not tell of them as it does of functions.
#[test]
fn no_condition_chains_let() {
    assert!(chains_let("if let Some(a) = b(|c| c && d)\n    && e\n{"));
    assert!(chains_let("while a && let Some(b) = c {"));
    assert!(chains_let("if let A { b, .. } = &mut c && d {"));
    assert!(!chains_let("if let Some(a) = b(c && d) {\n    if e && f {"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("build.rs")];
    for directory in ["src", "include/generator", "tests", "benches"] {
        collect(&root.join(directory), &mut files);
    }
    for file in files.iter().filter(|file| !file.ends_with("tests/architecture.rs")) {
        let code = fs::read_to_string(file).unwrap();
        assert!(!chains_let(&code), "{}: a chain of let, which Rust 1.85 does not have", file.display());
    }
}

fn chains_let(code: &str) -> bool {
    let goes_on = |condition: &str| {
        let (_, value) = condition.split_once(" = ").unwrap_or_default();
        let mut depth = 0;
        for (place, letter) in value.char_indices() {
            match letter {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                '{' if depth == 0 => return false,
                _ if depth == 0 && value[place..].starts_with("&& ") => return true,
                _ => {}
            }
        }
        false
    };
    let mut conditions = ["if let ", "while let "].into_iter().flat_map(|start| code.split(start).skip(1));
    code.contains("&& let ") || conditions.any(goes_on)
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

/// The parts of `client`, from the bottom up. Each uses those above it in this list, and none below; within a part
/// there are no circles either.
const PARTS_OF_CLIENT: [&[&str]; 16] = [
    &["options", "outcome"],
    &["pacing"],
    &["background", "registry"],
    &["link"],
    &["delivery/events", "delivery/in_callbacks", "delivery/inbox", "delivery/phase"],
    &["engaged", "records"],
    &["api", "application"],
    &["host"],
    &["state", "backlog"],
    &["client", "locked"],
    &["io"],
    &["front_end", "create"],
    &["publish", "connect"],
    &["delivery/batch", "delivery/dispatch"],
    &["sync_api", "async_api"],
    &["handler", "registered"],
];

/// Halves of one thing: an application and its API, which are bounds of each other, and a lock with its guard.
const TWINS: [[&str; 2]; 3] =
    [["api", "application"], ["client", "locked"], ["async_api/api", "async_api/application"]];

#[test]
fn there_is_no_circle_inside_the_client() {
    let files = files_of_client();
    let uses = |file: &ClientFile| -> BTreeSet<String> {
        let others = file.used_modules(&files).into_iter().chain(file.used_methods(&files));
        others.filter(|used| *used != file.name).collect()
    };
    let mut edges: BTreeMap<String, BTreeSet<String>> =
        files.iter().map(|file| (file.name.clone(), uses(file))).collect();
    let count = edges.values().map(BTreeSet::len).sum::<usize>();
    assert!(count > 100, "only {count} uses were found");
    for (file, used) in &edges {
        for used in used {
            assert!(part_of(used) <= part_of(file), "client/{file}.rs must not use client/{used}.rs");
        }
    }
    for [one, other] in TWINS {
        edges.get_mut(one).unwrap().remove(other);
        let of_other = edges[other].clone();
        assert!(!of_other.is_empty() && of_other.contains(one), "{one} and {other} are no twins");
        edges.get_mut(one).unwrap().extend(of_other.into_iter().filter(|used| used != one));
        edges.get_mut(other).unwrap().clear();
        for used in edges.values_mut() {
            if used.remove(other) {
                used.insert(one.to_owned());
            }
        }
    }
    while let Some(file) = edges.iter().find(|(_, used)| used.is_empty()).map(|(file, _)| file.clone()) {
        edges.remove(&file);
        edges.values_mut().for_each(|used| {
            used.remove(&file);
        });
    }
    assert!(edges.is_empty(), "a circle is among, or below: {edges:#?}");
}

/// Within the client, nobody else reads from a connection or writes to it.
#[test]
fn one_place_of_the_client_reads_and_writes() {
    const HOME: &str = "io";
    const CALLS: [&str; 5] =
        ["connection.read(", ".begin_writing(", ".end_writing(", "connection.flush(", ".flush_with_payload("];
    for file in files_of_client() {
        for call in CALLS {
            let found = file.code.matches(call).count();
            let expected = usize::from(file.name == HOME);
            assert_eq!(
                found, expected,
                "client/{}.rs: {call} belongs into client/{HOME}.rs, once",
                file.name
            );
        }
    }
}

/// A file of `client` without its tests.
struct ClientFile {
    /// Below `client`, without its ending; a directory for its `mod.rs`.
    name: String,
    code: String,
}

fn files_of_client() -> Vec<ClientFile> {
    let sources = sources().into_iter().filter(|source| source.room == "client");
    let files = sources.filter_map(|source| {
        let name = source.name.strip_prefix("client/")?.trim_end_matches(".rs").trim_end_matches("/mod");
        let is_for_tests = name.starts_with("tests") || name.ends_with("_tests") || name.ends_with("testing");
        let is_root = name == "mod";
        (!is_for_tests && !is_root)
            .then(|| ClientFile { name: name.to_owned(), code: without_tests(&source).to_owned() })
    });
    files.collect()
}

/// The number of the part to which a file belongs.
fn part_of(file: &str) -> usize {
    let is_in = |part: &&[&str]| part.iter().any(|name| Path::new(file).starts_with(name));
    PARTS_OF_CLIENT.iter().position(is_in).unwrap_or_else(|| panic!("client/{file}.rs belongs to no part"))
}

impl ClientFile {
    /// The files whose names are imported, or used by their path.
    fn used_modules(&self, files: &[ClientFile]) -> BTreeSet<String> {
        let is_directory = files
            .iter()
            .any(|other| Path::new(&other.name).starts_with(&self.name) && other.name != self.name);
        let own = Path::new(&self.name);
        let directory = if is_directory { own } else { own.parent().unwrap() };
        // Where `super` leads to: from a file out of it, from a directory's `mod.rs` out of the directory.
        let above = if is_directory { own.parent().unwrap() } else { directory };
        let mut used = BTreeSet::new();
        for (path, base) in
            [("crate::client::", Path::new("")), ("use super::", above), ("use self::", directory)]
        {
            for name in paths_from(&self.code, path) {
                let target = Self::resolve(base.join(name), files);
                let file = target
                    .ancestors()
                    .find(|target| files.iter().any(|file| Path::new(&file.name) == *target));
                used.extend(file.map(|file| file.to_str().unwrap().to_owned()));
            }
        }
        used
    }

    /// A path, but with the file of a directory that a name comes from which the directory only passes on.
    fn resolve(target: PathBuf, files: &[ClientFile]) -> PathBuf {
        let Some((directory, name)) = target.parent().zip(target.file_name()) else { return target };
        let Some(passes_on) = files.iter().find(|file| Path::new(&file.name) == directory) else {
            return target;
        };
        let name = name.to_str().unwrap();
        let line = passes_on
            .code
            .lines()
            .find(|line| line.contains(" use ") && words(line).any(|word| word == name));
        let child = line.and_then(|line| words(line.split_once(" use ")?.1).next());
        child.map_or(target.clone(), |child| directory.join(child))
    }

    /// The files that define the methods which are called: a client, its state and its guard have theirs in many files.
    /// What goes by the same name in several of them is left out.
    fn used_methods(&self, files: &[ClientFile]) -> BTreeSet<String> {
        const RECEIVERS: [&str; 4] = ["self.", "Self::", "client.", "state."];
        let calls = |method: &str| {
            let is_call = |receiver| self.code.contains(&format!("{receiver}{method}("));
            RECEIVERS.iter().any(is_call) && !self.code.contains(&format!("fn {method}"))
        };
        let mut homes: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        for file in files {
            for method in file.methods() {
                homes.entry(method).or_default().insert(&file.name);
            }
        }
        let used = homes.into_iter().filter(|(method, homes)| homes.len() == 1 && calls(method));
        used.flat_map(|(_, homes)| homes).cloned().collect()
    }

    /// The methods that it defines for clients, states and guards.
    fn methods(&self) -> Vec<String> {
        let mut is_inside = false;
        let mut methods = Vec::new();
        for line in self.code.lines() {
            if line.starts_with("impl") {
                let of_client = ["Client<", "State<", "Locked<"].iter().any(|name| line.contains(name));
                is_inside = of_client && !line.contains(" for ");
            }
            let is_member = line.starts_with("    ") && !line.starts_with("     ");
            let method = line.split_once("fn ").filter(|_| is_inside && is_member);
            methods.extend(method.and_then(|(_, rest)| words(rest).next()).map(str::to_owned));
        }
        methods
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
    let is_for_tests = source.name == "sync/interleavings.rs";
    if is_for_tests || source.name.contains("/tests/") || source.name.ends_with("tests.rs") {
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
    let first = |path: String| path.split('/').next().unwrap_or_default().to_owned();
    paths_from(code, path).into_iter().map(first).filter(|name| !name.is_empty() && name != "self").collect()
}

/// What follows a path, as `a` and `b/c` for `path::{a, b::c}`; of lists inside lists the names before them.
fn paths_from(code: &str, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (place, _) in code.match_indices(path) {
        let rest = &code[place + path.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.extend(path_at(rest));
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
                    found.extend(path_at(&list[offset..]));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    // `$crate::` in macros, and `crate::name` of items at the top, are as good as any.
    found
}

/// The names that are joined by `::` at the beginning of this.
fn path_at(code: &str) -> Option<String> {
    let end =
        code.find(|letter: char| !letter.is_alphanumeric() && !"_:".contains(letter)).unwrap_or(code.len());
    let names: Vec<_> = code[..end].split("::").take_while(|name| !name.is_empty()).collect();
    (!names.is_empty()).then(|| names.join("/"))
}

#[test]
fn lists_of_rooms_are_read() {
    let code = "use crate::engine::clock; use crate::{error::Error, trace::{self, Level}, client};";
    assert_eq!(used_rooms(code), ["engine", "error", "trace", "client"]);
}

#[test]
fn what_a_file_uses_is_read() {
    let code = "use super::link::{self, turn::Reader};\nuse super::a::B;\n".to_owned();
    let file = |name: &str, code: &str| ClientFile { name: name.to_owned(), code: code.to_owned() };
    let files = [file("x", &code), file("link", ""), file("link/turn", ""), file("a", "")];
    assert_eq!(Vec::from_iter(files[0].used_modules(&files)), ["a", "link"]);
    let inner = file("link/turn", "use super::plan::{Plan, Try}; crate::client::a::B; use super::Link;");
    let files = [inner, file("link", ""), file("link/plan", ""), file("a", "")];
    assert_eq!(Vec::from_iter(files[0].used_modules(&files)), ["a", "link", "link/plan"]);
    let impls = "impl<A: Application> Client<A> {\n    pub fn run(&self) {\n    }\n}\nimpl X for Client<A> {\n    fn no() {\n";
    assert_eq!(file("x", impls).methods(), ["run"]);
}
