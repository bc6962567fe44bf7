//! Reading all rows while rows are written: the second road to the watermark, compared at one moment.
//!
//! A reading goes step by step through the keys. A writer waits for no more than one step; what it changes
//! behind the reading is counted into the reading too, what it changes before it is met there.

use std::ops::Bound;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::value::{CHUNK, row_digest};
use super::{META, SledTables, Watermark, bundle};
use crate::table::TableError;

/// Values of one step, and bytes of their rows: some rows are long.
const STEP: usize = 512;
const STEP_BYTES: usize = 4 << 20;
/// Between looks whether a writer still waits.
const PAUSE: Duration = Duration::from_micros(50);

/// Чтение всех строк: the last key that was read, and what was counted up to it.
#[derive(Clone)]
pub(super) struct Reading {
    upto: Vec<u8>,
    pub(super) seen: Watermark,
}

impl Reading {
    fn begin() -> Self {
        Self {
            // After the row about the tables and the dictionaries, before every row.
            upto: vec![META, u8::MAX],
            seen: Watermark::default(),
        }
    }

    /// Whether the reading has been past this key.
    pub(super) fn passed(&self, full_key: &[u8]) -> bool {
        full_key <= self.upto.as_slice()
    }
}

impl SledTables {
    /// Reads every row and counts and digests them anew; the watermark as it is kept, and as it was seen, both
    /// of the moment when the last row was read.
    pub(crate) fn scan_all(&self) -> Result<(Watermark, Watermark), TableError> {
        let _alone = self
            .one_reads
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut reading = Reading::begin();
        loop {
            let mut held = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
            // What writers have counted into it since the last step.
            reading = held.take().unwrap_or(reading);
            if self.step(&mut reading)? {
                let kept = self.watermark();
                reading.seen.position = kept.position;
                return Ok((kept, reading.seen));
            }
            *held = Some(reading.clone());
            drop(held);
            // A lock that is taken again at once may never be given to those who wait.
            while self.waiting.load(Ordering::SeqCst) > 0 {
                std::thread::sleep(PAUSE);
            }
        }
    }

    /// Reads some rows; tells whether there are no more.
    fn step(&self, reading: &mut Reading) -> Result<bool, TableError> {
        let from = Bound::Excluded(reading.upto.clone());
        let mut rows = self.db.range((from, Bound::Excluded(vec![CHUNK])));
        let mut bytes = 0;
        for _ in 0..STEP {
            if bytes >= STEP_BYTES {
                break;
            }
            let Some((full, value)) = self.asked(|| rows.next().transpose())? else {
                return Ok(true);
            };
            let table = full[0];
            let mut count = |key: &[u8], row: &[u8]| {
                bytes += row.len();
                reading.seen.count(row_digest(table, key, row));
            };
            if bundle::is_one(&value) {
                for (slot, held) in self.bundle(table, &value)? {
                    let key = bundle::key(&full, &slot);
                    count(&key, &self.held(table, &key, held)?);
                }
            } else {
                let key = &full[1..];
                count(key, &self.whole(table, key, &value)?);
            }
            reading.upto = full.to_vec();
        }
        Ok(false)
    }

    /// Reads with the tables standing still: whoever writes waits.
    pub(crate) fn standing<T>(&self, read: impl FnOnce() -> T) -> T {
        let _still = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        read()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::id::Seq;
    use crate::store::journal::Position;
    use crate::store::tables::Writes;

    fn at(seq: u64) -> Position {
        Position {
            seq: Seq::new(seq),
            hash: [1; 32],
        }
    }

    fn row(number: u64, value: Option<u64>) -> ((u8, Vec<u8>), Option<Vec<u8>>) {
        let value = value.map(|value| value.to_be_bytes().to_vec());
        ((7, number.to_be_bytes().to_vec()), value)
    }

    #[test]
    fn a_reading_amid_writing_compares_what_stood_at_one_moment() {
        let folder = tempfile::tempdir().unwrap();
        let tables = SledTables::open(folder.path(), 1 << 20, Arc::default()).unwrap();
        let first: Writes = (0..4000).map(|n| row(n, Some(n))).collect();
        tables.commit(&first, at(1)).unwrap();
        let ended = AtomicBool::new(false);
        let moved = std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut n: u64 = 1;
                while !ended.load(Ordering::Relaxed) {
                    n += 1;
                    // One row changes, one goes or comes, one is new at either end of the keys.
                    let rows = [
                        row(n * 7919 % 4000, Some(n)),
                        row(n * 104_729 % 4000, n.is_multiple_of(2).then_some(n)),
                        row(u64::MAX - n, Some(n)),
                    ];
                    tables.commit(&rows.into_iter().collect(), at(n)).unwrap();
                }
            });
            let mut moved = 0;
            for _ in 0..20 {
                let before = tables.watermark();
                let (kept, seen) = tables.scan_all().unwrap();
                moved += usize::from(kept != before);
                assert_eq!(kept, seen);
            }
            ended.store(true, Ordering::Relaxed);
            moved
        });
        assert!(moved > 0, "the tables moved while they were read");
    }
}
