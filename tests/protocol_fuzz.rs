//! The fuzz target of the packet codec without a fuzzer: the corpus as it is, and mutations of it.
//!
//! The mutations are the same on each run. `FUZZ_ROUNDS=1000000 cargo test --test protocol_fuzz`
//! tries more of them; `fuzz/` has the target for coverage-guided runs.

mod support;

use ferro_mqtt::internals::protocol::decode_any;
use support::fuzzing::{mutate_corpus, replay};

#[test]
fn corpus_is_replayed() {
    replay(decode_any, "decode");
}

#[test]
fn mutated_inputs_are_survived() {
    mutate_corpus(decode_any, "decode");
}
