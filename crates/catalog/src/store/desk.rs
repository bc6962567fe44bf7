//! Стол: the one durable place beside the journal for what must be mutable or erasable (D-3).
//!
//! Password and token hashes, sessions, drafts. It stands where the journal stands. No total and no
//! register reads it; replay does not need it; a backup contains it.

mod check;
mod folder;
mod level;
mod note;
mod readers;
mod turn;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::durable;
use super::journal::postgres::SharedDesk;
use crate::error::Error;
use folder::FolderDesk;
use note::Note;
pub(crate) use turn::Turn;

/// Стол: buckets of keys and JSON values.
pub struct Desk(Home);

enum Home {
    Folder(FolderDesk),
    Shared(Box<SharedDesk>),
}

/// A note as it was found.
pub(crate) struct Found {
    pub(crate) bucket: String,
    /// Of its file, or of the file it would have.
    pub(crate) name: String,
    /// Where it stands, for people.
    pub(crate) place: String,
    pub(crate) note: Vec<u8>,
}

impl Desk {
    /// Opens the desk in a folder of its own.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        Ok(Self(Home::Folder(FolderDesk::open(folder)?)))
    }

    /// Whether there are notes in a folder.
    pub(crate) fn stands(folder: &Path) -> Result<bool, Error> {
        folder::has_notes(folder)
    }

    /// Opens the desk of a library with a mirror; the one that is behind is brought up to the other.
    pub(crate) fn mirrored(folder: &Path, mirror: &Path) -> Result<Self, Error> {
        Ok(Self(Home::Folder(FolderDesk::mirrored(folder, mirror)?)))
    }

    /// Gives a folder whose library comes from its mirror the notes that it does not know better itself.
    pub(crate) fn adopt(mirror: &Path, folder: &Path) -> Result<(), Error> {
        level::adopt(mirror, folder)
    }

    /// Opens the desk of the shared journal at this address.
    pub(crate) fn shared(address: &str) -> Result<Self, Error> {
        Ok(Self(Home::Shared(Box::new(SharedDesk::open(address)?))))
    }

    /// The value under a key.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Damaged`] when the note is not what was written.
    pub fn get<T: DeserializeOwned>(&self, bucket: &str, key: &str) -> Result<Option<T>, Error> {
        let Some(note) = self.one(bucket, key)? else {
            return Ok(None);
        };
        let note = note::read::<Note<T>>(bucket, &note)?;
        Ok((note.key == key).then_some(note.value))
    }

    /// Writes a value; when this returns, it is durable.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unavailable`].
    pub fn put<T: Serialize>(&self, bucket: &str, key: &str, value: &T) -> Result<(), Error> {
        self.write(bucket, key, &note::write(bucket, key, value)?)
    }

    /// Writes a value over the one that stands; what was erased meanwhile is not brought back.
    ///
    /// # Errors
    /// As [`Desk::put`].
    pub fn renew<T: Serialize>(&self, bucket: &str, key: &str, value: &T) -> Result<(), Error> {
        let note = note::write(bucket, key, value)?;
        match &self.0 {
            Home::Folder(desk) => desk.renew(bucket, key, &note),
            Home::Shared(desk) => desk.renew(bucket, key, &note),
        }
    }

    /// Changes a value, or what `T` begins with when there is none; one that became nothing else is not written.
    ///
    /// Whoever else changes it meanwhile, in this program or in another on the same shared journal, is not written
    /// over: `work` is then done again on what stands, so it changes nothing but what it is given.
    ///
    /// # Errors
    /// Those of `work`, nothing is written then; else as [`Desk::get`] and [`Desk::put`].
    pub fn update<T, R, E>(
        &self,
        bucket: &str,
        key: &str,
        mut work: impl FnMut(&mut T) -> Result<R, E>,
    ) -> Result<R, E>
    where
        T: Serialize + DeserializeOwned + Default,
        E: From<Error>,
    {
        // Each turn that is lost is one that somebody else has won.
        loop {
            let stands = self.one(bucket, key)?;
            let kept = stands
                .as_deref()
                .map(|bytes| note::read::<Note<T>>(bucket, bytes))
                .transpose()?
                .filter(|note| note.key == key);
            let mut value = kept.map(|note| note.value).unwrap_or_default();
            let before = note::write(bucket, key, &value)?;
            let done = work(&mut value)?;
            let after = note::write(bucket, key, &value)?;
            if before == after || self.swap(bucket, key, stands.as_deref(), Some(&after))? {
                return Ok(done);
            }
        }
    }

    /// Writes a note, or erases it, when what stands is what was read.
    fn swap(
        &self,
        bucket: &str,
        key: &str,
        stands: Option<&[u8]>,
        note: Option<&[u8]>,
    ) -> Result<bool, Error> {
        match &self.0 {
            Home::Folder(desk) => desk.swap(bucket, key, stands, note),
            Home::Shared(desk) => desk.swap(bucket, key, stands, note),
        }
    }

    fn one(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        match &self.0 {
            Home::Folder(desk) => desk.get(bucket, key),
            Home::Shared(desk) => desk.get(bucket, key),
        }
    }

    /// Erases a value; nothing happens when there is none.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unavailable`].
    pub fn erase(&self, bucket: &str, key: &str) -> Result<(), Error> {
        match &self.0 {
            Home::Folder(desk) => desk.erase(bucket, key),
            Home::Shared(desk) => desk.erase(bucket, key),
        }
    }

    /// Erases a value when `whether` says so of what stands; a note that is not what was written shows nothing.
    pub(crate) fn erase_if<T: DeserializeOwned>(
        &self,
        bucket: &str,
        key: &str,
        whether: impl Fn(Option<T>) -> bool,
    ) -> Result<(), Error> {
        // Each turn that is lost is one that somebody else has won.
        while let Some(stands) = self.one(bucket, key)? {
            let note = note::read::<Note<T>>(bucket, &stands).ok();
            let value = note.filter(|note| note.key == key).map(|note| note.value);
            if !whether(value) {
                break;
            }
            if self.swap(bucket, key, Some(&stands), None)? {
                break;
            }
        }
        Ok(())
    }

    /// All keys and values of a bucket, by key. A spoilt note keeps nothing else from being listed: it is left out.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unavailable`].
    pub fn list<T: DeserializeOwned>(&self, bucket: &str) -> Result<Vec<(String, T)>, Error> {
        let mut out = Vec::new();
        for found in self.raw(Some(bucket))? {
            match note::read::<Note<T>>(bucket, &found.note) {
                Ok(note) => out.push((note.key, note.value)),
                Err(error) => {
                    tracing::warn!(place = found.place, %error, "A spoilt note is left out")
                }
            }
        }
        out.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(out)
    }

    /// Every note as (bucket, key, bytes), for a copy.
    pub(crate) fn notes(&self) -> Result<Vec<(String, String, Vec<u8>)>, Error> {
        let mut notes = Vec::new();
        for found in self.raw(None)? {
            match found.key() {
                Ok(key) => notes.push((found.bucket, key, found.note)),
                Err(error) => {
                    tracing::warn!(place = found.place, %error, "A spoilt note is not copied")
                }
            }
        }
        Ok(notes)
    }

    /// Erases the notes of a bucket that are not what was written.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unavailable`].
    pub fn clear_spoilt(&self, bucket: &str) -> Result<(), Error> {
        for found in self.raw(Some(bucket))? {
            if found.key().is_err() {
                match &self.0 {
                    Home::Folder(desk) => desk.erase_file(bucket, &found.name)?,
                    Home::Shared(desk) => desk.erase(bucket, &found.place)?,
                }
            }
        }
        Ok(())
    }

    /// Gives the notes of older programs the sums that they did not write.
    pub(crate) fn sum_up(&self) -> Result<(), Error> {
        for found in self.raw(None)? {
            let Ok(key) = found.key() else { continue };
            if let Some(summed) = note::with_sum(&found.bucket, &found.note) {
                // Where somebody wrote meanwhile, it has one now.
                self.swap(&found.bucket, &key, Some(&found.note), Some(&summed))?;
            }
        }
        Ok(())
    }

    /// How far each bucket has come; a desk of many servers has no mirror to be compared with.
    pub(crate) fn turns(&self) -> Result<BTreeMap<String, Turn>, Error> {
        match &self.0 {
            Home::Folder(desk) => desk.turns(),
            Home::Shared(_) => Ok(BTreeMap::new()),
        }
    }

    /// Says of a restored desk how far it had come; what is not told comes another way than any mirror.
    pub(crate) fn set_turns(folder: &Path, turns: &BTreeMap<String, Turn>) -> Result<(), Error> {
        let opening = Uuid::new_v4().to_string();
        for bucket in FolderDesk::open(folder)?.turns()?.into_keys() {
            if !turns.contains_key(&bucket) {
                Turn::first(&opening).put(&folder.join(bucket))?;
            }
        }
        // One whose notes were all erased stands empty: what a mirror still has of it does not come back.
        let no_path = |bucket: &str| !bucket.contains(['/', '.']);
        for (bucket, turn) in turns.iter().filter(|(bucket, _)| no_path(bucket)) {
            durable::make_folder(&folder.join(bucket))?;
            turn.put(&folder.join(bucket))?;
        }
        Ok(())
    }

    /// Remembers that this desk was begun by a library that had one before.
    pub(crate) fn mark_begun_anew(&self) -> Result<(), Error> {
        match &self.0 {
            Home::Folder(desk) => desk.mark_begun_anew(),
            Home::Shared(_) => Ok(()),
        }
    }

    fn begun_anew(&self) -> bool {
        match &self.0 {
            Home::Folder(desk) => desk.begun_anew(),
            Home::Shared(_) => false,
        }
    }

    /// As [`Desk::raw`] of all buckets, of the mirror as well.
    fn raw_both(&self) -> Result<Vec<Found>, Error> {
        match &self.0 {
            Home::Folder(desk) => desk.list_both(),
            Home::Shared(desk) => desk.list(None),
        }
    }

    /// Writes a note as [`Desk::notes`] gave it.
    pub(crate) fn write(&self, bucket: &str, key: &str, note: &[u8]) -> Result<(), Error> {
        match &self.0 {
            Home::Folder(desk) => desk.put(bucket, key, note),
            Home::Shared(desk) => desk.put(bucket, key, note),
        }
    }

    fn raw(&self, bucket: Option<&str>) -> Result<Vec<Found>, Error> {
        match &self.0 {
            Home::Folder(desk) => desk.list(bucket),
            Home::Shared(desk) => desk.list(bucket),
        }
    }
}

