//! Журнал с зеркалом: the same batches on two disks, both synced before anyone is told «done».
//!
//! Two file journals with one chain. It does not bring one up to the other: that is done before, where
//! both are opened. When one of the two fails, nothing more is accepted until a restart.

use jiff::Timestamp;
use uuid::Uuid;

use super::file::FileJournal;
use super::{Draft, Journal, JournalError, JournalReader, Position, RawEntry};
use crate::id::Seq;

/// Журнал и его зеркало.
pub(crate) struct MirroredJournal {
    main: FileJournal,
    mirror: FileJournal,
    parted: Option<String>,
}

impl MirroredJournal {
    /// Of two journals that stand at the same entry.
    pub(crate) fn new(main: FileJournal, mirror: FileJournal) -> Self {
        Self {
            main,
            mirror,
            parted: None,
        }
    }
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
