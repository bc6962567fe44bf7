//! The files of an index folder: what a start removes from it.
//!
//! Files of the engine only; folders beside them are somebody else's.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use tantivy::{Index, SegmentMeta};

use crate::Error;

/// Removes lists of deletions that no commit names: a power cut may leave those of a commit that it took back,
/// and the engine would stumble over them when it comes to their names again.
pub(super) fn sweep(folder: &Path, index: &Index) -> Result<(), Error> {
    let metas = index.searchable_segment_metas()?;
    let name = |meta: &SegmentMeta| {
        let at = meta.delete_opstamp()?;
        Some(format!("{}.{at}.del", meta.id().uuid_string()))
    };
    let named: HashSet<String> = metas.iter().filter_map(name).collect();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        if file.ends_with(".del") && !named.contains(file.as_ref()) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Removes the files of an index; folders beside them are not ours.
pub(super) fn empty(folder: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
