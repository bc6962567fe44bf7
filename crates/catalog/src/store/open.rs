//! Opening and closing a data folder: the lock, the journal, a generation of the tables, replay.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use super::apply;
use super::aside::{Aside, PATIENCE};
use super::batch::Batch;
use super::bell::HeadBell;
use super::desk::Desk;
use super::doing::Doing;
use super::durable;
use super::fresh::{Fresh, FreshRecord};
use super::generation;
use super::home;
use super::journal::file::{FileJournal, Recovered};
use super::journal::postgres::is_in_the_open;
use super::journal::{Journal, JournalReader, Position};
use super::lock::FolderLock;
use super::mark::{self, InUse, Left, Spoiled};
use super::mirror;
use super::payload::{Touched, read_entry, read_touched};
use super::request::Request;
use super::sequencer::{Decide, Promise, Sequencer};
use super::tables::SledTables;
use super::transfer;
use crate::change::Entry;
use crate::error::Error;
use crate::id::{Hash, RecordId, Seq};
use crate::table::View;

/// Entries applied at once when replaying.
const REPLAY: usize = 256;
/// Memory that sled may keep pages in, bytes.
const CACHE: u64 = 64 << 20;

/// Дом журнала: where the truth stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum JournalHome {
    /// В папке данных.
    #[default]
    Folder,
    /// В папке данных, с зеркалом в этой папке на другом диске.
    Mirrored(PathBuf),
    /// В PostgreSQL по этому адресу, shared by several servers.
    Postgres(String),
}

impl JournalHome {
    /// Whether what goes there can be read on its way: a database on another machine, without TLS.
    #[must_use]
    pub fn is_in_the_open(&self) -> bool {
        match self {
            Self::Folder | Self::Mirrored(_) => false,
            Self::Postgres(address) => is_in_the_open(address),
        }
    }
}

impl std::str::FromStr for JournalHome {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "file" => Ok(Self::Folder),
            address
                if address.starts_with("postgres://") || address.starts_with("postgresql://") =>
            {
                Ok(Self::Postgres(address.to_owned()))
            }
            _ => Err("журнал – это file или postgres://пользователь@узел/база".to_owned()),
        }
    }
}

/// An open data folder.
pub(crate) struct Store {
    folder: PathBuf,
    cut: Option<String>,
    /// Declared before the rest so that writing ends before the tables are flushed.
    sequencer: Option<Sequencer>,
    reader: Arc<dyn JournalReader>,
    aside: Aside,
    tables: Arc<SledTables>,
    bell: Arc<HeadBell>,
    fresh: Arc<Fresh>,
    desk: Desk,
    /// Held while the tables are built a second time: two would build over one another.
    building: Mutex<()>,
    /// Declared after the tables: it calls them closed when they are.
    _in_use: InUse,
    /// Of the data folder, and of its mirror.
    _locks: (FolderLock, Option<FolderLock>),
}

