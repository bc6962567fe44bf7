//! Перевод: to another fund by a pair of rows with equal amounts, or to other columns of the same
//! fund by one row with nothing in total.
//!
//! Price, number and balance stay; only what a unit is counted by changes.

use super::sheet::{Paper, Sheet};
use super::units::{self, Named};
use super::{Desk, axes, bounds};
use crate::fund::act::{ActBody, ActNumber, Part};
use crate::fund::axis::{Fund, Registration, Series, Source};
use crate::fund::change::FundChange;
use crate::fund::draft::{Columns, ReclassifyDraft, UnitLine};
use crate::fund::item::{Card, CountedMark, Item, Layer};
use crate::fund::ledger::{LedgerEntry, Unit};
use crate::fund::state::ItemState;
use crate::fund::tables::{Checks, series};
use crate::fund::title::{Axes, TitleFacts};
use crate::rule::Rule;
use crate::table::{TableError, all};

/// What has left one fund and must arrive in the other.
enum Passing {
    Item(Box<Item>, Axes),
    Layer(Box<Card>, Box<Layer>),
}

pub(super) fn judge(desk: &mut Desk<'_, '_>, draft: &ReclassifyDraft) -> Result<(), TableError> {
    let named: Vec<UnitLine> = draft.lines.iter().map(|(line, _)| line.clone()).collect();
    if !bounds::units(desk, &named) {
        return Ok(());
    }
    let to = draft.to.unwrap_or(draft.fund);
    desk.book_day(draft.fund, draft.date)?;
    if to != draft.fund && !desk.refused() {
        desk.book_day(to, draft.date)?;
        no_check_runs(desk, to)?;
    }
    no_check_runs(desk, draft.fund)?;
    if draft.reason.trim().is_empty() {
        desk.refuse(
            Rule::NoteRequired,
            "/reason",
            "Впишите основание перевода: решение или приказ",
        );
    }
    if draft.lines.is_empty() {
        desk.refuse(
            Rule::EmptyAct,
            "/lines",
            "В акте нет строк: впишите, что переводится",
        );
    }
    let year = draft.date.year();
    let number = desk.act_number(Series::Internal, year, draft.fund, draft.number, "/act/no")?;
    let part = if to == draft.fund {
        Part::Came
    } else {
        Part::Left
    };
    let mut sheet = Sheet::new(desk, draft.fund, draft.date, Some(part))?;
    let mut passing = Vec::new();
    for (n, (line, columns)) in draft.lines.iter().enumerate() {
        let place = format!("/lines/{n}");
        passing.extend(one_line(desk, &mut sheet, (line, columns), to, &place)?);
    }
    let posting = sheet.finish(desk, paper(draft, &number, to))?;
    if desk.refused() {
        return Ok(());
    }
    desk.emit(FundChange::Posted(Box::new(posting)))?;
    if to == draft.fund {
        return Ok(());
    }
    let mut sheet = Sheet::new(desk, to, draft.date, Some(Part::Came))?;
    for unit in passing {
        arrive(desk, &mut sheet, unit)?;
    }
    let posting = sheet.finish(desk, paper(draft, &number, draft.fund))?;
    desk.emit(FundChange::Posted(Box::new(posting)))
}

/// Both rows of a pair stand on one paper.
fn paper(draft: &ReclassifyDraft, number: &(ActNumber, (String, u64)), other: Fund) -> Paper {
    Paper {
        number: Some(number.clone()),
        body: ActBody::Reclassification {
            other,
            reason: draft.reason.clone(),
        },
        storno_of: None,
        corrects: None,
        document: None,
        note: draft.reason.clone(),
    }
}

/// A check lists what stood in the fund when it began.
fn no_check_runs(desk: &mut Desk<'_, '_>, fund: Fund) -> Result<(), TableError> {
    let checks = all::<Checks>(desk.tables, &desk.library.id)?;
    if checks.iter().any(|c| c.fund == fund && c.result.is_none()) {
        desk.refuse(
            Rule::CheckOrder,
            "/fund",
            format!(
                "Идёт проверка фонда «{}»: закройте её, потом переводите",
                fund.label()
            ),
        );
    }
    Ok(())
}

