//! Пределы: how large one line may be, so that no sum of the books can overflow.
//!
//! Says nothing of what a price should be; that is the business of each room.

use super::{Desk, MAX_LINES};
use crate::fund::draft::{
    AccessionDraft, CheckCloseDraft, Counters, OpeningDraft, OtherLine, UnitLine,
};
use crate::fund::ledger::LedgerEntry;
use crate::fund::money::Kopecks;
use crate::fund::number::MAX_NUMBER;
use crate::rule::Rule;

/// Copies in one line.
const MAX_COPIES: u32 = 100_000;
/// A price or a sum of one line: a hundred million roubles.
const MAX_PRICE: Kopecks = Kopecks(10_000_000_000);
/// The sum of one act: a hundred thousand million roubles, so that a million acts can be added up.
const MAX_SUM: i128 = 10_000_000_000_000;
/// A number of an act or of a row of the books, as a paper states it.
pub(super) const MAX_COUNTER: u32 = 1_000_000;
/// A number of a card.
const MAX_CARD: u64 = 999_999_999;

/// Whether every number of a receipt may be reckoned with at all.
pub(super) fn accession(desk: &mut Desk<'_, '_>, draft: &AccessionDraft) -> bool {
    let lines: usize = draft.parts.iter().map(|part| part.lines.len()).sum();
    few(desk, lines.max(draft.voided.len()), "/lines");
    for (p, part) in draft.parts.iter().enumerate() {
        let base = if draft.parts.len() == 1 {
            String::new()
        } else {
            format!("/parts/{p}")
        };
        for (n, line) in part.lines.iter().enumerate() {
            let place = format!("{base}/lines/{n}");
            size(desk, line.copies, line.price, &place);
            size(desk, 0, line.total, &place);
        }
    }
    for (key, lines) in [
        ("non_fund_lines", &draft.non_fund),
        ("rejected_lines", &draft.rejected),
    ] {
        few(desk, lines.len(), &format!("/{key}"));
        others(desk, key, lines);
    }
    !desk.refused()
}

fn others(desk: &mut Desk<'_, '_>, key: &str, lines: &[OtherLine]) {
    for (n, line) in lines.iter().enumerate() {
        let place = format!("/{key}/{n}");
        size(desk, line.copies, Some(line.price), &place);
        size(desk, 0, line.total, &place);
        let low = line.total.unwrap_or(line.price).min(line.price);
        if low < Kopecks::ZERO {
            let detail = "Цена меньше нуля: впишите её без знака";
            desk.refuse(Rule::PriceRequired, format!("{place}/price_kop"), detail);
        }
    }
}

/// Whether every number of an opening may be reckoned with.
pub(super) fn opening(desk: &mut Desk<'_, '_>, draft: &OpeningDraft) -> bool {
    for (n, line) in draft.items.iter().enumerate() {
        let place = format!("/opening/copies/{n}");
        size(desk, 1, Some(line.price), &place);
    }
    for (n, card) in draft.cards.iter().enumerate() {
        let place = format!("/opening/batch_cards/{n}");
        counter(desk, card.number, MAX_CARD, &format!("{place}/card_no"));
        for (l, layer) in card.layers.iter().enumerate() {
            let place = format!("{place}/layers/{l}");
            size(desk, layer.copies, Some(layer.price), &place);
            row(desk, layer.number, &format!("{place}/layer"));
        }
    }
    for (n, line) in draft.history.iter().enumerate() {
        let place = format!("/opening/withdrawn_history/{n}");
        size(desk, 1, Some(line.price), &place);
        row(desk, line.row, &format!("{place}/ksu2_no"));
    }
    counters(desk, &draft.counters);
    !desk.refused()
}

fn counters(desk: &mut Desk<'_, '_>, given: &Counters) {
    let base = "/opening/counters";
    let numbers = [
        ("next_inventory_no", given.next_number, MAX_NUMBER),
        ("next_batch_card_no", given.next_card, MAX_CARD),
    ];
    for (key, number, most) in numbers {
        counter(desk, number, most, &format!("{base}/{key}"));
    }
    for (key, last) in [
        ("ksu1_last_no", &given.last_came),
        ("ksu2_last_no", &given.last_left),
    ] {
        for (fund, last) in last {
            row(desk, Some(*last), &format!("{base}/{key}/{}", fund.code()));
        }
    }
    for (series, year, _, last) in &given.last_acts {
        let place = format!("{base}/acts_last_no_{year}/{}", series.code());
        row(desk, Some(*last), &place);
    }
}

fn row(desk: &mut Desk<'_, '_>, number: Option<u32>, place: &str) {
    counter(desk, number.map(u64::from), u64::from(MAX_COUNTER), place);
}

fn counter(desk: &mut Desk<'_, '_>, number: Option<u64>, most: u64, place: &str) {
    if let Some(number) = number.filter(|number| *number > most) {
        let detail = format!("Номер {number} больше {most}: проверьте его");
        desk.refuse(Rule::OutOfBounds, place, detail);
    }
}

/// Whether the sum of an act may be reckoned with.
pub(super) fn sum(desk: &mut Desk<'_, '_>, entries: &[LedgerEntry]) -> bool {
    let sum: i128 = entries
        .iter()
        .map(|e| i128::from(e.sum.0.unsigned_abs()))
        .sum();
    if sum > MAX_SUM {
        let detail = format!(
            "Сумма акта больше {}: проверьте цены и количество",
            Kopecks(i64::try_from(MAX_SUM).unwrap_or(i64::MAX))
        );
        desk.refuse(Rule::OutOfBounds, "/lines", detail);
    }
    sum <= MAX_SUM
}

/// Whether what a check missed may be reckoned with.
pub(super) fn check(desk: &mut Desk<'_, '_>, draft: &CheckCloseDraft) -> bool {
    few(desk, draft.missing_layers.len(), "/missing_cards");
    for (n, line) in draft.missing_layers.iter().enumerate() {
        size(desk, line.copies, None, &format!("/missing_cards/{n}"));
    }
    if draft.surplus > MAX_COPIES {
        let detail = format!("Излишков {}: проверьте число", draft.surplus);
        desk.refuse(Rule::OutOfBounds, "/surplus_copies", detail);
    }
    !desk.refused()
}

/// Whether every number of the units that an act names may be reckoned with.
pub(super) fn units(desk: &mut Desk<'_, '_>, lines: &[UnitLine]) -> bool {
    let before = desk.refused();
    few(desk, lines.len(), "/lines");
    for (n, line) in lines.iter().enumerate() {
        size(desk, line.copies, line.price, &format!("/lines/{n}"));
    }
    before || !desk.refused()
}

fn few(desk: &mut Desk<'_, '_>, lines: usize, place: &str) {
    if lines > MAX_LINES {
        desk.refuse(
            Rule::ActTooLarge,
            place,
            format!("В акте {lines} строк, можно не больше {MAX_LINES}: разделите его"),
        );
    }
}

fn size(desk: &mut Desk<'_, '_>, copies: u32, price: Option<Kopecks>, place: &str) {
    if copies > MAX_COPIES {
        desk.refuse(
            Rule::OutOfBounds,
            format!("{place}/copies"),
            format!(
                "Экземпляров {copies}: в одной строке можно не больше {MAX_COPIES}, проверьте число"
            ),
        );
    }
    if let Some(price) = price.filter(|p| *p > MAX_PRICE || *p < -MAX_PRICE) {
        desk.refuse(
            Rule::OutOfBounds,
            format!("{place}/price_kop"),
            format!("Сумма {price} больше {MAX_PRICE}: проверьте цену"),
        );
    }
}
