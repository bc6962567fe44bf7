//! Журнал с зеркалом: the same batches on two disks, both synced before anyone is told «done».
//!
//! Two file journals with one chain. It does not bring one up to the other: that is done before, where
//! both are opened. When one of the two fails, nothing more is accepted until a restart.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use super::file::FileJournal;
use super::{Draft, Journal, JournalError, JournalReader, Position, RawEntry};
use crate::error::Error;
use crate::id::Seq;
use crate::store::durable;
use crate::store::root::Root;

/// Журнал и его зеркало.
pub(crate) struct MirroredJournal {
    main: FileJournal,
    mirror: FileJournal,
    /// Where the mirror stands: its handles stay open when its disk is taken away.
    root: Root,
    parted: Option<String>,
    note: PathBuf,
}

impl MirroredJournal {
    /// Of two journals that stand at the same entry, the mirror's in this folder; how far the mirror came is noted
    /// in this file at the end.
    pub(crate) fn new(main: FileJournal, mirror: FileJournal, root: Root, note: PathBuf) -> Self {
        Self {
            main,
            mirror,
            root,
            parted: None,
            note,
        }
    }
}

impl Drop for MirroredJournal {
    fn drop(&mut self) {
        // Where the mirror is gone, nothing is written beside it.
        if self.parted.is_none()
            && self.root.stands()
            && let Err(error) = write_note(&self.note, self.mirror.head())
        {
            tracing::warn!(%error, "How far the mirror came is not noted");
        }
    }
}

fn write_note(note: &Path, head: Position) -> Result<(), Error> {
    let said = format!("{} {}", head.seq, blake3::Hash::from(head.hash).to_hex());
    let checksum = crc32c::crc32c(said.as_bytes());
    durable::replace(note, format!("{said} {checksum:08x}\n").as_bytes())
}

/// How far a mirror had come when it was closed last; it stands there or further on. Nothing when there is no note, or
/// not the one that was written.
pub(crate) fn read_note(note: &Path) -> Option<Position> {
    let text = std::fs::read_to_string(note).ok()?;
    let (said, checksum) = text.strip_suffix('\n')?.rsplit_once(' ')?;
    let (seq, hash) = said.split_once(' ')?;
    let whole = format!("{:08x}", crc32c::crc32c(said.as_bytes())) == checksum;
    whole.then_some(Position {
        seq: Seq::new(seq.parse().ok()?),
        hash: *blake3::Hash::from_hex(hash).ok()?.as_bytes(),
    })
}

impl Journal for MirroredJournal {
    fn head(&self) -> Position {
        self.main.head()
    }

    fn settle(&mut self) -> Result<(), JournalError> {
        self.main.settle()
    }

    fn claim(&mut self) -> Result<Position, JournalError> {
        if let Some(why) = &self.parted {
            return Err(JournalError::Poisoned(why.clone()));
        }
        if !self.root.stands() {
            return Err(JournalError::Poisoned(self.root.why()));
        }
        self.mirror.claim()?;
        self.main.claim()
    }

    fn release(&mut self) {}

    fn refresh(&mut self) -> Result<Position, JournalError> {
        self.main.refresh()
    }

    fn append(
        &mut self,
        after: Position,
        drafts: Vec<Draft>,
    ) -> Result<Vec<RawEntry>, JournalError> {
        if let Some(why) = &self.parted {
            return Err(JournalError::Poisoned(why.clone()));
        }
        let (main, mirror, same) = (&mut self.main, &mut self.mirror, drafts.clone());
        let (ours, theirs) = std::thread::scope(|scope| {
            let theirs = scope.spawn(move || mirror.append(after, same));
            let ours = main.append(after, drafts);
            let stopped = |_| Err(JournalError::Unknown("поток зеркала остановился".into()));
            (ours, theirs.join().unwrap_or_else(stopped))
        });
        let error = match (ours, theirs) {
            (Ok(entries), Ok(_)) => return Ok(entries),
            (Err(ours), Err(theirs))
                if ours.nothing_was_written() && theirs.nothing_was_written() =>
            {
                return Err(ours);
            }
            (Err(error), _) => format!("журнал не записан, хотя зеркало могло записаться: {error}"),
            (Ok(_), Err(error)) => format!("зеркало не записано: {error}"),
        };
        self.parted = Some(error.clone());
        Err(JournalError::Unknown(error))
    }

    fn last_time(&self) -> Timestamp {
        self.main.last_time()
    }

    fn reader(&self) -> Box<dyn JournalReader> {
        Box::new(MirroredReader {
            main: self.main.reader(),
            mirror: self.mirror.reader(),
        })
    }
}

/// Reads the journal; a check reads the mirror as well.
struct MirroredReader {
    main: Box<dyn JournalReader>,
    mirror: Box<dyn JournalReader>,
}

impl JournalReader for MirroredReader {
    fn head(&self) -> Position {
        self.main.head()
    }

    fn library(&self) -> Uuid {
        self.main.library()
    }

    fn read(&self, after: Seq, limit: usize) -> Result<Vec<RawEntry>, JournalError> {
        self.main.read(after, limit)
    }

    fn check_all(&self) -> Result<Position, JournalError> {
        let (ours, theirs) = (self.main.check_all()?, self.mirror.check_all()?);
        // A batch may have come to one of them while the other was read.
        if let Some(seq) = first_difference(self.main.as_ref(), self.mirror.as_ref())? {
            return Err(JournalError::Parted { seq });
        }
        Ok(if ours.seq < theirs.seq { theirs } else { ours })
    }
}

/// The first entry in which two journals differ, as far as both go; by halving, since a hash fixes all
/// that is before it.
pub(crate) fn first_difference(
    one: &dyn JournalReader,
    other: &dyn JournalReader,
) -> Result<Option<Seq>, JournalError> {
    let same = |seq: u64| -> Result<bool, JournalError> {
        let hash = |reader: &dyn JournalReader| {
            let read = reader.read(Seq::new(seq - 1), 1);
            read.map(|entries| entries.first().map(|entry| entry.hash))
        };
        Ok(seq == 0 || hash(one)? == hash(other)?)
    };
    let mut last = one.head().seq.get().min(other.head().seq.get());
    if same(last)? {
        return Ok(None);
    }
    let mut first = 0;
    while last - first > 1 {
        let middle = first + (last - first) / 2;
        if same(middle)? {
            first = middle;
        } else {
            last = middle;
        }
    }
    Ok(Some(Seq::new(last)))
}
