//! The ABI as abidiff sees it, against the distribution's libraries: nothing is missing, nothing is different, and what
//! is more is listed in `additions.txt`. Structures are compared in tests/abi.rs, since neither has debug information.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::static_library::names;
use super::support::built::original_directory;
use super::support::files::root;
use super::support::library::require;
use super::{built, libraries};

/// Bits of its exit code: it did not work, or programs would not.
const FAILED: i32 = 1 | 2;
const INCOMPATIBLE: i32 = 8;

#[test]
fn programs_miss_nothing_and_what_is_more_is_listed() {
    require("/usr/bin/abidiff", "abigail-tools");
    let additions = fs::read_to_string(root().join("tests/packaging/additions.txt")).unwrap();
    for library in libraries() {
        let (name, start) = (format!("lib{library}.so.1"), format!("{library} "));
        let listed: BTreeSet<_> =
            additions.lines().filter_map(|line| line.strip_prefix(&start)).map(str::to_owned).collect();
        let (theirs, ours) = (original_directory().join(&name), built(&name));

        let output = Command::new("abidiff").arg(&theirs).arg(&ours).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let code = output.status.code().unwrap();
        assert_eq!(code & (FAILED | INCOMPATIBLE), 0, "{library}: {said}");
        assert!(!said.contains("[D]") && !said.contains("[C]"), "{library}: {said}");

        // It shows one name of each function, whichever, and those that mean the same behind it.
        let before = names(&["-D", "--defined-only"], &theirs);
        let shown = said.lines().filter_map(|line| line.trim().strip_prefix("[A] "));
        let shown = shown.flat_map(|line| line.split([',', ' '])).filter(|word| word.contains('_'));
        let more: BTreeSet<_> = shown.map(str::to_owned).filter(|name| !before.contains(name)).collect();
        assert!(!more.is_empty() && more.is_subset(&listed), "{library}: {said}");
        let after = names(&["-D", "--defined-only"], &ours);
        assert_eq!(after.difference(&before).cloned().collect::<BTreeSet<_>>(), listed, "{library}");
    }
}
