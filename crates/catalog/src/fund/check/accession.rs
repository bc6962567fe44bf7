//! Поступление: one document, a КСУ row for each fund it brings units to.

use super::sheet::{Paper, Sheet};
use super::units::NewItem;
use super::{Desk, MAX_LINES, axes, bounds};
use crate::fund::act::{ActBody, ActNumber, Document, Part};
use crate::fund::axis::{Registration, Series, Source};
use crate::fund::change::FundChange;
use crate::fund::draft::{AccessionDraft, DocumentDraft, LineDraft, OtherLine, PartDraft};
use crate::fund::item::Layer;
use crate::fund::money::Kopecks;
use crate::fund::state::ItemState;
use crate::fund::tables::{Documents, series};
use crate::fund::title::Axes;
use crate::id::LibraryId;
use crate::rule::Rule;
use crate::table::{TableError, get};

type OwnNumber = (ActNumber, (String, u64));

pub(super) fn judge(desk: &mut Desk<'_, '_>, draft: &AccessionDraft) -> Result<(), TableError> {
    if !bounds::accession(desk, draft) {
        return Ok(());
    }
    days(desk, draft)?;
    if matches!(draft.source, Source::InternalMove | Source::Opening) {
        desk.refuse(
            Rule::SourceUse,
            "/source",
            format!(
                "«{}» не поступление в библиотеку: остатки вводят разделом opening, перемещение КСУ не меняет",
                draft.source.label()
            ),
        );
    }
    if draft.parts.iter().all(|part| part.lines.is_empty()) {
        desk.refuse(
            Rule::EmptyAct,
            "/lines",
            "В поступлении нет строк: впишите, что принято",
        );
    }
    if !draft.voided.is_empty() {
        super::void::take(desk, &draft.voided, draft.date)?;
    }
    let document = document(desk, draft)?;
    total(desk, draft)?;
    let mut own = None;
    if let Some((_, number)) = &document {
        own.clone_from(number);
    }
    for (n, part) in draft.parts.iter().enumerate() {
        let base = if draft.parts.len() == 1 {
            String::new()
        } else {
            format!("/parts/{n}")
        };
        if draft.parts[..n].iter().any(|p| p.fund == part.fund) {
            desk.refuse(
                Rule::MixedFund,
                base,
                format!(
                    "Фонд «{}» назван дважды: соедините его строки",
                    part.fund.label()
                ),
            );
            continue;
        }
        let key = document.as_ref().and_then(|(document, own)| {
            (own.is_none() && n == 0).then(|| (document_key(draft, document), true))
        });
        let body = document.as_ref().map(|(document, _)| body(draft, document));
        one_part(
            desk,
            draft,
            part,
            &base,
            Heading {
                body,
                own: own.clone(),
                key,
            },
        )?;
    }
    Ok(())
}

fn days(desk: &mut Desk<'_, '_>, draft: &AccessionDraft) -> Result<(), TableError> {
    for part in &draft.parts {
        desk.book_day(part.fund, draft.date)?;
        if desk.refused() {
            break;
        }
    }
    Ok(())
}

struct Heading {
    body: Option<ActBody>,
    own: Option<OwnNumber>,
    key: Option<(String, bool)>,
}

fn body(draft: &AccessionDraft, document: &Document) -> ActBody {
    ActBody::Accession {
        source: draft.source,
        supplier: draft.supplier.clone(),
        document: document.clone(),
        non_fund: sum(&draft.non_fund),
        rejected: sum(&draft.rejected),
    }
}

fn one_part(
    desk: &mut Desk<'_, '_>,
    draft: &AccessionDraft,
    part: &PartDraft,
    base: &str,
    heading: Heading,
) -> Result<(), TableError> {
    let mut sheet = Sheet::new(desk, part.fund, draft.date, Some(Part::Came))?;
    for (n, line) in part.lines.iter().enumerate() {
        one_line(
            desk,
            &mut sheet,
            draft.source,
            line,
            &format!("{base}/lines/{n}"),
        )?;
    }
    let Some(body) = heading.body else {
        return Ok(());
    };
    let paper = Paper {
        number: heading.own,
        body,
        storno_of: None,
        corrects: None,
        document: heading.key,
        note: draft.note.clone(),
    };
    let posting = sheet.finish(desk, paper)?;
    if !desk.refused() {
        desk.emit(FundChange::Posted(Box::new(posting)))?;
    }
    Ok(())
}

