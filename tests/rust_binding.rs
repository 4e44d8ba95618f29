//! The binding of crates.io for Rust, built without the sources of the original that it brings along, links to our
//! library and works with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::certificates::{Authority, HERE};
use support::files::{root, target};
use support::library::{ASYNC_TLS, Headers, Library};
use support::mosquitto::Mosquitto;
use support::program::Running;

/// Builds the program against our headers and libraries.
fn build() -> PathBuf {
    let place = target().join("rust_binding");
    // The same each time, so that it is built once.
    let installed = place.join("installed");
    fs::create_dir_all(&installed).unwrap();
    for (name, directory) in [("include", Headers::Ours.directory()), ("lib", libraries())] {
        let _ = fs::remove_file(installed.join(name));
        symlink(directory, installed.join(name)).unwrap();
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--target-dir"]).arg(&place);
    cargo.arg("--manifest-path").arg(root().join("tests/rust_binding/Cargo.toml"));
    let output = cargo.env("PAHO_MQTT_C_DIR", &installed).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    place.join("debug/rust-binding")
}

fn libraries() -> PathBuf {
    Library::Ours.directory_of(ASYNC_TLS).expect("ours has a directory")
}

/// Runs it against a broker with a second listener, that is configured by these lines.
fn gets_back_what_it_publishes(program: &Path, listener: &[String], scheme: &str, files: &[PathBuf]) {
    let lines: Vec<_> = listener.iter().map(String::as_str).collect();
    for version in ["4", "5"] {
        let (mut broker, port) = Mosquitto::start_with_listener(&lines);
        let mut command = Command::new(program);
        command.env("LD_LIBRARY_PATH", libraries());
        command.arg(format!("{scheme}://localhost:{port}")).arg(version).args(files);
        let mut running = Running::spawn(command, support::PATIENCE);
        running.wait_for("restart the broker");
        broker.restart();
        running.write("\n");
        let said = running.finish().expect_success().stdout;

        let properties = if version == "5" { r#"("from", "a crate")"# } else { "" };
        let mut expected = String::new();
        for round in ["before", "after"] {
            for qos in 0..=2 {
                expected += &format!("binding/topic: {round}, QoS {qos}, [{properties}]\n");
            }
            expected += if round == "before" { "restart the broker\n" } else { "" };
        }
        expected += &format!("version {version}\nrefused: Client disconnected\n");
        assert_eq!(said, expected);
    }
}

#[test]
fn the_binding_works_with_our_library() {
    let program = build();
    let needed = Command::new("readelf").arg("-d").arg(&program).output().unwrap().stdout;
    let needed = String::from_utf8(needed).unwrap();
    assert!(needed.contains("[libpaho-mqtt3as.so.1]") && !needed.contains("ssl.so"), "{needed}");
    gets_back_what_it_publishes(&program, &[], "tcp", &[]);

    let authority = Authority::new("Test CA");
    let mut listener = authority.issue("server", HERE).listener(&authority);
    listener.push("require_certificate true".to_owned());
    let client = authority.issue("client", "extendedKeyUsage=clientAuth");
    let files = [authority.certificate(), client.certificate, client.key];
    gets_back_what_it_publishes(&program, &listener, "ssl", &files);
}
