//! События проверок и периодов.

use super::lines;
use super::reader::Reader;
use super::titles::Known;
use crate::fund::axis::{Fund, Series};
use crate::fund::draft::{CheckCloseDraft, CheckStartDraft, Order, PeriodDraft, ReopenDraft};
use crate::rule::Rule;

pub(super) fn start(event: &mut Reader<'_>) -> Option<Order> {
    let date = event.needed_date("date");
    let fund = event.needed_code::<Fund>("fund");
    Some(Order::StartCheck(CheckStartDraft {
        order: event.text("order"),
        on_loan: event.numbers("on_loan_inv"),
        date: date?,
        fund: fund?,
    }))
}

pub(super) fn close(event: &mut Reader<'_>, known: &Known<'_>) -> Option<Order> {
    let date = event.needed_date("date");
    let fund = event.needed_code::<Fund>("fund");
    let act = lines::act(event, Series::Check);
    let mut missing_layers = Vec::new();
    for mut line in event.list("missing_cards") {
        missing_layers.extend(lines::unit(&mut line, known, 1));
        event.close(line);
    }
    let seen = event.get("seen_inv").is_some();
    Some(Order::CloseCheck(CheckCloseDraft {
        missing: event.numbers("missing_inv"),
        seen: seen.then(|| event.numbers("seen_inv")),
        missing_layers,
        surplus: event.whole("surplus_copies").unwrap_or(0),
        act,
        date: date?,
        fund: fund?,
    }))
}

pub(super) fn period(event: &mut Reader<'_>, kind: &str) -> Option<Order> {
    let quarter = event.whole("quarter");
    if kind == "QUARTER_CLOSE" && quarter.is_none() {
        event.slip(Rule::FileShape, "quarter", "Впишите квартал от 1 до 4");
    }
    let date = event.date("date");
    let year = year(event, date)?;
    Some(Order::ClosePeriod(PeriodDraft {
        date,
        year,
        quarter: quarter.filter(|_| kind != "YEAR_CLOSE"),
    }))
}

pub(super) fn reopen(event: &mut Reader<'_>) -> Option<Order> {
    let date = event.date("date");
    let year = year(event, None)?;
    let reason = event.text("reason");
    Some(Order::ReopenPeriod(ReopenDraft { date, year, reason }))
}

/// The year that the event itself names.
pub(super) fn needed_year(event: &mut Reader<'_>) -> Option<i16> {
    year(event, None)
}

fn year(event: &mut Reader<'_>, date: Option<jiff::civil::Date>) -> Option<i16> {
    let year = event.whole("year").or(date.map(|date| date.year()));
    if year.is_none() {
        event.slip(Rule::FileShape, "year", "Впишите год, например 2025");
    }
    year
}
