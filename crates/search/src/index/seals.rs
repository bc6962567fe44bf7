//! What each file of the index ends with, kept beside them: the engine sums the bytes of a file, and a file that was put
//! in the place of another agrees with its own sum.
//!
//! The engine names files anew for every segment, so a name stands for the same bytes for ever. Lists of deletions and
//! the list of segments are left out. The book of seals is a help, no more: where it is missing, spoilt or silent about a
//! file, the file is taken as it is.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tantivy::Index;
use tantivy::error::DataCorruption;
use tracing::warn;

use crate::Error;
use crate::document::Sum;

const NAME: &str = "files.json";
/// It is written under this name first; a start removes what a kill left of it.
const UNDER_WAY: &str = ".tmp-files";
/// The last bytes of a file: the engine puts the sum of all others there.
const END: u64 = 64;

/// Length and last bytes of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seal {
    length: u64,
    end: u64,
}

type Book = BTreeMap<PathBuf, Seal>;

/// The book as it stands on the disk.
#[derive(Serialize, Deserialize)]
struct Written {
    files: Book,
    /// Over the rest: a bit that flips here must not accuse a file.
    sum: u64,
}

/// The seals of the files of one folder.
pub(super) struct Seals {
    folder: PathBuf,
    book: Mutex<Book>,
}

impl Seals {
    /// Those of an index that is being opened.
    ///
    /// # Errors
    /// [`Error::Engine`] names a file that is not the one that was sealed; [`Error::Io`] when a file cannot be read.
    pub(super) fn of(folder: &Path, index: &Index) -> Result<Self, Error> {
        let seals = Self {
            folder: folder.to_owned(),
            book: Mutex::new(read(folder).unwrap_or_default()),
        };
        match seals.broken(index)?.pop() {
            None => Ok(seals),
            Some(file) => {
                let other = DataCorruption::new(file, "another file stands in its place".into());
                Err(tantivy::TantivyError::from(other).into())
            }
        }
    }

    /// Seals the files that have come and forgets those that are gone.
    pub(super) fn note(&self, index: &Index) {
        if let Err(error) = self.broken(index) {
            warn!(%error, "The files of the index are not sealed");
        }
    }

    /// The files that are not those that were sealed. What has no seal yet gets one.
    pub(super) fn broken(&self, index: &Index) -> Result<Vec<PathBuf>, Error> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files = index.load_metas()?.list_segment_files();
        files.retain(|file| {
            file.extension()
                .is_none_or(|kind| kind != "del" && kind != "temp")
        });
        let before = book.len();
        book.retain(|file, _| files.contains(file));
        let mut changed = book.len() != before;
        let mut broken = Vec::new();
        for file in files {
            let found = match seal(&self.folder.join(&file)) {
                Ok(seal) => seal,
                // A joining has removed it since it was named, or it is missing, which others notice.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            match book.get(&file) {
                Some(sealed) if *sealed == found => {}
                Some(_) => broken.push(file),
                None => {
                    book.insert(file, found);
                    changed = true;
                }
            }
        }
        if changed && let Err(error) = write(&self.folder, &book) {
            // Nothing is lost by it: what has no seal on the disk is sealed again.
            warn!(%error, "The seals of the index are not kept");
        }
        Ok(broken)
    }
}

/// The book of a folder; nothing when it is not whole.
fn read(folder: &Path) -> Option<Book> {
    let bytes = fs::read(folder.join(NAME)).ok()?;
    let written: Written = serde_json::from_slice(&bytes).ok()?;
    let sum = Sum::of(&serde_json::to_vec(&written.files).ok()?);
    (sum == written.sum).then_some(written.files)
}

/// The disk is not waited for: a book that a power cut tears is begun anew.
fn write(folder: &Path, book: &Book) -> io::Result<()> {
    let written = Written {
        files: book.clone(),
        sum: Sum::of(&serde_json::to_vec(book)?),
    };
    let under_way = folder.join(UNDER_WAY);
    fs::write(&under_way, serde_json::to_vec(&written)?)?;
    fs::rename(&under_way, folder.join(NAME))
}

fn seal(path: &Path) -> io::Result<Seal> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.take(END).read_to_end(&mut end)?;
    let end = Sum::of(&end);
    Ok(Seal { length, end })
}

#[cfg(test)]
mod tests {
    use tantivy::merge_policy::NoMergePolicy;
    use tempfile::TempDir;

    use crate::Query;
    use crate::index::{Difference, SERVICE_HEAP, SearchIndex};
    use crate::sample::Shelf;

    use super::*;

    const KINDS: [&str; 6] = ["idx", "pos", "term", "store", "fast", "fieldnorm"];

    /// The small library in one segment and some books more in another.
    fn library() -> (TempDir, Shelf, SearchIndex) {
        let home = tempfile::tempdir().unwrap();
        let shelf = Shelf::books();
        let index = SearchIndex::open(home.path()).unwrap();
        let writer = index.new_writer(SERVICE_HEAP).unwrap();
        writer.set_merge_policy(Box::new(NoMergePolicy));
        *index.lock_writer() = Some(writer);
        index.catch_up(&shelf).unwrap();
        for (id, title) in (31..).zip(["Слепой музыкант", "Степь", "Слепой музыкант и степь"])
        {
            shelf.add(id, title);
        }
        index.catch_up(&shelf).unwrap();
        (home, shelf, index)
    }

    /// The files of a kind, by name.
    fn of_kind(home: &Path, kind: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(home).unwrap();
        let files = files.map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files
            .filter(|path| path.extension().is_some_and(|k| k == kind))
            .collect();
        files.sort();
        files
    }

