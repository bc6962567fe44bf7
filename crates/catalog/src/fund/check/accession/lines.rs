//! Строки поступления: each becomes numbered items or a layer of a card.

use super::links;
use super::paper::price_of;
use crate::fund::axis::{Registration, Source};
use crate::fund::check::sheet::Sheet;
use crate::fund::check::units::NewItem;
use crate::fund::check::{Desk, MAX_LINES, axes};
use crate::fund::draft::LineDraft;
use crate::fund::item::{Card, Layer};
use crate::fund::money::Kopecks;
use crate::fund::tables::series;
use crate::fund::title::Axes;
use crate::id::LibraryId;
use crate::rule::Rule;
use crate::table::TableError;

pub(super) fn one_line(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    source: Source,
    line: &LineDraft,
    place: &str,
) -> Result<(), TableError> {
    if !counted(desk, line, place) {
        return Ok(());
    }
    let title = &line.title;
    let carded = line.card.is_some();
    let how = axes::registration(
        desk,
        title,
        source,
        (!line.numbers.is_empty(), carded),
        place,
    );
    let axes = axes::settle(desk, title, sheet.fund, source, line.on_balance, place);
    let prices = prices(desk, line, &axes, place)?;
    links::judge(desk, sheet, line, (how, source), place)?;
    match how {
        Registration::Inventory if sheet.items.len() + prices.len() > MAX_LINES => {
            let detail =
                format!("В акте больше {MAX_LINES} инвентарных номеров: разделите поступление");
            desk.refuse(Rule::ActTooLarge, format!("{place}/copies"), detail);
            Ok(())
        }
        Registration::Inventory => numbered(desk, sheet, line, (&axes, &prices, source), place),
        Registration::BatchCard
        | Registration::PeriodicalCard
        | Registration::SummaryOnly
        | Registration::Network => {
            onto_card(desk, sheet, line, how, (&axes, &prices, source), place)
        }
    }
}

/// Items with the numbers claimed, or with the next ones.
fn numbered(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    line: &LineDraft,
    (axes, prices, source): (&Axes, &[Kopecks], Source),
    place: &str,
) -> Result<(), TableError> {
    for (n, price) in prices.iter().enumerate() {
        let number = match line.numbers.get(n) {
            Some(number) => {
                sheet.claim_number(desk, number, &format!("{place}/inv/{n}"))?;
                number.clone()
            }
            None => match sheet.give_number(desk, &line.prefix, place)? {
                Some(number) => number,
                None => return Ok(()),
            },
        };
        let new = NewItem {
            title: &line.title,
            axes: axes.clone(),
            price: *price,
            shelfmark: line.shelfmark.clone(),
            place: line.place.clone(),
            replaces: line.replaces.clone(),
            formerly: line.formerly.clone(),
        };
        sheet.enter_item(desk, Some(number), new, source);
    }
    Ok(())
}

/// Whether a line says how many copies it brings, and as many numbers as it claims.
fn counted(desk: &mut Desk<'_, '_>, line: &LineDraft, place: &str) -> bool {
    let numbers = line.numbers.len();
    let why = match (line.copies, numbers) {
        (0, 0) => format!(
            "«{}»: впишите, сколько экземпляров, больше нуля",
            line.title.label()
        ),
        (copies, _) if copies > 0 && (numbers == 0 || numbers == copies as usize) => return true,
        (copies, _) => format!(
            "Экземпляров {copies}, номеров {numbers}: впишите столько номеров, сколько экземпляров"
        ),
    };
    desk.refuse(Rule::CopiesRequired, format!("{place}/copies"), why);
    false
}

