//! What is kept at hand of each segment for counting: whose value is which, and the words of the values.
//!
//! In the index both stand packed. To unpack one block for each name of a page, or a value for each of
//! a hundred thousand records, costs more than all the rest of an answer; at hand they take about
//! thirty bytes a record, and go when their segment goes.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use tantivy::columnar::{Column, ColumnIndex};
use tantivy::index::SegmentId;
use tantivy::{DocId, Searcher, SegmentReader};

use super::COLUMNS;

/// The columns of all segments that were counted in.
#[derive(Default)]
pub(crate) struct Kept(RwLock<HashMap<SegmentId, Arc<Segment>>>);

/// The columns of one segment.
pub(super) struct Segment {
    pub(super) words: [Words; COLUMNS.len()],
    pub(super) years: Years,
}

/// A column of words.
#[derive(Default)]
pub(super) struct Words {
    /// Which words a record has, by their places here.
    pub(super) values: Values,
    /// All words, one after another.
    text: String,
    ends: Vec<u32>,
}

/// The column of years.
#[derive(Default)]
pub(super) struct Years {
    /// How many years after the first one.
    pub(super) values: Values,
    pub(super) first: u64,
    pub(super) count: usize,
}

/// The values of records, in the order of records.
#[derive(Default)]
pub(super) struct Values {
    /// Where the values of each record begin; nothing when each has just one.
    starts: Option<Vec<u32>>,
    values: Numbers,
}

/// Few different values take half the room.
enum Numbers {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl Kept {
    /// The columns of a segment, unpacked now if they are not yet.
    pub(super) fn of(&self, segment: &SegmentReader) -> tantivy::Result<Arc<Segment>> {
        let id = segment.segment_id();
        let known = self.0.read().unwrap_or_else(|poison| poison.into_inner());
        if let Some(columns) = known.get(&id) {
            return Ok(Arc::clone(columns));
        }
        drop(known);
        let columns = Arc::new(Segment::unpacked(segment)?);
        let mut known = self.0.write().unwrap_or_else(|poison| poison.into_inner());
        known.insert(id, Arc::clone(&columns));
        Ok(columns)
    }

    /// Lets go of the segments that this state of the index has no more.
    pub(crate) fn keep(&self, searcher: &Searcher) {
        let segments = searcher.segment_readers().iter();
        let ids: Vec<SegmentId> = segments.map(SegmentReader::segment_id).collect();
        let mut known = self.0.write().unwrap_or_else(|poison| poison.into_inner());
        known.retain(|id, _| ids.contains(id));
    }
}

impl Segment {
    fn unpacked(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        let mut words: [Words; COLUMNS.len()] = Default::default();
        for (words, name) in words.iter_mut().zip(COLUMNS) {
            let Some(column) = fast.str(name)? else {
                continue;
            };
            let mut stream = column.dictionary().stream()?;
            while stream.advance() {
                words.text.push_str(&String::from_utf8_lossy(stream.key()));
                let end = u32::try_from(words.text.len()).unwrap_or(u32::MAX);
                words.ends.push(end);
            }
            words.text.shrink_to_fit();
            words.ends.shrink_to_fit();
            words.values = Values::of(column.ords(), 0, segment.max_doc());
        }
        let column = fast.u64("year")?;
        let first = column.min_value();
        let span = column.max_value().saturating_sub(first);
        // Years are small numbers; what could not be one is not counted.
        let count = 1 + usize::try_from(span).map_or(0, |span| span.min(usize::from(u16::MAX)));
        let years = Years {
            values: Values::of(&column, first, segment.max_doc()),
            first,
            count,
        };
        Ok(Self { words, years })
    }
}

impl Words {
    /// How many different words there are.
    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, ord: usize) -> Option<&str> {
        let end = *self.ends.get(ord)? as usize;
        let start = ord.checked_sub(1).and_then(|before| self.ends.get(before));
        self.text.get(start.map_or(0, |start| *start as usize)..end)
    }
}

impl Values {
    fn of(column: &Column<u64>, first: u64, records: DocId) -> Self {
        let mut values = Vec::new();
        let mut starts = Vec::new();
        if matches!(column.index, ColumnIndex::Empty { .. }) {
            return Self::default();
        }
        for doc in 0..records {
            starts.push(u32::try_from(values.len()).unwrap_or(u32::MAX));
            let here = column.values_for_doc(doc);
            values.extend(here.map(|value| u32::try_from(value - first).unwrap_or(u32::MAX)));
        }
        starts.push(u32::try_from(values.len()).unwrap_or(u32::MAX));
        let narrow = values.iter().map(|value| u16::try_from(*value));
        let values = match narrow.collect::<Result<Vec<_>, _>>() {
            Ok(narrow) => Numbers::Narrow(narrow),
            Err(_) => Numbers::Wide(values),
        };
        let starts = (!matches!(column.index, ColumnIndex::Full)).then_some(starts);
        Self { starts, values }
    }

    /// Counts the values of these records, each at its own place.
    pub(super) fn count(&self, docs: &[DocId], counts: &mut [u32]) {
        let starts = self.starts.as_deref();
        match &self.values {
            Numbers::Narrow(values) => count(docs, starts, values, counts),
            Numbers::Wide(values) => count(docs, starts, values, counts),
        }
    }
}

fn count<N: Copy + Into<u32>>(
    docs: &[DocId],
    starts: Option<&[u32]>,
    values: &[N],
    counts: &mut [u32],
) {
    let mut add = |value: N| {
        let value: u32 = value.into();
        if let Some(count) = counts.get_mut(value as usize) {
            *count += 1;
        }
    };
    for doc in docs {
        let doc = *doc as usize;
        match starts {
            None => values.get(doc).copied().into_iter().for_each(&mut add),
            Some(starts) => {
                let (Some(start), Some(end)) = (starts.get(doc), starts.get(doc + 1)) else {
                    continue;
                };
                let here = values.get(*start as usize..*end as usize);
                here.unwrap_or_default().iter().copied().for_each(&mut add);
            }
        }
    }
}
