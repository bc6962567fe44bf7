//! The look: what pages show, as plain structs with their templates.
//!
//! A handler fills a struct and renders it; nothing here decides a rule, asks the catalogue or knows HTTP.
//! Labels, headings and captions pass through the table of English on their way out, so a handler writes them in
//! Russian only. Every page carries a [`frame::Frame`]: language, scheme, who looks, and where one is.

pub mod account;
pub mod acts;
pub mod admin;
pub mod assets;
pub mod books;
pub mod delivery;
pub mod frame;
pub mod home;
pub mod lang;
pub mod opac;
pub mod parts;
#[cfg(test)]
mod proofs;
pub mod records;
pub mod sample;
pub mod stock;
pub mod table;
pub mod withdrawal;

pub use frame::{Crumb, Frame, Notice, Role, Scheme, Viewer};
pub use lang::Lang;
pub use parts::{Choice, Empty, Field, Pager, Progress, Remark, Stage, Tab};
pub use table::{Cell, Column, Row, Table};
