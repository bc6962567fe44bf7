//! What the outside tests share. It drives only public doors and knows no inner function.

mod corpus;
pub mod house;

pub use corpus::corpus;
pub mod served;
pub mod years;
