//! Packing of rows: rows of one table say the same things in the same order, so the first of them are
//! the dictionary for the rest.
//!
//! A dictionary is learnt from the first commit that has enough rows of a table, is kept among the
//! tables of its generation, and never changes there. Nothing here knows what a row means.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, RwLock};

use zstd::bulk::{Compressor, Decompressor};

use crate::table::TableError;

/// Shorter rows are kept as they are.
const WORTH_PACKING: usize = 96;
/// So many rows of a table teach its dictionary, or so many bytes of them: rows that stand together are few and long.
const LESSON_ROWS: usize = 24;
const LESSON: usize = 8 << 10;
/// A dictionary is no longer.
const DICTIONARY: usize = 24 << 10;
const LEVEL: i32 = 1;
/// No row unpacks to more.
const ROW_LIMIT: usize = 64 << 20;

/// The dictionaries of all tables.
#[derive(Default)]
pub(super) struct Packing {
    known: RwLock<BTreeMap<u8, Dictionary>>,
}

struct Dictionary {
    packer: Mutex<Compressor<'static>>,
    /// As many as threads ever read at once; each is ready for the next.
    unpackers: Mutex<Vec<Decompressor<'static>>>,
    bytes: Vec<u8>,
}

impl Dictionary {
    fn new(bytes: Vec<u8>) -> std::io::Result<Self> {
        Ok(Self {
            packer: Mutex::new(Compressor::with_dictionary(LEVEL, &bytes)?),
            unpackers: Mutex::default(),
            bytes,
        })
    }
}

impl Packing {
    /// Takes a dictionary that was learnt before.
    pub(super) fn know(&self, table: u8, bytes: Vec<u8>) -> Result<(), TableError> {
        let dictionary = Dictionary::new(bytes).map_err(|e| TableError(e.to_string()))?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(table, dictionary);
        Ok(())
    }

    /// Learns from these rows, table by table; returns the new dictionaries, to be kept.
    pub(super) fn learn<'a>(
        &self,
        rows: impl Iterator<Item = (u8, &'a [u8])>,
    ) -> Result<Vec<(u8, Vec<u8>)>, TableError> {
        let mut lessons: BTreeMap<u8, Vec<&[u8]>> = BTreeMap::new();
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            for (table, row) in rows.filter(|(_, row)| row.len() >= WORTH_PACKING) {
                if !known.contains_key(&table) {
                    lessons.entry(table).or_default().push(row);
                }
            }
        }
        let bytes = |rows: &[&[u8]]| rows.iter().map(|row| row.len()).sum::<usize>();
        lessons
            .retain(|_, rows| rows.len() >= LESSON_ROWS || rows.len() > 1 && bytes(rows) >= LESSON);
        let mut learnt = Vec::new();
        for (table, rows) in lessons {
            let mut bytes = Vec::new();
            for row in rows {
                if bytes.len() + row.len() <= DICTIONARY {
                    bytes.extend_from_slice(row);
                }
            }
            if !bytes.is_empty() {
                self.know(table, bytes.clone())?;
                learnt.push((table, bytes));
            }
        }
        Ok(learnt)
    }

    /// The row in fewer bytes, its length before them, where there is a dictionary and it helps.
    pub(super) fn pack(&self, table: u8, row: &[u8]) -> Option<Vec<u8>> {
        if row.len() < WORTH_PACKING {
            return None;
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut packer = known
            .get(&table)?
            .packer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let frame = packer.compress(row).ok()?;
        let mut packed = u32::try_from(row.len()).ok()?.to_le_bytes().to_vec();
        packed.extend_from_slice(&frame);
        (packed.len() < row.len()).then_some(packed)
    }

    /// The row that was packed.
    pub(super) fn unpack(&self, table: u8, packed: &[u8]) -> Result<Vec<u8>, TableError> {
        let bad = || TableError("сжатая строка не читается".into());
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let dictionary = known.get(&table).ok_or_else(bad)?;
        let spare = || {
            dictionary
                .unpackers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let ready = spare().pop();
        let mut unpacker = match ready {
            Some(unpacker) => unpacker,
            None => Decompressor::with_dictionary(&dictionary.bytes).map_err(|_| bad())?,
        };
        let (length, frame) = packed.split_first_chunk::<4>().ok_or_else(bad)?;
        let length = (u32::from_le_bytes(*length) as usize).min(ROW_LIMIT);
        let row = unpacker.decompress(frame, length).map_err(|_| bad())?;
        spare().push(unpacker);
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_kind_teach_a_dictionary_and_come_back_whole() {
        let row = |n: u32| {
            format!("{{title: «Книга», place: «Читальный зал», number: {n}, price: {}, owner: MAIN, state: available}}", n * 7).into_bytes()
        };
        let rows: Vec<Vec<u8>> = (0..40).map(row).collect();
        let packing = Packing::default();
        assert_eq!(packing.pack(7, &rows[0]), None);
        let learnt = packing
            .learn(rows.iter().map(|row| (7, row.as_slice())))
            .unwrap();
        assert_eq!(learnt.len(), 1);
        assert!(
            packing
                .learn(rows.iter().map(|row| (7, row.as_slice())))
                .unwrap()
                .is_empty()
        );
        let later = Packing::default();
        later.know(7, learnt[0].1.clone()).unwrap();
        for n in 100..200 {
            let packed = packing.pack(7, &row(n)).unwrap();
            assert!(
                packed.len() * 2 < row(n).len(),
                "{} of {}",
                packed.len(),
                row(n).len()
            );
            assert_eq!(later.unpack(7, &packed).unwrap(), row(n));
        }
        assert!(later.unpack(8, &packing.pack(7, &row(1)).unwrap()).is_err());
        assert!(later.unpack(7, b"no frame").is_err());
    }
}
