//! Orders that do not depend on the question, by columns that stand open at hand.

use tantivy::collector::sort_key::NaturalComparator;
use tantivy::collector::{SegmentSortKeyComputer, SortKeyComputer};
use tantivy::columnar::Column;
use tantivy::{DocId, Score, SegmentReader};

use crate::kept::{Key, OpenKeys};

/// Records in the order of one column; those that have no value there come before all.
pub(super) struct By {
    pub(super) keys: OpenKeys,
    pub(super) key: Key,
}

/// The column in one segment.
pub(super) struct BySegment(Column<u64>);

impl SortKeyComputer for By {
    type SortKey = Option<u64>;
    type Child = BySegment;
    type Comparator = NaturalComparator;

    fn segment_sort_key_computer(&self, segment: &SegmentReader) -> tantivy::Result<BySegment> {
        let keys = self.keys.of(segment)?;
        Ok(BySegment(keys.column(self.key).clone()))
    }
}

impl SegmentSortKeyComputer for BySegment {
    type SortKey = Option<u64>;
    type SegmentSortKey = Option<u64>;
    type SegmentComparator = NaturalComparator;

    #[inline]
    fn segment_sort_key(&mut self, doc: DocId, _: Score) -> Option<u64> {
        self.0.first(doc)
    }

    fn convert_segment_sort_key(&self, key: Option<u64>) -> Option<u64> {
        key
    }
}
