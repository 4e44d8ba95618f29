//! The fuzz target of the packet codec without a fuzzer: the corpus as it is, and mutations of it.
//!
//! The mutations are the same on each run. `FUZZ_ROUNDS=1000000 cargo test --test protocol_fuzz`
//! tries more of them; `fuzz/` has the target for coverage-guided runs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's leave for tests does not reach their helpers"
)]

use std::fmt::Write;
use std::fs;
use std::panic;
use std::path::Path;

use ferro_mqtt::internals::protocol::decode_any;

const DEFAULT_ROUNDS: u64 = 40_000;

#[test]
fn corpus_is_replayed() {
    let corpus = corpus();
    assert!(corpus.len() > 30, "the corpus is missing");
    for input in corpus {
        check(&input);
    }
}

#[test]
fn mutated_inputs_are_survived() {
    let rounds = std::env::var("FUZZ_ROUNDS").map_or(DEFAULT_ROUNDS, |rounds| rounds.parse().unwrap());
    let corpus = corpus();
    let mut random = Random(0x6d71_7474);
    for _ in 0..rounds {
        let mut input = random.pick(&corpus).clone();
        for _ in 0..=random.below(4) {
            let other = random.pick(&corpus).as_slice();
            mutate(&mut input, other, &mut random);
        }
        check(&input);
    }
}

/// All inputs, in an order that does not depend on the file system.
fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/decode");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Runs the target, and says which input it was that failed.
fn check(input: &[u8]) {
    if panic::catch_unwind(|| decode_any(input)).is_err() {
        let hex = input.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        panic!("failed on {hex}");
    }
}

/// Changes what parsers trip over: lengths, single bits, missing and repeated parts.
fn mutate(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(input.len() + 1);
    let end = at + random.below(input.len() - at + 1);
    match random.below(8) {
        0 => input.truncate(at),
        1 => drop(input.drain(at..end)),
        2 => {
            let part = input[at..end].to_vec();
            input.splice(at..at, part);
        }
        3 => {
            let from = random.below(other.len() + 1);
            input.splice(at..end, other[from..].iter().copied());
        }
        4 => input.insert(at, random.byte()),
        _ if at == input.len() => input.push(random.byte()),
        5 => input[at] ^= 1 << random.below(8),
        6 => input[at] = *random.pick(&[0x00, 0x01, 0x7f, 0x80, 0xff]),
        _ => input[at] = input[at].wrapping_add_signed(*random.pick(&[-1, 1])),
    }
}

/// SplitMix64: small, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
