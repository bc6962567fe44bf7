//! Сторно: the same columns with minus and, where a line says what is right, a correct row after it.
//!
//! What stands is reversed at its present price, so that a second correction of one unit adds up.

mod departure;
mod prices;
mod standing;
mod target;

use super::accession::key_of;
use super::sheet::{Paper, Sheet};
use super::{Desk, bounds};
use crate::fund::act::{Act, ActBody, ActNumber, Part};
use crate::fund::axis::{Reason, Series, Source, SubReason};
use crate::fund::change::{FundChange, Posting};
use crate::fund::draft::ReversalDraft;
use crate::fund::item::{Card, CountedMark, Item, Layer};
use crate::fund::ledger::{LedgerEntry, Unit};
use crate::fund::money::Kopecks;
use crate::fund::policy::ActNumbering;
use crate::fund::state::ItemState;
use crate::fund::tables::{Cards, Items};
use crate::fund::title::TitleFacts;
use crate::id::{CardId, ItemId, RecordId};
use crate::rule::Rule;
use crate::table::{TableError, get};

use target::{Target, nothing_to_reverse, targets, wrong_acts};

type OwnNumber = (ActNumber, (String, u64));

pub(super) fn judge(desk: &mut Desk<'_, '_>, draft: &ReversalDraft) -> Result<(), TableError> {
    if draft.reason.trim().is_empty() {
        desk.refuse(
            Rule::NoteRequired,
            "/reason",
            "Впишите, что исправляется и почему: без причины запись не исправляют",
        );
    }
    if !bounds::units(desk, &draft.lines) {
        return Ok(());
    }
    let acts = wrong_acts(desk, draft)?;
    if acts.is_empty() {
        desk.open_day(draft.date)?;
        let why = nothing_to_reverse(desk, draft)?;
        desk.refuse(Rule::StornoTarget, "/corrects", why);
        return Ok(());
    }
    let shared = desk.policy.act_numbering == ActNumbering::PerSeriesPerYearPerLibrary;
    let mut number = None;
    for (act, targets) in targets(desk, draft, acts)? {
        desk.book_day(act.fund, draft.date)?;
        let own = match number.clone().filter(|_| shared) {
            Some(number) => number,
            None => {
                let year = draft.date.year();
                desk.act_number(Series::Correction, year, act.fund, draft.number, "/no")?
            }
        };
        number = Some(own.clone());
        one_act(desk, draft, &act, &targets, own)?;
    }
    Ok(())
}

/// The units of one act leave its row; what is put right comes back in a row of its own.
fn one_act(
    desk: &mut Desk<'_, '_>,
    draft: &ReversalDraft,
    act: &Act,
    targets: &[Target],
    number: OwnNumber,
) -> Result<(), TableError> {
    let part = act.row.as_ref().map_or(Part::Came, |row| row.part);
    let mut sheet = Sheet::new(desk, act.fund, draft.date, Some(part))?;
    let mut kept = Vec::new();
    let revalued = matches!(act.body, ActBody::Revaluation { .. });
    let origin = standing::origin(desk, act)?;
    for target in targets {
        match part {
            _ if revalued => prices::take_back(desk, &mut sheet, act, target)?,
            Part::Came => undo_arrival(desk, &mut sheet, &origin, target, &mut kept)?,
            Part::Left => departure::undo(desk, &mut sheet, act, target)?,
        }
    }
    let gone: i64 = sheet.entries.iter().map(|entry| -entry.copies).sum();
    let freed = if kept.is_empty() {
        standing::freed(desk, &origin, gone)?
    } else {
        None
    };
    let paper = Paper {
        number: Some(number.clone()),
        body: ActBody::Reversal {
            of: act.id,
            was: reason_of(act).0,
            sub_reason: reason_of(act).1,
            came_by: source_of(act),
            reason: draft.reason.clone(),
        },
        storno_of: act.row.as_ref().map(|row| (row.year, row.number)),
        corrects: None,
        document: freed.map(|key| (key, false)),
        note: draft.reason.clone(),
    };
    let posting = sheet.finish(desk, paper)?;
    if desk.refused() {
        return Ok(());
    }
    desk.emit(FundChange::Posted(Box::new(posting)))?;
    if kept.is_empty() {
        return Ok(());
    }
    let posting = correction(desk, draft, act, kept, number)?;
    desk.emit(FundChange::Posted(Box::new(posting)))
}

