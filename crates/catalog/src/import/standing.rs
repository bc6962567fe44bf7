//! Что уже стоит в фонде: whose a number is, and how many copies of a title an earlier run has entered.
//!
//! It only looks; what becomes of a copy from a file is decided beside it.

use crate::error::Error;
use crate::fund::number::InventoryNumber;
use crate::fund::state::ItemState;
use crate::fund::tables::{Cards, ItemNumbers, Items, RecordCards, RecordItems};
use crate::id::{LibraryId, RecordId};
use crate::table::{View, all, get};

/// What the number of a copy is to the library.
pub(super) enum Numbered {
    /// Nobody bears it.
    Free(InventoryNumber),
    /// A unit of this very record bears it: an earlier run entered the copy.
    Here {
        /// It has not left since.
        standing: bool,
    },
    /// It is voided or another title bears it, as the words say.
    Elsewhere(InventoryNumber, String),
    /// There is none that counts.
    Without,
}

impl Numbered {
    pub(super) fn given(self) -> Option<InventoryNumber> {
        match self {
            Numbered::Free(number) => Some(number),
            Numbered::Here { .. } | Numbered::Elsewhere(..) | Numbered::Without => None,
        }
    }
}

/// The fund of a library as far as one record is concerned.
#[derive(Clone, Copy)]
pub(super) struct Standing<'a> {
    pub(super) view: &'a dyn View,
    pub(super) library: &'a LibraryId,
    pub(super) record: RecordId,
}

impl Standing<'_> {
    /// Looks a number up in the inventory book.
    pub(super) fn numbered(&self, number: Option<InventoryNumber>) -> Result<Numbered, Error> {
        let Some(number) = number else {
            return Ok(Numbered::Without);
        };
        let key = (self.library.clone(), number.clone());
        let Some(id) = get::<ItemNumbers>(self.view, &key)? else {
            return Ok(Numbered::Free(number));
        };
        let item = get::<Items>(self.view, &id)?;
        let gone = |state| matches!(state, ItemState::Withdrawn | ItemState::Voided);
        let standing = item.as_ref().is_some_and(|item| !gone(item.state));
        let whose = match item.and_then(|item| item.title) {
            Some(title) if title.record == self.record => return Ok(Numbered::Here { standing }),
            Some(title) => format!("стоит за другой книгой: {}", title.description),
            None => "погашен".to_owned(),
        };
        Ok(Numbered::Elsewhere(number, whose))
    }

    /// Units of the record in this library that have no number.
    pub(super) fn set_aside(&self) -> Result<u32, Error> {
        let mut count = 0;
        for id in all::<RecordItems>(self.view, &self.record)? {
            let item = get::<Items>(self.view, &id)?;
            let aside =
                item.is_some_and(|item| item.library == *self.library && item.number.is_none());
            count += u32::from(aside);
        }
        Ok(count)
    }

    /// Copies on the cards of the record in this library; `None` when there is no card.
    pub(super) fn on_cards(&self) -> Result<Option<u32>, Error> {
        let mut count = None;
        for id in all::<RecordCards>(self.view, &self.record)? {
            let card = get::<Cards>(self.view, &id)?;
            if let Some(card) = card.filter(|card| card.library == *self.library) {
                let layers = card.layers.iter().map(|layer| layer.copies);
                count = Some(layers.fold(count.unwrap_or(0), u32::saturating_add));
            }
        }
        Ok(count)
    }
}
