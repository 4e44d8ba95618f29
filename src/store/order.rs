//! Sequence numbers, and the order of records whose numbers have come round.

/// How far sequence numbers of commands and queued messages go before they start again at 0
/// (contract P-202, P-407).
pub const SEQUENCE_NUMBERS: u32 = 1_000_000;

/// Counts commands, or queued messages, for their keys: 1, 2, ... 999999, 0, 1, ...
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sequence(u32);

impl Sequence {
    /// Goes on after the newest of the restored records: the last in their restored order, which
    /// after a wrap is not the highest number.
    pub fn after(newest: u32) -> Sequence {
        Sequence(newest)
    }

    /// The next number.
    pub fn advance(&mut self) -> u32 {
        self.0 = if self.0 < SEQUENCE_NUMBERS - 1 { self.0 + 1 } else { 0 };
        self.0
    }
}

/// Puts items, sorted by number, into the order in which the numbers were given out.
///
/// Numbers are used in turn, so the longest stretch without one lies before the oldest: if that
/// is between two items, and not between the last and the first, the numbers had started again.
/// Contract P-320.
pub fn rotate_after_largest_gap<T>(sorted: &mut [T], modulus: u32, number: impl Fn(&T) -> u32) {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return };
    let mut largest = (u64::from(modulus) + u64::from(number(first))).saturating_sub(u64::from(number(last)));
    let mut oldest = 0;
    for (index, pair) in sorted.windows(2).enumerate() {
        if let [before, after] = pair {
            let gap = u64::from(number(after).saturating_sub(number(before)));
            if gap > largest {
                (largest, oldest) = (gap, index + 1);
            }
        }
    }
    sorted.rotate_left(oldest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How far packet identifiers go before they start again at 1 (contract P-320).
    const PACKET_IDS: u32 = 65_535;

    fn rotated<const N: usize>(mut numbers: [u32; N], modulus: u32) -> [u32; N] {
        rotate_after_largest_gap(&mut numbers, modulus, |&number| number);
        numbers
    }

    /// The examples of contract P-320.
    #[test]
    fn packet_ids_that_wrapped_come_first() {
        assert_eq!(rotated([1, 65535], PACKET_IDS), [65535, 1]);
        assert_eq!(rotated([1, 2, 65535], PACKET_IDS), [65535, 1, 2]);
        assert_eq!(rotated([1, 40000], PACKET_IDS), [40000, 1]);
        assert_eq!(rotated([1, 32768], PACKET_IDS), [1, 32768]);
        assert_eq!(rotated([100, 200, 300], PACKET_IDS), [100, 200, 300]);
        assert!(rotated([], PACKET_IDS).is_empty());
        assert_eq!(rotated([9], PACKET_IDS), [9]);
    }

    /// Contract P-407.
    #[test]
    fn sequence_numbers_that_wrapped_come_first() {
        assert_eq!(rotated([0, 1, 999_998, 999_999], SEQUENCE_NUMBERS), [999_998, 999_999, 0, 1]);
        assert_eq!(rotated([1, 2, 3], SEQUENCE_NUMBERS), [1, 2, 3]);
    }

    /// Contract P-202.
    #[test]
    fn sequence_starts_at_one_and_wraps_to_zero() {
        let mut sequence = Sequence::default();
        assert_eq!((sequence.advance(), sequence.advance()), (1, 2));
        let mut sequence = Sequence::after(999_998);
        assert_eq!([(); 3].map(|()| sequence.advance()), [999_999, 0, 1]);
        assert_eq!(Sequence::after(u32::MAX).advance(), 0);
    }

    proptest! {
        /// Numbers given out one after the other keep that order, wherever the wrap falls, as long
        /// as fewer than half of all are in use.
        #[test]
        fn order_of_use_is_found(
            start in 0..SEQUENCE_NUMBERS,
            steps in proptest::collection::vec(1..1000u32, 0..100),
        ) {
            let mut used = vec![start];
            used.extend(steps.iter().scan(start, |number, step| {
                *number = (*number + step) % SEQUENCE_NUMBERS;
                Some(*number)
            }));
            let mut restored = used.clone();
            restored.sort_unstable();
            rotate_after_largest_gap(&mut restored, SEQUENCE_NUMBERS, |&number| number);
            prop_assert_eq!(restored, used);
        }

        #[test]
        fn any_numbers_are_only_rotated(mut numbers: Vec<u32>, modulus: u32) {
            let before = numbers.clone();
            rotate_after_largest_gap(&mut numbers, modulus, |&number| number);
            numbers.sort_unstable();
            let mut sorted = before;
            sorted.sort_unstable();
            prop_assert_eq!(numbers, sorted);
        }
    }
}