/// One price for each copy.
fn prices(
    desk: &mut Desk<'_, '_>,
    line: &LineDraft,
    axes: &Axes,
    place: &str,
) -> Result<Vec<Kopecks>, TableError> {
    let count = line.copies as usize;
    let prices = match (price_of(desk, line)?, line.total) {
        (Some(price), None) => vec![price; count],
        (Some(price), Some(total)) if price * i64::from(line.copies) == total => vec![price; count],
        (Some(price), Some(total)) => {
            desk.refuse(
                Rule::TotalMismatch,
                format!("{place}/sum_kop"),
                format!(
                    "{} по {price} – не {total}: исправьте цену или сумму строки",
                    line.copies
                ),
            );
            vec![price; count]
        }
        (None, Some(total)) => total.split(line.copies),
        (None, None) => vec![Kopecks::ZERO; count],
    };
    let low = prices.iter().min().copied().unwrap_or_default();
    if low < Kopecks::ZERO || axes.on_balance && low == Kopecks::ZERO {
        desk.refuse(
            Rule::PriceRequired,
            format!("{place}/price_kop"),
            format!(
                "«{}»: впишите цену больше нуля; для дара и находки её назначает комиссия",
                line.title.label()
            ),
        );
    }
    Ok(prices)
}

/// Copies for a building stand there; those for the library itself have no place of their own.
fn own_place(desk: &Desk<'_, '_>, line: &LineDraft, copies: usize) -> Vec<(LibraryId, u32)> {
    let building = line.place.iter().filter(|at| **at != desk.library.id);
    let copies = u32::try_from(copies).unwrap_or(u32::MAX);
    building.map(|at| (at.clone(), copies)).collect()
}

/// A claimed card is the one of this title.
fn own_card(desk: &mut Desk<'_, '_>, line: &LineDraft, card: &Card, place: &str) {
    if let Some(claimed) = line.card
        && card.number != Some(claimed)
    {
        desk.refuse(
            Rule::CardNumberOrder,
            format!("{place}/card_no"),
            match card.number {
                Some(own) => format!(
                    "«{}»: карточка этого издания – {own}, в акте {claimed}. Впишите её или не указывайте номер",
                    line.title.label()
                ),
                None => format!(
                    "«{}» учитывается без номера карточки: уберите card_no",
                    line.title.label()
                ),
            },
        );
    }
}

fn onto_card(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    line: &LineDraft,
    how: Registration,
    (axes, prices, source): (&Axes, &[Kopecks], Source),
    place: &str,
) -> Result<(), TableError> {
    let known = sheet.card_of(desk, line.title.record, Some(how))?;
    let numbered = how == Registration::BatchCard;
    let mut card = match known {
        Some(card) => card,
        None => {
            let number = numbered.then_some(sheet.last(desk, series::CARD)? + 1);
            if let Some(number) = number {
                sheet.numbers.insert(series::CARD.to_owned(), number);
            }
            sheet.new_card_row(desk, number, how, &line.title)
        }
    };
    own_card(desk, line, &card, place);
    let mut next = card.layers.last().map_or(1, |l| l.number + 1);
    if let Some(claimed) = line.layer
        && claimed != next
    {
        desk.refuse(
            Rule::CardNumberOrder,
            format!("{place}/layer"),
            format!("Следующая строка карточки – {next}, в акте {claimed}: впишите {next} или не указывайте строку"),
        );
    }
    card.title = line.title.clone();
    let mut rest = prices;
    while let Some(price) = rest.first() {
        let same = rest.iter().take_while(|p| *p == price).count();
        let layer = Layer {
            number: next,
            year: line.year,
            unit: line.unit.clone(),
            price: *price,
            copies: u32::try_from(same).unwrap_or(u32::MAX),
            on_loan: 0,
            prices: Vec::new(),
            places: own_place(desk, line, same),
            axes: axes.clone(),
            came: sheet.came(source),
            since: None,
        };
        sheet.enter_layer(card, layer);
        card = match sheet.card_of(desk, line.title.record, Some(how))? {
            Some(card) => card,
            None => return Ok(()),
        };
        next += 1;
        rest = &rest[same..];
    }
    Ok(())
}
