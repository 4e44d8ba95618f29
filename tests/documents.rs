//! The documents of this repository: what the code cites of them is there, their links lead somewhere, and the
//! map of the tests names each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The letters that clauses of the contract begin with.
const CLAUSES: &str = "CAWPTL";

/// Elliptic curves, whose names look like clauses.
const CURVES: [&str; 3] = ["P-256", "P-384", "P-521"];

/// Where the contract and the design are cited.
const CITING: [&str; 9] =
    ["src", "tests", "benches", "include", "c-examples", "fuzz", "docs", "build.rs", "README.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file, and its name for messages.
struct Document {
    name: String,
    text: String,
}

/// The texts below these files and directories, without what is generated there.
fn documents(below: &[&str], extensions: &[&str]) -> Vec<Document> {
    let mut left: Vec<PathBuf> = below.iter().map(|name| root().join(name)).collect();
    let mut documents = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
            left.extend(entries.filter(|entry| !entry.ends_with("target")));
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension.is_some_and(|extension| extensions.contains(&extension)) {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            documents.push(Document { name, text: fs::read_to_string(&path).unwrap() });
        }
    }
    documents.sort_by(|one, other| one.name.cmp(&other.name));
    documents
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The places at which one of these letters begins a word.
fn words_with<'a>(text: &'a str, letters: &'a str) -> impl Iterator<Item = &'a str> {
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, letter)| {
        let begins = !before.is_alphanumeric() && !"-_".contains(before) && letters.contains(letter);
        before = letter;
        begins.then(|| &text[at..])
    })
}

/// How many bytes at the beginning are digits.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The clause that this text begins with: `C-6.1`, `P-310.4`, `L-6`, or several, as `L-6xx`.
fn clause(text: &str) -> Option<&str> {
    let number = text[1..].strip_prefix('-')?;
    let mut length = digits(number);
    if length == 0 {
        return None;
    }
    while number[length..].starts_with('.') && digits(&number[length + 1..]) > 0 {
        length += 1 + digits(&number[length + 1..]);
    }
    if number[length..].starts_with("xx") {
        length += 2;
    }
    let is_whole = !number[length..].starts_with(|next: char| next.is_alphanumeric() || next == '_');
    is_whole.then_some(&text[..2 + length])
}

/// The clauses of the contract, each with its file. A clause begins a line, a heading or a row of a table.
fn clauses() -> BTreeMap<String, String> {
    let mut clauses = BTreeMap::new();
    for document in documents(&["docs/contract"], &["md"]) {
        for line in document.text.lines() {
            let line = line.trim_start_matches(['#', '|', ' ']);
            if let Some(clause) = words_with(line, CLAUSES).next().filter(|found| found.len() == line.len()) {
                let Some(clause) = self::clause(clause).filter(|clause| !clause.ends_with('x')) else {
                    continue;
                };
                let other = clauses.insert(clause.to_owned(), document.name.clone());
                assert_eq!(other, None, "{clause} is in {}, too", document.name);
            }
        }
    }
    clauses
}

#[test]
fn every_clause_that_is_cited_is_in_the_contract() {
    let clauses = clauses();
    assert!(clauses.len() > 400, "{}", clauses.len());
    let mut missing = BTreeSet::new();
    for document in documents(&CITING, &["rs", "c", "h", "cpp", "md", "txt", "mk", "toml"]) {
        for cited in words_with(&document.text, CLAUSES).filter_map(clause) {
            if CURVES.contains(&cited) {
                continue;
            }
            let is_there = match cited.strip_suffix("xx") {
                Some(beginning) => {
                    clauses.keys().any(|clause| clause.len() == cited.len() && clause.starts_with(beginning))
                }
                None => clauses.contains_key(cited),
            };
            if !is_there {
                missing.insert(format!("{}: {cited}", document.name));
            }
        }
    }
    assert!(missing.is_empty(), "cited, but in no document: {missing:#?}");
}

/// What follows this word in the text, each time, if it is a number.
fn numbers_after<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).filter_map(move |(at, _)| {
        let number = &text[at + word.len()..];
        let length = digits(number);
        (length > 0).then(|| &number[..length])
    })
}

