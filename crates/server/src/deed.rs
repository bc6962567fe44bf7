//! Deeds of the fund by the clock: whoever works today dates nothing by a day that has not come.
//!
//! Screens and the API come through here; a file is posted by its own dates and does not (D-27).

use catalog::fund::{Context, FundChange, FundCommand, FundError, ahead, decide};
use catalog::id::{LibraryId, UserId};
use catalog::rule::Finding;
use catalog::{Doing, Entry, Error};

use crate::app::App;
use crate::clock::{now, today};

/// Lets the fund decide and writes nothing; a refusal names every reason, the future dates last.
pub(crate) fn tried(
    app: &App,
    actor: &UserId,
    library: &LibraryId,
    command: &FundCommand,
) -> Result<Option<FundChange>, Error> {
    let early = ahead(&command.order, today());
    let context = Context {
        library: library.clone(),
        actor: actor.clone(),
        at: now(),
    };
    match decide(command, &context, app.catalog().view()) {
        Ok(change) if early.is_empty() => Ok(change),
        Ok(_) => Err(Error::Refused(early)),
        Err(FundError::Refused(findings)) => Err(Error::Refused(both(findings, early))),
        Err(FundError::Table(error)) => Err(error.into()),
    }
}

/// Posts it; a refusal names every reason.
pub(crate) fn posted(
    app: &App,
    doing: Doing,
    library: &LibraryId,
    command: FundCommand,
) -> Result<Option<Entry>, Error> {
    if !ahead(&command.order, today()).is_empty() {
        tried(app, &doing.actor, library, &command)?;
    }
    app.catalog().fund(doing, library, command)
}

fn both(mut first: Vec<Finding>, rest: Vec<Finding>) -> Vec<Finding> {
    first.extend(rest);
    first
}
