//! Whether the index holds what its feed says: file by file, then record by record. It mends nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use catalog::id::RecordId;

use super::{STRIDE, SearchIndex};
use crate::Error;
use crate::document;
use crate::feed::Feed;

/// One thing in which the index and its feed differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The bytes of this file are not those that were written.
    Damaged(PathBuf),
    /// The record is not in the index.
    Missing(RecordId),
    /// The index has a record that is not there.
    Extra(RecordId),
    /// The index has it more than once.
    Twice(RecordId),
    /// The index has another version of it.
    Stale(RecordId),
}

impl SearchIndex {
    /// Compares the index with its feed, record by record. Catch up first.
    ///
    /// # Errors
    /// As [`SearchIndex::catch_up`].
    pub fn verify(&self, feed: &dyn Feed) -> Result<Vec<Difference>, Error> {
        let mut damaged: Vec<_> = self.index.validate_checksum()?.into_iter().collect();
        if !damaged.is_empty() {
            // What stands in such a file must not be read further: it may say anything.
            damaged.sort();
            return Ok(damaged.into_iter().map(Difference::Damaged).collect());
        }
        let mut differences = Vec::new();
        let mut indexed = self.digests(&mut differences)?;
        let mut after = None;
        loop {
            let sources = feed.all(after, STRIDE)?;
            let Some(last) = sources.last() else {
                break;
            };
            after = Some(last.id);
            for source in &sources {
                match indexed.remove(&source.id) {
                    None => differences.push(Difference::Missing(source.id)),
                    Some(digest) if digest != document::digest(source) => {
                        differences.push(Difference::Stale(source.id));
                    }
                    Some(_) => {}
                }
            }
        }
        differences.extend(indexed.into_keys().map(Difference::Extra));
        Ok(differences)
    }

    /// Whether the bytes of every file of the index are those that were written.
    #[must_use]
    pub fn files_are_whole(&self) -> bool {
        let sum = || self.index.validate_checksum();
        let summed = || std::panic::catch_unwind(std::panic::AssertUnwindSafe(sum));
        // Joining segments at work removes files between the list and the look; not three times in a row.
        let mut tries = (0..3).map(|_| summed());
        let told = tries.find_map(|told| told.ok()?.ok());
        told.is_some_and(|damaged| damaged.is_empty())
    }

    fn digests(&self, twice: &mut Vec<Difference>) -> Result<BTreeMap<RecordId, u64>, Error> {
        let mut digests = BTreeMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let ids = segment.fast_fields().u64("id")?;
            let sums = segment.fast_fields().u64("digest")?;
            for doc in segment.doc_ids_alive() {
                let id = RecordId::new(ids.first(doc).unwrap_or_default());
                if digests
                    .insert(id, sums.first(doc).unwrap_or_default())
                    .is_some()
                {
                    twice.push(Difference::Twice(id));
                }
            }
        }
        Ok(digests)
    }
}
