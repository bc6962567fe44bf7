//! Перенос: a journal from one home to the other, entry by entry, with the same chain.
//!
//! A transfer that was interrupted goes on where it stopped; the old home is closed before the new one
//! is opened, so that there are never two. What has not all come yet cannot be taken for the library: a database is
//! closed until then, and a folder has its part under another name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use super::desk::Desk;
use super::durable;
use super::home;
use super::journal::file::FileJournal;
use super::journal::postgres::SharedJournal;
use super::journal::{Draft, Journal, JournalReader, Position};
use super::lock::FolderLock;
use super::open::{JournalHome, must_be_as_left};
use super::{generation, mark, mirror};
use crate::error::Error;
use crate::id::Seq;

/// Entries copied at once.
const STEP: usize = 256;
/// The journal of a library.
const OWN: &str = "journal";
/// A journal of which not all has come yet.
const COMING: &str = "journal.moving";
/// The desk of a library.
const DESK: &str = "desk";

/// Whether a journal may be opened or begun in this folder: not while one is on its way here, nor when it has gone.
pub(super) fn must_be_here(folder: &Path) -> Result<(), Error> {
    let here = folder.display();
    if folder.join(COMING).exists() {
        return Err(Error::NotFound(format!(
            "Перенос журнала в папку {here} не закончен: библиотека ещё не здесь. Повторите ту же команду fond move, \
             она продолжит с того же места, или откажитесь от переноса: fond move --data {here} postgres://…"
        )));
    }
    // A folder that was moved before there were notes has only its old journal to tell of it.
    let gone = || {
        names_aside(folder, OWN)
            .next()
            .is_some_and(|aside| aside.exists())
    };
    if home::shared(folder)?.is_some() || !folder.join(OWN).exists() && gone() {
        return Err(home::elsewhere(folder));
    }
    Ok(())
}

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

/// Перенос, который сделан.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The last entry in the new home.
    pub head: Position,
    /// The unfinished write at the end of the old one, which stays behind; nobody had been told that it was done.
    pub cut: Option<String>,
}

