//! Copies of a record in the words of a page and of the index: where, how many, free or not.
//!
//! Reads the fund and decides nothing about it.

use std::ops::ControlFlow;

use catalog::fund::item::{Card, Item};
use catalog::fund::state::ItemState;
use catalog::fund::tables::{Cards, Days, Items, RecordCards, RecordItems};
use catalog::id::{LibraryId, RecordId};
use catalog::table::{View, all, get, scan};
use catalog::{Catalog, Error};

use crate::view::Lang;

/// One item, or one card with its copies.
pub(crate) struct Holding {
    pub(crate) library: LibraryId,
    /// Inventory number; cards have none.
    pub(crate) number: Option<String>,
    pub(crate) shelfmark: Option<String>,
    /// How many stand on record here.
    pub(crate) copies: u32,
    /// How many can be had now.
    pub(crate) free: u32,
    /// The state, in Russian, and a number in the place of its `{}`.
    state: (&'static str, Option<u64>),
}

impl Holding {
    /// The state in words.
    pub(crate) fn state(&self, lang: Lang) -> String {
        match self.state {
            (words, Some(number)) => lang.with(words, number),
            (words, None) => lang.t(words).to_owned(),
        }
    }
}

/// Everything that stands on record under a bibliographic record.
pub(crate) fn of_record(catalog: &Catalog, record: RecordId) -> Result<Vec<Holding>, Error> {
    let view = catalog.view();
    let mut held = Vec::new();
    for item in items(view, record)? {
        if item.state.on_record() {
            held.push(of_item(item));
        }
    }
    for id in all::<RecordCards>(view, &record)? {
        if let Some(card) = get::<Cards>(view, &id)?.filter(|card| card.copies() > 0) {
            held.extend(of_card(&card));
        }
    }
    Ok(held)
}

/// Every item of a record, those that have left too.
pub(crate) fn items(view: &dyn View, record: RecordId) -> Result<Vec<Item>, Error> {
    let mut items = Vec::new();
    for id in all::<RecordItems>(view, &record)? {
        items.extend(get::<Items>(view, &id)?);
    }
    Ok(items)
}

fn of_item(item: Item) -> Holding {
    let shelfmark = Some(item.shelfmark).filter(|mark| !mark.is_empty());
    let class_mark = item.title.map(|title| title.class_mark);
    Holding {
        library: item.place.unwrap_or(item.library),
        number: item.number.map(|number| number.to_string()),
        shelfmark: shelfmark.or(class_mark).filter(|mark| !mark.is_empty()),
        copies: 1,
        free: u32::from(item.state == ItemState::Available),
        state: (item.state.label(), None),
    }
}

/// The copies of a card, building by building.
fn of_card(card: &Card) -> impl Iterator<Item = Holding> {
    let mark = card.title.class_mark.clone();
    let rows = card.by_place().into_iter();
    rows.map(move |(place, copies, free)| Holding {
        library: place.unwrap_or_else(|| card.library.clone()),
        number: None,
        shelfmark: Some(mark.clone()).filter(|mark| !mark.is_empty()),
        copies,
        free,
        state: match card.number {
            Some(number) => ("учётная карточка № {}", Some(number)),
            None => ("без инвентарных номеров", None),
        },
    })
}

/// How many copies stand in all libraries, by the totals of days.
pub(crate) fn all_copies(catalog: &Catalog) -> Result<i64, Error> {
    let mut copies = 0;
    scan::<Days>(catalog.view(), &(), |day| {
        copies += day.opened.all.copies + day.came.all.copies - day.left.all.copies;
        ControlFlow::Continue(())
    })?;
    Ok(copies)
}
