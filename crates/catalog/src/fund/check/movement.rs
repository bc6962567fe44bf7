//! Движение: loans, returns, losses and finds change a state and no book.

use std::collections::BTreeMap;

use super::{Desk, bounds};
use crate::fund::change::{FundChange, ItemMove};
use crate::fund::draft::{MovementDraft, UnitLine};
use crate::fund::item::Card;
use crate::fund::state::{ItemState, Movement};
use crate::id::{CardId, ItemId};
use crate::rule::Rule;
use crate::table::TableError;

pub(super) fn judge(desk: &mut Desk<'_, '_>, draft: &MovementDraft) -> Result<(), TableError> {
    if !bounds::units(desk, &draft.lines) {
        return Ok(());
    }
    desk.open_day(draft.date)?;
    if draft.lines.is_empty() {
        desk.refuse(
            Rule::EmptyAct,
            "/inv",
            "Не назван ни один экземпляр: впишите его номер",
        );
    }
    let mut items: BTreeMap<ItemId, ItemMove> = BTreeMap::new();
    let mut layers: BTreeMap<(CardId, u32), u32> = BTreeMap::new();
    for (n, line) in draft.lines.iter().enumerate() {
        let place = if draft.lines.len() == 1 {
            "/inv".to_owned()
        } else {
            format!("/lines/{n}/inv")
        };
        if line.number.is_some() {
            if let Some(moved) = one_item(desk, line, draft.movement, &place)? {
                items.insert(moved.item, moved);
            }
        } else {
            one_layer(desk, line, draft.movement, &mut layers, &place)?;
        }
    }
    if desk.refused() {
        return Ok(());
    }
    let change = FundChange::Moved {
        library: desk.library.id.clone(),
        date: draft.date,
        items: items.into_values().collect(),
        layers: layers.into_iter().map(|((c, l), n)| (c, l, n)).collect(),
        holder: draft.holder.trim().to_owned(),
        note: draft.note.clone(),
        event: desk.event.clone(),
    };
    desk.emit(change)
}

fn one_item(
    desk: &mut Desk<'_, '_>,
    line: &UnitLine,
    movement: Movement,
    place: &str,
) -> Result<Option<ItemMove>, TableError> {
    let number = line.number.clone().unwrap_or_default();
    let Some(item) = desk.item(&number)? else {
        desk.refuse(
            Rule::InventoryNumberUnknown,
            place,
            format!("Номера {number} нет в инвентарной книге: проверьте номер"),
        );
        return Ok(None);
    };
    let Some(mut to) = item.state.after(movement, item.previous) else {
        let advice = if item.state == ItemState::Withdrawn && movement == Movement::Found {
            "; найденный после списания принимают новым актом (FOUND_AFTER_WRITE_OFF)"
        } else {
            "; проверьте номер и состояние"
        };
        desk.refuse(
            Rule::StateOrder,
            place,
            format!(
                "Номер {number} {}: {} невозможна{advice}",
                item.state.label(),
                movement.label()
            ),
        );
        return Ok(None);
    };
    let waits =
        item.restrict_on_return || movement == Movement::Restrict && to == ItemState::OnLoan;
    let back = waits && to == ItemState::Available;
    if back {
        to = ItemState::Restricted;
    }
    Ok(Some(ItemMove {
        item: item.id,
        to,
        restrict_on_return: waits && !back,
    }))
}

fn one_layer(
    desk: &mut Desk<'_, '_>,
    line: &UnitLine,
    movement: Movement,
    layers: &mut BTreeMap<(CardId, u32), u32>,
    place: &str,
) -> Result<(), TableError> {
    let card = match line.card {
        Some(number) => desk.card(number)?,
        None => None,
    };
    let found = card.as_ref().and_then(|card: &Card| match line.layer {
        Some(number) => card.layer(number),
        None => card.layers.iter().find(|l| l.copies > 0),
    });
    let (Some(card), Some(layer)) = (card.as_ref(), found) else {
        desk.refuse(
            Rule::CardUnknown,
            place,
            "Впишите инвентарный номер или номер карточки и её строки",
        );
        return Ok(());
    };
    let on_loan = layers
        .get(&(card.id, layer.number))
        .copied()
        .unwrap_or(layer.on_loan);
    let after = match movement {
        Movement::Loan => Some(on_loan + line.copies).filter(|n| *n <= layer.copies),
        Movement::Return => on_loan.checked_sub(line.copies),
        Movement::Lend
        | Movement::Repair
        | Movement::Restrict
        | Movement::Lift
        | Movement::LossClaim
        | Movement::Found
        | Movement::Select
        | Movement::Deselect
        | Movement::FoundOnLoan
        | Movement::CheckMissing => None,
    };
    match after {
        Some(after) => {
            layers.insert((card.id, layer.number), after);
        }
        None => desk.refuse(
            Rule::InsufficientCopies,
            place,
            format!(
                "Карточка {}, строка {}: состоит {}, выдано {on_loan}; {} на {} невозможна",
                card.number.unwrap_or(0),
                layer.number,
                layer.copies,
                movement.label(),
                line.copies
            ),
        ),
    }
    Ok(())
}
