//! Выбытие: one approved act, one reason, one fund; a transfer has no reason.

use super::sheet::{Paper, Sheet};
use super::units::{self, Named};
use super::{Desk, bounds};
use crate::fund::act::{ActBody, ActLabel, Part};
use crate::fund::axis::{Reason, Series, SubReason};
use crate::fund::change::FundChange;
use crate::fund::draft::{ActDraft, WithdrawalDraft};
use crate::fund::item::{Card, Item, LeftMark};
use crate::fund::ledger::{LedgerEntry, Unit};
use crate::fund::policy::WithdrawalDate;
use crate::fund::state::ItemState;
use crate::fund::stock_check::StockCheck;
use crate::fund::tables::Checks;
use crate::rule::Rule;
use crate::table::{TableError, all};
use jiff::civil::Date;

pub(super) fn judge(desk: &mut Desk<'_, '_>, draft: &WithdrawalDraft) -> Result<(), TableError> {
    if !bounds::units(desk, &draft.lines) {
        return Ok(());
    }
    let reason = reason(desk, draft);
    if draft.lines.is_empty() {
        desk.refuse(
            Rule::EmptyAct,
            "/lines",
            "В акте нет строк: впишите, что выбывает",
        );
    }
    let approved = draft
        .act
        .as_ref()
        .and_then(|act| act.approved.map(|day| (act, day)));
    let confirmed = approved.and_then(|(act, _)| confirmed(desk, act));
    let date = draft.date.or(confirmed).or(approved.map(|(_, day)| day));
    if let Some(date) = date {
        desk.book_day(draft.fund, date)?;
    }
    let Some(((act, approved), date)) = approved.zip(date) else {
        desk.refuse(
            Rule::ActRequired,
            "/act",
            "Нет утверждённого акта: впишите его номер, дату и дату утверждения",
        );
        return Ok(());
    };
    dates(desk, act, (approved, confirmed), date);
    let basis = basis(desk, draft)?;
    let drawn = act.date.unwrap_or(approved);
    let series = series_of(desk, draft, act);
    let number = desk.act_number(series, drawn.year(), draft.fund, act.number, "/act/no")?;
    let mut sheet = Sheet::new(desk, draft.fund, date, Some(Part::Left))?;
    let mark = LeftMark {
        act: Some(sheet.act),
        label: ActLabel::Number(number.0.number),
        year: number.0.year,
        row: Some(sheet.row),
        date: Some(date),
        reason,
        sub_reason: draft.sub_reason,
    };
    take(desk, &mut sheet, draft, &mark, basis.as_ref())?;
    let body = ActBody::Withdrawal {
        drawn,
        approved,
        reason,
        sub_reason: draft.sub_reason,
        basis: draft.basis,
        receiver: draft.receiver.clone(),
    };
    let paper = Paper {
        number: Some(number),
        body,
        storno_of: None,
        corrects: None,
        document: None,
        note: draft.note.clone(),
    };
    let posting = sheet.finish(desk, paper)?;
    if !desk.refused() {
        desk.emit(FundChange::Posted(Box::new(posting)))?;
    }
    Ok(())
}

fn series_of(desk: &mut Desk<'_, '_>, draft: &WithdrawalDraft, act: &ActDraft) -> Series {
    if draft.transfer && act.series == Series::Withdrawal && act.number.is_none() {
        return Series::Transfer;
    }
    if !(act.series == Series::Withdrawal || draft.transfer && act.series == Series::Transfer) {
        desk.refuse(
            Rule::ActNumberOrder,
            "/act/series",
            format!(
                "«{}» – не ряд актов выбытия: впишите WITHDRAWAL, для передачи – TRANSFER",
                act.series.label()
            ),
        );
    }
    act.series
}

fn take(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    draft: &WithdrawalDraft,
    mark: &LeftMark,
    basis: Option<&StockCheck>,
) -> Result<(), TableError> {
    for (n, line) in draft.lines.iter().enumerate() {
        let place = format!("/lines/{n}");
        match units::find(desk, sheet, line, &place)? {
            Some(Named::Item(item)) => {
                take_item(desk, sheet, *item, (mark, &draft.receiver), basis, &place);
            }
            Some(Named::Layer(card, layer)) => {
                if let Some(check) = basis {
                    missed(desk, check, (&card, layer, line.copies), &place);
                }
                take_layer(desk, sheet, *card, (layer, line.copies), mark, &place);
            }
            None => {}
        }
    }
    Ok(())
}

