//! One batch of rows into the store: old rows counted out, new ones in, the watermark with them.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::bundle::{self, APART, Held};
use super::reading::Reading;
use super::value::{
    BUNDLE, CHUNKED, PACKED, PACKED_BUNDLE, WHOLE, chunk_count, chunk_key, full_key, row_digest,
    wrap_value,
};
use super::{DICTIONARY, META, SledTables, Watermark, Writes, guarded};
use crate::store::journal::Position;
use crate::table::{TableError, encode};

/// Longer rows are cut into chunks.
const INLINE: usize = 32 << 10;

/// What a commit does to the store.
struct Commit<'a> {
    tables: &'a SledTables,
    batch: sled::Batch,
    mark: Watermark,
    reading: Option<Reading>,
    /// Whether rows in chunks change.
    long: bool,
    /// Values to be packed: full key, whether it is a bundle, bytes.
    values: Vec<(Vec<u8>, bool, Vec<u8>)>,
}

/// One row to write or to remove.
type Change<'a> = (&'a [u8], Option<&'a [u8]>);

impl SledTables {
    pub(super) fn try_commit(&self, writes: &Writes, position: Position) -> Result<(), TableError> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut held = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let mut commit = Commit {
            tables: self,
            batch: sled::Batch::default(),
            mark: self.watermark(),
            reading: held.clone(),
            long: false,
            values: Vec::new(),
        };
        // Single rows may stand between those of a bundle.
        let mut bundles = BTreeMap::<_, (u8, Vec<_>)>::new();
        for ((table, key), row) in writes {
            match bundle::place(*table, key) {
                None => commit.single(*table, (key, row.as_deref()))?,
                Some(place) => {
                    let (_, changes) = bundles.entry(place.full).or_insert((*table, Vec::new()));
                    changes.push((place.slot, row.as_deref()));
                }
            }
        }
        for (full, (table, changes)) in bundles {
            commit.bundle(table, &full, changes)?;
        }
        commit.pack()?;
        let Commit {
            mut batch,
            mut mark,
            reading,
            long,
            ..
        } = commit;
        mark.position = position;
        batch.insert(vec![META], wrap_value(WHOLE, &encode(&mark)));
        let alone = long.then(|| self.long.write().unwrap_or_else(PoisonError::into_inner));
        guarded(|| self.db.apply_batch(batch))?;
        drop(alone);
        *self.mark.write().unwrap_or_else(PoisonError::into_inner) = mark;
        *held = reading;
        Ok(())
    }
}

impl Commit<'_> {
    fn single(&mut self, table: u8, (key, row): Change<'_>) -> Result<(), TableError> {
        let full = full_key(table, key);
        let behind = self.is_behind(&full);
        if let Some(old) = guarded(|| self.tables.db.get(&full))? {
            let gone = self.tables.whole(table, key, &old)?;
            self.count_out(behind, row_digest(table, key, &gone));
            self.remove_chunks(table, key, chunk_count(&old));
        }
        let Some(row) = row else {
            self.batch.remove(full);
            return Ok(());
        };
        self.count_in(behind, row_digest(table, key, row));
        if row.len() <= INLINE {
            self.values.push((full, false, row.to_vec()));
        } else {
            let count = self.put_chunks(table, key, row);
            let value = wrap_value(CHUNKED, &count.to_be_bytes());
            self.batch.insert(full, value);
        }
        Ok(())
    }

    /// Changes some rows of one bundle; they come in the order of their slots.
    fn bundle(
        &mut self,
        table: u8,
        full: &[u8],
        changes: Vec<(Vec<u8>, Option<&[u8]>)>,
    ) -> Result<(), TableError> {
        let behind = self.is_behind(full);
        let mut rows = match guarded(|| self.tables.db.get(full))? {
            Some(value) => self.tables.bundle(table, &value)?,
            None => Vec::new(),
        };
        for (slot, row) in changes {
            let key = bundle::key(full, &slot);
            let at = rows.binary_search_by(|(here, _)| here.cmp(&slot));
            if let Ok(at) = at {
                let (_, old) = rows.remove(at);
                if let Held::Apart(chunks) = old {
                    self.remove_chunks(table, &key, chunks);
                }
                let gone = self.tables.held(table, &key, old)?;
                self.count_out(behind, row_digest(table, &key, &gone));
            }
            if let Some(row) = row {
                self.count_in(behind, row_digest(table, &key, row));
                let held = match row.len() <= APART {
                    true => Held::Here(row.to_vec()),
                    false => Held::Apart(self.put_chunks(table, &key, row)),
                };
                let (Ok(at) | Err(at)) = at;
                rows.insert(at, (slot, held));
            }
        }
        while let Some(at) = bundle::too_long(&rows)
            && let Some((slot, held)) = rows.get_mut(at)
            && let Held::Here(row) = held
        {
            let key = bundle::key(full, slot);
            *held = Held::Apart(self.put_chunks(table, &key, row));
        }
        if rows.is_empty() {
            self.batch.remove(full);
        } else {
            let bytes = bundle::write(&rows)?;
            self.values.push((full.to_vec(), true, bytes));
        }
        Ok(())
    }

    /// Packs the values, each by the dictionary of its table.
    fn pack(&mut self) -> Result<(), TableError> {
        let packing = &self.tables.packing;
        let values = std::mem::take(&mut self.values);
        let lessons = values.iter().filter_map(|(full, _, bytes)| {
            let table = full.first()?;
            Some((*table, bytes.as_slice()))
        });
        for (table, bytes) in packing.learn(lessons)? {
            let key = vec![META, DICTIONARY, table];
            self.batch.insert(key, wrap_value(WHOLE, &bytes));
        }
        for (full, is_bundle, bytes) in values {
            let table = full.first().copied().unwrap_or_default();
            let value = match (packing.pack(table, &bytes), is_bundle) {
                (Some(packed), true) => wrap_value(PACKED_BUNDLE, &packed),
                (Some(packed), false) => wrap_value(PACKED, &packed),
                (None, true) => wrap_value(BUNDLE, &bytes),
                (None, false) => wrap_value(WHOLE, &bytes),
            };
            self.batch.insert(full, value);
        }
        Ok(())
    }

    /// Whether a reading of all rows has been past this key.
    fn is_behind(&self, full: &[u8]) -> bool {
        self.reading.as_ref().is_some_and(|r| r.passed(full))
    }

    fn count_out(&mut self, behind: bool, digest: [u64; 4]) {
        self.mark.discount(digest);
        if let Some(reading) = self.reading.as_mut().filter(|_| behind) {
            reading.seen.discount(digest);
        }
    }

    fn count_in(&mut self, behind: bool, digest: [u64; 4]) {
        self.mark.count(digest);
        if let Some(reading) = self.reading.as_mut().filter(|_| behind) {
            reading.seen.count(digest);
        }
    }

    fn remove_chunks(&mut self, table: u8, key: &[u8], chunks: u32) {
        for chunk in 0..chunks {
            self.long = true;
            self.batch.remove(chunk_key(table, key, chunk));
        }
    }

    fn put_chunks(&mut self, table: u8, key: &[u8], row: &[u8]) -> u32 {
        self.long = true;
        let mut count = 0;
        for chunk in row.chunks(INLINE) {
            let key = chunk_key(table, key, count);
            self.batch.insert(key, wrap_value(WHOLE, chunk));
            count += 1;
        }
        count
    }
}
