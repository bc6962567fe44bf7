//! What a wing may ask of the place where its state is kept: typed tables over ordered bytes.
//!
//! A wing names its tables and their keys; it never learns whether they stand in sled, in the
//! overlay of an unfinished batch or in the memory of a test. All methods are in key order.

pub(crate) mod bytes;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::{Serialize, de::DeserializeOwned};

use crate::id::{ActId, CardId, ItemId, LibraryId, RecordId, Seq};

/// The state could not be read: a checksum, an encoding or the disk is wrong. Never a rule's matter.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TableError(pub String);

/// A table: its number in the store and the shapes of its keys and rows.
///
/// A number is used once in the whole crate (a test in `store` holds that) and never again for
/// another shape.
pub trait Table {
    /// The number of the table; the first byte of its keys in the store.
    const ID: u8;
    /// What finds a row.
    type Key: TableKey;
    /// What stands in a row.
    type Row: Serialize + DeserializeOwned;
}

/// A key whose bytes sort as the key does.
pub trait TableKey {
    /// Appends the bytes of this key; they must sort as the keys do and be self-delimiting.
    fn write(&self, out: &mut KeyBytes);
}

/// Bytes of a key in the making: integers big-endian, text closed by a zero byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyBytes(Vec<u8>);

impl KeyBytes {
    /// The bytes so far.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }

    /// Appends an integer, big-endian.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Appends one byte, for the code of an `enum`.
    pub fn byte(&mut self, byte: u8) -> &mut Self {
        self.0.push(byte);
        self
    }

    /// Appends text; zero bytes inside become U+FFFD so that the end stays unmistakable.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.0
            .extend_from_slice(text.replace('\0', "\u{FFFD}").as_bytes());
        self.0.push(0);
        self
    }
}

macro_rules! numeric_key {
    ($($name:ty),*) => { $(impl TableKey for $name {
        fn write(&self, out: &mut KeyBytes) { out.number(self.get()); }
    })* };
}
numeric_key!(Seq, RecordId, ItemId, CardId, ActId);

impl TableKey for LibraryId {
    fn write(&self, out: &mut KeyBytes) {
        out.text(self.as_str());
    }
}
impl TableKey for u64 {
    fn write(&self, out: &mut KeyBytes) {
        out.number(*self);
    }
}
impl TableKey for String {
    fn write(&self, out: &mut KeyBytes) {
        out.text(self);
    }
}
impl TableKey for () {
    fn write(&self, _: &mut KeyBytes) {}
}
impl<A: TableKey, B: TableKey> TableKey for (A, B) {
    fn write(&self, out: &mut KeyBytes) {
        self.0.write(out);
        self.1.write(out);
    }
}
impl<A: TableKey, B: TableKey, C: TableKey> TableKey for (A, B, C) {
    fn write(&self, out: &mut KeyBytes) {
        self.0.write(out);
        self.1.write(out);
        self.2.write(out);
    }
}

/// The bytes of a key without its table's number.
pub fn key_bytes(key: &impl TableKey) -> Vec<u8> {
    let mut out = KeyBytes::default();
    key.write(&mut out);
    out.into_vec()
}

/// What a scan is given for each row: key bytes without the table's number, and the row's bytes.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// State that can be read. Implemented by the store, by a batch over it, and by [`MemoryTables`].
pub trait View {
    /// One row's bytes.
    ///
    /// # Errors
    /// [`TableError`] when the state is damaged.
    fn row_bytes(&self, table: u8, key: &[u8]) -> Result<Option<Vec<u8>>, TableError>;

    /// All rows of a table whose key starts with `prefix`, from `from` (inclusive, a full key) on.
    ///
    /// # Errors
    /// [`TableError`] when the state is damaged.
    fn each_row(
        &self,
        table: u8,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), TableError>;
}

/// State that can be changed; every change is part of one batch that happens whole or not at all.
pub trait Tables: View {
    /// Writes or, with `None`, removes one row.
    fn set_row_bytes(&mut self, table: u8, key: Vec<u8>, row: Option<Vec<u8>>);
}

/// One typed row, if there is one.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn get<T: Table>(view: &dyn View, key: &T::Key) -> Result<Option<T::Row>, TableError> {
    view.row_bytes(T::ID, &key_bytes(key))?
        .map(|bytes| decode::<T>(&bytes))
        .transpose()
}

