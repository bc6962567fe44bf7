//! Зеркало на другом диске: opening a library with it, and the library from it.
//!
//! The mirror's folder looks like a data folder without tables: a journal, a desk, a lock. At opening the
//! one that is behind is brought up to the other; two that differ are never joined.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use uuid::Uuid;

use super::desk::Desk;
use super::durable;
use super::journal::file::FileJournal;
use super::journal::mirror::{MirroredJournal, first_difference};
use super::journal::{Journal, JournalError};
use super::mark::Left;
use super::open::{changed_at_rest, owner, take_lock};
use super::transfer::copy_entries;
use crate::error::Error;

/// What a library with a mirror is made of.
pub(super) struct Opened {
    pub(super) journal: Box<dyn Journal>,
    pub(super) desk: Desk,
    /// Held as long as the mirror is ours.
    pub(super) lock: File,
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
    let lock = take_lock(mirror)?;
    warn_of_one_disk(folder, mirror);
    let (own, other) = (folder.join("journal"), mirror.join("journal"));
    let adopted = is_empty(&own) && !is_empty(&other);
    let (mut main, mut copy) = if adopted {
        let (copy, _) = FileJournal::open(&other, Uuid::new_v4())?;
        let library = copy.reader().library();
        tracing::warn!("The data folder is empty; the library is taken from the mirror");
        (FileJournal::open(&own, library)?.0, copy)
    } else {
        let (main, recovered) = FileJournal::open(&own, Uuid::new_v4())?;
        if let Some(cut) = recovered.cut.filter(|_| left == Left::Closed) {
            return Err(changed_at_rest(&cut));
        }
        let library = main.reader().library();
        (main, FileJournal::open(&other, library)?.0)
    };
    copy.settle()?;
    level(&mut main, &mut copy, progress)?;
    durable::sync_folder(mirror)?;
    let desk = Desk::mirrored(&folder.join("desk"), &mirror.join("desk"), adopted)?;
    let journal = MirroredJournal::new(main.in_service(), copy.in_service());
    Ok(Opened {
        journal: Box::new(journal),
        desk,
        lock,
    })
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

fn is_empty(journal: &Path) -> bool {
    let Ok(entries) = fs::read_dir(journal) else {
        return true;
    };
    let segment = |path: &Path| {
        let kind = path.extension().and_then(|e| e.to_str());
        matches!(kind, Some("jnl" | "jnlz"))
    };
    !entries.flatten().any(|entry| segment(&entry.path()))
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
    if is_empty(&mirror.join("journal")) {
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
    let Ok(entries) = fs::read_dir(from) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry.map_err(|e| Error::io(from, e))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_tree(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(|e| Error::io(&path, e))?;
        }
    }
    Ok(())
}
