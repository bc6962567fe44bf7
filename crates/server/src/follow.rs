//! The search index at work: fed from the catalogue, kept up to the journal by one thread.
//!
//! The index is a view; a server without a readable one still keeps the fund and says so in its log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use search::{ChainHash, Changed, Error, Feed, HoldingFact, Source};

use catalog::id::{RecordId, Seq};
use catalog::{Catalog, RecordStatus, StoredRecord};

use crate::app::App;
use crate::holdings;

/// The catalogue as the index reads it.
pub(crate) struct CatalogFeed<'a>(pub(crate) &'a Catalog);

impl CatalogFeed<'_> {
    fn of(&self, stored: StoredRecord) -> Result<Source, Error> {
        let units = holdings::of_record(self.0, stored.id).map_err(Error::feed)?;
        let holdings = units.into_iter().map(|unit| HoldingFact {
            library: unit.library,
            available: unit.free > 0,
            shelfmark: unit.shelfmark,
            numbers: unit.number.into_iter().collect(),
        });
        Ok(Source {
            id: stored.id,
            hidden: stored.status == RecordStatus::Deleted,
            record: Arc::new(stored.record),
            holdings: holdings.collect(),
        })
    }
}

impl Feed for CatalogFeed<'_> {
    fn head(&self) -> Result<(Seq, ChainHash), Error> {
        let head = self.0.head();
        Ok((head.seq, head.hash))
    }

    fn hash_at(&self, seq: Seq) -> Result<Option<ChainHash>, Error> {
        if seq == Seq::default() {
            return Ok(Some(ChainHash::default()));
        }
        let before = Seq::new(seq.get() - 1);
        let entries = self.0.changes_since(before, 1).map_err(Error::feed)?;
        Ok(entries.first().map(|entry| entry.hash))
    }

    fn changed_since(&self, seq: Seq, limit: usize) -> Result<Changed, Error> {
        let entries = self.0.changes_since(seq, limit).map_err(Error::feed)?;
        let (upto, hash) = match entries.last() {
            Some(last) => (last.seq, last.hash),
            None => (seq, self.hash_at(seq)?.unwrap_or_default()),
        };
        let mut records = Vec::new();
        for entry in &entries {
            records.extend(entry.change.records(self.0.view()).map_err(Error::feed)?);
        }
        Ok(Changed {
            records,
            upto,
            hash,
        })
    }

    fn source(&self, id: RecordId) -> Result<Option<Source>, Error> {
        match self.0.record(id) {
            Ok(stored) => self.of(stored).map(Some),
            Err(catalog::Error::NotFound(_)) => Ok(None),
            Err(error) => Err(Error::feed(error)),
        }
    }

    fn all(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Source>, Error> {
        let stored = self.0.records_after(after, limit).map_err(Error::feed)?;
        stored.into_iter().map(|stored| self.of(stored)).collect()
    }
}

/// The follower: ends with this value.
pub(crate) struct Follower {
    ended: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Follower {
    /// Keeps the index up to the journal, well within a second of each change.
    pub(crate) fn start(app: &Arc<App>) -> std::io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let (app, end) = (Arc::clone(app), Arc::clone(&ended));
        let thread = std::thread::Builder::new()
            .name("fond-follow".to_owned())
            .spawn(move || follow(&app, &end))?;
        Ok(Self {
            ended,
            thread: Some(thread),
        })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn follow(app: &App, ended: &AtomicBool) {
    let mut failing = false;
    let mut named = Seq::default();
    while !ended.load(Ordering::Relaxed) {
        match app
            .index()
            .and_then(|index| index.catch_up(&CatalogFeed(app.catalog())))
        {
            Ok(seq) => {
                failing = false;
                // Another server on the same journal may have named the library anew.
                if seq != named && app.name_the_tree().is_ok() {
                    named = seq;
                }
                let _ = app.catalog().wait_past(seq, Duration::from_millis(500));
            }
            Err(error) => {
                if !failing {
                    tracing::error!(%error, "The index does not follow; searches answer from before");
                }
                failing = true;
                std::thread::sleep(Duration::from_secs(1));
            }
        }
    }
}
