//! The dialogues, by what they are about.

pub mod buffering;
pub mod connecting;
pub mod ending;
pub mod losing;
pub mod pressure;
pub mod publishing;
pub mod receiving;
pub mod reconnecting;
pub mod subscribing;

use std::time::Duration;

use crate::stage::{self, Scenario, Table};

/// Long enough for what is on its way, on a busy machine.
const MOMENT: Duration = Duration::from_millis(300);

/// All of them.
pub fn all() -> Vec<Scenario> {
    let groups = [
        buffering::all(),
        connecting::all(),
        ending::all(),
        losing::all(),
        pressure::all(),
        publishing::all(),
        receiving::all(),
        reconnecting::all(),
        subscribing::all(),
    ];
    groups.into_iter().flatten().collect()
}

/// A dialogue whose client is `tests/c/async_side_client.c`.
fn scenario(
    name: impl Into<String>,
    commands: &str,
    script: impl Fn(&Table<'_>) -> Option<()> + Send + Sync + 'static,
) -> Scenario {
    stage::scenario(name, commands, script).played_by("async_side_client")
}

/// Creates a client of this version, with callbacks; `options` are those of `create`.
fn client(version: u8, options: &str) -> String {
    format!("create {version} {options}; callbacks; told")
}
