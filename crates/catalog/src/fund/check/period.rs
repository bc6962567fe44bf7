//! Период: closed in order, reopened with a reason, never after the report has gone.

use jiff::civil::{Date, date};

use super::Desk;
use crate::fund::change::FundChange;
use crate::fund::draft::{PeriodDraft, ReopenDraft};
use crate::fund::tables::{BookState, PeriodMark, Periods, series};
use crate::rule::Rule;
use crate::table::{TableError, get};

/// The last day of a year or of a quarter of it.
fn last_day(year: i16, quarter: Option<u8>) -> Option<Date> {
    match quarter {
        None => Date::new(year, 12, 31).ok(),
        Some(quarter @ 1..=4) => {
            let month = i8::try_from(quarter * 3).ok()?;
            Some(Date::new(year, month, 1).ok()?.last_of_month())
        }
        Some(_) => None,
    }
}

pub(super) fn close(desk: &mut Desk<'_, '_>, draft: &PeriodDraft) -> Result<(), TableError> {
    let Some(through) = last_day(draft.year, draft.quarter) else {
        desk.refuse(
            Rule::PeriodOrder,
            "/year",
            "Впишите год и, если нужно, квартал от 1 до 4",
        );
        return Ok(());
    };
    let books = desk.books()?;
    if let Some(closed) = books.closed_through {
        if through <= closed {
            desk.refuse(
                Rule::PeriodClosed,
                "/year",
                format!("Период по {closed} уже закрыт"),
            );
        } else if closed.year() + 1 < draft.year {
            desk.refuse(
                Rule::PeriodOrder,
                "/year",
                format!(
                    "Сначала закройте {} год: закрыто по {closed}",
                    closed.year() + 1
                ),
            );
        }
    }
    in_turn(desk, &books, draft, through);
    if let Some(last) = books.last_rows.values().max()
        && draft.date.is_some_and(|on| on < *last && on < through)
    {
        desk.refuse(
            Rule::PeriodOrder,
            "/date",
            format!("Период закрывают не раньше последней записи, {last}"),
        );
    }
    set(desk, draft.year, draft.quarter, Some(through), None)
}

/// A period is closed when it is over and has something to close.
fn in_turn(desk: &mut Desk<'_, '_>, books: &BookState, draft: &PeriodDraft, through: Date) {
    if let Some(on) = draft.date.filter(|on| *on < through) {
        desk.refuse(
            Rule::PeriodOrder,
            "/date",
            format!(
                "Период кончается {through}, а закрывают его {on}: закройте, когда он кончится"
            ),
        );
    }
    if books.closed_through.is_some() {
        return;
    }
    let last = books.last_rows.values().max().map(|day| day.year());
    if last.is_none_or(|last| last + 1 < draft.year) {
        let stands = last.map_or("в книгах нет записей".to_owned(), |year| {
            format!("последняя запись – {year} года")
        });
        desk.refuse(
            Rule::PeriodOrder,
            "/year",
            format!("Закрывать {} год рано: {stands}", draft.year),
        );
    }
}

pub(super) fn reopen(desk: &mut Desk<'_, '_>, draft: &ReopenDraft) -> Result<(), TableError> {
    let books = desk.books()?;
    if draft.reason.trim().is_empty() {
        desk.refuse(
            Rule::NoteRequired,
            "/reason",
            "Впишите, почему период открывают снова",
        );
    }
    if books.submitted.is_some_and(|year| year >= draft.year) {
        desk.refuse(
            Rule::PeriodSubmitted,
            "/year",
            format!(
                "Отчёт за {} год сдан: исправляйте в открытом периоде сторно",
                draft.year
            ),
        );
    }
    let first = date(draft.year.clamp(1, 9998), 1, 1);
    let opening = books.opened.is_some_and(|day| day >= first);
    if books.closed_through.is_none_or(|closed| closed < first) || opening {
        desk.refuse(
            Rule::PeriodOrder,
            "/year",
            format!("{} год не закрыт или закрыт вводом остатков", draft.year),
        );
    }
    let before = first.yesterday().ok();
    set(desk, draft.year, None, before, Some(draft.reason.clone()))
}

pub(super) fn submit(desk: &mut Desk<'_, '_>, year: i16) -> Result<(), TableError> {
    let closed = desk.books()?.closed_through;
    if closed.is_none_or(|closed| Some(closed) < last_day(year, None)) {
        desk.refuse(
            Rule::PeriodOrder,
            "/year",
            format!("Сначала закройте {year} год"),
        );
        return Ok(());
    }
    let change = FundChange::ReportSubmitted {
        library: desk.library.id.clone(),
        year,
        event: desk.event.clone(),
    };
    desk.emit(change)
}

fn set(
    desk: &mut Desk<'_, '_>,
    year: i16,
    quarter: Option<u8>,
    closed_through: Option<Date>,
    reopened: Option<String>,
) -> Result<(), TableError> {
    if desk.refused() {
        return Ok(());
    }
    let number = desk.last(series::PERIOD)? + 1;
    let library = desk.library.id.clone();
    assert!(
        get::<Periods>(desk.tables, &(library.clone(), number))?.is_none(),
        "a period mark is never overwritten"
    );
    let mark = PeriodMark {
        number,
        year,
        quarter,
        closed_through,
        reopened,
        at: desk.ctx.at,
        actor: desk.ctx.actor.clone(),
    };
    let event = desk.event.clone();
    desk.emit(FundChange::PeriodSet {
        library,
        mark,
        event,
    })
}
