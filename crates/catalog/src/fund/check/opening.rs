//! Ввод остатков: what stood on the day the books were opened, and the numbers taken before.
//!
//! A large opening comes in parts of at most 2,000 lines; the last part closes the day.

use std::ops::ControlFlow;

use jiff::civil::Date;

use super::sheet::{Paper, Sheet};
use super::units::NewItem;
use super::{Desk, axes, bounds};
use crate::fund::act::ActBody;
use crate::fund::axis::{Fund, Registration, Series, Source};
use crate::fund::change::FundChange;
use crate::fund::draft::{HistoryLine, OpeningCard, OpeningDraft, OpeningItem};
use crate::fund::item::{Item, Layer, LeftMark};
use crate::fund::money::Kopecks;
use crate::fund::number::InventoryNumber;
use crate::fund::policy::{ActNumbering, Ksu1Numbering, Ksu2Numbering};
use crate::fund::state::ItemState;
use crate::fund::tables::{LibraryActs, series};
use crate::fund::title::Axes;
use crate::rule::Rule;
use crate::table::{TableError, scan};

pub(super) fn judge(desk: &mut Desk<'_, '_>, draft: &OpeningDraft) -> Result<(), TableError> {
    let Some(date) =
        (draft.closed_through).or_else(|| draft.as_of.and_then(|day| day.yesterday().ok()))
    else {
        desk.refuse(
            Rule::FileShape,
            "/opening/closed_through",
            "Впишите, по какой день всё закрыто (closed_through) или на какой день остатки (as_of)",
        );
        return Ok(());
    };
    if let Some(as_of) = draft.as_of.filter(|day| Some(*day) != date.tomorrow().ok()) {
        desk.refuse(
            Rule::DateOrder,
            "/opening/as_of",
            format!("Остатки на {as_of}, а закрыто по {date}: as_of – следующий день"),
        );
    }
    if !bounds::opening(desk, draft) {
        return Ok(());
    }
    let books = desk.books()?;
    let first = draft.chunk.0 <= 1;
    let continues = books.opening_parts == (draft.chunk.0.saturating_sub(1), draft.chunk.1);
    if first && (books.opened.is_some() || has_acts(desk)?) || !first && !continues {
        desk.refuse(
            Rule::OpeningOnce,
            "/opening",
            "У библиотеки уже есть записи: остатки вводят один раз и до первого поступления",
        );
        return Ok(());
    }
    let funds = funds(draft);
    let number = desk.act_number(Series::Opening, date.year(), Fund::Main, None, "/opening")?;
    for (n, fund) in funds.iter().enumerate() {
        let mut sheet = Sheet::new(desk, *fund, date, None)?;
        lines(desk, &mut sheet, draft)?;
        let last = n + 1 == funds.len();
        if last && draft.chunk.0 == draft.chunk.1 {
            counters(desk, &mut sheet, draft, date)?;
        }
        let paper = Paper {
            number: Some(number.clone()),
            body: ActBody::Opening,
            storno_of: None,
            corrects: None,
            document: None,
            note: note(draft),
        };
        let posting = Box::new(sheet.finish(desk, paper)?);
        if !desk.refused() {
            let chunk = draft.chunk;
            desk.emit(FundChange::Opened {
                posting,
                date,
                chunk,
            })?;
        }
    }
    Ok(())
}

fn has_acts(desk: &Desk<'_, '_>) -> Result<bool, TableError> {
    let mut any = false;
    scan::<LibraryActs>(desk.tables, &desk.library.id, |_| {
        any = true;
        ControlFlow::Break(())
    })?;
    Ok(any)
}

/// The funds that the opening brings units to; an empty one opens the books of the main fund.
fn funds(draft: &OpeningDraft) -> Vec<Fund> {
    let used = Fund::ALL.iter().copied().filter(|f| uses(draft, *f));
    let funds: Vec<Fund> = used.collect();
    if funds.is_empty() {
        vec![Fund::Main]
    } else {
        funds
    }
}

fn uses(draft: &OpeningDraft, fund: Fund) -> bool {
    let mut items = draft.items.iter().map(|l| l.fund.unwrap_or(l.title.fund));
    let mut cards = draft.cards.iter().map(|l| l.fund.unwrap_or(l.title.fund));
    items.any(|f| f == fund)
        || cards.any(|f| f == fund)
        || draft.history.iter().any(|l| l.fund == fund)
}

