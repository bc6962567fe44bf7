//! The server: OPAC, staff screens, JSON API and command line. It speaks and decides nothing.
//!
//! [`app`] holds the open library and the one list of routes, [`command`] the command line; every rule of the
//! library itself lives in `catalog`.

mod account;
mod admission;
mod api;
pub mod app;
mod audit;
mod auth;
mod bench;
mod clock;
pub mod command;
mod deed;
mod demo;
mod exchange;
mod extract;
mod fields;
mod follow;
mod holdings;
mod io;
mod jobs;
mod layers;
mod listen;
mod lookup;
mod metrics;
mod notify;
mod opac;
mod page;
mod people;
mod pieces;
mod problem;
mod relay;
mod repeat;
mod resume;
mod seal;
mod seen;
mod serve;
mod short;
mod staff;
mod standing;
pub mod view;
mod voice;
mod watch;

pub use auth::Permission;
