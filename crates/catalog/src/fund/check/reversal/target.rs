//! Что сторнируют: the act that was wrong and its units, found by what a draft says of them.

use super::standing::standing;
use crate::fund::act::{Act, ActBody};
use crate::fund::check::Desk;
use crate::fund::draft::{ActRef, ReversalDraft, UnitLine};
use crate::fund::ledger::{LedgerEntry, Unit};
use crate::fund::money::Kopecks;
use crate::fund::tables::{Acts, Entries, Events};
use crate::fund::title::TitleFacts;
use crate::rule::Rule;
use crate::table::{TableError, all, get};

/// One unit to reverse, and what is right instead.
pub(super) struct Target {
    pub(super) unit: Unit,
    pub(super) copies: u32,
    pub(super) price: Option<Kopecks>,
    pub(super) title: Option<TitleFacts>,
    pub(super) place: String,
}

/// The acts that the draft corrects: an accession, a correction, a withdrawal, a revaluation or the opening of this
/// library, one for each row that the event made.
pub(super) fn wrong_acts(
    desk: &Desk<'_, '_>,
    draft: &ReversalDraft,
) -> Result<Vec<Act>, TableError> {
    let mut found = named_acts(desk, draft)?;
    found.retain(|act| match act.body {
        ActBody::Opening
        | ActBody::Accession { .. }
        | ActBody::Withdrawal { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. } => draft.fund.is_none_or(|fund| fund == act.fund),
        ActBody::Reversal { .. } | ActBody::Reclassification { .. } => false,
    });
    Ok(found)
}

/// What to do where the draft names nothing that is reversed.
pub(super) fn nothing_to_reverse(
    desk: &Desk<'_, '_>,
    draft: &ReversalDraft,
) -> Result<&'static str, TableError> {
    let named = named_acts(desk, draft)?;
    let transfer = |act: &Act| matches!(act.body, ActBody::Reclassification { .. });
    let reversal = |act: &Act| matches!(act.body, ActBody::Reversal { .. });
    Ok(if named.iter().any(transfer) {
        "Перевод не сторнируют: проведите обратный перевод"
    } else if named.iter().any(reversal) {
        "Сторно не сторнируют: проведите верный акт заново"
    } else {
        "Исправляемый акт не найден: назовите событие, которым он проведён"
    })
}

fn named_acts(desk: &Desk<'_, '_>, draft: &ReversalDraft) -> Result<Vec<Act>, TableError> {
    let ids = match &draft.corrects {
        ActRef::Id(id) => vec![*id],
        ActRef::Event(event) => {
            let key = (desk.library.id.clone(), event.clone());
            get::<Events>(desk.tables, &key)?.map_or_else(Vec::new, |mark| mark.acts)
        }
    };
    let mut found = Vec::new();
    for id in ids {
        let act = get::<Acts>(desk.tables, &id)?;
        found.extend(act.filter(|act| act.library == desk.library.id));
    }
    Ok(found)
}

