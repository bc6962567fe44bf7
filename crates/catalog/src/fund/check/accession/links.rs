//! Ссылки строки поступления: the number it comes instead of, and the one it bore before.

use crate::fund::act::ActBody;
use crate::fund::axis::{Reason, Registration, Source};
use crate::fund::check::Desk;
use crate::fund::check::sheet::Sheet;
use crate::fund::check::units::other_title;
use crate::fund::draft::LineDraft;
use crate::fund::item::Item;
use crate::fund::number::InventoryNumber;
use crate::fund::state::ItemState;
use crate::fund::tables::{Acts, Items, LibraryActs, LibraryItems, RecordItems};
use crate::rule::Rule;
use crate::table::{TableError, all, get};

/// The numbers and places that a line refers to must be what it says of them.
pub(super) fn judge(
    desk: &mut Desk<'_, '_>,
    sheet: &Sheet,
    line: &LineDraft,
    how: (Registration, Source),
    place: &str,
) -> Result<(), TableError> {
    if let Some(place_of) = &line.place {
        desk.place(place_of, &format!("{place}/place"))?;
    }
    replaced(desk, line, how, place)?;
    found_again(desk, sheet, line, how, place)
}

/// What comes instead of another comes instead of a lost one. Rule: FA-52a.
fn replaced(
    desk: &mut Desk<'_, '_>,
    line: &LineDraft,
    how: (Registration, Source),
    place: &str,
) -> Result<(), TableError> {
    let place = format!("{place}/replaces_inv");
    let Some(number) = &line.replaces else {
        if how == (Registration::Inventory, Source::Replacement)
            && desk.losses.is_none()
            && !any_loss(desk)?
        {
            let detail = "Взамен принимают за утерянное, а в библиотеке ничего не утеряно: отметьте утрату или проведите списание парным актом";
            desk.refuse(Rule::LossRequired, place, detail);
        }
        return Ok(());
    };
    let Some(item) = desk.item(number)? else {
        desk.refuse(
            Rule::InventoryNumberUnknown,
            place,
            format!("Номера {number}, взамен которого принято, нет в инвентарной книге"),
        );
        return Ok(());
    };
    let beside = desk
        .losses
        .as_ref()
        .is_some_and(|lost| lost.contains(number));
    if !beside && !is_lost(&item) {
        desk.refuse(
            Rule::LossRequired,
            place,
            format!(
                "Номер {number}: {}. Взамен принимают за утерянный: отметьте утрату или проведите его списание парным актом",
                item.state.label()
            ),
        );
    }
    Ok(())
}

/// Whether anything was lost at all, for a line that does not say what it replaces; looked up once an act.
fn any_loss(desk: &mut Desk<'_, '_>) -> Result<bool, TableError> {
    if let Some(known) = desk.lost_before {
        return Ok(known);
    }
    let found = find_loss(desk)?;
    desk.lost_before = Some(found);
    Ok(found)
}

fn find_loss(desk: &Desk<'_, '_>) -> Result<bool, TableError> {
    for id in all::<LibraryActs>(desk.tables, &desk.library.id)? {
        let act = get::<Acts>(desk.tables, &id)?;
        let lost = |body: &ActBody| {
            matches!(
                body,
                ActBody::Withdrawal {
                    reason: Some(Reason::Loss),
                    ..
                }
            )
        };
        if act.is_some_and(|act| lost(&act.body)) {
            return Ok(true);
        }
    }
    for id in all::<LibraryItems>(desk.tables, &desk.library.id)? {
        let claimed = |item: &Item| item.state == ItemState::LostClaimed;
        if get::<Items>(desk.tables, &id)?
            .as_ref()
            .is_some_and(claimed)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_lost(item: &Item) -> bool {
    match item.state {
        ItemState::LostClaimed | ItemState::Missing => true,
        ItemState::Withdrawn => {
            let reason = item.left.as_ref().and_then(|left| left.reason);
            reason.is_none_or(|reason| reason == Reason::Loss)
        }
        ItemState::InProcessing
        | ItemState::Available
        | ItemState::OnLoan
        | ItemState::LentOut
        | ItemState::InRepair
        | ItemState::Restricted
        | ItemState::SelectedForWithdrawal
        | ItemState::Voided => false,
    }
}

/// What was written off and found is that one copy of that title, found once. Rule: FA-66.
fn found_again(
    desk: &mut Desk<'_, '_>,
    sheet: &Sheet,
    line: &LineDraft,
    how: (Registration, Source),
    place: &str,
) -> Result<(), TableError> {
    let own = format!("{place}/formerly_inv");
    let Some(number) = &line.formerly else {
        if how == (Registration::Inventory, Source::FoundAfterWriteOff) {
            let detail =
                "Найденное после списания принимают с его прежним номером: впишите formerly_inv";
            desk.refuse(Rule::FormerNumber, own, detail);
        }
        return Ok(());
    };
    let item = desk.item(number)?;
    let state = item.as_ref().map(|item| item.state);
    let Some(item) = item.filter(|item| item.state == ItemState::Withdrawn) else {
        let stands = state.map_or("такого номера нет", ItemState::label);
        desk.refuse(
            Rule::FormerNumber,
            own,
            format!("Номер {number}: {stands}. Акт о приёме найденного называет списанный номер; не списанный отмечают событием FOUND"),
        );
        return Ok(());
    };
    if item.record() != Some(line.title.record) {
        let title = item.title.as_ref().map_or("", |title| title.label());
        other_title(desk, &format!("номер {number}"), title, place);
    } else if line.copies != 1 {
        desk.refuse(
            Rule::FormerNumber,
            format!("{place}/copies"),
            format!(
                "Под номером {number} был один экземпляр: впишите каждый найденный своей строкой"
            ),
        );
    } else if let Some(now) = found_before(desk, sheet, &item, number)? {
        desk.refuse(
            Rule::FormerNumber,
            own,
            format!("Номер {number} уже найден и принят под номером {now}: назовите номер, который не найден"),
        );
    }
    Ok(())
}

/// The number under which it was taken back before, in this act or an earlier one.
fn found_before(
    desk: &Desk<'_, '_>,
    sheet: &Sheet,
    lost: &Item,
    number: &InventoryNumber,
) -> Result<Option<InventoryNumber>, TableError> {
    let again = |item: &Item| {
        item.library == lost.library
            && item.formerly.as_ref() == Some(number)
            && item.state != ItemState::Voided
    };
    if let Some(item) = sheet.items.values().find(|item| again(item)) {
        return Ok(item.number.clone());
    }
    let Some(record) = lost.record() else {
        return Ok(None);
    };
    for id in all::<RecordItems>(desk.tables, &record)? {
        if let Some(item) = get::<Items>(desk.tables, &id)?.filter(|item| again(item)) {
            return Ok(item.number);
        }
    }
    Ok(None)
}
