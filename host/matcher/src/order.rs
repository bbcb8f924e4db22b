//! Numbers as integers of the same order, so that they can be hashed, sorted and cut
//! into halves.

use event::Scalar;
use filter::number;

/// Integers that stand to each other as the numbers do; both zeros are one. Between
/// the integers of two neighbouring doubles there is none, so that `> n` is
/// `>= ordinal(n) + 1`.
pub(crate) fn ordinal(n: f64) -> u64 {
    let bits = (n + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The number that a value is to a comparison: its own, the one that its text spells,
/// or the milliseconds of a time.
pub(crate) fn amount(value: Scalar<'_>) -> Option<u64> {
    match value {
        Scalar::Time(time) => Some(ordinal(time.0 as f64)),
        _ => spelled(value),
    }
}

/// As [`amount`], without times.
pub(crate) fn spelled(value: Scalar<'_>) -> Option<u64> {
    match value {
        Scalar::Number(n) => Some(ordinal(n)),
        Scalar::Text(text) => number(text).map(ordinal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_stand_in_the_order_of_their_numbers() {
        let rising =
            [f64::NEG_INFINITY, f64::MIN, -1.5, -1e-308, 0.0, 5e-324, 1.0, 1.5, 1e300, f64::INFINITY];
        assert!(rising.is_sorted_by(|a, b| ordinal(*a) < ordinal(*b)));
        assert_eq!(ordinal(-0.0), ordinal(0.0));
        assert_eq!(ordinal(1.0_f64.next_up()), ordinal(1.0) + 1);
        assert_eq!(ordinal(5e-324), ordinal(0.0) + 1);
    }
}
