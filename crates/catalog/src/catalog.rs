//! The one door: save a record, post an act, read, follow, verify.
//!
//! Every writing call is decided on the latest state by one thread, written into the journal, and
//! answered when it is on disk. Reading calls see the tables.

mod opening;
mod past;
mod people;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::change::{Change, Entry};
use crate::error::Error;
use crate::fund::{self, Context, FundCommand, FundError};
use crate::id::{Hash, LibraryId, RecordId, Seq};
use crate::import::AtWork;
use crate::record::{BiblioRecord, Field, Tag, check};
use crate::rule::Finding;
use crate::shelf::{
    ControlNumbers, RecordStatus, RecordVersion, Records, SourceKey, SourceKeys, StoredRecord,
    next_record_id,
};
use crate::store::{
    Brought, Desk, Doing, FreshRecord, Manifest, Position, Promise, SharedHead, Store, VerifyReport,
};
use crate::table::{View, all, encode, get, scan_from};

/// Каталог: an open library folder.
pub struct Catalog {
    store: Store,
    at_work: AtWork,
    brought: Brought,
}

/// A record to save: a new one, or a new version of one that the caller has seen.
#[derive(Clone, Debug)]
pub struct RecordDraft {
    /// Which record and which version of it was seen; `None` makes a new one.
    pub replaces: Option<(RecordId, Seq)>,
    /// Whose it is to be.
    pub owner: LibraryId,
    /// What it is to be.
    pub status: RecordStatus,
    /// The record, in RUSMARC.
    pub record: BiblioRecord,
}

