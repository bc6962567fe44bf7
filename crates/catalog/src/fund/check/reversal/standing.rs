//! Что от акта осталось: its units less what reversals have given back, with what corrections have
//! put in their place.

use std::collections::{BTreeMap, BTreeSet};

use super::freed_document;
use crate::fund::act::{Act, ActBody};
use crate::fund::check::Desk;
use crate::fund::ledger::Unit;
use crate::fund::tables::{Acts, Entries, LibraryActs};
use crate::id::ActId;
use crate::table::{TableError, all, get};

/// Units with copies; of a revaluation, those that no reversal has named (with 0).
pub(super) fn standing(desk: &Desk<'_, '_>, act: &Act) -> Result<Vec<(Unit, i64)>, TableError> {
    let revalued = matches!(act.body, ActBody::Revaluation { .. });
    let mut family = BTreeSet::from([act.id]);
    let mut units: BTreeMap<Unit, i64> = BTreeMap::new();
    let mut order: Vec<Unit> = Vec::new();
    for id in all::<LibraryActs>(desk.tables, &desk.library.id)? {
        if id != act.id && !(id > act.id && follows(desk, id, &family)?) {
            continue;
        }
        family.insert(id);
        for entry in all::<Entries>(desk.tables, &id)? {
            if revalued && id != act.id {
                order.retain(|unit| *unit != entry.unit);
                continue;
            }
            if !units.contains_key(&entry.unit) {
                order.push(entry.unit);
            }
            *units.entry(entry.unit).or_default() += entry.copies;
        }
    }
    let stands = order
        .into_iter()
        .map(|unit| (unit, units.get(&unit).copied().unwrap_or(0)));
    Ok(stands
        .filter(|(_, copies)| revalued || *copies > 0)
        .collect())
}

/// Whether an act reverses or puts right one of these.
fn follows(desk: &Desk<'_, '_>, id: ActId, family: &BTreeSet<ActId>) -> Result<bool, TableError> {
    Ok(
        get::<Acts>(desk.tables, &id)?.is_some_and(|act| match act.body {
            ActBody::Reversal { of, .. } | ActBody::Correction { of, .. } => family.contains(&of),
            ActBody::Opening
            | ActBody::Accession { .. }
            | ActBody::Withdrawal { .. }
            | ActBody::Revaluation { .. }
            | ActBody::Reclassification { .. } => false,
        }),
    )
}

/// The act whose units a correction put right; any other act itself.
pub(super) fn origin(desk: &Desk<'_, '_>, act: &Act) -> Result<Act, TableError> {
    let mut found = act.clone();
    while let ActBody::Correction { of, .. } = found.body {
        match get::<Acts>(desk.tables, &of)? {
            Some(earlier) => found = earlier,
            None => break,
        }
    }
    Ok(found)
}

/// The document that may be entered again when these copies are gone: that of an accession of which
/// nothing stands then in any fund.
pub(super) fn freed(
    desk: &Desk<'_, '_>,
    origin: &Act,
    gone: i64,
) -> Result<Option<String>, TableError> {
    let Some(key) = freed_document(origin) else {
        return Ok(None);
    };
    let mut stands = 0;
    for id in all::<LibraryActs>(desk.tables, &desk.library.id)? {
        if let Some(act) = get::<Acts>(desk.tables, &id)?
            && freed_document(&act).as_ref() == Some(&key)
        {
            stands += standing(desk, &act)?
                .iter()
                .map(|(_, copies)| copies)
                .sum::<i64>();
        }
    }
    Ok((stands == gone).then_some(key))
}
