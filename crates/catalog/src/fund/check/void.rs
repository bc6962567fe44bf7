//! Погашение номеров: skipped or spoilt numbers are taken for ever, each with its reason.

use jiff::civil::Date;

use super::Desk;
use crate::fund::axis::Fund;
use crate::fund::change::{FundChange, ids};
use crate::fund::draft::{VoidDraft, VoidedNumber};
use crate::fund::item::Item;
use crate::fund::money::Kopecks;
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

/// Voids numbers that are the next of their series, in this order.
pub(super) fn take(
    desk: &mut Desk<'_, '_>,
    numbers: &[VoidedNumber],
    on: Date,
) -> Result<(), TableError> {
    let mut items: Vec<Item> = Vec::new();
    let mut counters: Vec<(String, u64)> = Vec::new();
    let mut id = get::<Ids>(desk.tables, &ids::ITEM.to_owned())?.unwrap_or(0);
    for (n, voided) in numbers.iter().enumerate() {
        let number = &voided.number;
        if voided.reason.trim().is_empty() {
            desk.refuse(
                Rule::NoteRequired,
                format!("/voided/{n}/reason"),
                format!("Номер {number}: впишите, почему он погашен"),
            );
        }
        let name = series::inventory(&number.prefix);
        let given = counters.iter().rev().find(|(series, _)| *series == name);
        let last = match given {
            Some((_, last)) => *last,
            None => desk.last(&name)?,
        };
        let place = format!("/voided/{n}/inv");
        if let Some(item) = desk.item(number)? {
            desk.refuse(
                Rule::DuplicateInventoryNumber,
                place,
                format!(
                    "Номер {number} уже в книге ({}): погасить можно только не данный",
                    item.state.label()
                ),
            );
        } else if number.number != last + 1 || !number.suffix.is_empty() {
            let next = InventoryNumber::in_series(&number.prefix, last + 1);
            desk.refuse(
                Rule::InventoryNumberOrder,
                place,
                format!("Следующий номер – {next}: гасят только его и те, что за ним подряд"),
            );
        }
        counters.push((name, number.number.max(last)));
        id += 1;
        let mut item = voided_item(desk, ItemId::new(id), voided);
        item.since = Some(on);
        items.push(item);
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

fn voided_item(desk: &Desk<'_, '_>, id: ItemId, voided: &VoidedNumber) -> Item {
    Item {
        id,
        library: desk.library.id.clone(),
        place: None,
        number: Some(voided.number.clone()),
        fund: Fund::Main,
        title: None,
        axes: None,
        price: Kopecks::ZERO,
        prices: Vec::new(),
        state: ItemState::Voided,
        previous: None,
        since: None,
        stood: Vec::new(),
        counted: Vec::new(),
        restrict_on_return: false,
        shelfmark: String::new(),
        came: None,
        left_until: None,
        left: None,
        replaces: None,
        formerly: None,
        note: voided.reason.clone(),
    }
}
