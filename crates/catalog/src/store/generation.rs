//! Поколения таблиц: their folders by number, and what the newest of them remembers of the journal's end.
//!
//! An entry is synced in the journal before the tables take it, so that tables which know more than their journal prove
//! that its end was lost. They are asked before they are thrown away, and before a new journal is begun beside them.

use std::fs;
use std::path::{Path, PathBuf};

use super::apply::STATE_SHAPE;
use super::desk::Desk;
use super::durable;
use super::journal::{JournalReader, Position};
use super::mark::{self, InUse, Left, Spoiled};
use super::tables::SledTables;
use crate::error::Error;
use crate::id::Seq;

/// Memory for a generation that is only asked how far it goes.
const CACHE: u64 = 16 << 20;
/// Start of the message about tables that know more than the journal: a lost end of the journal.
const AHEAD: &str = "Таблицы знают больше, чем журнал";
/// Start of the message about a journal that says otherwise what the tables have taken.
const OTHER: &str = "Таблицы построены по другому журналу";

/// The name of a generation whose rows are of the present shape.
pub(super) fn name(number: u64) -> String {
    format!("gen-{number}-shape-{STATE_SHAPE}")
}

/// The newest generation, of whatever shape.
pub(super) fn last(state: &Path) -> Result<Option<(u64, PathBuf)>, Error> {
    let mut found = Vec::new();
    for path in durable::inside(state)? {
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

/// Removes every generation but one.
pub(super) fn remove_others(state: &Path, keep: &Path) -> Result<(), Error> {
    for path in durable::inside(state)? {
        if path.is_dir() && path != keep {
            fs::remove_dir_all(&path).map_err(|e| Error::io(&path, e))?;
        }
    }
    Ok(())
}

/// What is said of a journal that ends before its tables.
pub(super) fn ahead(tables: Seq, journal: Seq) -> Error {
    Error::Damaged(format!(
        "{AHEAD}: они на записи {tables}, журнал кончается на {journal}. Конец журнала пропал: \
         восстановите папку из резервной копии"
    ))
}

/// Whether this is said of a journal that tables prove to be short or another, and not of spoilt tables.
pub(super) fn proves(why: &str) -> bool {
    why.starts_with(AHEAD) || why.starts_with(OTHER)
}

/// Refuses a journal that ends before this entry, or has another in its place.
pub(super) fn must_lead(journal: &dyn JournalReader, at: Position) -> Result<(), Error> {
    let head = journal.head().seq;
    if at.seq > head {
        return Err(ahead(at.seq, head));
    }
    if at.seq == Seq::default() {
        return Ok(());
    }
    let entry = journal.read(Seq::new(at.seq.get() - 1), 1)?;
    if entry.first().map(|entry| entry.hash) == Some(at.hash) {
        return Ok(());
    }
    Err(Error::Damaged(format!(
        "{OTHER}: запись {} в нём не та. Верните папку journal этой библиотеки или восстановите её из резервной копии; \
         если журнал верен, а чужие таблицы, уберите папку state",
        at.seq
    )))
}

/// Refuses a journal that does not lead to the newest generation, as far as that can be read.
pub(super) fn must_reach(state: &Path, journal: &dyn JournalReader) -> Result<(), Error> {
    match remembered(state)? {
        Some(at) => must_lead(journal, at),
        None => Ok(()),
    }
}

/// Refuses to begin a new journal where a library stood before: its journal was lost.
pub(super) fn must_be_none(folder: &Path) -> Result<(), Error> {
    let state = folder.join("state");
    let stood = match last(&state)? {
        Some(_) => remembered(&state)?.is_none_or(|at| at.seq > Seq::default()),
        None => false,
    };
    if !stood && !Desk::stands(&folder.join("desk"))? {
        return Ok(());
    }
    Err(Error::Damaged(format!(
        "В папке {} есть таблицы или ключи библиотеки, а журнала нет: он пропал. Верните папку journal или восстановите \
         библиотеку из резервной копии в новую папку: fond restore. Если журнал в PostgreSQL, назовите его через --journal",
        folder.display()
    )))
}

/// The last entry that the newest generation has taken; nothing when there is none or it does not tell.
fn remembered(state: &Path) -> Result<Option<Position>, Error> {
    let Some((_, path)) = last(state)? else {
        return Ok(None);
    };
    let spoiled = Spoiled::of(state);
    // To open the files is to change them: a mark that calls them sound must be made anew.
    let _in_use = match mark::left(state) {
        Left::Closed | Left::Killed => Some(InUse::begin(state, &path, spoiled.clone())?),
        Left::Unknown => None,
    };
    match SledTables::open(&path, CACHE, spoiled.clone()) {
        Ok(tables) => {
            tables.flush();
            Ok(Some(tables.watermark().position))
        }
        Err(error) => {
            spoiled.tell();
            tracing::warn!(%error, "The tables do not tell how far they followed the journal");
            Ok(None)
        }
    }
}
