//! Opening and closing a data folder: the lock, the journal, a generation of the tables, replay.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use super::apply::{self, STATE_SHAPE};
use super::batch::Batch;
use super::bell::HeadBell;
use super::desk::Desk;
use super::durable;
use super::journal::file::FileJournal;
use super::journal::postgres::SharedJournal;
use super::journal::{Journal, JournalReader, Position};
use super::mark::{self, InUse, Left, Spoiled};
use super::mirror;
use super::payload::{Touched, read_entry, read_touched};
use super::sequencer::{Decide, Doing, Promise, Sequencer};
use super::tables::SledTables;
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
    shared: bool,
    /// Declared before the rest so that writing ends before the tables are flushed.
    sequencer: Option<Sequencer>,
    reader: Box<dyn JournalReader>,
    tables: Arc<SledTables>,
    bell: Arc<HeadBell>,
    desk: Desk,
    /// Held while the tables are built a second time: two would build over one another.
    building: Mutex<()>,
    /// Declared after the tables: it calls them closed when they are.
    _in_use: InUse,
    /// Of the data folder, and of its mirror.
    _locks: (File, Option<File>),
}

/// The process that owns a data folder now, if any does.
#[must_use]
pub fn owner(folder: &Path) -> Option<u32> {
    let path = folder.join("lock");
    let file = File::open(&path).ok()?;
    match file.try_lock() {
        Ok(()) => None,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {
            let mut text = String::new();
            File::open(&path).ok()?.read_to_string(&mut text).ok()?;
            Some(text.trim().parse().unwrap_or(0))
        }
    }
}

