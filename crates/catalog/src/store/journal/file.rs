//! The embedded home of the journal: segments in a folder, one writer, group commit by its caller.
//!
//! Durability points: `append` returns after `fdatasync`; a new segment is written under another
//! name, synced, renamed, and its folder synced. A write or sync that failed ends writing until a
//! restart; only a disk without room for the next zeros is not a failure, because nothing was begun.

mod closed;
mod folder;
mod packer;
mod reader;
mod worker;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use uuid::Uuid;

use super::segment::{FILL, HEADER, Header, Segment};
use super::space::Space;
use super::{Draft, Journal, JournalError, JournalReader, Position, RawEntry, frame};
use crate::id::Seq;
use folder::{create_segment, segment_paths, sync_folder};
use packer::Packer;
use reader::FileReader;
use worker::Worker;

/// A segment is closed when it is longer.
const SEGMENT_LIMIT: u64 = 64 << 20;
/// Every so many batches or bytes a place is remembered, so that reading from the middle need not walk far.
const MARK_EVERY: usize = 64;
const MARK_BYTES: u64 = 256 << 10;

/// Журнал в папке.
pub(crate) struct FileJournal {
    folder: PathBuf,
    last: Segment,
    end: u64,
    filled: u64,
    time: Timestamp,
    /// Batches since the last remembered place, and where that was.
    unmarked: (usize, u64),
    poisoned: Option<String>,
    /// How many of the oldest segments were not looked through when it was opened.
    unseen: usize,
    watch: Worker,
    /// An unfinished end, not yet cut.
    torn: bool,
    space: Option<Space>,
    shared: Arc<RwLock<Shared>>,
    packer: Packer,
}

/// What readers may know: only what is durable.
struct Shared {
    library: Uuid,
    head: Position,
    segments: Vec<PathBuf>,
    /// What was found wrong with a closed segment at work.
    damaged: Option<String>,
    /// Position before a batch → segment index, offset.
    marks: BTreeMap<Seq, (usize, u64, Position)>,
}

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recovered {
    /// An unfinished last batch; it had never been acknowledged, and [`Journal::settle`] cuts it.
    pub(crate) cut: Option<String>,
}

impl FileJournal {
    /// Opens the journal in `folder`, making a new one with `library` as its name when empty.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] when what stands there is not what was written.
    pub(crate) fn open(folder: &Path, library: Uuid) -> Result<(Self, Recovered), JournalError> {
        let mut paths = segment_paths(folder)?;
        if paths.is_empty() {
            let header = Header {
                library,
                number: 1,
                before: Position::default(),
            };
            paths.push(create_segment(folder, header)?);
            sync_folder(folder.parent().unwrap_or(folder))?;
        }
        let mut shared = Shared {
            library,
            head: Position::default(),
            segments: paths,
            damaged: None,
            marks: BTreeMap::new(),
        };
        folder::check_headers(&mut shared)?;
        let unseen = closed::check_newest(&shared.segments)?;
        let last_path = shared.segments.last().cloned().unwrap_or_default();
        let last = Segment::open(&last_path, true)?;
        let index = shared.segments.len() - 1;
        let (mut unmarked, mut time) = ((MARK_EVERY, 0), Timestamp::UNIX_EPOCH);
        let mut position = last.header.before;
        let (end, head, how) = last.walk(HEADER, position, &mut |offset, entries| {
            if is_marked(&mut unmarked, offset) {
                shared.marks.insert(position.seq, (index, offset, position));
            }
            if let Some(entry) = entries.last() {
                position = Position {
                    seq: entry.seq,
                    hash: entry.hash,
                };
                time = entry.draft.at;
            }
        })?;
        shared.head = head;
        let recovered = folder::unfinished(&last, end, how);
        let filled = last.file()?.metadata().map_err(|e| last.io(e))?.len();
        let shared = Arc::new(RwLock::new(shared));
        let mut journal = Self {
            folder: folder.to_owned(),
            last,
            end,
            filled,
            time,
            unmarked,
            poisoned: None,
            unseen,
            watch: Worker::default(),
            torn: recovered.cut.is_some(),
            space: None,
            packer: Packer::new(Arc::clone(&shared)),
            shared,
        };
        journal.time_of_previous_segment(head)?;
        Ok((journal, recovered))
    }

    /// In service: keeps room on the disk aside, and packs closed segments on a thread of its own.
    pub(crate) fn in_service(mut self) -> Self {
        self.space = Some(Space::take(self.folder.parent().unwrap_or(&self.folder)));
        self.packer.work();
        self.watch = closed::watch(&self.shared, self.unseen);
        self
    }

    /// What failed or was found damaged is never written behind.
    fn must_take_changes(&self) -> Result<(), JournalError> {
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        match self.poisoned.as_ref().or(shared.damaged.as_ref()) {
            Some(why) => Err(JournalError::Poisoned(why.clone())),
            None => Ok(()),
        }
    }

