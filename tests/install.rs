//! What `make` and `make install` do with what cargo builds, shown with a stand-in for cargo.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::files::{Scratch, root};

/// Builds a library that has the text in `source`, as cargo would put it; `calls` counts.
const CARGO: &str = r#"#!/bin/sh
set -e
[ "$1" != --version ] || { echo "cargo ${VERSION:-1.85.0} (123456789 2025-01-01)"; exit; }
echo "cargo $*" >> calls
while [ $# -gt 0 ]; do [ "$1" != --target-dir ] || directory=$2; shift; done
directory=$directory/${ELSEWHERE:-$CARGO_BUILD_TARGET}/release
mkdir -p "$directory"
object=$directory/object.o
echo "const char MQTT_text[] = \"text: $(cat source);\";" | cc -g -fPIC -x c -c -o "$object" -
cc -shared -o "$directory/libferro_mqtt.so" "$object"
ar rcs "$directory/libferro_mqtt.a" "$object"
"#;

/// What is built, each by a call of its own.
const LIBRARIES: [&str; 4] = ["paho-mqtt3c", "paho-mqtt3cs", "paho-mqtt3a", "paho-mqtt3as"];

/// Directories that a system has before anything is installed.
const THERE: [&str; 11] = [
    "opt/headers",
    "usr/bin",
    "usr/include",
    "usr/lib/x86_64-linux-gnu",
    "usr/local/bin",
    "usr/local/include",
    "usr/local/lib",
    "usr/local/share/man",
    "usr/share/doc",
    "usr/share/man/man1",
    "usr/share/man/man3",
];

/// The headers that have a page of the manual.
const HEADERS: [&str; 6] = [
    "MQTTAsync",
    "MQTTClient",
    "MQTTClientPersistence",
    "MQTTProperties",
    "MQTTReasonCodes",
    "MQTTSubscribeOpts",
];

/// The programs that are installed, each with its page.
const PROGRAMS: [&str; 10] = [
    "paho_c_pub",
    "paho_c_sub",
    "paho_cs_pub",
    "paho_cs_sub",
    "MQTTAsync_publish",
    "MQTTAsync_reconnect",
    "MQTTAsync_subscribe",
    "MQTTClient_publish",
    "MQTTClient_publish_async",
    "MQTTClient_subscribe",
];

/// A copy of the project as far as the Makefile looks at it, in which nothing is built.
struct Project {
    directory: Scratch,
}

impl Project {
    fn new() -> Self {
        let directory = Scratch::new();
        for name in [
            "Cargo.toml",
            "Makefile",
            "include",
            "packaging",
            "benches",
            "c-examples",
            "LICENSE-MIT",
            "LICENSE-APACHE",
            "CHANGELOG.md",
            "docs",
        ] {
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

    fn pretend_that_html_was_made(&self) {
        fs::create_dir_all(self.path("build/docs/search")).unwrap();
        for name in ["MQTTClient_8h.html", "search/search.js"] {
            self.write(&format!("build/docs/{name}"), name);
            let mode = fs::Permissions::from_mode(0o600);
            fs::set_permissions(self.path(&format!("build/docs/{name}")), mode).unwrap();
        }
    }

    fn pretend_that_programs_were_built(&self) {
        fs::create_dir_all(self.path("build/output")).unwrap();
        for name in PROGRAMS {
            self.write(&format!("build/output/{name}"), name);
        }
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

    /// The text that every library has that was installed.
    fn installed(&self) -> String {
        let texts: BTreeSet<_> = LIBRARIES
            .iter()
            .flat_map(|name| {
                ["so.1.3.15", "so.1", "so", "a"].map(|end| format!("root/usr/lib/lib{name}.{end}"))
            })
            .map(|file| {
                let library = fs::read(self.path(&file)).unwrap();
                let library = String::from_utf8_lossy(&library);
                let (_, text) = library.split_once("text: ").unwrap();
                text.split_once(';').unwrap().0.to_owned()
            })
            .collect();
        assert_eq!(texts.len(), 1, "{texts:?}");
        texts.into_iter().next().unwrap()
    }

    /// Everything below a directory: the mode of each, and where links lead.
    fn tree(&self, name: &str) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![self.path(name)];
        while let Some(directory) = waiting.pop() {
            for entry in fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                let metadata = fs::symlink_metadata(&path).unwrap();
                let what = match fs::read_link(&path) {
                    Ok(target) => target.display().to_string(),
                    Err(_) => format!("{:o}", metadata.permissions().mode() & 0o777),
                };
                if metadata.is_dir() {
                    waiting.push(path.clone());
                }
                found.insert(path.strip_prefix(self.path(name)).unwrap().to_owned(), what);
            }
        }
        found
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

/// cargo itself would say that it cannot read what is in Cargo.toml.
#[test]
fn an_older_rust_is_told_which_one_is_needed() {
    let project = Project::new();
    let output = project.try_make("libraries CARGO=./cargo VERSION=1.84.1");
    assert!(!output.status.success() && project.builds() == 0);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("ferro-mqtt is built with Rust 1.85 or later, and ./cargo is of 1.84"), "{said}");
    project.make("libraries CARGO=./cargo VERSION=1.100.0");
    assert_eq!(project.builds(), LIBRARIES.len());
}

/// cargo itself would say that a linker is not there.
#[test]
fn without_a_c_compiler_make_says_what_is_missing() {
    let project = Project::new();
    let directory = project.path("programs");
    fs::create_dir(&directory).unwrap();
    project.write("programs/cc", "#!/bin/sh\nexit 1\n");
    fs::set_permissions(directory.join("cc"), fs::Permissions::from_mode(0o755)).unwrap();
    let output = project.try_make("libraries CARGO=./cargo PATH=\"$PWD/programs:$PATH\"");
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("ferro-mqtt is built with a C compiler, too"), "{said}");
}

/// The tests run make with a umask of 077.
#[test]
fn everything_installed_is_for_all_to_read() {
    let project = Project::new();
    project.pretend_that_html_was_made();
    project.pretend_that_programs_were_built();
    project.make("install install-tools install-debug CARGO=./cargo");
    let tree = project.tree("root");
    let mut pages = 0;
    for (path, what) in &tree {
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = project.path("root").join(path);
        if path.starts_with("usr/share/man/man3") && !file.is_dir() {
            pages += 1;
            let name = name.strip_suffix(".3").unwrap();
            match HEADERS.contains(&name) {
                true => assert_eq!(what, "644"),
                // A link from a function to the page of its header.
                false => assert!(fs::read_to_string(file).unwrap().contains(&format!("\n.Fo {name}\n"))),
            }
            continue;
        }
        let expected = match name.split_once(".so") {
            _ if file.is_dir() || path.starts_with("usr/bin") => "755",
            Some((library, "")) => &format!("{library}.so.1"),
            Some((library, ".1")) => &format!("{library}.so.1.3.15"),
            Some((_, end)) if !end.ends_with("debug") => "755",
            _ => "644",
        };
        assert_eq!(what, expected, "{}", path.display());
    }
    let files = tree.keys().filter(|path| !project.path("root").join(path).is_dir());
    let others = files.filter(|path| !path.starts_with("usr/share/doc/ferro-mqtt/guide")).count() - pages;
    let programs = 2 * PROGRAMS.len();
    let html = 2;
    assert_eq!(others, 19 + 6 * LIBRARIES.len() + programs + html, "a file more or less: {tree:#?}");
    // Those of the headers, of their functions, and of their callbacks but for the eight of a store.
    assert_eq!(pages, HEADERS.len() + 83 + 19);
    for name in ["guide/tls.md", "guide/examples/tls.c", "html/search/search.js", "moving.md"] {
        assert!(tree.contains_key(&Path::new("usr/share/doc/ferro-mqtt").join(name)), "{name}");
    }
}

/// As the distribution's package has it: the loader's name leads to the file, and the linker's to the loader's.
#[test]
fn uninstalling_leaves_what_was_there_before() {
    let project = Project::new();
    project.pretend_that_html_was_made();
    project.pretend_that_programs_were_built();
    for place in [
        "PREFIX=/usr",
        "PREFIX=/usr LIBDIR=/usr/lib/x86_64-linux-gnu",
        "PREFIX=/usr/local",
        "PREFIX=/opt/ferro",
        "PREFIX=\"/opt/it\\'s & ferro|mqtt\"",
        "PREFIX=/opt/ferro LIBDIR=/opt/libraries INCLUDEDIR=/opt/headers/paho",
    ] {
        let _ = fs::remove_dir_all(project.path("root"));
        for directory in THERE {
            fs::create_dir_all(project.path("root").join(directory)).unwrap();
        }
        project.write("root/usr/include/other.h", "not ours");
        project.write("root/usr/lib/x86_64-linux-gnu/libpaho-mqtt3c.so.1.3.11", "not ours");
        let before = project.tree("root");
        project.make(&format!("install install-tools install-debug CARGO=./cargo {place}"));
        assert!(project.tree("root").len() > before.len() + 6 * LIBRARIES.len(), "{place}");
        project.make(&format!("uninstall {place}"));
        assert_eq!(project.tree("root"), before, "{place}");
    }
}

/// With DESTDIR the directories are a package's, and not this machine's.
#[test]
fn the_loader_learns_of_libraries_on_this_machine() {
    let project = Project::new();
    project.write("ldconfig", "#!/bin/sh\necho called >> ldconfig-calls\n");
    fs::set_permissions(project.path("ldconfig"), fs::Permissions::from_mode(0o755)).unwrap();
    let prefix = project.path("prefix");
    let here = format!("DESTDIR= PREFIX={} LDCONFIG=./ldconfig CARGO=./cargo", prefix.display());
    project.make("install CARGO=./cargo LDCONFIG=./ldconfig");
    assert!(!project.path("ldconfig-calls").exists());
    project.make(&format!("install {here}"));
    assert_eq!(project.read("ldconfig-calls").lines().count(), 1);
    project.make(&format!("uninstall {here}"));
    assert_eq!(project.read("ldconfig-calls").lines().count(), 2);
    assert!(!prefix.exists());

    // Who may not do that may install all the same, in a directory of his own.
    let output = project.try_make(&format!("install {here} LDCONFIG=false"));
    assert!(output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("false has failed"));
}

#[test]
fn help_names_each_target() {
    let output = Project::new().try_make("help");
    let said = String::from_utf8(output.stdout).unwrap();
    for target in [
        "install",
        "install-tools",
        "install-debug",
        "docs",
        "man",
        "uninstall",
        "portable",
        "demo",
        "test",
        "test-foreign",
        "test-portable",
        "release",
        "test-release",
        "check-oldest",
        "reproducible",
        "clean",
    ] {
        assert!(said.contains(&format!("  make {target} ")), "{target}: {said}");
    }
    assert!(!said.contains("LIBRARIES :="), "{said}");
}

/// Debuggers find what was taken out of a library by the name that it has for that.
#[test]
fn debug_information_is_beside_the_libraries() {
    let project = Project::new();
    project.make("libraries CARGO=./cargo");
    for name in LIBRARIES {
        let library = project.path(&format!("build/output/lib{name}.so.1"));
        let sections = |path: &Path| {
            let output = Command::new("readelf").arg("-SW").arg(path).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let (stripped, debug) = (sections(&library), sections(&library.with_extension("1.3.15.debug")));
        assert!(!stripped.contains(".debug_") && !stripped.contains(".symtab"), "{stripped}");
        assert!(stripped.contains(".gnu_debuglink") && debug.contains(".debug_info"), "{stripped}{debug}");
        let link = Command::new("readelf").args(["-p", ".gnu_debuglink"]).arg(&library).output().unwrap();
        // A checksum stands behind the name.
        let link = String::from_utf8_lossy(&link.stdout);
        assert!(link.contains(&format!("lib{name}.so.1.3.15.debug")), "{link}");
        assert!(!sections(&library.with_file_name(format!("lib{name}.a"))).contains(".debug_"));
    }

    project.make("libraries CARGO=./cargo STRIP=none");
    let library = fs::read(project.path("build/output/libpaho-mqtt3c.so.1")).unwrap();
    assert!(String::from_utf8_lossy(&library).contains(".debug_info"));
    let output = project.try_make("install-debug");
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("and not with STRIP=none"));
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
    assert!(calls.contains("--release --") && !calls.contains("quiet"), "{calls}");
    assert!(calls.lines().all(|call| call.contains(" --locked ")), "{calls}");
}
