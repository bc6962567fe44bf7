//! The index: a view of the journal that may be deleted any day.
//!
//! Its position in the journal, with the chain hash there, travels in every commit; where the two do
//! not meet the feed any more, the index is built anew. It decides nothing about records.

mod answer;
mod compare;
mod enough;
mod filter;
mod folder;
mod joining;
mod mend;
mod ordered;
mod pass;
mod people;
mod plain;
mod plan;
mod question;
mod rank;
mod scales;
mod seals;
mod spread;
mod taking;
mod typed;
mod ways;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, RwLock};

use catalog::id::{RecordId, Seq};
use serde::{Deserialize, Serialize};
use tantivy::indexer::LogMergePolicy;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, Term};
use tracing::{info, warn};

use crate::Error;
use crate::analysis::lexicon::Lexicon;
use crate::analysis::written::{self, Written};
use crate::ask::{Corrected, Page, Query, Suggestion};
use crate::deny::DenySet;
use crate::document;
use crate::feed::{ChainHash, Feed};
use crate::kept::AtHand;
use crate::schema::{self, Fields};
use crate::suggest;
use crate::terms::Terms;

use folder::{empty, is_as_listed, is_whole, sweep};
use seals::Seals;
use taking::{Taking, more_comes};

pub(crate) use answer::Answerer;
pub use compare::Difference;
pub use folder::remembered;
pub use joining::Joining;
pub use plain::PlainWords;
pub(crate) use question::clip;

/// Memory of the writer in service; the engine takes no less.
const SERVICE_HEAP: usize = 15_000_000;
/// Memory of the writer that builds everything anew.
const REBUILD_HEAP: usize = 100_000_000;
/// How many journal entries one commit takes in.
const BATCH: usize = 500;
/// So many records at once are no edit but an import, and more may follow in a moment.
const MANY: usize = 200;
/// So many certainly are one: they get the large writer and few commits.
const BULK: usize = 1_000;
/// So many changes of records are held back before some of them are taken in: the copies of an import come on record
/// a thousand records behind it.
const HOLD: usize = 6_000;
/// Of these the latest, which may be changed again in a moment, are held on.
const LATEST: usize = 4_000;
/// An import is committed when so many records wait.
const BULK_COMMIT: usize = 150_000;
/// How many records are read at once in a rebuild.
const STRIDE: usize = 500;

/// Поисковый указатель: an open index folder, for any number of threads.
pub struct SearchIndex {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    writer: Mutex<Option<IndexWriter>>,
    position: RwLock<Position>,
    deny: DenySet,
    at_hand: AtHand,
    seals: Seals,
    /// The highest number of a record that was ever taken in: what is above has nothing to delete.
    newest: AtomicU64,
}

/// Where in the journal the index stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    format: String,
    seq: Seq,
    hash: ChainHash,
}

