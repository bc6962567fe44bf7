//! Fond: bibliographic records and fund accounting on one journal.
//!
//! Every change is written once into the journal; the tables and the search index are two views of it.

pub mod fund;
pub mod id;
pub mod people;
#[doc(hidden)]
pub mod probe;
pub mod record;
pub mod rule;
pub mod table;

mod catalog;
mod change;
mod error;
mod import;
mod post;
mod shelf;
mod store;
mod titles;

pub use catalog::{Catalog, RecordDraft};
pub use change::{Change, Entry, PastVersion};
pub use error::Error;
pub use import::{CopiesReport, ImportFinding, ImportOrder, ImportReport, KeptImport, OpenJob};
pub use post::{Event, PostReport, Refusal, event, post};
pub use shelf::{
    FOND, Origin, RecordStatus, RecordVersion, Source, SourceKey, StoredRecord, content_digest,
    source_key,
};
pub use store::{
    Damage, Desk, Doing, FreshRecord, JournalHome, Manifest, Moved, Position, SharedHead, Until,
    VerifyReport, owner, restore, transfer,
};
pub use titles::title_facts;
