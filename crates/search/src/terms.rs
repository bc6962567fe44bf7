//! Terms that one question looks up, each once in each segment.
//!
//! A word is asked about many times on the way to an answer: whether it is known, how common it is in each field, where
//! its records stand. Each look goes through the term dictionary of every segment; of a question with few hits that was
//! most of the time.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tantivy::postings::TermInfo;
use tantivy::query::{Bm25StatisticsProvider, EnableScoring};
use tantivy::schema::Field;
use tantivy::{Searcher, SegmentReader, Term};

/// Where the records of a term stand in each segment, by the order of segments; nothing where it has none.
pub(crate) type Places = Arc<[Option<TermInfo>]>;

/// What was looked up in one state of the index.
pub(crate) struct Terms<'a> {
    searcher: &'a Searcher,
    places: RefCell<FxHashMap<Term, Places>>,
    /// How many words each field has.
    lengths: RefCell<FxHashMap<Field, u64>>,
}

impl<'a> Terms<'a> {
    pub(crate) fn new(searcher: &'a Searcher) -> Self {
        Self {
            searcher,
            places: RefCell::default(),
            lengths: RefCell::default(),
        }
    }

    pub(crate) fn searcher(&self) -> &'a Searcher {
        self.searcher
    }

    pub(crate) fn segments(&self) -> &'a [SegmentReader] {
        self.searcher.segment_readers()
    }

    /// Where its records stand.
    pub(crate) fn places(&self, term: &Term) -> tantivy::Result<Places> {
        if let Some(places) = self.places.borrow().get(term) {
            return Ok(Arc::clone(places));
        }
        let mut places = Vec::new();
        for segment in self.segments() {
            let index = segment.inverted_index(term.field())?;
            places.push(index.get_term_info(term)?);
        }
        let places: Places = places.into();
        let mut known = self.places.borrow_mut();
        known.insert(term.clone(), Arc::clone(&places));
        Ok(places)
    }

    /// How many records have it, those counted that were removed and not yet merged away.
    pub(crate) fn count(&self, term: &Term) -> tantivy::Result<u64> {
        let places = self.places(term)?;
        let counts = places.iter().flatten();
        Ok(counts.map(|place| u64::from(place.doc_freq)).sum())
    }

    /// How a query is told to weigh: by these statistics.
    pub(crate) fn scoring(&self) -> EnableScoring<'_> {
        EnableScoring::enabled_from_statistics_provider(self, self.searcher)
    }
}

impl Bm25StatisticsProvider for Terms<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        if let Some(length) = self.lengths.borrow().get(&field) {
            return Ok(*length);
        }
        let length = self.searcher.total_num_tokens(field)?;
        self.lengths.borrow_mut().insert(field, length);
        Ok(length)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        self.searcher.total_num_docs()
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.count(term)
    }
}
