//! Учётная политика: taken as a whole; the way of numbering changes only between years.
//!
//! What the keys may hold is judged where they are read.

use super::Desk;
use crate::fund::change::FundChange;
use crate::fund::policy::Policy;
use crate::rule::Rule;
use crate::table::TableError;

pub(super) fn judge(desk: &mut Desk<'_, '_>, new: &Policy) -> Result<(), TableError> {
    if desk.policy == *new {
        return Ok(());
    }
    for key in numbering(&desk.policy, new) {
        if let Some(year) = running_year(desk)? {
            desk.refuse(
                Rule::PolicyKey,
                format!("/policy/{key}"),
                format!("В {year} году уже есть записи: нумерацию меняют с начала года, после закрытия {year} года"),
            );
        }
    }
    if desk.refused() {
        return Ok(());
    }
    let library = desk.library.id.clone();
    let policy = Box::new(new.clone());
    desk.emit(FundChange::PolicySet { library, policy })
}

/// The keys of numbering that would change.
fn numbering(old: &Policy, new: &Policy) -> Vec<&'static str> {
    let keys = [
        ("ksu1_numbering", old.ksu1_numbering != new.ksu1_numbering),
        ("ksu2_numbering", old.ksu2_numbering != new.ksu2_numbering),
        ("act_numbering", old.act_numbering != new.act_numbering),
    ];
    let changed = keys.into_iter().filter(|(_, changed)| *changed);
    changed.map(|(key, _)| key).collect()
}

/// The year that has rows and is not closed to its end.
fn running_year(desk: &Desk<'_, '_>) -> Result<Option<i16>, TableError> {
    let books = desk.books()?;
    let Some(last) = books.last_rows.values().max() else {
        return Ok(None);
    };
    let open = books.closed_through.and_then(|day| day.tomorrow().ok());
    Ok(Some(last.year()).filter(|year| open.is_none_or(|first| *year >= first.year())))
}
