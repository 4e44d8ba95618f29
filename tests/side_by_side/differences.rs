//! The lists of intended differences, `differences.txt`, and what a comparison must agree with.

use std::fmt::Write as _;

/// A place where ours says something else, or more, or less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Lines of the original.
    pub original: Vec<String>,
    /// Ours, in their place.
    pub ours: Vec<String>,
}

impl Hunk {
    /// As the list has it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (sign, lines) in [('-', &self.original), ('+', &self.ours)] {
            for line in lines {
                writeln!(text, "{sign} {line}").unwrap();
            }
        }
        text
    }
}

/// An entry of the list.
#[derive(Debug)]
pub struct Difference {
    /// The scenarios in which it shows, each of them: a name, in which `*` stands for anything.
    pub scenario: String,
    /// The clauses that ask for it, and what they ask for.
    pub reason: String,
    hunk: Hunk,
}

impl Difference {
    /// Whether it speaks of this scenario.
    pub fn is_for(&self, name: &str) -> bool {
        let mut parts = self.scenario.split('*');
        let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let mut open = false;
        for part in parts {
            let Some(place) = rest.find(part) else { return false };
            rest = if part.is_empty() { "" } else { &rest[place + part.len()..] };
            open = part.is_empty();
        }
        open || rest.is_empty()
    }
}

/// Reads the list: paragraphs of heads, `[scenario] clause: reason`, and the lines of a [`Hunk`].
pub fn listed(text: &str) -> Vec<Difference> {
    let text: String =
        text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
    let mut entries = Vec::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let mut heads = Vec::new();
        let mut hunk = Hunk { original: Vec::new(), ours: Vec::new() };
        for line in paragraph.lines().filter(|line| !line.is_empty()) {
            match line.split_at_checked(2) {
                Some(("- ", line)) => hunk.original.push(line.into()),
                Some(("+ ", line)) => hunk.ours.push(line.into()),
                _ => heads.push(line.strip_prefix('[').and_then(|line| line.split_once("] ")).expect(line)),
            }
        }
        entries.extend(heads.into_iter().map(|(scenario, reason)| Difference {
            scenario: scenario.into(),
            reason: reason.into(),
            hunk: hunk.clone(),
        }));
    }
    for Difference { scenario, reason, .. } in &entries {
        let clause = ["C-", "A-", "W-", "P-", "L-", "decision "].iter().any(|name| reason.starts_with(name));
        assert!(clause, "[{scenario}] {reason}: cites no clause");
    }
    entries
}

/// What is wrong with two traces, given the list; empty if nothing is.
pub fn complaints(scenario: &str, original: &[String], ours: &[String], list: &[Difference]) -> String {
    let listed: Vec<&Difference> = list.iter().filter(|entry| entry.is_for(scenario)).collect();
    let hunks = hunks(original, ours);
    let mut text = String::new();
    for hunk in &hunks {
        if !listed.iter().any(|entry| entry.hunk == *hunk) {
            write!(text, "\nnot listed:\n[{scenario}] \n{}", hunk.text()).unwrap();
        }
    }
    for entry in listed {
        if !hunks.contains(&entry.hunk) {
            let (reason, hunk) = (&entry.reason, entry.hunk.text());
            write!(text, "\nlisted, but there is no such difference:\n[{scenario}] {reason}\n{hunk}")
                .unwrap();
        }
    }
    if !text.is_empty() {
        let (original, ours) = (original.join("\n  "), ours.join("\n  "));
        write!(text, "\n{scenario}, the original:\n  {original}\n{scenario}, ours:\n  {ours}\n").unwrap();
    }
    text
}

/// Where the two differ: what is not part of their longest common subsequence.
pub fn hunks(original: &[String], ours: &[String]) -> Vec<Hunk> {
    // common[i][j]: how many lines the rests from i and j have in common.
    let mut common = vec![vec![0; ours.len() + 1]; original.len() + 1];
    for i in (0..original.len()).rev() {
        for j in (0..ours.len()).rev() {
            common[i][j] = if original[i] == ours[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut hunks = Vec::new();
    let mut hunk = Hunk { original: Vec::new(), ours: Vec::new() };
    let empty = hunk.clone();
    while i < original.len() || j < ours.len() {
        if i < original.len() && j < ours.len() && original[i] == ours[j] {
            if hunk != empty {
                hunks.push(std::mem::replace(&mut hunk, empty.clone()));
            }
            i += 1;
            j += 1;
        } else if j == ours.len() || (i < original.len() && common[i + 1][j] >= common[i][j + 1]) {
            hunk.original.push(original[i].clone());
            i += 1;
        } else {
            hunk.ours.push(ours[j].clone());
            j += 1;
        }
    }
    if hunk != empty {
        hunks.push(hunk);
    }
    hunks
}

#[test]
fn a_star_in_a_name_stands_for_anything() {
    let entry = |name: &str| {
        let hunk = Hunk { original: Vec::new(), ours: Vec::new() };
        Difference { scenario: name.into(), reason: String::new(), hunk }
    };
    for (pattern, name, matches) in [
        ("a b", "a b", true),
        ("a b", "a bc", false),
        ("a*", "a bc", true),
        ("a*", "a", true),
        ("*c", "a bc", true),
        ("*b", "a bc", false),
        ("a*c", "a bc", true),
        ("a*d", "a bc", false),
        ("a*b*d", "a bcd", true),
    ] {
        assert_eq!(entry(pattern).is_for(name), matches, "{pattern}, {name}");
    }
}

#[test]
fn a_comparison_finds_each_difference_and_each_needless_entry() {
    let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (original, ours) = (lines("a b c d e"), lines("a x c e f"));
    let text: Vec<String> = hunks(&original, &ours).iter().map(Hunk::text).collect();
    assert_eq!(text, ["- b\n+ x\n", "- d\n", "+ f\n"]);
    let list: Vec<Difference> = hunks(&original, &ours)
        .into_iter()
        .map(|hunk| Difference { scenario: "s".into(), reason: "a clause".into(), hunk })
        .collect();
    assert_eq!(complaints("s", &original, &ours, &list), "");
    assert!(complaints("s", &original, &ours, &list[1..]).contains("not listed:\n[s] \n- b\n+ x\n"));
    assert!(complaints("s", &original, &original, &list[..1]).contains("listed, but there is no such"));
}
