//! Records that have at least so many of the words: counted over a stretch of records at a time.
//!
//! The engine's own union goes from record to record through all its lists; of thirty words it is ten times
//! slower than a count for each record.

use std::sync::Arc;

use tantivy::query::{EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED};

/// Records looked at at once.
const STRETCH: u32 = 4096;

/// What at least `needed` of these find; weighs nothing.
#[derive(Clone, Debug)]
pub(super) struct Enough {
    queries: Arc<[Box<dyn Query>]>,
    needed: usize,
}

impl Enough {
    pub(super) fn of(queries: Vec<Box<dyn Query>>, needed: usize) -> Self {
        let queries = queries.into();
        Self { queries, needed }
    }
}

impl Query for Enough {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let weights = self.queries.iter().map(|query| query.weight(scoring));
        Ok(Box::new(EnoughWeight {
            weights: weights.collect::<tantivy::Result<_>>()?,
            needed: self.needed,
        }))
    }
}

struct EnoughWeight {
    weights: Vec<Box<dyn Weight>>,
    needed: usize,
}

impl Weight for EnoughWeight {
    fn scorer(&self, segment: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut sets = Vec::new();
        for weight in &self.weights {
            sets.push(weight.scorer(segment, 1.0)?);
        }
        let mut met = Met {
            sets,
            needed: self.needed.max(1),
            counts: vec![0; STRETCH as usize],
            found: Vec::new(),
            at: 0,
        };
        met.look_on();
        Ok(Box::new(met))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("enough", 1.0))
    }
}

/// The records of one segment.
struct Met {
    sets: Vec<Box<dyn Scorer>>,
    needed: usize,
    counts: Vec<u16>,
    /// Those of the stretch that have enough.
    found: Vec<DocId>,
    at: usize,
}

impl Met {
    /// Counts stretch by stretch until one has a record with enough, or the sets end.
    fn look_on(&mut self) {
        self.found.clear();
        self.at = 0;
        while self.found.is_empty() {
            self.sets.retain(|set| set.doc() != TERMINATED);
            let Some(start) = self.sets.iter().map(|set| set.doc()).min() else {
                return;
            };
            if self.sets.len() < self.needed {
                return;
            }
            let end = start.saturating_add(STRETCH);
            for set in &mut self.sets {
                let mut doc = set.doc();
                while doc < end {
                    if let Some(count) = self.counts.get_mut((doc - start) as usize) {
                        *count += 1;
                    }
                    doc = set.advance();
                }
            }
            for (doc, count) in (start..).zip(&mut self.counts) {
                if usize::from(*count) >= self.needed {
                    self.found.push(doc);
                }
                *count = 0;
            }
        }
    }
}

impl DocSet for Met {
    fn advance(&mut self) -> DocId {
        self.at += 1;
        if self.at >= self.found.len() {
            self.look_on();
        }
        self.doc()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.found.last().is_none_or(|last| *last < target) {
            for set in &mut self.sets {
                if set.doc() < target {
                    set.seek(target);
                }
            }
            self.look_on();
        }
        while self.doc() < target {
            self.advance();
        }
        self.doc()
    }

    fn doc(&self) -> DocId {
        self.found.get(self.at).copied().unwrap_or(TERMINATED)
    }

    fn size_hint(&self) -> u32 {
        let all: u32 = self.sets.iter().map(|set| set.size_hint()).sum();
        all / u32::try_from(self.needed).unwrap_or(u32::MAX)
    }
}

impl Scorer for Met {
    fn score(&mut self) -> Score {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use tantivy::Term;
    use tantivy::collector::DocSetCollector;
    use tantivy::query::{BooleanQuery, Occur, TermQuery};
    use tantivy::schema::IndexRecordOption;

    use super::*;
    use crate::index::SearchIndex;
    use crate::sample::Shelf;

    const WORDS: [&str; 5] = ["лес", "вода", "книга", "война", "мир"];

    #[test]
    fn a_count_finds_what_the_union_of_the_engine_finds() {
        let mut lines = Vec::new();
        for book in 0..9000_usize {
            let said = |(at, word): (usize, &&'static str)| {
                (book % (at + 2) == 0 || book / 4000 == at).then_some(*word)
            };
            let words: Vec<&str> = WORDS.iter().enumerate().filter_map(said).collect();
            lines.push(format!("Иванов|||{} том||2000||84||rus", words.join(" ")));
        }
        let feed = Shelf::listed(&lines.join("\n"));
        let home = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(home.path()).unwrap();
        index.catch_up(&feed).unwrap();
        let searcher = index.reader.searcher();
        let word = |word: &str| -> Box<dyn Query> {
            let term = Term::from_field_text(index.fields.all, word);
            Box::new(TermQuery::new(term, IndexRecordOption::Basic))
        };
        let words = || WORDS.into_iter().map(word).collect::<Vec<_>>();
        for needed in 1..=6 {
            let found = |query: Box<dyn Query>| searcher.search(&*query, &DocSetCollector).unwrap();
            let ours: Box<dyn Query> = Box::new(Enough::of(words(), needed));
            let union = BooleanQuery::union_with_minimum_required_clauses(words(), needed);
            let among = |query: Box<dyn Query>| -> Box<dyn Query> {
                let both = [word("том"), word("мир"), query];
                let both = both.into_iter().map(|query| (Occur::Must, query));
                Box::new(BooleanQuery::new(both.collect()))
            };
            let theirs = found(Box::new(union.clone()));
            assert_eq!(found(ours.box_clone()), theirs, "{needed}");
            assert_eq!(theirs.is_empty(), needed > WORDS.len());
            assert_eq!(
                found(among(ours)),
                found(among(Box::new(union))),
                "{needed}"
            );
        }
    }
}
