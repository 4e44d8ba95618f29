//! What a peer has written, in a line for people: it is not to write lines of its own, nor long ones.

/// So much of it as fits, without control characters, which might mean something to a terminal.
pub fn excerpt(text: &str, longest: usize) -> String {
    let mut shown: String =
        text.chars().take(longest).map(|letter| if letter.is_control() { '?' } else { letter }).collect();
    if text.chars().nth(longest).is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_or_no_text_is_not_shown() {
        assert_eq!(excerpt("", 3), "");
        assert_eq!(excerpt("abc", 3), "abc");
        assert_eq!(excerpt("\u{fc}\u{fc}\u{fc}\u{fc}", 3), "\u{fc}\u{fc}\u{fc}...");
        assert_eq!(excerpt("a\nb\u{85}c\u{1b}[2J\0", 100), "a?b?c?[2J?");
    }
}