/// A key may hold anything; its file is named by its hash.
pub(super) fn file_name(key: &str) -> String {
    let name = blake3::hash(key.as_bytes()).to_hex();
    format!("{}.json", &name[..32])
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
        desk.renew("пароли", "иванова", &4).unwrap();
        assert_eq!(desk.get::<i32>("пароли", "иванова").unwrap(), Some(4));
        desk.erase("пароли", "иванова").unwrap();
        desk.renew("пароли", "иванова", &5).unwrap();
        assert_eq!(desk.get::<i32>("пароли", "иванова").unwrap(), None);
    }

    #[test]
    fn what_two_threads_change_at_once_is_all_there() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let desk = &desk;
                scope.spawn(move || {
                    for n in 0..25 {
                        let add = |all: &mut Vec<i32>| {
                            all.push(worker * 100 + n);
                            Ok::<_, Error>(())
                        };
                        desk.update("marks", "1", add).unwrap();
                    }
                });
            }
        });
        let mut all: Vec<i32> = desk.get("marks", "1").unwrap().unwrap();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 100);
    }

    #[test]
    fn a_change_that_is_refused_or_changes_nothing_leaves_what_stands() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let same = desk.update("marks", "1", |_: &mut u32| Ok::<_, Error>(()));
        same.unwrap();
        assert_eq!(desk.get::<u32>("marks", "1").unwrap(), None);
        let refused = desk.update("marks", "1", |all: &mut u32| {
            *all = 7;
            Err::<(), _>(Error::KeyReused)
        });
        assert!(matches!(refused, Err(Error::KeyReused)));
        assert_eq!(desk.get::<u32>("marks", "1").unwrap(), None);
    }

    #[test]
    fn a_note_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let desk = Desk::open(&home.path().join("desk")).unwrap();
        desk.put("keys", "иванова", &1).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let bucket = home.path().join("desk/keys");
        assert_eq!(mode(&bucket), 0o700);
        assert_eq!(mode(&bucket.join(file_name("иванова"))), 0o600);
    }
}
