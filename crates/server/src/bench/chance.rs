//! Numbers by a seed: the same seed and place give the same numbers on every machine, for ever.
//!
//! Not for secrets.

/// A stream of numbers (splitmix64).
pub(super) struct Chance(u64);

impl Chance {
    /// The stream of one place in a work with this seed.
    pub(super) fn at(seed: u64, place: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ place);
        let start = chance.next();
        Self(start ^ place.rotate_left(32))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `count`, all alike.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count.max(1)).unwrap_or(1);
        usize::try_from(self.next() % count).unwrap_or_default()
    }

    /// A number below `count`, small ones far more often: each doubling is as likely as the one before.
    ///
    /// So words go in texts and names on title pages.
    pub(super) fn common(&mut self, count: usize) -> usize {
        let doublings = count.max(1).ilog2() + 1;
        let span = 1usize << self.below(doublings as usize);
        (span + self.below(span) - 1) % count.max(1)
    }

    /// Whether a thing of this share in a hundred happens.
    pub(super) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of these.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_common_and_none_is_out_of_reach() {
        let mut chance = Chance::at(1, 1);
        let mut counts = [0_u32; 10];
        for _ in 0..10_000 {
            counts[chance.common(10)] += 1;
        }
        assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
        assert!(counts[0] > 4 * counts[7], "{counts:?}");
    }
}