fn one_line(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    (line, columns): (&UnitLine, &Columns),
    to: Fund,
    place: &str,
) -> Result<Option<Passing>, TableError> {
    match units::find(desk, sheet, line, place)? {
        Some(Named::Item(item)) => Ok(one_item(desk, sheet, (*item, columns), to, place)),
        Some(Named::Layer(card, number)) => {
            let asked = (number, line.copies);
            Ok(one_layer(desk, sheet, (*card, asked, columns), to, place))
        }
        None => Ok(None),
    }
}

fn one_item(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    (mut item, columns): (Item, &Columns),
    to: Fund,
    place: &str,
) -> Option<Passing> {
    match item.state {
        ItemState::Available
        | ItemState::OnLoan
        | ItemState::LentOut
        | ItemState::InRepair
        | ItemState::Restricted => {}
        ItemState::InProcessing
        | ItemState::LostClaimed
        | ItemState::Missing
        | ItemState::SelectedForWithdrawal
        | ItemState::Withdrawn
        | ItemState::Voided => {
            desk.refuse(
                Rule::StateOrder,
                place,
                format!(
                    "Номер {} {}: переводят то, что есть в фонде и не отобрано к списанию",
                    item.number.clone().unwrap_or_default(),
                    item.state.label()
                ),
            );
            return None;
        }
    }
    let (title, old) = (item.title.clone()?, item.axes.clone()?);
    let source = item.came.map_or(Source::Opening, |came| came.source);
    let new = counted(desk, (&title, &old, columns), (source, to), place);
    differ(desk, (&old, &new), sheet.fund == to, place);
    let unit = Unit::Item(item.id);
    let entry = |axes: &Axes, copies: i64| LedgerEntry {
        unit,
        record: title.record,
        axes: axes.clone(),
        copies,
        sum: item.price * copies,
    };
    if sheet.fund == to {
        sheet.entries.extend([entry(&old, -1), entry(&new, 1)]);
    } else {
        sheet.entries.push(entry(&old, 1));
    }
    let passing = (sheet.fund != to).then(|| Passing::Item(Box::new(item.clone()), new.clone()));
    if sheet.fund == to {
        count_anew(&mut item, sheet, to, new);
    }
    sheet.items.insert(item.id, item);
    passing
}

fn one_layer(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    (mut card, (number, copies), columns): (Card, (u32, u32), &Columns),
    to: Fund,
    place: &str,
) -> Option<Passing> {
    let at = card.layers.iter().position(|l| l.number == number)?;
    let layer = card.layers[at].clone();
    let free = layer.copies - layer.on_loan;
    let whole = copies == layer.copies && sheet.fund == to;
    if copies > free && !whole {
        desk.refuse(
            Rule::InsufficientCopies,
            format!("{place}/copies"),
            format!(
                "«{}», строка {number}: перевести можно {free}, в акте {copies}; выданное сначала верните",
                card.title.label()
            ),
        );
        return None;
    }
    let new = counted(
        desk,
        (&card.title, &layer.axes, columns),
        (layer.came.source, to),
        place,
    );
    differ(desk, (&layer.axes, &new), sheet.fund == to, place);
    let (old, record) = (layer.axes.clone(), card.title.record);
    let moved = i64::from(copies);
    let sign = if sheet.fund == to { -1 } else { 1 };
    sheet.entries.push(LedgerEntry {
        unit: Unit::Layer(card.id, number),
        record,
        axes: old,
        copies: sign * moved,
        sum: layer.price * (sign * moved),
    });
    if whole {
        card.layers[at].axes = new.clone();
        sheet.entries.push(LedgerEntry {
            unit: Unit::Layer(card.id, number),
            record,
            axes: new,
            copies: moved,
            sum: layer.price * moved,
        });
        sheet.cards.insert(card.id, card);
        return None;
    }
    card.layers[at].copies -= copies;
    let mut apart = layer;
    apart.copies = copies;
    apart.on_loan = 0;
    apart.axes = new;
    apart.prices.clear();
    apart.places.clear();
    apart.came = sheet.came(Source::InternalMove);
    apart.since = None;
    if sheet.fund == to {
        apart.number = card.layers.last().map_or(1, |l| l.number + 1);
        sheet.enter_layer(card, apart);
        return None;
    }
    sheet.cards.insert(card.id, card.clone());
    Some(Passing::Layer(Box::new(card), Box::new(apart)))
}

