//! Whether the index holds what its feed says: file by file, then record by record. It mends nothing.
//!
//! The library is at work meanwhile: what differs at the first look is looked at again when the index has come past it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use catalog::id::{RecordId, Seq};
use tantivy::TantivyError;

use super::{BATCH, STRIDE, SearchIndex};
use crate::Error;
use crate::document;
use crate::feed::{Feed, Source};

/// What differs is told when it was seen to so many times, the index being past all that had changed it.
const SEEN: u32 = 5;
/// A record that is written all the time is taken in all the time, and let be after so many looks.
const LOOKS: u32 = 15;
/// From look to look: a change is read a moment before the journal names it.
const PAUSE: Duration = Duration::from_millis(20);

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

/// What the index has of a record.
struct Held {
    digest: u64,
    times: u32,
}

/// A record that differed at the last look.
struct Suspect {
    difference: Difference,
    seen: u32,
}

impl SearchIndex {
    /// Compares the index with its feed, record by record. Catch up first: what lags behind is taken for a difference
    /// at the first look, and then taken in.
    ///
    /// # Errors
    /// As [`SearchIndex::catch_up`].
    pub fn verify(&self, feed: &dyn Feed) -> Result<Vec<Difference>, Error> {
        let mut damaged = self.damaged()?;
        if !damaged.is_empty() {
            // What stands in such a file must not be read further: it may say anything.
            damaged.sort();
            return Ok(damaged.into_iter().map(Difference::Damaged).collect());
        }
        let suspects = self.first_look(feed)?;
        self.lasting(suspects, feed)
    }

    /// Whether the bytes of every file of the index are those that were written.
    #[must_use]
    pub fn files_are_whole(&self) -> bool {
        let sum = || self.damaged();
        let summed = || std::panic::catch_unwind(std::panic::AssertUnwindSafe(sum));
        // Joining segments at work removes files between the list and the look; not three times in a row.
        let mut tries = (0..3).map(|_| summed());
        let told = tries.find_map(|told| told.ok()?.ok());
        told.is_some_and(|damaged| damaged.is_empty())
    }

    /// The files whose bytes are not those that were written.
    fn damaged(&self) -> Result<Vec<PathBuf>, Error> {
        // One that was put in the place of another agrees with its own sum.
        let mut damaged = self.seals.broken(&self.index)?;
        if !damaged.is_empty() {
            return Ok(damaged);
        }
        let named = || {
            self.index
                .load_metas()
                .map(|metas| metas.list_segment_files())
        };
        let directory = self.index.directory();
        for path in named()?.intersection(&directory.list_managed_files()) {
            match directory.validate_checksum(path) {
                Ok(true) => {}
                Ok(false) => damaged.push(path.clone()),
                // A commit or a joining at work has removed it since it was named.
                Err(_) if !named()?.contains(path) => {}
                Err(error) => return Err(TantivyError::from(error).into()),
            }
        }
        Ok(damaged)
    }

    /// The records that differ, the index being where it is.
    fn first_look(&self, feed: &dyn Feed) -> Result<Vec<(RecordId, Difference)>, Error> {
        let mut suspects = Vec::new();
        let mut indexed = self.held(|_| true)?;
        let mut after = None;
        loop {
            let sources = feed.all(after, STRIDE)?;
            let Some(last) = sources.last() else {
                break;
            };
            after = Some(last.id);
            for source in &sources {
                let held = indexed.remove(&source.id);
                let differs = difference(source.id, held.as_ref(), Some(source));
                suspects.extend(differs.map(|differs| (source.id, differs)));
            }
        }
        let extra = indexed.into_keys().map(|id| (id, Difference::Extra(id)));
        suspects.extend(extra);
        Ok(suspects)
    }

