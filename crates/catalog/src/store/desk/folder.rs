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
    mirror: Option<PathBuf>,
    writing: Mutex<()>,
}

impl FolderDesk {
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        durable::make_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            mirror: None,
            writing: Mutex::new(()),
        })
    }

    /// Opens it with a second folder that gets every note first; `adopted` says that the second one is
    /// the one to follow now.
    pub(crate) fn mirrored(folder: &Path, mirror: &Path, adopted: bool) -> Result<Self, Error> {
        let mut desk = Self::open(folder)?;
        durable::make_folder(mirror)?;
        if adopted {
            make_same(mirror, folder)?;
        } else {
            make_same(folder, mirror)?;
        }
        desk.mirror = Some(mirror.to_owned());
        Ok(desk)
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = path(&self.folder, bucket, key);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(&path, error)),
        }
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, note: &[u8]) -> Result<(), Error> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(bucket, key, note)
    }

    /// Writes over a note that stands.
    pub(crate) fn renew(&self, bucket: &str, key: &str, note: &[u8]) -> Result<(), Error> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if path(&self.folder, bucket, key).exists() {
            self.write(bucket, key, note)?;
        }
        Ok(())
    }

    /// Writes a note when what stands is what was read; says whether it did.
    pub(crate) fn swap(
        &self,
        bucket: &str,
        key: &str,
        stands: Option<&[u8]>,
        note: &[u8],
    ) -> Result<bool, Error> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let same = self.get(bucket, key)?.as_deref() == stands;
        if same {
            self.write(bucket, key, note)?;
        }
        Ok(same)
    }

    /// The caller holds `writing`.
    fn write(&self, bucket: &str, key: &str, note: &[u8]) -> Result<(), Error> {
        for home in self.mirror.iter().chain([&self.folder]) {
            let path = path(home, bucket, key);
            durable::make_folder(path.parent().unwrap_or(home))?;
            durable::replace(&path, note)?;
        }
        Ok(())
    }

    pub(crate) fn erase(&self, bucket: &str, key: &str) -> Result<(), Error> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        for home in self.mirror.iter().chain([&self.folder]) {
            durable::remove(&path(home, bucket, key))?;
        }
        Ok(())
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
}

fn path(home: &Path, bucket: &str, key: &str) -> PathBuf {
    home.join(bucket).join(super::file_name(key))
}

/// Gives `to` the notes of `from` and no others.
fn make_same(from: &Path, to: &Path) -> Result<(), Error> {
    let is_note = |name: &String| Path::new(name).extension().is_some_and(|e| e == "json");
    let mut buckets = names(from)?;
    buckets.extend(names(to)?);
    buckets.sort();
    buckets.dedup();
    for bucket in buckets {
        let (source, target) = (from.join(&bucket), to.join(&bucket));
        let wanted = names(&source)?;
        for name in names(&target)?.iter().filter(|name| is_note(name)) {
            if !wanted.contains(name) {
                durable::remove(&target.join(name))?;
            }
        }
        for name in wanted.iter().filter(|name| is_note(name)) {
            let path = source.join(name);
            let note = fs::read(&path).map_err(|e| Error::io(&path, e))?;
            if fs::read(target.join(name)).ok().as_ref() != Some(&note) {
                durable::make_folder(&target)?;
                durable::replace(&target.join(name), &note)?;
            }
        }
    }
    Ok(())
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
