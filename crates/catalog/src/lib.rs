//! Fond: bibliographic records and fund accounting on one journal.
//!
//! Every change is written once into the journal; the tables and the search index are two views of it.

pub mod fund;
pub mod id;
pub mod record;
pub mod rule;
pub mod table;