    /// Puts one file in the place of another.
    fn exchange(from: &Path, to: &Path) {
        assert_ne!(fs::read(from).unwrap(), fs::read(to).unwrap(), "{from:?}");
        let copy = to.with_extension("copy");
        fs::copy(from, &copy).unwrap();
        fs::rename(&copy, to).unwrap();
    }

    /// It is noticed where the index is open, and where it is opened; then the index is as it was.
    fn is_noticed(from: impl Fn(&Path) -> PathBuf, to: impl Fn(&Path) -> PathBuf) {
        let (home, shelf, index) = library();
        let (from, to) = (from(home.path()), to(home.path()));
        exchange(&from, &to);
        let name = PathBuf::from(to.file_name().unwrap());
        assert_eq!(index.verify(&shelf).unwrap(), [Difference::Damaged(name)]);
        assert!(!index.files_are_whole(), "{to:?}");
        drop(index);
        let index = SearchIndex::open(home.path()).unwrap();
        assert_eq!(index.len(), 0, "{to:?}");
        index.catch_up(&shelf).unwrap();
        assert_eq!(index.verify(&shelf).unwrap(), []);
        let found = index.search(&Query::new("\"капитанская дочка\"")).unwrap();
        assert_eq!(found.total, 1);
    }

    #[test]
    fn a_file_of_another_segment_in_the_place_of_one_is_noticed() {
        for kind in KINDS {
            for [from, to] in [[0, 1], [1, 0]] {
                let of = |home: &Path, at: usize| of_kind(home, kind)[at].clone();
                is_noticed(|home| of(home, from), |home| of(home, to));
            }
        }
    }

    #[test]
    fn a_file_of_another_kind_in_the_place_of_one_is_noticed() {
        for (at, kind) in KINDS.iter().enumerate() {
            let other = KINDS[(at + 1) % KINDS.len()];
            let of = |home: &Path, kind: &str| of_kind(home, kind)[0].clone();
            is_noticed(|home| of(home, kind), |home| of(home, other));
        }
    }

    #[test]
    fn an_index_that_is_built_anew_under_work_is_whole_again() {
        let (home, shelf, index) = library();
        let files = of_kind(home.path(), "store");
        exchange(&files[0], &files[1]);
        assert!(!index.files_are_whole());
        index.rebuild(&shelf, &mut |_| ()).unwrap();
        assert!(index.files_are_whole());
        assert_eq!(index.verify(&shelf).unwrap(), []);
    }

    #[test]
    fn commits_joinings_and_starts_break_no_seal_and_those_of_gone_files_go() {
        let home = tempfile::tempdir().unwrap();
        let shelf = Shelf::books();
        for start in 0..6 {
            let index = SearchIndex::open(home.path()).unwrap();
            for id in 1..=5 {
                shelf.add(100 * (start + 1) + id, "Метель");
                shelf.change(id, |source| source.hidden = !source.hidden);
                index.catch_up(&shelf).unwrap();
                assert_eq!(index.verify(&shelf).unwrap(), [], "start {start}, {id}");
            }
            if start % 2 == 0 {
                let writer = index.lock_writer().take().unwrap();
                writer.wait_merging_threads().unwrap();
            }
            assert_eq!(index.len(), 25 + 5 * (start + 1));
        }
        let index = SearchIndex::open(home.path()).unwrap();
        assert_eq!(index.len(), 55);
        let sealed = read(home.path()).unwrap();
        let there = KINDS.iter().flat_map(|kind| of_kind(home.path(), kind));
        let segments = index.reader.searcher().segment_readers().len();
        assert!(segments < 10, "some were joined: {segments}");
        assert_eq!(sealed.len(), KINDS.len() * segments);
        assert!(there.count() >= sealed.len());
    }

    /// A book of seals as something left it; the index is kept, and sealed again.
    fn is_no_alarm(leave: impl Fn(&Path)) {
        let (home, shelf, index) = library();
        drop(index);
        leave(home.path());
        let index = SearchIndex::open(home.path()).unwrap();
        assert_eq!(index.len(), 28);
        assert_eq!(index.verify(&shelf).unwrap(), []);
        drop(index);
        let files = of_kind(home.path(), "fast");
        exchange(&files[0], &files[1]);
        assert_eq!(SearchIndex::open(home.path()).unwrap().len(), 0);
    }

    #[test]
    fn a_book_of_seals_that_is_missing_spoilt_or_behind_accuses_no_file() {
        let book = |home: &Path| home.join(NAME);
        is_no_alarm(|home| fs::remove_file(book(home)).unwrap());
        is_no_alarm(|home| fs::write(book(home), "").unwrap());
        // A kill between a commit and its seals.
        is_no_alarm(|home| {
            let mut sealed = read(home).unwrap();
            (0..4).for_each(|_| drop(sealed.pop_first()));
            write(home, &sealed).unwrap();
        });
        let length = {
            let (home, ..) = library();
            fs::metadata(book(home.path())).unwrap().len()
        };
        for at in (0..usize::try_from(length).unwrap()).step_by(101) {
            is_no_alarm(|home| {
                let mut bytes = fs::read(book(home)).unwrap();
                let at = at.min(bytes.len() - 1);
                bytes[at] ^= 1;
                fs::write(book(home), bytes).unwrap();
            });
        }
    }

    #[test]
    fn where_seals_cannot_be_kept_the_index_goes_on() {
        let (home, shelf, index) = library();
        fs::remove_file(home.path().join(NAME)).unwrap();
        fs::create_dir(home.path().join(NAME)).unwrap();
        shelf.add(40, "Метель");
        index.catch_up(&shelf).unwrap();
        drop(index);
        let index = SearchIndex::open(home.path()).unwrap();
        assert_eq!(index.len(), 29);
        assert_eq!(index.verify(&shelf).unwrap(), []);
    }
}
