//! Наброски: what a command has decided so far, laid over the tables it is judged against.
//!
//! Lives for one command; the store applies the change itself.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::table::{TableError, Tables, View, Visit};

/// Tables with the rows of an unfinished command over them.
pub(super) struct Overlay<'a> {
    base: &'a dyn View,
    rows: BTreeMap<(u8, Vec<u8>), Option<Vec<u8>>>,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(base: &'a dyn View) -> Self {
        Self {
            base,
            rows: BTreeMap::new(),
        }
    }
}

impl View for Overlay<'_> {
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
        let ours: Vec<_> = self
            .rows
            .range((table, from.to_vec())..)
            .take_while(|((t, key), _)| *t == table && key.starts_with(prefix))
            .collect();
        if ours.is_empty() {
            return self.base.each_row(table, prefix, from, visit);
        }
        let mut merged = BTreeMap::new();
        self.base.each_row(table, prefix, from, &mut |key, row| {
            merged.insert(key.to_vec(), row.to_vec());
            ControlFlow::Continue(())
        })?;
        for ((_, key), row) in ours {
            match row {
                Some(row) => merged.insert(key.clone(), row.clone()),
                None => merged.remove(key),
            };
        }
        for (key, row) in merged {
            if visit(&key, &row).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Tables for Overlay<'_> {
    fn set_row_bytes(&mut self, table: u8, key: Vec<u8>, row: Option<Vec<u8>>) {
        self.rows.insert((table, key), row);
    }
}
