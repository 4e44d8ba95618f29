//! The dialogues, by what they are about.

pub mod connecting;
pub mod ending;
pub mod pieces;
pub mod pressure;
pub mod publishing;
pub mod receiving;
pub mod retrying;
pub mod storing;
pub mod subscribing;
pub mod tracing;

/// All of them.
pub fn all() -> Vec<crate::stage::Scenario> {
    let groups = [
        connecting::all(),
        ending::all(),
        pieces::all(),
        pressure::all(),
        publishing::all(),
        receiving::all(),
        retrying::all(),
        storing::all(),
        subscribing::all(),
        tracing::all(),
    ];
    groups.into_iter().flatten().collect()
}

/// A name that tells the versions and the modes apart.
fn named(name: &str, version: u8, mode: &str) -> String {
    format!("{name}, version {version}{}", if mode.is_empty() { "" } else { ", callbacks" })
}

/// What waits for the end of these exchanges in this mode; `count` of them have ended then.
fn done(mode: &str, tokens: &[u16], count: usize) -> String {
    if mode.is_empty() {
        let waits: Vec<String> = tokens.iter().map(|token| format!("wait {token} 9000")).collect();
        waits.join("; ")
    } else {
        format!("await complete {count}")
    }
}
