//! Fuzz targets without a fuzzer: a corpus as it is, and mutations of it, which are the same on each run.

use std::fmt::Write;
use std::fs;
use std::panic;

use super::files::root;

const DEFAULT_ROUNDS: u64 = 40_000;

/// Runs a target on each file of its corpus.
pub fn replay(target: fn(&[u8]), name: &str) {
    let corpus = corpus(name);
    assert!(corpus.len() > 30, "the corpus is missing");
    for input in corpus {
        check(target, &input);
    }
}

/// Runs a target on mutations of its corpus: as many as FUZZ_ROUNDS says.
pub fn mutate_corpus(target: fn(&[u8]), name: &str) {
    let rounds = std::env::var("FUZZ_ROUNDS").map_or(DEFAULT_ROUNDS, |rounds| rounds.parse().unwrap());
    let corpus = corpus(name);
    let mut random = Random(0x6d71_7474);
    for _ in 0..rounds {
        let mut input = random.pick(&corpus).clone();
        for _ in 0..=random.below(4) {
            let other = random.pick(&corpus).as_slice();
            mutate(&mut input, other, &mut random);
        }
        check(target, &input);
    }
}

/// All inputs, in an order that does not depend on the file system.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = root().join("tests/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Runs the target, and says which input it was that failed.
fn check(target: fn(&[u8]), input: &[u8]) {
    if panic::catch_unwind(|| target(input)).is_err() {
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
