//! The files of an index folder: what a start removes from it.
//!
//! Files of the engine only; folders beside them are somebody else's.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use catalog::id::Seq;
use serde::Deserialize;
use tantivy::error::DataCorruption;
use tantivy::index::SegmentComponent;
use tantivy::{Index, Searcher, SegmentMeta, TantivyError};

use super::Position;
use crate::Error;

/// What is asked of the engine's list of a folder.
#[derive(Deserialize)]
struct Meta {
    payload: Option<String>,
}

/// The last entry of the journal that the index in a folder has taken in, without opening it; nothing where there is
/// no index, or none that tells.
#[must_use]
pub fn remembered(folder: &Path) -> Option<Seq> {
    let meta = fs::read(folder.join("meta.json")).ok()?;
    let meta: Meta = serde_json::from_slice(&meta).ok()?;
    let position: Position = serde_json::from_str(&meta.payload?).ok()?;
    Some(position.seq)
}

/// Removes lists of deletions that no commit names: a power cut may leave those of a commit that it took back,
/// and the engine would stumble over them when it comes to their names again. And what a kill left under way: files are
/// written under such names before they get their own.
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
        let list = file.ends_with(".del") && !named.contains(file.as_ref());
        if list || file.starts_with(".tmp") && path.is_file() {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Whether every file of the last commit is there and ends as one of the engine does: what is missing would be
/// noticed by the first question that needs it, and by nobody before.
pub(super) fn is_whole(index: &Index) -> Result<(), Error> {
    use SegmentComponent::{FastFields, FieldNorms, Positions, Postings, Store, Terms};
    for segment in index.searchable_segments()? {
        for part in [Postings, Positions, FastFields, FieldNorms, Terms, Store] {
            segment.open_read(part).map_err(TantivyError::from)?;
        }
    }
    Ok(())
}

/// Whether every segment has as many records as the list of segments says: the list bears no sum, and a number
/// in it is believed by all that reads the segment.
pub(super) fn is_as_listed(index: &Index, searcher: &Searcher) -> Result<(), Error> {
    let metas = index.searchable_segment_metas()?;
    for segment in searcher.segment_readers() {
        let rows = segment.fast_fields().u64("id")?.num_docs();
        let listed = metas.iter().find(|meta| meta.id() == segment.segment_id());
        let agrees = |meta: &SegmentMeta| {
            let deleted = meta.num_deleted_docs();
            // With none at all the list of deletions would not be looked at.
            let looked_at = meta.delete_opstamp().is_some() == (deleted > 0);
            meta.max_doc() == rows && deleted == segment.num_deleted_docs() && looked_at
        };
        if !listed.is_some_and(agrees) {
            let why = format!("segment {} has {rows} records", segment.segment_id());
            let other = DataCorruption::new("meta.json".into(), why);
            return Err(TantivyError::from(other).into());
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
        } else if path.extension().is_some() {
            // A folder in the place of a file of ours goes when nothing is in it.
            let _ = fs::remove_dir(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::SearchIndex;
    use crate::sample::Shelf;

    use super::*;

    #[test]
    fn what_a_kill_left_under_way_goes_at_the_next_start() {
        let home = tempfile::tempdir().unwrap();
        let (left, folder) = (home.path().join(".tmpKw2aQx"), home.path().join(".tmp"));
        let index = SearchIndex::open(home.path()).unwrap();
        index.catch_up(&Shelf::books()).unwrap();
        drop(index);
        fs::write(&left, "{").unwrap();
        fs::create_dir(&folder).unwrap();
        let index = SearchIndex::open(home.path()).unwrap();
        assert_eq!(index.len(), 25);
        assert!(!left.exists());
        assert!(folder.exists(), "folders are somebody else's");
    }

    #[test]
    fn a_segment_that_is_listed_with_another_number_of_records_is_noticed() {
        for (true_number, told) in [
            ("\"max_doc\": 25", ["\"max_doc\": 24", "\"max_doc\": 65"]),
            (
                "\"num_deleted_docs\": 1",
                ["\"num_deleted_docs\": 0", "\"num_deleted_docs\": 3"],
            ),
        ] {
            for told in told {
                let home = tempfile::tempdir().unwrap();
                let shelf = Shelf::books();
                let index = SearchIndex::open(home.path()).unwrap();
                index.catch_up(&shelf).unwrap();
                shelf.remove(1);
                index.catch_up(&shelf).unwrap();
                drop(index);
                let list = home.path().join("meta.json");
                let text = fs::read_to_string(&list).unwrap();
                assert_eq!(text.matches(true_number).count(), 1, "{text}");
                fs::write(&list, text.replace(true_number, told)).unwrap();
                let index = SearchIndex::open(home.path()).unwrap();
                assert_eq!(index.len(), 0, "{told}: begun anew");
                index.catch_up(&shelf).unwrap();
                assert_eq!(index.verify(&shelf).unwrap(), []);
            }
        }
    }
}
