//! Где стоят экземпляры записи: items and cards of one title, library by library.
//!
//! For readers and desks; sums and registers come from the ledger, not from here.

use serde::{Deserialize, Serialize};

use super::axis::{Fund, Registration};
use super::item::{Card, Item};
use super::money::Kopecks;
use super::number::InventoryNumber;
use super::state::ItemState;
use super::tables::{Cards, Items, RecordCards, RecordItems};
use crate::id::{CardId, ItemId, LibraryId, RecordId};
use crate::table::{TableError, View, all, get};

/// Экземпляр или карточка записи.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The legal library.
    pub library: LibraryId,
    /// The building, when it is one of its own.
    pub place: Option<LibraryId>,
    /// Фонд.
    pub fund: Fund,
    /// An item, or the copies of a card.
    pub unit: HoldingUnit,
    /// Полочный шифр.
    pub shelfmark: String,
    /// Состоит.
    pub copies: u32,
    /// Можно взять сейчас.
    pub available: u32,
    /// Цена одного: of the latest delivery, for a card.
    pub price: Kopecks,
}

/// Что это: экземпляр с номером или карточка.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldingUnit {
    /// Экземпляр.
    Item {
        /// Ours.
        id: ItemId,
        /// Инвентарный номер.
        number: Option<InventoryNumber>,
        /// Состояние.
        state: ItemState,
    },
    /// Карточка.
    Card {
        /// Ours.
        id: CardId,
        /// № карточки.
        number: Option<u64>,
        /// Способ учёта.
        registration: Registration,
    },
}

/// What of a record stands in the fund, items first; withdrawn items and empty cards are left out.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn holdings(view: &dyn View, record: RecordId) -> Result<Vec<Holding>, TableError> {
    let mut out = Vec::new();
    for id in all::<RecordItems>(view, &record)? {
        if let Some(item) = get::<Items>(view, &id)?
            && item.state.on_record()
        {
            out.push(of_item(item));
        }
    }
    for id in all::<RecordCards>(view, &record)? {
        if let Some(card) = get::<Cards>(view, &id)?
            && card.copies() > 0
        {
            out.extend(of_card(&card));
        }
    }
    Ok(out)
}

fn of_item(item: Item) -> Holding {
    Holding {
        library: item.library,
        place: item.place,
        fund: item.fund,
        unit: HoldingUnit::Item {
            id: item.id,
            number: item.number,
            state: item.state,
        },
        shelfmark: item.shelfmark,
        copies: 1,
        available: u32::from(item.state == ItemState::Available),
        price: item.price,
    }
}

/// The copies of a card, building by building.
fn of_card(card: &Card) -> impl Iterator<Item = Holding> {
    let rows = card.by_place().into_iter();
    rows.map(|(place, copies, available)| Holding {
        library: card.library.clone(),
        place,
        fund: card.fund,
        unit: HoldingUnit::Card {
            id: card.id,
            number: card.number,
            registration: card.registration,
        },
        shelfmark: String::new(),
        copies,
        available,
        price: card
            .layers
            .last()
            .map_or(Kopecks::ZERO, |layer| layer.price),
    })
}
