//! Перенос: a journal from one home to the other, entry by entry, with the same chain.
//!
//! A transfer that was interrupted goes on where it stopped; the old home is closed before the new one
//! is opened, so that there are never two.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::desk::Desk;
use super::durable;
use super::journal::file::FileJournal;
use super::journal::postgres::SharedJournal;
use super::journal::{Draft, Journal, JournalReader, Position};
use super::open::{JournalHome, take_lock};
use crate::error::Error;
use crate::id::Seq;

/// Entries copied at once.
const STEP: usize = 256;

/// Copies what `target` misses of the journal of `reader`, as far as `within` says.
pub(super) fn copy_entries(
    reader: &dyn JournalReader,
    target: &mut dyn Journal,
    within: &dyn Fn(Seq, Timestamp) -> bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    let total = reader.head().seq.get();
    loop {
        let at = target.claim()?;
        let entries = reader
            .read(at.seq, STEP)
            .inspect_err(|_| target.release())?;
        let read = entries.len();
        let kept: Vec<_> = entries
            .into_iter()
            .take_while(|entry| within(entry.seq, entry.draft.at))
            .collect();
        let (count, last) = (kept.len(), kept.last().map(|entry| entry.hash));
        if count == 0 {
            target.release();
        } else {
            let drafts: Vec<Draft> = kept.into_iter().map(|entry| entry.draft).collect();
            let copied = target.append(at, drafts)?;
            if copied.last().map(|entry| entry.hash) != last {
                return Err(Error::Damaged(format!(
                    "Запись после {} копируется с другим хешем: это журнал другой библиотеки",
                    at.seq
                )));
            }
        }
        progress(target.head().seq.get(), total);
        if count < read || read == 0 {
            return Ok(());
        }
    }
}

/// Moves the library of `folder` from one home of its journal to the other.
///
/// # Errors
/// [`Error::Unavailable`] when the folder is taken or the shared journal does not answer,
/// [`Error::Damaged`] when the target holds another library. Nothing of the source is removed.
pub fn transfer(
    folder: &Path,
    from: &JournalHome,
    to: &JournalHome,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Position, Error> {
    durable::make_folder(folder)?;
    let _lock = take_lock(folder)?;
    match (from, to) {
        (JournalHome::Folder | JournalHome::Mirrored(_), JournalHome::Postgres(address)) => {
            to_postgres(folder, address, progress)
        }
        (JournalHome::Postgres(address), JournalHome::Folder) => {
            to_folder(folder, address, progress)
        }
        (_, JournalHome::Mirrored(_))
        | (JournalHome::Folder | JournalHome::Mirrored(_), JournalHome::Folder)
        | (JournalHome::Postgres(_), JournalHome::Postgres(_)) => Err(Error::Unavailable(
            "Журнал переносят из папки в PostgreSQL или обратно: назовите другое место".to_owned(),
        )),
    }
}

fn to_postgres(
    folder: &Path,
    address: &str,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Position, Error> {
    let own = folder.join("journal");
    if !own.exists() {
        if let Some(head) = finished(folder, address)? {
            return Ok(head);
        }
        return Err(Error::NotFound(format!(
            "В папке {} журнала нет: переносить нечего",
            folder.display()
        )));
    }
    let (source, _) = FileJournal::open(&own, uuid::Uuid::new_v4())?;
    let reader = source.reader();
    let mut target = SharedJournal::open_closed(address, reader.library())?;
    // Servers that still stand there write again only when all of it is there.
    let was_closed = target.is_closed()?;
    target.close()?;
    if let Err(error) = continues(reader.as_ref(), target.head()) {
        if !was_closed {
            target.open_again()?;
        }
        return Err(error);
    }
    copy_entries(reader.as_ref(), &mut target, &|_, _| true, progress)?;
    let desk = Desk::open(&folder.join("desk"))?;
    copy_notes(&desk, &Desk::shared(address)?)?;
    let head = same_head(reader.as_ref(), &target)?;
    drop(source);
    for name in ["journal", "desk"] {
        set_aside(folder, name)?;
    }
    target.open_again()?;
    Ok(head)
}

/// Ends a transfer that was broken off after its last step but one: all is there, and nobody may write yet.
fn finished(folder: &Path, address: &str) -> Result<Option<Position>, Error> {
    let Some(aside) = names_aside(folder, "journal")
        .take_while(|aside| aside.exists())
        .last()
    else {
        return Ok(None);
    };
    let (source, _) = FileJournal::open(&aside, uuid::Uuid::new_v4())?;
    let mut target = SharedJournal::open_closed(address, source.reader().library())?;
    let ends = target.is_closed()? && target.head() == source.head();
    if ends {
        target.open_again()?;
    }
    Ok(ends.then(|| source.head()))
}

fn to_folder(
    folder: &Path,
    address: &str,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Position, Error> {
    let mut source = SharedJournal::open_closed(address, uuid::Uuid::new_v4())?;
    // From here no server appends there any more.
    source.close()?;
    let reader = source.reader();
    let (mut target, _) = FileJournal::open(&folder.join("journal"), reader.library())?;
    continues(reader.as_ref(), target.head())?;
    copy_entries(reader.as_ref(), &mut target, &|_, _| true, progress)?;
    copy_notes(&Desk::shared(address)?, &Desk::open(&folder.join("desk"))?)?;
    same_head(reader.as_ref(), &target)
}

/// The target must hold nothing, or a beginning of the very same chain.
fn continues(reader: &dyn JournalReader, at: Position) -> Result<(), Error> {
    if at.seq == Seq::default() {
        return Ok(());
    }
    let same = at.seq <= reader.head().seq
        && reader
            .read(Seq::new(at.seq.get() - 1), 1)?
            .first()
            .is_some_and(|entry| entry.hash == at.hash);
    if same {
        Ok(())
    } else {
        Err(Error::Unavailable(
            "Там уже стоит журнал другой библиотеки или с другими записями: назовите пустое место"
                .to_owned(),
        ))
    }
}

fn copy_notes(from: &Desk, to: &Desk) -> Result<(), Error> {
    for (bucket, key, note) in from.notes()? {
        to.write(&bucket, &key, &note)?;
    }
    Ok(())
}

fn same_head(reader: &dyn JournalReader, target: &dyn Journal) -> Result<Position, Error> {
    let (was, is) = (reader.head(), target.head());
    if was == is {
        return Ok(is);
    }
    Err(Error::Damaged(format!(
        "Перенесено {} записей из {}: повторите перенос",
        is.seq, was.seq
    )))
}

/// Keeps the old home under another name, where no start takes it for the library.
fn set_aside(folder: &Path, name: &str) -> Result<(), Error> {
    let path = folder.join(name);
    let aside = names_aside(folder, name).find(|aside| !aside.exists());
    let aside = aside.unwrap_or_else(|| folder.join(format!("{name}.moved")));
    if path.exists() {
        fs::rename(&path, &aside).map_err(|e| Error::io(&path, e))?;
    }
    durable::sync_folder(folder)
}

/// Under which names an old home is kept, in their order.
fn names_aside(folder: &Path, name: &str) -> impl Iterator<Item = PathBuf> {
    let first = folder.join(format!("{name}.moved"));
    let more = (2..).map({
        let (folder, name) = (folder.to_owned(), name.to_owned());
        move |number: u32| folder.join(format!("{name}.moved-{number}"))
    });
    std::iter::once(first).chain(more)
}
