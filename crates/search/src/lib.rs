//! Finding: what a reader typed, in Russian, against everything the library has.
//!
//! The index is a view of the journal and may be deleted any day: [`SearchIndex::open`] starts anew
//! when the folder is missing, damaged or of another format, and [`SearchIndex::catch_up`] follows a
//! [`Feed`]. Nothing here knows acts, money, HTTP or the clock. Every public answer passes one
//! audience filter, so that a restricted record is found by nobody but the staff.

mod analysis;
mod ask;
mod deny;
mod document;
mod error;
mod facets;
mod feed;
mod follow;
mod index;
mod kept;
#[cfg(test)]
mod sample;
mod schema;
mod suggest;
mod terms;
mod vocabulary;

pub use analysis::{Lemmas, stemmed};
pub use ask::{
    Audience, Corrected, Facets, Filters, Hit, MAX_LIMIT, Page, Query, Sort, Suggestion,
    SuggestionKind, Tally, Why,
};
pub use error::Error;
pub use feed::{ChainHash, Changed, Feed, HoldingFact, Source};
pub use index::{Difference, Joining, PlainWords, SearchIndex, remembered};
