//! Rows in the order of their keys, whether they stand together or by themselves.
//!
//! Among the rows of a bundle single ones may have their place: those of a number that something follows.

use std::collections::VecDeque;
use std::ops::{Bound, ControlFlow};

use super::SledTables;
use super::bundle::{self, Held};
use super::value::full_key;
use crate::table::{TableError, View as _, Visit};

/// What is shown, and to whom.
struct Walk<'a, 'v> {
    tables: &'a SledTables,
    table: u8,
    prefix: &'a [u8],
    from: &'a [u8],
    visit: &'a mut Visit<'v>,
    /// Rows of the last bundle that were not shown yet.
    waiting: VecDeque<(Vec<u8>, Held)>,
}

type Step = Result<ControlFlow<()>, TableError>;

impl SledTables {
    /// Shows the rows whose keys begin so, from one of them on.
    pub(super) fn walk(
        &self,
        table: u8,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), TableError> {
        let mut walk = Walk {
            tables: self,
            table,
            prefix,
            from,
            visit,
            waiting: VecDeque::new(),
        };
        let mut start = Bound::Included(full_key(table, from));
        // The bundle with the rows around `from` begins before it.
        if let Some(full) = bundle::around(table, from)
            && let Some(value) = self.asked(|| self.db.get(&full))?
        {
            if walk.bundle(&full, &value)?.is_break() {
                return Ok(());
            }
            start = Bound::Excluded(full);
        }
        let mut values = self.db.range((start, Bound::Unbounded));
        while let Some((full, value)) = self.asked(|| values.next().transpose())?
            && full[0] == table
        {
            if walk.value(&full, &value)?.is_break() {
                return Ok(());
            }
        }
        walk.show_waiting(None).map(|_| ())
    }
}

impl Walk<'_, '_> {
    fn value(&mut self, full: &[u8], value: &[u8]) -> Step {
        let key = &full[1..];
        if self.show_waiting(Some(key))?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if bundle::is_one(value) {
            return self.bundle(full, value);
        }
        if key < self.from {
            return Ok(ControlFlow::Continue(()));
        }
        if !key.starts_with(self.prefix) {
            return Ok(ControlFlow::Break(()));
        }
        Ok(match self.tables.now(self.table, key, value)? {
            Some(row) => (self.visit)(key, &row),
            None => ControlFlow::Continue(()),
        })
    }

    fn bundle(&mut self, full: &[u8], value: &[u8]) -> Step {
        for (slot, held) in self.tables.bundle(self.table, value)? {
            let key = bundle::key(full, &slot);
            if key.as_slice() >= self.from {
                self.waiting.push_back((key, held));
            }
        }
        if bundle::is_mixed(self.table) {
            return Ok(ControlFlow::Continue(()));
        }
        self.show_waiting(None)
    }

    /// Shows rows of the last bundle: those before this key, or all.
    fn show_waiting(&mut self, before: Option<&[u8]>) -> Step {
        while let Some((key, held)) = self.waiting.pop_front() {
            if before.is_some_and(|before| key.as_slice() > before) {
                self.waiting.push_front((key, held));
                break;
            }
            if !key.starts_with(self.prefix) {
                return Ok(ControlFlow::Break(()));
            }
            let row = match held {
                Held::Here(row) => Some(row),
                Held::Apart(_) => self.tables.row_bytes(self.table, &key)?,
            };
            if let Some(row) = row
                && (self.visit)(&key, &row).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
