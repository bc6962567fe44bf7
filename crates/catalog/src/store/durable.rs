//! What must outlive a power cut, besides the journal's own batches: folders, small files, whole trees.
//!
//! A name is durable only when its folder was synced after it; a folder that was just made, only when
//! its own folder was. What is made here is for the owner alone, whatever the umask of the caller.
//! Knows nothing of what the files mean.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Makes a folder and those above it; each new name is synced.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    make_folder(&above(folder))?;
    make_within(folder)
}

/// Makes a folder within one that must stand.
pub(crate) fn make_within(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(Error::io(folder, error)),
        Ok(()) | Err(_) => sync_folder(&above(folder)),
    }
}

/// Makes an empty file for the owner alone.
pub(crate) fn make_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    options.mode(0o600).open(path)
}

/// Replaces a small file whole: after a power cut the old one stands there, or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let making = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file = make_file(&making)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&making, path)
    };
    write().map_err(|e| Error::io(path, e))?;
    sync_folder(&above(path))
}

/// Removes a file for good; one that is not there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(&above(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io(path, error)),
    }
}

/// Syncs the names in a folder.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(|e| Error::io(folder, e))
}

/// What stands in a folder, by name; nothing where there is no folder. One that cannot be read is not an empty one.
pub(crate) fn inside(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(Error::io(folder, error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let paths: io::Result<Vec<PathBuf>> = paths.collect();
    let mut paths = paths.map_err(|e| Error::io(folder, e))?;
    paths.sort();
    Ok(paths)
}

/// Syncs every file and folder below a folder, and the folder.
pub(crate) fn sync_tree(folder: &Path) -> Result<(), Error> {
    for path in inside(folder)? {
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            File::open(&path)
                .and_then(|f| f.sync_all())
                .map_err(|e| Error::io(&path, e))?;
        }
    }
    sync_folder(folder)
}

/// Bytes of all files below a folder.
pub(crate) fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let each = entries.flatten().map(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => size(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    });
    each.sum()
}

/// The folder that a name stands in.
pub(crate) fn above(path: &Path) -> PathBuf {
    let above = path.parent().filter(|p| !p.as_os_str().is_empty());
    above.unwrap_or(Path::new(".")).to_owned()
}