    /// Those of the differences that stay when the index has come past the state of the feed that showed them.
    fn lasting(
        &self,
        suspects: Vec<(RecordId, Difference)>,
        feed: &dyn Feed,
    ) -> Result<Vec<Difference>, Error> {
        let order: Vec<RecordId> = suspects.iter().map(|(id, _)| *id).collect();
        let suspect = |(id, difference)| {
            let seen = 0;
            (id, Suspect { difference, seen })
        };
        let mut suspects: BTreeMap<_, _> = suspects.into_iter().map(suspect).collect();
        for _ in 0..LOOKS {
            if suspects.values().all(|suspect| suspect.seen >= SEEN) {
                break;
            }
            std::thread::sleep(PAUSE);
            self.look_again(&mut suspects, feed)?;
        }
        suspects.retain(|_, suspect| suspect.seen >= SEEN);
        let told = order.iter().filter_map(|id| suspects.remove(id));
        Ok(told.map(|suspect| suspect.difference).collect())
    }

    /// Drops those that agree now and counts the look for those that differ, except where a record has changed since
    /// the position that the index is read at.
    fn look_again(
        &self,
        suspects: &mut BTreeMap<RecordId, Suspect>,
        feed: &dyn Feed,
    ) -> Result<(), Error> {
        self.catch_up(feed)?;
        let at = self.position();
        let indexed = self.held(|id| suspects.contains_key(&id))?;
        let mut found = Vec::new();
        for id in suspects.keys() {
            let source = feed.source(*id)?;
            found.push((*id, difference(*id, indexed.get(id), source.as_ref())));
        }
        let moved = moved_since(feed, at)?;
        for (id, differs) in found {
            match (differs, suspects.get_mut(&id)) {
                (None, _) => drop(suspects.remove(&id)),
                (Some(difference), Some(suspect)) if !moved.contains(&id) => {
                    suspect.difference = difference;
                    suspect.seen += 1;
                }
                (Some(_), _) => {}
            }
        }
        Ok(())
    }

    /// What the index has of such records.
    fn held(&self, asked: impl Fn(RecordId) -> bool) -> Result<BTreeMap<RecordId, Held>, Error> {
        let mut indexed = BTreeMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let ids = segment.fast_fields().u64("id")?;
            let sums = segment.fast_fields().u64("digest")?;
            for doc in segment.doc_ids_alive() {
                let id = RecordId::new(ids.first(doc).unwrap_or_default());
                if asked(id) {
                    let digest = sums.first(doc).unwrap_or_default();
                    let held = indexed.entry(id).or_insert(Held { digest, times: 0 });
                    held.times += 1;
                }
            }
        }
        Ok(indexed)
    }
}

fn difference(id: RecordId, held: Option<&Held>, source: Option<&Source>) -> Option<Difference> {
    match (held, source) {
        (None, None) => None,
        (None, Some(_)) => Some(Difference::Missing(id)),
        (Some(_), None) => Some(Difference::Extra(id)),
        (Some(held), Some(_)) if held.times > 1 => Some(Difference::Twice(id)),
        (Some(held), Some(source)) => {
            (held.digest != document::digest(source)).then_some(Difference::Stale(id))
        }
    }
}

