//! Where a record came from and what became of it since: the part of the door that reads the journal.

use std::sync::Arc;

use uuid::Uuid;

use super::Catalog;
use crate::change::{Entry, PastVersion};
use crate::error::Error;
use crate::id::{Hash, LibraryId, RecordId, Seq};
use crate::shelf::{Origin, Source, Sources, Versions};
use crate::store::payload::read_entry;
use crate::store::{Commands, PeriodEntries, Position};
use crate::table::{all, get};

impl Catalog {
    /// Up to `limit` versions of a record before the entry `before`, the latest first; for people who wait for a page.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Damaged`] names the entry that does not hold; [`Error::Unavailable`] when a shared
    /// journal does not answer soon.
    pub fn versions(
        &self,
        id: RecordId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<PastVersion>, Error> {
        let stands = self.record(id)?;
        let mut seqs = all::<Versions>(self.view(), &id)?;
        seqs.push(stands.version);
        // It may have been saved anew between the two looks.
        seqs.dedup();
        seqs.retain(|seq| before.is_none_or(|before| *seq < before));
        let mut past = Vec::new();
        for seq in seqs.into_iter().rev().take(limit) {
            let entry = self.entry_soon(seq)?;
            past.extend(entry.and_then(|entry| PastVersion::of(entry, id)));
        }
        Ok(past)
    }

    /// The entry that brought a step of a library's periods, and its hash, which proves all that stands before it;
    /// `None` for a step that never was.
    ///
    /// # Errors
    /// [`Error::Damaged`]; [`Error::Unavailable`] when a shared journal does not answer soon.
    pub fn period_entry(&self, library: &LibraryId, step: u64) -> Result<Option<Position>, Error> {
        let Some(seq) = get::<PeriodEntries>(self.view(), &(library.clone(), step))? else {
            return Ok(None);
        };
        let entry = self.entry_soon(seq)?;
        Ok(entry.map(|entry| Position {
            seq,
            hash: entry.hash,
        }))
    }

    /// Чем команда кончилась раньше: the entry that it made, by its name and its request (D-8); nothing when this
    /// server knows of none under them.
    ///
    /// # Errors
    /// [`Error::Damaged`]; [`Error::Unavailable`] when a shared journal does not answer soon.
    pub fn made_before(&self, command: Uuid, request: Hash) -> Result<Option<Entry>, Error> {
        match get::<Commands>(self.view(), &command.as_u128().into())? {
            Some(row) if row.request == request => self.entry_soon(row.seq),
            Some(_) | None => Ok(None),
        }
    }

    /// One entry, for people who wait for a page.
    ///
    /// # Errors
    /// [`Error::Damaged`]; [`Error::Unavailable`] when a shared journal does not answer soon.
    pub(crate) fn entry_soon(&self, seq: Seq) -> Result<Option<Entry>, Error> {
        self.store.read_soon(move |reader| {
            let before = Seq::new(seq.get().saturating_sub(1));
            let raw = reader.read(before, 1)?.into_iter().next();
            raw.map(|raw| read_entry(raw).map_err(Error::Damaged))
                .transpose()
        })
    }

    /// Откуда запись: the file it came in; `None` for one that was made here.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn origin(&self, id: RecordId) -> Result<Option<Origin>, Error> {
        Ok(get::<Sources>(self.view(), &id)?)
    }

    /// The bytes a record came as, and how they were read; for whoever cannot do without them.
    ///
    /// # Errors
    /// [`Error::Damaged`]; [`Error::Unavailable`] when a shared journal does not answer.
    pub fn source(&self, id: RecordId) -> Result<Option<Arc<Source>>, Error> {
        self.brought.source(&self.store, id)
    }

    /// As [`Catalog::source`], for people who wait for a page: they are told within two seconds.
    ///
    /// # Errors
    /// As [`Catalog::source`].
    pub fn source_soon(&self, id: RecordId) -> Result<Option<Arc<Source>>, Error> {
        self.brought.source_soon(&self.store, id)
    }
}
