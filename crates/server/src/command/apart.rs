//! Две папки, из которых ни одна не лежит в другой: as the disk has them, whatever links and `..` lead there.

use std::path::{Component, Path, PathBuf};

/// Whether neither of the two folders, which need not stand yet, is the other or lies in it.
pub(super) fn apart(one: &Path, other: &Path) -> bool {
    let (one, other) = (real(one), real(other));
    !one.starts_with(&other) && !other.starts_with(&one)
}

/// Where a path leads; what does not stand yet has no links.
fn real(path: &Path) -> PathBuf {
    let mut at = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                at.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                at.push(part);
                at = at.canonicalize().unwrap_or(at);
            }
        }
    }
    at
}
