//! Книги: КСУ parts 1–3, the inventory book, cards and counters, as values made from acts and days.
//!
//! Computed, never stored: part 3 adds day totals, rows are the acts' own. Views by the document's
//! date: a year may grow until it is closed.

mod counters;
pub mod json;
mod network;
mod oo2;

use std::collections::{BTreeMap, BTreeSet};

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
use super::stock_check::StockCheck;
use super::tables::{
    Acts, Cards, Checks, DayTotals, Days, Entries, Items, LibraryActs, LibraryCards, LibraryItems,
    Policies, day_key,
};
use crate::id::LibraryId;
use crate::table::{TableError, View, all, get, scan_from};

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

/// Все книги библиотеки за год.
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
    /// Инвентарная книга, by number.
    pub items: Vec<Item>,
    /// Карточки with what stood on each layer at the end of the year.
    pub cards: Vec<(Card, Vec<i64>)>,
    /// Счётчики at the end of the year.
    pub counters: Counters,
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
    let end = date(year.clamp(1, 9999), 12, 31);
    let acts = acts(view, library)?;
    let policy = get::<Policies>(view, library)?.unwrap_or_default();
    let mut funds: BTreeSet<Fund> = acts.iter().map(|act| act.fund).collect();
    funds.extend([Fund::Main, Fund::Textbook]);
    let mut books = Vec::new();
    for fund in &funds {
        books.push(summary_book(view, library, *fund, year)?);
    }
    let of_year = |part| {
        let fits = move |act: &&Act| {
            act.row.as_ref().is_some_and(|row| row.part == part) && act.date.year() == year
        };
        acts.iter().filter(fits).cloned().collect::<Vec<Act>>()
    };
    let checks = all::<Checks>(view, library)?;
    let closed = |c: &StockCheck| {
        c.result
            .as_ref()
            .is_some_and(|r| r.entered().year() == year)
    };
    let (every_item, every_card) = (items(view, library)?, cards(view, library)?);
    let sources = Sources {
        view,
        library,
        policy: &policy,
        acts: &acts,
        checks: &checks,
        end,
    };
    let counters = sources.counters(&every_item, &every_card, funds.iter().copied())?;
    Ok(YearBooks {
        library: library.clone(),
        year,
        counters,
        came: of_year(Part::Came),
        left: of_year(Part::Left),
        funds: books,
        items: inventory_book(every_item, end),
        cards: cards_on(view, every_card, &acts, end)?,
        checks: checks.into_iter().filter(closed).collect(),
        policy,
    })
}

/// All acts of a library in the order of posting.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn acts(view: &dyn View, library: &LibraryId) -> Result<Vec<Act>, TableError> {
    let mut acts = Vec::new();
    for id in all::<LibraryActs>(view, library)? {
        acts.extend(get::<Acts>(view, &id)?);
    }
    Ok(acts)
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
    view.each_row(
        <Days as crate::table::Table>::ID,
        &bytes,
        &bytes,
        &mut |key, _| {
            if let Some(tail) = key.last_chunk::<8>() {
                days.push(u64::from_be_bytes(*tail));
            }
            std::ops::ControlFlow::Continue(())
        },
    )?;
    for day in days {
        if let Some(totals) = get::<Days>(view, &(prefix.clone(), day))? {
            visit(day, &totals);
        }
    }
    Ok(())
}

fn items(view: &dyn View, library: &LibraryId) -> Result<Vec<Item>, TableError> {
    let mut items = Vec::new();
    for id in all::<LibraryItems>(view, library)? {
        items.extend(get::<Items>(view, &id)?);
    }
    Ok(items)
}

fn cards(view: &dyn View, library: &LibraryId) -> Result<Vec<Card>, TableError> {
    let mut cards = Vec::new();
    for id in all::<LibraryCards>(view, library)? {
        cards.extend(get::<Cards>(view, &id)?);
    }
    Ok(cards)
}

/// Инвентарная книга on the last day of a year: what came later is absent, what changed later
/// stands as before.
fn inventory_book(items: Vec<Item>, end: Date) -> Vec<Item> {
    let entered = |item: &Item| item.entered().is_none_or(|day| day <= end);
    let mut items: Vec<Item> = (items.into_iter())
        .filter(|item| item.number.is_some() && entered(item))
        .map(|item| item.at_end_of(end))
        .collect();
    items.sort_by(|a, b| a.number.cmp(&b.number));
    items
}

/// Cards with the copies of each layer that stood on a day.
fn cards_on(
    view: &dyn View,
    every: Vec<Card>,
    acts: &[Act],
    end: Date,
) -> Result<Vec<(Card, Vec<i64>)>, TableError> {
    let mut later: BTreeMap<Unit, i64> = BTreeMap::new();
    for act in acts.iter().filter(|act| act.date > end) {
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
            std::ops::ControlFlow::Continue(())
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
