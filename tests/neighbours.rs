//! Two libraries in one process that export the same names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use support::files::{Scratch, root};
use support::library::{ASYNC, Headers, Library, SYNC};
use support::mosquitto::Mosquitto;
use support::program::Program;

/// A program of both APIs, of which one is in our library and the other in the original's, or both in ours. Whose
/// functions for properties all of them use depends on the order.
#[test]
fn two_apis_work_side_by_side_whose_ever_they_are() {
    let broker = Mosquitto::start(&[]);
    let scratch = Scratch::new();
    let ours = |libraries: &[&str]| {
        let directory = scratch.file(&format!("ours-{}", libraries.concat()));
        fs::create_dir(&directory).unwrap();
        for library in libraries {
            let name = format!("lib{library}.so.1");
            let file = Library::Ours.directory_of(library).unwrap().join(&name);
            symlink(fs::canonicalize(file).unwrap(), directory.join(name)).unwrap();
        }
        directory
    };
    // The loader takes what is not there from the system: the original's.
    let directories = [ours(&[]), ours(&[SYNC]), ours(&[ASYNC]), ours(&[SYNC, ASYNC])];
    for (name, order) in [("sync-first", [SYNC, ASYNC]), ("async-first", [ASYNC, SYNC])] {
        let program = scratch.file(name);
        let mut compiler = Command::new("cc");
        compiler.args([
            "-std=gnu99",
            "-D_GNU_SOURCE",
            "-g",
            "-O1",
            "-pthread",
            "-Wall",
            "-Wextra",
            "-Werror",
        ]);
        compiler.arg("-I").arg(Headers::Ours.directory()).arg(root().join("tests/c/beside_async.c"));
        compiler.arg("-o").arg(&program).args(order.map(|library| format!("-l{library}")));
        assert!(compiler.status().unwrap().success());
        for directory in &directories {
            let run = Program::installed(&program).with(Library::Original).arguments(&[&broker.uri()]);
            run.environment("LD_LIBRARY_PATH", directory.to_str().unwrap()).output();
        }
    }
}

/// As plug-ins bring them along: two copies of our library, under names of their own, or one of them with TLS.
#[test]
fn two_copies_of_ours_work_side_by_side() {
    let broker = Mosquitto::start(&[]);
    let scratch = Scratch::new();
    let library = Library::Ours.directory().unwrap().join("libpaho-mqtt3c.so.1");
    let [first, second] = ["first.so", "second.so"].map(|name| {
        fs::copy(&library, scratch.file(name)).unwrap();
        scratch.file(name).to_str().unwrap().to_owned()
    });
    let program = Program::compile("tests/c/two_copies.c");
    for scopes in [("local", "local"), ("local", "global"), ("global", "local"), ("global", "global")] {
        program.run(&[broker.uri().as_str(), scopes.0, &first, scopes.1, &second]);
        // Together with one that the program is linked with.
        program.run(&[broker.uri().as_str(), scopes.0, "libpaho-mqtt3c.so.1", scopes.1, &second]);
        for [one, other] in [[first.as_str(), "libpaho-mqtt3cs.so.1"], ["libpaho-mqtt3cs.so.1", &first]] {
            program.run(&[broker.uri().as_str(), scopes.0, one, scopes.1, other]);
        }
    }
}
