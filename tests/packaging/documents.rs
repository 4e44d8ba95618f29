//! The documents that are made of the sources: HTML by Doxygen.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::succeed;
use super::support::files::root;
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
    let mut command = Command::new("make");
    succeed(command.current_dir(root()).env_remove("MAKEFLAGS").env_remove("MAKELEVEL").arg("docs"));

    let page = |name: &str| fs::read_to_string(root().join("build/docs").join(name)).unwrap();
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
