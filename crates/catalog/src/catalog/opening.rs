//! Opening a library, and what is told of it.

use std::path::Path;

use super::{AtWork, Catalog};
use crate::error::Error;
use crate::store::{Brought, JournalHome, Store};

impl Catalog {
    /// Opens a folder (a new one becomes an empty library), replaying what a stop left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when another process owns it, [`Error::Damaged`] when the journal is
    /// not what was written.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        Self::open_with(folder, &mut |_, _| ())
    }

    /// As [`Catalog::open`]; `progress` is told (entries done, of) while tables are rebuilt.
    ///
    /// # Errors
    /// As [`Catalog::open`].
    pub fn open_with(folder: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Self, Error> {
        Self::open_at(folder, &JournalHome::Folder, progress)
    }

    /// As [`Catalog::open_with`], with the journal at this home.
    ///
    /// # Errors
    /// As [`Catalog::open`]; [`Error::Unavailable`] also when the shared journal does not answer.
    pub fn open_at(
        folder: &Path,
        home: &JournalHome,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, Error> {
        let catalog = Self {
            store: Store::open(folder, home, progress)?,
            at_work: AtWork::default(),
            brought: Brought::default(),
        };
        catalog.finish_erasures();
        Ok(catalog)
    }

    /// The unfinished write that this opening cut off the journal's end; nobody had been told that it was done.
    #[must_use]
    pub fn cut(&self) -> Option<&str> {
        self.store.cut()
    }
}
