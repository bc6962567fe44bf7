//! Книги: КСУ parts 1–3, the inventory book, cards and counters, as values made from acts and days.
//!
//! Computed, never stored: part 3 adds day totals, rows are the acts' own. Views by the document's
//! date: a year may grow until it is closed.

mod counters;
pub mod json;
mod network;
mod oo2;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};

use jiff::civil::{Date, date};

pub use counters::Counters;
use counters::Sources;
pub use network::{NetworkBooks, network_books};
pub use oo2::{Oo2Row, oo2};

use super::act::{Act, Part};
use super::axis::Fund;
use super::item::{Card, Item};
use super::ledger::{Totals, Unit};
use super::policy::Policy;
use super::read;
use super::stock_check::StockCheck;
use super::tables::{
    Acts, Cards, Checks, DayTotals, Days, Entries, LibraryActs, LibraryCards, Policies, day_key,
};
use crate::id::LibraryId;
use crate::table::{Table as _, TableError, View, all, get, scan_from};

/// Движение фонда за период: row A, B, C and D of part 3.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Movement {
    /// Состоит на начало.
    pub opening: Totals,
    /// Поступило.
    pub came: Totals,
    /// Выбыло.
    pub left: Totals,
    /// Состоит на конец.
    pub closing: Totals,
}

/// Книга суммарного учёта одного фонда за год.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryBook {
    /// Фонд.
    pub fund: Fund,
    /// Год.
    pub year: i16,
    /// Часть 3.
    pub totals: Movement,
    /// По кварталам.
    pub quarters: Vec<Movement>,
}

/// Книги библиотеки за год: what is as long as the year. The inventory book, the cards and the counters, which are as
/// long as the fund, are read beside it: [`inventory_book`], [`card_book`], [`counters`].
#[derive(Clone, Debug)]
pub struct YearBooks {
    /// Чьи.
    pub library: LibraryId,
    /// Год.
    pub year: i16,
    /// Политика, by whose columns they are printed.
    pub policy: Policy,
    /// Часть 1 всех фондов in the order of posting.
    pub came: Vec<Act>,
    /// Часть 2 всех фондов in the order of posting.
    pub left: Vec<Act>,
    /// КСУ по фондам: MAIN and TEXTBOOK always, others in use.
    pub funds: Vec<SummaryBook>,
    /// Проверки, закрытые в этом году.
    pub checks: Vec<StockCheck>,
}

/// The books of a library for a year.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn year_books(
    view: &dyn View,
    library: &LibraryId,
    year: i16,
) -> Result<YearBooks, TableError> {
    let (mut came, mut left) = (Vec::new(), Vec::new());
    each_act(view, library, |act| {
        match act.row.as_ref().map(|row| row.part) {
            Some(Part::Came) if act.date.year() == year => came.push(act),
            Some(Part::Left) if act.date.year() == year => left.push(act),
            Some(Part::Came | Part::Left) | None => {}
        }
    })?;
    let mut checks = all::<Checks>(view, library)?;
    checks.retain(|check| {
        let result = check.result.as_ref();
        result.is_some_and(|result| result.entered().year() == year)
    });
    Ok(YearBooks {
        library: library.clone(),
        year,
        came,
        left,
        funds: summary_books(view, library, year)?,
        checks,
        policy: get::<Policies>(view, library)?.unwrap_or_default(),
    })
}

/// КСУ всех фондов за год: MAIN and TEXTBOOK always, others in use.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn summary_books(
    view: &dyn View,
    library: &LibraryId,
    year: i16,
) -> Result<Vec<SummaryBook>, TableError> {
    let mut books = Vec::new();
    for fund in Fund::ALL {
        let always = matches!(fund, Fund::Main | Fund::Textbook);
        if always || is_used(view, library, *fund)? {
            books.push(summary_book(view, library, *fund, year)?);
        }
    }
    Ok(books)
}

/// Whether anything was ever posted to this fund.
fn is_used(view: &dyn View, library: &LibraryId, fund: Fund) -> Result<bool, TableError> {
    let prefix = crate::table::key_bytes(&(library.clone(), fund.key()));
    let mut used = false;
    view.each_row(Days::ID, &prefix, &prefix, &mut |_, _| {
        used = true;
        ControlFlow::Break(())
    })?;
    Ok(used)
}

/// All acts of a library in the order of posting.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn acts(view: &dyn View, library: &LibraryId) -> Result<Vec<Act>, TableError> {
    let mut acts = Vec::new();
    each_act(view, library, |act| acts.push(act))?;
    Ok(acts)
}

