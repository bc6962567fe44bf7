//! stub
use super::args;
use crate::app::App;
use crate::io::{ExitStatus, Io};
pub(super) fn run(_: &args::Books, _: &App, io: &mut Io<'_>) -> ExitStatus { io.cannot("") }
