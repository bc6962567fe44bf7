//! Зеркало на другом диске: opening a library with it, and the library from it.
//!
//! The mirror's folder looks like a data folder without tables: a journal, a desk, a lock. At opening the
//! one that is behind is brought up to the other; two that differ are never joined. A library that comes from
//! its mirror alone stands in the data folder only when all of it is there.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use uuid::Uuid;

use super::desk::Desk;
use super::durable;
use super::generation;
use super::journal::file::FileJournal;
use super::journal::mirror::{MirroredJournal, first_difference, read_note};
use super::journal::{Journal, JournalError, JournalReader, Position};
use super::lock::{FolderLock, owner};
use super::mark::Left;
use super::open::must_be_as_left;
use super::root::Root;
use super::transfer::copy_entries;
use crate::error::Error;
use crate::id::{Hash, Seq};

/// What a library with a mirror is made of.
pub(super) struct Opened {
    pub(super) journal: Box<dyn Journal>,
    /// What is cut off the ends of the two.
    pub(super) cut: Option<String>,
    pub(super) desk: Desk,
    /// Held as long as the mirror is ours.
    pub(super) lock: FolderLock,
}

/// Opens the journal in `folder` with its mirror, both at the same entry.
pub(super) fn open(
    folder: &Path,
    mirror: &Path,
    left: Left,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Opened, Error> {
    if !mirror.is_dir() {
        return Err(Error::Unavailable(format!(
            "Папки зеркала {} нет: подключите её диск или создайте её; без зеркала запускают без --mirror",
            mirror.display()
        )));
    }
    let lock = FolderLock::take(mirror)?;
    warn_of_one_disk(folder, mirror);
    let (own, other) = (folder.join("journal"), mirror.join("journal"));
    match (is_empty(&own)?, is_empty(&other)?) {
        (true, false) => take_over(folder, mirror, progress)?,
        (true, true) => {
            generation::must_be_none(folder)?;
            must_come_to(read_note(&mirror.join(NOTE)), None, mirror)?;
        }
        (false, _) => {}
    }
    let (mut main, recovered) = FileJournal::open(&own, Uuid::new_v4())?;
    must_be_as_left(&recovered, left)?;
    let library = main.reader().library();
    let (mut copy, of_copy) = FileJournal::open(&other, library)?;
    copy.settle()?;
    level(&mut main, &mut copy, progress)?;
    whole_by_its_note(mirror, copy.reader().as_ref())?;
    durable::sync_folder(mirror)?;
    let desk = Desk::mirrored(&folder.join("desk"), &mirror.join("desk"))?;
    let (root, note) = (Root::of(&other)?, mirror.join(NOTE));
    let journal = MirroredJournal::new(main.in_service(), copy.in_service(), root, note);
    let of_copy = of_copy.cut.map(|cut| format!("зеркало, {cut}"));
    let cut: Vec<String> = recovered.cut.into_iter().chain(of_copy).collect();
    Ok(Opened {
        cut: (!cut.is_empty()).then(|| cut.join("; ")),
        journal: Box::new(journal),
        desk,
        lock,
    })
}

/// How far the mirror came, written when it is closed.
const NOTE: &str = "head";

/// Refuses a journal that is shorter than its mirror was when it was closed, or is another.
pub(super) fn whole_by_its_note(mirror: &Path, reader: &dyn JournalReader) -> Result<(), Error> {
    let told = read_note(&mirror.join(NOTE));
    let stands = match told {
        Some(at) if at.seq > Seq::default() && at.seq <= reader.head().seq => {
            let entry = reader.read(Seq::new(at.seq.get() - 1), 1)?;
            entry.first().map(|entry| entry.hash)
        }
        Some(_) | None => None,
    };
    must_come_to(told, stands, mirror)
}

fn must_come_to(told: Option<Position>, stands: Option<Hash>, mirror: &Path) -> Result<(), Error> {
    match told {
        Some(at) if at.seq > Seq::default() && stands != Some(at.hash) => {
            Err(Error::Damaged(format!(
                "Журнал в зеркале {} не тот, каким оставлен: при чистой остановке в нём была запись {}, теперь её нет. \
                 Восстановите библиотеку из резервной копии",
                mirror.display(),
                at.seq
            )))
        }
        Some(_) | None => Ok(()),
    }
}

/// A journal that is taken from the mirror, until all of it is there.
const TAKEN: &str = "journal.taken";

/// Whether a journal may be opened in this folder without its mirror.
pub(super) fn must_be_whole(folder: &Path) -> Result<(), Error> {
    if !folder.join(TAKEN).exists() {
        return Ok(());
    }
    Err(Error::NotFound(format!(
        "Библиотека в папке {} взята с зеркала не до конца: запустите программу с тем же --mirror",
        folder.display()
    )))
}

/// Takes the library from its mirror into a folder that has none; what an interrupted attempt left is done anew.
fn take_over(
    folder: &Path,
    mirror: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    tracing::warn!("The data folder is empty; the library is taken from the mirror");
    let (own, taken) = (folder.join("journal"), folder.join(TAKEN));
    let gone = |path: &Path| match path.exists() {
        true => fs::remove_dir_all(path).map_err(|e| Error::io(path, e)),
        false => Ok(()),
    };
    gone(&taken)?;
    let (copy, _) = FileJournal::open(&mirror.join("journal"), Uuid::new_v4())?;
    let reader = copy.reader();
    whole_by_its_note(mirror, reader.as_ref())?;
    let (mut main, _) = FileJournal::open(&taken, reader.library())?;
    copy_entries(reader.as_ref(), &mut main, &|_, _| true, progress)?;
    drop(main);
    // The desk first: once the journal stands, notes of older programs are taken from this folder.
    Desk::adopt(&mirror.join("desk"), &folder.join("desk"))?;
    gone(&own)?;
    fs::rename(&taken, &own).map_err(|e| Error::io(&taken, e))?;
    durable::sync_folder(folder)
}

/// Brings the one that is behind up to the other.
fn level(
    main: &mut FileJournal,
    copy: &mut FileJournal,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    let (ours, theirs) = (main.reader(), copy.reader());
    if ours.library() != theirs.library() {
        return Err(Error::Unavailable(
            "В папке зеркала стоит журнал другой библиотеки: назовите её собственное зеркало или пустую папку"
                .to_owned(),
        ));
    }
    if let Some(seq) = first_difference(ours.as_ref(), theirs.as_ref())? {
        return Err(JournalError::Parted { seq }.into());
    }
    let (here, there) = (main.head().seq, copy.head().seq);
    if here > there {
        tracing::info!(from = %there, to = %here, "The mirror is brought up to the journal");
        copy_entries(ours.as_ref(), copy, &|_, _| true, progress)?;
    } else if there > here {
        tracing::warn!(from = %here, to = %there, "The journal is behind its mirror and is brought up to it");
        copy_entries(theirs.as_ref(), main, &|_, _| true, progress)?;
    }
    Ok(())
}

/// Whether no journal stands in a folder that may be its own.
pub(super) fn is_empty(journal: &Path) -> Result<bool, Error> {
    let segment = |path: &Path| {
        let kind = path.extension().and_then(|e| e.to_str());
        matches!(kind, Some("jnl" | "jnlz"))
    };
    Ok(!durable::inside(journal)?.iter().any(|path| segment(path)))
}

fn warn_of_one_disk(folder: &Path, mirror: &Path) {
    let disk = |path: &Path| fs::metadata(path).map(|meta| meta.dev()).ok();
    if disk(folder) == disk(mirror) {
        tracing::warn!(
            "The mirror is on the disk of the data folder: it does not help when that disk fails"
        );
    }
}

/// Copies what a library is made of from its mirror; nothing of it is judged here.
pub(super) fn copy_into(mirror: &Path, making: &Path) -> Result<(), Error> {
    if let Some(pid) = owner(mirror) {
        return Err(Error::Unavailable(format!(
            "Зеркалом {} пользуется процесс {pid}: остановите его или сделайте копию командой fond backup",
            mirror.display()
        )));
    }
    if is_empty(&mirror.join("journal"))? {
        return Err(Error::Damaged(format!(
            "В папке {} нет журнала: это не зеркало",
            mirror.display()
        )));
    }
    for name in ["journal", "desk"] {
        copy_tree(&mirror.join(name), &making.join(name))?;
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), Error> {
    durable::make_folder(to)?;
    for path in durable::inside(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_tree(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(|e| Error::io(&path, e))?;
        }
    }
    Ok(())
}