fn reason_of(act: &Act) -> (Option<Reason>, Option<SubReason>) {
    match &act.body {
        ActBody::Withdrawal {
            reason, sub_reason, ..
        } => (*reason, *sub_reason),
        ActBody::Opening
        | ActBody::Accession { .. }
        | ActBody::Reversal { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => (None, None),
    }
}

fn source_of(act: &Act) -> Option<Source> {
    match &act.body {
        ActBody::Accession { source, .. } => Some(*source),
        ActBody::Opening => Some(Source::Opening),
        ActBody::Correction { came_by, .. } => *came_by,
        ActBody::Withdrawal { .. }
        | ActBody::Reversal { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => None,
    }
}

fn freed_document(act: &Act) -> Option<String> {
    match &act.body {
        ActBody::Accession {
            supplier, document, ..
        } => Some(key_of(supplier, document)),
        ActBody::Opening
        | ActBody::Withdrawal { .. }
        | ActBody::Reversal { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => None,
    }
}

/// What comes back after the reversal, put right.
enum Kept {
    Item(Box<Item>),
    Layer(CardId, u32, u32, Kopecks),
}

fn undo_arrival(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    act: &Act,
    target: &Target,
    kept: &mut Vec<Kept>,
) -> Result<(), TableError> {
    match target.unit {
        Unit::Item(id) => undo_item(desk, sheet, act, (id, target), kept),
        Unit::Layer(id, number) => undo_layer(desk, sheet, act, (id, number, target), kept),
    }
}

fn undo_item(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    act: &Act,
    (id, target): (ItemId, &Target),
    kept: &mut Vec<Kept>,
) -> Result<(), TableError> {
    let Some(mut item) = get::<Items>(desk.tables, &id)? else {
        return Ok(());
    };
    let (Some(record), Some(axes)) = (item.record(), item.axes.clone()) else {
        return Ok(());
    };
    let number = item.number.clone().unwrap_or_default();
    let price = target.price.filter(|price| *price != item.price);
    let title = target.title.clone().filter(|title| title.record != record);
    let fixes = price.is_some() || title.is_some();
    if !fixes && (target.price.is_some() || target.title.is_some()) {
        nothing_changes(desk, &format!("Номер {number}"), item.price, &target.place);
    } else if item.fund != act.fund {
        desk.refuse(
            Rule::StornoTarget,
            target.place.clone(),
            format!("Номер {number} переведён в другой фонд ({}): сначала верните его обратным переводом", item.fund.label()),
        );
    } else if item.came.map(|came| came.act) != Some(act.id) || !item.state.on_record() {
        desk.refuse(
                    Rule::StornoTarget,
                    target.place.clone(),
                    format!("Номер {number} {}: сторнировать можно только то, что принято этим актом и состоит в фонде", item.state.label()),
                );
    } else if !fixes && item.state == ItemState::OnLoan {
        desk.refuse(
            Rule::CopyOnLoan,
            target.place.clone(),
            format!("Номер {number} выдан: сначала верните его"),
        );
    }
    sheet.entries.push(LedgerEntry {
        unit: target.unit,
        record,
        axes,
        copies: -1,
        sum: -item.price,
    });
    if fixes {
        let right = put_right(desk, sheet, &item, price, title, &target.place);
        kept.push(Kept::Item(Box::new(right)));
    }
    item.previous = Some(item.state);
    item.state = ItemState::Voided;
    sheet.items.insert(id, item);
    Ok(())
}

/// A correction that corrects nothing is a slip, never a wish to take the unit off the books.
fn nothing_changes(desk: &mut Desk<'_, '_>, what: &str, price: Kopecks, place: &str) {
    desk.refuse(
        Rule::NothingChanges,
        place,
        format!("{what}: цена уже {price} и издание то же. Впишите верные или уберите их из строки, если единицу снимают с учёта"),
    );
}

fn undo_layer(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    act: &Act,
    (id, number, target): (CardId, u32, &Target),
    kept: &mut Vec<Kept>,
) -> Result<(), TableError> {
    let Some(mut card) = layer_card(desk, sheet, target.unit)? else {
        return Ok(());
    };
    let (record, title) = (card.title.record, card.title.label().to_owned());
    for layer in card.layers.iter_mut().filter(|l| l.number == number) {
        if layer.came.act != act.id || target.copies > layer.copies - layer.on_loan {
            let free = layer.copies - layer.on_loan;
            desk.refuse(
                Rule::InsufficientCopies,
                target.place.clone(),
                format!(
                    "«{title}», строка {number}: сторнировать можно {free}, в исправлении {}",
                    target.copies
                ),
            );
            return Ok(());
        }
        sheet.entries.push(struck(target, record, layer));
        layer.copies -= target.copies;
        if target.price == Some(layer.price) {
            let what = format!("«{title}», строка {number}");
            nothing_changes(desk, &what, layer.price, &target.place);
        } else if let Some(price) = target.price {
            kept.push(Kept::Layer(id, number, target.copies, price));
        }
    }
    sheet.cards.insert(id, card);
    Ok(())
}

/// The red line for copies of a layer: the same column, the other sign.
fn struck(target: &Target, record: RecordId, layer: &Layer) -> LedgerEntry {
    let copies = i64::from(target.copies);
    LedgerEntry {
        unit: target.unit,
        record,
        axes: layer.axes.clone(),
        copies: -copies,
        sum: -(layer.price * copies),
    }
}

fn layer_card(desk: &Desk<'_, '_>, sheet: &Sheet, unit: Unit) -> Result<Option<Card>, TableError> {
    match unit {
        Unit::Item(_) => Ok(None),
        Unit::Layer(id, _) => match sheet.cards.get(&id) {
            Some(card) => Ok(Some(card.clone())),
            None => get::<Cards>(desk.tables, &id),
        },
    }
}

/// The item as it should have been.
fn put_right(
    desk: &mut Desk<'_, '_>,
    sheet: &Sheet,
    item: &Item,
    price: Option<Kopecks>,
    title: Option<TitleFacts>,
    place: &str,
) -> Item {
    let mut right = item.clone();
    if let Some(title) = title {
        let source = item.came.map_or(Source::Opening, |came| came.source);
        let axes = super::axes::settle(desk, &title, item.fund, source, None, place);
        let was = right.title.replace(title);
        if let Some(old) = right.axes.replace(axes) {
            right.counted.push(CountedMark {
                until: sheet.date,
                fund: item.fund,
                axes: old,
                title: was,
            });
        }
    }
    if let Some(price) = price {
        let on_balance = right.axes.as_ref().is_some_and(|axes| axes.on_balance);
        if price < Kopecks::ZERO || on_balance && price == Kopecks::ZERO {
            desk.refuse(
                Rule::PriceRequired,
                format!("{place}/price_kop"),
                "Впишите верную цену больше нуля",
            );
        }
        right.reprice(price, sheet.date, sheet.act);
    }
    right
}

fn correction(
    desk: &mut Desk<'_, '_>,
    draft: &ReversalDraft,
    act: &Act,
    kept: Vec<Kept>,
    number: OwnNumber,
) -> Result<Posting, TableError> {
    let mut sheet = Sheet::new(desk, act.fund, draft.date, Some(Part::Came))?;
    for kept in kept {
        match kept {
            Kept::Item(item) => {
                if let (Some(record), Some(axes)) = (item.record(), item.axes.clone()) {
                    sheet.entries.push(LedgerEntry {
                        unit: Unit::Item(item.id),
                        record,
                        axes,
                        copies: 1,
                        sum: item.price,
                    });
                }
                sheet.items.insert(item.id, *item);
            }
            Kept::Layer(id, layer, copies, price) => {
                if let Some(card) = layer_card(desk, &sheet, Unit::Layer(id, layer))? {
                    layer_back(&mut sheet, card, layer, (copies, price));
                }
            }
        }
    }
    let paper = Paper {
        number: Some(number),
        body: ActBody::Correction {
            of: act.id,
            came_by: source_of(act),
            reason: draft.reason.clone(),
        },
        storno_of: None,
        corrects: act.row.as_ref().map(|row| (row.year, row.number)),
        document: None,
        note: draft.reason.clone(),
    };
    sheet.finish(desk, paper)
}

/// Copies come back at another price: on their own layer when nothing else is left on it, else on a
/// new one.
fn layer_back(sheet: &mut Sheet, mut card: Card, number: u32, (copies, price): (u32, Kopecks)) {
    let (date, act) = (sheet.date, sheet.act);
    let (id, next) = (card.id, card.layers.last().map_or(1, |l| l.number + 1));
    let Some(place) = card.layers.iter().position(|l| l.number == number) else {
        return;
    };
    if card.layers[place].copies == 0 {
        let mut layer = card.layers.remove(place);
        layer.copies = copies;
        layer.reprice(price, date, act);
        sheet.enter_layer(card, layer);
        if let Some(card) = sheet.cards.get_mut(&id) {
            card.layers.sort_by_key(|l| l.number);
        }
    } else {
        let mut layer = card.layers[place].clone();
        layer.number = next;
        layer.copies = copies;
        layer.on_loan = 0;
        layer.places.clear();
        layer.since = Some(date);
        layer.reprice(price, date, act);
        sheet.enter_layer(card, layer);
    }
}
