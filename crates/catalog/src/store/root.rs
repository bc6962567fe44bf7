//! Корень: a folder on another disk that must stay the one it was when it was opened.
//!
//! A disk that was taken away leaves its mount point, and a folder that was renamed leaves its path free: whatever
//! is written there by name goes beside the mirror.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A folder, known by its disk and its number there.
pub(crate) struct Root {
    path: PathBuf,
    identity: (u64, u64),
}

impl Root {
    /// The folder as it stands now.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let identity = identity(path).map_err(|e| Error::io(path, e))?;
        Ok(Self {
            path: path.to_owned(),
            identity,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the very same folder stands there.
    pub(crate) fn stands(&self) -> bool {
        identity(&self.path).is_ok_and(|found| found == self.identity)
    }

    /// What is to be done when it does not.
    pub(crate) fn why(&self) -> String {
        format!(
            "Папки зеркала {} нет на месте: верните её диск. Без зеркала запускают без --mirror",
            self.path.display()
        )
    }

    /// # Errors
    /// [`Error::Unavailable`] when another folder stands there, or none.
    pub(crate) fn must_stand(&self) -> Result<(), Error> {
        if self.stands() {
            return Ok(());
        }
        Err(Error::Unavailable(self.why()))
    }
}

fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    let meta = fs::metadata(path)?;
    Ok((meta.dev(), meta.ino()))
}
