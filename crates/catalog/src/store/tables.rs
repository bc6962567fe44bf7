//! The tables in sled: one ordered tree, one atomic batch per sync batch of the journal.
//!
//! The only host of sled. Nothing here is the truth: the folder is a generation that may be deleted
//! any day and is built again from the journal. Every value carries its own checksum, long rows are
//! cut into chunks (sled's blob files are not for them), and the position, the number of rows and
//! a digest of all rows change in the same sled batch as the rows themselves.

mod bundle;
#[cfg(test)]
mod bundled;
mod packing;
mod reading;
mod value;
mod walking;
mod writing;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use bundle::{Bundle, Held, Place};
use packing::Packing;
use reading::Reading;
use value::{
    BUNDLE, PACKED, PACKED_BUNDLE, WHOLE, bad_row, chunk_count, chunk_key, full_key, plain, shift,
    unwrap_value,
};

use crate::store::journal::Position;
use crate::store::mark::Spoiled;
use crate::table::{TableError, View, Visit};

/// First byte of the key of the one row about the tables themselves.
const META: u8 = 0;
/// Second byte of the keys of dictionaries, after [`META`].
const DICTIONARY: u8 = 1;
/// The folder of data has one owner (D-5), so that a locked file is still held by a thread of sled which writes behind
/// a handle that was just dropped: it lets go, and nothing is damaged.
const LOCKED: &str = "could not acquire lock";
const LET_GO: Duration = Duration::from_secs(30);

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

    /// A call into sled; whatever it stumbles over spoils the tables.
    fn asked<T>(&self, call: impl FnOnce() -> sled::Result<T>) -> Result<T, TableError> {
        guarded(call).inspect_err(|_| self.spoiled.tell())
    }

    /// Whether something was met here that must not be; the next start builds the tables anew.
    pub(crate) fn are_spoilt(&self) -> bool {
        self.spoiled.is_told()
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
        match self.asked(|| self.db.get(full_key(table, key)))? {
            Some(value) => self.whole(table, key, &value).map(Some),
            None => Ok(None),
        }
    }

    fn try_whole(&self, table: u8, key: &[u8], value: &[u8]) -> Result<Vec<u8>, TableError> {
        match chunk_count(value) {
            0 => self.unpacked(table, value),
            chunks => self.gather(table, key, chunks),
        }
    }

    /// The rows of a bundle; one that does not hold spoils the tables.
    fn bundle(&self, table: u8, value: &[u8]) -> Result<Bundle, TableError> {
        let rows = self.unpacked(table, value).and_then(|b| bundle::read(&b));
        rows.inspect_err(|_| self.spoiled.tell())
    }

    fn of_bundle(
        &self,
        table: u8,
        key: &[u8],
        place: &Place,
    ) -> Result<Option<Vec<u8>>, TableError> {
        let find = || -> Result<Option<Held>, TableError> {
            let Some(value) = self.asked(|| self.db.get(&place.full))? else {
                return Ok(None);
            };
            let found = self.unpacked(table, &value);
            let found = found.and_then(|bytes| bundle::find(&bytes, &place.slot));
            found.inspect_err(|_| self.spoiled.tell())
        };
        match find()? {
            Some(Held::Here(row)) => return Ok(Some(row)),
            Some(Held::Apart(_)) => {}
            None => return Ok(None),
        }
        // It may have changed since.
        let _still = self.long.read().unwrap_or_else(PoisonError::into_inner);
        match find()? {
            Some(held) => self.held(table, key, held).map(Some),
            None => Ok(None),
        }
    }

    /// A row of a bundle; one that does not hold spoils the tables.
    fn held(&self, table: u8, key: &[u8], held: Held) -> Result<Vec<u8>, TableError> {
        match held {
            Held::Here(row) => Ok(row),
            Held::Apart(chunks) => {
                let row = self.gather(table, key, chunks);
                row.inspect_err(|_| self.spoiled.tell())
            }
        }
    }

    /// What is behind a stored value that has no chunks.
    fn unpacked(&self, table: u8, value: &[u8]) -> Result<Vec<u8>, TableError> {
        let (flag, data) = unwrap_value(value)?;
        match flag {
            WHOLE | BUNDLE => Ok(data.to_vec()),
            PACKED | PACKED_BUNDLE => self.packing.unpack(table, data),
            _ => Err(bad_row()),
        }
    }

    fn gather(&self, table: u8, key: &[u8], chunks: u32) -> Result<Vec<u8>, TableError> {
        let mut row = Vec::new();
        for chunk in 0..chunks {
            let bytes = self
                .asked(|| self.db.get(chunk_key(table, key, chunk)))?
                .ok_or_else(|| TableError("у длинной строки нет куска".into()))?;
            row.extend_from_slice(plain(&bytes)?);
        }
        Ok(row)
    }
}

impl View for SledTables {
    fn row_bytes(&self, table: u8, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        if let Some(place) = bundle::place(table, key) {
            return self.of_bundle(table, key, &place);
        }
        match self.asked(|| self.db.get(full_key(table, key)))? {
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
        self.walk(table, prefix, from, visit)
    }
}

/// Runs a call into sled; a panic inside it means "the view is lost", not "the program is lost".
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, TableError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => answer.map_err(|error| TableError(error.to_string())),
        Err(_) => Err(TableError("хранилище таблиц остановилось".into())),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::value::wrap_value;
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
    fn what_the_engine_cannot_read_spoils_the_tables() {
        let folder = tempfile::tempdir().unwrap();
        let open = || SledTables::open(folder.path(), 1 << 20, Arc::default()).unwrap();
        let tables = open();
        for part in 0..40 {
            let keys: Vec<String> = (0..100).map(|n| format!("{part:02}/{n:03}")).collect();
            let rows = keys.iter().map(|key| (key.as_str(), Some(vec![7; 900])));
            let rows: Vec<_> = rows.collect();
            tables.commit(&writes(&rows), at(part + 1)).unwrap();
        }
        tables.flush();
        drop(tables);
        let tables = open();
        let db = std::fs::File::options()
            .write(true)
            .open(folder.path().join("db"));
        let db = db.unwrap();
        let length = db.metadata().unwrap().len();
        let zeros = vec![0; usize::try_from(length).unwrap()];
        std::os::unix::fs::FileExt::write_all_at(&db, &zeros, 0).unwrap();
        assert!(!tables.are_spoilt());
        let mut see = |_: &[u8], _: &[u8]| ControlFlow::Continue(());
        assert!(tables.each_row(7, b"", b"", &mut see).is_err());
        assert!(tables.are_spoilt());
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
