//! Стол in a folder: one small file a note, replaced atomically and synced; with a mirror, both folders at once.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::level::level;
use super::turn::Turn;
use super::{Found, file_name};
use crate::error::Error;
use crate::store::durable;
use crate::store::root::Root;

/// Stands in a desk whose library had another one before.
const BEGUN_ANEW: &str = "begun-anew";

/// Стол одной программы.
pub(crate) struct FolderDesk {
    folder: PathBuf,
    /// A second folder that gets every note first.
    mirror: Option<Root>,
    /// Names this opening in the turns of what it writes.
    opening: String,
    writing: Mutex<Writing>,
}

#[derive(Default)]
struct Writing {
    turns: BTreeMap<String, Turn>,
    /// The last write failed in the middle: the two folders may differ.
    uneven: bool,
}

impl FolderDesk {
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        durable::make_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            mirror: None,
            opening: Uuid::new_v4().to_string(),
            writing: Mutex::default(),
        })
    }

    /// Opens it with a second folder; the one that is behind is brought up first.
    pub(crate) fn mirrored(folder: &Path, mirror: &Path) -> Result<Self, Error> {
        level(folder, mirror)?;
        let mut desk = Self::open(folder)?;
        desk.mirror = Some(Root::of(mirror)?);
        Ok(desk)
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.folder.join(bucket).join(file_name(key));
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(&path, error)),
        }
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, note: &[u8]) -> Result<(), Error> {
        let mut one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.change(&mut one, bucket, &file_name(key), Some(note))
    }

    /// Writes over a note that stands.
    pub(crate) fn renew(&self, bucket: &str, key: &str, note: &[u8]) -> Result<(), Error> {
        let mut one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let name = file_name(key);
        if self.folder.join(bucket).join(&name).exists() {
            self.change(&mut one, bucket, &name, Some(note))?;
        }
        Ok(())
    }

    /// Writes a note, or erases it, when what stands is what was read; says whether it did.
    pub(crate) fn swap(
        &self,
        bucket: &str,
        key: &str,
        stands: Option<&[u8]>,
        note: Option<&[u8]>,
    ) -> Result<bool, Error> {
        let mut one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let same = self.get(bucket, key)?.as_deref() == stands;
        if same {
            self.change(&mut one, bucket, &file_name(key), note)?;
        }
        Ok(same)
    }

    pub(crate) fn erase(&self, bucket: &str, key: &str) -> Result<(), Error> {
        self.erase_file(bucket, &file_name(key))
    }

    /// Erases a note by the name of its file.
    pub(crate) fn erase_file(&self, bucket: &str, name: &str) -> Result<(), Error> {
        let mut one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.folder.join(bucket).join(name).exists() {
            self.change(&mut one, bucket, name, None)?;
        }
        Ok(())
    }

    /// Writes a note in both homes, or erases it.
    fn change(
        &self,
        writing: &mut Writing,
        bucket: &str,
        name: &str,
        note: Option<&[u8]>,
    ) -> Result<(), Error> {
        if let Some(mirror) = &self.mirror {
            mirror.must_stand()?;
            if writing.uneven {
                level(&self.folder, mirror.path())?;
            }
        }
        if !self.folder.is_dir() {
            durable::make_folder(&self.folder)?;
            self.mark_begun_anew()?;
        }
        let before = match writing.turns.remove(bucket) {
            Some(turn) if !writing.uneven => turn,
            Some(_) | None => Turn::read(&self.folder.join(bucket))?,
        };
        let next = before.next(&self.opening);
        writing.uneven = true;
        let homes = self
            .mirror
            .iter()
            .map(Root::path)
            .chain([self.folder.as_path()]);
        for home in homes {
            put_down(&home.join(bucket), name, note)?;
            next.follow(&before, &home.join(bucket))?;
            durable::sync_folder(&home.join(bucket))?;
        }
        writing.uneven = false;
        writing.turns.insert(bucket.to_owned(), next);
        Ok(())
    }

    pub(crate) fn mark_begun_anew(&self) -> Result<(), Error> {
        durable::replace(&self.folder.join(BEGUN_ANEW), b"")
    }

    pub(crate) fn begun_anew(&self) -> bool {
        self.folder.join(BEGUN_ANEW).exists() || !self.folder.is_dir()
    }

    /// How far each bucket has come.
    pub(crate) fn turns(&self) -> Result<BTreeMap<String, Turn>, Error> {
        let buckets = names(&self.folder)?.into_iter();
        let buckets = buckets.filter(|name| self.folder.join(name).is_dir());
        buckets
            .map(|bucket| Ok((bucket.clone(), Turn::read(&self.folder.join(bucket))?)))
            .collect()
    }

    /// Every note of one bucket, or of all.
    pub(crate) fn list(&self, bucket: Option<&str>) -> Result<Vec<Found>, Error> {
        list(&self.folder, bucket)
    }

    /// Every note of the mirror as well.
    pub(crate) fn list_both(&self) -> Result<Vec<Found>, Error> {
        let mut notes = self.list(None)?;
        if let Some(mirror) = &self.mirror {
            mirror.must_stand()?;
            notes.extend(list(mirror.path(), None)?);
        }
        Ok(notes)
    }
}

/// Whether there is a note in any bucket.
pub(super) fn has_notes(folder: &Path) -> Result<bool, Error> {
    for bucket in names(folder)? {
        let found = names(&folder.join(bucket))?;
        if found.iter().any(|name| is_note(Path::new(name))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes or removes the file of a note in a bucket; the caller syncs the folder.
fn put_down(bucket: &Path, name: &str, note: Option<&[u8]>) -> Result<(), Error> {
    let path = bucket.join(name);
    let Some(note) = note else {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(&path, error)),
            Ok(()) | Err(_) => Ok(()),
        };
    };
    durable::make_within(bucket)?;
    let making = path.with_extension("new");
    let write = || {
        let mut file = durable::make_file(&making)?;
        file.write_all(note)?;
        file.sync_all()?;
        fs::rename(&making, &path)
    };
    write().map_err(|e| Error::io(&path, e))
}

fn list(home: &Path, bucket: Option<&str>) -> Result<Vec<Found>, Error> {
    let buckets = match bucket {
        Some(bucket) => vec![bucket.to_owned()],
        None => names(home)?,
    };
    let mut notes = Vec::new();
    for bucket in buckets {
        let folder = home.join(&bucket);
        for name in names(&folder)? {
            let path = folder.join(&name);
            if !is_note(&path) {
                continue;
            }
            match fs::read(&path) {
                Ok(note) => notes.push(Found {
                    bucket: bucket.clone(),
                    place: path.display().to_string(),
                    name,
                    note,
                }),
                // Erased while we read.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io(&path, error)),
            }
        }
    }
    Ok(notes)
}

pub(super) fn is_note(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "json")
}

/// What stands in a folder, by name; nothing when there is no folder.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let name = |path: &PathBuf| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    Ok(durable::inside(folder)?.iter().filter_map(name).collect())
}
