//! Строки событий: what comes in, what is named, what stands beside the fund.

use jiff::civil::Date;
use serde_json::Value;

use super::reader::Reader;
use super::titles::{Known, coded_workbook, worded_workbook};
use crate::fund::axis::{Fund, Purpose, Series};
use crate::fund::draft::{
    ActDraft, DocumentDraft, LineDraft, OtherLine, PartDraft, UnitLine, VoidedNumber,
};
use crate::fund::money::Kopecks;
use crate::rule::Rule;

/// The names under which files state the total of a line.
const LINE_TOTALS: &[&str] = &["sum_kop", "total_kop", "line_total_kop", "amount_kop"];

/// The parts of a receipt: `parts`, or `fund` with `lines`.
pub(super) fn parts(event: &mut Reader<'_>, known: &Known<'_>) -> Vec<PartDraft> {
    let mut parts = Vec::new();
    if event.get("parts").is_some() {
        for mut part in event.list("parts") {
            if let Some(fund) = part.needed_code::<Fund>("fund") {
                let lines = arrivals(&mut part, known);
                parts.push(PartDraft { fund, lines });
            }
            event.close(part);
        }
    } else if let Some(fund) = event.needed_code::<Fund>("fund") {
        let lines = arrivals(event, known);
        parts.push(PartDraft { fund, lines });
    }
    parts
}

fn arrivals(from: &mut Reader<'_>, known: &Known<'_>) -> Vec<LineDraft> {
    let mut lines = Vec::new();
    for mut line in from.list("lines") {
        lines.extend(arrival(&mut line, known));
        from.close(line);
    }
    lines
}

fn arrival(line: &mut Reader<'_>, known: &Known<'_>) -> Option<LineDraft> {
    let coded = coded_workbook(line);
    let workbook = coded || worded_workbook(line);
    let worded = workbook && known.keeps_workbooks() && line.any(&["title", "record"]).is_none();
    let named = if worded { "description" } else { "title" };
    if line.any(&[named, "record"]).is_none() {
        let (rule, detail) = if workbook {
            (
                Rule::ConsumableNotFund,
                "Рабочие тетради – расходный материал: перенесите строку в non_fund_lines",
            )
        } else {
            (
                Rule::TitleUnknown,
                "Строка не называет издание: впишите title",
            )
        };
        line.slip(rule, "title", detail);
        return None;
    }
    let mut title = known.title(line, named)?;
    // A purpose that the title has is stronger than the words of a line.
    let other = |purpose: Purpose| purpose != Purpose::Workbook;
    if coded || workbook && !title.purpose.is_some_and(other) {
        title.purpose = Some(Purpose::Workbook);
        title.on_balance = None;
    }
    let numbers = line.numbers("inv");
    let (mut year, mut unit, mut issues) = (line.whole("year"), String::new(), None);
    if let Some(mut periodical) = line.inner("periodical") {
        year = periodical.whole("year").or(year);
        unit = periodical.text("unit");
        issues = periodical.whole::<u32>("issues");
        line.close(periodical);
    }
    let copies = match line.get("copies") {
        Some(_) => line.whole("copies").unwrap_or(0),
        None if !numbers.is_empty() => u32::try_from(numbers.len()).unwrap_or(u32::MAX),
        None => issues.unwrap_or(1),
    };
    let mut draft = LineDraft::new(title, copies, Kopecks::ZERO);
    draft.price = line.money("price_kop");
    draft.total = line.any(LINE_TOTALS).and_then(|(key, _)| line.money(key));
    draft.numbers = numbers;
    draft.prefix = line.text("prefix");
    draft.card = line.whole("card_no");
    draft.layer = line.whole("layer");
    draft.year = year;
    draft.unit = unit;
    draft.on_balance = line.flag("on_balance");
    draft.shelfmark = line.text("shelfmark");
    draft.place = line.code("place");
    draft.replaces = line.number("replaces_inv");
    draft.formerly = line.number("formerly_inv");
    Some(draft)
}

/// Units that an event names, in `lines` or by its own `inv` or `card_no`.
pub(super) fn units(event: &mut Reader<'_>, known: &Known<'_>, copies: u32) -> Vec<UnitLine> {
    let mut units = Vec::new();
    if event.get("lines").is_some() {
        for mut line in event.list("lines") {
            units.extend(unit(&mut line, known, copies));
            event.close(line);
        }
    } else if event.any(&["inv", "card_no"]).is_some() {
        units = unit(event, known, copies);
    }
    units
}

