//! Сторно выбытия: what the act took comes back as it stood, at its accounting price.

use super::target::Target;
use super::{layer_card, struck};
use crate::fund::act::{Act, ActBody};
use crate::fund::check::Desk;
use crate::fund::check::sheet::Sheet;
use crate::fund::check::units::other_title;
use crate::fund::ledger::{LedgerEntry, Unit};
use crate::fund::state::ItemState;
use crate::fund::tables::{Acts, Entries, Items, LibraryActs};
use crate::id::ItemId;
use crate::rule::Rule;
use crate::table::{TableError, all, get};

pub(super) fn undo(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    act: &Act,
    target: &Target,
) -> Result<(), TableError> {
    if target.price.is_some() {
        let detail = "Сторно списания возвращает единицу по её учётной цене: уберите цену, неверную исправляют у поступления";
        desk.refuse(
            Rule::StornoTarget,
            format!("{}/price_kop", target.place),
            detail,
        );
    }
    match target.unit {
        Unit::Item(id) => item_back(desk, sheet, act, (id, target)),
        Unit::Layer(_, number) => copies_back(desk, sheet, act, (number, target)),
    }
}

fn item_back(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    act: &Act,
    (id, target): (ItemId, &Target),
) -> Result<(), TableError> {
    let Some(mut item) = get::<Items>(desk.tables, &id)? else {
        return Ok(());
    };
    let named = target.title.as_ref().map(|title| title.record);
    if named.is_some() && named != item.record() {
        let what = format!("номер {}", item.number.clone().unwrap_or_default());
        let title = item.title.as_ref().map_or("", |title| title.label());
        other_title(desk, &what, title, &target.place);
    }
    let left_by = item.left.as_ref().and_then(|left| left.act);
    let (Some(record), Some(axes)) = (item.record(), item.axes.clone()) else {
        return Ok(());
    };
    if item.state != ItemState::Withdrawn || left_by != Some(act.id) {
        let number = item.number.clone().unwrap_or_default();
        desk.refuse(
            Rule::StornoTarget,
            target.place.clone(),
            format!(
                "Номер {number} {}: этим актом он не списан",
                item.state.label()
            ),
        );
    }
    sheet.entries.push(LedgerEntry {
        unit: target.unit,
        record,
        axes,
        copies: -1,
        sum: -item.price,
    });
    item.state = item.previous.take().unwrap_or(ItemState::Available);
    let left = item.left.take().map(|mark| (mark, sheet.date));
    item.left_until.extend(left);
    sheet.items.insert(id, item);
    Ok(())
}

fn copies_back(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    act: &Act,
    (number, target): (u32, &Target),
) -> Result<(), TableError> {
    let Some(mut card) = layer_card(desk, sheet, target.unit)? else {
        return Ok(());
    };
    let standing = taken_by(desk, act, target.unit)?;
    if i64::from(target.copies) > standing {
        let asked = target.copies;
        desk.refuse(
            Rule::InsufficientCopies,
            target.place.clone(),
            format!("Этим актом списано {standing}, в исправлении {asked}"),
        );
        return Ok(());
    }
    let record = card.title.record;
    for layer in card.layers.iter_mut().filter(|l| l.number == number) {
        sheet.entries.push(struck(target, record, layer));
        layer.copies += target.copies;
    }
    sheet.cards.insert(card.id, card);
    Ok(())
}

/// Copies of a layer that an act took and no reversal has given back.
fn taken_by(desk: &Desk<'_, '_>, act: &Act, unit: Unit) -> Result<i64, TableError> {
    let mut copies = 0;
    for id in all::<LibraryActs>(desk.tables, &desk.library.id)? {
        let concerns = id == act.id
            || get::<Acts>(desk.tables, &id)?
                .is_some_and(|a| matches!(a.body, ActBody::Reversal { of, .. } if of == act.id));
        if concerns {
            let entries = all::<Entries>(desk.tables, &id)?;
            copies += entries
                .iter()
                .filter(|e| e.unit == unit)
                .map(|e| e.copies)
                .sum::<i64>();
        }
    }
    Ok(copies)
}
