//! Lines of a delivery: what was typed, which records it may mean, and the draft they make.

use catalog::fund::Order;
use catalog::fund::axis::{Fund, Registration, Source};
use catalog::fund::draft::{AccessionDraft, DocumentDraft, LineDraft, OtherLine, PartDraft};
use catalog::fund::money::Kopecks;
use catalog::fund::read;
use catalog::id::{LibraryId, RecordId};
use catalog::record::BiblioRecord;
use catalog::record::brief::brief;
use jiff::civil::Date;
use search::{Audience, Query};

use super::super::{Pairs, fund_of};
use crate::app::App;
use crate::problem::Problem;
use crate::view::Remark;
use crate::view::delivery::{Candidate, DeliveryLine};

/// How many records are offered to choose from.
const OFFERED: usize = 8;

/// Records that what was typed may mean.
pub(super) fn found(app: &App, typed: &str) -> Result<Vec<Candidate>, Problem> {
    let question = Query {
        audience: Audience::Staff,
        limit: OFFERED,
        ..Query::new(typed)
    };
    let page = app.fresh_index()?.search(&question)?;
    let mut candidates = Vec::new();
    for hit in page.hits {
        let stored = app.catalog().record(hit.id)?;
        candidates.push(candidate(hit.id, &stored.record));
    }
    Ok(candidates)
}

/// A record in two lines.
pub(super) fn candidate(id: RecordId, record: &BiblioRecord) -> Candidate {
    let brief = brief(record);
    let author = brief.authors.first().map_or_else(String::new, |author| {
        let stop = if author.ends_with('.') { "" } else { "." };
        format!("{author}{stop} ")
    });
    let sub = [brief.publisher, brief.date, brief.isbn.first().cloned()];
    Candidate {
        record: id.to_string(),
        title: format!("{author}{}", brief.title),
        sub: sub.into_iter().flatten().collect::<Vec<_>>().join(", "),
    }
}

/// The lines as the form sent them.
pub(super) fn read_lines(pairs: &Pairs) -> Vec<DeliveryLine> {
    let records = pairs.all("line.record");
    let titles = pairs.all("line.title");
    let subs = pairs.all("line.sub");
    let copies = pairs.all("line.copies");
    let prices = pairs.all("line.price");
    let rows = records.zip(titles).zip(subs).zip(copies).zip(prices);
    rows.map(|((((record, title), sub), copies), price)| {
        let count = copies.trim().parse::<u32>().ok();
        let each = price.trim().parse::<Kopecks>().ok();
        DeliveryLine {
            record: record.to_owned(),
            title: title.to_owned(),
            sub: sub.to_owned(),
            copies: copies.trim().to_owned(),
            price: price.trim().to_owned(),
            sum: count
                .filter(|count| *count <= 100_000)
                .zip(each)
                .filter(|(_, price)| price.0.abs() < 100_000_000_000)
                .map(|(count, price)| price * i64::from(count)),
            errors: Vec::new(),
        }
    })
    .collect()
}

/// The form as an order to the fund; or what cannot be read in it, each beside its row.
pub(super) fn draft(
    app: &App,
    library: &LibraryId,
    pairs: &Pairs,
    lines: &mut [DeliveryLine],
) -> Result<Result<Order, Vec<Remark>>, Problem> {
    let mut remarks = Vec::new();
    let fund = fund_of(pairs.get("fund"));
    let mut drafts = Vec::new();
    for (at, line) in (1..).zip(lines.iter_mut()) {
        match line_draft(app, library, fund, line)? {
            Ok(draft) => drafts.push(draft),
            Err(why) => {
                remarks.push(Remark::bad(
                    format!("Строка {at}: {why}"),
                    format!("copies-{at}"),
                ));
                line.errors.push(why);
            }
        }
    }
    if drafts.is_empty() && remarks.is_empty() {
        remarks.push(Remark::bad("Добавьте хотя бы одну строку", "scan"));
    }
    let mut date = |name: &str| {
        let date = pairs.get(name).parse::<Date>();
        date.map_err(|_| remarks.push(Remark::bad("Впишите дату: день, месяц, год", name)))
            .ok()
    };
    let (entered, drawn) = (date("date"), date("doc.date"));
    let mut sum = |name: &str| match pairs.get(name) {
        "" => None,
        typed => typed
            .parse::<Kopecks>()
            .map_err(|error| remarks.push(Remark::bad(error.to_string(), name)))
            .ok(),
    };
    let (total, non_fund, rejected) = (sum("total"), sum("not_fund"), sum("rejected"));
    let Some(date) = entered.filter(|_| remarks.is_empty()) else {
        return Ok(Err(remarks));
    };
    let number = Some(pairs.get("doc.number").to_owned()).filter(|number| !number.is_empty());
    Ok(Ok(Order::Receive(AccessionDraft {
        date,
        source: pairs.get("source").parse().unwrap_or(Source::Purchase),
        supplier: pairs.get("supplier").to_owned(),
        document: Some(DocumentDraft {
            kind: pairs.get("doc.kind").to_owned(),
            number,
            date: drawn,
            total,
        }),
        parts: vec![PartDraft {
            fund,
            lines: drafts,
        }],
        non_fund: other(non_fund, "не фонд"),
        rejected: other(rejected, "не принято"),
        voided: Vec::new(),
        note: String::new(),
    })))
}

/// A sum outside the fund as the one line of it.
fn other(price: Option<Kopecks>, what: &str) -> Vec<OtherLine> {
    let price = price.filter(|price| *price != Kopecks::ZERO);
    let line = price.map(|price| OtherLine {
        total: None,
        description: what.to_owned(),
        copies: 1,
        price,
    });
    line.into_iter().collect()
}

fn line_draft(
    app: &App,
    library: &LibraryId,
    fund: Fund,
    line: &DeliveryLine,
) -> Result<Result<LineDraft, String>, Problem> {
    let Ok(copies) = line.copies.parse::<u32>() else {
        return Ok(Err("впишите количество числом".to_owned()));
    };
    let Ok(price) = line.price.parse::<Kopecks>() else {
        return Ok(Err("впишите цену одной, например 350,00".to_owned()));
    };
    let Ok(id) = line.record.parse::<RecordId>() else {
        return Ok(Err("строка не названа: найдите книгу заново".to_owned()));
    };
    let stored = app.catalog().record(id)?;
    let known = read::title(app.catalog().view(), library, id)?;
    let mut title = known.unwrap_or_else(|| catalog::title_facts(id, &stored.record));
    if title.fund != fund {
        title.fund = fund;
        // Another fund counts in another way: textbooks by cards, the rest by numbers.
        title.registration = match (fund, title.registration) {
            (Fund::Textbook, Registration::Inventory) => Registration::BatchCard,
            (_, Registration::BatchCard) if fund != Fund::Textbook => Registration::Inventory,
            (_, same) => same,
        };
    }
    Ok(Ok(LineDraft::new(title, copies, price)))
}
