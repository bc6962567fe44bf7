//! Свежие записи: what the last entries wrote, for those who follow the journal at its heels.
//!
//! Only a memory: the journal says the same, and the tables do so a moment later. Whoever comes late reads them there.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::journal::Position;
use crate::change::{Change, Entry};
use crate::id::{RecordId, Seq};
use crate::record::BiblioRecord;
use crate::shelf::RecordStatus;

/// So many records are remembered; of more the oldest entries are forgotten.
const RECORDS: usize = 7000;
/// And so many entries: records may be long.
const ENTRIES: usize = 40;

/// A record as the last entry that touched it left it.
#[derive(Clone, Debug)]
pub struct FreshRecord {
    /// Состояние.
    pub status: RecordStatus,
    /// The record.
    pub record: Arc<BiblioRecord>,
}

/// The last entries and the records they wrote.
#[derive(Default)]
pub(crate) struct Fresh(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    /// One after another, without gaps, with the records of each; nothing where only the tables can tell them.
    entries: VecDeque<(Position, Option<Vec<RecordId>>)>,
    records: HashMap<RecordId, (Seq, FreshRecord)>,
}

impl Fresh {
    /// Remembers an entry of the journal that the tables are about to have.
    pub(crate) fn remember(&self, entry: &Entry) {
        let at = Position {
            seq: entry.seq,
            hash: entry.hash,
        };
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = memory.entries.back().map(|(last, _)| last.seq.get());
        if last.is_none_or(|last| last + 1 != at.seq.get()) {
            *memory = Memory::default();
        }
        let ids = match &entry.change {
            Change::Records(versions) => {
                for version in versions {
                    let record = FreshRecord {
                        status: version.status,
                        record: Arc::clone(&version.record),
                    };
                    memory.records.insert(version.id, (at.seq, record));
                }
                Some(versions.iter().map(|version| version.id).collect())
            }
            Change::JobBegun { .. } | Change::JobDone { .. } | Change::Person(_) => {
                Some(Vec::new())
            }
            Change::Fund(_) => None,
        };
        memory.entries.push_back((at, ids));
        while memory.records.len() > RECORDS || memory.entries.len() > ENTRIES {
            memory.forget_first();
        }
    }

    /// Forgets everything: others have written.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Memory::default();
    }

    /// Records of up to `limit` entries after `after`, no further than `head`, and the last of these; nothing when
    /// some are not remembered.
    pub(crate) fn touched(
        &self,
        after: Seq,
        head: Seq,
        limit: usize,
    ) -> Option<(Vec<RecordId>, Position)> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = memory.entries.front()?.0.seq.get();
        let from = usize::try_from((after.get() + 1).checked_sub(first)?).ok()?;
        let mut touched = (Vec::new(), None);
        let shown = memory.entries.iter().take_while(|(at, _)| at.seq <= head);
        for (at, ids) in shown.skip(from).take(limit) {
            touched.0.extend_from_slice(ids.as_deref()?);
            touched.1 = Some(*at);
        }
        Some((touched.0, touched.1?))
    }

    /// The record, if one of the entries wrote it.
    pub(crate) fn record(&self, id: RecordId) -> Option<FreshRecord> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.records.get(&id).map(|(_, record)| record.clone())
    }
}

