//! What is made once of each segment and kept at hand until the segment goes.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use tantivy::columnar::Column;
use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader, TantivyError};

use crate::facets::Columns;
use crate::schema::{Fields, SORT_AUTHOR, SORT_TITLE};
use crate::vocabulary::Beginnings;

/// What answers need at hand.
#[derive(Default)]
pub(crate) struct AtHand {
    keys: OpenKeys,
    columns: Kept<Columns>,
    beginnings: Kept<Beginnings>,
}

/// The columns of a segment that tell which record a hit is and put records in order: to open one is to read the
/// heads of all its blocks.
pub(crate) struct Keys {
    id: Column<u64>,
    year: Column<u64>,
    title: [Column<u64>; 3],
    author: [Column<u64>; 3],
}

/// Those of all segments.
#[derive(Clone, Default)]
pub(crate) struct OpenKeys(Arc<Kept<Keys>>);

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// The number of the record.
    Id,
    /// Its year.
    Year,
    /// A stretch of the sort key of its title.
    Title(usize),
    /// A stretch of the sort key of its heading.
    Author(usize),
}

/// Things of all segments that were asked for.
struct Kept<T>(RwLock<HashMap<SegmentId, Arc<T>>>);

impl AtHand {
    /// The columns by which records are known.
    pub(crate) fn keys(&self) -> &OpenKeys {
        &self.keys
    }

    /// The columns of a segment that facets are counted by.
    pub(crate) fn columns(&self, segment: &SegmentReader) -> tantivy::Result<Arc<Columns>> {
        self.columns.of(segment, Columns::unpacked)
    }

    /// The long beginnings of a segment.
    pub(crate) fn beginnings(
        &self,
        segment: &SegmentReader,
        fields: &Fields,
    ) -> tantivy::Result<Arc<Beginnings>> {
        let read = |segment: &SegmentReader| Beginnings::of(segment, fields);
        self.beginnings.of(segment, read)
    }

    /// Makes something that is not yet made, so that no reader waits for it; says whether there was anything.
    pub(crate) fn warm_next(&self, searcher: &Searcher, fields: &Fields) -> tantivy::Result<bool> {
        for segment in searcher.segment_readers() {
            if !self.keys.0.has(segment) || !self.columns.has(segment) {
                self.keys.of(segment)?;
                self.columns(segment)?;
                return Ok(true);
            }
        }
        // All terms are read for these, and every question can do without.
        for segment in searcher.segment_readers() {
            if !self.beginnings.has(segment) {
                self.beginnings(segment, fields)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Lets go of the segments that this state of the index has no more.
    pub(crate) fn keep(&self, searcher: &Searcher) {
        let segments = searcher.segment_readers().iter();
        let ids: Vec<SegmentId> = segments.map(SegmentReader::segment_id).collect();
        self.keys.0.keep(&ids);
        self.columns.keep(&ids);
        self.beginnings.keep(&ids);
    }
}

impl OpenKeys {
    /// The columns of a segment.
    pub(crate) fn of(&self, segment: &SegmentReader) -> tantivy::Result<Arc<Keys>> {
        self.0.of(segment, Keys::of)
    }
}

impl Keys {
    fn of(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        let three = |[one, two, three]: [&str; 3]| -> tantivy::Result<_> {
            Ok([fast.u64(one)?, fast.u64(two)?, fast.u64(three)?])
        };
        Ok(Self {
            id: fast.u64("id")?,
            year: fast.u64("year")?,
            title: three(SORT_TITLE)?,
            author: three(SORT_AUTHOR)?,
        })
    }

    pub(crate) fn column(&self, key: Key) -> &Column<u64> {
        match key {
            Key::Id => &self.id,
            Key::Year => &self.year,
            Key::Title(at) => &self.title[at.min(2)],
            Key::Author(at) => &self.author[at.min(2)],
        }
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> Kept<T> {
    /// That of a segment, made now if it is not yet.
    fn of(
        &self,
        segment: &SegmentReader,
        make: impl FnOnce(&SegmentReader) -> tantivy::Result<T>,
    ) -> tantivy::Result<Arc<T>> {
        let id = segment.segment_id();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(thing) = known.get(&id) {
            return Ok(Arc::clone(thing));
        }
        drop(known);
        // All of a file is read here, and the engine panics at what it did not write.
        let made = catch_unwind(AssertUnwindSafe(|| make(segment)));
        let spoilt = |_| TantivyError::InternalError("файл сегмента не читается".to_owned());
        let thing = Arc::new(made.map_err(spoilt)??);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(id, Arc::clone(&thing));
        Ok(thing)
    }

    fn has(&self, segment: &SegmentReader) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.contains_key(&segment.segment_id())
    }

    fn keep(&self, ids: &[SegmentId]) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| ids.contains(id));
    }
}
