//! What an import brought: the bytes of records as they came, read from the journal.
//!
//! Records that came together are asked for together, so the entries read last are kept.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::journal::JournalReader;
use super::open::Store;
use super::payload::read_entry;
use crate::change::Change;
use crate::error::Error;
use crate::id::{RecordId, Seq};
use crate::shelf::{Source, Sources};
use crate::table::get;

/// So many entries are kept.
const KEPT: usize = 4;

/// The sources of one entry.
type Entry = HashMap<RecordId, Arc<Source>>;

/// The entries that were read last, the latest first.
type Kept = VecDeque<(Seq, Arc<Entry>)>;

/// Исходные записи, with the entries that were read last.
#[derive(Clone, Default)]
pub(crate) struct Brought(Arc<Mutex<Kept>>);

impl Brought {
    /// The bytes a record came as; nothing for one that was made here.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the journal does not answer; [`Error::Damaged`].
    pub(crate) fn source(&self, store: &Store, id: RecordId) -> Result<Option<Arc<Source>>, Error> {
        self.found(store, id, |seq| {
            store.read_aside(|reader| self.read(reader, seq))
        })
    }

    /// As [`Brought::source`], for whoever has little time.
    ///
    /// # Errors
    /// As [`Brought::source`].
    pub(crate) fn source_soon(
        &self,
        store: &Store,
        id: RecordId,
    ) -> Result<Option<Arc<Source>>, Error> {
        let brought = self.clone();
        self.found(store, id, |seq| {
            store.read_soon(move |reader| brought.read(reader, seq))
        })
    }

    /// The source of a record, from the entry that brought it: a kept one, or one that is read so.
    fn found(
        &self,
        store: &Store,
        id: RecordId,
        read: impl FnOnce(Seq) -> Result<Arc<Entry>, Error>,
    ) -> Result<Option<Arc<Source>>, Error> {
        let Some(origin) = get::<Sources>(store.view(), &id)? else {
            return Ok(None);
        };
        let entry = match self.kept(origin.entry) {
            Some(entry) => entry,
            None => read(origin.entry)?,
        };
        let damaged = || {
            let seq = origin.entry;
            Error::Damaged(format!("запись {seq} не содержит источника записи {id}"))
        };
        entry.get(&id).cloned().map(Some).ok_or_else(damaged)
    }

    fn kept(&self, seq: Seq) -> Option<Arc<Entry>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.iter().find(|(at, _)| *at == seq);
        entry.map(|(_, entry)| Arc::clone(entry))
    }

    fn read(&self, reader: &dyn JournalReader, seq: Seq) -> Result<Arc<Entry>, Error> {
        // Whoever read before us may have been asked for the same.
        if let Some(entry) = self.kept(seq) {
            return Ok(entry);
        }
        let before = Seq::new(seq.get().saturating_sub(1));
        let raw = reader.read(before, 1)?.into_iter().next();
        let raw = raw.ok_or_else(|| Error::Damaged(format!("в журнале нет записи {seq}")))?;
        let entry = read_entry(raw).map_err(Error::Damaged)?;
        let mut sources = Entry::new();
        if let Change::Records(versions) = entry.change {
            let came = versions.into_iter();
            sources.extend(came.filter_map(|version| Some((version.id, version.source?))));
        }
        let sources = Arc::new(sources);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front((seq, Arc::clone(&sources)));
        Ok(sources)
    }
}