/// All typed rows whose key starts with `prefix`, in key order, until `visit` breaks.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn scan<T: Table>(
    view: &dyn View,
    prefix: &impl TableKey,
    mut visit: impl FnMut(T::Row) -> ControlFlow<()>,
) -> Result<(), TableError> {
    let prefix = key_bytes(prefix);
    each::<T>(view, &prefix, &prefix, &mut visit)
}

/// All typed rows whose key starts with `prefix`, in key order.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn all<T: Table>(view: &dyn View, prefix: &impl TableKey) -> Result<Vec<T::Row>, TableError> {
    let mut rows = Vec::new();
    scan::<T>(view, prefix, |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

/// All typed rows from the key `from` on, in key order, until `visit` breaks.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn scan_from<T: Table>(
    view: &dyn View,
    prefix: &impl TableKey,
    from: &T::Key,
    mut visit: impl FnMut(T::Row) -> ControlFlow<()>,
) -> Result<(), TableError> {
    each::<T>(view, &key_bytes(prefix), &key_bytes(from), &mut visit)
}

fn each<T: Table>(
    view: &dyn View,
    prefix: &[u8],
    from: &[u8],
    visit: &mut dyn FnMut(T::Row) -> ControlFlow<()>,
) -> Result<(), TableError> {
    let mut broken = Ok(());
    view.each_row(
        T::ID,
        prefix,
        from,
        &mut |_, bytes| match decode::<T>(bytes) {
            Ok(row) => visit(row),
            Err(error) => {
                broken = Err(error);
                ControlFlow::Break(())
            }
        },
    )?;
    broken
}

/// The bytes of a value of ours, as rows and the journal keep them (CBOR).
#[must_use]
pub fn encode(value: &impl Serialize) -> Vec<u8> {
    let written = cbor4ii::serde::to_vec(Vec::new(), value);
    assert!(
        written.is_ok(),
        "a value cannot be written as CBOR: {:?}",
        written.err()
    );
    written.unwrap_or_default()
}

/// Writes one typed row.
pub fn put<T: Table>(tables: &mut dyn Tables, key: &T::Key, row: &T::Row) {
    tables.set_row_bytes(T::ID, key_bytes(key), Some(encode(row)));
}

/// Removes one typed row.
pub fn remove<T: Table>(tables: &mut dyn Tables, key: &T::Key) {
    tables.set_row_bytes(T::ID, key_bytes(key), None);
}

fn decode<T: Table>(bytes: &[u8]) -> Result<T::Row, TableError> {
    cbor4ii::serde::from_slice(bytes)
        .map_err(|error| TableError(format!("строка таблицы {} не читается: {error}", T::ID)))
}

/// State in memory: for tests, for drafts of what a batch would do, and as a second opinion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryTables(BTreeMap<(u8, Vec<u8>), Vec<u8>>);

impl View for MemoryTables {
    fn row_bytes(&self, table: u8, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        Ok(self.0.get(&(table, key.to_vec())).cloned())
    }

    fn each_row(
        &self,
        table: u8,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), TableError> {
        for ((_, key), row) in self
            .0
            .range((table, from.to_vec())..)
            .take_while(|((t, k), _)| *t == table && k.starts_with(prefix))
        {
            if visit(key, row).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Tables for MemoryTables {
    fn set_row_bytes(&mut self, table: u8, key: Vec<u8>, row: Option<Vec<u8>>) {
        match row {
            Some(row) => self.0.insert((table, key), row),
            None => self.0.remove(&(table, key)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shelf;
    impl Table for Shelf {
        const ID: u8 = 250;
        type Key = (String, u64);
        type Row = String;
    }

    #[test]
    fn rows_come_back_in_key_order_and_by_prefix() {
        let mut tables = MemoryTables::default();
        for (shelf, place) in [("б", 2), ("а", 300), ("а", 2), ("аа", 1)] {
            put::<Shelf>(
                &mut tables,
                &(shelf.to_owned(), place),
                &format!("{shelf}{place}"),
            );
        }
        assert_eq!(
            all::<Shelf>(&tables, &"а".to_owned()).unwrap(),
            ["а2", "а300"]
        );
        assert_eq!(
            all::<Shelf>(&tables, &()).unwrap(),
            ["а2", "а300", "аа1", "б2"]
        );
        remove::<Shelf>(&mut tables, &("а".to_owned(), 2));
        assert_eq!(get::<Shelf>(&tables, &("а".to_owned(), 2)).unwrap(), None);
    }
}