impl Store {
    /// Opens a folder, making it when it is new; `progress` is told (done, of) while replaying.
    pub(crate) fn open(
        folder: &Path,
        home: &JournalHome,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, Error> {
        durable::make_folder(folder)?;
        let lock = FolderLock::take(folder)?;
        let state = folder.join("state");
        durable::make_folder(&state)?;
        let had_desk = folder.join("desk").is_dir() || matches!(home, JournalHome::Postgres(_));
        let AtHome {
            mut journal,
            cut,
            desk,
            mirror,
        } = at_home(folder, home, mark::left(&state), progress)?;
        // Whoever made these folders may have been killed before their names were synced.
        durable::sync_folder(folder)?;
        durable::sync_folder(&durable::above(folder))?;
        let reader: Arc<dyn JournalReader> = Arc::from(journal.reader());
        desk_at_start(&desk, had_desk || reader.head().seq == Seq::default());
        let shared = matches!(home, JournalHome::Postgres(_));
        let (tables, in_use) = follow_or_rebuild(&state, reader.as_ref(), shared, progress)?;
        // Only now: tables that know more than the journal prove that its end was lost, not torn.
        journal.settle()?;
        if let Some(cut) = &cut {
            tracing::warn!(%cut, "An unfinished write is cut; it had not been acknowledged");
        }
        let bell = Arc::new(HeadBell::default());
        bell.ring(reader.head().seq);
        let tables = Arc::new(tables);
        let fresh = Arc::new(Fresh::default());
        let told = (Arc::clone(&bell), Arc::clone(&fresh));
        let sequencer = Sequencer::start(journal, Arc::clone(&tables), told.0, told.1)?;
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            cut,
            sequencer: Some(sequencer),
            reader,
            aside: Aside::default(),
            tables,
            bell,
            fresh,
            desk,
            building: Mutex::default(),
            _in_use: in_use,
            _locks: (lock, mirror),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The unfinished write that this opening cut off the journal's end.
    pub(crate) fn cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// The last entry that the tables show; nothing after it is told to anyone.
    pub(crate) fn head(&self) -> Position {
        self.tables.watermark().position
    }

    pub(crate) fn wait_past(&self, seq: Seq, time: Duration) -> Seq {
        self.bell.wait_past(seq, time)
    }

    pub(crate) fn view(&self) -> &dyn View {
        self.tables.as_ref()
    }

    pub(crate) fn tables(&self) -> &SledTables {
        &self.tables
    }

    pub(crate) fn reader(&self) -> &dyn JournalReader {
        self.reader.as_ref()
    }

    /// Reads the journal when nobody else reads it so.
    pub(crate) fn read_aside<T>(
        &self,
        read: impl FnOnce(&dyn JournalReader) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.aside.read(|| read(self.reader()))
    }

    /// As [`Store::read_aside`], for people at a page: a shared journal that falls silent does not hold them.
    pub(crate) fn read_soon<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn JournalReader) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        if self.reader.shared().is_none() {
            return self.read_aside(read);
        }
        let reader = Arc::clone(&self.reader);
        self.aside
            .read_within(PATIENCE, move || read(reader.as_ref()))
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(super) fn building(&self) -> &Mutex<()> {
        &self.building
    }

    /// Puts a command into the queue of the writing thread.
    pub(crate) fn submit(
        &self,
        doing: Doing,
        request: impl Into<Request>,
        decide: Decide,
    ) -> Result<Promise, Error> {
        let closed = || Error::Unavailable("Папка закрывается".into());
        self.sequencer
            .as_ref()
            .ok_or_else(closed)?
            .submit(doing, request.into(), decide)
    }

    /// Runs a command to its end.
    pub(crate) fn run(
        &self,
        doing: Doing,
        request: impl Into<Request>,
        decide: Decide,
    ) -> Result<Option<Entry>, Error> {
        self.submit(doing, request, decide)?.keep()
    }

    /// Asks the writing thread whether it writes.
    pub(crate) fn ready(&self, doing: Doing, request: Hash) -> Result<(), Error> {
        let asked = self.submit(doing, request, Box::new(|_| Ok(None)))?;
        asked.keep_soon().map(|_| ())
    }

    /// Records touched by up to `limit` entries after `after`, and the entry these lead to.
    pub(crate) fn touched(
        &self,
        after: Seq,
        limit: usize,
    ) -> Result<(Vec<RecordId>, Option<Position>), Error> {
        let head = self.head().seq;
        let (mut records, mut upto) = (Vec::new(), None);
        if after >= head {
            return Ok((records, upto));
        }
        if let Some((records, upto)) = self.fresh.touched(after, head, limit) {
            return Ok((records, Some(upto)));
        }
        let raw = self.reader.read(after, limit)?;
        for raw in raw.into_iter().take_while(|raw| raw.seq <= head) {
            upto = Some(Position {
                seq: raw.seq,
                hash: raw.hash,
            });
            match read_touched(raw).map_err(Error::Damaged)? {
                Touched::Records(ids) => records.extend(ids),
                Touched::ByChange(entry) => records.extend(entry.change.records(self.view())?),
            }
        }
        Ok((records, upto))
    }

    /// The record as one of the last entries left it, if one of them wrote it.
    pub(crate) fn fresh(&self, id: RecordId) -> Option<FreshRecord> {
        self.fresh.record(id)
    }

    /// The hash of one entry; nothing where the journal is shorter.
    pub(crate) fn hash_at(&self, seq: Seq) -> Result<Option<Hash>, Error> {
        let Some(before) = seq.get().checked_sub(1).filter(|_| seq <= self.head().seq) else {
            return Ok((seq == Seq::default()).then_some(Hash::default()));
        };
        let raw = self.reader.read(Seq::new(before), 1)?;
        Ok(raw.first().map(|raw| raw.hash))
    }

    pub(crate) fn entries(&self, after: Seq, limit: usize) -> Result<Vec<Entry>, Error> {
        let head = self.head().seq;
        if after >= head {
            return Ok(Vec::new());
        }
        let raw = self.reader.read(after, limit)?;
        raw.into_iter()
            .filter(|raw| raw.seq <= head)
            .map(|raw| read_entry(raw).map_err(Error::Damaged))
            .collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.sequencer = None;
        self.tables.flush();
    }
}

/// The journal and the desk where they stand, and the lock of the mirror.
struct AtHome {
    journal: Box<dyn Journal>,
    /// What is cut off its end.
    cut: Option<String>,
    desk: Desk,
    mirror: Option<FolderLock>,
}

fn at_home(
    folder: &Path,
    home: &JournalHome,
    left: Left,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<AtHome, Error> {
    let own = folder.join("journal");
    if !matches!(home, JournalHome::Postgres(_)) {
        transfer::must_be_here(folder)?;
    }
    match home {
        JournalHome::Folder => {
            mirror::must_be_whole(folder)?;
            if mirror::is_empty(&own)? {
                generation::must_be_none(folder)?;
            }
            let (journal, recovered) = FileJournal::open(&own, Uuid::new_v4())?;
            must_be_as_left(&recovered, left)?;
            Ok(AtHome {
                cut: recovered.cut,
                journal: Box::new(journal.in_service()),
                desk: Desk::open(&folder.join("desk"))?,
                mirror: None,
            })
        }
        JournalHome::Mirrored(other) => {
            let opened = mirror::open(folder, other, left, progress)?;
            Ok(AtHome {
                cut: opened.cut,
                journal: opened.journal,
                desk: opened.desk,
                mirror: Some(opened.lock),
            })
        }
        JournalHome::Postgres(address) => Ok(AtHome {
            cut: None,
            journal: Box::new(home::open_shared(folder, address)?),
            desk: Desk::shared(address)?,
            mirror: None,
        }),
    }
}

/// Notes of older programs get their sums, and a desk that is gone is remembered; neither keeps a library shut.
fn desk_at_start(desk: &Desk, stood: bool) {
    if let Err(error) = desk.sum_up() {
        tracing::warn!(%error, "Notes of an older program have no sums yet");
    }
    if !stood && desk.notes().is_ok_and(|notes| notes.is_empty()) {
        tracing::error!("The desk is gone, and with it all passwords and keys");
        if let Err(error) = desk.mark_begun_anew() {
            tracing::warn!(%error, "That the desk is gone is not remembered");
        }
    }
}

/// After a clean stop nothing is unfinished: what looks so was changed since.
pub(super) fn must_be_as_left(recovered: &Recovered, left: Left) -> Result<(), Error> {
    match &recovered.cut {
        Some(what) if left == Left::Closed => Err(Error::Damaged(format!(
            "Журнал повреждён: {what}, хотя программа была остановлена чисто. \
             Восстановите папку из резервной копии"
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Opens the last generation and brings it to the head; builds a new one when it cannot be trusted.
fn follow_or_rebuild(
    state: &Path,
    reader: &dyn JournalReader,
    shared: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(SledTables, InUse), Error> {
    let last = generation::last(state)?;
    let mut asked = false;
    if let Some((number, path)) = &last
        && mark::left(state) != Left::Unknown
        && path.ends_with(generation::name(*number))
    {
        asked = true;
        let spoiled = Spoiled::of(state);
        let in_use = InUse::begin(state, path, Arc::clone(&spoiled))?;
        match try_generation(path, Arc::clone(&spoiled), reader, progress) {
            Ok(tables) => return Ok((tables, in_use)),
            // Of a shared journal this is a view that ran ahead of a failover: it is built anew.
            Err(Error::Damaged(why)) if generation::proves(&why) && !shared => {
                return Err(Error::Damaged(why));
            }
            Err(error) => {
                spoiled.tell();
                tracing::warn!(%error, "Tables cannot be trusted; building them anew");
            }
        }
    }
    // Those of another boot, or of another shape, may still know of an end that was lost.
    if !shared && !asked {
        generation::must_reach(state, reader)?;
    }
    // What is half built now must not be taken for whole after a power cut.
    mark::forget(state)?;
    let number = last.map_or(1, |(number, _)| number + 1);
    let path = state.join(generation::name(number));
    let spoiled = Spoiled::of(state);
    let tables = SledTables::open(&path, CACHE, Arc::clone(&spoiled))?;
    replay(&tables, reader, progress)?;
    generation::remove_others(state, &path)?;
    let in_use = InUse::begin(state, &path, spoiled)?;
    Ok((tables, in_use))
}

fn try_generation(
    path: &Path,
    spoiled: Arc<Spoiled>,
    reader: &dyn JournalReader,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<SledTables, Error> {
    let tables = SledTables::open(path, CACHE, spoiled)?;
    generation::must_lead(reader, tables.watermark().position)?;
    replay(&tables, reader, progress)?;
    Ok(tables)
}

/// Applies what the tables miss.
pub(super) fn replay(
    tables: &SledTables,
    reader: &dyn JournalReader,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    replay_to(tables, reader, reader.head(), progress)
}

/// Applies what the tables miss up to one entry and no further.
pub(super) fn replay_to(
    tables: &SledTables,
    reader: &dyn JournalReader,
    last: Position,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    let mut at = tables.watermark().position;
    while at.seq < last.seq {
        let raw = reader.read_on(at, REPLAY)?;
        if raw.is_empty() {
            return Err(Error::Damaged(format!(
                "Журнал повреждён: записи {} нет на месте. Восстановите его из резервной копии",
                at.seq.next()
            )));
        }
        let mut batch = Batch::new(tables);
        for raw in raw.into_iter().take_while(|raw| raw.seq <= last.seq) {
            let position = Position {
                seq: raw.seq,
                hash: raw.hash,
            };
            let entry = read_entry(raw).map_err(Error::Damaged)?;
            let Entry {
                seq,
                at: time,
                command_id,
                request,
                change,
                ..
            } = entry;
            apply::apply(&change, seq, time, command_id, request, &mut batch)?;
            batch.keep();
            at = position;
        }
        tables.commit(batch.writes(), at)?;
        progress(at.seq.get(), last.seq.get());
    }
    Ok(())
}
