//! stub
use std::sync::Arc;
use crate::app::App;
use crate::command::Settings;
use crate::io::{ExitStatus, Io};
pub(crate) fn run(_: Arc<App>, _: &Settings, io: &mut Io<'_>) -> ExitStatus { io.cannot("") }
