//! What is in the files that `make` builds.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::files::root;
use super::{built, libraries, succeed};

#[test]
fn no_file_names_a_directory_of_this_machine() {
    let home = env::var("HOME").unwrap_or_default();
    let cargo_home = env::var("CARGO_HOME").unwrap_or(format!("{home}/.cargo"));
    let sysroot = succeed(Command::new("rustc").args(["--print", "sysroot"]));
    let directories = [root().to_str().unwrap(), &cargo_home, sysroot.trim()];
    for library in libraries() {
        for end in ["so.1", "a", "so.1.3.15.debug"] {
            let name = format!("lib{library}.{end}");
            let content = fs::read(built(&name)).unwrap();
            for directory in directories {
                assert_eq!(first_path_in(&content, directory), None, "{name}");
            }
        }
    }
}

/// The first path in a file that leads below a directory.
fn first_path_in(content: &[u8], directory: &str) -> Option<String> {
    let below = format!("{directory}/");
    let is_of_a_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let position = (0..content.len()).find(|&position| {
        content[position..].starts_with(below.as_bytes())
            && !position.checked_sub(1).is_some_and(|before| is_of_a_path(content[before]))
    })?;
    let path = content[position..].split(|&byte| !is_of_a_path(byte)).next()?;
    Some(String::from_utf8_lossy(path).into_owned())
}

#[test]
fn paths_are_found_where_there_are_any() {
    let content = b"\0/opt/a/home/x.rs\0/home/a/x.rs:\0/home/a/y.rs";
    assert_eq!(first_path_in(content, "/home/a"), Some("/home/a/x.rs".to_owned()));
    assert_eq!(first_path_in(content, "/home"), Some("/home/a/x.rs".to_owned()));
    assert_eq!(first_path_in(content, "/a"), None);
}

/// Nothing that is both written and run, and no table of addresses that can be written after loading.
#[test]
fn the_shared_libraries_are_hardened() {
    for library in libraries() {
        let file = built(&format!("lib{library}.so.1"));
        let segments = read_elf("-lW", &file);
        assert!(segments.contains("GNU_RELRO"), "{library}: {segments}");
        let stack = segments.lines().find(|line| line.contains("GNU_STACK")).unwrap();
        assert!(stack.contains(" RW ") && !stack.contains('E'), "{library}: {stack}");
        let loaded = segments.lines().filter(|line| line.trim_start().starts_with("LOAD "));
        assert!(loaded.clone().count() > 1 && loaded.clone().all(|line| !line.contains("RWE")), "{segments}");

        let dynamic = read_elf("-dW", &file);
        assert!(dynamic.contains("BIND_NOW") || dynamic.contains("NOW"), "{library}: {dynamic}");
        assert!(!["TEXTREL", "RPATH", "RUNPATH"].iter().any(|word| dynamic.contains(word)), "{dynamic}");
    }
}

fn read_elf(what: &str, file: &Path) -> String {
    succeed(Command::new("readelf").arg(what).arg(file))
}

/// Debuggers match the two by this.
#[test]
fn the_debug_information_is_that_of_the_library() {
    let build_id = |name: &str| {
        let notes = read_elf("-nW", &built(name));
        let line = notes.lines().find(|line| line.contains("Build ID: "));
        line.unwrap_or_else(|| panic!("{name}: {notes}")).trim().to_owned()
    };
    for library in libraries() {
        let debug = format!("lib{library}.so.1.3.15.debug");
        assert_eq!(build_id(&format!("lib{library}.so.1")), build_id(&debug), "{library}");
        let sections = read_elf("-SW", &built(&debug));
        assert!(sections.contains(".debug_line") && sections.contains(".symtab"), "{library}: {sections}");
    }
}
