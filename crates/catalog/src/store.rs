//! The store: a folder with its journal, the tables that follow it, and the desk.
//!
//! The only room that knows both wings' tables and the journal; the rest of the crate asks it for a
//! `View` and gives it commands. Opening replays what the tables miss and never judges the past.

mod apply;
mod backup;
mod batch;
mod bell;
mod desk;
pub(crate) mod durable;
#[cfg(test)]
mod golden;
pub(crate) mod journal;
mod mark;
mod mirror;
mod open;
pub(crate) mod payload;
mod restore;
mod sequencer;
mod tables;
mod transfer;
mod turn;
mod verify;

pub use backup::Manifest;
pub use desk::Desk;
pub use journal::Position;
pub use open::{JournalHome, owner};
pub use restore::{Until, restore};
pub use sequencer::Doing;
pub use transfer::transfer;
pub use verify::{Damage, VerifyReport};

pub(crate) use apply::{Commands, OpenJobs};
pub(crate) use journal::space::free as free_space;
pub(crate) use open::Store;
pub(crate) use sequencer::Promise;
