//! Where the index takes its records from: plain facts, in the order of the journal.
//!
//! The index asks, the catalogue answers; neither the store nor an act is visible from here.

use std::sync::Arc;

use catalog::id::{Hash, LibraryId, RecordId, Seq};
use catalog::record::BiblioRecord;

use crate::Error;

/// The chain hash of the journal at some position.
pub type ChainHash = Hash;

/// All the index must know of one record.
#[derive(Clone, Debug)]
pub struct Source {
    /// The record's own number.
    pub id: RecordId,
    /// The description.
    pub record: Arc<BiblioRecord>,
    /// One entry for each item or card.
    pub holdings: Vec<HoldingFact>,
    /// Whether readers must not find it.
    pub hidden: bool,
}

/// What a reader may want to know of one item or card.
#[derive(Clone, Debug)]
pub struct HoldingFact {
    /// Where it stands.
    pub library: LibraryId,
    /// Whether it can be had now.
    pub available: bool,
    /// Расстановочный шифр.
    pub shelfmark: Option<String>,
    /// Inventory numbers and barcodes: staff find the record by them.
    pub numbers: Vec<String>,
}

/// What has changed after a position.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Records to read anew; one may be named twice, and one that is gone is removed.
    pub records: Vec<RecordId>,
    /// The position these changes lead to.
    pub upto: Seq,
    /// The chain hash there.
    pub hash: ChainHash,
}

/// The catalogue as the index sees it.
pub trait Feed {
    /// The last position and its chain hash.
    ///
    /// # Errors
    /// [`Error::Feed`] when the catalogue cannot answer; so for every method.
    fn head(&self) -> Result<(Seq, ChainHash), Error>;

    /// The chain hash at a position, or nothing when the journal is shorter.
    ///
    /// # Errors
    /// [`Error::Feed`].
    fn hash_at(&self, seq: Seq) -> Result<Option<ChainHash>, Error>;

    /// Records changed after `seq`, of at most `limit` journal entries. `upto` is `seq` at the end.
    ///
    /// # Errors
    /// [`Error::Feed`].
    fn changed_since(&self, seq: Seq, limit: usize) -> Result<Changed, Error>;

    /// One record as it stands now.
    ///
    /// # Errors
    /// [`Error::Feed`].
    fn source(&self, id: RecordId) -> Result<Option<Source>, Error>;

    /// Up to `limit` records after `after`, by ascending id; an empty answer is the end.
    ///
    /// # Errors
    /// [`Error::Feed`].
    fn all(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Source>, Error>;
}
