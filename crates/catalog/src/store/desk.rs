//! Стол: the one durable place beside the journal for what must be mutable or erasable (D-3).
//!
//! Password and token hashes, sessions, drafts. Small files, replaced atomically and synced. No
//! total and no register reads it; replay does not need it; a backup contains it.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::Error;

/// Стол: buckets of keys and JSON values.
pub struct Desk {
    folder: PathBuf,
    writing: Mutex<()>,
}

#[derive(Serialize, Deserialize)]
struct Note<T> {
    key: String,
    value: T,
}

impl Desk {
    /// Opens the desk in a folder of its own.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        Ok(Self {
            folder: folder.to_owned(),
            writing: Mutex::new(()),
        })
    }

    /// The value under a key.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Damaged`] when the file is not what was written.
    pub fn get<T: DeserializeOwned>(&self, bucket: &str, key: &str) -> Result<Option<T>, Error> {
        let path = self.path(bucket, key);
        match fs::read(&path) {
            Ok(bytes) => Ok(read_note::<T>(&path, &bytes)?
                .filter(|n| n.key == key)
                .map(|n| n.value)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(&path, error)),
        }
    }

    /// Writes a value; when this returns, it is on disk.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn put<T: Serialize>(&self, bucket: &str, key: &str, value: &T) -> Result<(), Error> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(bucket, key);
        let folder = path.parent().unwrap_or(&self.folder);
        if !folder.exists() {
            fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
            let home = File::open(&self.folder).and_then(|f| f.sync_all());
            home.map_err(|e| Error::io(&self.folder, e))?;
        }
        let note = serde_json::to_vec(&Note {
            key: key.to_owned(),
            value,
        })
        .map_err(|e| Error::Damaged(e.to_string()))?;
        let making = path.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&making)?;
            file.write_all(&note)?;
            file.sync_all()?;
            fs::rename(&making, &path)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|e| Error::io(&path, e))
    }

    /// Erases a value; nothing happens when there is none.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn erase(&self, bucket: &str, key: &str) -> Result<(), Error> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(bucket, key);
        match fs::remove_file(&path) {
            Ok(()) => {
                let folder = path.parent().unwrap_or(&self.folder);
                File::open(folder)
                    .and_then(|f| f.sync_all())
                    .map_err(|e| Error::io(folder, e))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::io(&path, error)),
        }
    }

    /// All keys and values of a bucket, by key.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Damaged`].
    pub fn list<T: DeserializeOwned>(&self, bucket: &str) -> Result<Vec<(String, T)>, Error> {
        let folder = self.folder.join(bucket);
        let mut out = Vec::new();
        let Ok(files) = fs::read_dir(&folder) else {
            return Ok(out);
        };
        for file in files {
            let path = file.map_err(|e| Error::io(&folder, e))?.path();
            if path.extension().is_some_and(|e| e == "json") {
                let bytes = fs::read(&path).map_err(|e| Error::io(&path, e))?;
                out.extend(read_note::<T>(&path, &bytes)?.map(|n| (n.key, n.value)));
            }
        }
        out.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(out)
    }

    /// Every note as (bucket, file name, bytes), for a backup.
    pub(crate) fn notes(&self) -> Result<Vec<(String, String, Vec<u8>)>, Error> {
        let mut notes = Vec::new();
        for bucket in fs::read_dir(&self.folder).map_err(|e| Error::io(&self.folder, e))? {
            let bucket = bucket.map_err(|e| Error::io(&self.folder, e))?.path();
            for file in fs::read_dir(&bucket).map_err(|e| Error::io(&bucket, e))? {
                let path = file.map_err(|e| Error::io(&bucket, e))?.path();
                if path.extension().is_none_or(|e| e != "json") {
                    continue;
                }
                match fs::read(&path) {
                    Ok(bytes) => notes.push((name(&bucket), name(&path), bytes)),
                    // Erased while we read.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(Error::io(&path, error)),
                }
            }
        }
        notes.sort();
        Ok(notes)
    }

    /// A key may hold anything; its file is named by its hash.
    fn path(&self, bucket: &str, key: &str) -> PathBuf {
        let name = blake3::hash(key.as_bytes()).to_hex();
        self.folder
            .join(bucket)
            .join(format!("{}.json", &name[..32]))
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn read_note<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<Option<Note<T>>, Error> {
    serde_json::from_slice(bytes)
        .map(Some)
        .map_err(|e| Error::Damaged(format!("{}: файл стола не читается: {e}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_replaced_and_erased() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        desk.put("пароли", "иванова", &1).unwrap();
        desk.put("пароли", "иванова", &2).unwrap();
        desk.put("пароли", "а/../б", &3).unwrap();
        assert_eq!(desk.get::<i32>("пароли", "иванова").unwrap(), Some(2));
        let all = desk.list::<i32>("пароли").unwrap();
        assert_eq!(all, [("а/../б".to_owned(), 3), ("иванова".to_owned(), 2)]);
        desk.erase("пароли", "иванова").unwrap();
        assert_eq!(desk.get::<i32>("пароли", "иванова").unwrap(), None);
    }
}
