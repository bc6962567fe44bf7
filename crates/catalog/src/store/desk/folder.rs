//! Стол in a folder: one small file a note, replaced atomically and synced.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::store::durable;

/// Стол одной программы.
pub(crate) struct FolderDesk {
    folder: PathBuf,
    writing: Mutex<()>,
}

impl FolderDesk {
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        durable::make_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            writing: Mutex::new(()),
        })
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(bucket, key);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(&path, error)),
        }
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, note: &[u8]) -> Result<(), Error> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(bucket, key);
        durable::make_folder(path.parent().unwrap_or(&self.folder))?;
        durable::replace(&path, note)
    }

    pub(crate) fn erase(&self, bucket: &str, key: &str) -> Result<(), Error> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        durable::remove(&self.path(bucket, key))
    }

    /// Every note of one bucket, or of all, with the name of its bucket.
    pub(crate) fn list(&self, bucket: Option<&str>) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let buckets = match bucket {
            Some(bucket) => vec![bucket.to_owned()],
            None => names(&self.folder)?,
        };
        let mut notes = Vec::new();
        for bucket in buckets {
            let folder = self.folder.join(&bucket);
            for name in names(&folder)? {
                let path = folder.join(name);
                if path.extension().is_none_or(|e| e != "json") {
                    continue;
                }
                match fs::read(&path) {
                    Ok(bytes) => notes.push((bucket.clone(), bytes)),
                    // Erased while we read.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(Error::io(&path, error)),
                }
            }
        }
        Ok(notes)
    }

    fn path(&self, bucket: &str, key: &str) -> PathBuf {
        self.folder.join(bucket).join(super::file_name(key))
    }
}

/// What stands in a folder, by name; nothing when there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| Error::io(folder, e))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