#[test]
fn every_decision_that_is_cited_is_in_the_contract() {
    let contract = read("docs/contract/README.md");
    let mut cited_at_all = BTreeSet::new();
    for document in documents(&CITING, &["rs", "c", "h", "md", "txt"]) {
        for cited in numbers_after(&document.text, "ecision ") {
            let is_there = contract.lines().any(|line| line.starts_with(&format!("{cited}. **")));
            assert!(is_there, "{}: decision {cited}", document.name);
            cited_at_all.insert(cited.to_owned());
        }
    }
    assert!(cited_at_all.len() > 5, "{cited_at_all:?}");
}

/// `Design D8`, `design decision D4`, `design, D6`.
#[test]
fn every_decision_of_the_design_that_is_cited_is_there() {
    let design = read("docs/design.md");
    let mut cited_at_all = BTreeSet::new();
    for document in documents(&CITING, &["rs", "c", "h", "md", "txt"]) {
        for line in document.text.lines().filter(|line| line.to_lowercase().contains("design")) {
            for cited in words_with(line, "D") {
                let length = digits(&cited[1..]);
                if length > 0 && !cited[1 + length..].starts_with(char::is_alphanumeric) {
                    let cited = &cited[..1 + length];
                    assert!(design.contains(&format!("**{cited} ")), "{}: {cited}", document.name);
                    cited_at_all.insert(cited.to_owned());
                }
            }
        }
    }
    assert!(cited_at_all.len() > 3, "{cited_at_all:?}");
}

/// `abi.md section 4`: a heading `## 4. …`, or `## L-4. …` where sections have the letter of their clauses.
#[test]
fn every_section_that_is_cited_is_there() {
    for contract in documents(&["docs/contract"], &["md"]) {
        let name = contract.name.rsplit('/').next().unwrap();
        let headings: Vec<_> = contract.text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        for document in documents(&CITING, &["rs", "c", "md", "txt"]) {
            for cited in numbers_after(&document.text, &format!("{name} section ")) {
                let is_there = headings.iter().any(|heading| {
                    heading
                        .split_once(". ")
                        .is_some_and(|(number, _)| number.rsplit('-').next() == Some(cited))
                });
                assert!(is_there, "{}: section {cited} of {name}", document.name);
            }
        }
    }
}

/// The anchor that a heading gets where Markdown is shown.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().replace(' ', "-")
}

#[test]
fn links_lead_somewhere() {
    let mut links = 0;
    let places = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs",
        "tests",
        "benches",
        "include",
        "c-examples",
    ];
    for document in documents(&places, &["md"]) {
        let directory = Path::new(&document.name).parent().unwrap();
        for (at, _) in document.text.match_indices("](") {
            let target = document.text[at + 2..].split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            links += 1;
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { document.name.as_str().into() } else { directory.join(file) };
            assert!(root().join(&path).exists(), "{}: {target}", document.name);
            if !place.is_empty() {
                let text = read(path.to_str().unwrap());
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                assert!(headings.any(|heading| anchor(heading) == place), "{}: {target}", document.name);
            }
        }
    }
    assert!(links > 10, "{links}");
}

/// Each test program, C program and folder of `tests` has a line in its README.
#[test]
fn the_map_of_the_tests_is_complete() {
    let map = read("tests/README.md");
    let mut missing = Vec::new();
    for (directory, extension) in [("tests", "rs"), ("tests", ""), ("tests/c", "c"), ("tests/c", "h")] {
        for entry in fs::read_dir(root().join(directory)).unwrap() {
            let path = entry.unwrap().path();
            let is_meant = if extension.is_empty() {
                path.is_dir()
            } else {
                path.extension().is_some_and(|found| found == extension)
            };
            let name = path.file_name().unwrap().to_str().unwrap();
            let mark = if path.is_dir() { format!("`{name}/`") } else { format!("`{name}`") };
            if is_meant && !map.lines().any(|line| line.starts_with(&format!("| {mark}"))) {
                missing.push(format!("{directory}/{name}"));
            }
        }
    }
    assert!(missing.is_empty(), "not in tests/README.md: {missing:?}");
}

