//! The dialogues, by what they are about.

pub mod connecting;
pub mod ending;
pub mod publishing;
pub mod receiving;
pub mod subscribing;
pub mod tracing;

/// All of them.
pub fn all() -> Vec<crate::stage::Scenario> {
    let groups = [
        connecting::all(),
        ending::all(),
        publishing::all(),
        receiving::all(),
        subscribing::all(),
        tracing::all(),
    ];
    groups.into_iter().flatten().collect()
}
