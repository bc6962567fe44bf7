//! Сведение сегментов: fewer of them while the library is at rest.
//!
//! Every word of a question is looked up in each segment. The engine joins those of like size as they come; a dozen of
//! different sizes stay after an import. They are joined when nobody waits for the processors; what answers need at
//! hand of a new segment is made in the same quiet.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tantivy::{FutureResult, SegmentMeta};
use tracing::info;

use super::{SERVICE_HEAP, SearchIndex};
use crate::Error;

/// More segments than this are worth joining,
const MANY: usize = 6;
/// into so many: processors look through these side by side.
const FEW: usize = 4;

/// Segments that are being joined by a thread of the engine; changes are taken in meanwhile.
pub struct Joining(FutureResult<Option<SegmentMeta>>);

impl SearchIndex {
    /// Begins to join the shortest segments; nothing when there are few.
    ///
    /// # Errors
    /// [`Error::Engine`] when the folder cannot be read or written.
    pub fn begin_joining(&self) -> Result<Option<Joining>, Error> {
        let mut slot = self.lock_writer();
        let mut segments = self.index.searchable_segment_metas()?;
        if segments.len() <= MANY {
            return Ok(None);
        }
        segments.sort_by_key(SegmentMeta::num_docs);
        segments.truncate(segments.len() + 1 - FEW);
        let ids: Vec<_> = segments.iter().map(SegmentMeta::id).collect();
        let writer = match &mut *slot {
            Some(writer) => writer,
            None => slot.insert(self.new_writer(SERVICE_HEAP)?),
        };
        info!(segments = ids.len(), "Segments of the index are joined");
        Ok(Some(Joining(writer.merge(&ids))))
    }

    /// Makes a part of what answers need at hand, and says whether any was missing. Whoever asks before makes what he
    /// needs himself.
    ///
    /// # Errors
    /// [`Error::Engine`] when the index cannot be read.
    pub fn warm_next(&self) -> Result<bool, Error> {
        let searcher = self.reader.searcher();
        Ok(self.at_hand.warm_next(&searcher, &self.fields)?)
    }

    /// Whether the segments are joined; questions go to the joined one from then on. Those that an import swept away
    /// meanwhile are tried again another time.
    ///
    /// # Errors
    /// [`Error::Engine`] when the index cannot be read.
    pub fn has_joined(&self, joining: &mut Joining) -> Result<bool, Error> {
        let mut context = Context::from_waker(Waker::noop());
        match Pin::new(&mut joining.0).poll(&mut context) {
            Poll::Pending => Ok(false),
            Poll::Ready(Ok(_)) => {
                self.reader.reload()?;
                self.seals.note(&self.index);
                self.at_hand.keep(&self.reader.searcher());
                while self.warm_next()? {}
                Ok(true)
            }
            Poll::Ready(Err(error)) => {
                info!(%error, "Segments of the index were not joined");
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tantivy::merge_policy::NoMergePolicy;

    use crate::Query;
    use crate::index::{SERVICE_HEAP, SearchIndex};
    use crate::sample::Shelf;

    /// A library of two books to a segment, some of them taken back. A segment with nothing left in it goes by itself,
    /// and a joining that has begun with it comes to nothing.
    fn scattered(home: &std::path::Path) -> (Shelf, SearchIndex) {
        let feed = Shelf::blank(0);
        let index = SearchIndex::open(home).unwrap();
        let writer = index.new_writer(SERVICE_HEAP).unwrap();
        writer.set_merge_policy(Box::new(NoMergePolicy));
        *index.lock_writer() = Some(writer);
        for id in (1..=24).step_by(2) {
            feed.add(id, "Метель");
            feed.add(id + 1, "Метель");
            index.catch_up(&feed).unwrap();
        }
        for id in [4, 8, 12] {
            feed.remove(id);
        }
        index.catch_up(&feed).unwrap();
        (feed, index)
    }

    fn segments(index: &SearchIndex) -> usize {
        index.reader.searcher().segment_readers().len()
    }

    #[test]
    fn many_segments_are_joined_and_what_changes_meanwhile_is_not_lost() {
        let home = tempfile::tempdir().unwrap();
        let (feed, index) = scattered(home.path());
        let found = || index.search(&Query::new("метель")).unwrap().total;
        assert_eq!(found(), 21);
        let before = segments(&index);
        assert!(before > super::MANY, "{before}");
        let mut joining = index.begin_joining().unwrap().unwrap();
        feed.remove(1);
        feed.add(25, "Метель");
        index.catch_up(&feed).unwrap();
        let begun = Instant::now();
        while !index.has_joined(&mut joining).unwrap() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(segments(&index) <= super::FEW + 1, "{}", segments(&index));
        assert_eq!(found(), 21);
        let sealed = std::fs::read_to_string(home.path().join("files.json")).unwrap();
        for segment in index.index.searchable_segment_ids().unwrap() {
            assert!(sealed.contains(&segment.uuid_string()), "{sealed}");
        }
        assert_eq!(index.verify(&feed).unwrap(), []);
        assert!(index.begin_joining().unwrap().is_none(), "few are left");
        drop(index);
        let index = SearchIndex::open(home.path()).unwrap();
        assert_eq!(index.verify(&feed).unwrap(), []);
    }

    #[test]
    fn an_import_that_sweeps_the_writer_away_ends_a_joining_without_harm() {
        let home = tempfile::tempdir().unwrap();
        let (feed, index) = scattered(home.path());
        let mut joining = index.begin_joining().unwrap().unwrap();
        *index.lock_writer() = None;
        let begun = Instant::now();
        while !index.has_joined(&mut joining).unwrap() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(5));
        }
        feed.add(26, "Метель");
        index.catch_up(&feed).unwrap();
        assert_eq!(index.search(&Query::new("метель")).unwrap().total, 22);
        assert_eq!(index.verify(&feed).unwrap(), []);
    }
}
