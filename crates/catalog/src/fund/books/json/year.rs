//! The registers of a year as they are written out: row by row, never all in memory.

use std::ops::ControlFlow;

use serde::ser::{Error as _, SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{
    bookkeeping, came_row, card, check, closing, counters, item, left_row, part3, quarters,
};
use crate::fund::books::{
    Counters, SummaryBook, YearBooks, card_book, counters as counters_of, inventory_book, oo2,
};
use crate::fund::item::Card;
use crate::table::{TableError, View};

/// All registers of the year, written row by row: the inventory book of a large fund fits no memory.
pub struct Year<'a> {
    books: &'a YearBooks,
    view: &'a dyn View,
    cards: Vec<(Card, Vec<i64>)>,
    counters: Counters,
    closed_by: Option<Value>,
}

impl<'a> Year<'a> {
    /// Of these books; a closed year names the entry that closed it.
    ///
    /// # Errors
    /// [`TableError`] when the state is damaged.
    pub fn of(
        view: &'a dyn View,
        books: &'a YearBooks,
        closed_by: Option<Value>,
    ) -> Result<Self, TableError> {
        Ok(Self {
            books,
            view,
            cards: card_book(view, &books.library, books.year)?,
            counters: counters_of(view, books)?,
            closed_by,
        })
    }
}

impl Serialize for Year<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let books = self.books;
        let by_fund = |of: &dyn Fn(&SummaryBook) -> Value| -> Value {
            let rows = books.funds.iter();
            Value::Object(rows.map(|b| (b.fund.code().to_owned(), of(b))).collect())
        };
        let checks = books.checks.iter();
        let checks: Vec<Value> = checks
            .filter_map(|c| check(books, &self.cards, c))
            .collect();
        let combined = books.combined();
        let numbered = self.cards.iter().filter(|(card, _)| card.number.is_some());
        let mut year = serializer.serialize_map(None)?;
        year.serialize_entry("library", &books.library)?;
        year.serialize_entry("year", &books.year)?;
        year.serialize_entry("ksu_part1", &Each(&books.came, |act| came_row(books, act)))?;
        year.serialize_entry("ksu_part2", &Each(&books.left, |act| left_row(books, act)))?;
        year.serialize_entry("ksu_part3", &by_fund(&|book| part3(&books.policy, book)))?;
        year.serialize_entry("ksu_part3_quarters", &by_fund(&quarters))?;
        year.serialize_entry("combined_closing", &closing(&combined.closing))?;
        year.serialize_entry("inventory_check", &checks.last())?;
        year.serialize_entry("inventory_checks", &checks)?;
        year.serialize_entry("copies_by_inventory_number", &Inventory(self))?;
        year.serialize_entry(
            "batch_cards_closing",
            &numbered.map(card).collect::<Vec<_>>(),
        )?;
        year.serialize_entry("counters_after", &counters(books.year, &self.counters))?;
        year.serialize_entry("oo2_section_2_6", &section_2_6(books))?;
        year.serialize_entry("bookkeeping", &bookkeeping(&combined))?;
        if let Some(closed_by) = &self.closed_by {
            year.serialize_entry("closed_by", closed_by)?;
        }
        year.end()
    }
}

/// Things written one after another, each in this shape.
struct Each<'a, T, F: Fn(&T) -> Value>(&'a [T], F);

impl<T, F: Fn(&T) -> Value> Serialize for Each<'_, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(&self.1))
    }
}

/// Инвентарная книга, read while it is written.
struct Inventory<'a>(&'a Year<'a>);

impl Serialize for Inventory<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Year { books, view, .. } = self.0;
        let mut rows = serializer.serialize_seq(None)?;
        let mut written = Ok(());
        inventory_book(*view, &books.library, books.year, |copy| {
            written = rows.serialize_element(&item(&copy));
            match written {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        })
        .map_err(S::Error::custom)?;
        written?;
        rows.end()
    }
}

fn section_2_6(books: &YearBooks) -> Vec<Value> {
    let rows = oo2(books);
    let shown = rows.iter().map(|row| {
        json!({
            "row": row.row,
            "label": row.label,
            "received": row.received,
            "withdrawn": row.withdrawn,
            "closing": row.closing,
        })
    });
    shown.collect()
}
