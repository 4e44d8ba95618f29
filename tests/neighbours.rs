//! Two libraries in one process that export the same names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::fs;
use std::process::Command;

use support::files::{Scratch, root};
use support::library::{Headers, Library};
use support::mosquitto::Mosquitto;
use support::program::Program;

/// A program of both APIs, linked with our library and with the original's for the other API. Whose
/// functions for properties both use depends on the order.
#[test]
fn the_originals_other_api_works_beside_ours() {
    let broker = Mosquitto::start(&[]);
    let scratch = Scratch::new();
    for (name, order) in [
        ("ours-first", ["-lpaho-mqtt3c", "-lpaho-mqtt3a"]),
        ("original-first", ["-lpaho-mqtt3a", "-lpaho-mqtt3c"]),
    ] {
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
        compiler.arg("-o").arg(&program).arg("-L").arg(Library::Ours.directory().unwrap()).args(order);
        assert!(compiler.status().unwrap().success());
        for library in [Library::Original, Library::Ours] {
            Program::installed(&program).with(library).arguments(&[&broker.uri()]).output();
        }
    }
}

/// As plug-ins bring them along: two copies of our library, under names of their own.
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
    }
}
