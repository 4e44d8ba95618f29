//! `make brokers`, which installs brokers and writes README's table: shown with mosquitto, which is there.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_same_programs_go_through_their_steps_with_a_broker() {
    const STEPS: [&str; 8] =
        ["connect", "exchange 1 16", "burst 2", "retained", "will", "session", "unsubscribe", "properties"];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/brokers/run.py");
    let steps = STEPS.iter().flat_map(|step| ["-s", step]);
    let run = Command::new(script).args(["-t", "TCP"]).args(steps).arg("mosquitto").output().unwrap();
    let (table, told) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{table}{told}");
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| [mosquitto](")).collect();
    assert_eq!(rows.len(), 2, "MQTT 3.1.1 and 5: {table}{told}");
    assert!(rows.iter().all(|row| row.ends_with(" | all | – | – | – |")), "{table}{told}");
}
