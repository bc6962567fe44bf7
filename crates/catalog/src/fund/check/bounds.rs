//! Пределы: how large one line may be, so that no sum of the books can overflow.
//!
//! Says nothing of what a price should be; that is the business of each room.

use super::{Desk, MAX_LINES};
use crate::fund::draft::{AccessionDraft, OpeningDraft, OtherLine, UnitLine};
use crate::fund::money::Kopecks;
use crate::rule::Rule;

/// Copies in one line.
const MAX_COPIES: u32 = 100_000;
/// A price or a sum of one line: a hundred million roubles.
const MAX_PRICE: Kopecks = Kopecks(10_000_000_000);

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
        for (l, layer) in card.layers.iter().enumerate() {
            let place = format!("/opening/batch_cards/{n}/layers/{l}");
            size(desk, layer.copies, Some(layer.price), &place);
        }
    }
    for (n, line) in draft.history.iter().enumerate() {
        let place = format!("/opening/withdrawn_history/{n}");
        size(desk, 1, Some(line.price), &place);
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
