//! Counting answers by author, year, language, kind, library and availability, in one pass.
//!
//! Counts go by column ordinals and become words only at the end of a segment. Nothing is cut by
//! the audience here: the query that is counted has passed the filter already.

use std::collections::{BTreeMap, HashMap};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use crate::ask::{Facets, Tally};

/// How many authors are shown.
const MAX_AUTHORS: usize = 50;

const COLUMNS: [&str; 5] = ["author_facet", "language", "kind", "library", "available"];

/// How many values of a segment get their names: the commonest. A count may be short by what a value has in
/// a segment where so many others are commoner.
const MAX_NAMED: usize = 400;

/// The collector.
pub(crate) struct FacetCollector;

/// Counts of one segment, later of all.
#[derive(Default)]
pub(crate) struct Counts {
    words: [HashMap<String, usize>; COLUMNS.len()],
    years: BTreeMap<u64, usize>,
}

/// Counting in one segment.
pub(crate) struct SegmentCounts {
    columns: Vec<Option<(StrColumn, Vec<usize>)>>,
    year: Column<u64>,
    years: BTreeMap<u64, usize>,
}

impl Collector for FacetCollector {
    type Fruit = Counts;
    type Child = SegmentCounts;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentCounts> {
        let fast = segment.fast_fields();
        let column = |name: &&str| -> tantivy::Result<Option<(StrColumn, Vec<usize>)>> {
            Ok(fast.str(name)?.map(|column| {
                let counts = vec![0; column.num_terms()];
                (column, counts)
            }))
        };
        Ok(SegmentCounts {
            columns: COLUMNS.iter().map(column).collect::<Result<_, _>>()?,
            year: fast.u64("year")?,
            years: BTreeMap::new(),
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
        for (column, counts) in self.columns.iter_mut().flatten() {
            for ord in column.term_ords(doc) {
                if let Some(count) = usize::try_from(ord).ok().and_then(|o| counts.get_mut(o)) {
                    *count += 1;
                }
            }
        }
        if let Some(year) = self.year.first(doc) {
            *self.years.entry(year).or_default() += 1;
        }
    }

    fn harvest(self) -> Counts {
        let mut counts = Counts {
            years: self.years,
            ..Counts::default()
        };
        for (into, column) in counts.words.iter_mut().zip(self.columns) {
            let Some((column, ords)) = column else {
                continue;
            };
            let mut counted: Vec<(u64, usize)> =
                (0u64..).zip(ords).filter(|(_, count)| *count > 0).collect();
            if counted.len() > MAX_NAMED {
                counted.select_nth_unstable_by_key(MAX_NAMED, |(ord, count)| {
                    (std::cmp::Reverse(*count), *ord)
                });
                counted.truncate(MAX_NAMED);
                counted.sort_unstable();
            }
            let ords: Vec<u64> = counted.iter().map(|(ord, _)| *ord).collect();
            let mut counts = counted.iter().map(|(_, count)| *count);
            // In order of ordinals a block of the dictionary is unpacked once.
            let named = column.dictionary().sorted_ords_to_term_cb(&ords, |word| {
                let word = String::from_utf8_lossy(word).into_owned();
                into.insert(word, counts.next().unwrap_or_default());
            });
            if named.is_err() {
                into.clear();
            }
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
