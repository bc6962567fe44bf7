//! The store: a folder with its journal, the tables that follow it, and the desk.
//!
//! The only room that knows both wings' tables and the journal; the rest of the crate asks it for a
//! `View` and gives it commands. Opening replays what the tables miss and never judges the past.

mod apply;
mod aside;
mod backup;
mod batch;
mod bell;
mod brought;
mod desk;
mod doing;
pub(crate) mod durable;
mod fresh;
mod generation;
#[cfg(test)]
mod golden;
mod home;
pub(crate) mod journal;
mod lock;
mod mark;
mod mirror;
mod open;
pub(crate) mod payload;
mod request;
mod restore;
mod root;
mod sequencer;
mod tables;
mod transfer;
mod turn;
mod verify;

pub use backup::Manifest;
pub use desk::Desk;
pub use doing::Doing;
pub use fresh::FreshRecord;
pub use journal::{Position, SharedHead};
pub use lock::owner;
pub use open::JournalHome;
pub use restore::{Until, restore};
pub use transfer::{Moved, transfer};
pub use verify::{Damage, VerifyReport};

pub(crate) use apply::{Commands, OpenJobs, PeriodEntries};
pub(crate) use brought::Brought;
pub(crate) use journal::space::free as free_space;
pub(crate) use open::Store;
pub(crate) use request::Request;
pub(crate) use restore::from_backup;
pub(crate) use sequencer::Promise;
