//! `fond post`: titles, opening balances and acts from a file of the exchange shape.

use super::args;
use crate::app::App;
use crate::io::{ExitStatus, Io};

/// Posts the file.
pub(super) fn run(args: &args::Post, app: &App, io: &mut Io<'_>) -> ExitStatus {
    match app.the_library(args.library.as_ref(), &io.actor) {
        Ok(_) => io.cannot("Эта сборка ещё не проводит файлы"),
        Err(error) => io.cannot(error),
    }
}
