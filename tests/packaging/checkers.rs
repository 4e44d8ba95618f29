//! Programs under gcc's sanitizers, which report nothing of the library.

use std::process::Command;

use super::libraries;
use super::support::files::{Scratch, root};
use super::support::library::Library;
use super::support::mosquitto::Mosquitto;

/// The programs publish and receive, on their own thread and in callbacks.
const PROGRAMS: [(&str, &str, &[&str]); 3] = [
    ("round_trip", "paho-mqtt3c", &["callback"]),
    ("round_trip", "paho-mqtt3c", &["receive"]),
    ("async_round_trip", "paho-mqtt3a", &[]),
];

#[test]
fn address_sanitizer_reports_nothing() {
    let reports = run("address", &[]);
    assert!(reports.iter().all(String::is_empty), "{reports:#?}");
}

/// It sees no atomic operation in a library that was not compiled for it; the file says so, and is installed.
#[test]
fn thread_sanitizer_reports_nothing_with_the_suppressions() {
    let file = root().join("packaging/ferro-mqtt.tsan");
    let reports = run("thread", &[("TSAN_OPTIONS", &format!("suppressions={}", file.display()))]);
    assert!(reports.iter().all(String::is_empty), "{reports:#?}");
}

/// What is said on standard error.
fn run(sanitizer: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let broker = Mosquitto::start(&[]);
    let directory = Scratch::new();
    let programs =
        PROGRAMS.into_iter().filter(|(_, library, _)| libraries().iter().any(|name| name == library));
    programs
        .map(|(name, library, mode)| {
            let place = Library::Ours.directory().unwrap();
            let program = directory.file(name);
            let mut command = Command::new("cc");
            command.args(["-std=gnu99", "-D_GNU_SOURCE", "-g", "-O1", "-pthread"]);
            command.arg(format!("-fsanitize={sanitizer}")).arg(root().join(format!("tests/c/{name}.c")));
            command.arg("-I").arg(root().join("include")).arg("-L").arg(&place);
            super::succeed(command.arg(format!("-l{library}")).arg("-o").arg(&program));
            // The sanitizers do not know all layouts of memory that newer kernels choose.
            let mut command = Command::new("setarch");
            command.arg("-R").arg(&program).args([&broker.uri(), "4", "1"]);
            command.args(mode).args(["10", "1000", "100000"]);
            command.env("LD_LIBRARY_PATH", place).envs(environment.iter().copied());
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{name} {mode:?}: {} {said}", output.status);
            said
        })
        .collect()
}
