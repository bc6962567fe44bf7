//! Переоценка: new prices, no copies; what became dearer is a row of part 1, cheaper of part 2.

use std::collections::BTreeSet;

use super::sheet::{Paper, Sheet};
use super::units::{self, Named};
use super::{Desk, bounds};
use crate::fund::act::{ActBody, Part};
use crate::fund::axis::Series;
use crate::fund::change::FundChange;
use crate::fund::draft::{RevaluationDraft, UnitLine};
use crate::fund::ledger::{LedgerEntry, Unit};
use crate::fund::money::Kopecks;
use crate::rule::Rule;
use crate::table::TableError;

pub(super) fn judge(desk: &mut Desk<'_, '_>, draft: &RevaluationDraft) -> Result<(), TableError> {
    if !bounds::units(desk, &draft.lines) {
        return Ok(());
    }
    desk.book_day(draft.fund, draft.date)?;
    if draft.reason.trim().is_empty() {
        desk.refuse(
            Rule::NoteRequired,
            "/reason",
            "Впишите основание переоценки: приказ, комиссию, коэффициент",
        );
    }
    if draft.lines.is_empty() {
        desk.refuse(
            Rule::EmptyAct,
            "/lines",
            "В акте нет строк: впишите новые цены",
        );
    }
    let year = draft.date.year();
    let number = desk.act_number(
        Series::Revaluation,
        year,
        draft.fund,
        draft.number,
        "/act/no",
    )?;
    let mut seen = BTreeSet::new();
    for part in [Part::Came, Part::Left] {
        let mut sheet = Sheet::new(desk, draft.fund, draft.date, Some(part))?;
        for (n, line) in draft.lines.iter().enumerate() {
            let place = format!("/lines/{n}");
            let found = one_line(desk, &mut sheet, line, part, &place)?;
            // Both parts go over the same lines, so that the first has seen them all.
            if let Some((unit, changes)) = found.filter(|_| part == Part::Came) {
                once(desk, seen.insert(unit), changes, &place);
            }
        }
        if sheet.entries.is_empty() || desk.refused() {
            continue;
        }
        let paper = Paper {
            number: Some(number.clone()),
            body: ActBody::Revaluation {
                reason: draft.reason.clone(),
            },
            storno_of: None,
            corrects: None,
            document: None,
            note: draft.reason.clone(),
        };
        let posting = sheet.finish(desk, paper)?;
        desk.emit(FundChange::Posted(Box::new(posting)))?;
    }
    Ok(())
}

fn one_line(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    line: &UnitLine,
    part: Part,
    place: &str,
) -> Result<Option<(Unit, bool)>, TableError> {
    let Some(price) = new_price(desk, line, part, place) else {
        return Ok(None);
    };
    let mut found = None;
    let mut whole = line.clone();
    whole.copies = whole.copies.max(1);
    let belongs = |old: Kopecks| (price > old) == (part == Part::Came) && price != old;
    let change = |old: Kopecks| {
        if price > old {
            price - old
        } else {
            old - price
        }
    };
    match units::find(desk, sheet, &whole, place)? {
        Some(Named::Item(mut item)) if item.state.on_record() => {
            let (Some(record), Some(axes)) = (item.record(), item.axes.clone()) else {
                return Ok(None);
            };
            found = Some((Unit::Item(item.id), price != item.price));
            if belongs(item.price) {
                sheet.entries.push(LedgerEntry {
                    unit: Unit::Item(item.id),
                    record,
                    axes,
                    copies: 0,
                    sum: change(item.price),
                });
                item.reprice(price, sheet.date, sheet.act);
                sheet.items.insert(item.id, *item);
            }
        }
        Some(Named::Item(item)) => desk.refuse(
            Rule::StateOrder,
            place,
            format!(
                "Экземпляр {}: переоценивают только то, что состоит в фонде",
                item.state.label()
            ),
        ),
        Some(Named::Layer(mut card, number)) => {
            let record = card.title.record;
            for layer in card.layers.iter_mut().filter(|l| l.number == number) {
                found = Some((Unit::Layer(card.id, number), price != layer.price));
                if belongs(layer.price) {
                    sheet.entries.push(LedgerEntry {
                        unit: Unit::Layer(card.id, number),
                        record,
                        axes: layer.axes.clone(),
                        copies: 0,
                        sum: change(layer.price) * i64::from(layer.copies),
                    });
                    layer.reprice(price, sheet.date, sheet.act);
                }
            }
            sheet.cards.insert(card.id, *card);
        }
        None => {}
    }
    Ok(found)
}

/// A unit has one new price, and it is another than the present one.
fn once(desk: &mut Desk<'_, '_>, first: bool, changes: bool, place: &str) {
    if !first {
        let detail = "Единица названа дважды: уберите повтор";
        desk.refuse(Rule::RepeatedLine, place, detail);
    } else if !changes {
        let detail = "Цена и сейчас такая: впишите новую или уберите строку";
        desk.refuse(Rule::NothingChanges, format!("{place}/price_kop"), detail);
    }
}

/// Both parts go over the same lines, so a missing price is named by the first.
fn new_price(desk: &mut Desk<'_, '_>, line: &UnitLine, part: Part, place: &str) -> Option<Kopecks> {
    let price = line.price.filter(|price| *price > Kopecks::ZERO);
    if price.is_none() && part == Part::Came {
        desk.refuse(
            Rule::PriceRequired,
            format!("{place}/price_kop"),
            "Впишите новую цену больше нуля",
        );
    }
    price
}