/// The document with the number of our own series, when it is an acceptance act.
fn document(
    desk: &mut Desk<'_, '_>,
    draft: &AccessionDraft,
) -> Result<Option<(Document, Option<OwnNumber>)>, TableError> {
    let Some(given) = &draft.document else {
        desk.refuse(
            Rule::DocumentRequired,
            "/document",
            "Нет сопроводительного документа: составьте акт о приёме (ACCEPTANCE_ACT) и впишите его",
        );
        return Ok(None);
    };
    let date = given.date.unwrap_or(draft.date);
    if date > draft.date {
        desk.refuse(
            Rule::DateBeforeDocument,
            "/date",
            format!(
                "Документ от {date}, а запись от {}: запись не бывает раньше документа",
                draft.date
            ),
        );
    }
    let make = |number: String| Document {
        kind: given.kind.clone(),
        number,
        date,
        total: given.total,
    };
    if given.kind == "ACCEPTANCE_ACT" {
        let own = own_number(desk, draft, given, date.year())?;
        return Ok(Some((make(own.0.number.to_string()), Some(own))));
    }
    let number = given.number.clone().unwrap_or_default();
    if number.trim().is_empty() {
        desk.refuse(
            Rule::DocumentRequired,
            "/document/no",
            "У документа нет номера: впишите его, при отсутствии – «б/н»",
        );
    }
    let document = make(number);
    let key = (desk.library.id.clone(), document_key(draft, &document));
    if get::<Documents>(desk.tables, &key)?.is_some() {
        desk.refuse(
            Rule::DuplicateDocument,
            "/document",
            format!("Документ {document} уже записан: проверьте, не принят ли он раньше"),
        );
    }
    Ok(Some((document, None)))
}

fn own_number(
    desk: &mut Desk<'_, '_>,
    draft: &AccessionDraft,
    given: &DocumentDraft,
    year: i16,
) -> Result<OwnNumber, TableError> {
    let place = "/document/no";
    let mut claimed = None;
    if let Some(text) = given
        .number
        .as_deref()
        .map(str::trim)
        .filter(|t| !t.is_empty())
    {
        let (number, of_year) = text.split_once('/').unwrap_or((text, ""));
        let year_fits = of_year.is_empty() || of_year.trim().parse() == Ok(year);
        match number.trim().parse().ok().filter(|_| year_fits) {
            Some(number) => claimed = Some(number),
            None => desk.refuse(
                Rule::ActNumberOrder,
                place,
                format!("«{text}» – не номер акта о приёме за {year} год: впишите число или не указывайте номер"),
            ),
        }
    }
    let fund = draft
        .parts
        .first()
        .map_or(crate::fund::axis::Fund::Main, |p| p.fund);
    desk.act_number(Series::Acceptance, year, fund, claimed, place)
}

fn document_key(draft: &AccessionDraft, document: &Document) -> String {
    key_of(&draft.supplier, document)
}

/// What makes a document the same one: supplier, kind, number and date. Rule: D-20.
pub(super) fn key_of(supplier: &str, document: &Document) -> String {
    format!(
        "{}|{}|{}|{}",
        supplier.trim(),
        document.kind,
        document.number.trim(),
        document.date
    )
}

fn sum(lines: &[OtherLine]) -> Kopecks {
    let line = |l: &OtherLine| l.total.unwrap_or(l.price * i64::from(l.copies));
    lines.iter().map(line).sum()
}

/// The price of a line's copies; what was found after its write-off has the price of then.
fn price_of(desk: &Desk<'_, '_>, line: &LineDraft) -> Result<Option<Kopecks>, TableError> {
    Ok(match (line.price, line.total, &line.formerly) {
        (None, None, Some(number)) => desk.item(number)?.map(|item| item.price),
        (price, _, _) => price,
    })
}

