//! The parts of a question weighed by the statistics of the whole index, and put to work in one segment.
//!
//! How they rank a record stands in `rank.rs`.
#![expect(clippy::float_arithmetic, reason = "ranks are not money")]

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tantivy::query::{Bm25StatisticsProvider, Bm25Weight, EnableScoring, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Score, Searcher, SegmentReader, TERMINATED, Term};

use super::filter;
use super::rank::{Asked, Cursor, Docs, Here, Part, Ranker, Way, Ways, Word};
use super::spread::each_segment;
use crate::Error;

/// The records of a segment, to be taken once.
type Set = Mutex<Option<Box<dyn Scorer>>>;

/// All parts with the statistics of the whole index.
pub(super) struct Scales {
    words: Vec<Vec<Vec<Weighed>>>,
    others: Vec<(Box<dyn Weight>, Score, Asked)>,
}

struct Weighed {
    term: Term,
    bm25: Bm25Weight,
    everywhere: bool,
    /// The records of each segment that have a term with this beginning, until the segment is looked at.
    begun: Option<Vec<Set>>,
}

impl Scales {
    pub(super) fn new(searcher: &Searcher, parts: &[Part]) -> Result<Self, Error> {
        let mut scales = Self {
            words: Vec::new(),
            others: Vec::new(),
        };
        let mut lengths = Lengths::new(searcher)?;
        for part in parts {
            match part {
                Part::Word(ways) => {
                    let ways = ways.iter().map(|way| lengths.weigh(way));
                    let mut ways = ways.collect::<Result<Vec<_>, Error>>()?;
                    ways.retain(|way| !way.is_empty());
                    scales.words.push(ways);
                }
                Part::Other(other) => {
                    let scoring = EnableScoring::enabled_from_searcher(searcher);
                    let weight = other.query.weight(scoring)?;
                    scales.others.push((weight, other.most, other.asked));
                }
            }
        }
        Ok(scales)
    }

    /// Whether nothing here ranks one record above another.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.others.is_empty()
    }

    /// The parts in one segment; to be asked once for each.
    pub(super) fn on(&self, at: usize, segment: &SegmentReader) -> Result<Ranker, Error> {
        let (mut words, mut others) = (Vec::new(), Vec::new());
        for ways in &self.words {
            let ways = ways.iter().map(|way| cursors(way, at, segment));
            let ways = ways.collect::<Result<Vec<_>, Error>>()?;
            words.push(Word::new(ways));
        }
        for (weight, most, asked) in &self.others {
            let scorer = weight.scorer(segment, 1.0)?;
            if scorer.doc() != TERMINATED {
                let (most, asked) = (*most, *asked);
                others.push(Here {
                    scorer,
                    most,
                    asked,
                });
            }
        }
        Ok(Ranker::new(words, others))
    }
}

/// Statistics of fields, each asked once.
struct Lengths<'a> {
    searcher: &'a Searcher,
    records: u64,
    average: HashMap<Field, Score>,
}

impl<'a> Lengths<'a> {
    fn new(searcher: &'a Searcher) -> Result<Self, Error> {
        Ok(Self {
            searcher,
            records: searcher.total_num_docs()?,
            average: HashMap::new(),
        })
    }

    fn weigh(&mut self, way: &Way) -> Result<Vec<Weighed>, Error> {
        let mut weighed = Vec::new();
        for leaf in &way.leaves {
            let term = Term::from_field_text(leaf.field, &leaf.text);
            let mut begun = None;
            let count;
            if leaf.begins {
                let query = filter::beginning(leaf.field, &leaf.text);
                let weight = query.weight(EnableScoring::disabled_from_searcher(self.searcher))?;
                let sets =
                    each_segment(self.searcher, |_, segment| Ok(weight.scorer(segment, 1.0)?))?;
                count = sets.iter().map(|set| u64::from(set.size_hint())).sum();
                begun = Some(sets.into_iter().map(|set| Mutex::new(Some(set))).collect());
            } else {
                count = self.searcher.doc_freq(&term)?;
            }
            if count > 0 {
                let average = self.average(leaf.field)?;
                let bm25 = Bm25Weight::for_one_term_without_explain(count, self.records, average);
                weighed.push(Weighed {
                    term,
                    bm25: bm25.boost_by(leaf.weight),
                    everywhere: leaf.everywhere,
                    begun,
                });
            }
        }
        Ok(weighed)
    }

    fn average(&mut self, field: Field) -> Result<Score, Error> {
        if let Some(average) = self.average.get(&field) {
            return Ok(*average);
        }
        let words = self.searcher.total_num_tokens(field)?;
        let average = words as Score / self.records as Score;
        self.average.insert(field, average);
        Ok(average)
    }
}

fn taken(set: &Set) -> Option<Box<dyn Scorer>> {
    set.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn cursors(way: &[Weighed], at: usize, segment: &SegmentReader) -> Result<Ways, Error> {
    let mut ways = Ways::default();
    for weighed in way {
        let field = weighed.term.field();
        let bm25 = weighed.bm25.clone();
        let most = bm25.max_score();
        let docs = match &weighed.begun {
            Some(sets) => match sets.get(at).and_then(taken) {
                Some(set) => Docs::Begun(set),
                None => continue,
            },
            None => {
                let index = segment.inverted_index(field)?;
                let found = index.read_postings(&weighed.term, IndexRecordOption::WithFreqs)?;
                match found {
                    Some(postings) => Docs::Term(Box::new(postings)),
                    None => continue,
                }
            }
        };
        let norms = segment.get_fieldnorms_reader(field)?;
        let cursor = Cursor {
            most,
            leads: true,
            docs,
            norms,
            bm25,
        };
        if weighed.everywhere {
            ways.far_most.add(most);
            ways.far.push(cursor);
        } else {
            ways.near.push(cursor);
        }
    }
    Ok(ways)
}
