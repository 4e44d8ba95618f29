//! Programs that are built with what pkg-config says.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::files::Scratch;
use super::{SAID, defines, install, libraries, run, succeed, workplace};

/// Builds and runs the program with each library. `compile` is a line for a shell, in which NAME stands for the
/// library's.
fn build_and_run(directory: &Scratch, compile: &str, environment: &[(&str, &Path)], installed: &Path) {
    for library in libraries() {
        let program = directory.file(&library);
        let line = format!("{} {} -o {library}", compile.replace("NAME", &library), defines(&library));
        let mut command = Command::new("sh");
        command.current_dir(directory.path()).envs(environment.iter().copied()).env("LC_ALL", "C");
        succeed(command.args(["-ec", &line]));
        assert_eq!(run(&program, installed), SAID, "{line}");
        fs::remove_file(program).unwrap();
    }
}

#[test]
fn programs_are_built_with_what_it_says() {
    let directory = workplace();
    let prefix = directory.file("a prefix with spaces");
    install(&format!("DESTDIR= PREFIX='{}'", prefix.display()));
    let path = prefix.join("lib/pkgconfig");
    let environment = [("PKG_CONFIG_PATH", path.as_path())];
    let flags = "$(pkg-config --cflags --libs NAME)";
    build_and_run(
        &directory,
        &format!("eval cc -Wl,--as-needed program.c {flags}"),
        &environment,
        &prefix.join("lib"),
    );

    // All of it inside the program, or our library only.
    let nowhere = directory.file("nowhere");
    let line = "eval cc -static program.c $(pkg-config --static --cflags --libs NAME)";
    build_and_run(&directory, line, &environment, &nowhere);
    let line = "eval cc program.c $(pkg-config --cflags --libs-only-L NAME) -l:libNAME.a -lpthread -ldl -lm";
    build_and_run(&directory, line, &environment, &nowhere);

    // Moved as a whole.
    let moved = directory.file("moved");
    fs::rename(&prefix, &moved).unwrap();
    let path = moved.join("lib/pkgconfig");
    let line = "eval cc program.c $(pkg-config --define-prefix --cflags --libs NAME)";
    build_and_run(&directory, line, &[("PKG_CONFIG_PATH", &path)], &moved.join("lib"));
}

/// As a package is built, and as a system for another machine is looked at.
#[test]
fn programs_are_built_below_destdir() {
    let directory = workplace();
    let destination = directory.file("root");
    let libdir = "/usr/lib/some-linux-gnu";
    install(&format!("DESTDIR='{}' PREFIX=/usr LIBDIR={libdir}", destination.display()));
    let libraries = destination.join(&libdir[1..]);
    let path = libraries.join("pkgconfig");
    let environment =
        [("PKG_CONFIG_LIBDIR", path.as_path()), ("PKG_CONFIG_SYSROOT_DIR", destination.as_path())];
    let line = "cc program.c $(pkg-config --cflags --libs NAME)";
    build_and_run(&directory, line, &environment, &libraries);
}

#[test]
fn it_tells_the_version_of_the_original_that_this_is_like() {
    let directory = workplace();
    install(&format!("DESTDIR='{}' PREFIX=/usr", directory.path().display()));
    let path = directory.file("usr/lib/pkgconfig");
    let names: Vec<_> = libraries().into_iter().chain(["paho-mqtt-c".to_owned()]).collect();
    for name in names {
        let ask = |argument: &str| {
            let mut command = Command::new("pkg-config");
            command.env("PKG_CONFIG_LIBDIR", &path).arg(argument).arg(&name);
            command
        };
        assert_eq!(succeed(&mut ask("--modversion")), "1.3.15\n", "{name}");
        assert!(ask("--atleast-version=1.3.12").status().unwrap().success(), "{name}");
        assert!(!ask("--atleast-version=1.4").status().unwrap().success(), "{name}");
        assert_eq!(succeed(&mut ask("--validate")), "", "{name}");
    }
}
