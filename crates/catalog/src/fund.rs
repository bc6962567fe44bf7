//! Учёт библиотечного фонда: what stands, how it came and left, and what it cost.

pub mod money;
mod stub;
pub use stub::*;
