//! The tables in sled: one ordered tree, one atomic batch per sync batch of the journal.
//!
//! The only host of sled. Nothing here is the truth: the folder is a generation that may be deleted
//! any day and is built again from the journal. Every row carries its own checksum, long rows are
//! cut into chunks (sled's blob files are never reached), and the position, the number of rows and
//! a digest of all rows change in the same sled batch as the rows themselves.

mod packing;
mod reading;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use packing::Packing;
use reading::Reading;

use crate::store::journal::Position;
use crate::store::mark::Spoiled;
use crate::table::{TableError, View, Visit, encode};

/// First byte of the key of the one row about the tables themselves.
const META: u8 = 0;
/// Second byte of the keys of dictionaries, after [`META`].
const DICTIONARY: u8 = 1;
/// First byte of the keys of chunks.
const CHUNK: u8 = 255;
/// The folder of data has one owner (D-5), so that a locked file is still held by a thread of sled which writes behind
/// a handle that was just dropped: it lets go, and nothing is damaged.
const LOCKED: &str = "could not acquire lock";
const LET_GO: Duration = Duration::from_secs(30);
/// Longer rows are cut into chunks.
const INLINE: usize = 32 << 10;
/// Shape of a stored value; changes when the bytes around a row do.
const VALUE_VERSION: u8 = 1;
const WHOLE: u8 = 0;
const CHUNKED: u8 = 1;
const PACKED: u8 = 2;

/// The tables as a whole: how far they follow the journal and what they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Watermark {
    /// The last journal entry applied.
    pub(crate) position: Position,
    /// How many rows there are.
    pub(crate) rows: u64,
    /// Multiset digest: the sum of BLAKE3(table, key, row) over all rows, as four wrapping words.
    pub(crate) digest: [u64; 4],
}

impl Watermark {
    /// Counts a row in.
    fn count(&mut self, digest: [u64; 4]) {
        self.rows += 1;
        self.digest = shift(self.digest, digest, u64::wrapping_add);
    }

    /// Counts a row out.
    fn discount(&mut self, digest: [u64; 4]) {
        self.rows = self.rows.wrapping_sub(1);
        self.digest = shift(self.digest, digest, u64::wrapping_sub);
    }
}

/// Rows to write (`Some`) or remove (`None`), by table and key.
pub(crate) type Writes = BTreeMap<(u8, Vec<u8>), Option<Vec<u8>>>;

/// Таблицы: state derived from the journal.
pub(crate) struct SledTables {
    db: sled::Db,
    packing: Packing,
    mark: std::sync::RwLock<Watermark>,
    /// How far a reading of all rows has come, if there is one; held while rows change.
    reading: Mutex<Option<Reading>>,
    /// Writers that wait for a step of it to end: they go before the next one.
    waiting: AtomicUsize,
    /// Held by the one who reads all rows.
    one_reads: Mutex<()>,
    /// Long rows are read whole: who reads their chunks holds it, who changes one holds it alone.
    long: std::sync::RwLock<()>,
    /// Told when these files must not be trusted by the next start.
    spoiled: Arc<Spoiled>,
}

impl SledTables {
    /// Opens or makes the generation in `folder`.
    pub(crate) fn open(
        folder: &Path,
        cache: u64,
        spoiled: Arc<Spoiled>,
    ) -> Result<Self, TableError> {
        let config = sled::Config::new().path(folder).cache_capacity(cache);
        let config = config.flush_every_ms(Some(2000));
        let begun = Instant::now();
        let db = loop {
            match guarded(|| config.open()) {
                Err(error) if error.0.contains(LOCKED) && begun.elapsed() < LET_GO => {
                    std::thread::sleep(LET_GO / 100);
                }
                opened => break opened?,
            }
        };
        let mark = match guarded(|| db.get([META]))? {
            Some(bytes) => {
                cbor4ii::serde::from_slice(plain(&bytes)?).map_err(|e| TableError(e.to_string()))?
            }
            None => Watermark::default(),
        };
        let tables = Self {
            db,
            packing: Packing::default(),
            mark: std::sync::RwLock::new(mark),
            reading: Mutex::default(),
            waiting: AtomicUsize::new(0),
            one_reads: Mutex::default(),
            long: std::sync::RwLock::default(),
            spoiled,
        };
        tables.know_dictionaries()?;
        Ok(tables)
    }