    /// A fresh segment has no entry to take the last time from; look at the one before.
    fn time_of_previous_segment(&mut self, head: Position) -> Result<(), JournalError> {
        if self.time == Timestamp::UNIX_EPOCH && head.seq > Seq::default() {
            let before = Seq::new(head.seq.get() - 1);
            if let Some(entry) = self.reader().read(before, 1)?.first() {
                self.time = entry.draft.at;
            }
        }
        Ok(())
    }

    /// Fills ahead, so that the batch itself need not ask the disk for room.
    fn fill(&mut self, need: u64) -> Result<(), JournalError> {
        let zeros = vec![0; usize::try_from(need - self.filled + FILL).unwrap_or(0)];
        let file = self.last.file()?;
        file.write_all_at(&zeros, self.filled)
            .map_err(|e| self.full_or_failed(e))?;
        file.sync_all().map_err(|e| self.last.io(e))?;
        self.filled += zeros.len() as u64;
        Ok(())
    }

    fn full_or_failed(&self, error: std::io::Error) -> JournalError {
        match &self.space {
            Some(space) if error.kind() == ErrorKind::StorageFull => space.none(),
            Some(_) | None => self.last.io(error),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let need = self.end + bytes.len() as u64;
        if need > self.filled {
            self.fill(need)?;
        }
        let file = self.last.file()?;
        file.write_all_at(bytes, self.end)
            .map_err(|e| self.last.io(e))?;
        file.sync_data().map_err(|e| self.last.io(e))?;
        self.end = need;
        Ok(())
    }

    fn roll(&mut self, head: Position) -> Result<(), JournalError> {
        let file = self.last.file()?;
        file.set_len(self.end).map_err(|e| self.last.io(e))?;
        file.sync_all().map_err(|e| self.last.io(e))?;
        self.filled = self.end;
        let header = Header {
            library: self.last.header.library,
            number: self.last.header.number + 1,
            before: head,
        };
        let path = create_segment(&self.folder, header).map_err(|error| {
            if let JournalError::Io { source, .. } = error {
                self.full_or_failed(source)
            } else {
                error
            }
        })?;
        self.last = Segment::open(&path, true)?;
        self.end = HEADER;
        self.filled = FILL;
        self.unmarked = (MARK_EVERY, 0);
        self.shared
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .segments
            .push(path);
        if self.space.is_some() {
            self.packer.work();
        }
        Ok(())
    }

    fn append_batch(
        &mut self,
        after: Position,
        drafts: Vec<Draft>,
    ) -> Result<Vec<RawEntry>, JournalError> {
        self.settle()?;
        if self.end > SEGMENT_LIMIT {
            self.roll(after)?;
        }
        let (bytes, entries) =
            frame::write_batch(&self.last.header.library, after, self.time, drafts);
        let offset = self.end;
        self.write(&bytes)?;
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        if is_marked(&mut self.unmarked, offset) {
            let index = shared.segments.len() - 1;
            shared.marks.insert(after.seq, (index, offset, after));
        }
        if let Some(last) = entries.last() {
            self.time = last.draft.at;
            shared.head = Position {
                seq: last.seq,
                hash: last.hash,
            };
        }
        Ok(entries)
    }
}

impl Journal for FileJournal {
    fn head(&self) -> Position {
        self.shared
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .head
    }

    fn settle(&mut self) -> Result<(), JournalError> {
        if self.torn {
            folder::cut(&self.folder, &self.last, self.end)?;
            self.filled = self.end;
            self.torn = false;
        }
        Ok(())
    }

    fn claim(&mut self) -> Result<Position, JournalError> {
        self.must_take_changes()?;
        if let Some(space) = &mut self.space {
            space.enough()?;
        }
        Ok(self.head())
    }

    fn release(&mut self) {}

    fn refresh(&mut self) -> Result<Position, JournalError> {
        Ok(self.head())
    }

    fn append(
        &mut self,
        after: Position,
        drafts: Vec<Draft>,
    ) -> Result<Vec<RawEntry>, JournalError> {
        self.must_take_changes()?;
        let head = self.head();
        if head != after {
            return Err(JournalError::Moved {
                expected: after.seq,
                found: head.seq,
            });
        }
        self.append_batch(after, drafts).inspect_err(|error| {
            if !error.nothing_was_written() {
                self.poisoned = Some(error.to_string());
            }
        })
    }

    fn last_time(&self) -> Timestamp {
        self.time
    }

    fn reader(&self) -> Box<dyn JournalReader> {
        Box::new(FileReader(Arc::clone(&self.shared)))
    }
}

/// Whether the place of the batch at `offset` is to be remembered.
fn is_marked(unmarked: &mut (usize, u64), offset: u64) -> bool {
    let (batches, last) = *unmarked;
    let marked = batches >= MARK_EVERY || offset.saturating_sub(last) >= MARK_BYTES;
    *unmarked = if marked {
        (1, offset)
    } else {
        (batches + 1, last)
    };
    marked
}

#[cfg(test)]
mod tests;
