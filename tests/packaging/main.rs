//! The libraries as they are installed: what is in the files, and how programs are built with them. Needs `make` to
//! have been run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[path = "../support/mod.rs"]
mod support;

mod abidiff;
mod checkers;
mod cmake;
mod deb;
mod documents;
mod files;
mod licences;
mod pkg_config;
mod static_library;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::files::{Scratch, root};

/// A program for any library: it prints the version that the library tells, as `Version: 0.1.0`.
const PROGRAM: &str = r#"
#include <stdio.h>
#include <string.h>
#ifdef ASYNC
#include "MQTTAsync.h"
#define getVersionInfo MQTTAsync_getVersionInfo
#define nameValue MQTTAsync_nameValue
#else
#include "MQTTClient.h"
#define getVersionInfo MQTTClient_getVersionInfo
#define nameValue MQTTClient_nameValue
#endif
int main(void)
{
    const nameValue* info = getVersionInfo();
    for (; info->name != NULL; ++info)
        if (strcmp(info->name, "Version") == 0)
            printf("%s: %s\n", info->name, info->value);
    return 0;
}
"#;

/// What it prints with a library of this build.
const SAID: &str = concat!("Version: ", env!("CARGO_PKG_VERSION"), "\n");

/// The names of the libraries that the Makefile builds.
fn libraries() -> Vec<String> {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let line = makefile.lines().find_map(|line| line.strip_prefix("LIBRARIES := ")).unwrap();
    line.split_whitespace().map(str::to_owned).collect()
}

/// A file of the build, or of the one that `PAHO_LIBRARY_DIR` names.
fn built(name: &str) -> PathBuf {
    let directory =
        env::var_os("PAHO_LIBRARY_DIR").map_or_else(|| root().join("build/output"), PathBuf::from);
    let file = directory.join(name);
    assert!(file.exists(), "{} is missing: run `make` first", file.display());
    file
}

/// What the program above is compiled with for a library.
fn defines(library: &str) -> &'static str {
    if library.starts_with("paho-mqtt3a") { "-DASYNC" } else { "-DSYNC" }
}

/// Installs what is built below a directory, with these variables, which are words for a shell. The loader of this
/// machine is not told.
fn install(variables: &str) {
    let script = format!("umask 077 && make --silent install LDCONFIG=true {variables}");
    let mut command = Command::new("sh");
    command.current_dir(root()).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    succeed(command.args(["-c", &script]));
}

/// A directory with the program in it.
fn workplace() -> Scratch {
    let directory = Scratch::new();
    directory.write("program.c", PROGRAM);
    directory
}

/// Runs a program with the libraries in a directory.
fn run(program: &Path, libraries: &Path) -> String {
    succeed(Command::new(program).env("LD_LIBRARY_PATH", libraries))
}

/// The standard output of a command that must succeed.
fn succeed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}\n{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}
