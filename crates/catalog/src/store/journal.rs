//! Журнал: the one place where a change is written, and the order of all changes.
//!
//! Knows frames, hashes and positions; does not know what a change means: payloads are bytes here.

pub(crate) mod file;
pub(crate) mod frame;
pub(crate) mod mirror;
mod packed;
pub(crate) mod postgres;
pub(crate) mod segment;
pub(crate) mod space;
mod torn;

use std::path::PathBuf;
use std::time::Duration;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;
use crate::id::{Hash, Seq, UserId};

/// A place in the journal: the last entry and its hash. `Seq` 0 with a zero hash is the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Number of the last entry.
    pub seq: Seq,
    /// BLAKE3 of its whole frame and of the hash before it (D-1): fixes everything before.
    pub hash: Hash,
}

/// The end of a journal that several servers write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedHead {
    /// The last entry there.
    pub position: Position,
    /// How long ago the database said so.
    pub age: Duration,
}

/// What is about to be written; the journal adds number, hash and a time that never runs backwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The kind of change, for readers that skip; see [`crate::change::Change::KIND_VERSION`].
    pub kind: u8,
    /// Version of the payload's shape.
    pub version: u16,
    /// Unique name of the command; a retry carries the same one.
    pub command_id: Uuid,
    /// Who did it.
    pub actor: UserId,
    /// Дата документа: the date on the paper, where there is a paper.
    pub on: Option<Date>,
    /// Дата записи: the moment of entry by the caller's clock.
    pub at: Timestamp,
    /// The change, as bytes.
    pub payload: Vec<u8>,
}

/// Запись журнала as it stands on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawEntry {
    /// Its number.
    pub seq: Seq,
    /// What was written; `at` may be later than asked for, never earlier than the entry before.
    pub draft: Draft,
    /// Hash of the whole frame.
    pub hash: Hash,
}

/// What went wrong with the journal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    /// A byte is not what was written; nothing after it can be trusted.
    #[error(
        "Журнал повреждён: {file}, смещение {offset}, запись {seq}: {what}. Восстановите папку из резервной копии"
    )]
    Damaged {
        /// Segment file.
        file: PathBuf,
        /// Byte offset in it.
        offset: u64,
        /// The first entry that cannot be trusted.
        seq: Seq,
        /// What does not hold.
        what: String,
    },
    /// The journal and its mirror tell different things; nobody knows which of them is true.
    #[error(
        "Журнал и зеркало расходятся с записи {seq}: одно из них подменено или работало без другого. Восстановите библиотеку из того, что верно: fond restore"
    )]
    Parted {
        /// The first entry that differs.
        seq: Seq,
    },
    /// Someone else appended after the position that the batch was decided on.
    #[error("Журнал ушёл вперёд: ожидалась запись {expected}, стоит {found}")]
    Moved {
        /// Where the caller thought the head was.
        expected: Seq,
        /// Where it is.
        found: Seq,
    },
    /// A write or sync failed before; nothing more is accepted until a restart.
    #[error(
        "Запись остановлена после ошибки диска: {0}. Освободите место, проверьте диск и перезапустите программу"
    )]
    Poisoned(String),
    /// The shared journal is on its way from or to another home, or has gone there; nothing was written.
    #[error(
        "Журнал в этой базе закрыт: его перенесли в другое место, или перенос не закончен. Назовите новое место через --journal или закончите перенос той же командой fond move"
    )]
    Closed,
    /// The database that should have a journal has none.
    #[error("В этой базе журнала нет: проверьте адрес и имя базы")]
    Absent,
    /// The shared journal does not answer; nothing was written.
    #[error("Общий журнал не отвечает: {0}. Ничего не записано, повторите через минуту")]
    Unreachable(String),
    /// It may have been written or not, and nobody can be asked any more.
    #[error(
        "Исход неизвестен: {0}. Перезапустите программу и повторите с тем же ключом: дважды не запишется"
    )]
    Unknown(String),
    /// The shared journal did not say in time whether it was written; who looks there next will see.
    #[error("Исход неизвестен: {0}. Повторите с тем же ключом через минуту: дважды не запишется")]
    Undecided(String),
    /// There is no room on the disk; nothing was written.
    #[error(
        "На диске с папкой {folder} кончилось место: ничего не записано. Освободите не меньше {need} МБ, перезапускать программу не нужно"
    )]
    NoSpace {
        /// A folder on that disk.
        folder: PathBuf,
        /// How much must be free, MB.
        need: u64,
    },
    /// The disk said no.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