fn count_anew(item: &mut Item, sheet: &Sheet, to: Fund, axes: Axes) {
    if let Some(old) = item.axes.replace(axes) {
        item.counted.push(CountedMark {
            until: sheet.date,
            fund: item.fund,
            axes: old,
            title: None,
        });
    }
    item.fund = to;
}

/// What left one fund is entered in the other, as a row of its own.
fn arrive(desk: &mut Desk<'_, '_>, sheet: &mut Sheet, passing: Passing) -> Result<(), TableError> {
    match passing {
        Passing::Item(mut item, axes) => {
            if let Some(record) = item.record() {
                sheet.entries.push(LedgerEntry {
                    unit: Unit::Item(item.id),
                    record,
                    axes: axes.clone(),
                    copies: 1,
                    sum: item.price,
                });
            }
            let to = sheet.fund;
            count_anew(&mut item, sheet, to, axes);
            sheet.items.insert(item.id, *item);
        }
        Passing::Layer(from, mut layer) => {
            let how = from.registration;
            let known = sheet.card_of(desk, from.title.record, Some(how))?;
            let card = match known {
                Some(card) => card,
                None => new_card(desk, sheet, &from)?,
            };
            layer.number = card.layers.last().map_or(1, |l| l.number + 1);
            layer.came = sheet.came(Source::InternalMove);
            sheet.enter_layer(card, *layer);
        }
    }
    Ok(())
}

fn new_card(desk: &Desk<'_, '_>, sheet: &mut Sheet, from: &Card) -> Result<Card, TableError> {
    let mut number = None;
    if from.registration == Registration::BatchCard {
        let next = sheet.last(desk, series::CARD)? + 1;
        sheet.numbers.insert(series::CARD.to_owned(), next);
        number = Some(next);
    }
    Ok(sheet.new_card_row(desk, number, from.registration, &from.title))
}

/// The axes after the transfer: what the line names is new, everything else stays.
fn counted(
    desk: &mut Desk<'_, '_>,
    (title, old, columns): (&TitleFacts, &Axes, &Columns),
    (source, to): (Source, Fund),
    place: &str,
) -> Axes {
    let mut title = title.clone();
    title.kind = columns.kind.unwrap_or(old.kind);
    title.purpose = columns.purpose.or(old.purpose);
    title.grades = columns.grades.or(title.grades);
    let stays = Some(old.content.clone()).filter(|content| !content.is_empty());
    title.content = columns.content.clone().or(stays).or(title.content);
    let settled = axes::settle(desk, &title, to, source, Some(old.on_balance), place);
    let same_grade = to.counts_by_grade() && columns.grades.is_none() && old.content.is_empty();
    Axes {
        kind: settled.kind,
        content: settled.content,
        grade: if same_grade { old.grade } else { settled.grade },
        purpose: title.purpose,
        ..old.clone()
    }
}

fn differ(desk: &mut Desk<'_, '_>, (old, new): (&Axes, &Axes), same_fund: bool, place: &str) {
    if same_fund && old == new {
        desk.refuse(
            Rule::NothingChanges,
            place,
            "После перевода ничего не меняется: впишите другой фонд, графу содержания, вид, класс или назначение",
        );
    }
}
