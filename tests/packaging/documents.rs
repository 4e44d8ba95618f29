//! The documents that are made of the sources: HTML by Doxygen, and manual pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::succeed;
use super::support::files::{Scratch, root};
use super::support::library::require;

/// The pages that users of Paho know, by the name that each file has here.
const SUBJECTS: [&str; 11] = [
    "apis",
    "threads",
    "reconnect",
    "offline",
    "persistence",
    "qos",
    "wildcards",
    "tracing",
    "tls",
    "proxies",
    "mqtt5",
];

/// Doxygen fails where it has anything to say: of a parameter that is not described, or a link that leads nowhere.
#[test]
fn doxygen_has_no_objection() {
    require("/usr/bin/doxygen", "doxygen");
    // Not where others may be installing it from.
    let directory = Scratch::new();
    let mut command = Command::new("make");
    command.current_dir(root()).env_remove("MAKEFLAGS").env_remove("MAKELEVEL").arg("docs");
    succeed(command.arg(format!("HTMLDIR={}", directory.file("html").display())));

    let page = |name: &str| fs::read_to_string(directory.file("html").join(name)).unwrap();
    let first = page("index.html");
    for subject in SUBJECTS {
        assert!(first.contains(&format!("\"guide_{subject}.html\"")), "{subject} is not on the first page");
        assert!(page(&format!("guide_{subject}.html")).len() > 5_000, "{subject}");
    }
    for name in ["moving", "troubleshooting", "installing", "versioning", "measuring"] {
        assert!(first.contains(&format!("\"{name}.html\"")), "{name} is not on the first page");
    }
    let header = page("MQTTClient_8h.html");
    for text in ["MQTTClient_publish", "How many bytes the payload has.", "Contract C-7.1"] {
        assert!(header.contains(text), "{text}");
    }
    // What a link leads to that is not a page.
    let source = Path::new("docs/guide/examples/tls.c");
    assert_eq!(page("tls.c"), fs::read_to_string(root().join(source)).unwrap());
    assert!(page("guide_tls.html").contains("<a href=\"tls.c\">"));
}

#[test]
fn the_manual_pages_are_those_of_the_sources() {
    succeed(Command::new(root().join("packaging/man.py")).arg("--check"));
}

/// Neither for mandoc, which looks at what the words mean, nor for groff, which most systems show pages with.
#[test]
fn the_manual_pages_are_without_fault() {
    require("/usr/bin/mandoc", "mandoc");
    require("/usr/bin/man", "man-db");
    let mut count = 0;
    for entry in fs::read_dir(root().join("docs/man")).unwrap() {
        let page = entry.unwrap().path();
        count += 1;
        // It looks for the pages that are referred to among those that are installed.
        let said = Command::new("mandoc").args(["-Tlint", "-Wstyle"]).arg(&page).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let faults: Vec<_> = said.lines().filter(|line| !line.contains("referenced manual")).collect();
        assert!(faults.is_empty(), "{faults:#?}");

        let mut command = Command::new("man");
        command.env("LC_ALL", "C.UTF-8").args(["--warnings", "-E", "UTF-8", "-Tutf8", "-Z", "-l"]);
        let said = command.arg(&page).output().unwrap();
        assert!(said.status.success() && said.stderr.is_empty(), "{}: {said:?}", page.display());
    }
    assert!(count > 15, "{count}");
}

/// What pages refer to is there, too.
#[test]
fn the_manual_pages_lead_to_others() {
    let names: BTreeSet<_> = fs::read_dir(root().join("docs/man"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in &names {
        let page = fs::read_to_string(root().join("docs/man").join(name)).unwrap();
        for reference in page.lines().filter_map(|line| line.strip_prefix(".Xr ")) {
            let words: Vec<_> = reference.split(' ').collect();
            assert!(names.contains(&format!("{}.{}", words[0], words[1])), "{name}: {reference}");
        }
    }
}
