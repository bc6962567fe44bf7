//! Одно событие: the shape of one event of a file as a command to the fund, for programs that post
//! acts one by one. Whether it may be posted is judged by the fund.

use jiff::civil::Date;
use serde_json::Value;

use super::acts;
use super::reader::Reader;
use super::titles::Titles;
use crate::error::Error;
use crate::fund::draft::FundCommand;
use crate::id::LibraryId;
use crate::rule::{Finding, Rule};
use crate::table::View;

/// Событие, ready to be judged.
#[derive(Clone, Debug)]
pub struct Event {
    /// What to do.
    pub command: FundCommand,
    /// Дата записи, where it gives one.
    pub date: Option<Date>,
}

/// Reads one event. Titles are those that `library` (a legal one) knows by their outer ids, or
/// records by their own (`record`). An event with an `id` is posted once; without one, each time.
///
/// # Errors
/// [`Error::Refused`] with everything that is wrong with its shape, [`Error::Damaged`].
pub fn event(view: &dyn View, library: &LibraryId, given: &Value) -> Result<Event, Error> {
    let titles = Titles::default();
    let known = titles.of(view, library)?;
    let ready = acts::read(given, &known);
    known.undamaged()?;
    let order = ready.order.map_err(Error::Refused)?;
    if ready.pair.is_some() {
        let detail = "Парные события проводят вместе, одним файлом: пошлите его целиком";
        let finding = Finding::new(Rule::PairBroken, "/paired_with", detail);
        return Err(Error::Refused(vec![finding]));
    }
    let mut object = Reader::new(given, "").map_err(|finding| Error::Refused(vec![finding]))?;
    let named = !object.text("id").is_empty();
    Ok(Event {
        command: FundCommand {
            event: named.then_some(ready.outer),
            order,
        },
        date: ready.date,
    })
}
