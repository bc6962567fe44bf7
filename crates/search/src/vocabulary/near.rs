//! Words within one or two slips: a wrong, a missing, an extra letter, or two that changed places.
//!
//! A row of the edit table is the automaton's state, so the term dictionary is walked only where a
//! near word can still come; nothing is prepared and nothing is kept.

use tantivy_fst::Automaton;

/// Accepts every word within `slips` of the wanted one.
pub(crate) struct Near {
    wanted: Vec<char>,
    slips: u8,
}

/// How far the walk has come.
#[derive(Clone)]
pub(crate) struct Row {
    /// The edit distances after the last whole letter; empty when no near word can come.
    now: Vec<u8>,
    /// The distances one letter earlier.
    before: Vec<u8>,
    /// The last letter.
    last: char,
    /// Bytes of a letter not yet whole.
    pending: Vec<u8>,
}

impl Near {
    pub(crate) fn new(wanted: &str, slips: u8) -> Self {
        Self {
            wanted: wanted.chars().collect(),
            slips,
        }
    }

    fn step(&self, row: &Row, letter: char) -> Row {
        let mut next = Vec::with_capacity(row.now.len());
        next.push(row.now[0].saturating_add(1));
        for (at, wanted) in self.wanted.iter().enumerate() {
            let replaced = row.now[at].saturating_add(u8::from(*wanted != letter));
            let skipped = next[at].min(row.now[at + 1]).saturating_add(1);
            let mut best = replaced.min(skipped);
            if at > 0 && *wanted == row.last && self.wanted[at - 1] == letter {
                let swapped = row
                    .before
                    .get(at - 1)
                    .map_or(u8::MAX, |d| d.saturating_add(1));
                best = best.min(swapped);
            }
            next.push(best);
        }
        Row {
            now: next,
            before: row.now.clone(),
            last: letter,
            pending: Vec::new(),
        }
    }

    fn dead(&self) -> Row {
        Row {
            now: Vec::new(),
            before: Vec::new(),
            last: '\0',
            pending: Vec::new(),
        }
    }
}

impl Automaton for Near {
    type State = Row;

    fn start(&self) -> Row {
        let length = u8::try_from(self.wanted.len()).unwrap_or(u8::MAX);
        Row {
            now: (0..=length).collect(),
            before: Vec::new(),
            last: '\0',
            pending: Vec::new(),
        }
    }

    fn is_match(&self, row: &Row) -> bool {
        row.pending.is_empty()
            && row
                .now
                .last()
                .is_some_and(|distance| *distance <= self.slips)
    }

    fn can_match(&self, row: &Row) -> bool {
        let reachable = |distance: &u8| *distance <= self.slips;
        row.now.iter().any(reachable) || row.before.iter().any(|d| *d < self.slips)
    }

    fn accept(&self, row: &Row, byte: u8) -> Row {
        if row.now.is_empty() {
            return row.clone();
        }
        let mut pending = row.pending.clone();
        pending.push(byte);
        match std::str::from_utf8(&pending).map(|text| text.chars().next()) {
            Ok(Some(letter)) => self.step(row, letter),
            Ok(None) => self.dead(),
            Err(error) if error.error_len().is_none() => Row {
                pending,
                ..row.clone()
            },
            Err(_) => self.dead(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(wanted: &str, slips: u8, word: &str) -> bool {
        let near = Near::new(wanted, slips);
        let end = word
            .bytes()
            .fold(near.start(), |row, byte| near.accept(&row, byte));
        near.is_match(&end)
    }

    #[test]
    fn each_kind_of_slip_counts_one() {
        for word in ["механика", "меаника", "мехзника", "мехханика", "мехнаика"]
        {
            assert!(accepts("механика", 1, word), "{word}");
        }
        assert!(!accepts("механика", 1, "мехика"));
        assert!(accepts("механика", 2, "мехика"));
        assert!(!accepts("механика", 2, "ботаника"));
    }

    #[test]
    fn the_walk_never_ends_before_a_swap_is_whole() {
        let near = Near::new("аб", 1);
        let row = "ба"
            .bytes()
            .take(2)
            .fold(near.start(), |row, byte| near.accept(&row, byte));
        assert!(near.can_match(&row));
        assert!(accepts("аб", 1, "ба"));
    }
}
