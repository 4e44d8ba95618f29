//! The fuzz target of WebSocket, replies to the upgrade and frames, without a fuzzer: the corpus as it is, and
//! mutations of it.
//!
//! The mutations are the same on each run. `FUZZ_ROUNDS=1000000 cargo test --test websocket_fuzz`
//! tries more of them; `fuzz/` has the target for coverage-guided runs.

mod support;

use ferro_mqtt::internals::transport::websocket_any;
use support::fuzzing::{mutate_corpus, replay};

#[test]
fn corpus_is_replayed() {
    replay(websocket_any, "websocket");
}

#[test]
fn mutated_inputs_are_survived() {
    mutate_corpus(websocket_any, "websocket");
}
