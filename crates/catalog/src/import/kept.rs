//! Исходный файл приёма: kept in the data folder until the import is over, so that a broken one is finished (D-2).
//!
//! `jobs/ID` are the bytes, `jobs/ID.json` is the order; the order is written last, so it vouches for the bytes. The
//! journal says which jobs are over. Knows nothing of records.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ImportOrder;
use crate::error::Error;
use crate::id::{LibraryId, UserId};
use crate::store::{Doing, durable, free_space};

const FOLDER: &str = "jobs";
/// Of the bytes in one write.
const PIECE: usize = 1 << 20;
/// So much of the disk a file leaves free: the journal and the tables need room for what stands in it.
const LEFT: u64 = 32 << 20;

/// The order of an import as it lies beside its file.
#[derive(Serialize, Deserialize)]
struct Note {
    file: String,
    library: LibraryId,
    format: Option<String>,
    actor: UserId,
    on: Option<Date>,
    length: u64,
}

/// A file with its order.
pub(super) struct Kept {
    pub(super) order: ImportOrder,
    pub(super) actor: UserId,
    pub(super) on: Option<Date>,
    pub(super) length: u64,
    path: PathBuf,
}

impl Kept {
    /// The file, from its beginning.
    pub(super) fn read(&self) -> Result<BufReader<File>, Error> {
        let file = File::open(&self.path).map_err(|e| Error::io(&self.path, e))?;
        Ok(BufReader::new(file))
    }
}

fn place(folder: &Path, job: Uuid) -> (PathBuf, PathBuf) {
    let bytes = folder.join(FOLDER).join(job.to_string());
    let note = bytes.with_extension("json");
    (bytes, note)
}

/// Keeps all that a stream gives, with its order.
///
/// # Errors
/// [`Error::NoSpace`] when the disk has no room for it; nothing is left of it then.
pub(super) fn spool(
    folder: &Path,
    job: Uuid,
    doing: &Doing,
    order: &ImportOrder,
    stream: impl Read,
) -> Result<(), Error> {
    let (bytes, _) = place(folder, job);
    durable::make_folder(&folder.join(FOLDER))?;
    copy(stream, &bytes, order)
        .and_then(|length| vouch(folder, job, doing, order, length))
        .inspect_err(|_| forget(folder, job))
}

/// As [`spool`], of a file that lies in the data folder already: it is moved.
pub(super) fn adopt(
    folder: &Path,
    job: Uuid,
    doing: &Doing,
    order: &ImportOrder,
    file: &Path,
) -> Result<(), Error> {
    let (bytes, _) = place(folder, job);
    durable::make_folder(&folder.join(FOLDER))?;
    let moved = || {
        let opened = File::open(file)?;
        opened.sync_all()?;
        fs::rename(file, &bytes)?;
        Ok(opened.metadata()?.len())
    };
    moved()
        .map_err(|e| Error::io(file, e))
        .and_then(|length| vouch(folder, job, doing, order, length))
        .inspect_err(|_| forget(folder, job))
}

fn copy(mut from: impl Read, to: &Path, order: &ImportOrder) -> Result<u64, Error> {
    let failed = |source: std::io::Error| {
        let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded];
        if full.contains(&source.kind()) {
            return no_space(order);
        }
        Error::io(to, source)
    };
    let unread = |source| Error::Io {
        what: order.file.clone(),
        source,
    };
    let mut file = durable::make_file(to).map_err(failed)?;
    let mut piece = vec![0; PIECE];
    let mut length = 0;
    loop {
        let read = match from.read(&mut piece) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read.map_err(unread)?,
        };
        if read == 0 {
            break;
        }
        if free_space(&durable::above(to)) < LEFT {
            return Err(no_space(order));
        }
        file.write_all(&piece[..read]).map_err(failed)?;
        length += read as u64;
    }
    file.sync_all().map_err(failed)?;
    Ok(length)
}

fn no_space(order: &ImportOrder) -> Error {
    Error::NoSpace(format!(
        "На диске нет места для файла {}: ничего не записано. Освободите место и загрузите файл снова",
        order.file
    ))
}

fn vouch(
    folder: &Path,
    job: Uuid,
    doing: &Doing,
    order: &ImportOrder,
    length: u64,
) -> Result<(), Error> {
    let (_, path) = place(folder, job);
    let note = Note {
        file: order.file.clone(),
        library: order.library.clone(),
        format: order.format.map(|format| format.name().to_owned()),
        actor: doing.actor.clone(),
        on: doing.on,
        length,
    };
    let note = serde_json::to_vec(&note).map_err(|e| Error::Damaged(e.to_string()))?;
    durable::replace(&path, &note)
}

/// The file of a job with its order; `None` when they are not here, or not whole.
pub(super) fn find(folder: &Path, job: Uuid) -> Option<Kept> {
    let (path, note) = place(folder, job);
    let note: Note = serde_json::from_slice(&fs::read(note).ok()?).ok()?;
    let length = fs::metadata(&path).ok()?.len();
    let format = note.format.map(|name| name.parse()).transpose().ok()?;
    (length == note.length).then_some(Kept {
        order: ImportOrder {
            file: note.file,
            library: note.library,
            format,
            dry_run: false,
        },
        actor: note.actor,
        on: note.on,
        length,
        path,
    })
}

/// Lets a file go. The journal knows that its job is over: what a power cut brings back is swept away.
pub(super) fn forget(folder: &Path, job: Uuid) {
    let (bytes, note) = place(folder, job);
    for path in [note, bytes] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, path = %path.display(), "The file of an import was not removed");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// Jobs of which anything lies here.
pub(super) fn jobs(folder: &Path) -> BTreeSet<Uuid> {
    let Ok(inside) = fs::read_dir(folder.join(FOLDER)) else {
        return BTreeSet::new();
    };
    let names = inside.flatten().map(|entry| entry.path());
    names
        .filter_map(|path| path.file_stem()?.to_str()?.parse().ok())
        .collect()
}

/// Приёмы, которые идут: each job is carried out by one thread at a time.
#[derive(Default)]
pub(crate) struct AtWork(Mutex<BTreeSet<Uuid>>);

impl AtWork {
    /// Begins a job, unless it is at work already.
    pub(super) fn enter(&self, job: Uuid) -> Result<Entered<'_>, Error> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !jobs.insert(job) {
            return Err(Error::Unavailable(
                "Этот файл уже загружается: повторите через минуту".into(),
            ));
        }
        Ok(Entered { at_work: self, job })
    }

    pub(super) fn has(&self, job: Uuid) -> bool {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.contains(&job)
    }
}

/// A job at work; it is over when this is dropped.
pub(super) struct Entered<'a> {
    at_work: &'a AtWork,
    job: Uuid,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut jobs = self.at_work.0.lock();
        let jobs = jobs
            .as_mut()
            .map_or_else(|e| e.get_mut(), |jobs| &mut *jobs);
        jobs.remove(&self.job);
    }
}
