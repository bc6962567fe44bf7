//! Which inventory numbers a file has named so far, in little memory: most of them follow one another.

use std::collections::{BTreeMap, BTreeSet};

use crate::fund::number::InventoryNumber;

/// Numbers seen.
#[derive(Default)]
pub(super) struct Numbers {
    /// Plain numbers as runs: first → last.
    runs: BTreeMap<u64, u64>,
    plain: u64,
    /// Numbers with letters.
    lettered: BTreeSet<InventoryNumber>,
}

impl Numbers {
    /// Notes a number; false when it was there already.
    pub(super) fn insert(&mut self, number: &InventoryNumber) -> bool {
        if !(number.prefix.is_empty() && number.suffix.is_empty()) {
            return self.lettered.insert(number.clone());
        }
        let n = number.number;
        let before = self.runs.range(..=n).next_back().map(|(a, z)| (*a, *z));
        if before.is_some_and(|(_, last)| n <= last) {
            return false;
        }
        self.plain += 1;
        let joins = before.filter(|(_, last)| last.checked_add(1) == Some(n));
        let first = joins.map_or(n, |(first, _)| first);
        let next = n.checked_add(1).and_then(|next| self.runs.remove(&next));
        self.runs.insert(first, next.unwrap_or(n));
        true
    }

    /// The first and the last plain number, and how many up to the last were not named.
    pub(super) fn gaps(&self) -> Option<(u64, u64, u64)> {
        let (first, _) = self.runs.first_key_value()?;
        let (_, last) = self.runs.last_key_value()?;
        Some((*first, *last, last.saturating_sub(self.plain)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_grow_join_and_know_what_they_hold() {
        let mut numbers = Numbers::default();
        let mut insert = |text: &str| numbers.insert(&text.parse().unwrap());
        for fresh in ["5", "7", "6", "2", "3", "А-6"] {
            assert!(insert(fresh), "{fresh}");
        }
        for again in ["2", "3", "5", "6", "7", "А-6"] {
            assert!(!insert(again), "{again}");
        }
        assert_eq!(numbers.runs, BTreeMap::from([(2, 3), (5, 7)]));
        assert_eq!(numbers.gaps(), Some((2, 7, 2)));
    }
}
