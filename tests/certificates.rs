//! Certificates and keys as people have them: which are taken and which refused, by ours and by the original, and
//! what the application is told of those that are refused. What nobody can resolve here (wildcards), and TLS 1.2 with
//! each kind of key, is in the unit tests of `src/transport/tls`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[path = "certificates/clients.rs"]
mod clients;
#[path = "certificates/making.rs"]
mod making;
#[path = "certificates/servers.rs"]
mod servers;
mod support;

use support::library::Library;
use support::program::Program;

/// What comes of a connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Connected,
    Refused,
}

use Outcome::{Connected, Refused};

/// A way to connect, and what comes of it.
struct Row<'a> {
    what: &'a str,
    uri: String,
    arguments: Vec<String>,
    /// Ours, and the original.
    outcomes: [Outcome; 2],
    /// Words of the line that ours gives for it.
    line: &'a str,
}

/// Tries all rows with the MQTTClient of both libraries, and with our MQTTAsync.
fn check(rows: &[Row<'_>]) {
    let mut wrong = Vec::new();
    for row in rows {
        for (program, library) in [
            ("tests/c/tls.c", Library::Ours),
            ("tests/c/async_tls.c", Library::Ours),
            ("tests/c/tls.c", Library::Original),
        ] {
            let run = Program::compile(program).with(library).arguments(&[row.uri.as_str(), "calling"]);
            let said = run.arguments(&row.arguments).arguments(&["version=4"]).output();
            let connected = said.ends_with("connect: 0\necho: round 1\n");
            assert!(connected || said.ends_with("connect: -1\n"), "{}: {library:?}: {said}", row.what);
            let [ours, original] = row.outcomes;
            let wanted = if library == Library::Ours { ours } else { original };
            let lines: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("line: ")).collect();
            let is_told =
                library == Library::Original || lines.iter().any(|line| line.contains(row.line)) != connected;
            if connected != (wanted == Connected) || !is_told {
                wrong.push(format!(
                    "{}: {program} {library:?}: not {wanted:?} {:?}: {said}",
                    row.what, row.line
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