impl Store {
    /// Opens a folder, making it when it is new; `progress` is told (done, of) while replaying.
    pub(crate) fn open(
        folder: &Path,
        home: &JournalHome,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, Error> {
        durable::make_folder(folder)?;
        let lock = take_lock(folder)?;
        let state = folder.join("state");
        durable::make_folder(&state)?;
        let AtHome {
            mut journal,
            desk,
            mirror,
        } = at_home(folder, home, mark::left(&state), progress)?;
        // Whoever made these folders may have been killed before their names were synced.
        durable::sync_folder(folder)?;
        durable::sync_folder(&durable::above(folder))?;
        let reader = journal.reader();
        let shared = matches!(home, JournalHome::Postgres(_));
        let (tables, in_use) = follow_or_rebuild(&state, reader.as_ref(), shared, progress)?;
        // Only now: tables that know more than the journal prove that its end was lost, not torn.
        journal.settle()?;
        let bell = Arc::new(HeadBell::default());
        bell.ring(reader.head().seq);
        let tables = Arc::new(tables);
        let sequencer = Sequencer::start(journal, Arc::clone(&tables), Arc::clone(&bell))?;
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            shared,
            sequencer: Some(sequencer),
            reader,
            tables,
            bell,
            desk,
            building: Mutex::default(),
            _in_use: in_use,
            _locks: (lock, mirror),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.shared
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
        request: Hash,
        decide: Decide,
    ) -> Result<Promise, Error> {
        let closed = || Error::Unavailable("Папка закрывается".into());
        self.sequencer
            .as_ref()
            .ok_or_else(closed)?
            .submit(doing, request, decide)
    }

    /// Runs a command to its end.
    pub(crate) fn run(
        &self,
        doing: Doing,
        request: Hash,
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
    desk: Desk,
    mirror: Option<File>,
}

fn at_home(
    folder: &Path,
    home: &JournalHome,
    left: Left,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<AtHome, Error> {
    let own = folder.join("journal");
    match home {
        JournalHome::Folder => {
            let (journal, recovered) = FileJournal::open(&own, Uuid::new_v4())?;
            if let Some(cut) = recovered.cut {
                if left == Left::Closed {
                    return Err(changed_at_rest(&cut));
                }
                tracing::warn!(%cut, "An unfinished write is cut; it had not been acknowledged");
            }
            Ok(AtHome {
                journal: Box::new(journal.in_service()),
                desk: Desk::open(&folder.join("desk"))?,
                mirror: None,
            })
        }
        JournalHome::Mirrored(other) => {
            let opened = mirror::open(folder, other, left, progress)?;
            Ok(AtHome {
                journal: opened.journal,
                desk: opened.desk,
                mirror: Some(opened.lock),
            })
        }
        JournalHome::Postgres(_) if own.exists() => Err(Error::Unavailable(format!(
            "В папке {} стоит свой журнал: перенесите его командой fond move или назовите другую папку",
            folder.display()
        ))),
        JournalHome::Postgres(address) => Ok(AtHome {
            journal: Box::new(SharedJournal::open(address, Uuid::new_v4())?),
            desk: Desk::shared(address)?,
            mirror: None,
        }),
    }
}

/// After a clean stop nothing is unfinished: what looks so was changed since.
pub(super) fn changed_at_rest(what: &str) -> Error {
    Error::Damaged(format!(
        "Журнал повреждён: {what}, хотя программа была остановлена чисто. \
         Восстановите папку из резервной копии"
    ))
}

pub(super) fn take_lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|e| Error::io(&path, e))?;
    if file.try_lock().is_err() {
        let pid = owner(folder).unwrap_or(0);
        return Err(Error::Unavailable(format!(
            "Папка {} занята другим процессом (pid {pid}): остановите его или работайте через него",
            folder.display()
        )));
    }
    file.set_len(0).map_err(|e| Error::io(&path, e))?;
    write!(file, "{}", std::process::id()).map_err(|e| Error::io(&path, e))?;
    Ok(file)
}

/// Opens the last generation and brings it to the head; builds a new one when it cannot be trusted.
fn follow_or_rebuild(
    state: &Path,
    reader: &dyn JournalReader,
    shared: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(SledTables, InUse), Error> {
    let last = last_generation(state)?;
    if let Some((number, path)) = &last
        && mark::left(state) != Left::Unknown
        && path.ends_with(generation_name(*number))
    {
        let spoiled = Spoiled::of(state);
        let in_use = InUse::begin(state, path, Arc::clone(&spoiled))?;
        match try_generation(path, Arc::clone(&spoiled), reader, progress) {
            Ok(tables) => return Ok((tables, in_use)),
            // Of a shared journal this is a view that ran ahead of a failover: it is built anew.
            Err(Error::Damaged(why)) if why.starts_with(AHEAD) && !shared => {
                return Err(Error::Damaged(why));
            }
            Err(error) => {
                spoiled.tell();
                tracing::warn!(%error, "Tables cannot be trusted; building them anew");
            }
        }
    }
    // What is half built now must not be taken for whole after a power cut.
    mark::forget(state)?;
    let number = last.map_or(1, |(number, _)| number + 1);
    let path = state.join(generation_name(number));
    let spoiled = Spoiled::of(state);
    let tables = SledTables::open(&path, CACHE, Arc::clone(&spoiled))?;
    replay(&tables, reader, progress)?;
    remove_other_generations(state, &path)?;
    let in_use = InUse::begin(state, &path, spoiled)?;
    Ok((tables, in_use))
}

/// Start of the message about tables that know more than the journal: a lost end of the journal.
const AHEAD: &str = "Таблицы знают больше, чем журнал";

fn try_generation(
    path: &Path,
    spoiled: Arc<Spoiled>,
    reader: &dyn JournalReader,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<SledTables, Error> {
    let tables = SledTables::open(path, CACHE, spoiled)?;
    let (at, head) = (tables.watermark().position, reader.head());
    if at.seq > head.seq {
        return Err(Error::Damaged(format!(
            "{AHEAD}: они на записи {}, журнал кончается на {}. Конец журнала пропал: \
             восстановите папку из резервной копии",
            at.seq, head.seq
        )));
    }
    if at.seq > Seq::default() {
        let entry = reader.read(Seq::new(at.seq.get() - 1), 1)?;
        if entry.first().map(|e| e.hash) != Some(at.hash) {
            return Err(Error::Damaged(
                "таблицы построены по другому журналу".into(),
            ));
        }
    }
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

fn generation_name(number: u64) -> String {
    format!("gen-{number}-shape-{STATE_SHAPE}")
}

fn last_generation(state: &Path) -> Result<Option<(u64, PathBuf)>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(state).map_err(|e| Error::io(state, e))? {
        let path = entry.map_err(|e| Error::io(state, e))?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let number = name
            .strip_prefix("gen-")
            .and_then(|rest| rest.split('-').next()?.parse().ok());
        found.extend(number.map(|number: u64| (number, path)));
    }
    Ok(found.into_iter().max())
}

fn remove_other_generations(state: &Path, keep: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(state).map_err(|e| Error::io(state, e))? {
        let path = entry.map_err(|e| Error::io(state, e))?.path();
        if path.is_dir() && path != keep {
            fs::remove_dir_all(&path).map_err(|e| Error::io(&path, e))?;
        }
    }
    Ok(())
}
