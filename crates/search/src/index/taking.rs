//! What the index is taking in between two commits: how far it goes, and whether more is to come.

use std::time::Duration;

use catalog::id::{RecordId, Seq};

use super::Position;
use crate::Error;
use crate::analysis::lexicon::Lexicon;
use crate::feed::Feed;
use crate::schema;

/// How long an import may pause without being taken for ended.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSES: u32 = 10;

/// Changes that are being taken in and are not yet committed.
pub(super) struct Taking {
    /// How far they go.
    pub(super) at: Position,
    pub(super) ids: Vec<RecordId>,
    /// What was hidden after this moment stays hidden at the commit.
    pub(super) moment: u64,
    /// Whether the large writer is at work.
    pub(super) bulk: bool,
    pub(super) lexicon: Lexicon,
}

impl Taking {
    pub(super) fn from(standing: Position, moment: u64) -> Self {
        Self {
            at: Position {
                format: schema::format(),
                ..standing
            },
            ids: Vec::new(),
            moment,
            bulk: false,
            lexicon: Lexicon::default(),
        }
    }
}

/// Waits a moment for the feed to move on.
pub(super) fn more_comes(feed: &dyn Feed, seq: Seq) -> Result<bool, Error> {
    for _ in 0..PAUSES {
        if feed.head()?.0 > seq {
            return Ok(true);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use tantivy::merge_policy::NoMergePolicy;

    use crate::SearchIndex;
    use crate::feed::{ChainHash, Changed, Source};
    use crate::index::SERVICE_HEAP;
    use crate::sample::Shelf;

    use super::*;

    /// A library that tells of its first changes one by one and of the rest at once.
    struct Import(Shelf);

    impl Feed for Import {
        fn head(&self) -> Result<(Seq, ChainHash), Error> {
            self.0.head()
        }
        fn hash_at(&self, seq: Seq) -> Result<Option<ChainHash>, Error> {
            self.0.hash_at(seq)
        }
        fn changed_since(&self, seq: Seq, _: usize) -> Result<Changed, Error> {
            let some = if seq.get() < 5 { 1 } else { 5_000 };
            self.0.changed_since(seq, some)
        }
        fn source(&self, id: RecordId) -> Result<Option<Source>, Error> {
            self.0.source(id)
        }
        fn all(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Source>, Error> {
            self.0.all(after, limit)
        }
    }

    #[test]
    fn few_changes_before_an_import_are_not_lost_in_it() {
        let feed = Import(Shelf::blank(1_200));
        let home = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(home.path()).unwrap();
        index.catch_up(&feed).unwrap();
        assert_eq!(index.len(), 1_200);
        assert_eq!(index.verify(&feed).unwrap(), []);
    }

    #[test]
    fn the_first_change_after_a_start_replaces_the_record_it_changes() {
        let feed = Shelf::books();
        let home = tempfile::tempdir().unwrap();
        let open = || SearchIndex::open(home.path()).unwrap();
        open().catch_up(&feed).unwrap();
        let change = |index: &SearchIndex, ids: &[u64]| {
            for id in ids {
                feed.change(*id, |source| source.hidden = !source.hidden);
            }
            index.catch_up(&feed).unwrap();
        };
        for start in 0..20 {
            let index = open();
            let writer = index.new_writer(SERVICE_HEAP).unwrap();
            writer.set_merge_policy(Box::new(NoMergePolicy));
            *index.lock_writer() = Some(writer);
            // The next start meets several small segments; the one with record 2 has just lost record 1.
            for ids in [&[3, 4, 5][..], &[6], &[7], &[1, 2, 9], &[1]] {
                change(&index, ids);
            }
            drop(index);
            let index = open();
            change(&index, &[2]);
            let writer = index.lock_writer().take().unwrap();
            writer.wait_merging_threads().unwrap();
            index.reader.reload().unwrap();
            assert_eq!(index.verify(&feed).unwrap(), [], "start {start}");
        }
    }
}
