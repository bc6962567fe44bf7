//! Counting answers by author, year, language, kind, library and availability, in one pass.
//!
//! Counts go by column ordinals and become words only at the end of a segment. Nothing is cut by
//! the audience here: the query that is counted has passed the filter already.

mod kept;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use crate::ask::{Facets, Tally};
use kept::Segment;

pub(crate) use kept::Kept;

/// How many authors are shown.
const MAX_AUTHORS: usize = 50;

const COLUMNS: [&str; 5] = ["author_facet", "language", "kind", "library", "available"];

/// How many values of a segment get their names: the commonest. A count may be short by what a value has in
/// a segment where so many others are commoner.
const MAX_NAMED: usize = 400;

/// The collector.
#[derive(Clone, Copy)]
pub(crate) struct FacetCollector<'a> {
    pub(crate) kept: &'a Kept,
}

/// Counts of one segment, later of all.
#[derive(Default)]
pub(crate) struct Counts {
    words: [HashMap<String, usize>; COLUMNS.len()],
    years: BTreeMap<u64, usize>,
}

/// Counting in one segment.
pub(crate) struct SegmentCounts {
    segment: Arc<Segment>,
    words: [Vec<u32>; COLUMNS.len()],
    years: Vec<u32>,
}

impl Collector for FacetCollector<'_> {
    type Fruit = Counts;
    type Child = SegmentCounts;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentCounts> {
        let segment = self.kept.of(segment)?;
        Ok(SegmentCounts {
            words: std::array::from_fn(|at| vec![0; segment.words[at].count()]),
            years: vec![0; segment.years.count],
            segment,
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
        for (words, counts) in self.segment.words.iter().zip(&mut self.words) {
            words.values.count(docs, counts);
        }
        self.segment.years.values.count(docs, &mut self.years);
    }

    fn harvest(self) -> Counts {
        let years = (self.segment.years.first..).zip(&self.years);
        let years = years.filter(|(_, count)| **count > 0);
        let mut counts = Counts {
            years: years.map(|(year, count)| (year, *count as usize)).collect(),
            ..Counts::default()
        };
        let columns = self.segment.words.iter().zip(self.words);
        for (into, (words, ords)) in counts.words.iter_mut().zip(columns) {
            let mut counted: Vec<(usize, usize)> = (0..)
                .zip(ords)
                .filter(|(_, count)| *count > 0)
                .map(|(ord, count)| (ord, count as usize))
                .collect();
            if counted.len() > MAX_NAMED {
                counted.select_nth_unstable_by_key(MAX_NAMED, |(ord, count)| {
                    (std::cmp::Reverse(*count), *ord)
                });
                counted.truncate(MAX_NAMED);
            }
            let named = counted
                .into_iter()
                .filter_map(|(ord, count)| Some((words.get(ord)?.to_owned(), count)));
            into.extend(named);
        }
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

fn tallies(counts: HashMap<String, usize>, most: usize) -> Vec<Tally> {
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