/// One line is one unit, or several when it lists numbers. `copies` stands where none are given.
pub(super) fn unit(line: &mut Reader<'_>, known: &Known<'_>, copies: u32) -> Vec<UnitLine> {
    let title = known.title(line, "title");
    let periodical = line.inner("periodical");
    let mut year = line.whole("year");
    if let Some(mut periodical) = periodical {
        year = periodical.whole("year").or(year);
        line.close(periodical);
    }
    let base = UnitLine {
        number: None,
        card: line.whole("card_no"),
        layer: line.whole("layer"),
        record: title.as_ref().map(|title| title.record),
        year,
        copies: match line.get("copies") {
            Some(_) => line.whole("copies").unwrap_or(0),
            None => copies,
        },
        reason: line.code("reason"),
        price: line
            .any(&["price_kop", "new_price_kop", "correct_price_kop"])
            .and_then(|(key, _)| line.money(key)),
        title: None,
    };
    let numbers = line.numbers("inv");
    if numbers.is_empty() {
        return vec![base];
    }
    if line.get("copies").is_some() && base.copies as usize != numbers.len() {
        let detail = format!(
            "Экземпляров {}, номеров {}: впишите каждый номер или уберите количество",
            base.copies,
            numbers.len()
        );
        line.slip(Rule::CopiesRequired, "copies", detail);
    }
    numbers
        .into_iter()
        .map(|number| UnitLine {
            number: Some(number),
            copies: 1,
            title: title.clone(),
            ..base.clone()
        })
        .collect()
}

/// Lines of the document that are not the fund's.
pub(super) fn others(event: &mut Reader<'_>, key: &str) -> Vec<OtherLine> {
    let mut lines = Vec::new();
    for mut line in event.list(key) {
        let mut description = line.text("description");
        if description.is_empty() {
            description = line.text("title");
        }
        let copies = match line.get("copies") {
            Some(_) => line.whole("copies").unwrap_or(0),
            None => 1,
        };
        lines.push(OtherLine {
            description,
            copies,
            price: line.money("price_kop").unwrap_or_default(),
            total: line.any(LINE_TOTALS).and_then(|(key, _)| line.money(key)),
        });
        event.close(line);
    }
    lines
}

/// The accompanying document: an object, or short as `WAYBILL 45 of 2025-02-05`.
pub(super) fn document(event: &mut Reader<'_>) -> Option<DocumentDraft> {
    match event.get("document")? {
        Value::String(short) => {
            let (kind, rest) = short.trim().split_once(' ').unwrap_or((short.trim(), ""));
            let (number, date) = match rest
                .rsplit_once(" of ")
                .or_else(|| rest.rsplit_once(" от "))
            {
                Some((number, date)) => (number, Some(date)),
                None => (rest, None),
            };
            let date = date.map(|text| text.trim().parse::<Date>());
            if let Some(Err(_)) = date {
                event.slip(
                    Rule::FileShape,
                    "document",
                    "Краткая запись документа – «WAYBILL 45 of 2025-02-05»",
                );
            }
            Some(DocumentDraft {
                kind: kind.to_owned(),
                number: Some(number.trim().to_owned()).filter(|n| !n.is_empty()),
                date: date.and_then(Result::ok),
                total: None,
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            let mut given = event.inner("document")?;
            let kind = given.text("kind");
            if kind.is_empty() {
                given.slip(
                    Rule::FileShape,
                    "kind",
                    "Впишите вид документа: WAYBILL, ACCEPTANCE_ACT…",
                );
            }
            let number = given.any(&["no", "number"]).map(|(key, _)| given.text(key));
            let draft = DocumentDraft {
                kind,
                number,
                date: given.date("date"),
                total: given.money("total_kop"),
            };
            event.close(given);
            Some(draft)
        }
    }
}

/// The act that an event cites.
pub(super) fn act(event: &mut Reader<'_>, series: Series) -> Option<ActDraft> {
    let mut given = event.inner("act")?;
    let draft = ActDraft {
        series: given.code("series").unwrap_or(series),
        number: given
            .any(&["no", "number"])
            .and_then(|(key, _)| given.whole(key)),
        date: given.date("date"),
        approved: given.date("approved"),
        confirmed: given
            .any(&["confirmed", "bookkeeping_confirmed"])
            .and_then(|(key, _)| given.date(key)),
    };
    event.close(given);
    Some(draft)
}

/// Numbers to be voided: `voided: [{inv, reason}]`, or the event's own `inv` and `reason`.
pub(super) fn voided(event: &mut Reader<'_>, own: bool) -> Vec<VoidedNumber> {
    let mut found = Vec::new();
    let mut take = |from: &mut Reader<'_>| {
        let mut reason = from.text("reason");
        if reason.is_empty() {
            reason = from.text("note");
        }
        for number in from.numbers("inv") {
            let reason = reason.clone();
            found.push(VoidedNumber { number, reason });
        }
    };
    if own {
        take(event);
    }
    for mut line in event.list("voided") {
        take(&mut line);
        event.close(line);
    }
    found
}
