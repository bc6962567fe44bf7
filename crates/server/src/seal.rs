//! Печать закрытого года: the entry that closed it and its hash, which proves all that stands before it.
//!
//! On a printed register it outlives the program: a journal whose end was cut, or that was written anew, has another
//! hash there or none.

use catalog::fund::read;
use catalog::fund::tables::PeriodMark;
use catalog::id::LibraryId;
use catalog::{Catalog, Error};
use jiff::civil::date;
use serde::Serialize;

/// Печать года.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Seal {
    /// The entry that closed the year.
    pub(crate) seq: u64,
    /// Its hash, in hex.
    pub(crate) head_hash: String,
}

impl Seal {
    /// The seal of a year; `None` while it is open, or was closed before the program.
    ///
    /// # Errors
    /// Those of [`Catalog::period_entry`].
    pub(crate) fn of(
        catalog: &Catalog,
        library: &LibraryId,
        year: i16,
    ) -> Result<Option<Self>, Error> {
        let marks = read::periods(catalog.view(), library)?;
        let Some(mark) = closing(&marks, year) else {
            return Ok(None);
        };
        let entry = catalog.period_entry(library, mark.number)?;
        Ok(entry.map(|entry| Self {
            seq: entry.seq.get(),
            head_hash: entry
                .hash
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }))
    }
}

/// The step after which the year has stood closed.
fn closing(marks: &[PeriodMark], year: i16) -> Option<&PeriodMark> {
    let whole = date(year, 12, 31);
    let mut found = None;
    for mark in marks {
        let closed = mark.closed_through.is_some_and(|day| day >= whole);
        found = match found {
            Some(before) if closed => Some(before),
            Some(_) | None if closed => Some(mark),
            Some(_) | None => None,
        };
    }
    found
}
