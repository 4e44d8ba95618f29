//! Plays scenarios under both libraries, and compares.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::differences::{self, Difference};
use crate::stage::Scenario;
use crate::support::library::Library;

/// How many scenarios run at once, each with both libraries: they mostly wait, above all for the original's
/// steps of 100 ms.
const AT_ONCE: usize = 16;

/// Plays each scenario under both libraries. All must be as listed; all that are not are told.
///
/// The variable `SCENARIO` picks those whose names contain it.
pub fn compare(mut scenarios: Vec<Scenario>, list: &[Difference]) {
    let picked = env::var("SCENARIO").unwrap_or_default();
    scenarios.retain(|scenario| scenario.name.contains(&picked));
    let waiting: Mutex<Vec<Arc<Scenario>>> = Mutex::new(scenarios.into_iter().map(Arc::new).collect());
    let complaints = Mutex::new(String::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(scenario) = waiting.lock().unwrap().pop() else { break };
                    let scenario = AssertUnwindSafe(scenario);
                    let found = catch_unwind(|| {
                        let [original, ours] = play_both(&scenario);
                        differences::complaints(&scenario.name, &original, &ours, list)
                    });
                    let found =
                        found.unwrap_or_else(|_| format!("\n{}: see the panic above\n", scenario.name));
                    complaints.lock().unwrap().push_str(&found);
                }
            });
        }
    });
    let complaints = complaints.into_inner().unwrap();
    assert!(complaints.is_empty(), "{complaints}");
}

/// The traces of the original and of ours.
fn play_both(scenario: &Arc<Scenario>) -> [Vec<String>; 2] {
    thread::scope(|scope| {
        let plays =
            [Library::Original, Library::Ours].map(|library| scope.spawn(move || scenario.play(library)));
        plays.map(|play| play.join().unwrap_or_else(|failure| resume_unwind(failure)))
    })
}

/// A name that changed would leave its entries without effect. `others`: what else the list may speak of.
pub fn each_entry_belongs_to_a_scenario(list: &[Difference], scenarios: Vec<Scenario>, others: &[&str]) {
    let mut names: Vec<String> = scenarios.into_iter().map(|scenario| scenario.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name twice: {names:?}");
    names.extend(others.iter().copied().map(str::to_owned));
    for entry in list {
        assert!(names.iter().any(|name| entry.is_for(name)), "no scenario is called {}", entry.scenario);
    }
}
