//! Rows of the fund's tables with all the keys that find them.

use jiff::civil::Date;

use super::ItemMove;
use crate::fund::act::{Act, OuterEvent};
use crate::fund::item::{Card, Item};
use crate::fund::state::ItemState;
use crate::fund::tables::{
    CardNumbers, Cards, EventMark, Events, ItemNumbers, Items, LibraryCards, LibraryItems, Numbers,
    OuterTitles, RecordCards, RecordItems, Titles, Waybill, Waybills,
};
use crate::fund::title::TitleFacts;
use crate::id::LibraryId;
use crate::table::{Table, TableError, Tables, get, put, remove};

pub(super) fn put_item(tables: &mut dyn Tables, item: &Item) -> Result<(), TableError> {
    if let Some(old) = get::<Items>(tables, &item.id)?
        && old.record() != item.record()
        && let Some(record) = old.record()
    {
        remove::<RecordItems>(tables, &(record, item.id));
    }
    put::<Items>(tables, &item.id, item);
    put::<LibraryItems>(tables, &(item.library.clone(), item.id), &item.id);
    if let Some(number) = &item.number {
        put::<ItemNumbers>(tables, &(item.library.clone(), number.clone()), &item.id);
    }
    if let Some(record) = item.record() {
        put::<RecordItems>(tables, &(record, item.id), &item.id);
    }
    Ok(())
}

pub(super) fn put_card(tables: &mut dyn Tables, card: &Card) -> Result<(), TableError> {
    if let Some(old) = get::<Cards>(tables, &card.id)?
        && old.title.record != card.title.record
    {
        remove::<RecordCards>(tables, &(old.title.record, card.id));
    }
    put::<Cards>(tables, &card.id, card);
    put::<LibraryCards>(tables, &(card.library.clone(), card.id), &card.id);
    put::<RecordCards>(tables, &(card.title.record, card.id), &card.id);
    if let Some(number) = card.number {
        put::<CardNumbers>(tables, &(card.library.clone(), number), &card.id);
    }
    Ok(())
}

pub(super) fn note_title(tables: &mut dyn Tables, library: &LibraryId, title: &TitleFacts) {
    put::<Titles>(tables, &(library.clone(), title.record), title);
    if !title.outer.is_empty() {
        let key = (library.clone(), title.outer.clone());
        put::<OuterTitles>(tables, &key, &title.record);
    }
}

pub(super) fn move_items(
    tables: &mut dyn Tables,
    moves: &[ItemMove],
    on: Date,
    holder: &str,
) -> Result<(), TableError> {
    for moved in moves {
        let before = expect::<Items>(tables, &moved.item, "экземпляра")?;
        let mut item = before.clone();
        if item.state != moved.to {
            item.previous = Some(item.state);
        }
        item.state = moved.to;
        item.follow(Some(&before), on);
        item.restrict_on_return = moved.restrict_on_return;
        if moved.to == ItemState::LentOut {
            holder.clone_into(&mut item.holder);
        }
        put::<Items>(tables, &item.id, &item);
    }
    Ok(())
}

/// The places of units follow their waybill; what stands at the library itself has no place of its own.
pub(super) fn relocate(
    tables: &mut dyn Tables,
    waybill: &Waybill,
    numbers: &[(String, u64)],
    event: Option<&OuterEvent>,
) -> Result<(), TableError> {
    let home = &waybill.library;
    for (id, _) in &waybill.items {
        let mut item = expect::<Items>(tables, id, "экземпляра")?;
        item.place = Some(waybill.to.clone()).filter(|to| to != home);
        put::<Items>(tables, id, &item);
    }
    for (id, number, from, copies) in &waybill.layers {
        let mut card = expect::<Cards>(tables, id, "карточки")?;
        for layer in card.layers.iter_mut().filter(|l| l.number == *number) {
            layer.relocate(home, from, &waybill.to, *copies);
        }
        put::<Cards>(tables, id, &card);
    }
    let key = (home.clone(), waybill.order);
    put::<Waybills>(tables, &key, waybill);
    set_numbers(tables, home, numbers);
    mark_event(tables, home, event, None)
}

pub(super) fn set_numbers(tables: &mut dyn Tables, library: &LibraryId, numbers: &[(String, u64)]) {
    for (name, last) in numbers {
        put::<Numbers>(tables, &(library.clone(), name.clone()), last);
    }
}

pub(super) fn mark_event(
    tables: &mut dyn Tables,
    library: &LibraryId,
    event: Option<&OuterEvent>,
    act: Option<&Act>,
) -> Result<(), TableError> {
    let Some(event) = event else { return Ok(()) };
    let key = (library.clone(), event.id.clone());
    let mut mark = get::<Events>(tables, &key)?.unwrap_or(EventMark {
        digest: event.digest.clone(),
        acts: Vec::new(),
    });
    mark.acts.extend(act.map(|act| act.id));
    put::<Events>(tables, &key, &mark);
    Ok(())
}

pub(super) fn expect<T: Table>(
    tables: &dyn Tables,
    key: &T::Key,
    what: &str,
) -> Result<T::Row, TableError> {
    get::<T>(tables, key)?.ok_or_else(|| {
        TableError(format!(
            "нет {what}, о котором говорит журнал: проверьте журнал командой fond verify"
        ))
    })
}
