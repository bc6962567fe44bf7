//! What a batch has decided but not yet written: an overlay over the tables.
//!
//! Each command sees the tables plus what the commands before it in the same batch did.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use super::tables::{SledTables, Writes};
use crate::table::{TableError, Tables, View, Visit};

/// Table and key of a row.
type Key = (u8, Vec<u8>);

/// What is to be written: a value, or nothing where the row is removed.
type Row = Option<Vec<u8>>;

/// Пакет: rows kept from finished commands, and rows of the one in hand.
pub(crate) struct Batch<'a> {
    base: &'a SledTables,
    rows: Writes,
    /// What stood in `rows` before the command in hand, to take its writes back.
    undo: BTreeMap<Key, Option<Row>>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(base: &'a SledTables) -> Self {
        Self {
            base,
            rows: Writes::new(),
            undo: BTreeMap::new(),
        }
    }

    /// The command in hand is done; its rows stay.
    pub(crate) fn keep(&mut self) {
        self.undo.clear();
    }

    /// The command in hand failed; its rows go.
    pub(crate) fn take_back(&mut self) {
        for (key, before) in std::mem::take(&mut self.undo) {
            match before {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
    }

    pub(crate) fn writes(&self) -> &Writes {
        &self.rows
    }
}

impl View for Batch<'_> {
    fn row_bytes(&self, table: u8, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        match self.rows.get(&(table, key.to_vec())) {
            Some(row) => Ok(row.clone()),
            None => self.base.row_bytes(table, key),
        }
    }

    fn each_row(
        &self,
        table: u8,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), TableError> {
        let start = Bound::Included((table, from.to_vec()));
        let mut ours = self
            .rows
            .range((start, Bound::Unbounded))
            .take_while(|((t, key), _)| *t == table && key.starts_with(prefix))
            .peekable();
        let mut stopped = false;
        self.base.each_row(table, prefix, from, &mut |key, row| {
            while let Some(((_, our_key), our_row)) = ours.next_if(|((_, k), _)| k.as_slice() < key)
            {
                if let Some(our_row) = our_row
                    && visit(our_key, our_row).is_break()
                {
                    stopped = true;
                    return ControlFlow::Break(());
                }
            }
            let step = match ours.next_if(|((_, k), _)| k.as_slice() == key) {
                Some((_, Some(our_row))) => visit(key, our_row),
                Some((_, None)) => ControlFlow::Continue(()),
                None => visit(key, row),
            };
            stopped = step.is_break();
            step
        })?;
        for ((_, key), row) in ours {
            if stopped {
                break;
            }
            if let Some(row) = row {
                stopped = visit(key, row).is_break();
            }
        }
        Ok(())
    }
}

impl Tables for Batch<'_> {
    fn set_row_bytes(&mut self, table: u8, key: Vec<u8>, row: Option<Vec<u8>>) {
        let key = (table, key);
        let before = self.rows.insert(key.clone(), row);
        self.undo.entry(key).or_insert(before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::journal::Position;

    fn keys(view: &dyn View) -> Vec<(String, u8)> {
        let mut out = Vec::new();
        view.each_row(7, b"", b"", &mut |key, row| {
            out.push((String::from_utf8(key.to_vec()).unwrap(), row[0]));
            ControlFlow::Continue(())
        })
        .unwrap();
        out
    }

    #[test]
    fn a_scan_merges_the_overlay_and_a_failed_command_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let base = SledTables::open(folder.path(), 1 << 20, std::sync::Arc::default()).unwrap();
        let rows = ["b", "d", "f"]
            .map(|k| ((7, k.as_bytes().to_vec()), Some(vec![1])))
            .into();
        base.commit(&rows, Position::default()).unwrap();
        let mut batch = Batch::new(&base);
        batch.set_row_bytes(7, b"a".to_vec(), Some(vec![2]));
        batch.set_row_bytes(7, b"d".to_vec(), None);
        batch.set_row_bytes(7, b"g".to_vec(), Some(vec![2]));
        batch.keep();
        batch.set_row_bytes(7, b"g".to_vec(), None);
        batch.set_row_bytes(7, b"b".to_vec(), Some(vec![9]));
        batch.take_back();
        let want = [("a", 2), ("b", 1), ("f", 1), ("g", 2)].map(|(k, v)| (k.to_owned(), v));
        assert_eq!(keys(&batch), want);
    }
}
