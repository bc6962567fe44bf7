//! Проверка наличия: fixed on the day it begins, closed when every unit has an outcome.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Desk, bounds};
use crate::fund::act::ActNumber;
use crate::fund::axis::{Fund, Registration, Series};
use crate::fund::change::{FundChange, ItemMove};
use crate::fund::draft::{CheckCloseDraft, CheckStartDraft};
use crate::fund::item::{Card, Item};
use crate::fund::ledger::{Count, Unit};
use crate::fund::number::InventoryNumber;
use crate::fund::state::{ItemState, Movement};
use crate::fund::stock_check::{CheckResult, Expected, StockCheck};
use crate::fund::tables::{Cards, Checks, Items, LibraryCards, LibraryItems, series};
use crate::id::ItemId;
use crate::rule::Rule;
use crate::table::{TableError, all, get};

pub(super) fn start(desk: &mut Desk<'_, '_>, draft: &CheckStartDraft) -> Result<(), TableError> {
    desk.book_day(draft.fund, draft.date)?;
    let checks = all::<Checks>(desk.tables, &desk.library.id)?;
    if checks
        .iter()
        .any(|c| c.fund == draft.fund && c.result.is_none())
    {
        desk.refuse(
            Rule::CheckOrder,
            "/fund",
            format!(
                "Проверка фонда «{}» уже идёт: сначала закройте её",
                draft.fund.label()
            ),
        );
    }
    let mut moves = Vec::new();
    for (n, number) in draft.on_loan.iter().enumerate() {
        moves.extend(moved(
            desk,
            number,
            Movement::FoundOnLoan,
            &format!("/on_loan_inv/{n}"),
        )?);
    }
    let expected = on_record(desk, draft.fund)?;
    if desk.refused() {
        return Ok(());
    }
    let id = desk.last(series::CHECK)? + 1;
    let check = StockCheck {
        id,
        library: desk.library.id.clone(),
        fund: draft.fund,
        started: draft.date,
        order: draft.order.clone(),
        event: desk.event.clone(),
        expected,
        result: None,
    };
    let event = desk.event.clone();
    desk.emit(FundChange::Checked {
        check: Box::new(check),
        items: moves,
        numbers: vec![(series::CHECK.to_owned(), id)],
        event,
    })
}

/// What stands in a fund now: items, and layers of batch cards.
fn on_record(desk: &Desk<'_, '_>, fund: Fund) -> Result<Vec<Expected>, TableError> {
    let mut expected = Vec::new();
    for id in all::<LibraryItems>(desk.tables, &desk.library.id)? {
        if let Some(item) = get::<Items>(desk.tables, &id)?
            && item.fund == fund
            && item.state.on_record()
        {
            expected.push(Expected {
                unit: Unit::Item(id),
                copies: 1,
                price: item.price,
            });
        }
    }
    for id in all::<LibraryCards>(desk.tables, &desk.library.id)? {
        if let Some(card) = get::<Cards>(desk.tables, &id)?
            && card.fund == fund
            && card.registration == Registration::BatchCard
        {
            expected.extend(
                card.layers
                    .iter()
                    .filter(|l| l.copies > 0)
                    .map(|layer| Expected {
                        unit: Unit::Layer(id, layer.number),
                        copies: layer.copies,
                        price: layer.price,
                    }),
            );
        }
    }
    Ok(expected)
}

fn moved(
    desk: &mut Desk<'_, '_>,
    number: &InventoryNumber,
    movement: Movement,
    place: &str,
) -> Result<Option<ItemMove>, TableError> {
    let Some(item) = desk.item(number)? else {
        desk.refuse(
            Rule::InventoryNumberUnknown,
            place,
            format!("Номера {number} нет в инвентарной книге: проверьте номер"),
        );
        return Ok(None);
    };
    match item.state.after(movement, item.previous) {
        Some(to) => Ok(Some(ItemMove {
            item: item.id,
            to,
            restrict_on_return: item.restrict_on_return,
        })),
        None => {
            desk.refuse(
                Rule::StateOrder,
                place,
                format!(
                    "Номер {number} {}: {} невозможна",
                    item.state.label(),
                    movement.label()
                ),
            );
            Ok(None)
        }
    }
}

/// What the commission brought, by items.
struct Seen {
    missing: BTreeSet<ItemId>,
    seen: Option<BTreeSet<ItemId>>,
    strangers: i64,
}