fn total(desk: &mut Desk<'_, '_>, draft: &AccessionDraft) -> Result<(), TableError> {
    let Some(stated) = draft.document.as_ref().and_then(|d| d.total) else {
        return Ok(());
    };
    let mut taken = Kopecks::ZERO;
    for line in draft.parts.iter().flat_map(|part| &part.lines) {
        taken += match price_of(desk, line)? {
            Some(price) => price * i64::from(line.copies),
            None => line.total.unwrap_or_default(),
        };
    }
    let (other, rejected) = (sum(&draft.non_fund), sum(&draft.rejected));
    if taken + other + rejected != stated {
        desk.refuse(
            Rule::TotalMismatch,
            "/document/total_kop",
            format!(
                "Итог документа {stated}, а строки дают {}: фонд {taken}, не фонд {other}, не принято {rejected}. Исправьте строки или итог",
                taken + other + rejected
            ),
        );
    }
    Ok(())
}

fn one_line(
    desk: &mut Desk<'_, '_>,
    sheet: &mut Sheet,
    source: Source,
    line: &LineDraft,
    place: &str,
) -> Result<(), TableError> {
    if line.copies == 0 || !line.numbers.is_empty() && line.numbers.len() != line.copies as usize {
        desk.refuse(
            Rule::CopiesRequired,
            format!("{place}/copies"),
            format!(
                "Экземпляров {}, номеров {}: впишите столько номеров, сколько экземпляров",
                line.copies,
                line.numbers.len()
            ),
        );
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
    links(desk, line, place)?;
    match how {
        Registration::Inventory if sheet.items.len() + prices.len() > MAX_LINES => {
            let detail =
                format!("В акте больше {MAX_LINES} инвентарных номеров: разделите поступление");
            desk.refuse(Rule::ActTooLarge, format!("{place}/copies"), detail);
            Ok(())
        }
        Registration::Inventory => {
            for (n, price) in prices.iter().enumerate() {
                let number = match line.numbers.get(n) {
                    Some(number) => {
                        sheet.claim_number(desk, number, &format!("{place}/inv/{n}"))?;
                        number.clone()
                    }
                    None => sheet.give_number(desk, &line.prefix)?,
                };
                let new = NewItem {
                    title,
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
        Registration::BatchCard
        | Registration::PeriodicalCard
        | Registration::SummaryOnly
        | Registration::Network => {
            onto_card(desk, sheet, line, how, (&axes, &prices, source), place)
        }
    }
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

/// The numbers that a line refers to must be what it says of them.
fn links(desk: &mut Desk<'_, '_>, line: &LineDraft, place: &str) -> Result<(), TableError> {
    if let Some(number) = &line.replaces
        && desk.item(number)?.is_none()
    {
        desk.refuse(
            Rule::InventoryNumberUnknown,
            format!("{place}/replaces_inv"),
            format!("Номера {number}, взамен которого принято, нет в инвентарной книге"),
        );
    }
    if let Some(place_of) = &line.place {
        desk.place(place_of, &format!("{place}/place"))?;
    }
    if let Some(number) = &line.formerly {
        let state = desk.item(number)?.map(|item| item.state);
        if state != Some(ItemState::Withdrawn) {
            let stands = state.map_or("такого номера нет", ItemState::label);
            desk.refuse(
                Rule::FormerNumber,
                format!("{place}/formerly_inv"),
                format!("Номер {number}: {stands}. Акт о приёме найденного называет списанный номер; не списанный отмечают событием FOUND"),
            );
        }
    }
    Ok(())
}

/// Copies for a building stand there; those for the library itself have no place of their own.
fn own_place(desk: &Desk<'_, '_>, line: &LineDraft, copies: usize) -> Vec<(LibraryId, u32)> {
    let building = line.place.iter().filter(|at| **at != desk.library.id);
    let copies = u32::try_from(copies).unwrap_or(u32::MAX);
    building.map(|at| (at.clone(), copies)).collect()
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
    if let Some(claimed) = line.card
        && card.number != Some(claimed)
    {
        desk.refuse(
            Rule::CardNumberOrder,
            format!("{place}/card_no"),
            format!(
                "«{}»: карточка этого издания – {}, в акте {claimed}. Впишите её или не указывайте номер",
                line.title.label(),
                card.number.unwrap_or(0)
            ),
        );
    }
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
