//! The server: OPAC, staff screens, JSON API and command line; it speaks and decides nothing.

pub mod view;