/// So many acts of a library that were posted last, the latest first.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn last_acts(
    view: &dyn View,
    library: &LibraryId,
    most: usize,
) -> Result<Vec<Act>, TableError> {
    let ids = all::<LibraryActs>(view, library)?;
    let last = ids.iter().rev().take(most);
    let acts = last.filter_map(|id| get::<Acts>(view, id).transpose());
    acts.collect()
}

/// Acts of a library that fit, the latest first: how many there are, and those that `shown` says of so many.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn fitting_acts(
    view: &dyn View,
    library: &LibraryId,
    fits: impl Fn(&Act) -> bool,
    shown: impl FnOnce(usize) -> Range<usize>,
) -> Result<(usize, Vec<Act>), TableError> {
    let mut ids = Vec::new();
    each_act(view, library, |act| {
        ids.extend(fits(&act).then_some(act.id))
    })?;
    ids.reverse();
    let ids_shown = ids.get(shown(ids.len())).unwrap_or_default();
    let acts = ids_shown.iter();
    let acts = acts.filter_map(|id| get::<Acts>(view, id).transpose());
    Ok((ids.len(), acts.collect::<Result<_, _>>()?))
}

/// Every act of a library one after another, in the order of posting.
fn each_act(
    view: &dyn View,
    library: &LibraryId,
    mut see: impl FnMut(Act),
) -> Result<(), TableError> {
    for id in all::<LibraryActs>(view, library)? {
        if let Some(act) = get::<Acts>(view, &id)? {
            see(act);
        }
    }
    Ok(())
}

/// Part 3 of one fund's КСУ for a year, with its quarters.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn summary_book(
    view: &dyn View,
    library: &LibraryId,
    fund: Fund,
    year: i16,
) -> Result<SummaryBook, TableError> {
    let year = year.clamp(1, 9998);
    let quarters: Vec<(Date, Date)> = [(1, 3), (4, 6), (7, 9), (10, 12)]
        .into_iter()
        .map(|(from, to)| (date(year, from, 1), date(year, to, 1).last_of_month()))
        .collect();
    let mut books = Vec::new();
    for (from, to) in &quarters {
        books.push(movement(view, library, fund, *from, *to)?);
    }
    Ok(SummaryBook {
        fund,
        year,
        totals: movement(view, library, fund, date(year, 1, 1), date(year, 12, 31))?,
        quarters: books,
    })
}

/// Rows A–D for any span of days; an opening inside the span belongs to row A.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn movement(
    view: &dyn View,
    library: &LibraryId,
    fund: Fund,
    from: Date,
    to: Date,
) -> Result<Movement, TableError> {
    let mut sums = Movement::default();
    let (first, last) = (day_key(from), day_key(to));
    // The balances stand in row A of the whole year in which the books were opened (D-23).
    let opening = day_key(date(to.year(), 12, 31));
    each_day(view, library, fund, |day, totals| {
        if day <= opening {
            sums.opening.add(&totals.opened, 1);
        }
        if day < first {
            sums.opening.add(&totals.came, 1);
            sums.opening.add(&totals.left, -1);
        } else if day <= last {
            sums.came.add(&totals.came, 1);
            sums.left.add(&totals.left, 1);
        }
    })?;
    // Reasons and transfers are columns of part 2 only.
    sums.opening.reasons.clear();
    sums.opening.transferred = 0;
    sums.closing = sums.opening.clone();
    sums.closing.add(&sums.came, 1);
    sums.closing.add(&sums.left, -1);
    sums.closing.reasons.clear();
    sums.closing.transferred = 0;
    Ok(sums)
}

fn each_day(
    view: &dyn View,
    library: &LibraryId,
    fund: Fund,
    mut visit: impl FnMut(u64, &DayTotals),
) -> Result<(), TableError> {
    // A row does not carry its day, so the days are taken from the keys one by one.
    let prefix = (library.clone(), fund.key());
    let bytes = crate::table::key_bytes(&prefix);
    let mut days = Vec::new();
    view.each_row(Days::ID, &bytes, &bytes, &mut |key, _| {
        if let Some(tail) = key.last_chunk::<8>() {
            days.push(u64::from_be_bytes(*tail));
        }
        ControlFlow::Continue(())
    })?;
    for day in days {
        if let Some(totals) = get::<Days>(view, &(prefix.clone(), day))? {
            visit(day, &totals);
        }
    }
    Ok(())
}