/// The records that have changed after a position.
fn moved_since(feed: &dyn Feed, mut at: Seq) -> Result<BTreeSet<RecordId>, Error> {
    let mut moved = BTreeSet::new();
    loop {
        let changed = feed.changed_since(at, BATCH)?;
        if changed.upto <= at {
            return Ok(moved);
        }
        moved.extend(changed.records);
        at = changed.upto;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use tempfile::TempDir;

    use crate::feed::{ChainHash, Changed};
    use crate::index::SERVICE_HEAP;
    use crate::sample::Shelf;

    use super::*;

    /// A library in which something is done as soon as somebody begins to read it through; its journal may keep silent.
    struct Read<F: Fn(&Shelf) + Send + Sync> {
        shelf: Shelf,
        work: F,
        silent_from: Option<Seq>,
    }

    impl<F: Fn(&Shelf) + Send + Sync> Feed for Read<F> {
        fn head(&self) -> Result<(Seq, ChainHash), Error> {
            self.shelf.head()
        }
        fn hash_at(&self, seq: Seq) -> Result<Option<ChainHash>, Error> {
            self.shelf.hash_at(seq)
        }
        fn changed_since(&self, seq: Seq, limit: usize) -> Result<Changed, Error> {
            let mut changed = self.shelf.changed_since(seq, limit)?;
            if self.silent_from.is_some_and(|silent| seq >= silent) {
                changed.records.clear();
            }
            Ok(changed)
        }
        fn source(&self, id: RecordId) -> Result<Option<Source>, Error> {
            self.shelf.source(id)
        }
        fn all(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Source>, Error> {
            if after.is_none() {
                (self.work)(&self.shelf);
            }
            self.shelf.all(after, limit)
        }
    }

    fn indexed(shelf: &Shelf) -> (TempDir, SearchIndex) {
        let home = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(home.path()).unwrap();
        index.catch_up(shelf).unwrap();
        (home, index)
    }

    fn turn(shelf: &Shelf, id: u64) {
        shelf.change(id, |source| source.hidden = !source.hidden);
    }

    /// Something of every kind: a record is added, one is changed, one is taken away.
    fn at_work() -> impl Fn(&Shelf) + Send + Sync {
        let next = AtomicU64::new(40);
        move |shelf| {
            let next = next.fetch_add(1, Ordering::SeqCst);
            shelf.add(next, "Слепой музыкант");
            turn(shelf, 1);
            shelf.remove(next - 20);
        }
    }

    #[test]
    fn what_is_written_while_the_library_is_read_through_is_no_difference() {
        let shelf = Shelf::books();
        let (_home, index) = indexed(&shelf);
        let feed = Read {
            shelf,
            work: at_work(),
            silent_from: None,
        };
        for _ in 0..3 {
            assert_eq!(index.verify(&feed).unwrap(), []);
        }
        assert_eq!(index.len(), 25);
    }

    #[test]
    fn what_the_journal_does_not_name_is_told() {
        let shelf = Shelf::books();
        let (_home, index) = indexed(&shelf);
        let (silent_from, _) = shelf.head().unwrap();
        let feed = Read {
            shelf,
            work: at_work(),
            silent_from: Some(silent_from),
        };
        let id = RecordId::new;
        let told = [
            Difference::Stale(id(1)),
            Difference::Missing(id(40)),
            Difference::Extra(id(20)),
        ];
        assert_eq!(index.verify(&feed).unwrap(), told);
    }

    #[test]
    fn a_record_that_stands_in_the_index_twice_is_told() {
        let shelf = Shelf::books();
        let (_home, index) = indexed(&shelf);
        *index.lock_writer() = None;
        let mut writer = index.new_writer(SERVICE_HEAP).unwrap();
        let source = shelf.source(RecordId::new(7)).unwrap().unwrap();
        let document = document::write(&index.fields, &source, &mut Default::default());
        writer.add_document(document).unwrap();
        index.commit(&mut writer, &index.standing()).unwrap();
        drop(writer);
        let told = [Difference::Twice(source.id)];
        assert_eq!(index.verify(&shelf).unwrap(), told);
    }

    #[test]
    fn records_that_are_written_all_the_time_are_not_told() {
        let shelf = Shelf::books();
        let (_home, index) = indexed(&shelf);
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::SeqCst) {
                    (1..=3).for_each(|id| turn(&shelf, id));
                    std::thread::sleep(Duration::from_millis(10));
                }
            });
            let told: Vec<_> = (0..3).map(|_| index.verify(&shelf)).collect();
            ended.store(true, Ordering::SeqCst);
            for told in told {
                assert_eq!(told.unwrap(), []);
            }
        });
        assert_eq!(index.verify(&shelf).unwrap(), []);
    }

    #[test]
    fn files_that_a_commit_removes_while_they_are_summed_are_no_error() {
        let shelf = Shelf::books();
        let (_home, index) = indexed(&shelf);
        std::thread::scope(|scope| {
            let commits = scope.spawn(|| {
                for at in 0..60 {
                    turn(&shelf, at % 25 + 1);
                    index.catch_up(&shelf).unwrap();
                }
            });
            while !commits.is_finished() {
                assert_eq!(index.damaged().unwrap(), Vec::<PathBuf>::new());
            }
        });
    }
}
