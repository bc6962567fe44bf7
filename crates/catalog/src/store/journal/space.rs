//! Запас места: why a full disk is told before anything is written, and why what was accepted still fits.
//!
//! A file of fixed size stands beside the journal. While there is room, it only stands there. When little
//! is left, new batches are refused and the file is given up, so that the tables, the index and the desk
//! can settle what was already accepted. When there is room again, it is taken back and work goes on
//! without a restart.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

use super::JournalError;

/// How much is kept aside.
const RESERVE: u64 = 8 << 20;
/// With less than this left beside it, nothing new is accepted.
const LOW: u64 = 4 << 20;

/// The room on the disk of one journal.
pub(crate) struct Space {
    folder: PathBuf,
    held: bool,
}

/// Room for us on the disk of a folder, bytes. A system that does not say is taken at its next refusal.
pub(crate) fn free(folder: &Path) -> u64 {
    statvfs(folder).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

impl Space {
    /// Takes the reserve in `folder`, if there is room for it.
    pub(crate) fn take(folder: &Path) -> Self {
        let mut space = Self {
            folder: folder.to_owned(),
            held: false,
        };
        space.held = space.allocate();
        space
    }

    /// Whether a batch may be written now.
    pub(crate) fn enough(&mut self) -> Result<(), JournalError> {
        let free = self.free();
        if self.held && free >= LOW {
            return Ok(());
        }
        if !self.held && free >= RESERVE + LOW && self.allocate() {
            tracing::info!(
                free,
                "There is room on the disk again; changes are accepted"
            );
            self.held = true;
            return Ok(());
        }
        if self.held {
            tracing::error!(
                free,
                "The disk is full; changes are refused, the reserve is given up"
            );
            self.held = false;
            if let Err(error) = fs::remove_file(self.path()) {
                tracing::warn!(%error, "The reserve was not given up");
            }
        }
        Err(self.none())
    }

    /// What to say when there is no room.
    pub(crate) fn none(&self) -> JournalError {
        JournalError::NoSpace {
            folder: self.folder.clone(),
            need: (RESERVE + LOW) >> 20,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    fn free(&self) -> u64 {
        free(&self.folder)
    }

    fn allocate(&self) -> bool {
        let path = self.path();
        if fs::metadata(&path).is_ok_and(|meta| meta.blocks() * 512 >= RESERVE) {
            return true;
        }
        let Ok(file) = File::create(&path) else {
            return false;
        };
        match fallocate(&file, FallocateFlags::empty(), 0, RESERVE) {
            Ok(()) => true,
            // A disk that cannot set room aside has none to give up; the look at what is free remains.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => true,
            Err(_) => {
                let _ = fs::remove_file(&path);
                false
            }
        }
    }
}