fn cards(view: &dyn View, library: &LibraryId) -> Result<Vec<Card>, TableError> {
    let mut cards = Vec::new();
    for id in all::<LibraryCards>(view, library)? {
        cards.extend(get::<Cards>(view, &id)?);
    }
    Ok(cards)
}

/// Инвентарная книга on the last day of a year, row by row in the order of numbers: what came later is absent, what
/// changed later stands as before. Ends early when `see` breaks.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn inventory_book(
    view: &dyn View,
    library: &LibraryId,
    year: i16,
    mut see: impl FnMut(Item) -> ControlFlow<()>,
) -> Result<(), TableError> {
    let end = last_day(year);
    read::each_numbered(view, library, |item| {
        match item.entered().is_none_or(|day| day <= end) {
            true => see(item.at_end_of(end)),
            false => ControlFlow::Continue(()),
        }
    })
}

fn last_day(year: i16) -> Date {
    date(year.clamp(1, 9999), 12, 31)
}

/// Учётные карточки with what stood on each layer at the end of the year.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn card_book(
    view: &dyn View,
    library: &LibraryId,
    year: i16,
) -> Result<Vec<(Card, Vec<i64>)>, TableError> {
    let every = cards(view, library)?;
    cards_on(view, every, library, last_day(year))
}

/// Счётчики at the end of the year.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn counters(view: &dyn View, books: &YearBooks) -> Result<Counters, TableError> {
    let sources = Sources {
        view,
        library: &books.library,
        policy: &books.policy,
        acts: &acts(view, &books.library)?,
        checks: &all::<Checks>(view, &books.library)?,
        end: last_day(books.year),
    };
    let cards = cards(view, &books.library)?;
    sources.counters(&cards, books.funds.iter().map(|book| book.fund))
}

/// Cards with the copies of each layer that stood on a day.
fn cards_on(
    view: &dyn View,
    every: Vec<Card>,
    library: &LibraryId,
    end: Date,
) -> Result<Vec<(Card, Vec<i64>)>, TableError> {
    let mut later: BTreeMap<Unit, i64> = BTreeMap::new();
    let mut after = Vec::new();
    each_act(view, library, |act| {
        after.extend((act.date > end).then_some(act))
    })?;
    for act in after {
        let sign = match act.row.as_ref().map(|row| row.part) {
            Some(Part::Left) => 1,
            None | Some(Part::Came) => -1,
        };
        for entry in all::<Entries>(view, &act.id)? {
            if matches!(entry.unit, Unit::Layer(..)) {
                *later.entry(entry.unit).or_default() += sign * entry.copies;
            }
        }
    }
    let mut cards = Vec::new();
    for mut card in every {
        let id = card.id;
        card.layers.retain(|layer| layer.entered() <= end);
        for layer in &mut card.layers {
            layer.price = layer.price_on(end);
        }
        if card.layers.is_empty() {
            continue;
        }
        let stood = (card.layers.iter())
            .map(|layer| {
                let back = later.get(&Unit::Layer(id, layer.number)).unwrap_or(&0);
                i64::from(layer.copies) + back
            })
            .collect();
        cards.push((card, stood));
    }
    cards.sort_by_key(|(card, _)| (card.number.is_none(), card.number, card.id));
    Ok(cards)
}

impl YearBooks {
    /// Состоит на конец года по всем фондам; a transfer between them is no movement of the whole.
    #[must_use]
    pub fn combined(&self) -> Movement {
        let mut sum = Movement::default();
        for book in &self.funds {
            sum.opening.add(&book.totals.opening, 1);
            sum.came.add(&book.totals.came, 1);
            sum.left.add(&book.totals.left, 1);
            sum.closing.add(&book.totals.closing, 1);
        }
        for act in self.came.iter().filter(|act| act.between_funds()) {
            sum.came.add(&act.totals, -1);
        }
        for act in self.left.iter().filter(|act| act.between_funds()) {
            sum.left.add(&act.totals, -1);
        }
        sum
    }
}

/// Years in which the library has acts, oldest first.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn years(view: &dyn View, library: &LibraryId) -> Result<Vec<i16>, TableError> {
    let mut years = BTreeSet::new();
    scan_from::<LibraryActs>(
        view,
        library,
        &(library.clone(), crate::id::ActId::new(0)),
        |id| {
            years.insert(id);
            ControlFlow::Continue(())
        },
    )?;
    let mut found = BTreeSet::new();
    for id in years {
        if let Some(act) = get::<Acts>(view, &id)?
            && act.row.is_some()
        {
            found.insert(act.date.year());
        }
    }
    Ok(found.into_iter().collect())
}
