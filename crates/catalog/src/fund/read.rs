//! Справки: what other wings and pages ask of the fund – items of a record, numbers, periods.
//!
//! Reads tables only; nothing here decides.

use std::ops::ControlFlow;

use super::act::OuterEvent;
use super::item::{Card, Item};
use super::number::InventoryNumber;
use super::policy::Policy;
use super::state::ItemState;
use super::stock_check::StockCheck;
use super::tables::{
    BookState, Books, CardNumbers, Cards, Checks, EventMark, Events, ItemNumbers, Items,
    LibraryItems, OuterTitles, PeriodMark, Periods, Policies, RecordCards, RecordItems, Titles,
};
use super::title::TitleFacts;
use crate::id::{ItemId, LibraryId, RecordId};
use crate::table::{TableError, View, all, get, scan, scan_from};

type Read<T> = Result<T, TableError>;

/// Экземпляры одной записи в одной библиотеке.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Чьи.
    pub library: LibraryId,
    /// Экземпляры on record, by number.
    pub items: Vec<Item>,
    /// Карточки with copies on them.
    pub cards: Vec<Card>,
}

impl Holding {
    /// Сколько состоит.
    #[must_use]
    pub fn copies(&self) -> u64 {
        let carded: u64 = self.cards.iter().map(|card| u64::from(card.copies())).sum();
        self.items.len() as u64 + carded
    }

    /// Сколько свободно сейчас.
    #[must_use]
    pub fn available(&self) -> u64 {
        let items = self
            .items
            .iter()
            .filter(|i| i.state == ItemState::Available);
        let layers = self.cards.iter().flat_map(|card| &card.layers);
        let carded: u64 = layers
            .map(|l| u64::from(l.copies.saturating_sub(l.on_loan)))
            .sum();
        items.count() as u64 + carded
    }
}

/// What stands of a record, by library; libraries without live units are left out.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn holdings(view: &dyn View, record: RecordId) -> Read<Vec<Holding>> {
    let mut found: std::collections::BTreeMap<LibraryId, Holding> = Default::default();
    let empty = |library: &LibraryId| Holding {
        library: library.clone(),
        items: Vec::new(),
        cards: Vec::new(),
    };
    for id in all::<RecordItems>(view, &record)? {
        if let Some(item) = get::<Items>(view, &id)?
            && item.state.on_record()
        {
            let place = found
                .entry(item.library.clone())
                .or_insert_with(|| empty(&item.library));
            place.items.push(item);
        }
    }
    for id in all::<RecordCards>(view, &record)? {
        if let Some(card) = get::<Cards>(view, &id)?
            && card.copies() > 0
        {
            let place = found
                .entry(card.library.clone())
                .or_insert_with(|| empty(&card.library));
            place.cards.push(card);
        }
    }
    let mut holdings: Vec<Holding> = found.into_values().collect();
    for holding in &mut holdings {
        holding.items.sort_by(|a, b| a.number.cmp(&b.number));
    }
    Ok(holdings)
}

/// The item with this number.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn item_by_number(
    view: &dyn View,
    library: &LibraryId,
    number: &InventoryNumber,
) -> Read<Option<Item>> {
    match get::<ItemNumbers>(view, &(library.clone(), number.clone()))? {
        Some(id) => get::<Items>(view, &id),
        None => Ok(None),
    }
}

/// The card with this number.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn card_by_number(view: &dyn View, library: &LibraryId, number: u64) -> Read<Option<Card>> {
    match get::<CardNumbers>(view, &(library.clone(), number))? {
        Some(id) => get::<Cards>(view, &id),
        None => Ok(None),
    }
}

/// All items of a library that bear a number, by number.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn items(view: &dyn View, library: &LibraryId) -> Read<Vec<Item>> {
    let mut items = Vec::new();
    each_item(view, library, |item| items.push(item))?;
    items.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(items)
}

/// Every item of a library one after another, in the order they came: a large fund fits no memory.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn each_item(view: &dyn View, library: &LibraryId, mut see: impl FnMut(Item)) -> Read<()> {
    let mut seen = Seeing::new(view, |item| {
        see(item);
        ControlFlow::Continue(())
    });
    scan::<LibraryItems>(view, library, |id| seen.look(id))?;
    seen.failed
}

