//! From a change to rows: the same code at the moment of writing and at replay.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::change::Change;
use crate::fund::tables::{
    Entries, ItemNumbers, Items, LibraryItems, LiveTitles, RecordItems, Titles,
};
use crate::id::{Hash, LibraryId, Seq};
use crate::shelf::Sources;
use crate::table::{KeyBytes, Table, TableError, TableKey, Tables, put, remove};
use crate::{fund, people, shelf};

/// Shape of all tables together; another number builds a new generation from the journal.
pub(crate) const STATE_SHAPE: u32 = 7;

/// How the rows of a table stand together: those whose keys differ in so many last bits of a number.
#[derive(Clone, Copy)]
pub(crate) struct Together {
    pub(crate) bits: u32,
    /// Where the number stands: after so many texts, or at the end of the key.
    pub(crate) texts: Option<usize>,
}

/// The tables that grow with the fund and the catalogue; the others keep row by row.
pub(crate) fn together(table: u8) -> Option<Together> {
    let (bits, texts) = match table {
        Items::ID | Titles::ID => (4, None),
        RecordItems::ID | LiveTitles::ID | Entries::ID => (5, None),
        Sources::ID | LibraryItems::ID => (6, None),
        // The library and the letters before a number; where something follows it, the row stands by itself.
        ItemNumbers::ID => (6, Some(2)),
        _ => return None,
    };
    Some(Together { bits, texts })
}

/// Command ids that were carried out.
pub(crate) struct Commands;
impl Table for Commands {
    const ID: u8 = 4;
    type Key = CommandKey;
    type Row = CommandRow;
}

/// A command id as a key.
pub(crate) struct CommandKey(u128);

impl From<u128> for CommandKey {
    fn from(id: u128) -> Self {
        Self(id)
    }
}

impl TableKey for CommandKey {
    fn write(&self, out: &mut KeyBytes) {
        let bytes = self.0.to_be_bytes();
        for byte in bytes {
            out.byte(byte);
        }
    }
}

/// What a command id led to.
#[derive(Serialize, Deserialize)]
pub(crate) struct CommandRow {
    pub(crate) seq: Seq,
    pub(crate) request: Hash,
}

/// Jobs that began and did not end.
pub(crate) struct OpenJobs;
impl Table for OpenJobs {
    const ID: u8 = 7;
    type Key = CommandKey;
    type Row = (Uuid, String, Seq);
}

/// Steps of the periods: the entry that brought each, which proves all that stands before it.
pub(crate) struct PeriodEntries;
impl Table for PeriodEntries {
    const ID: u8 = 10;
    type Key = (LibraryId, u64);
    type Row = Seq;
}

/// Applies one change to the tables.
pub(crate) fn apply(
    change: &Change,
    seq: Seq,
    at: Timestamp,
    command_id: Uuid,
    request: Hash,
    tables: &mut dyn Tables,
) -> Result<(), TableError> {
    put::<Commands>(
        tables,
        &command_id.as_u128().into(),
        &CommandRow { seq, request },
    );
    match change {
        Change::Records(versions) => {
            for version in versions {
                shelf::apply(version, seq, at, tables)?;
            }
        }
        Change::Fund(change) => {
            fund::apply(change, tables)?;
            for (library, step) in change.periods() {
                put::<PeriodEntries>(tables, &(library.clone(), step), &seq);
            }
        }
        Change::Person(user) => people::apply(user, tables),
        Change::JobBegun { job, work } => {
            put::<OpenJobs>(tables, &job.as_u128().into(), &(*job, work.clone(), seq));
        }
        Change::JobDone { job } => remove::<OpenJobs>(tables, &job.as_u128().into()),
    }
    Ok(())
}
