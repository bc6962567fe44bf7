//! Doors to readers of bytes that have no public face of their own, for fuzzers and their replay.
//!
//! Nothing is kept here; what is read is thrown away. What is read of a disk lies where the caller has put it.

use std::path::Path;

use jiff::Timestamp;
use uuid::Uuid;

use crate::id::{Hash, Seq, UserId};
use crate::store::journal::file::FileJournal;
use crate::store::journal::frame;
use crate::store::journal::{Draft, Journal, RawEntry};
use crate::store::payload;
use crate::store::{Position, from_backup};

/// Of the head of a batch: magic, length, checksum.
const HEAD: usize = frame::BATCH_HEAD;
/// Entries read at once.
const STEP: usize = 256;

fn before() -> Position {
    Position {
        seq: Seq::default(),
        hash: Hash::default(),
    }
}

/// Reads the body of a batch of the journal as if its checksum held, and the change in each entry; how many
/// entries there are.
///
/// # Errors
/// What does not hold.
pub fn journal_batch(body: &[u8]) -> Result<usize, String> {
    let entries = frame::read_batch(&Uuid::nil(), before(), body)?;
    let count = entries.len();
    for entry in entries {
        payload::read_entry(entry)?;
    }
    Ok(count)
}

/// Reads the payload of an entry; whether it holds a change.
#[must_use]
pub fn journal_payload(bytes: &[u8], actor: &UserId) -> bool {
    let entry = RawEntry {
        seq: Seq::default(),
        draft: draft(bytes, actor),
        hash: Hash::default(),
    };
    payload::read_entry(entry).is_ok()
}

/// The body of a batch with these payloads, numbered and hashed as the journal does it.
#[must_use]
pub fn write_journal_batch(payloads: &[Vec<u8>], actor: &UserId) -> Vec<u8> {
    let drafts = payloads.iter().map(|bytes| draft(bytes, actor)).collect();
    let (batch, _) = frame::write_batch(&Uuid::nil(), before(), Timestamp::UNIX_EPOCH, drafts);
    batch[HEAD..].to_vec()
}

/// What a folder of segments was found to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// Number of the last entry.
    pub head: u64,
    /// The numbers of all entries, as they were read.
    pub numbers: Vec<u64>,
    /// Whether an unfinished end was cut.
    pub cut: bool,
}

/// Opens a folder of segments as a start does, cuts an unfinished end, checks everything and reads each entry.
///
/// # Errors
/// What does not hold.
pub fn journal_folder(folder: &Path) -> Result<Walked, String> {
    let (mut journal, recovered) =
        FileJournal::open(folder, Uuid::nil()).map_err(|e| e.to_string())?;
    journal.settle().map_err(|e| e.to_string())?;
    let reader = journal.reader();
    let head = reader.check_all().map_err(|e| e.to_string())?;
    let mut numbers = Vec::new();
    let mut at = Seq::default();
    while at < head.seq {
        for entry in reader.read(at, STEP).map_err(|e| e.to_string())? {
            at = entry.seq;
            numbers.push(at.get());
            // An entry may hold what only a newer program reads.
            let _ = payload::read_entry(entry);
        }
    }
    Ok(Walked {
        head: head.seq.get(),
        numbers,
        cut: recovered.cut.is_some(),
    })
}

/// Unpacks a backup into a folder and checks its journal against its list, as a restoring does before it builds
/// anything; the number of its last entry.
///
/// # Errors
/// What does not hold.
pub fn backup(file: &Path, into: &Path) -> Result<u64, String> {
    let journal = from_backup(file, into, &into.join("journal")).map_err(|e| e.to_string())?;
    Ok(journal.head().seq.get())
}

fn draft(bytes: &[u8], actor: &UserId) -> Draft {
    Draft {
        kind: bytes.first().copied().unwrap_or_default(),
        version: crate::Change::VERSION,
        command_id: Uuid::nil(),
        actor: actor.clone(),
        on: None,
        at: Timestamp::UNIX_EPOCH,
        payload: bytes.to_vec(),
    }
}
