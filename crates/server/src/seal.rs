//! Печать закрытого года: the entry that closed it and its hash, which proves all that stands before it.
//!
//! On a printed register it outlives the program: a journal whose end was cut, or that was written anew, has another
//! hash there or none. The period itself knows only when it was closed; the entry is found by its time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use catalog::fund::FundChange;
use catalog::fund::read;
use catalog::fund::tables::PeriodMark;
use catalog::id::{LibraryId, Seq};
use catalog::{Catalog, Change, Entry, Error};
use jiff::civil::date;
use serde::Serialize;

/// Entries looked through at once, and in all: those of one file of acts bear nearly the same time.
const STEP: usize = 256;
const STEPS: usize = 40;

/// Печать года.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Seal {
    /// The entry that closed the year.
    pub(crate) seq: u64,
    /// Its hash, in hex.
    pub(crate) head_hash: String,
}

/// Seals that were found: an entry does not change, and to find it takes some readings of the journal.
#[derive(Default)]
pub(crate) struct Seals(Mutex<BTreeMap<(LibraryId, u64), Seal>>);

impl Seals {
    /// The seal of a year; `None` while it is open, or was closed before the program.
    pub(crate) fn of(
        &self,
        catalog: &Catalog,
        library: &LibraryId,
        year: i16,
    ) -> Result<Option<Seal>, Error> {
        let marks = read::periods(catalog.view(), library)?;
        let Some(mark) = closing(&marks, year) else {
            return Ok(None);
        };
        let key = (library.clone(), mark.number);
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seal) = known().get(&key) {
            return Ok(Some(seal.clone()));
        }
        let found = entry(catalog, library, mark)?.map(|entry| Seal {
            seq: entry.seq.get(),
            head_hash: entry
                .hash
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        });
        if let Some(seal) = &found {
            known().insert(key, seal.clone());
        }
        Ok(found)
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

/// The entry of a step: times of entries grow, and none is earlier than its step.
fn entry(
    catalog: &Catalog,
    library: &LibraryId,
    mark: &PeriodMark,
) -> Result<Option<Entry>, Error> {
    let (mut low, mut high) = (0, catalog.head().seq.get());
    while low < high {
        let middle = low + (high - low) / 2;
        let next = catalog.changes_since(Seq::new(middle), 1)?.pop();
        if next.is_some_and(|entry| entry.at < mark.at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let mut after = Seq::new(low);
    for _ in 0..STEPS {
        let entries = catalog.changes_since(after, STEP)?;
        let Some(last) = entries.last() else {
            break;
        };
        after = last.seq;
        let mut entries = entries.into_iter();
        if let Some(entry) = entries.find(|entry| closes(&entry.change, library, mark)) {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

fn closes(change: &Change, library: &LibraryId, mark: &PeriodMark) -> bool {
    match change {
        Change::Fund(change) => sets(change, library, mark),
        Change::Records(_)
        | Change::Person(_)
        | Change::JobBegun { .. }
        | Change::JobDone { .. } => false,
    }
}

fn sets(change: &FundChange, library: &LibraryId, mark: &PeriodMark) -> bool {
    if let FundChange::Together(changes) = change {
        return changes.iter().any(|change| sets(change, library, mark));
    }
    let set = if let FundChange::PeriodSet { library, mark, .. } = change {
        Some((library, mark.number))
    } else {
        None
    };
    set == Some((library, mark.number))
}
