//! Учёт библиотечного фонда: what stands, how it came and left, and what it cost.
//!
//! A pure wing: a command is judged against the tables ([`decide`]), what was decided goes into the
//! journal ([`FundChange`]), and the tables follow it ([`apply`]). It never reads a record.

pub mod act;
pub mod axis;
pub mod change;
pub mod draft;
pub mod holdings;
pub mod item;
pub mod ledger;
pub mod money;
pub mod network;
pub mod number;
pub mod policy;
pub mod preset;
pub mod state;
pub mod stock_check;
mod stub;
pub mod tables;
pub mod title;

pub use change::{FundChange, apply};
pub use draft::{FundCommand, Order};
pub use stub::*;