    fn know_dictionaries(&self) -> Result<(), TableError> {
        let mut kept = self.db.scan_prefix([META, DICTIONARY]);
        while let Some((key, value)) = guarded(|| kept.next().transpose())? {
            let bytes = plain(&value)?;
            self.packing
                .know(key.last().copied().unwrap_or(0), bytes.to_vec())?;
        }
        Ok(())
    }

    /// How far the tables follow the journal.
    pub(crate) fn watermark(&self) -> Watermark {
        *self.mark.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies rows and moves the watermark, all in one sled batch.
    pub(crate) fn commit(&self, writes: &Writes, position: Position) -> Result<(), TableError> {
        self.try_commit(writes, position)
            .inspect_err(|_| self.spoiled.tell())
    }

    fn try_commit(&self, writes: &Writes, position: Position) -> Result<(), TableError> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut held = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let (mut mark, mut reading) = (self.watermark(), held.clone());
        let mut batch = sled::Batch::default();
        let mut long = writes.values().flatten().any(|row| row.len() > INLINE);
        let rows = writes.iter();
        let rows = rows.filter_map(|((table, _), row)| Some((*table, row.as_deref()?)));
        for (table, bytes) in self.packing.learn(rows)? {
            batch.insert(vec![META, DICTIONARY, table], wrap_value(WHOLE, &bytes));
        }
        for ((table, key), row) in writes {
            let full = full_key(*table, key);
            let old = guarded(|| self.db.get(&full))?;
            let mut behind = reading.as_mut().filter(|reading| reading.passed(&full));
            if let Some(old) = &old {
                let gone = row_digest(*table, key, &self.whole(*table, key, old)?);
                mark.discount(gone);
                if let Some(reading) = &mut behind {
                    reading.seen.discount(gone);
                }
                for chunk in 0..chunk_count(old) {
                    long = true;
                    batch.remove(chunk_key(*table, key, chunk));
                }
            }
            match row {
                Some(row) => {
                    let come = row_digest(*table, key, row);
                    mark.count(come);
                    if let Some(reading) = &mut behind {
                        reading.seen.count(come);
                    }
                    self.put_row(&mut batch, *table, key, row);
                }
                None => batch.remove(full),
            }
        }
        mark.position = position;
        let bytes = encode(&mark);
        batch.insert(vec![META], wrap_value(WHOLE, &bytes));
        let alone = long.then(|| self.long.write().unwrap_or_else(PoisonError::into_inner));
        guarded(|| self.db.apply_batch(batch))?;
        drop(alone);
        *self.mark.write().unwrap_or_else(PoisonError::into_inner) = mark;
        *held = reading;
        Ok(())
    }

    /// Writes what is in memory to the file; for a clean stop only, never a durability point.
    pub(crate) fn flush(&self) {
        if let Err(error) = guarded(|| self.db.flush()) {
            self.spoiled.tell();
            tracing::warn!(%error, "Tables were not flushed; they will be built again if needed");
        }
    }

    /// The row behind a stored value; one that does not hold spoils the tables.
    fn whole(&self, table: u8, key: &[u8], value: &[u8]) -> Result<Vec<u8>, TableError> {
        self.try_whole(table, key, value)
            .inspect_err(|_| self.spoiled.tell())
    }

    /// The row behind a value that was just read; a long one may have changed since, so it is looked up again.
    fn now(&self, table: u8, key: &[u8], value: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        if chunk_count(value) == 0 {
            return self.whole(table, key, value).map(Some);
        }
        let _still = self.long.read().unwrap_or_else(PoisonError::into_inner);
        match guarded(|| self.db.get(full_key(table, key)))? {
            Some(value) => self.whole(table, key, &value).map(Some),
            None => Ok(None),
        }
    }

    fn put_row(&self, batch: &mut sled::Batch, table: u8, key: &[u8], row: &[u8]) {
        let full = full_key(table, key);
        if row.len() <= INLINE {
            let value = match self.packing.pack(table, row) {
                Some(packed) => wrap_value(PACKED, &packed),
                None => wrap_value(WHOLE, row),
            };
            batch.insert(full, value);
            return;
        }
        let mut count: u32 = 0;
        for chunk in row.chunks(INLINE) {
            batch.insert(chunk_key(table, key, count), wrap_value(WHOLE, chunk));
            count += 1;
        }
        batch.insert(full, wrap_value(CHUNKED, &count.to_be_bytes()));
    }