impl SearchIndex {
    /// Opens a folder; what is missing, damaged or of another format is started anew, empty.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Engine`] when the folder cannot be written.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        fs::create_dir_all(folder)?;
        if folder.join("meta.json").exists() {
            match Self::open_existing(folder) {
                Ok(Some(index)) => return Ok(index),
                Ok(None) => info!("The index is of another format and is started anew"),
                Err(error) => warn!(%error, "The index is damaged and is started anew"),
            }
        }
        empty(folder)?;
        let (schema, fields) = schema::build();
        let index = Index::create_in_dir(folder, schema)?;
        Self::wrap(folder, index, fields, Position::default())
    }

    fn open_existing(folder: &Path) -> Result<Option<Self>, Error> {
        let (schema, fields) = schema::build();
        let index = Index::open_in_dir(folder)?;
        if index.schema() != schema {
            return Ok(None);
        }
        let position = match index.load_metas()?.payload {
            None => Position::default(),
            Some(payload) => match serde_json::from_str::<Position>(&payload) {
                Ok(position) if position.format == schema::format() => position,
                Ok(_) | Err(_) => return Ok(None),
            },
        };
        sweep(folder, &index)?;
        is_whole(&index)?;
        Self::wrap(folder, index, fields, position).map(Some)
    }

    fn wrap(folder: &Path, index: Index, fields: Fields, at: Position) -> Result<Self, Error> {
        let seals = Seals::of(folder, &index)?;
        index
            .tokenizers()
            .register(written::NAME, Written::default());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let searcher = reader.searcher();
        is_as_listed(&index, &searcher)?;
        let newest = newest(&searcher)?;
        Ok(Self {
            newest: AtomicU64::new(newest),
            index,
            reader,
            fields,
            writer: Mutex::new(None),
            position: RwLock::new(at),
            deny: DenySet::default(),
            at_hand: AtHand::default(),
            seals,
        })
    }

    /// The journal position the answers are from.
    #[must_use]
    pub fn position(&self) -> Seq {
        self.standing().seq
    }

    /// How many records the index has, hidden ones too.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes in all that the feed has after the index's own position; returns the new position.
    ///
    /// A position the feed does not know (a restored or exchanged journal) leads to a rebuild.
    ///
    /// # Errors
    /// [`Error::Feed`], or [`Error::Engine`] when the folder cannot be written; the index then
    /// stands where it stood.
    pub fn catch_up(&self, feed: &dyn Feed) -> Result<Seq, Error> {
        self.catch_up_while(feed, &|| true)
    }

    /// As [`SearchIndex::catch_up`]; ends early, with what it has, when `goes_on` says no.
    ///
    /// # Errors
    /// As [`SearchIndex::catch_up`].
    pub fn catch_up_while(
        &self,
        feed: &dyn Feed,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Seq, Error> {
        let mut slot = self.lock_writer();
        let standing = self.standing();
        let known =
            standing.seq == Seq::default() || feed.hash_at(standing.seq)? == Some(standing.hash);
        if !known {
            warn!(seq = %standing.seq, "The journal is not the one this index followed; rebuilding");
            return self.rebuild_with(&mut slot, feed, &mut |_| {});
        }
        let mut taking = Taking::from(standing, self.deny.moment());
        let taken = self.take_all(&mut slot, feed, goes_on, &mut taking);
        if taken.is_err() || taking.bulk {
            *slot = None;
        }
        taken
    }

    fn take_all(
        &self,
        slot: &mut Option<IndexWriter>,
        feed: &dyn Feed,
        goes_on: &dyn Fn() -> bool,
        taking: &mut Taking,
    ) -> Result<Seq, Error> {
        loop {
            let changed = feed.changed_since(taking.seen.seq, BATCH)?;
            let ended = changed.upto <= taking.seen.seq || !goes_on();
            if ended || taking.ids.len() >= BULK_COMMIT {
                // Whoever brings many records brings more in a moment: one commit for them all.
                if ended
                    && taking.ids.len() + taking.held.len() >= MANY
                    && goes_on()
                    && taking.has_time()
                    && more_comes(feed, taking.seen.seq)?
                {
                    continue;
                }
                self.take_held(slot, feed, taking)?;
                self.commit_taken(slot, taking)?;
                if ended {
                    return Ok(taking.at.seq);
                }
            }
            taking.held.extend(changed.records);
            taking.seen.seq = changed.upto;
            taking.seen.hash = changed.hash;
            if taking.held.len() >= HOLD {
                self.take_earlier(slot, feed, taking)?;
            }
        }
    }

    /// Takes in all that was held back.
    fn take_held(
        &self,
        slot: &mut Option<IndexWriter>,
        feed: &dyn Feed,
        taking: &mut Taking,
    ) -> Result<(), Error> {
        let ids = taking.let_go(0);
        self.take_many(slot, feed, ids, taking)?;
        taking.at = taking.seen.clone();
        Ok(())
    }

    /// Takes in what was held back and is not among the latest: a record and the acts that put its copies on record
    /// are one document. How far the index goes is not told by it: before a commit all is taken in.
    fn take_earlier(
        &self,
        slot: &mut Option<IndexWriter>,
        feed: &dyn Feed,
        taking: &mut Taking,
    ) -> Result<(), Error> {
        let ids = taking.let_go(LATEST);
        self.take_many(slot, feed, ids, taking)
    }

    fn take_many(
        &self,
        slot: &mut Option<IndexWriter>,
        feed: &dyn Feed,
        ids: Vec<RecordId>,
        taking: &mut Taking,
    ) -> Result<(), Error> {
        if ids.len() >= BULK && !taking.bulk {
            // What the small writer holds would go with it.
            self.commit_taken(slot, taking)?;
            taking.bulk = true;
            *slot = None;
        }
        self.take_in(slot, feed, &ids, taking)?;
        taking.ids.extend(ids);
        Ok(())
    }

    /// Makes what was taken in visible and remembers how far it goes.
    fn commit_taken(
        &self,
        slot: &mut Option<IndexWriter>,
        taking: &mut Taking,
    ) -> Result<(), Error> {
        let ids = std::mem::take(&mut taking.ids);
        // What touches no record is only remembered: a commit would cost 50 ms.
        if let Some(writer) = slot.as_mut().filter(|_| !ids.is_empty()) {
            self.commit(writer, &taking.at)?;
        }
        self.stand(taking.at.clone());
        self.deny.settle(&ids, taking.moment);
        taking.moment = self.deny.moment();
        Ok(())
    }

    fn take_in(
        &self,
        slot: &mut Option<IndexWriter>,
        feed: &dyn Feed,
        ids: &[RecordId],
        taking: &mut Taking,
    ) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let heap = if taking.bulk {
            REBUILD_HEAP
        } else {
            SERVICE_HEAP
        };
        let writer = match slot {
            Some(writer) => writer,
            None => slot.insert(self.new_writer(heap)?),
        };
        for id in ids {
            // A deletion is remembered until the commit, at half a kilobyte: a new record has nothing to delete.
            if id.get() <= self.newest.fetch_max(id.get(), Ordering::Relaxed) {
                writer.delete_term(Term::from_field_u64(self.fields.id, id.get()));
            }
            if let Some(source) = feed.source(*id)? {
                let document = document::write(&self.fields, &source, &mut taking.lexicon);
                writer.add_document(document)?;
            }
        }
        Ok(())
    }

    /// Builds everything anew; the old state answers until the new one is whole. `progress` is told
    /// how many records are done.
    ///
    /// # Errors
    /// As [`SearchIndex::catch_up`].
    pub fn rebuild(&self, feed: &dyn Feed, progress: &mut dyn FnMut(u64)) -> Result<Seq, Error> {
        let mut writer = self.lock_writer();
        self.rebuild_with(&mut writer, feed, progress)
    }

    fn rebuild_with(
        &self,
        slot: &mut Option<IndexWriter>,
        feed: &dyn Feed,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Seq, Error> {
        *slot = None;
        let moment = self.deny.moment();
        let (seq, hash) = feed.head()?;
        let mut writer = self.new_writer(REBUILD_HEAP)?;
        writer.delete_all_documents()?;
        let mut after = None;
        let mut done = 0;
        let mut lexicon = Lexicon::default();
        loop {
            let sources = feed.all(after, STRIDE)?;
            let Some(last) = sources.last() else {
                break;
            };
            after = Some(last.id);
            self.newest.fetch_max(last.id.get(), Ordering::Relaxed);
            for source in &sources {
                writer.add_document(document::write(&self.fields, source, &mut lexicon))?;
                done += 1;
            }
            progress(done);
        }
        let position = Position {
            format: schema::format(),
            seq,
            hash,
        };
        self.commit(&mut writer, &position)?;
        self.stand(position);
        self.deny.settle_all(moment);
        info!(records = done, %seq, "The index is built anew");
        Ok(seq)
    }

    /// Answers a question. No text a reader types is an error.
    ///
    /// # Errors
    /// [`Error::Engine`] when the index cannot be read.
    pub fn search(&self, query: &Query) -> Result<Page, Error> {
        self.answerer(&self.reader.searcher()).page(query)
    }

    /// Every record that a question finds, by number, and how the question was understood.
    ///
    /// For whoever takes them all; a page of [`SearchIndex::search`] ends at ten thousand.
    ///
    /// # Errors
    /// [`Error::Engine`] when the index cannot be read.
    pub fn all(&self, query: &Query) -> Result<(Vec<RecordId>, Option<Corrected>), Error> {
        self.answerer(&self.reader.searcher()).all(query)
    }

    /// Suggestions for what has been typed so far, for readers.
    ///
    /// # Errors
    /// [`Error::Engine`] when the index cannot be read.
    pub fn suggest(&self, typed: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        let searcher = self.reader.searcher();
        suggest::suggest(&self.answerer(&searcher), typed, limit)
    }

    fn answerer<'a>(&'a self, searcher: &'a Searcher) -> Answerer<'a> {
        Answerer {
            searcher,
            terms: Terms::new(searcher),
            fields: &self.fields,
            denied: self.deny.ids(),
            at_hand: &self.at_hand,
        }
    }

    /// Hides records from readers at once. To be called after the change is in the journal and before
    /// anybody is told «done»; [`SearchIndex::catch_up`] later makes the index itself know.
    pub fn hide(&self, ids: &[RecordId]) {
        self.deny.hide(ids);
    }

    fn new_writer(&self, heap: usize) -> Result<IndexWriter, Error> {
        let writer: IndexWriter = self.index.writer_with_num_threads(1, heap)?;
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(4);
        writer.set_merge_policy(Box::new(policy));
        // A new writer gives its first operation the stamp of the last commit, and a merge begun just then
        // takes a deletion of that stamp for one already done. So the first deletes nothing.
        writer.delete_term(Term::from_field_u64(self.fields.id, u64::MAX));
        Ok(writer)
    }

    fn commit(&self, writer: &mut IndexWriter, position: &Position) -> Result<(), Error> {
        let payload = serde_json::to_string(position).map_err(Error::feed)?;
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        self.reader.reload()?;
        self.seals.note(&self.index);
        self.at_hand.keep(&self.reader.searcher());
        Ok(())
    }

    fn lock_writer(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        self.writer
            .lock()
            .unwrap_or_else(|poison| poison.into_inner())
    }

    fn standing(&self) -> Position {
        let position = self
            .position
            .read()
            .unwrap_or_else(|poison| poison.into_inner());
        position.clone()
    }

    fn stand(&self, position: Position) {
        *self
            .position
            .write()
            .unwrap_or_else(|poison| poison.into_inner()) = position;
    }
}

/// The highest number of a record among these, removed ones too.
fn newest(searcher: &Searcher) -> Result<u64, Error> {
    let mut newest = 0;
    for segment in searcher.segment_readers() {
        newest = newest.max(segment.fast_fields().u64("id")?.max_value());
    }
    Ok(newest)
}

#[cfg(test)]
mod claims;
#[cfg(test)]
mod judged;
#[cfg(test)]
mod ranked;
#[cfg(test)]
mod tests;
