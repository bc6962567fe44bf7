//! Где журнал: a note in the data folder that says its library stands in PostgreSQL, and which one it is.
//!
//! A folder of a server holds tables alone; whoever forgot `--journal` would begin an empty library there. The note
//! names the kind of the home and the library, never the address: that may hold a password.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::durable;
use super::journal::file::FileJournal;
use super::journal::postgres::SharedJournal;
use super::journal::{Journal, JournalError};
use super::mirror;
use super::open::JournalHome;
use crate::error::Error;
use crate::id::Seq;

const FILE: &str = "home.json";

/// What kind of home the journal has. A folder needs no note: its journal stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Postgres,
}

/// The note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Home {
    journal: Kind,
    library: Uuid,
}

/// The library in PostgreSQL that this folder belongs to.
pub(super) fn shared(folder: &Path) -> Result<Option<Uuid>, Error> {
    let path = folder.join(FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(&path, error)),
    };
    let home: Home = serde_json::from_slice(&text).map_err(|error| {
        Error::NotFound(format!(
            "{} не читается ({error}): верните этот файл из копии или начните с пустой папки данных",
            path.display()
        ))
    })?;
    let Kind::Postgres = home.journal;
    Ok(Some(home.library))
}

/// Notes that the folder belongs to this library in PostgreSQL.
pub(super) fn note(folder: &Path, library: Uuid) -> Result<(), Error> {
    if shared(folder)? == Some(library) {
        return Ok(());
    }
    let journal = Kind::Postgres;
    let text = serde_json::to_vec(&Home { journal, library });
    let text = text.map_err(|error| Error::Internal(error.to_string()))?;
    durable::replace(&folder.join(FILE), &text)
}

/// The journal is coming into the folder.
pub(super) fn forget(folder: &Path) -> Result<(), Error> {
    durable::remove(&folder.join(FILE))
}

/// Opens the shared journal of a folder that has none of its own; in one that belongs to a library already, nothing else is begun or followed.
pub(super) fn open_shared(folder: &Path, address: &str) -> Result<SharedJournal, Error> {
    must_have_none(folder)?;
    if let Some(library) = shared(folder)? {
        must_be(
            folder,
            library,
            SharedJournal::open_standing(address)?.reader().library(),
        )?;
    }
    let journal = SharedJournal::open(address, Uuid::new_v4())?;
    let library = journal.reader().library();
    if let Some(noted) = shared(folder)? {
        must_be(folder, noted, library)?;
    }
    note(folder, library)?;
    Ok(journal)
}

/// A folder is a library by itself, or a server's of a shared one.
fn must_have_none(folder: &Path) -> Result<(), Error> {
    let own = folder.join("journal");
    if mirror::is_empty(&own)? {
        return Ok(());
    }
    let (standing, _) = FileJournal::open(&own, Uuid::nil())?;
    let (here, own) = (folder.display(), own.display());
    Err(Error::NotFound(if standing.head().seq == Seq::default() {
        format!(
            "В папке {here} стоит пустой журнал: его начала команда, которой не назвали --journal. Удалите {own} и \
             повторите"
        )
    } else {
        format!(
            "В папке {here} стоит свой журнал: перенесите его командой fond move или назовите другую папку"
        )
    }))
}

fn must_be(folder: &Path, noted: Uuid, found: Uuid) -> Result<(), Error> {
    if noted == found {
        return Ok(());
    }
    Err(Error::NotFound(format!(
        "Папка {} принадлежит другой библиотеке ({noted}), а по этому адресу стоит {found}: проверьте адрес и имя \
         базы или назовите пустую папку через --data",
        folder.display()
    )))
}

impl JournalHome {
    /// Whether this is a database in which no library was begun; what it says otherwise is said by opening it.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        match self {
            Self::Folder | Self::Mirrored(_) => false,
            Self::Postgres(address) => {
                matches!(
                    SharedJournal::open_standing(address),
                    Err(JournalError::Absent)
                )
            }
        }
    }
}

/// What to say when the folder is opened as one with a journal of its own.
pub(super) fn elsewhere(folder: &Path) -> Error {
    Error::NotFound(format!(
        "Папка {} принадлежит библиотеке, журнал которой в PostgreSQL: назовите его через --journal postgres://… или \
         переменную FOND_JOURNAL. Если перенос был прерван, повторите ту же команду fond move",
        folder.display()
    ))
}
