//! What the outside tests share. It drives only public doors and knows no inner function.

pub mod batches;
mod corpus;
pub mod cuts;
pub mod deeds;
pub mod disk;
pub mod foreign;
pub mod forms;
pub mod house;
pub mod intake;
mod postgres;
pub mod posting;
pub mod program;
pub mod screens;
pub mod served;
pub mod shared;
pub mod shim;
pub mod small_disk;
pub mod strait;
pub mod years;

pub use corpus::corpus;
pub use postgres::Postgres;
