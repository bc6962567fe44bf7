//! Учёт библиотечного фонда: what stands, how it came and left, and what it cost.
//!
//! A pure wing: a command is judged against the tables ([`decide`]), what was decided goes into the
//! journal ([`FundChange`]), and the tables follow it ([`apply`]). It never reads a record.

pub mod act;
mod ahead;
pub mod audit;
pub mod axis;
pub mod books;
pub mod change;
mod check;
pub mod decide;
pub mod draft;
pub mod holdings;
pub mod item;
#[cfg(test)]
mod laws;
pub mod ledger;
pub mod money;
pub mod network;
pub mod number;
mod overlay;
pub mod policy;
pub mod preset;
pub mod read;
pub mod state;
pub mod stock_check;
pub mod tables;
pub mod title;

pub use ahead::ahead;
pub use audit::audit;
pub use change::{FundChange, apply};
pub use check::MAX_LINES;
pub use decide::{Context, FundError, decide};
pub use draft::{FundCommand, Order};
