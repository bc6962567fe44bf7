//! One pass over what a question finds: how many, which facets, and the best of them on the way.
//!
//! What is found is decided by the query that is given, with no weights; what readers must not see is left
//! out here, record by record, before anything is counted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::{EnableScoring, Query as Engine, Scorer};
use tantivy::{DocAddress, DocId, Score, Searcher, SegmentReader};

use super::rank::is_at;
use super::scales::Scales;
use crate::Error;
use crate::facets::{Counts, FacetCollector};

/// What a pass gives.
pub(super) struct Passed {
    pub(super) total: usize,
    /// The best, best first.
    pub(super) best: Vec<(Score, DocAddress)>,
    pub(super) counts: Option<Counts>,
}

/// What a pass is over.
pub(super) struct Pass<'a> {
    pub(super) searcher: &'a Searcher,
    /// What is found.
    pub(super) found: &'a dyn Engine,
    /// What is left out of it.
    pub(super) hidden: Option<Box<dyn Engine>>,
    pub(super) facets: Option<FacetCollector<'a>>,
}

impl Pass<'_> {
    /// Runs over all segments for the first `most` records by these scales.
    pub(super) fn run(&self, mut scales: Scales, most: usize) -> Result<Passed, Error> {
        let unscored = || EnableScoring::disabled_from_searcher(self.searcher);
        let found = self.found.weight(unscored())?;
        let hidden = self.hidden.as_ref().map(|query| query.weight(unscored()));
        let hidden = hidden.transpose()?;
        let (mut total, mut best, mut counted) = (0, Best::of(most), Vec::new());
        for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
            let ord = u32::try_from(at).unwrap_or(u32::MAX);
            let mut hidden = match &hidden {
                Some(weight) => Some(weight.scorer(segment, 1.0)?),
                None => None,
            };
            let mut facets = None;
            let mut ranker = scales.on(at, segment)?;
            let keys = Keys::of(segment)?;
            let mut failed = None;
            found.for_each_no_score(segment, &mut |docs| {
                let mut kept = [0; tantivy::COLLECT_BLOCK_BUFFER_LEN];
                let kept = keep(docs, segment, hidden.as_deref_mut(), &mut kept);
                if kept.is_empty() {
                    return;
                }
                total += kept.len();
                if let Some(collector) = self.facets
                    && facets.is_none()
                    && failed.is_none()
                {
                    match collector.for_segment(ord, segment) {
                        Ok(collector) => facets = Some(collector),
                        Err(error) => failed = Some(error),
                    }
                }
                if let Some(facets) = &mut facets {
                    facets.collect_block(kept);
                }
                for doc in kept {
                    if let Some(score) = ranker.weigh(*doc, best.floor) {
                        best.offer(score, &keys, DocAddress::new(ord, *doc));
                    }
                }
            })?;
            if let Some(error) = failed {
                return Err(error.into());
            }
            counted.extend(facets.map(SegmentCollector::harvest));
        }
        let counts = self.facets.map(|facets| facets.merge_fruits(counted));
        Ok(Passed {
            total,
            best: best.in_order(),
            counts: counts.transpose()?,
        })
    }
}

/// Those that live and are not hidden.
fn keep<'a>(
    docs: &[DocId],
    segment: &SegmentReader,
    mut hidden: Option<&mut dyn Scorer>,
    kept: &'a mut [DocId; tantivy::COLLECT_BLOCK_BUFFER_LEN],
) -> &'a [DocId] {
    let mut count = 0;
    let alive = segment.alive_bitset();
    for doc in docs {
        let is_hidden = |hidden: &mut &mut dyn Scorer| is_at(&mut **hidden, *doc);
        if alive.is_none_or(|alive| alive.is_alive(*doc))
            && !hidden.as_mut().is_some_and(is_hidden)
            && let Some(slot) = kept.get_mut(count)
        {
            *slot = *doc;
            count += 1;
        }
    }
    &kept[..count]
}

/// The columns that put records of equal weight in order.
struct Keys {
    year: Column<u64>,
    id: Column<u64>,
}

impl Keys {
    fn of(segment: &SegmentReader) -> Result<Self, Error> {
        let fast = segment.fast_fields();
        Ok(Self {
            year: fast.u64("year")?,
            id: fast.u64("id")?,
        })
    }
}

/// A record among the best; the greater, the better.
struct Rated {
    score: Score,
    year: Option<u64>,
    id: Reverse<Option<u64>>,
    address: DocAddress,
}

impl Ord for Rated {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.score
            .total_cmp(&other.score)
            .then_with(|| self.year.cmp(&other.year))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for Rated {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rated {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rated {}

/// The best records so far.
struct Best {
    most: usize,
    heap: BinaryHeap<Reverse<Rated>>,
    /// What a record must weigh to come in.
    floor: Score,
}

impl Best {
    fn of(most: usize) -> Self {
        let floor = if most == 0 { Score::MAX } else { Score::MIN };
        Self {
            most,
            heap: BinaryHeap::new(),
            floor,
        }
    }

    fn offer(&mut self, score: Score, keys: &Keys, address: DocAddress) {
        if score < self.floor {
            return;
        }
        let rated = Rated {
            score,
            year: keys.year.first(address.doc_id),
            id: Reverse(keys.id.first(address.doc_id)),
            address,
        };
        if self.heap.len() == self.most {
            // Of many that weigh the same most are turned away here.
            match self.heap.peek_mut() {
                Some(mut last) if rated > last.0 => *last = Reverse(rated),
                Some(_) | None => return,
            }
        } else {
            self.heap.push(Reverse(rated));
        }
        if self.heap.len() == self.most
            && let Some(Reverse(last)) = self.heap.peek()
        {
            self.floor = last.score;
        }
    }

    fn in_order(self) -> Vec<(Score, DocAddress)> {
        let sorted = self.heap.into_sorted_vec().into_iter();
        sorted
            .map(|Reverse(rated)| (rated.score, rated.address))
            .collect()
    }
}
