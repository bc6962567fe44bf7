//! The doors that the targets drive: the same file that the ordinary tests replay the corpora through.

#[path = "../../tests/src/foreign.rs"]
pub mod foreign;
