//! Документ поступления: its number, what makes it the same one, and whether it adds up.

use crate::fund::act::{ActNumber, Document};
use crate::fund::axis::{Fund, Series};
use crate::fund::check::Desk;
use crate::fund::draft::{AccessionDraft, DocumentDraft, LineDraft, OtherLine};
use crate::fund::money::Kopecks;
use crate::fund::tables::Documents;
use crate::rule::Rule;
use crate::table::{TableError, get};

pub(super) type OwnNumber = (ActNumber, (String, u64));

/// The document with the number of our own series, when it is an acceptance act.
pub(super) fn document(
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
            format!(
                "Этот документ ({}) уже записан: проверьте, не принят ли он раньше",
                document.words()
            ),
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
    let fund = draft.parts.first().map_or(Fund::Main, |p| p.fund);
    desk.act_number(Series::Acceptance, year, fund, claimed, place)
}

pub(super) fn document_key(draft: &AccessionDraft, document: &Document) -> String {
    key_of(&draft.supplier, document)
}

/// What makes a document the same one: supplier, kind, number and date. Rule: D-20. One paper is typed in many ways,
/// so capitals, quotes, spaces and the sign of a number make no difference.
pub(in crate::fund::check) fn key_of(supplier: &str, document: &Document) -> String {
    let letters = |c: &char| !c.is_whitespace() && !"«»\"'“”„‘’`№".contains(*c);
    let folded = |text: &str| {
        let text = text.to_lowercase();
        text.chars().filter(letters).collect::<String>()
    };
    format!(
        "{}|{}|{}|{}",
        folded(supplier),
        document.kind,
        folded(&document.number),
        document.date
    )
}

pub(super) fn sum(lines: &[OtherLine]) -> Kopecks {
    let line = |l: &OtherLine| l.total.unwrap_or(l.price * i64::from(l.copies));
    lines.iter().map(line).sum()
}

/// The price of a line's copies; what was found after its write-off has the price of then.
pub(super) fn price_of(
    desk: &Desk<'_, '_>,
    line: &LineDraft,
) -> Result<Option<Kopecks>, TableError> {
    Ok(match (line.price, line.total, &line.formerly) {
        (None, None, Some(number)) => desk.item(number)?.map(|item| item.price),
        (price, _, _) => price,
    })
}

pub(super) fn total(desk: &mut Desk<'_, '_>, draft: &AccessionDraft) -> Result<(), TableError> {
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