/// Nothing is named that has gone, and who is said to run a C program does.
#[test]
fn the_map_of_the_tests_is_right() {
    let map = read("tests/README.md");
    let rows = map.lines().filter(|line| line.starts_with("| `"));
    for row in rows {
        let mut names = row.split('`').skip(1).step_by(2);
        let name = names.next().unwrap();
        let place = if root().join("tests/c").join(name).exists() { "tests/c" } else { "tests" };
        assert!(root().join(place).join(name.trim_end_matches('/')).exists(), "{name} is not there");
        if let Some(program) = name.strip_suffix(".c") {
            for runner in names.filter(|name| name.ends_with(".rs") || name.ends_with('/')) {
                let sources = documents(&[&format!("tests/{}", runner.trim_end_matches('/'))], &["rs"]);
                let ways = [format!("{program}.c\""), format!("\"{program}\"")];
                let runs = |source: &Document| ways.iter().any(|way| source.text.contains(way));
                assert!(sources.iter().any(runs), "{runner} does not run {name}");
            }
        }
    }
}

/// The names in a text that begin so: letters, digits and underscores.
fn names<'a>(text: &'a str, beginning: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(beginning).filter_map(move |(at, _)| {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = &text[at..];
        let length = name.find(|c| !is_of_name(c)).unwrap_or(name.len());
        (!text[..at].ends_with(is_of_name)).then_some(&name[..length])
    })
}

/// Functions, types and constants that documents name are in the headers, and variables in the sources.
#[test]
fn what_documents_name_is_there() {
    let headers: String = documents(&["include"], &["h"]).into_iter().map(|header| header.text).collect();
    let sources: String =
        documents(&["src", "c-examples"], &["rs", "c"]).into_iter().map(|source| source.text).collect();
    let mosquitto = fs::read_to_string("/usr/include/mosquitto.h").unwrap_or_else(|_| {
        panic!(
            "/usr/include/mosquitto.h is missing: tests/install-prerequisites.sh installs libmosquitto-dev"
        )
    });
    let is_sample = |name: &str| root().join(format!("c-examples/{name}.c")).exists();
    let mut count = 0;
    let mut missing = BTreeSet::new();
    let pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/guide"];
    let pages = pages.into_iter().chain([
        "docs/moving.md",
        "docs/troubleshooting.md",
        "docs/installing.md",
        "docs/versioning.md",
        "docs/measuring.md",
    ]);
    for page in documents(&pages.collect::<Vec<_>>(), &["md"]) {
        let api = [
            "MQTTClient_",
            "MQTTAsync_",
            "MQTTProperties_",
            "MQTTProperty",
            "MQTTReasonCode",
            "MQTTResponse",
        ];
        let constants = ["MQTTCLIENT_", "MQTTASYNC_", "MQTTVERSION_", "MQTTPROPERTY_", "MQTTREASONCODE_"];
        let variables = ["MQTT_C_CLIENT_", "PAHO_C_CLIENT_"];
        let places = [(&api[..], &headers), (&constants[..], &headers), (&variables[..], &sources)];
        for (beginnings, place) in places.into_iter().chain([(&["mosquitto_"][..], &mosquitto)]) {
            for name in beginnings.iter().flat_map(|beginning| names(&page.text, beginning)) {
                // All that begin so: `MQTTClient_…`.
                let is_there = names(place, name).any(|found| found == name || name.ends_with('_'));
                let is_tool = ["mosquitto_pub", "mosquitto_sub"].contains(&name);
                if !is_there && !is_sample(name) && !is_tool {
                    missing.insert(format!("{}: {name}", page.name));
                }
                count += 1;
            }
        }
    }
    assert!(missing.is_empty(), "named, but not there: {missing:#?}");
    assert!(count > 250, "{count}");
}

/// What is installed, and what is there to be copied from, says under which licence.
#[test]
fn what_is_to_be_copied_names_its_licence() {
    let mut count = 0;
    for document in documents(&["include", "c-examples", "docs/guide/examples"], &["h", "c", "cpp"]) {
        count += 1;
        let begin = "/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n";
        assert!(document.text.starts_with(begin), "{}", document.name);
    }
    assert!(count > 30, "{count}");
    assert!(read("Cargo.toml").contains("\nlicense = \"MIT OR Apache-2.0\"\n"));
}