fn note(draft: &OpeningDraft) -> String {
    let ranges: Vec<String> = draft
        .before_system
        .iter()
        .map(|(from, to)| format!("{from}–{to}"))
        .collect();
    if ranges.is_empty() {
        String::new()
    } else {
        format!("Номера, выбывшие до системы: {}", ranges.join(", "))
    }
}

fn lines(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    draft: &OpeningDraft,
) -> Result<(), TableError> {
    for (n, line) in draft.items.iter().enumerate() {
        if line.fund.unwrap_or(line.title.fund) == sheet.fund {
            one_item(desk, sheet, line, &format!("/opening/copies/{n}"))?;
        }
    }
    for (n, line) in draft.cards.iter().enumerate() {
        if line.fund.unwrap_or(line.title.fund) == sheet.fund {
            one_card(desk, sheet, line, &format!("/opening/batch_cards/{n}"))?;
        }
    }
    for (n, line) in draft.history.iter().enumerate() {
        if line.fund == sheet.fund {
            history(
                desk,
                sheet,
                line,
                &format!("/opening/withdrawn_history/{n}"),
            )?;
        }
    }
    Ok(())
}

/// A number of an opening need not be the next one; it must be nobody else's.
fn register(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    number: &InventoryNumber,
    place: &str,
) -> Result<(), TableError> {
    let ours = sheet.named.contains(number);
    if ours || desk.item(number)?.is_some() {
        desk.refuse(
            Rule::DuplicateInventoryNumber,
            format!("{place}/inv"),
            format!("Номер {number} стоит в остатках дважды: исправьте один из них"),
        );
    }
    let name = series::inventory(&number.prefix);
    let last = sheet.last(desk, &name)?.max(number.number);
    sheet.numbers.insert(name, last);
    Ok(())
}

fn check_price(desk: &mut Desk<'_, '_>, axes: &Axes, price: Kopecks, label: &str, place: &str) {
    if price < Kopecks::ZERO || axes.on_balance && price == Kopecks::ZERO {
        desk.refuse(
            Rule::PriceRequired,
            format!("{place}/price_kop"),
            format!("«{label}»: у принятого на баланс есть цена больше нуля; без цены – on_balance = false"),
        );
    }
}

fn one_item(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    line: &OpeningItem,
    place: &str,
) -> Result<(), TableError> {
    let title = &line.title;
    let axes = axes::settle(
        desk,
        title,
        sheet.fund,
        Source::Opening,
        line.on_balance,
        place,
    );
    check_price(desk, &axes, line.price, title.label(), place);
    if let Some(at) = &line.place {
        desk.place(at, &format!("{place}/place"))?;
    }
    if let Some(number) = &line.number {
        register(desk, sheet, number, place)?;
    }
    let new = NewItem {
        title,
        axes,
        price: line.price,
        shelfmark: line.shelfmark.clone(),
        place: line.place.clone(),
        replaces: None,
        formerly: None,
    };
    sheet.enter_item(desk, line.number.clone(), new, Source::Opening);
    Ok(())
}

fn one_card(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    line: &OpeningCard,
    place: &str,
) -> Result<(), TableError> {
    let title = &line.title;
    let how = if line.number.is_some() || title.registration == Registration::Inventory {
        Registration::BatchCard
    } else {
        title.registration
    };
    let number = match (line.number, how) {
        (Some(number), _) => Some(number),
        (None, Registration::BatchCard) => Some(sheet.last(desk, series::CARD)? + 1),
        (None, _) => None,
    };
    if let Some(number) = number {
        if sheet.card_by_number(desk, number)?.is_some() {
            desk.refuse(
                Rule::CardNumberOrder,
                format!("{place}/card_no"),
                format!("Карточка {number} стоит в остатках дважды: исправьте одну из них"),
            );
        }
        let last = sheet.last(desk, series::CARD)?.max(number);
        sheet.numbers.insert(series::CARD.to_owned(), last);
    }
    let card = sheet.new_card_row(desk, number, how, title);
    let id = card.id;
    sheet.cards.insert(id, card);
    for (n, given) in line.layers.iter().enumerate() {
        let place = format!("{place}/layers/{n}");
        let axes = axes::settle(desk, title, sheet.fund, Source::Opening, None, &place);
        check_price(desk, &axes, given.price, title.label(), &place);
        let next = u32::try_from(n + 1).unwrap_or(u32::MAX);
        let number = given.number.unwrap_or(next);
        let Some(card) = sheet.cards.get(&id).cloned() else {
            return Ok(());
        };
        if card.layers.last().is_some_and(|l| l.number >= number) || number == 0 {
            desk.refuse(
                Rule::CardNumberOrder,
                format!("{place}/layer"),
                format!("Строки карточки идут по возрастанию: ожидается {next}"),
            );
        }
        let layer = Layer {
            number,
            year: given.year,
            unit: String::new(),
            price: given.price,
            copies: given.copies,
            on_loan: 0,
            prices: Vec::new(),
            places: Vec::new(),
            axes,
            came: sheet.came(Source::Opening),
            since: None,
        };
        sheet.enter_layer(card, layer);
    }
    Ok(())
}