pub(super) fn close(desk: &mut Desk<'_, '_>, draft: &CheckCloseDraft) -> Result<(), TableError> {
    if !bounds::check(desk, draft) {
        return Ok(());
    }
    desk.open_day(draft.date)?;
    let checks = all::<Checks>(desk.tables, &desk.library.id)?;
    let open = checks
        .into_iter()
        .find(|c| c.fund == draft.fund && c.result.is_none());
    let Some(mut check) = open else {
        desk.refuse(
            Rule::CheckOrder,
            "/fund",
            format!(
                "Проверка фонда «{}» не начата: сначала начните её",
                draft.fund.label()
            ),
        );
        return Ok(());
    };
    let drawn = draft
        .act
        .as_ref()
        .and_then(|act| act.date)
        .unwrap_or(draft.date);
    if draft.date < check.started || drawn < check.started || drawn > draft.date {
        desk.refuse(
            Rule::DateBeforeDocument,
            "/date",
            format!(
                "Проверка начата {}, акт от {drawn}: исправьте даты",
                check.started
            ),
        );
    }
    let claimed = draft.act.as_ref().and_then(|act| act.number);
    let (number, counter) =
        desk.act_number(Series::Check, drawn.year(), draft.fund, claimed, "/act/no")?;
    let seen = seen(desk, draft, &check)?;
    known_layers(desk, draft, &check)?;
    let surplus = i64::from(draft.surplus) + seen.strangers;
    let mut result = blank(number, (drawn, draft.date), surplus);
    let moves = outcomes(desk, draft, &check, &seen, &mut result)?;
    if desk.refused() {
        return Ok(());
    }
    result.missing_numbers.sort();
    check.result = Some(result);
    let event = desk.event.clone();
    desk.emit(FundChange::Checked {
        check: Box::new(check),
        items: moves,
        numbers: vec![counter],
        event,
    })
}

fn blank(number: ActNumber, (date, closed): (Date, Date), surplus: i64) -> CheckResult {
    CheckResult {
        number,
        date,
        closed: Some(closed),
        on_record: Count::default(),
        on_loan: 0,
        elsewhere: 0,
        on_shelf: 0,
        claimed: 0,
        left_meanwhile: 0,
        missing: Count::default(),
        missing_numbers: Vec::new(),
        missing_items: Vec::new(),
        missing_layers: Vec::new(),
        surplus,
    }
}

/// Gives every expected unit its outcome; what has none is named.
fn outcomes(
    desk: &mut Desk<'_, '_>,
    draft: &CheckCloseDraft,
    check: &StockCheck,
    seen: &Seen,
    result: &mut CheckResult,
) -> Result<Vec<ItemMove>, TableError> {
    let mut moves = Vec::new();
    let mut forgotten = Vec::new();
    for expected in &check.expected {
        result.on_record.copies += i64::from(expected.copies);
        result.on_record.sum += expected.price * i64::from(expected.copies);
        match expected.unit {
            Unit::Item(id) => {
                if let Some(item) = get::<Items>(desk.tables, &id)? {
                    outcome(&item, seen, result, &mut moves, &mut forgotten);
                }
            }
            Unit::Layer(id, layer) => {
                if let Some(card) = get::<Cards>(desk.tables, &id)? {
                    layer_outcome(desk, draft, &card, (layer, expected), result);
                }
            }
        }
    }
    if !forgotten.is_empty() {
        let list: Vec<String> = forgotten.iter().take(20).map(ToString::to_string).collect();
        desk.refuse(
            Rule::CheckIncomplete,
            "/seen_inv",
            format!(
                "Без исхода {}: {}. Отметьте каждый найденным, выданным или отсутствующим",
                forgotten.len(),
                list.join(", ")
            ),
        );
    }
    Ok(moves)
}

fn seen(
    desk: &mut Desk<'_, '_>,
    draft: &CheckCloseDraft,
    check: &StockCheck,
) -> Result<Seen, TableError> {
    let expected: BTreeSet<ItemId> = check
        .expected
        .iter()
        .filter_map(|e| match e.unit {
            Unit::Item(id) => Some(id),
            Unit::Layer(..) => None,
        })
        .collect();
    let mut missing = BTreeSet::new();
    for (n, number) in draft.missing.iter().enumerate() {
        match desk.item(number)? {
            Some(item) if expected.contains(&item.id) => {
                let after = item.state.after(Movement::CheckMissing, item.previous);
                if item.state.on_record() && after.is_none() {
                    let what = Movement::CheckMissing.label();
                    let detail =
                        format!("Номер {number} {}: {what} невозможна", item.state.label());
                    desk.refuse(Rule::StateOrder, format!("/missing_inv/{n}"), detail);
                }
                missing.insert(item.id);
            }
            Some(_) | None => desk.refuse(
                Rule::InventoryNumberUnknown,
                format!("/missing_inv/{n}"),
                format!("Номер {number} на день начала проверки в фонде не числился: уберите его"),
            ),
        }
    }
    let mut strangers = 0;
    let mut found = None;
    if let Some(numbers) = &draft.seen {
        let mut set = BTreeSet::new();
        for (n, number) in numbers.iter().enumerate() {
            match desk.item(number)? {
                Some(item) if missing.contains(&item.id) => desk.refuse(
                    Rule::CheckIncomplete,
                    format!("/seen_inv/{n}"),
                    format!(
                        "Номер {number} назван и найденным, и отсутствующим: оставьте один исход"
                    ),
                ),
                Some(item) if expected.contains(&item.id) => {
                    set.insert(item.id);
                }
                Some(item) if item.state.on_record() => {}
                Some(_) | None => strangers += 1,
            }
        }
        found = Some(set);
    }
    Ok(Seen {
        missing,
        seen: found,
        strangers,
    })
}

