//! The keys of records: a stem that says what is kept, and a number. Contract P-201.

use std::fmt;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stem {
    /// `s`: a PUBLISH of QoS 1 or 2 that we sent.
    Sent,
    /// `sc`: a PUBREL that we sent.
    SentRelease,
    /// `r`: a PUBLISH of QoS 2 that we received.
    Received,
    /// `c`: a command that waits to be sent.
    Command,
    /// `q`: an incoming message that waits for the application.
    Queued,
}

impl Stem {
    const ALL: [Stem; 5] = [Stem::Sent, Stem::SentRelease, Stem::Received, Stem::Command, Stem::Queued];

    fn letters(self) -> &'static str {
        match self {
            Stem::Sent => "s",
            Stem::SentRelease => "sc",
            Stem::Received => "r",
            Stem::Command => "c",
            Stem::Queued => "q",
        }
    }
}

/// A key that this library writes, such as `s-12` or, with MQTT 5.0, `s5-12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What the record is.
    pub stem: Stem,
    /// Whether the record is in the format of MQTT 5.0.
    pub mqtt5: bool,
    /// The packet identifier, or the sequence number of a command or queued message.
    pub number: u32,
}

impl Key {
    /// Reads a key. Anything else that lies in a store is not ours (contract P-312, P-605).
    ///
    /// Zeros may lead, so a record is read and removed under the text it was found with, not
    /// under what the key would be written as.
    pub fn parse(text: &str) -> Option<Key> {
        let (stem, number) = text.split_once('-')?;
        let (letters, mqtt5) = stem.strip_suffix('5').map_or((stem, false), |letters| (letters, true));
        let stem = Stem::ALL.into_iter().find(|stem| stem.letters() == letters)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Key { stem, mqtt5, number: number.parse().ok()? })
    }

    /// All keys that records of a sent message may have. There are two spellings, since the client may
    /// have had another MQTT version when it wrote them (contract P-204).
    pub fn of_sent(packet_id: u16) -> [Key; 4] {
        let number = u32::from(packet_id);
        [(Stem::Sent, true), (Stem::SentRelease, true), (Stem::Sent, false), (Stem::SentRelease, false)]
            .map(|(stem, mqtt5)| Key { stem, mqtt5, number })
    }

    /// As [`Key::of_sent`], for a received message.
    pub fn of_received(packet_id: u16) -> [Key; 2] {
        [true, false].map(|mqtt5| Key { stem: Stem::Received, mqtt5, number: u32::from(packet_id) })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = if self.mqtt5 { "5" } else { "" };
        write!(f, "{}{version}-{}", self.stem.letters(), self.number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Contract P-201.
    #[test]
    fn keys_have_a_stem_and_a_number() {
        let key = |stem, mqtt5, number| Some(Key { stem, mqtt5, number });
        assert_eq!(Key::parse("s-1"), key(Stem::Sent, false, 1));
        assert_eq!(Key::parse("s5-65535"), key(Stem::Sent, true, 65535));
        assert_eq!(Key::parse("sc-9"), key(Stem::SentRelease, false, 9));
        assert_eq!(Key::parse("sc5-9"), key(Stem::SentRelease, true, 9));
        assert_eq!(Key::parse("r-0"), key(Stem::Received, false, 0));
        assert_eq!(Key::parse("r5-2"), key(Stem::Received, true, 2));
        assert_eq!(Key::parse("c-999999"), key(Stem::Command, false, 999_999));
        assert_eq!(Key::parse("c5-3"), key(Stem::Command, true, 3));
        assert_eq!(Key::parse("q-4"), key(Stem::Queued, false, 4));
        assert_eq!(Key::parse("q5-007"), key(Stem::Queued, true, 7));
    }

    /// Contract P-605.
    #[test]
    fn other_names_are_no_keys() {
        let names = [
            "",
            "-",
            "-1",
            "5-1",
            "s",
            "s-",
            "s1",
            "s-+1",
            "s--1",
            "s-1 ",
            " s-1",
            "s-1-2",
            "S-1",
            "t-1",
            "s55-1",
            "sc6-1",
            "s-1.msg",
            "s-a",
            "s-١",
            "s-4294967296",
        ];
        for name in names {
            assert_eq!(Key::parse(name), None, "{name}");
        }
    }

    /// Contract P-204.
    #[test]
    fn forgotten_under_both_spellings() {
        assert_eq!(Key::of_sent(7).map(|key| key.to_string()), ["s5-7", "sc5-7", "s-7", "sc-7"]);
        assert_eq!(Key::of_received(7).map(|key| key.to_string()), ["r5-7", "r-7"]);
    }

    proptest! {
        #[test]
        fn written_keys_are_read(stem in 0..5usize, mqtt5: bool, number: u32) {
            let key = Key { stem: Stem::ALL[stem], mqtt5, number };
            prop_assert_eq!(Key::parse(&key.to_string()), Some(key));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = Key::parse(&text);
        }
    }
}
