//! Изменение: the nouns that the journal keeps, one entry each.
//!
//! A change holds everything that is needed to apply it again; replay never judges it anew.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fund::FundChange;
use crate::id::{Hash, RecordId, Seq, UserId};
use crate::people::KeptUser;
use crate::shelf::RecordVersion;
use crate::table::{TableError, View};

/// Изменение, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// Записи сохранены: new records and new versions, at most 1,000 (D-2).
    Records(Vec<RecordVersion>),
    /// Движение фонда: acts with their ledger entries, movements, policy, the tree of libraries.
    Fund(Box<FundChange>),
    /// Человек заведён или изменён.
    Person(KeptUser),
    /// Большая работа начата: an import, a whole-base opening; its name is in `work`.
    JobBegun {
        /// The job's name: the command id of this entry.
        job: Uuid,
        /// What it is, in Russian.
        work: String,
    },
    /// Большая работа закончена.
    JobDone {
        /// The job's name.
        job: Uuid,
    },
}

impl Change {
    /// Version of the shapes above; a new one comes with a reader for every old one.
    pub const VERSION: u16 = 1;

    /// The kind of change as a number, for readers that skip.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Change::Records(_) => 1,
            Change::Fund(_) => 2,
            Change::Person(_) => 3,
            Change::JobBegun { .. } => 4,
            Change::JobDone { .. } => 5,
        }
    }

    /// The person whose name is sealed in it or erased.
    pub(crate) fn veiled(&self) -> Option<&KeptUser> {
        match self {
            Change::Person(user) => Some(user).filter(|user| user.veil().is_some()),
            Change::Records(_)
            | Change::Fund(_)
            | Change::JobBegun { .. }
            | Change::JobDone { .. } => None,
        }
    }

    /// The bibliographic records whose page or place in the index this change touches.
    ///
    /// # Errors
    /// [`TableError`] when the state is damaged.
    pub fn records(&self, view: &dyn View) -> Result<Vec<RecordId>, TableError> {
        match self {
            Change::Records(versions) => Ok(versions.iter().map(|v| v.id).collect()),
            Change::Fund(change) => change.records(view),
            Change::Person(_) | Change::JobBegun { .. } | Change::JobDone { .. } => Ok(Vec::new()),
        }
    }
}

/// Запись журнала: who, when, why, what.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number; the version of everything it touched.
    pub seq: Seq,
    /// Fixes this entry and all before it.
    pub hash: Hash,
    /// Name of the command that made it.
    pub command_id: Uuid,
    /// Who did it.
    pub actor: UserId,
    /// Дата документа.
    pub on: Option<Date>,
    /// Дата записи.
    pub at: Timestamp,
    /// BLAKE3 of the request, to tell a retry from another request with the same key.
    pub request: Hash,
    /// What changed.
    pub change: Change,
}

/// Прежняя версия записи: who saved it and when.
#[derive(Clone, Debug, PartialEq)]
pub struct PastVersion {
    /// The entry that made it.
    pub seq: Seq,
    /// When it was entered.
    pub at: Timestamp,
    /// Who saved it.
    pub actor: UserId,
    /// The version itself.
    pub version: RecordVersion,
}

impl PastVersion {
    /// The version of this record in an entry.
    pub(crate) fn of(entry: Entry, id: RecordId) -> Option<Self> {
        let Change::Records(versions) = entry.change else {
            return None;
        };
        let version = versions.into_iter().find(|version| version.id == id)?;
        Some(Self {
            seq: entry.seq,
            at: entry.at,
            actor: entry.actor,
            version,
        })
    }
}
