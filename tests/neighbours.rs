//! Two libraries in one process that export the same names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use support::files::{Scratch, root};
use support::library::{ASYNC, Headers, Library, SYNC};
use support::mosquitto::Mosquitto;
use support::program::Program;

/// A program of both APIs, of which one is in our library and the other in the original's, or both in ours. Whose
/// functions for properties all of them use depends on the order, and on whether it is a plug-in.
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
    let compile = |source: &str, name: &str, options: &[&str]| {
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
        compiler.arg("-I").arg(Headers::Ours.directory()).arg(root().join(source));
        assert!(compiler.arg("-o").arg(&program).args(options).status().unwrap().success());
        program
    };
    let loader = compile("tests/c/loaded.c", "loaded", &["-ldl"]);
    for (name, order) in [("sync-first", [SYNC, ASYNC]), ("async-first", [ASYNC, SYNC])] {
        let [first, second] = order.map(|library| format!("-l{library}"));
        let program = compile("tests/c/beside_async.c", name, &[&first, &second]);
        let options = ["-shared", "-fPIC", &first, &second];
        let plugin = compile("tests/c/beside_async.c", &format!("{name}.so"), &options);
        let (uri, plugin) = (broker.uri(), plugin.to_str().unwrap());
        for directory in &directories {
            let run = |program: &Path, arguments: &[&str]| {
                let run = Program::installed(program).with(Library::Original).arguments(arguments);
                run.environment("LD_LIBRARY_PATH", directory.to_str().unwrap()).output();
            };
            run(&program, &[&uri]);
            run(&loader, &["local", plugin, &uri]);
            run(&loader, &["global", plugin, &uri]);
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