/// Missing copies are named by a card and its line that stood on the day of the cut-off.
fn known_layers(
    desk: &mut Desk<'_, '_>,
    draft: &CheckCloseDraft,
    check: &StockCheck,
) -> Result<(), TableError> {
    for (n, line) in draft.missing_layers.iter().enumerate() {
        let card = match line.card {
            Some(number) => desk.card(number)?,
            None => None,
        };
        let stood = |layer: u32| {
            let unit = card.as_ref().map(|card| Unit::Layer(card.id, layer));
            check.expected.iter().any(|e| Some(e.unit) == unit)
        };
        if line.layer.is_none_or(|layer| !stood(layer)) {
            desk.refuse(
                Rule::CardUnknown,
                format!("/missing_cards/{n}"),
                "Назовите карточку и её строку, которые числились на день начала проверки",
            );
        }
    }
    Ok(())
}

fn outcome(
    item: &Item,
    seen: &Seen,
    result: &mut CheckResult,
    moves: &mut Vec<ItemMove>,
    forgotten: &mut Vec<InventoryNumber>,
) {
    let number = item.number.clone().unwrap_or_default();
    let scanned = seen.seen.as_ref().is_some_and(|set| set.contains(&item.id));
    let gone = seen.missing.contains(&item.id) || item.state == ItemState::Missing && !scanned;
    let move_to = |to| ItemMove {
        item: item.id,
        to,
        restrict_on_return: item.restrict_on_return,
    };
    if !item.state.on_record() {
        result.left_meanwhile += 1;
    } else if gone {
        result.missing.copies += 1;
        result.missing.sum += item.price;
        result.missing_numbers.push(number);
        result.missing_items.push(item.id);
        moves.push(move_to(ItemState::Missing));
    } else if scanned {
        result.on_shelf += 1;
        if matches!(item.state, ItemState::Missing | ItemState::LostClaimed) {
            moves.push(move_to(ItemState::Available));
        }
    } else {
        match item.state {
            ItemState::OnLoan => result.on_loan += 1,
            ItemState::LentOut | ItemState::InRepair => result.elsewhere += 1,
            ItemState::LostClaimed => result.claimed += 1,
            ItemState::Available
            | ItemState::Restricted
            | ItemState::SelectedForWithdrawal
            | ItemState::Missing
            | ItemState::InProcessing
            | ItemState::Withdrawn
            | ItemState::Voided => {
                if seen.seen.is_some() {
                    forgotten.push(number);
                } else {
                    result.on_shelf += 1;
                }
            }
        }
    }
}

fn layer_outcome(
    desk: &mut Desk<'_, '_>,
    draft: &CheckCloseDraft,
    card: &Card,
    (number, expected): (u32, &Expected),
    result: &mut CheckResult,
) {
    let Some(layer) = card.layer(number) else {
        return;
    };
    let missing: u32 = draft
        .missing_layers
        .iter()
        .filter(|l| l.card == card.number && l.layer.is_none_or(|n| n == number))
        .map(|l| l.copies)
        .sum();
    let left = expected.copies.saturating_sub(layer.copies);
    let stands = expected.copies - left;
    let on_loan = layer.on_loan.min(stands);
    if missing > stands - on_loan {
        desk.refuse(
            Rule::InsufficientCopies,
            "/missing_cards",
            format!(
                "Карточка {}, строка {number}: на полках числится {}, отсутствующими названо {missing}",
                card.number.unwrap_or(0),
                stands - on_loan
            ),
        );
        return;
    }
    if missing > 0 {
        result.missing_layers.push((card.id, number, missing));
    }
    result.left_meanwhile += i64::from(left);
    result.on_loan += i64::from(on_loan);
    result.missing.copies += i64::from(missing);
    result.missing.sum += expected.price * i64::from(missing);
    result.on_shelf += i64::from(stands - on_loan - missing);
}
