//! Переводы в файле: `RECLASSIFY` (to another fund or other columns) and `INTERNAL_MOVE` (to another
//! building).

use super::lines;
use super::reader::Reader;
use super::titles::Known;
use crate::fund::axis::{Fund, Series};
use crate::fund::draft::{Columns, Order, ReclassifyDraft, RelocationDraft, UnitLine};
use crate::id::LibraryId;

/// Columns named by the event hold for every line that names none of its own.
pub(super) fn reclassify(event: &mut Reader<'_>, known: &Known<'_>) -> Option<Order> {
    let date = event.needed_date("date");
    let fund = event.needed_code::<Fund>("fund");
    let to = event.code::<Fund>("to_fund");
    let reason = event
        .any(&["reason", "order", "note"])
        .map_or_else(String::new, |(key, _)| event.text(key));
    let number = lines::act(event, Series::Internal).and_then(|act| act.number);
    let all = columns(event);
    let mut units: Vec<(UnitLine, Columns)> = Vec::new();
    if event.get("lines").is_some() {
        for mut line in event.list("lines") {
            let own = columns(&mut line);
            let columns = Columns {
                kind: own.kind.or(all.kind),
                content: own.content.or(all.content.clone()),
                grades: own.grades.or(all.grades),
                purpose: own.purpose.or(all.purpose),
            };
            let named = lines::unit(&mut line, known, 0);
            units.extend(named.into_iter().map(|unit| (unit, columns.clone())));
            event.close(line);
        }
    } else if event.any(&["inv", "card_no"]).is_some() {
        let named = lines::unit(event, known, 0);
        units.extend(named.into_iter().map(|unit| (unit, all.clone())));
    }
    Some(Order::Reclassify(ReclassifyDraft {
        date: date?,
        fund: fund?,
        to,
        number,
        reason,
        lines: units,
    }))
}

fn columns(from: &mut Reader<'_>) -> Columns {
    Columns {
        kind: from.code("kind"),
        content: Some(from.text("content")).filter(|code| !code.is_empty()),
        grades: from.code("grade"),
        purpose: from.code("purpose"),
    }
}

pub(super) fn relocate(event: &mut Reader<'_>, known: &Known<'_>) -> Option<Order> {
    let date = event.needed_date("date");
    let to = event.needed_code::<LibraryId>("to");
    let from = event.code::<LibraryId>("from");
    let number = lines::act(event, Series::Waybill).and_then(|act| act.number);
    Some(Order::Relocate(RelocationDraft {
        lines: lines::units(event, known, 0),
        note: event.text("note"),
        date: date?,
        from,
        to: to?,
        number,
    }))
}
