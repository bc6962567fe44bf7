//! Doors to readers of bytes that have no public face of their own, for fuzzers and their replay.
//!
//! Nothing is opened, written or kept here; what is read is thrown away.

use jiff::Timestamp;
use uuid::Uuid;

use crate::id::{Hash, Seq, UserId};
use crate::store::Position;
use crate::store::journal::frame;
use crate::store::journal::{Draft, RawEntry};
use crate::store::payload;

/// Of the head of a batch: magic, length, checksum.
const HEAD: usize = frame::BATCH_HEAD;

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
