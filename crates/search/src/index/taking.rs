//! What the index is taking in between two commits: how far it goes, and whether more is to come.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use catalog::id::{RecordId, Seq};

use super::Position;
use crate::Error;
use crate::analysis::lexicon::Lexicon;
use crate::feed::Feed;
use crate::schema;

/// How long an import may pause without being taken for ended.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSES: u32 = 10;
/// So long what is no import yet may wait for more of its kind.
const WAIT: Duration = Duration::from_secs(5);
/// And so long an import, where its end cannot be told from the work that goes on beside it.
const WAIT_OF_MANY: Duration = Duration::from_secs(60);

/// Changes that are being taken in and are not yet committed.
pub(super) struct Taking {
    /// How far they go.
    pub(super) at: Position,
    pub(super) ids: Vec<RecordId>,
    /// How far the feed was read.
    pub(super) seen: Position,
    /// Records that changed between the two, not taken in yet.
    pub(super) held: Vec<RecordId>,
    /// What was hidden after this moment stays hidden at the commit.
    pub(super) moment: u64,
    /// Whether the large writer is at work.
    pub(super) bulk: bool,
    pub(super) lexicon: Lexicon,
    begun: Instant,
}

impl Taking {
    pub(super) fn from(standing: Position, moment: u64) -> Self {
        let at = Position {
            format: schema::format(),
            ..standing
        };
        Self {
            seen: at.clone(),
            at,
            ids: Vec::new(),
            held: Vec::new(),
            moment,
            bulk: false,
            lexicon: Lexicon::default(),
            begun: Instant::now(),
        }
    }

    /// Records that are held back no longer, each once: those that are not among so many of the latest changes.
    pub(super) fn let_go(&mut self, latest: usize) -> Vec<RecordId> {
        let latest = self.held.len().saturating_sub(latest);
        let kept = self.held.split_off(latest);
        let mut ids = std::mem::replace(&mut self.held, kept);
        let again: HashSet<RecordId> = self.held.iter().copied().collect();
        ids.retain(|id| !again.contains(id));
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether what was taken in may wait for more.
    pub(super) fn has_time(&self) -> bool {
        let wait = if self.bulk { WAIT_OF_MANY } else { WAIT };
        self.begun.elapsed() < wait
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
    use std::sync::atomic::{AtomicU64, Ordering};

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

    /// A library in which a book is lent every few moments, for so long.
    struct Restless(Shelf, Instant);

    impl Restless {
        const LONG: Duration = Duration::from_secs(20);
    }

    impl Feed for Restless {
        fn head(&self) -> Result<(Seq, ChainHash), Error> {
            if self.1.elapsed() < Self::LONG {
                std::thread::sleep(Duration::from_millis(20));
                self.0.change(1, |_| ());
            }
            self.0.head()
        }
        fn hash_at(&self, seq: Seq) -> Result<Option<ChainHash>, Error> {
            self.0.hash_at(seq)
        }
        fn changed_since(&self, seq: Seq, limit: usize) -> Result<Changed, Error> {
            self.0.changed_since(seq, limit)
        }
        fn source(&self, id: RecordId) -> Result<Option<Source>, Error> {
            self.0.source(id)
        }
        fn all(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Source>, Error> {
            self.0.all(after, limit)
        }
    }

    fn taken_in(feed: &dyn Feed) -> Duration {
        let home = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(home.path()).unwrap();
        let begun = Instant::now();
        index.catch_up(feed).unwrap();
        assert_eq!(index.len(), 300);
        begun.elapsed()
    }

    #[test]
    fn records_held_back_are_found_when_no_more_of_their_kind_comes() {
        // Many enough to be held back for their copies, too few to be an import for certain.
        let quiet = taken_in(&Shelf::blank(300));
        assert!(quiet < WAIT, "{quiet:?}");
        let restless = taken_in(&Restless(Shelf::blank(300), Instant::now()));
        assert!((WAIT..Restless::LONG).contains(&restless), "{restless:?}");
    }

    #[test]
    fn an_import_is_held_back_longer_and_not_for_ever() {
        let mut taking = Taking::from(Position::default(), 0);
        let mut has_time = |bulk, ago| {
            taking.bulk = bulk;
            taking.begun = Instant::now().checked_sub(ago).unwrap();
            taking.has_time()
        };
        let moment = Duration::from_secs(2);
        assert!(has_time(false, WAIT - moment));
        assert!(!has_time(false, WAIT));
        assert!(has_time(true, WAIT_OF_MANY - moment));
        assert!(!has_time(true, WAIT_OF_MANY));
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

    /// An import whose copies come on record a thousand records behind it; it counts what is asked of it.
    struct Trailing(Shelf, AtomicU64);

    impl Trailing {
        const RECORDS: u64 = 8_000;
        const BEHIND: u64 = 1_000;
        const CHUNK: u64 = 250;

        /// The record of a change: a chunk of new ones, a chunk of those whose copies have come, and so on.
        fn touched(change: u64) -> RecordId {
            let (chunks, at) = (change / (2 * Self::CHUNK), change % (2 * Self::CHUNK));
            let new = chunks * Self::CHUNK + at % Self::CHUNK + 1;
            let copies = at >= Self::CHUNK && new > Self::BEHIND;
            RecordId::new(if copies { new - Self::BEHIND } else { new })
        }
    }

    impl Feed for Trailing {
        fn head(&self) -> Result<(Seq, ChainHash), Error> {
            self.0.head()
        }
        fn hash_at(&self, seq: Seq) -> Result<Option<ChainHash>, Error> {
            self.0.hash_at(seq)
        }
        fn changed_since(&self, seq: Seq, _: usize) -> Result<Changed, Error> {
            let changed = self.0.changed_since(seq, 250)?;
            let records = (seq.get()..changed.upto.get()).map(Self::touched);
            Ok(Changed {
                records: records.collect(),
                ..changed
            })
        }
        fn source(&self, id: RecordId) -> Result<Option<Source>, Error> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.source(id)
        }
        fn all(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Source>, Error> {
            self.0.all(after, limit)
        }
    }

    #[test]
    fn a_record_of_an_import_is_taken_in_once_with_the_copies_that_come_behind_it() {
        let shelf = Shelf::blank(Trailing::RECORDS);
        (1..=Trailing::RECORDS).for_each(|id| shelf.change(id, |_| ()));
        let feed = Trailing(shelf, AtomicU64::new(0));
        let home = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(home.path()).unwrap();
        index.catch_up(&feed).unwrap();
        assert_eq!(index.len(), Trailing::RECORDS);
        assert_eq!(feed.1.load(Ordering::Relaxed), index.len());
        assert_eq!(index.verify(&feed).unwrap(), []);
    }
}
