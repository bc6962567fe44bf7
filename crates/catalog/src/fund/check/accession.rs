//! Поступление: one document, a КСУ row for each fund it brings units to.

mod lines;
mod links;
mod paper;

use super::sheet::{Paper, Sheet};
use super::{Desk, bounds};
use crate::fund::act::{ActBody, Document, Part};
use crate::fund::axis::Source;
use crate::fund::change::FundChange;
use crate::fund::draft::{AccessionDraft, PartDraft};
use crate::rule::Rule;
use crate::table::TableError;

pub(super) use paper::key_of;
use paper::{OwnNumber, document, document_key, sum, total};

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
    not_empty(desk, draft);
    if !draft.voided.is_empty() {
        super::void::beside(desk, &draft.voided, draft.date)?;
    }
    let document = document(desk, draft)?;
    total(desk, draft)?;
    let mut own = None;
    if let Some((_, number)) = &document {
        own.clone_from(number);
    }
    for (n, part) in draft.parts.iter().enumerate() {
        let base = base(draft, n);
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
                last: n + 1 == draft.parts.len(),
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
    /// Whether no part comes after it.
    last: bool,
}

/// Where a part stands in the draft.
fn base(draft: &AccessionDraft, part: usize) -> String {
    if draft.parts.len() == 1 {
        String::new()
    } else {
        format!("/parts/{part}")
    }
}

/// Each part is a row of a КСУ, so none may be empty.
fn not_empty(desk: &mut Desk<'_, '_>, draft: &AccessionDraft) {
    let detail = "В поступлении нет строк: впишите, что принято";
    if draft.parts.is_empty() {
        desk.refuse(Rule::EmptyAct, "/lines", detail);
    }
    for (n, part) in draft.parts.iter().enumerate() {
        if part.lines.is_empty() {
            desk.refuse(Rule::EmptyAct, format!("{}/lines", base(draft, n)), detail);
        }
    }
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
        let place = format!("{base}/lines/{n}");
        lines::one_line(desk, &mut sheet, draft.source, line, &place)?;
    }
    if heading.last {
        sheet.close_voided(desk)?;
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