impl JournalError {
    /// Whether it is certain that nothing was written, so that it may be tried again.
    pub(crate) fn nothing_was_written(&self) -> bool {
        match self {
            Self::Moved { .. }
            | Self::Poisoned(_)
            | Self::Closed
            | Self::Absent
            | Self::Unreachable(_)
            | Self::NoSpace { .. } => true,
            Self::Damaged { .. }
            | Self::Parted { .. }
            | Self::Unknown(_)
            | Self::Undecided(_)
            | Self::Io { .. } => false,
        }
    }

    /// Whether the home itself knows what was written, and the next batch follows it first.
    pub(crate) fn may_go_on(&self) -> bool {
        self.nothing_was_written() || matches!(self, Self::Undecided(_))
    }
}

/// A home of the journal: a folder of segments, or a table that several servers share.
pub(crate) trait Journal: Send {
    /// The last durable entry.
    fn head(&self) -> Position;

    /// Cuts what opening found unfinished. Called when it is known that nobody has seen it done.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    fn settle(&mut self) -> Result<(), JournalError> {
        Ok(())
    }

    /// Takes the right to append until the next [`Journal::append`] or [`Journal::release`], and gives the
    /// head, which nobody moves meanwhile.
    ///
    /// # Errors
    /// [`JournalError::Poisoned`], [`JournalError::Unreachable`].
    fn claim(&mut self) -> Result<Position, JournalError>;

    /// Gives the right back unused.
    fn release(&mut self);

    /// Asks where the head is now, without a claim; others may have moved it.
    ///
    /// # Errors
    /// [`JournalError::Unreachable`].
    fn refresh(&mut self) -> Result<Position, JournalError>;

    /// Writes `drafts` after `after` and syncs them, all or none; only then it returns.
    ///
    /// # Errors
    /// [`JournalError::Moved`] when the head is elsewhere; after an I/O error every later call is
    /// [`JournalError::Poisoned`]; [`JournalError::Unreachable`] when it is certain that nothing was
    /// written and that it may be tried again.
    fn append(
        &mut self,
        after: Position,
        drafts: Vec<Draft>,
    ) -> Result<Vec<RawEntry>, JournalError>;

    /// Entry time of the last entry; the next one is later (D-1).
    fn last_time(&self) -> Timestamp;

    /// What tells that others may have appended; `None` where nobody else can.
    fn wakes(&self) -> Option<Box<dyn Wakes>> {
        None
    }

    /// A handle that reads on other threads what this one has made durable.
    fn reader(&self) -> Box<dyn JournalReader>;
}

/// Tells that the journal may have grown by the work of others.
pub(crate) trait Wakes: Send {
    /// Returns when it may have grown, and after a second in any case.
    fn wait(&mut self);
}

/// Reads durable entries; cheap to clone, safe beside the writer.
pub(crate) trait JournalReader: Send + Sync {
    /// The last durable entry.
    fn head(&self) -> Position;

    /// The library this journal belongs to.
    fn library(&self) -> Uuid;

    /// The end of the journal as it was seen last; `None` where nobody else writes.
    fn shared(&self) -> Option<SharedHead> {
        None
    }

    /// Up to `limit` entries after `after`, in order, each checked (checksum and chain); fewer when
    /// they are long, but at least one where there is one.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] names the first entry that does not hold.
    fn read(&self, after: Seq, limit: usize) -> Result<Vec<RawEntry>, JournalError>;

    /// As [`JournalReader::read`], after an entry whose hash is known and must stand there still: where others write
    /// too, a failover may have put another in its place.
    ///
    /// # Errors
    /// As [`JournalReader::read`].
    fn read_on(&self, after: Position, limit: usize) -> Result<Vec<RawEntry>, JournalError> {
        self.read(after.seq, limit)
    }

    /// Reads and checks everything: every frame, the chain, and that nothing stands after the end.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] names the first entry that does not hold.
    fn check_all(&self) -> Result<Position, JournalError>;
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Damaged { .. } | JournalError::Parted { .. } => {
                Self::Damaged(error.to_string())
            }
            JournalError::NoSpace { .. } => Self::NoSpace(error.to_string()),
            JournalError::Unknown(_) | JournalError::Undecided(_) => {
                Self::OutcomeUnknown(error.to_string())
            }
            JournalError::Moved { .. }
            | JournalError::Poisoned(_)
            | JournalError::Closed
            | JournalError::Unreachable(_) => Self::Unavailable(error.to_string()),
            JournalError::Absent => Self::NotFound(error.to_string()),
            JournalError::Io { path, source } => Self::io(&path, source),
        }
    }
}
