//! What the outside tests share. It drives only public doors and knows no inner function.

pub mod house;