/// What the comparing tests see, and which clause allows it: people read of each in docs/moving.md.
#[test]
fn every_intended_difference_is_told_to_those_who_move_here() {
    let told = read("docs/moving.md");
    let told: BTreeSet<_> = words_with(&told, CLAUSES).filter_map(clause).collect();
    let mut count = 0;
    for list in ["tests/side_by_side", "tests/side_by_side_async"] {
        let differences = read(&format!("{list}/differences.txt"));
        for difference in differences.lines().filter(|line| line.starts_with('[')) {
            let reason = difference.split("] ").nth(1).unwrap();
            for cited in words_with(reason, CLAUSES).filter_map(clause) {
                count += 1;
                assert!(told.contains(cited), "{list}: {difference}");
            }
        }
    }
    assert!(count > 100, "{count}");
}

/// A function of the headers, or a type of callbacks.
struct Prototype<'a> {
    name: &'a str,
    parameters: Vec<&'a str>,
    returns_something: bool,
    comment: &'a str,
}

/// The word that this text ends with.
fn last_word(text: &str) -> &str {
    let text = text.trim_end();
    text.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap()
}

/// Those of a header: `int f(int a);`, `typedef int f(int a);`, `typedef int (*f)(int a);`.
fn prototypes(header: &str) -> Vec<Prototype<'_>> {
    let mut found = Vec::new();
    for (end, _) in header.match_indices("\n */\n") {
        let declaration = &header[end + "\n */\n".len()..];
        let is_one = ["LIBMQTT_API", "typedef "].iter().any(|word| declaration.starts_with(word));
        let declaration = &declaration[..declaration.find(';').unwrap_or(0)];
        let Some((before, parameters)) = declaration.rsplit_once('(').filter(|_| is_one) else { continue };
        if declaration.contains('{') {
            continue;
        }
        let before = before.trim_end_matches(')');
        let name = last_word(before);
        let parameters = parameters.trim_end_matches(')').split(',').map(last_word);
        found.push(Prototype {
            name,
            parameters: parameters.filter(|parameter| *parameter != "void").collect(),
            returns_something: last_word(before.trim_end_matches(name).trim_end_matches("(*")) != "void",
            comment: &header[header[..end].rfind("/**").unwrap()..end],
        });
    }
    found
}

#[test]
fn each_function_says_what_it_takes_and_gives_and_rests_on() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for header in documents(&["include"], &["h"]) {
        for prototype in prototypes(&header.text) {
            count += 1;
            let Prototype { name, parameters, returns_something, comment } = prototype;
            let words = |tag: &str| {
                let tag = format!("\n * @{tag} ");
                comment.split(&tag).skip(1).map(|text| text.split_whitespace().next().unwrap()).collect()
            };
            let described: Vec<_> = words("param");
            if described != parameters {
                wrong.push(format!("{name}({}): described are {described:?}", parameters.join(", ")));
            }
            let results: Vec<_> = words("return");
            if results.len() != usize::from(returns_something) {
                wrong.push(format!("{name}: what it returns"));
            }
            if !comment.contains("@see Contract") {
                wrong.push(format!("{name}: what it rests on"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The functions of the headers, and the types of callbacks.
    assert_eq!(count, 83 + 27);
}

#[test]
fn prototypes_are_read_as_c_has_them() {
    let header = "/**\n * A.\n */\nLIBMQTT_API\nconst char *f(void);\n\n\
                  /**\n * B.\n */\ntypedef void (*g)(char **a,\n  int b);\n\n\
                  /**\n * C.\n */\ntypedef int h;\n\n\
                  /**\n * D.\n */\ntypedef struct s {\n    int (*f)(int a);\n} s;\n";
    let read = prototypes(header);
    let seen: Vec<_> =
        read.iter().map(|one| (one.name, one.parameters.clone(), one.returns_something)).collect();
    assert_eq!(seen, [("f", vec![], true), ("g", vec!["a", "b"], false)]);
    assert!(read[1].comment.contains("B."));
}