impl Catalog {
    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.store.folder()
    }

    /// The end of a journal that other servers write too, as it was seen last; `None` when nobody else writes.
    #[must_use]
    pub fn shared(&self) -> Option<SharedHead> {
        self.store.reader().shared()
    }

    /// Whether the tables were found to be damaged on disk: the next start builds them anew.
    #[must_use]
    pub fn tables_are_spoilt(&self) -> bool {
        self.store.tables().are_spoilt()
    }

    pub(crate) fn at_work(&self) -> &AtWork {
        &self.at_work
    }

    /// The last durable entry and the hash that fixes everything before it.
    #[must_use]
    pub fn head(&self) -> Position {
        self.store.head()
    }

    /// Waits until there is an entry after `seq`, or the time is over; returns the head.
    #[must_use]
    pub fn wait_past(&self, seq: Seq, time: Duration) -> Seq {
        self.store.wait_past(seq, time)
    }

    /// Up to `limit` entries after `seq`, in order.
    ///
    /// # Errors
    /// [`Error::Damaged`] names the first entry that does not hold.
    pub fn changes_since(&self, seq: Seq, limit: usize) -> Result<Vec<Entry>, Error> {
        self.store.entries(seq, limit)
    }

    /// Records touched by up to `limit` entries after `seq`, some perhaps twice, and the entry that these
    /// lead to; no entry where there is none after `seq`.
    ///
    /// # Errors
    /// [`Error::Damaged`] names the first entry that does not hold.
    pub fn touched_since(
        &self,
        seq: Seq,
        limit: usize,
    ) -> Result<(Vec<RecordId>, Option<Position>), Error> {
        self.store.touched(seq, limit)
    }

    /// The chain hash at an entry, or nothing when the journal is shorter.
    ///
    /// # Errors
    /// [`Error::Damaged`] names the first entry that does not hold.
    pub fn hash_at(&self, seq: Seq) -> Result<Option<Hash>, Error> {
        self.store.hash_at(seq)
    }

    /// The state, for the reading functions of the wings (`fund::books` and the like).
    #[must_use]
    pub fn view(&self) -> &dyn View {
        self.store.view()
    }

    /// What must be mutable or erasable: hashes, sessions, drafts.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        self.store.desk()
    }

    /// The record as one of the last changes left it; nothing when none of them wrote it, and [`Catalog::record`]
    /// says how it stands.
    #[must_use]
    pub fn fresh(&self, id: RecordId) -> Option<FreshRecord> {
        self.store.fresh(id)
    }

    /// One record.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn record(&self, id: RecordId) -> Result<StoredRecord, Error> {
        get::<Records>(self.view(), &id)?
            .ok_or_else(|| Error::NotFound(format!("Записи {id} нет в каталоге")))
    }

    /// Up to `limit` records with ids after `after`, by id.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn records_after(
        &self,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, Error> {
        let from = RecordId::new(after.map_or(0, |id| id.get().saturating_add(1)));
        let mut out = Vec::new();
        scan_from::<Records>(self.view(), &(), &from, |record| {
            if out.len() == limit {
                return std::ops::ControlFlow::Break(());
            }
            out.push(record);
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(out)
    }

    /// How many records there are.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn record_count(&self) -> Result<u64, Error> {
        // Ids are given in order, without gaps, and a record is never removed.
        Ok(next_record_id(self.view())?.get() - 1)
    }

    /// The record that the outer world names so.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn by_source_key(&self, key: &SourceKey) -> Result<Option<RecordId>, Error> {
        Ok(get::<SourceKeys>(
            self.view(),
            &(key.agency.clone(), key.control.clone()),
        )?)
    }

    /// The records with this 001, whichever agency gave it.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn by_control_number(&self, control: &str) -> Result<Vec<RecordId>, Error> {
        Ok(all::<ControlNumbers>(self.view(), &control.to_owned())?)
    }

    /// Сохраняет запись: a new one, or a new version of the one that the caller saw.
    ///
    /// A record without an identifier gets one, and the time of saving is put into it.
    ///
    /// # Errors
    /// [`Error::Stale`] when somebody saved it meanwhile; [`Error::Refused`] when it is to be final and a
    /// blocking finding stands (D-12).
    pub fn save_record(&self, doing: Doing, draft: RecordDraft) -> Result<(RecordId, Seq), Error> {
        let at = doing.at;
        let request = doing.request.unwrap_or_else(|| {
            request_hash(&(&draft.replaces, &draft.owner, &draft.status, &draft.record))
        });
        let entry = self.store.run(
            doing,
            request,
            Box::new(move |view| {
                let (id, key) = match draft.replaces {
                    Some((id, seen)) => {
                        let stands = get::<Records>(view, &id)?.ok_or_else(|| {
                            Error::NotFound(format!("Записи {id} нет в каталоге"))
                        })?;
                        if stands.version != seen {
                            return Err(Error::Stale {
                                expected: seen,
                                found: stands.version,
                            });
                        }
                        (id, stands.key)
                    }
                    None => (next_record_id(view)?, None),
                };
                let RecordDraft {
                    owner,
                    status,
                    mut record,
                    ..
                } = draft;
                stamp(&mut record, id, at);
                if status == RecordStatus::Final {
                    let findings = check::check(&record);
                    let blocking: Vec<Finding> =
                        findings.into_iter().filter(Finding::blocks).collect();
                    if !blocking.is_empty() {
                        return Err(Error::Refused(blocking));
                    }
                }
                Ok(Some(Change::Records(vec![RecordVersion {
                    id,
                    owner,
                    status,
                    record: Arc::new(record),
                    key,
                    source: None,
                }])))
            }),
        )?;
        match entry.map(|entry| (entry.seq, entry.change)) {
            Some((seq, Change::Records(versions))) if !versions.is_empty() => {
                Ok((versions[0].id, seq))
            }
            Some(_) | None => Err(Error::KeyReused),
        }
    }

    /// Проводит документ фонда: checks it, writes it into the journal, brings items and books up to
    /// date. `None` when it was posted before.
    ///
    /// # Errors
    /// [`Error::Refused`] with every broken rule at once; nothing has been written then.
    pub fn fund(
        &self,
        mut doing: Doing,
        library: &LibraryId,
        command: FundCommand,
    ) -> Result<Option<Entry>, Error> {
        doing.on = doing.on.or_else(|| command.order.date());
        let request = doing
            .request
            .unwrap_or_else(|| request_hash(&(library, &command)));
        let context = Context {
            library: library.clone(),
            actor: doing.actor.clone(),
            at: doing.at,
        };
        self.store.run(
            doing,
            request,
            Box::new(move |view| match fund::decide(&command, &context, view) {
                Ok(change) => Ok(change.map(|change| Change::Fund(Box::new(change)))),
                Err(FundError::Refused(findings)) => Err(Error::Refused(findings)),
                Err(FundError::Table(error)) => Err(error.into()),
            }),
        )
    }

    /// Сверка: chain, watermarks, digests, sums; with `full`, the tables are built a second time and
    /// compared. `progress` is told (entries done, of).
    ///
    /// # Errors
    /// Only when checking itself cannot be done; what is wrong is in the report.
    pub fn verify(
        &self,
        full: bool,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<VerifyReport, Error> {
        self.store.verify(full, progress)
    }

    /// Место для полной сверки: what it takes on the disk for a while, and what is free there, bytes.
    #[must_use]
    pub fn room_to_verify(&self) -> (u64, u64) {
        self.store.room_to_verify()
    }

    /// Резервная копия всего до настоящей записи журнала, in one file; work goes on meanwhile.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Damaged`] names the first entry that does not hold.
    pub fn backup(
        &self,
        file: &Path,
        made: jiff::Timestamp,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Manifest, Error> {
        self.store.backup(file, made, progress)
    }

    /// Whether the journal takes changes: the thread that writes it is asked, and writes nothing.
    ///
    /// # Errors
    /// Why it takes none: [`Error::Unavailable`] and its kin.
    pub fn ready(&self, doing: Doing) -> Result<(), Error> {
        self.store.ready(doing, request_hash(&"ready"))
    }

    /// A command for the writing thread; for the door's own rooms (import, post).
    pub(crate) fn run(
        &self,
        doing: Doing,
        request: Hash,
        decide: impl FnOnce(&dyn View) -> Result<Option<Change>, Error> + Send + 'static,
    ) -> Result<Option<Entry>, Error> {
        self.store.run(doing, request, Box::new(decide))
    }

    /// The same without waiting for the end, for a caller that prepares the next command meanwhile.
    pub(crate) fn submit(
        &self,
        doing: Doing,
        request: Hash,
        decide: impl FnOnce(&dyn View) -> Result<Option<Change>, Error> + Send + 'static,
    ) -> Result<Promise, Error> {
        self.store.submit(doing, request, Box::new(decide))
    }
}

/// Gives a record its identifier, if it has none, and the time of this version.
fn stamp(record: &mut BiblioRecord, id: RecordId, at: Timestamp) {
    let blank = record.control("001").is_none_or(|id| id.trim().is_empty());
    let mut stamps = vec![(Tag::UPDATED, at.strftime("%Y%m%d%H%M%S.0").to_string())];
    if blank {
        stamps.insert(0, (Tag::IDENTIFIER, id.to_string()));
    }
    for (tag, value) in stamps {
        record.fields.retain(|field| field.tag != tag);
        let place = record.fields.iter().position(|field| field.tag > tag);
        let place = place.unwrap_or(record.fields.len());
        record.fields.insert(place, Field::control(tag, value));
    }
}

/// Digest of a request, to tell a retry from another request under the same key (D-8).
pub(crate) fn request_hash(request: &impl serde::Serialize) -> Hash {
    *blake3::hash(&encode(request)).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fund::Order;

    #[test]
    fn a_command_that_panics_answers_for_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path()).unwrap();
        let doing = || Doing::now("иванова".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let answer = catalog.run(doing(), [0; 32], |_| panic!("a slip of the program"));
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        let library: LibraryId = "MAIN".parse().unwrap();
        let node = fund::network::LibraryNode {
            id: library.clone(),
            name: "Библиотека".to_owned(),
            parent: None,
            kind: fund::network::NodeKind::School,
        };
        let order = Order::AddLibrary(node);
        let command = FundCommand { event: None, order };
        assert!(catalog.fund(doing(), &library, command).unwrap().is_some());
    }
}
