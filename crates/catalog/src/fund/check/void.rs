//! Погашение номеров: skipped or spoilt numbers are taken for ever, each with its reason.

use jiff::civil::Date;

use super::Desk;
use crate::fund::axis::Fund;
use crate::fund::change::{FundChange, ids};
use crate::fund::draft::{VoidDraft, VoidedNumber};
use crate::fund::item::Item;
use crate::fund::number::InventoryNumber;
use crate::fund::state::ItemState;
use crate::fund::tables::{Ids, series};
use crate::id::ItemId;
use crate::rule::Rule;
use crate::table::{TableError, get};

pub(super) fn judge(desk: &mut Desk<'_, '_>, draft: &VoidDraft) -> Result<(), TableError> {
    desk.open_day(draft.date)?;
    if draft.numbers.is_empty() {
        desk.refuse(
            Rule::EmptyAct,
            "/inv",
            "Не назван ни один номер: впишите, какие погасить",
        );
    }
    take(desk, &draft.numbers, draft.date)
}

/// Voids numbers beside a receipt: before, between and after those that it gives, which go round them.
pub(super) fn beside(
    desk: &mut Desk<'_, '_>,
    numbers: &[VoidedNumber],
    on: Date,
) -> Result<(), TableError> {
    let mut aside: Vec<(usize, InventoryNumber)> = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let mut id = get::<Ids>(desk.tables, &ids::ITEM.to_owned())?.unwrap_or(0);
    for (n, voided) in numbers.iter().enumerate() {
        let number = &voided.number;
        let last = desk.last(&series::inventory(&number.prefix))?;
        let repeated = aside.iter().any(|(_, other)| other == number);
        if free(desk, (n, voided), repeated)?
            && (number.number <= last || !number.suffix.is_empty())
        {
            order(desk, (n, number), last);
        }
        aside.push((n, number.clone()));
        id += 1;
        items.push(voided_item(desk, ItemId::new(id), voided, on));
    }
    desk.go_round(aside);
    if desk.refused() {
        return Ok(());
    }
    let event = desk.event.clone();
    let event = event.map(|event| (desk.library.id.clone(), event));
    desk.emit(FundChange::Voided {
        items,
        numbers: Vec::new(),
        event,
    })
}

/// Whether a number may be voided at all: it has a reason and is nobody's.
fn free(
    desk: &mut Desk<'_, '_>,
    (n, voided): (usize, &VoidedNumber),
    repeated: bool,
) -> Result<bool, TableError> {
    let number = &voided.number;
    if voided.reason.trim().is_empty() {
        desk.refuse(
            Rule::NoteRequired,
            format!("/voided/{n}/reason"),
            format!("Номер {number}: впишите, почему он погашен"),
        );
    }
    let stands = desk.item(number)?.map(|item| item.state.label());
    let stands = stands.or(repeated.then_some("погашен этой же записью"));
    if let Some(stands) = stands {
        desk.refuse(
            Rule::DuplicateInventoryNumber,
            format!("/voided/{n}/inv"),
            format!("Номер {number} уже в книге ({stands}): погасить можно только не данный"),
        );
    }
    Ok(stands.is_none())
}

fn order(desk: &mut Desk<'_, '_>, (n, number): (usize, &InventoryNumber), last: u64) {
    let next = InventoryNumber::in_series(&number.prefix, last + 1);
    desk.refuse(
        Rule::InventoryNumberOrder,
        format!("/voided/{n}/inv"),
        format!("Следующий номер – {next}: гасят только его и те, что за ним подряд"),
    );
}

/// Voids numbers that are the next of their series, in this order.
fn take(desk: &mut Desk<'_, '_>, numbers: &[VoidedNumber], on: Date) -> Result<(), TableError> {
    let mut items: Vec<Item> = Vec::new();
    let mut counters: Vec<(String, u64)> = Vec::new();
    let mut id = get::<Ids>(desk.tables, &ids::ITEM.to_owned())?.unwrap_or(0);
    for (n, voided) in numbers.iter().enumerate() {
        let number = &voided.number;
        let name = series::inventory(&number.prefix);
        let given = counters.iter().rev().find(|(series, _)| *series == name);
        let last = match given {
            Some((_, last)) => *last,
            None => desk.last(&name)?,
        };
        let next = number.number == last + 1 && number.suffix.is_empty();
        if free(desk, (n, voided), false)? && !next {
            order(desk, (n, number), last);
        }
        counters.push((name, number.number.max(last)));
        id += 1;
        items.push(voided_item(desk, ItemId::new(id), voided, on));
    }
    if desk.refused() {
        return Ok(());
    }
    let event = desk
        .event
        .clone()
        .map(|event| (desk.library.id.clone(), event));
    desk.emit(FundChange::Voided {
        items,
        numbers: counters,
        event,
    })
}

fn voided_item(desk: &Desk<'_, '_>, id: ItemId, voided: &VoidedNumber, on: Date) -> Item {
    let library = desk.library.id.clone();
    Item {
        number: Some(voided.number.clone()),
        since: Some(on),
        note: voided.reason.clone(),
        ..Item::blank(id, library, Fund::Main, ItemState::Voided)
    }
}