/// The one reason of the act; `None` for a transfer.
fn reason(desk: &mut Desk<'_, '_>, draft: &WithdrawalDraft) -> Option<Reason> {
    let mut named: Vec<Reason> = draft.reason.into_iter().collect();
    for reason in draft.lines.iter().filter_map(|line| line.reason) {
        if !named.contains(&reason) {
            named.push(reason);
        }
    }
    if draft.transfer {
        if !named.is_empty() {
            desk.refuse(
                Rule::MixedReason,
                "/reason",
                "У передачи причины списания нет: уберите причину или проведите списание отдельным актом",
            );
        }
        return None;
    }
    if named.len() > 1 {
        let names: Vec<&str> = named.iter().map(|r| r.label()).collect();
        desk.refuse(
            Rule::MixedReason,
            "/reason",
            format!(
                "В акте причины: {}. Составьте отдельный акт на каждую",
                names.join(", ")
            ),
        );
    }
    let reason = named.first().copied();
    if reason.is_none() {
        desk.refuse(
            Rule::ReasonRequired,
            "/reason",
            "Причина не указана: назовите одну из пяти – утрата (LOSS), ветхость (WEAR), дефектность (DEFECT), устарелость (OBSOLETE), непрофильность (OFF_PROFILE)",
        );
    }
    if draft.sub_reason.is_some() && reason != Some(Reason::Loss) {
        desk.refuse(
            Rule::ReasonRequired,
            "/sub_reason",
            "Подпричина бывает только у утраты: уберите её или исправьте причину",
        );
    }
    reason
}

/// The day on which bookkeeping confirmed the act, where the policy dates rows by it.
fn confirmed(desk: &Desk<'_, '_>, act: &ActDraft) -> Option<Date> {
    let by_it = desk.policy.withdrawal_posting_date == WithdrawalDate::BookkeepingConfirmationDate;
    act.confirmed.filter(|_| by_it)
}

fn dates(
    desk: &mut Desk<'_, '_>,
    act: &ActDraft,
    (approved, confirmed): (Date, Option<Date>),
    date: Date,
) {
    if let Some(confirmed) = confirmed.filter(|day| date < *day || *day < approved) {
        desk.refuse(
            Rule::DateBeforeDocument,
            "/act/confirmed",
            format!("Акт утверждён {approved}, подтверждён бухгалтерией {confirmed}, запись от {date}: исправьте даты"),
        );
    }
    let drawn = act.date.unwrap_or(approved);
    if drawn > approved {
        desk.refuse(
            Rule::DateBeforeDocument,
            "/act/approved",
            format!("Акт от {drawn} утверждён раньше, {approved}: исправьте даты"),
        );
    }
    if date < approved {
        desk.refuse(
            Rule::DateBeforeDocument,
            "/date",
            format!("Акт утверждён {approved}: запись не бывает раньше"),
        );
    }
}

/// The stock check that a write-off of missing items stands on.
fn basis(
    desk: &mut Desk<'_, '_>,
    draft: &WithdrawalDraft,
) -> Result<Option<StockCheck>, TableError> {
    if draft.sub_reason != Some(SubReason::MissingAtCheck) {
        return Ok(None);
    }
    let checks = all::<Checks>(desk.tables, &desk.library.id)?;
    let found = checks.into_iter().find(|check| {
        check.fund == draft.fund
            && draft.basis.is_some()
            && check.result.as_ref().map(|r| r.number) == draft.basis
    });
    if found.is_none() {
        desk.refuse(
            Rule::BasisRequired,
            "/basis",
            "Недостачу списывают по акту проверки этого фонда: назовите его номер и год",
        );
    }
    Ok(found)
}

