//! A disk that a neighbour can fill.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small disk of its own; `None` without the right to mount one.
pub struct SmallDisk(
    /// Where it is mounted.
    pub PathBuf,
);

impl SmallDisk {
    /// One that is mounted here; a line says so where it cannot be.
    ///
    /// # Panics
    /// When the folder stands already.
    #[must_use]
    pub fn mounted(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"])
            .arg(at);
        if mount.output().is_ok_and(|done| done.status.success()) {
            return Some(Self(at.to_owned()));
        }
        let _ = writeln!(
            std::io::stderr(),
            "a full disk: skipped, no right to mount a small disk"
        );
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Writes until the disk takes nothing more, as a neighbour would.
///
/// # Panics
/// When there is no such place.
pub fn fill(path: &Path) {
    let mut file = fs::File::options()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}
