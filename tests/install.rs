//! What `make` and `make install` do with what cargo builds, shown with a stand-in for cargo.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::files::{Scratch, root};

/// Builds the text in `source`, as cargo would put it; `calls` counts.
const CARGO: &str = r#"#!/bin/sh
echo "cargo $*" >> calls
while [ $# -gt 0 ]; do [ "$1" = --target-dir ] && directory=$2; shift; done
directory=$directory/${ELSEWHERE:-$CARGO_BUILD_TARGET}/release
mkdir -p "$directory"
cp source "$directory/libferro_mqtt.a"
cp source "$directory/libferro_mqtt.so"
"#;

/// What is built, each by a call of its own.
const LIBRARIES: [&str; 2] = ["paho-mqtt3c", "paho-mqtt3a"];

/// A copy of the project as far as the Makefile looks at it, in which nothing is built.
struct Project {
    directory: Scratch,
}

impl Project {
    fn new() -> Self {
        let directory = Scratch::new();
        for name in ["Makefile", "include", "packaging", "benches", "c-examples"] {
            symlink(root().join(name), directory.path().join(name)).unwrap();
        }
        let project = Project { directory };
        project.write("cargo", CARGO);
        fs::set_permissions(project.path("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        project.write("source", "first");
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// How often the stand-in has been called.
    fn builds(&self) -> usize {
        fs::read_to_string(self.path("calls")).unwrap_or_default().lines().count()
    }

    /// Runs make with these arguments, which are words for a shell.
    fn try_make(&self, arguments: &str) -> Output {
        let mut command = Command::new("sh");
        command.current_dir(self.directory.path());
        for name in ["MAKEFLAGS", "MAKELEVEL", "CARGO", "CARGO_BUILD_TARGET"] {
            command.env_remove(name);
        }
        let script = format!("umask 077 && make DESTDIR=root PREFIX=/usr {arguments}");
        command.args(["-c", &script]).output().unwrap()
    }

    fn make(&self, arguments: &str) {
        let output = self.try_make(arguments);
        assert!(output.status.success(), "{arguments}:\n{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What every library is that was installed.
    fn installed(&self) -> String {
        let library = self.read("root/usr/lib/libpaho-mqtt3c.so.1");
        for name in LIBRARIES {
            for end in ["so.1", "so", "a"] {
                assert_eq!(self.read(&format!("root/usr/lib/lib{name}.{end}")), library, "{name}");
            }
        }
        library
    }
}

/// `make`, then `sudo make install`: root has no cargo.
#[test]
fn what_is_built_is_installed_without_cargo() {
    let project = Project::new();
    project.make("libraries CARGO=./cargo");
    project.write("source", "second");
    project.make("install CARGO=cargo-that-is-not-there");
    assert_eq!((project.installed().as_str(), project.builds()), ("first", LIBRARIES.len()));

    // Asked for both, make builds first.
    project.make("-j2 libraries install CARGO=./cargo");
    assert_eq!((project.installed().as_str(), project.builds()), ("second", 2 * LIBRARIES.len()));
}

#[test]
fn what_is_missing_is_built_for_installing() {
    let project = Project::new();
    project.make("install CARGO=./cargo");
    assert_eq!((project.installed().as_str(), project.builds()), ("first", LIBRARIES.len()));
    fs::remove_file(project.path("build/output/libpaho-mqtt3c.a")).unwrap();
    project.make("install CARGO=./cargo");
    assert_eq!((project.installed().as_str(), project.builds()), ("first", LIBRARIES.len() + 1));
}

#[test]
fn without_cargo_make_says_who_needs_it() {
    let output = Project::new().try_make("install CARGO=cargo-that-is-not-there");
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("cargo-that-is-not-there is not there, and libpaho-mqtt3c is to be built"),
        "{said}"
    );
}

/// The tests run make with a umask of 077.
#[test]
fn everything_installed_is_for_all_to_read() {
    let project = Project::new();
    project.make("install CARGO=./cargo");
    let mut files = 0;
    check_modes(&project.path("root"), &mut files);
    assert_eq!(files, 9 + 4 * LIBRARIES.len(), "a file more or less");

    fn check_modes(directory: &Path, files: &mut usize) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::metadata(&path).unwrap();
            let expected = match path.file_name().unwrap().to_str().unwrap() {
                _ if metadata.is_dir() => 0o755,
                name if name.contains(".so") => 0o755,
                _ => 0o644,
            };
            assert_eq!(metadata.permissions().mode() & 0o777, expected, "{}", path.display());
            match metadata.is_dir() {
                true => check_modes(&path, files),
                false => *files += 1,
            }
        }
    }
}

#[test]
fn libraries_for_another_target_are_found() {
    let project = Project::new();
    project.make("libraries CARGO=./cargo");
    for (target, source) in [("riscv64gc-unknown-linux-gnu", "second"), ("targets/own.json", "third")] {
        project.write("source", source);
        let elsewhere = if source == "third" { "ELSEWHERE=own" } else { "" };
        project.make(&format!("libraries install CARGO=./cargo CARGO_BUILD_TARGET={target} {elsewhere}"));
        assert_eq!(project.installed(), source);
    }
}

/// As with `build.target` in a configuration file, which make does not know.
#[test]
fn a_library_that_is_built_elsewhere_is_not_taken_for_an_old_one() {
    let project = Project::new();
    project.make("libraries CARGO=./cargo");
    project.write("source", "second");
    let output = project.try_make("libraries CARGO=./cargo ELSEWHERE=riscv64gc-unknown-linux-gnu");
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("Name that target in the variable CARGO_BUILD_TARGET instead"), "{said}");
}

/// Some minutes pass: cargo says what it compiles.
#[test]
fn building_is_not_silent() {
    let project = Project::new();
    project.make("libraries CARGO=./cargo");
    let calls = project.read("calls");
    assert!(calls.contains("--release") && !calls.contains("quiet"), "{calls}");
}