fn take_item(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    mut item: Item,
    (mark, receiver): (&LeftMark, &str),
    basis: Option<&StockCheck>,
    place: &str,
) {
    let number = item.number.clone().unwrap_or_default();
    let (state, reason) = (item.state, mark.reason);
    if let Err(rule) = state.may_leave(reason, mark.sub_reason) {
        let what = if rule == Rule::CopyOnLoan {
            "выбывает только как утрата читателем, иначе сначала верните его"
        } else if rule == Rule::AlreadyWithdrawn {
            "второй раз не выбывает: уберите строку"
        } else {
            "выбывает только как утрата: исправьте причину или отметьте, что он найден"
        };
        desk.refuse(
            rule,
            format!("{place}/inv"),
            format!("Номер {number} {}: {what}", state.label()),
        );
    } else if mark.sub_reason == Some(SubReason::MissingAtCheck) && state != ItemState::Missing {
        desk.refuse(
            Rule::StateOrder,
            format!("{place}/inv"),
            format!(
                "Номер {number} {}: недостачей списывают только не найденный при проверке",
                state.label()
            ),
        );
    } else if let Some(check) = basis
        && let Some(result) = &check.result
        && !result.missing_items.contains(&item.id)
    {
        desk.refuse(
            Rule::BasisRequired,
            format!("{place}/inv"),
            format!(
                "Номера {number} нет среди отсутствующих в акте проверки {}",
                result.number.number
            ),
        );
    }
    holder(desk, &item, (reason, receiver), place);
    let protected = item.title.as_ref().is_some_and(|title| title.protected);
    if protected && reason.is_some_and(|r| r != Reason::Loss) {
        desk.refuse(
            Rule::ProtectedItem,
            format!("{place}/inv"),
            format!("Номер {number} под защитой: по этой причине его не списывают"),
        );
    }
    let (Some(record), Some(axes)) = (item.record(), item.axes.clone()) else {
        return;
    };
    sheet.entries.push(LedgerEntry {
        unit: Unit::Item(item.id),
        record,
        axes,
        copies: 1,
        sum: item.price,
    });
    item.previous = Some(state);
    item.state = ItemState::Withdrawn;
    item.left = Some(mark.clone());
    sheet.items.insert(item.id, item);
}

/// What is lent out is transferred only to the one who holds it. Rule: FA-55.
fn holder(
    desk: &mut Desk<'_, '_>,
    item: &Item,
    (reason, receiver): (Option<Reason>, &str),
    place: &str,
) {
    let lent = item.state == ItemState::LentOut && reason.is_none() && !item.holder.is_empty();
    if lent && item.holder.to_lowercase() != receiver.trim().to_lowercase() {
        desk.refuse(
            Rule::CopyOnLoan,
            format!("{place}/inv"),
            format!(
                "Номер {} во временном пользовании у «{}», а передаётся «{}»: сначала верните его или исправьте получателя",
                item.number.clone().unwrap_or_default(),
                item.holder,
                receiver.trim()
            ),
        );
    }
}

/// Copies of a card leave as missing only as many as the check found missing on that line.
fn missed(
    desk: &mut Desk<'_, '_>,
    check: &StockCheck,
    (card, layer, copies): (&Card, u32, u32),
    place: &str,
) {
    let found = check
        .result
        .iter()
        .flat_map(|result| &result.missing_layers);
    let missing = found
        .filter(|(id, line, _)| *id == card.id && *line == layer)
        .map(|(_, _, copies)| *copies)
        .sum::<u32>();
    if copies > missing {
        desk.refuse(
            Rule::BasisRequired,
            format!("{place}/copies"),
            format!(
                "В акте проверки по карточке {}, строка {layer}, отсутствует {missing}, в акте выбытия {copies}",
                card.number.unwrap_or(0)
            ),
        );
    }
}

fn take_layer(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    mut card: Card,
    (number, copies): (u32, u32),
    mark: &LeftMark,
    place: &str,
) {
    let (record, id) = (card.title.record, card.id);
    let name = card.number.map_or_else(
        || format!("«{}»", card.title.label()),
        |n| format!("Карточка {n}"),
    );
    let lost = mark.reason == Some(Reason::Loss);
    for layer in card.layers.iter_mut().filter(|l| l.number == number) {
        let free = if lost {
            layer.copies
        } else {
            layer.copies.saturating_sub(layer.on_loan)
        };
        if copies > free {
            desk.refuse(
                Rule::InsufficientCopies,
                format!("{place}/copies"),
                format!("{name}, строка {number}: можно списать {free}, в акте {copies}"),
            );
            return;
        }
        layer.copies -= copies;
        layer.on_loan = layer.on_loan.min(layer.copies);
        sheet.entries.push(LedgerEntry {
            unit: Unit::Layer(id, number),
            record,
            axes: layer.axes.clone(),
            copies: i64::from(copies),
            sum: layer.price * i64::from(copies),
        });
    }
    sheet.cards.insert(id, card);
}