impl Memory {
    fn forget_first(&mut self) {
        let Some((at, ids)) = self.entries.pop_front() else {
            self.records.clear();
            return;
        };
        for id in ids.into_iter().flatten() {
            if self.records.get(&id).is_some_and(|(seq, _)| *seq == at.seq) {
                self.records.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::fund::change::FundChange;
    use crate::record::Leader;
    use crate::shelf::RecordVersion;

    fn at(seq: u64) -> Position {
        Position {
            seq: Seq::new(seq),
            hash: [u8::try_from(seq % 256).unwrap(); 32],
        }
    }

    fn entry(seq: u64, change: Change) -> Entry {
        let Position { seq, hash } = at(seq);
        Entry {
            seq,
            hash,
            command_id: Uuid::from_u128(1),
            actor: "кто-то".parse().unwrap(),
            on: None,
            at: jiff::Timestamp::UNIX_EPOCH,
            request: [0; 32],
            change,
        }
    }

    fn written(seq: u64, ids: &[u64], status: RecordStatus) -> Entry {
        let version = |id: &u64| RecordVersion {
            id: RecordId::new(*id),
            owner: "MAIN".parse().unwrap(),
            status,
            record: Arc::new(BiblioRecord::new(Leader::NEW_BOOK)),
            key: None,
            source: None,
        };
        entry(seq, Change::Records(ids.iter().map(version).collect()))
    }

    fn ids(ids: &[u64]) -> Vec<RecordId> {
        ids.iter().copied().map(RecordId::new).collect()
    }

    #[test]
    fn the_last_entries_are_told_as_far_as_they_are_remembered() {
        let fresh = Fresh::default();
        assert!(fresh.touched(Seq::new(4), Seq::new(9), 9).is_none());
        fresh.remember(&written(5, &[1, 2], RecordStatus::Imported));
        fresh.remember(&written(6, &[2, 3], RecordStatus::Deleted));
        assert_eq!(
            fresh.touched(Seq::new(4), Seq::new(9), 1),
            Some((ids(&[1, 2]), at(5)))
        );
        assert_eq!(
            fresh.touched(Seq::new(4), Seq::new(9), 9),
            Some((ids(&[1, 2, 2, 3]), at(6)))
        );
        assert_eq!(
            fresh.touched(Seq::new(5), Seq::new(9), 9),
            Some((ids(&[2, 3]), at(6)))
        );
        assert_eq!(fresh.touched(Seq::new(6), Seq::new(9), 9), None);
        assert_eq!(fresh.touched(Seq::new(3), Seq::new(9), 9), None);
        assert_eq!(
            fresh.touched(Seq::new(4), Seq::new(5), 9),
            Some((ids(&[1, 2]), at(5)))
        );
        let status = |id| fresh.record(RecordId::new(id)).map(|record| record.status);
        assert_eq!(status(1), Some(RecordStatus::Imported));
        assert_eq!(status(2), Some(RecordStatus::Deleted));
        assert_eq!(status(4), None);
    }

    #[test]
    fn a_gap_forgets_what_was_before_and_an_act_only_what_it_touched() {
        let fresh = Fresh::default();
        fresh.remember(&written(5, &[1], RecordStatus::Imported));
        fresh.remember(&written(7, &[2], RecordStatus::Imported));
        assert!(fresh.record(RecordId::new(1)).is_none());
        assert_eq!(
            fresh.touched(Seq::new(6), Seq::new(9), 9),
            Some((ids(&[2]), at(7)))
        );
        let act = Change::Fund(Box::new(FundChange::Voided {
            items: Vec::new(),
            numbers: Vec::new(),
            event: None,
        }));
        fresh.remember(&entry(8, act));
        fresh.remember(&written(9, &[3], RecordStatus::Imported));
        assert_eq!(fresh.touched(Seq::new(6), Seq::new(9), 9), None);
        assert_eq!(
            fresh.touched(Seq::new(8), Seq::new(9), 9),
            Some((ids(&[3]), at(9)))
        );
        assert!(fresh.record(RecordId::new(2)).is_some());
        fresh.forget();
        assert_eq!(fresh.touched(Seq::new(6), Seq::new(9), 9), None);
        assert!(fresh.record(RecordId::new(2)).is_none());
    }

    #[test]
    fn of_many_records_the_oldest_are_forgotten_and_the_newer_version_stays() {
        let fresh = Fresh::default();
        fresh.remember(&written(1, &[1, 2], RecordStatus::Imported));
        fresh.remember(&written(2, &[2], RecordStatus::Final));
        let many: Vec<u64> = (10..10 + RECORDS as u64 - 1).collect();
        fresh.remember(&written(3, &many, RecordStatus::Imported));
        assert!(fresh.record(RecordId::new(1)).is_none());
        assert!(fresh.record(RecordId::new(2)).is_some());
        assert_eq!(fresh.touched(Seq::default(), Seq::new(9), 9), None);
        assert!(fresh.touched(Seq::new(1), Seq::new(9), 9).is_some());
    }
}