    fn try_whole(&self, table: u8, key: &[u8], value: &[u8]) -> Result<Vec<u8>, TableError> {
        let (flag, data) = unwrap_value(value)?;
        match flag {
            WHOLE => Ok(data.to_vec()),
            PACKED => self.packing.unpack(table, data),
            CHUNKED => self.gather(table, key, chunk_count(value)),
            _ => Err(bad_row()),
        }
    }

    fn gather(&self, table: u8, key: &[u8], chunks: u32) -> Result<Vec<u8>, TableError> {
        let mut row = Vec::new();
        for chunk in 0..chunks {
            let bytes = guarded(|| self.db.get(chunk_key(table, key, chunk)))?
                .ok_or_else(|| TableError("у длинной строки нет куска".into()))?;
            row.extend_from_slice(plain(&bytes)?);
        }
        Ok(row)
    }
}

impl View for SledTables {
    fn row_bytes(&self, table: u8, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        match guarded(|| self.db.get(full_key(table, key)))? {
            Some(value) => self.now(table, key, &value),
            None => Ok(None),
        }
    }

    fn each_row(
        &self,
        table: u8,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), TableError> {
        let mut rows = self.db.range(full_key(table, from)..);
        while let Some((full, value)) = guarded(|| rows.next().transpose())? {
            if full[0] != table || !full[1..].starts_with(prefix) {
                break;
            }
            let Some(row) = self.now(table, &full[1..], &value)? else {
                continue;
            };
            if let ControlFlow::Break(()) = visit(&full[1..], &row) {
                break;
            }
        }
        Ok(())
    }
}

/// Runs a call into sled; a panic inside it means "the view is lost", not "the program is lost".
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, TableError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => answer.map_err(|error| TableError(error.to_string())),
        Err(_) => Err(TableError("хранилище таблиц остановилось".into())),
    }
}

fn full_key(table: u8, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(key.len() + 1);
    full.push(table);
    full.extend_from_slice(key);
    full
}

fn chunk_key(table: u8, key: &[u8], chunk: u32) -> Vec<u8> {
    let mut full = vec![CHUNK, table];
    full.extend_from_slice(&u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
    full.extend_from_slice(key);
    full.extend_from_slice(&chunk.to_be_bytes());
    full
}

/// `version, flag, crc32c, data`; the checksum covers all but itself.
fn wrap_value(flag: u8, data: &[u8]) -> Vec<u8> {
    let mut value = vec![VALUE_VERSION, flag];
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&value), data);
    value.extend_from_slice(&checksum.to_le_bytes());
    value.extend_from_slice(data);
    value
}

/// The flag and the data of a stored value, its checksum being right.
fn unwrap_value(value: &[u8]) -> Result<(u8, &[u8]), TableError> {
    let (head, data) = value.split_at_checked(6).ok_or_else(bad_row)?;
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&head[..2]), data);
    if head[0] != VALUE_VERSION || head[2..] != checksum.to_le_bytes() {
        return Err(bad_row());
    }
    Ok((head[1], data))
}

/// The data of a value that is never packed nor cut.
fn plain(value: &[u8]) -> Result<&[u8], TableError> {
    match unwrap_value(value)? {
        (WHOLE, data) => Ok(data),
        _ => Err(bad_row()),
    }
}

fn bad_row() -> TableError {
    TableError("контрольная сумма строки не сходится".into())
}

fn chunk_count(value: &[u8]) -> u32 {
    match value {
        [VALUE_VERSION, CHUNKED, _, _, _, _, a, b, c, d] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => 0,
    }
}

fn row_digest(table: u8, key: &[u8], row: &[u8]) -> [u64; 4] {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(&[table])
        .update(&(key.len() as u64).to_le_bytes())
        .update(key)
        .update(row);
    let hash = *hasher.finalize().as_bytes();
    std::array::from_fn(|i| u64::from_le_bytes(std::array::from_fn(|j| hash[i * 8 + j])))
}