/// Every item that bears a number, by number, until `see` has seen enough.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn each_numbered(
    view: &dyn View,
    library: &LibraryId,
    see: impl FnMut(Item) -> ControlFlow<()>,
) -> Read<()> {
    let mut seen = Seeing::new(view, see);
    scan::<ItemNumbers>(view, library, |id| seen.look(id))?;
    seen.failed
}

/// Items looked up one by one until one cannot be read.
struct Seeing<'a, F> {
    view: &'a dyn View,
    see: F,
    failed: Read<()>,
}

impl<'a, F: FnMut(Item) -> ControlFlow<()>> Seeing<'a, F> {
    fn new(view: &'a dyn View, see: F) -> Self {
        let failed = Ok(());
        Self { view, see, failed }
    }

    fn look(&mut self, id: ItemId) -> ControlFlow<()> {
        match get::<Items>(self.view, &id) {
            Ok(Some(item)) => (self.see)(item),
            Ok(None) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Err(error);
                ControlFlow::Break(())
            }
        }
    }
}

/// How many rows of the inventory book are looked at for one page.
const LOOKED_AT: usize = 20_000;

/// Up to `limit` rows of the inventory book from a number on, by number, and where the next ones begin.
///
/// Where few rows fit, the answer may be shorter and still have more after it.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn inventory(
    view: &dyn View,
    library: &LibraryId,
    from: Option<&InventoryNumber>,
    limit: usize,
    fits: impl Fn(&Item) -> bool,
) -> Read<(Vec<Item>, Option<InventoryNumber>)> {
    let (mut items, mut next, mut looked) = (Vec::new(), None, 0);
    let mut look = |id: ItemId| -> Read<ControlFlow<()>> {
        let Some(item) = get::<Items>(view, &id)? else {
            return Ok(ControlFlow::Continue(()));
        };
        if items.len() == limit || looked == LOOKED_AT {
            next = item.number;
            return Ok(ControlFlow::Break(()));
        }
        looked += 1;
        if fits(&item) {
            items.push(item);
        }
        Ok(ControlFlow::Continue(()))
    };
    let mut failed = Ok(());
    let visit = |id| {
        look(id).unwrap_or_else(|error| {
            failed = Err(error);
            ControlFlow::Break(())
        })
    };
    match from {
        Some(from) => {
            let from = (library.clone(), from.clone());
            scan_from::<ItemNumbers>(view, library, &from, visit)?;
        }
        None => scan::<ItemNumbers>(view, library, visit)?,
    }
    failed.map(|()| (items, next))
}

/// The policy of a library; the default one when it has set none.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn policy(view: &dyn View, library: &LibraryId) -> Read<Policy> {
    Ok(get::<Policies>(view, library)?.unwrap_or_default())
}

/// How far the books are closed, when they were opened, their last rows.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn book_state(view: &dyn View, library: &LibraryId) -> Read<BookState> {
    Ok(get::<Books>(view, library)?.unwrap_or_default())
}

/// Closings and reopenings in their order.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn periods(view: &dyn View, library: &LibraryId) -> Read<Vec<PeriodMark>> {
    all::<Periods>(view, library)
}

/// Stock checks in their order, open ones included.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn checks(view: &dyn View, library: &LibraryId) -> Read<Vec<StockCheck>> {
    all::<Checks>(view, library)
}

/// The facts of a title as the library last fixed them.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn title(view: &dyn View, library: &LibraryId, record: RecordId) -> Read<Option<TitleFacts>> {
    get::<Titles>(view, &(library.clone(), record))
}

/// The facts of a title by the id that papers from outside give it.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn title_by_outer(
    view: &dyn View,
    library: &LibraryId,
    outer: &str,
) -> Read<Option<TitleFacts>> {
    match get::<OuterTitles>(view, &(library.clone(), outer.to_owned()))? {
        Some(record) => get::<Titles>(view, &(library.clone(), record)),
        None => Ok(None),
    }
}

/// What became of an event from a file: `None` when it was never posted.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn event(view: &dyn View, library: &LibraryId, event: &OuterEvent) -> Read<Option<EventMark>> {
    get::<Events>(view, &(library.clone(), event.id.clone()))
}
