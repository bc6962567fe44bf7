//! Замок папки: one process works on a data folder (D-5).

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::Error;

/// A lock that is only being looked at is waited for so long.
const LOOKED_AT: Duration = Duration::from_millis(500);

/// Замок папки данных или её зеркала, let go when dropped.
pub(super) struct FolderLock(File);

impl FolderLock {
    /// Takes the folder for this process.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when another has it, with its number.
    pub(super) fn take(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("lock");
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| Error::io(&path, e))?;
        let begun = Instant::now();
        while file.try_lock().is_err() {
            if begun.elapsed() > LOOKED_AT {
                let pid = written_in(&path).unwrap_or(0);
                return Err(Error::Unavailable(format!(
                    "Папка {} занята другим процессом (pid {pid}): остановите его или работайте через него",
                    folder.display()
                )));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut lock = Self(file);
        lock.0.set_len(0).map_err(|e| Error::io(&path, e))?;
        write!(lock.0, "{}", std::process::id()).map_err(|e| Error::io(&path, e))?;
        Ok(lock)
    }
}

impl Drop for FolderLock {
    /// Closing the handle is not enough: a program that is being started beside has a copy of it until it runs.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// The process that owns a data folder now, if any does; 0 when it has not said its number.
#[must_use]
pub fn owner(folder: &Path) -> Option<u32> {
    let path = folder.join("lock");
    let file = File::open(&path).ok()?;
    match file.try_lock_shared() {
        Ok(()) => {
            let _ = file.unlock();
            None
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {
            Some(written_in(&path).unwrap_or(0))
        }
    }
}

fn written_in(path: &Path) -> Option<u32> {
    let mut text = String::new();
    File::open(path).ok()?.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_handle_in_a_program_being_started_does_not_keep_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(folder.path()).unwrap();
        let copy = lock.0.try_clone().unwrap();
        assert_eq!(owner(folder.path()), Some(std::process::id()));
        assert!(FolderLock::take(folder.path()).is_err());

        drop(lock);
        assert_eq!(owner(folder.path()), None);
        let again = FolderLock::take(folder.path());
        assert!(again.is_ok(), "the copy of the handle kept it");
        drop(copy);
    }

    #[test]
    fn whoever_only_looks_does_not_turn_an_owner_away() {
        let folder = tempfile::tempdir().unwrap();
        drop(FolderLock::take(folder.path()).unwrap());
        let looking = File::open(folder.path().join("lock")).unwrap();
        looking.try_lock_shared().unwrap();
        std::thread::scope(|scope| {
            let taken = scope.spawn(|| FolderLock::take(folder.path()).is_ok());
            std::thread::sleep(Duration::from_millis(50));
            looking.unlock().unwrap();
            assert!(taken.join().unwrap());
        });
    }
}
