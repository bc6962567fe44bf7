//! The parts of a question weighed by the statistics of the whole index, and put to work in one segment.
//!
//! How they rank a record stands in `rank.rs`.
#![expect(clippy::float_arithmetic, reason = "ranks are not money")]

use std::sync::{Mutex, PoisonError};

use tantivy::query::{Bm25StatisticsProvider, Bm25Weight, EnableScoring, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Score, SegmentReader, TERMINATED, Term};

use super::filter;
use super::rank::{Asked, Cursor, Docs, First, Last, Part, Ranker, Way, Ways, Word};
use super::spread::each_segment;
use crate::Error;
use crate::terms::{Places, Terms};

/// The length of a field of one word, as the engine writes it.
const ONE_WORD: u8 = 1;

/// The records of a segment, to be taken once.
type Set = Mutex<Option<Box<dyn Scorer>>>;

/// All parts with the statistics of the whole index.
#[derive(Default)]
pub(super) struct Scales {
    words: Vec<Vec<Vec<Weighed>>>,
    firsts: Vec<(Box<dyn Weight>, Score)>,
    lasts: Vec<Kept>,
}

struct Weighed {
    field: Field,
    bm25: Bm25Weight,
    everywhere: bool,
    stand: Stand,
}

/// Where the records of a leaf stand.
enum Stand {
    /// Under a term.
    Term(Places),
    /// The records of each segment that have a term with this beginning, until the segment is looked at.
    Begun(Vec<Set>),
}

/// A part that is asked last.
struct Kept {
    ways: Vec<(Box<dyn Weight>, Score)>,
    most: Score,
    asked: Asked,
}

impl Scales {
    pub(super) fn new(terms: &Terms<'_>, parts: &[Part]) -> Result<Self, Error> {
        let mut scales = Self::default();
        for part in parts {
            match part {
                Part::Word(ways) => {
                    let ways = ways.iter().map(|way| weigh(terms, way));
                    let mut ways = ways.collect::<Result<Vec<_>, Error>>()?;
                    ways.retain(|way| !way.is_empty());
                    scales.words.push(ways);
                }
                Part::First(query, weight) => {
                    let unscored = EnableScoring::disabled_from_searcher(terms.searcher());
                    scales.firsts.push((query.weight(unscored)?, *weight));
                }
                Part::Last(last) => {
                    let mut ways = Vec::new();
                    for (query, weight) in &last.ways {
                        ways.push((query.weight(terms.scoring())?, *weight));
                    }
                    scales.lasts.push(Kept {
                        ways,
                        most: last.most,
                        asked: last.asked,
                    });
                }
            }
        }
        Ok(scales)
    }

    /// Whether nothing here ranks one record above another.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.firsts.is_empty() && self.lasts.is_empty()
    }

    /// The parts in one segment; to be asked once for each.
    pub(super) fn on<'a>(
        &'a self,
        at: usize,
        segment: &'a SegmentReader,
    ) -> Result<Ranker<'a>, Error> {
        let (mut words, mut firsts) = (Vec::new(), Vec::new());
        for ways in &self.words {
            let ways = ways.iter().map(|way| cursors(way, at, segment));
            let ways = ways.collect::<Result<Vec<_>, Error>>()?;
            words.push(Word::new(ways));
        }
        for (weight, adds) in &self.firsts {
            let docs = weight.scorer(segment, 1.0)?;
            if docs.doc() != TERMINATED {
                firsts.push(First::new(docs, *adds));
            }
        }
        let lasts = self.lasts.iter().map(|last| {
            let ways = last.ways.iter();
            let ways = ways.map(|(weight, boost)| (&**weight, *boost));
            Last::new(segment, ways, last.most, last.asked)
        });
        Ok(Ranker::new(words, firsts, lasts.collect()))
    }
}

fn weigh(terms: &Terms<'_>, way: &Way) -> Result<Vec<Weighed>, Error> {
    let mut weighed = Vec::new();
    for leaf in &way.leaves {
        let (count, stand) = if leaf.begins {
            let query = filter::beginning(leaf.field, &leaf.text);
            let searcher = terms.searcher();
            let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
            let sets = each_segment(searcher, |_, segment| Ok(weight.scorer(segment, 1.0)?))?;
            let count = sets.iter().map(|set| u64::from(set.size_hint())).sum();
            let sets = sets.into_iter().map(|set| Mutex::new(Some(set)));
            (count, Stand::Begun(sets.collect()))
        } else {
            let term = Term::from_field_text(leaf.field, &leaf.text);
            (terms.count(&term)?, Stand::Term(terms.places(&term)?))
        };
        if count > 0 {
            let records = terms.total_num_docs()?;
            let average = terms.total_num_tokens(leaf.field)? as Score / records as Score;
            let bm25 = Bm25Weight::for_one_term_without_explain(count, records, average);
            weighed.push(Weighed {
                field: leaf.field,
                bm25: bm25.boost_by(leaf.weight),
                everywhere: leaf.everywhere,
                stand,
            });
        }
    }
    Ok(weighed)
}

fn taken(set: &Set) -> Option<Box<dyn Scorer>> {
    set.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn cursors(way: &[Weighed], at: usize, segment: &SegmentReader) -> Result<Ways, Error> {
    let mut ways = Ways::default();
    for weighed in way {
        let field = weighed.field;
        let docs = match &weighed.stand {
            Stand::Begun(sets) => sets.get(at).and_then(taken).map(Docs::Begun),
            Stand::Term(places) => match places.get(at).and_then(Option::as_ref) {
                Some(place) => {
                    let index = segment.inverted_index(field)?;
                    let freqs = IndexRecordOption::WithFreqs;
                    let postings = index.read_postings_from_terminfo(place, freqs)?;
                    Some(Docs::Term(Box::new(postings)))
                }
                None => None,
            },
        };
        let Some(docs) = docs else {
            continue;
        };
        let bm25 = weighed.bm25.clone();
        let most = match &docs {
            Docs::Term(_) => bm25.max_score(),
            // A beginning counts once, and no field that has it is shorter than one word.
            Docs::Begun(_) => bm25.score(ONE_WORD, 1),
        };
        let cursor = Cursor {
            most,
            leads: true,
            docs,
            norms: segment.get_fieldnorms_reader(field)?,
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