/// The units to reverse, act by act; all of the acts when no line names any.
pub(super) fn targets(
    desk: &mut Desk<'_, '_>,
    draft: &ReversalDraft,
    acts: Vec<Act>,
) -> Result<Vec<(Act, Vec<Target>)>, TableError> {
    let mut found: Vec<(Act, Vec<Target>)> = Vec::new();
    let mut used = vec![false; draft.lines.len()];
    for (n, line) in draft.lines.iter().enumerate() {
        same_title(desk, line, &format!("/lines/{n}"))?;
    }
    for act in acts {
        let entries = all::<Entries>(desk.tables, &act.id)?;
        let mut targets: Vec<Target> = Vec::new();
        if draft.lines.is_empty() {
            for (n, (unit, copies)) in standing(desk, &act)?.into_iter().enumerate() {
                targets.push(Target {
                    unit,
                    copies: u32::try_from(copies).unwrap_or(0),
                    price: None,
                    title: None,
                    place: format!("/corrects/lines/{n}"),
                });
            }
        }
        for (n, line) in draft.lines.iter().enumerate() {
            let units = named_units(desk, &entries, line)?;
            if used[n] || units.is_empty() {
                continue;
            }
            used[n] = true;
            of_line(desk, &mut targets, line, units, &format!("/lines/{n}"));
        }
        if !targets.is_empty() {
            found.push((act, targets));
        }
    }
    for (n, _) in used.iter().enumerate().filter(|(_, used)| !**used) {
        desk.refuse(
            Rule::StornoTarget,
            format!("/lines/{n}"),
            "Такой единицы нет в исправляемом акте: назовите её инвентарный номер или карточку и строку",
        );
    }
    if found.is_empty() && !desk.refused() {
        desk.refuse(
            Rule::StornoTarget,
            "/lines",
            "В акте не осталось единиц, которые можно сторнировать",
        );
    }
    Ok(found)
}

/// A card is one title for ever; a line that names another is a slip.
fn same_title(desk: &mut Desk<'_, '_>, line: &UnitLine, place: &str) -> Result<(), TableError> {
    let Some(number) = line.card else {
        return Ok(());
    };
    if let Some(card) = desk.card(number)?
        && line
            .record
            .is_some_and(|record| record != card.title.record)
    {
        let title = card.title.label();
        desk.refuse(
            Rule::TitleMismatch,
            format!("{place}/title"),
            format!("Карточка {number} – «{title}», а строка называет другое издание: сторнируйте строку и примите на карточку верного издания"),
        );
    }
    Ok(())
}

fn of_line(
    desk: &mut Desk<'_, '_>,
    targets: &mut Vec<Target>,
    line: &UnitLine,
    units: Vec<(Unit, u32)>,
    place: &str,
) {
    for (unit, copies) in units {
        if targets.iter().any(|t| t.unit == unit) {
            desk.refuse(
                Rule::RepeatedLine,
                place,
                "Единица названа дважды: уберите повтор",
            );
        }
        targets.push(Target {
            unit,
            copies,
            price: line.price,
            title: line.title.clone(),
            place: place.to_owned(),
        });
    }
}

/// The units of the act that a line means, with copies.
fn named_units(
    desk: &Desk<'_, '_>,
    entries: &[LedgerEntry],
    line: &UnitLine,
) -> Result<Vec<(Unit, u32)>, TableError> {
    if let Some(number) = &line.number {
        let id = desk.item(number)?.map(|item| Unit::Item(item.id));
        let found = entries.iter().find(|e| Some(e.unit) == id);
        return Ok(found.map(|e| (e.unit, 1)).into_iter().collect());
    }
    let card = match line.card {
        Some(number) => desk.card(number)?.map(|card| card.id),
        None => None,
    };
    let fits = |entry: &&LedgerEntry| match entry.unit {
        Unit::Layer(id, layer) => {
            let by_card = match line.card {
                Some(_) => card == Some(id),
                None => line.record == Some(entry.record),
            };
            by_card && line.layer.is_none_or(|l| l == layer)
        }
        Unit::Item(_) => line.card.is_none() && line.record == Some(entry.record),
    };
    let found: Vec<&LedgerEntry> = entries.iter().filter(fits).collect();
    let asked = line.copies;
    Ok(match found.as_slice() {
        [one] if matches!(one.unit, Unit::Layer(..)) => {
            let all = u32::try_from(one.copies).unwrap_or(0);
            vec![(one.unit, if asked == 0 { all } else { asked })]
        }
        several => {
            let take = if asked == 0 {
                several.len()
            } else {
                asked as usize
            };
            let copies = |e: &LedgerEntry| u32::try_from(e.copies).unwrap_or(0);
            several
                .iter()
                .take(take)
                .map(|e| (e.unit, copies(e)))
                .collect()
        }
    })
}