/// A number that left before: taken for ever, counted nowhere.
fn history(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    line: &HistoryLine,
    place: &str,
) -> Result<(), TableError> {
    register(desk, sheet, &line.number, place)?;
    let id = sheet.new_item();
    let item = Item {
        number: Some(line.number.clone()),
        title: line.title.clone(),
        price: line.price,
        left: Some(LeftMark {
            act: None,
            label: line.act.clone(),
            year: line.act_year,
            row: line.row,
            date: None,
            reason: line.reason,
            sub_reason: line.sub_reason,
        }),
        ..Item::blank(id, desk.library.id.clone(), line.fund, ItemState::Withdrawn)
    };
    sheet.named.insert(line.number.clone());
    sheet.items.insert(id, item);
    Ok(())
}

/// Counters of the source: never below what the data show.
fn counters(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    draft: &OpeningDraft,
    date: Date,
) -> Result<(), TableError> {
    let given = &draft.counters;
    let year = date.year();
    for (_, to) in &draft.before_system {
        let name = series::inventory(&to.prefix);
        let last = sheet.last(desk, &name)?.max(to.number);
        sheet.numbers.insert(name, last);
    }
    let mut stated: Vec<(String, u64, &str)> = Vec::new();
    if let Some(next) = given.next_number {
        stated.push((
            series::inventory(""),
            next.saturating_sub(1),
            "next_inventory_no",
        ));
    }
    if let Some(next) = given.next_card {
        stated.push((
            series::CARD.to_owned(),
            next.saturating_sub(1),
            "next_batch_card_no",
        ));
    }
    // A counter that begins anew each year belongs to the year that is closed (FA-22).
    let restarts = desk.policy.ksu1_numbering == Ksu1Numbering::RestartYearlyPerFund;
    for (fund, last) in &given.last_came {
        let name = series::row(1, *fund, restarts.then_some(year));
        stated.push((name, u64::from(*last), "ksu1_last_no"));
    }
    let restarts = desk.policy.ksu2_numbering == Ksu2Numbering::RestartYearly;
    for line in draft.history.iter().filter(|_| !restarts) {
        let name = series::row(2, line.fund, None);
        let last = sheet.last(desk, &name)?.max(line.row.map_or(0, u64::from));
        sheet.numbers.insert(name, last);
    }
    for (fund, last) in &given.last_left {
        let name = series::row(2, *fund, restarts.then_some(year));
        stated.push((name, u64::from(*last), "ksu2_last_no"));
    }
    for (kind, year, fund, last) in &given.last_acts {
        for own in numbered_apart(desk, *fund) {
            let name = series::act(*kind, *year, own);
            stated.push((name, u64::from(*last), "acts_last_no"));
        }
    }
    for (name, last, key) in stated {
        let known = sheet.last(desk, &name)?;
        let several = key == "acts_last_no" && sheet.numbers.contains_key(&name);
        if last < known && !several {
            desk.refuse(
                Rule::CounterTooLow,
                format!("/opening/counters/{key}"),
                format!("Счётчик меньше, чем уже есть в остатках: последний номер – {known}"),
            );
        }
        sheet.numbers.insert(name, last.max(known));
    }
    Ok(())
}

/// For which funds a counter of acts is stated: a common one goes on in each that numbers its own.
fn numbered_apart(desk: &Desk<'_, '_>, fund: Option<Fund>) -> Vec<Option<Fund>> {
    match (desk.policy.act_numbering, fund) {
        (ActNumbering::PerSeriesPerYearPerLibrary, _) => vec![None],
        (ActNumbering::PerFund, Some(fund)) => vec![Some(fund)],
        (ActNumbering::PerFund, None) => Fund::ALL.iter().copied().map(Some).collect(),
    }
}
