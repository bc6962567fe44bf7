//! What is made once of each segment and kept at hand until the segment goes.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader, TantivyError};

use crate::facets::Columns;
use crate::schema::Fields;
use crate::vocabulary::Beginnings;

/// What answers need at hand.
#[derive(Default)]
pub(crate) struct AtHand {
    columns: Kept<Columns>,
    beginnings: Kept<Beginnings>,
}

/// Things of all segments that were asked for.
struct Kept<T>(RwLock<HashMap<SegmentId, Arc<T>>>);

impl AtHand {
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

    /// Makes all that is not yet made, so that no reader waits for it.
    pub(crate) fn warm(&self, searcher: &Searcher, fields: &Fields) -> tantivy::Result<()> {
        for segment in searcher.segment_readers() {
            self.columns(segment)?;
            self.beginnings(segment, fields)?;
        }
        Ok(())
    }

    /// Lets go of the segments that this state of the index has no more.
    pub(crate) fn keep(&self, searcher: &Searcher) {
        let segments = searcher.segment_readers().iter();
        let ids: Vec<SegmentId> = segments.map(SegmentReader::segment_id).collect();
        self.columns.keep(&ids);
        self.beginnings.keep(&ids);
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

    fn keep(&self, ids: &[SegmentId]) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| ids.contains(id));
    }
}
