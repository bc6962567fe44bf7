//! Внутреннее перемещение: units of one library go to another of its buildings by a waybill.
//!
//! No book of the library changes; only where things stand.

use std::collections::BTreeMap;

use super::{Desk, bounds};
use crate::fund::axis::{Fund, Series};
use crate::fund::change::FundChange;
use crate::fund::draft::{RelocationDraft, UnitLine};
use crate::fund::item::{Card, Layer};
use crate::fund::tables::{Waybill, series};
use crate::id::{CardId, ItemId, LibraryId, RecordId};
use crate::rule::Rule;
use crate::table::TableError;

/// What the waybill has gathered so far.
#[derive(Default)]
struct Load {
    items: BTreeMap<ItemId, LibraryId>,
    layers: BTreeMap<(CardId, u32), u32>,
    records: Vec<RecordId>,
}

pub(super) fn judge(desk: &mut Desk<'_, '_>, draft: &RelocationDraft) -> Result<(), TableError> {
    if !bounds::units(desk, &draft.lines) {
        return Ok(());
    }
    desk.open_day(draft.date)?;
    if draft.lines.is_empty() {
        desk.refuse(
            Rule::EmptyAct,
            "/lines",
            "В накладной нет строк: впишите, что перемещается",
        );
    }
    desk.place(&draft.to, "/to")?;
    if let Some(from) = &draft.from {
        desk.place(from, "/from")?;
    }
    let home = desk.library.id.clone();
    let from = draft.from.clone().unwrap_or(home);
    let year = draft.date.year();
    let (number, counter) =
        desk.act_number(Series::Waybill, year, Fund::Main, draft.number, "/act/no")?;
    let mut load = Load::default();
    for (n, line) in draft.lines.iter().enumerate() {
        let place = format!("/lines/{n}");
        match &line.number {
            Some(_) => one_item(desk, draft, &mut load, line, &place)?,
            None => one_layer(desk, (&from, &draft.to), &mut load, line, &place)?,
        }
    }
    if desk.refused() {
        return Ok(());
    }
    let order = desk.last(series::WAYBILL)? + 1;
    let layers = load.layers.into_iter();
    let waybill = Waybill {
        order,
        library: desk.library.id.clone(),
        date: draft.date,
        number,
        to: draft.to.clone(),
        items: load.items.into_iter().collect(),
        layers: layers
            .map(|((card, layer), copies)| (card, layer, from.clone(), copies))
            .collect(),
        note: draft.note.clone(),
        at: desk.ctx.at,
        actor: desk.ctx.actor.clone(),
    };
    load.records.sort_unstable();
    load.records.dedup();
    let event = desk.event.clone();
    desk.emit(FundChange::Relocated {
        waybill: Box::new(waybill),
        numbers: vec![counter, (series::WAYBILL.to_owned(), order)],
        records: load.records,
        event,
    })
}

fn one_item(
    desk: &mut Desk<'_, '_>,
    draft: &RelocationDraft,
    load: &mut Load,
    line: &UnitLine,
    place: &str,
) -> Result<(), TableError> {
    let number = line.number.clone().unwrap_or_default();
    let Some(item) = desk.item(&number)? else {
        desk.refuse(
            Rule::InventoryNumberUnknown,
            format!("{place}/inv"),
            format!("Номера {number} нет в инвентарной книге: проверьте номер"),
        );
        return Ok(());
    };
    let stands = item.place.clone().unwrap_or(desk.library.id.clone());
    let inv = format!("{place}/inv");
    if !item.state.on_record() {
        desk.refuse(
            Rule::StateOrder,
            inv,
            format!(
                "Номер {number} {}: перемещают только то, что состоит в фонде",
                item.state.label()
            ),
        );
    } else if draft.from.as_ref().is_some_and(|from| *from != stands) {
        desk.refuse(
            Rule::PlaceMismatch,
            inv,
            format!("Номер {number} стоит в {stands}: исправьте, откуда он перемещается"),
        );
    } else if stands == draft.to {
        desk.refuse(
            Rule::NothingChanges,
            inv,
            format!("Номер {number} уже стоит в {stands}: уберите строку"),
        );
    } else if load.items.contains_key(&item.id) {
        desk.refuse(
            Rule::RepeatedLine,
            inv,
            format!("Номер {number} уже стоит в этой накладной: уберите повтор"),
        );
    }
    load.records.extend(item.record());
    load.items.insert(item.id, stands);
    Ok(())
}

fn one_layer(
    desk: &mut Desk<'_, '_>,
    (from, to): (&LibraryId, &LibraryId),
    load: &mut Load,
    line: &UnitLine,
    place: &str,
) -> Result<(), TableError> {
    let card = match line.card {
        Some(number) => desk.card(number)?,
        None => None,
    };
    let Some((card, layer)) = card.as_ref().and_then(|card| named(card, line)) else {
        desk.refuse(
            Rule::CardUnknown,
            place,
            "Впишите инвентарный номер или номер карточки и её строки",
        );
        return Ok(());
    };
    let name = format!(
        "Карточка {}, строка {}",
        card.number.unwrap_or(0),
        layer.number
    );
    let taken = load.layers.entry((card.id, layer.number)).or_default();
    *taken = taken.saturating_add(line.copies);
    let stands = layer.at(from, &desk.library.id);
    if line.copies == 0 {
        desk.refuse(
            Rule::CopiesRequired,
            format!("{place}/copies"),
            format!("{name}: укажите, сколько экземпляров"),
        );
    } else if *taken > stands {
        desk.refuse(
            Rule::InsufficientCopies,
            format!("{place}/copies"),
            format!("{name}: в {from} стоит {stands}, в накладной {taken}"),
        );
    } else if from == to {
        desk.refuse(
            Rule::NothingChanges,
            place,
            format!("{name}: экземпляры уже стоят в {to}. Исправьте, откуда или куда"),
        );
    }
    load.records.push(card.title.record);
    Ok(())
}

/// The layer that a line names; the only one with copies when it names none.
fn named<'c>(card: &'c Card, line: &UnitLine) -> Option<(&'c Card, &'c Layer)> {
    let layer = match line.layer {
        Some(number) => card.layer(number),
        None => card.layers.iter().find(|layer| layer.copies > 0),
    };
    layer.map(|layer| (card, layer))
}
