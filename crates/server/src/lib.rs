//! The server: OPAC, staff screens, JSON API and command line. It speaks and decides nothing.
//!
//! [`app`] holds the open library and the one list of routes, [`command`] the command line; every rule of the
//! library itself lives in `catalog`.

mod api;
pub mod app;
mod auth;
mod clock;
pub mod command;
mod demo;
mod extract;
mod io;
mod layers;
mod metrics;
mod page;
mod people;
mod problem;
mod relay;
mod serve;
pub mod view;

pub use auth::Permission;
