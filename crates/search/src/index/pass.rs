//! One pass over what a question finds: how many, which facets, and the best of them on the way.
//!
//! What is found is decided by the query that is given, with no weights; what readers must not see is left
//! out here, record by record, before anything is counted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::query::{EnableScoring, Query as Engine, Scorer};
use tantivy::{DocAddress, DocId, Score, Searcher, SegmentReader};

use super::rank::{Ranker, is_at};
use super::scales::Scales;
use super::spread::each_segment;
use crate::Error;
use crate::facets::{Counts, FacetCollector, SegmentCounts};
use crate::kept::{Key, Keys, OpenKeys};

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
    pub(super) keys: &'a OpenKeys,
    /// What is found.
    pub(super) found: &'a dyn Engine,
    /// What is left out of it.
    pub(super) hidden: Option<Box<dyn Engine>>,
    pub(super) facets: Option<FacetCollector<'a>>,
}

impl Pass<'_> {
    /// Runs over all segments for the first `most` records by these scales.
    pub(super) fn run(&self, scales: &Scales, most: usize) -> Result<Passed, Error> {
        let unscored = || EnableScoring::disabled_from_searcher(self.searcher);
        let found = self.found.weight(unscored())?;
        let hidden = self.hidden.as_ref().map(|query| query.weight(unscored()));
        let hidden = hidden.transpose()?;
        let floor = Floor::below(most);
        let segments = each_segment(self.searcher, |at, segment| {
            let ord = u32::try_from(at).unwrap_or(u32::MAX);
            let hidden = match &hidden {
                Some(weight) => Some(weight.scorer(segment, 1.0)?),
                None => None,
            };
            let mut part = InSegment {
                ord,
                segment,
                hidden,
                ranker: scales.on(at, segment)?,
                keys: self.keys.of(segment)?,
                facets: self.facets,
                total: 0,
                best: Best::of(most, &floor),
                counts: None,
            };
            let mut failed = None;
            found.for_each_no_score(segment, &mut |docs| {
                if failed.is_none() {
                    failed = part.take(docs).err();
                }
            })?;
            match failed {
                Some(error) => Err(error),
                None => Ok(part.done()),
            }
        })?;
        let (mut total, mut best, mut counted) = (0, Vec::new(), Vec::new());
        for segment in segments {
            total += segment.total;
            best.extend(segment.best);
            counted.extend(segment.counts);
        }
        best.sort_by(|one, other| other.cmp(one));
        best.truncate(most);
        let best = best.into_iter().map(|rated| (rated.score, rated.address));
        let counts = self.facets.map(|facets| facets.merge_fruits(counted));
        Ok(Passed {
            total,
            best: best.collect(),
            counts: counts.transpose()?,
        })
    }
}

/// A pass over one segment.
struct InSegment<'a> {
    ord: u32,
    segment: &'a SegmentReader,
    hidden: Option<Box<dyn Scorer>>,
    ranker: Ranker<'a>,
    keys: Arc<Keys>,
    facets: Option<FacetCollector<'a>>,
    total: usize,
    best: Best<'a>,
    counts: Option<SegmentCounts>,
}

/// What it gives.
struct Done {
    total: usize,
    best: Vec<Rated>,
    counts: Option<Counts>,
}

impl InSegment<'_> {
    fn take(&mut self, docs: &[DocId]) -> Result<(), Error> {
        let mut kept = [0; tantivy::COLLECT_BLOCK_BUFFER_LEN];
        let kept = keep(docs, self.segment, self.hidden.as_deref_mut(), &mut kept);
        if kept.is_empty() {
            return Ok(());
        }
        self.total += kept.len();
        if let Some(collector) = self.facets.filter(|_| self.counts.is_none()) {
            self.counts = Some(collector.for_segment(self.ord, self.segment)?);
        }
        if let Some(counts) = &mut self.counts {
            counts.collect_block(kept);
        }
        self.best.look_up();
        let last = kept.last().copied().unwrap_or_default();
        if self.ranker.passes_over(last, self.best.floor) {
            return Ok(());
        }
        for doc in kept {
            if let Some(score) = self.ranker.weigh(*doc, self.best.floor)? {
                let address = DocAddress::new(self.ord, *doc);
                self.best.offer(score, &self.keys, address);
            }
        }
        Ok(())
    }

    fn done(self) -> Done {
        let best = self.best.heap.into_iter();
        Done {
            total: self.total,
            best: best.map(|Reverse(rated)| rated).collect(),
            counts: self.counts.map(SegmentCollector::harvest),
        }
    }
}

/// Those that live and are not hidden.
fn keep<'a>(
    docs: &'a [DocId],
    segment: &SegmentReader,
    mut hidden: Option<&mut dyn Scorer>,
    kept: &'a mut [DocId; tantivy::COLLECT_BLOCK_BUFFER_LEN],
) -> &'a [DocId] {
    let mut count = 0;
    let alive = segment.alive_bitset();
    if alive.is_none() && are_before(docs, hidden.as_deref_mut()) {
        return docs;
    }
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

/// Whether all of these come before the next hidden record.
fn are_before(docs: &[DocId], hidden: Option<&mut dyn Scorer>) -> bool {
    let (Some(hidden), Some(first), Some(last)) = (hidden, docs.first(), docs.last()) else {
        return true;
    };
    let mut next = hidden.doc();
    if next < *first {
        next = hidden.seek(*first);
    }
    *last < next
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

/// What a record must weigh to come in, by what any segment has found so far.
struct Floor(AtomicU32);

impl Floor {
    fn below(most: usize) -> Self {
        let floor = if most == 0 { Score::MAX } else { Score::MIN };
        Self(AtomicU32::new(floor.to_bits()))
    }

    fn get(&self) -> Score {
        Score::from_bits(self.0.load(Ordering::Relaxed))
    }

    fn raise(&self, floor: Score) {
        let higher = |now: u32| (Score::from_bits(now) < floor).then_some(floor.to_bits());
        // It is as high already.
        let _ = self
            .0
            .try_update(Ordering::Relaxed, Ordering::Relaxed, higher);
    }
}

/// The best records of a segment so far.
struct Best<'a> {
    most: usize,
    heap: BinaryHeap<Reverse<Rated>>,
    floor: Score,
    of_all: &'a Floor,
}

impl<'a> Best<'a> {
    fn of(most: usize, of_all: &'a Floor) -> Self {
        Self {
            most,
            heap: BinaryHeap::new(),
            floor: of_all.get(),
            of_all,
        }
    }

    /// What other segments have found counts here too.
    fn look_up(&mut self) {
        self.floor = self.floor.max(self.of_all.get());
    }

    fn offer(&mut self, score: Score, keys: &Keys, address: DocAddress) {
        if score < self.floor {
            return;
        }
        let rated = Rated {
            score,
            year: keys.column(Key::Year).first(address.doc_id),
            id: Reverse(keys.column(Key::Id).first(address.doc_id)),
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
            && last.score > self.floor
        {
            self.floor = last.score;
            self.of_all.raise(last.score);
        }
    }
}