/// Moves the library of `folder` from one home of its journal to the other.
///
/// # Errors
/// [`Error::Unavailable`] when the folder is taken or the shared journal does not answer,
/// [`Error::Damaged`] when the target holds another library or the end of the source was lost. Nothing of the source
/// is removed.
pub fn transfer(
    folder: &Path,
    from: &JournalHome,
    to: &JournalHome,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Moved, Error> {
    durable::make_folder(folder)?;
    let _lock = FolderLock::take(folder)?;
    match (from, to) {
        (JournalHome::Folder, JournalHome::Postgres(address)) => {
            to_postgres(folder, address, progress)
        }
        (JournalHome::Mirrored(mirror), JournalHome::Postgres(address)) => {
            let level = level_with(folder, mirror, progress)?;
            let moved = to_postgres(folder, address, progress)?;
            let cut = level.and_then(|(_held, cut)| cut);
            Ok(Moved {
                cut: moved.cut.or(cut),
                ..moved
            })
        }
        (JournalHome::Postgres(address), JournalHome::Folder) => {
            to_folder(folder, address, progress).map(whole)
        }
        (_, JournalHome::Mirrored(_))
        | (JournalHome::Folder | JournalHome::Mirrored(_), JournalHome::Folder)
        | (JournalHome::Postgres(_), JournalHome::Postgres(_)) => Err(Error::Unavailable(
            "Журнал переносят из папки в PostgreSQL или обратно: назовите другое место".to_owned(),
        )),
    }
}

/// Brings the folder and its mirror to the same entry and the same notes, as every start does: what only the mirror has
/// was acknowledged too. A move that was broken off has its library elsewhere already, and is left to go on.
fn level_with(
    folder: &Path,
    mirror: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Option<(FolderLock, Option<String>)>, Error> {
    if folder.join(COMING).exists() || !folder.join(OWN).exists() {
        return Ok(None);
    }
    let left = mark::left(&folder.join("state"));
    let level = mirror::open(folder, mirror, left, progress)?;
    Ok(Some((level.lock, level.cut)))
}

fn whole(head: Position) -> Moved {
    Moved { head, cut: None }
}

fn to_postgres(
    folder: &Path,
    address: &str,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Moved, Error> {
    let own = folder.join(OWN);
    if folder.join(COMING).exists() {
        return given_up(folder, address).map(whole);
    }
    if !own.exists() {
        if let Some(head) = finished(folder, address)? {
            return Ok(whole(head));
        }
        return Err(Error::NotFound(format!(
            "В папке {} журнала нет: переносить нечего",
            folder.display()
        )));
    }
    let (source, cut) = standing(folder)?;
    let reader = source.reader();
    let mut target = SharedJournal::open_closed(address, reader.library())?;
    continues(reader.as_ref(), &target)?;
    // Servers that still stand there write again only when all of it is there.
    let was_closed = target.is_closed()?;
    target.close()?;
    if let Err(error) = continues(reader.as_ref(), &target) {
        if !was_closed {
            target.open_again()?;
        }
        return Err(error);
    }
    copy_entries(reader.as_ref(), &mut target, &|_, _| true, progress)?;
    let desk = Desk::open(&folder.join(DESK))?;
    copy_notes(&desk, &Desk::shared(address)?)?;
    let head = same_head(reader.as_ref(), &target)?;
    drop(source);
    // In this order: without its journal the folder is no library any more, and the desk alone is none.
    for name in [OWN, DESK] {
        set_aside(folder, name)?;
    }
    home::note(folder, reader.library())?;
    target.open_again()?;
    Ok(Moved { head, cut })
}

/// The journal of a library that is to be moved, all of it, and what is unfinished at its end: the same is asked as
/// when it is opened.
fn standing(folder: &Path) -> Result<(FileJournal, Option<String>), Error> {
    let (own, state) = (folder.join(OWN), folder.join("state"));
    if mirror::is_empty(&own)? {
        generation::must_be_none(folder)?;
    }
    let left = mark::left(&state);
    let (source, recovered) = FileJournal::open(&own, Uuid::new_v4())?;
    must_be_as_left(&recovered, left)?;
    generation::must_reach(&state, source.reader().as_ref())?;
    Ok((source, recovered.cut))
}

/// Ends a transfer that was broken off after its last step but one: all is there, and nobody may write yet.
fn finished(folder: &Path, address: &str) -> Result<Option<Position>, Error> {
    let Some(aside) = names_aside(folder, OWN)
        .take_while(|aside| aside.exists())
        .last()
    else {
        return Ok(None);
    };
    let (source, _) = FileJournal::open(&aside, Uuid::new_v4())?;
    let mut target = SharedJournal::open_standing(address)?;
    let ends = target.is_closed()? && target.head() == source.head();
    if ends {
        set_aside(folder, DESK)?;
        home::note(folder, target.reader().library())?;
        target.open_again()?;
    }
    Ok(ends.then(|| source.head()))
}

/// Gives up a transfer into the folder that was broken off: the library is whole where it was, and stays there.
fn given_up(folder: &Path, address: &str) -> Result<Position, Error> {
    let coming = folder.join(COMING);
    let mut whole = SharedJournal::open_standing(address)?;
    let (part, _) = FileJournal::open(&coming, Uuid::new_v4())?;
    continues(whole.reader().as_ref(), &part)?;
    drop(part);
    whole.open_again()?;
    set_aside(folder, DESK)?;
    home::note(folder, whole.reader().library())?;
    fs::remove_dir_all(&coming).map_err(|e| Error::io(&coming, e))?;
    durable::sync_folder(folder)?;
    Ok(whole.head())
}

fn to_folder(
    folder: &Path,
    address: &str,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Position, Error> {
    let (own, coming) = (folder.join(OWN), folder.join(COMING));
    let mut source = SharedJournal::open_standing(address)?;
    let reader = source.reader();
    for standing in [&own, &coming].into_iter().filter(|path| path.exists()) {
        let (journal, _) = FileJournal::open(standing, reader.library())?;
        continues(reader.as_ref(), &journal)?;
        if standing == &own && journal.head() == reader.head() && source.is_closed()? {
            // It came before; since then the desk here is the one that is written.
            return Ok(journal.head());
        }
    }
    if own.exists() {
        rename(&own, &coming)?;
    }
    let (mut target, _) = FileJournal::open(&coming, reader.library())?;
    durable::sync_folder(folder)?;
    // From here no server appends there any more.
    source.close()?;
    copy_entries(reader.as_ref(), &mut target, &|_, _| true, progress)?;
    copy_notes(&Desk::shared(address)?, &Desk::open(&folder.join(DESK))?)?;
    let head = same_head(reader.as_ref(), &target)?;
    drop(target);
    // Until the journal has its name, the folder is refused all the same.
    home::forget(folder)?;
    rename(&coming, &own)?;
    durable::sync_folder(folder)?;
    Ok(head)
}

/// The target must hold nothing, or a beginning of the very same chain.
fn continues(reader: &dyn JournalReader, target: &dyn Journal) -> Result<(), Error> {
    let at = target.head();
    let same = target.reader().library() == reader.library()
        && at.seq <= reader.head().seq
        && (at.seq == Seq::default()
            || reader
                .read(Seq::new(at.seq.get() - 1), 1)?
                .first()
                .is_some_and(|entry| entry.hash == at.hash));
    if same {
        Ok(())
    } else {
        Err(Error::Unavailable(
            "Там уже стоит журнал другой библиотеки или с другими записями: назовите пустое место"
                .to_owned(),
        ))
    }
}

/// Gives `to` the notes of `from` and no others: a key that was taken back meanwhile must not open the door again.
fn copy_notes(from: &Desk, to: &Desk) -> Result<(), Error> {
    let mut kept = BTreeSet::new();
    for (bucket, key, note) in from.notes()? {
        to.write(&bucket, &key, &note)?;
        kept.insert((bucket, key));
    }
    for (bucket, key, _) in to.notes()? {
        if !kept.contains(&(bucket.clone(), key.clone())) {
            to.erase(&bucket, &key)?;
        }
    }
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|e| Error::io(from, e))
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
        rename(&path, &aside)?;
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
