//! `fond demo`: the sample library of `data/samples`, filled and served.

use std::sync::Arc;

use crate::app::App;
use crate::command::Settings;
use crate::io::{ExitStatus, Io};
use crate::serve;

/// Serves the folder; filling it comes with the posting of files.
pub(crate) fn run(app: Arc<App>, settings: &Settings, io: &mut Io<'_>) -> ExitStatus {
    serve::run(app, settings, io)
}
