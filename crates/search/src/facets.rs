//! Counting answers by author, year, language, kind, library and availability, in one pass.
//!
//! Counts go by numbers and become words only at the end of a segment. Nothing is cut by
//! the audience here: the query that is counted has passed the filter already.

mod columns;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use crate::ask::{Facets, Tally};
use crate::kept::AtHand;
use columns::{Counter, YEARS};

pub(crate) use columns::Columns;

/// How many authors are shown.
const MAX_AUTHORS: usize = 50;

/// Columns of words.
const WORDS: usize = 5;
const COLUMNS: [&str; WORDS] = ["author_facet", "language", "kind", "library", "available"];
/// The first of them: a record has authors of its own, while the rest is alike in thousands.
const AUTHORS: usize = 0;

/// How many values of a segment get their names: the commonest. A count may be short by what a value has in
/// a segment where so many others are commoner.
const MAX_NAMED: usize = 200;

/// The collector.
#[derive(Clone, Copy)]
pub(crate) struct FacetCollector<'a> {
    pub(crate) at_hand: &'a AtHand,
}

/// Counts of one segment, later of all.
#[derive(Default)]
pub(crate) struct Counts {
    words: [FxHashMap<String, usize>; WORDS],
    years: BTreeMap<u64, usize>,
}

/// Counting in one segment.
pub(crate) struct SegmentCounts {
    segment: Arc<Columns>,
    authors: Counter,
    combinations: Counter,
}

impl Collector for FacetCollector<'_> {
    type Fruit = Counts;
    type Child = SegmentCounts;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentCounts> {
        let segment = self.at_hand.columns(segment)?;
        let [authors, combinations] = segment.counters();
        Ok(SegmentCounts {
            segment,
            authors,
            combinations,
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Counts>) -> tantivy::Result<Counts> {
        let mut all = Counts::default();
        for segment in segments {
            for (into, from) in all.words.iter_mut().zip(segment.words) {
                for (word, count) in from {
                    *into.entry(word).or_default() += count;
                }
            }
            for (year, count) in segment.years {
                *all.years.entry(year).or_default() += count;
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for SegmentCounts {
    type Fruit = Counts;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.collect_block(&[doc]);
    }

    fn collect_block(&mut self, docs: &[DocId]) {
        self.segment.authors.count(docs, &mut self.authors);
        let combination = &self.segment.combination;
        combination.count(docs, &mut self.combinations);
    }

    fn harvest(self) -> Counts {
        let mut counts = Counts::default();
        let mut places: [FxHashMap<u32, usize>; WORDS] = Default::default();
        for (number, count) in self.combinations.met() {
            for (column, place) in self.segment.combinations.get(number) {
                if *column == YEARS {
                    let year = self.segment.first_year + u64::from(*place);
                    *counts.years.entry(year).or_default() += count;
                } else if let Some(places) = places.get_mut(usize::from(*column)) {
                    *places.entry(*place).or_default() += count;
                }
            }
        }
        let mut met = places.map(|places| {
            let places = places.into_iter();
            places
                .map(|(place, count)| (place as usize, count))
                .collect::<Vec<_>>()
        });
        let author = |(number, count): (usize, usize)| {
            let place = self.segment.by_use.get(number)?;
            Some((*place as usize, count))
        };
        met[AUTHORS] = self.authors.met().filter_map(author).collect();
        for ((into, words), mut met) in counts.words.iter_mut().zip(&self.segment.words).zip(met) {
            if met.len() > MAX_NAMED {
                met.select_nth_unstable_by_key(MAX_NAMED, |(at, count)| (Reverse(*count), *at));
                met.truncate(MAX_NAMED);
            }
            let named = met
                .into_iter()
                .filter_map(|(at, count)| Some((words.get(at)?.to_owned(), count)));
            into.extend(named);
        }
        let Self {
            segment,
            authors,
            combinations,
        } = self;
        segment.put_away([authors, combinations]);
        counts
    }
}

impl Counts {
    /// The counts as they are shown.
    pub(crate) fn into_facets(self) -> Facets {
        let mut decades: BTreeMap<u64, usize> = BTreeMap::new();
        for (year, count) in &self.years {
            *decades.entry(year - year % 10).or_default() += count;
        }
        let [authors, languages, kinds, libraries, available] = self.words;
        Facets {
            authors: tallies(authors, MAX_AUTHORS),
            years: by_year(self.years),
            decades: by_year(decades),
            languages: tallies(languages, usize::MAX),
            kinds: tallies(kinds, usize::MAX),
            libraries: tallies(libraries, usize::MAX),
            available: available.get("*").copied().unwrap_or_default(),
        }
    }
}

fn tallies(counts: FxHashMap<String, usize>, most: usize) -> Vec<Tally> {
    let tally = |(value, count)| Tally { value, count };
    let mut tallies: Vec<Tally> = counts.into_iter().map(tally).collect();
    tallies.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    tallies.truncate(most);
    tallies
}

fn by_year(counts: BTreeMap<u64, usize>) -> Vec<Tally> {
    let tally = |(year, count): (u64, usize)| Tally {
        value: year.to_string(),
        count,
    };
    counts.into_iter().rev().map(tally).collect()
}