fn shift(digest: [u64; 4], by: [u64; 4], how: impl Fn(u64, u64) -> u64) -> [u64; 4] {
    std::array::from_fn(|i| how(digest[i], by[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Seq;

    impl SledTables {
        /// Damages a row, so that the next change of it fails.
        pub(crate) fn spoil(&self, table: u8, key: &[u8]) {
            self.db.insert(full_key(table, key), vec![0; 9]).unwrap();
        }
    }

    fn writes(rows: &[(&str, Option<Vec<u8>>)]) -> Writes {
        rows.iter()
            .map(|(k, v)| ((7, k.as_bytes().to_vec()), v.clone()))
            .collect()
    }

    fn at(seq: u64) -> Position {
        Position {
            seq: Seq::new(seq),
            hash: [1; 32],
        }
    }

    #[test]
    fn files_that_are_still_held_are_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let open = || SledTables::open(folder.path(), 1 << 20, Arc::default());
        drop(open().unwrap());
        let db = std::fs::File::open(folder.path().join("db")).unwrap();
        db.lock().unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(open);
            std::thread::sleep(Duration::from_millis(700));
            assert!(!second.is_finished());
            drop(db);
            assert!(second.join().unwrap().is_ok());
        });
    }

    #[test]
    fn long_rows_come_back_whole_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let tables = SledTables::open(folder.path(), 1 << 20, Arc::default()).unwrap();
        let long: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
        tables
            .commit(
                &writes(&[("а", Some(long.clone())), ("б", Some(vec![1]))]),
                at(1),
            )
            .unwrap();
        assert_eq!(tables.row_bytes(7, "а".as_bytes()).unwrap(), Some(long));
        assert_eq!(
            tables.scan_all().unwrap(),
            (tables.watermark(), tables.watermark())
        );
        tables
            .commit(&writes(&[("а", Some(vec![2])), ("б", None)]), at(2))
            .unwrap();
        assert_eq!(
            tables.scan_all().unwrap(),
            (tables.watermark(), tables.watermark())
        );
        assert_eq!(tables.watermark().rows, 1);
        assert_eq!(tables.db.len(), 2, "chunks of the old row must be gone");
    }

    #[test]
    fn a_long_row_is_read_whole_while_it_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let spoiled: Arc<Spoiled> = Arc::default();
        let tables = SledTables::open(folder.path(), 1 << 20, Arc::clone(&spoiled)).unwrap();
        let row = |n: u8| {
            vec![
                n;
                if n.is_multiple_of(3) {
                    10
                } else {
                    100_000 + usize::from(n)
                }
            ]
        };
        let commit = |n: u8| {
            let long = writes(&[("а", Some(row(n)))]);
            tables.commit(&long, at(u64::from(n))).unwrap();
        };
        commit(1);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| (2..=200).for_each(commit));
            while !writer.is_finished() {
                let read = tables.row_bytes(7, "а".as_bytes()).unwrap().unwrap();
                assert_eq!(read, row(read[0]));
                let seen = |_: &[u8], read: &[u8]| {
                    assert_eq!(read, row(read[0]));
                    ControlFlow::Continue(())
                };
                tables.each_row(7, &[], &[], &mut { seen }).unwrap();
            }
        });
    }

    #[test]
    fn the_watermark_survives_reopening_and_names_a_changed_row() {
        let folder = tempfile::tempdir().unwrap();
        {
            let tables = SledTables::open(folder.path(), 1 << 20, Arc::default()).unwrap();
            tables
                .commit(&writes(&[("а", Some(vec![1, 2, 3]))]), at(5))
                .unwrap();
            tables.flush();
        }
        let tables = SledTables::open(folder.path(), 1 << 20, Arc::default()).unwrap();
        assert_eq!(tables.watermark().position, at(5));
        tables
            .db
            .insert(full_key(7, "а".as_bytes()), wrap_value(WHOLE, &[1, 2, 4]))
            .unwrap();
        let (kept, seen) = tables.scan_all().unwrap();
        assert_ne!(kept, seen);
        tables
            .db
            .insert(full_key(7, "а".as_bytes()), vec![1, 0, 0, 0, 0, 0, 9])
            .unwrap();
        assert!(tables.row_bytes(7, "а".as_bytes()).is_err());
    }
}
