//! Сторно переоценки: what still stands at the price of the act gets back the price before it.
//!
//! The row says by how much, for the copies that stand today; what has left since left at its price.

use super::layer_card;
use super::target::Target;
use crate::fund::act::{Act, Part};
use crate::fund::check::Desk;
use crate::fund::check::sheet::Sheet;
use crate::fund::item::{PriceMark, price_before};
use crate::fund::ledger::{LedgerEntry, Unit};
use crate::fund::money::Kopecks;
use crate::fund::tables::Items;
use crate::id::ActId;
use crate::rule::Rule;
use crate::table::{TableError, get};

pub(super) fn take_back(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    act: &Act,
    target: &Target,
) -> Result<(), TableError> {
    if target.price.is_some() || target.title.is_some() {
        desk.refuse(
            Rule::StornoTarget,
            target.place.clone(),
            "Переоценку сторнируют без новой цены: верную цену поставит новая переоценка",
        );
        return Ok(());
    }
    match target.unit {
        Unit::Item(id) => {
            let Some(mut item) = get::<Items>(desk.tables, &id)? else {
                return Ok(());
            };
            let (Some(record), Some(axes)) = (item.record(), item.axes.clone()) else {
                return Ok(());
            };
            let number = item.number.clone().unwrap_or_default();
            let name = format!("Номер {number}");
            let stands = item.state.on_record() && item.fund == act.fund;
            let before = earlier(desk, &name, &item.prices, act, target);
            if !stands {
                gone(desk, &format!("{name} {}", item.state.label()), target);
            }
            let (Some((price, by)), true) = (before, stands) else {
                return Ok(());
            };
            sheet.entries.push(LedgerEntry {
                unit: target.unit,
                record,
                axes,
                copies: 0,
                sum: back(act, item.price, price),
            });
            item.reprice(price, sheet.date, by.unwrap_or(sheet.act));
            sheet.items.insert(id, item);
        }
        Unit::Layer(id, number) => {
            let Some(mut card) = layer_card(desk, sheet, target.unit)? else {
                return Ok(());
            };
            let record = card.title.record;
            let name = format!("Карточка {}, строка {number}", card.number.unwrap_or(0));
            for layer in card.layers.iter_mut().filter(|l| l.number == number) {
                let Some((price, by)) = earlier(desk, &name, &layer.prices, act, target) else {
                    return Ok(());
                };
                if layer.copies == 0 {
                    gone(desk, &format!("{name} пуста"), target);
                }
                sheet.entries.push(LedgerEntry {
                    unit: target.unit,
                    record,
                    axes: layer.axes.clone(),
                    copies: 0,
                    sum: back(act, layer.price, price) * i64::from(layer.copies),
                });
                layer.reprice(price, sheet.date, by.unwrap_or(sheet.act));
            }
            sheet.cards.insert(id, card);
        }
    }
    Ok(())
}

/// The row of the act with minus: of part 1 what became dearer, of part 2 what became cheaper.
fn back(act: &Act, now: Kopecks, before: Kopecks) -> Kopecks {
    match act.row.as_ref().map(|row| row.part) {
        Some(Part::Left) => now - before,
        None | Some(Part::Came) => before - now,
    }
}

fn earlier(
    desk: &mut Desk<'_, '_>,
    name: &str,
    prices: &[PriceMark],
    act: &Act,
    target: &Target,
) -> Option<(Kopecks, Option<ActId>)> {
    let before = price_before(prices, act.id);
    if before.is_none() {
        desk.refuse(
            Rule::StornoTarget,
            target.place.clone(),
            format!("{name}: нынешняя цена поставлена не этой переоценкой. Сначала сторнируйте более позднюю"),
        );
    }
    before
}

fn gone(desk: &mut Desk<'_, '_>, what: &str, target: &Target) {
    desk.refuse(
        Rule::StornoTarget,
        target.place.clone(),
        format!("{what}: цену возвращают только тому, что состоит в этом фонде. Назовите строками остальное"),
    );
}
