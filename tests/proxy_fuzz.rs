//! The fuzz target of proxies, what names one and what one answers, without a fuzzer: the corpus as it is, and
//! mutations of it.
//!
//! The mutations are the same on each run. `FUZZ_ROUNDS=1000000 cargo test --test proxy_fuzz`
//! tries more of them; `fuzz/` has the target for coverage-guided runs.

mod support;

use ferro_mqtt::internals::transport::proxy_any;
use support::fuzzing::{mutate_corpus, replay};

#[test]
fn corpus_is_replayed() {
    replay(proxy_any, "proxy");
}

#[test]
fn mutated_inputs_are_survived() {
    mutate_corpus(proxy_any, "proxy");
}
