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

use super::super::{Pairs, named_fund, no_fund};
use crate::app::App;
use crate::problem::Problem;
use crate::view::delivery::{Candidate, DeliveryLine};
use crate::view::{Lang, Remark};

/// How many records are offered to choose from.
const OFFERED: usize = 8;

/// A record as it is compared with what is described anew.
pub(super) struct Book {
    pub(super) candidate: Candidate,
    pub(super) title: String,
    pub(super) year: Option<u16>,
    pub(super) isbn: Vec<String>,
}

/// Records that what was typed may mean.
pub(super) fn found(app: &App, typed: &str) -> Result<Vec<Candidate>, Problem> {
    let books = books(app, typed)?;
    Ok(books.into_iter().map(|book| book.candidate).collect())
}

/// As [`found`], with what is compared.
pub(super) fn books(app: &App, typed: &str) -> Result<Vec<Book>, Problem> {
    let question = Query {
        audience: Audience::Staff,
        limit: OFFERED,
        ..Query::new(typed)
    };
    let page = app.ask_fresh_index(|index| index.search(&question))?;
    let mut books = Vec::new();
    for hit in page.hits {
        let stored = app.catalog().record(hit.id)?;
        let brief = brief(&stored.record);
        books.push(Book {
            candidate: candidate(hit.id, &stored.record),
            title: brief.title,
            year: brief.year,
            isbn: brief.isbn,
        });
    }
    Ok(books)
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

/// The names under which lines travel that are not shown: those before the page that is, and those after it.
pub(super) const FOLDED: [&str; 2] = ["lines.before", "lines.after"];

/// The lines as the form sent them.
pub(super) fn read_lines(app: &App, pairs: &Pairs) -> Result<Vec<DeliveryLine>, Problem> {
    let all = |name: &'static str| pairs.all(name).collect::<Vec<&str>>();
    let (titles, subs) = (all("line.title"), all("line.sub"));
    let (copies, prices) = (all("line.copies"), all("line.price"));
    let (funds, formerly) = (all("line.fund"), all("line.formerly"));
    let mut lines = unfolded(app, pairs.get(FOLDED[0]))?;
    for (at, record) in pairs.all("line.record").enumerate() {
        let of = |list: &[&str]| list.get(at).copied().unwrap_or_default().trim().to_owned();
        lines.push(DeliveryLine {
            record: record.to_owned(),
            title: of(&titles),
            sub: of(&subs),
            copies: of(&copies),
            price: of(&prices),
            fund: of(&funds),
            formerly: of(&formerly),
            ..DeliveryLine::default()
        });
    }
    lines.extend(unfolded(app, pairs.get(FOLDED[1]))?);
    for line in &mut lines {
        let each = line.price.parse::<Kopecks>().ok();
        line.sum = count(&line.copies)
            .zip(each.filter(|price| price.0.abs() < 100_000_000_000))
            .map(|(count, price)| price * i64::from(count));
    }
    Ok(lines)
}

/// Lines in one value: what was typed of each apart by `*`, the lines by `|`; the title is found again by its record.
pub(super) fn folded(lines: &[DeliveryLine]) -> String {
    let words = lines.iter().map(|line| {
        let typed = [
            &line.record,
            &line.copies,
            &line.price,
            &line.fund,
            &line.formerly,
        ];
        let typed = typed.map(|part| part.replace(['|', '*'], " "));
        typed.join("*")
    });
    words.collect::<Vec<_>>().join("|")
}

fn unfolded(app: &App, folded: &str) -> Result<Vec<DeliveryLine>, Problem> {
    let mut lines = Vec::new();
    for word in folded.split('|').filter(|word| !word.is_empty()) {
        let mut parts = word.split('*').map(|part| part.trim().to_owned());
        let mut next = || parts.next().unwrap_or_default();
        let (record, copies, price, fund, formerly) = (next(), next(), next(), next(), next());
        let book = match record.parse::<RecordId>() {
            Ok(id) => Some(candidate(id, &app.catalog().record(id)?.record)),
            Err(_) => None,
        };
        let (title, sub) = book.map_or_else(Default::default, |book| (book.title, book.sub));
        lines.push(DeliveryLine {
            record,
            title,
            sub,
            copies,
            price,
            fund,
            formerly,
            ..DeliveryLine::default()
        });
    }
    Ok(lines)
}

/// How many lines pairs of a form hold.
pub(super) fn held(pairs: &[(String, String)]) -> usize {
    let held = pairs.iter().map(|(name, value)| match name.as_str() {
        "line.record" => 1,
        name if FOLDED.contains(&name) => value.split('|').filter(|word| !word.is_empty()).count(),
        _ => 0,
    });
    held.sum()
}

/// A quantity as people write it: `2 000` is two thousand. More than any delivery has is none: a scanned code.
pub(super) fn count(typed: &str) -> Option<u32> {
    let bare: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    bare.parse().ok().filter(|count| *count <= 100_000)
}

/// What cannot be read in the head of the form, and the order when all can.
struct Reading {
    remarks: Vec<Remark>,
}

impl Reading {
    fn date(&mut self, pairs: &Pairs, name: &str) -> Option<Date> {
        let date = pairs.get(name).parse::<Date>().ok();
        if date.is_none() {
            let why = "Впишите дату: день, месяц, год";
            self.remarks.push(Remark::bad(why, name));
        }
        date
    }

    fn sum(&mut self, pairs: &Pairs, name: &str) -> Option<Kopecks> {
        let typed = pairs.get(name);
        if typed.is_empty() {
            return None;
        }
        let sum = typed.parse::<Kopecks>();
        sum.map_err(|error| self.remarks.push(Remark::bad(error.to_string(), name)))
            .ok()
    }
}

/// Lines of the parts that the form falls into, each with the rows it was typed in.
pub(super) type Rows = Vec<Vec<usize>>;

/// The form as an order to the fund with the rows of its parts; or what cannot be read in it, each beside its row.
pub(super) fn draft(
    app: &App,
    lang: Lang,
    library: &LibraryId,
    pairs: &Pairs,
    lines: &mut [DeliveryLine],
) -> Result<Result<(Order, Rows), Vec<Remark>>, Problem> {
    let mut reading = Reading {
        remarks: pairs.too_long(&[("supplier", 500), ("doc.number", 100)]),
    };
    let remarks = &mut reading.remarks;
    let source = source_of(lang, pairs, remarks);
    let (parts, rows) = parts(app, lang, library, (pairs, source), lines, remarks)?;
    if parts.is_empty() && reading.remarks.is_empty() {
        let why = "Добавьте хотя бы одну строку";
        reading.remarks.push(Remark::bad(why, "scan"));
    }
    let (entered, drawn) = (reading.date(pairs, "date"), reading.date(pairs, "doc.date"));
    let total = reading.sum(pairs, "total");
    let (non_fund, rejected) = (
        reading.sum(pairs, "not_fund"),
        reading.sum(pairs, "rejected"),
    );
    let Some(date) = entered.filter(|_| reading.remarks.is_empty()) else {
        return Ok(Err(reading.remarks));
    };
    let number = Some(pairs.get("doc.number").to_owned()).filter(|number| !number.is_empty());
    let order = Order::Receive(AccessionDraft {
        date,
        source,
        supplier: pairs.get("supplier").to_owned(),
        document: Some(DocumentDraft {
            kind: pairs.get("doc.kind").to_owned(),
            number,
            date: drawn,
            total,
        }),
        parts,
        non_fund: other(non_fund, "не фонд"),
        rejected: other(rejected, "не принято"),
        voided: Vec::new(),
        note: String::new(),
    });
    Ok(Ok((order, rows)))
}

/// The source that a form names: none at all is a purchase, one that nobody knows is refused by name.
fn source_of(lang: Lang, pairs: &Pairs, remarks: &mut Vec<Remark>) -> Source {
    let code = pairs.get("source");
    let source = code.parse();
    if source.is_err() && !code.is_empty() {
        let why = lang.with("Источника «{}» нет: выберите его из списка", code);
        remarks.push(Remark::bad(why, "source"));
    }
    source.unwrap_or(Source::Purchase)
}

/// One part for each fund that a line goes to. Rule: D-20.
fn parts(
    app: &App,
    lang: Lang,
    library: &LibraryId,
    (pairs, source): (&Pairs, Source),
    lines: &mut [DeliveryLine],
    remarks: &mut Vec<Remark>,
) -> Result<(Vec<PartDraft>, Rows), Problem> {
    let usual = named_fund(lang, pairs, remarks);
    let mut parts: Vec<PartDraft> = Vec::new();
    let mut rows: Rows = Vec::new();
    for (at, line) in lines.iter_mut().enumerate() {
        let fund = match line.fund.as_str() {
            "" => Ok(usual),
            code => code.parse::<Fund>().map_err(|_| no_fund(lang, code)),
        };
        let read = match fund {
            Ok(fund) => {
                line_draft(app, lang, library, fund, (line, source))?.map(|draft| (fund, draft))
            }
            Err(why) => Err(why),
        };
        match read {
            Ok((fund, draft)) => {
                let part = parts.iter().position(|part| part.fund == fund);
                let part = part.unwrap_or_else(|| {
                    let lines = Vec::new();
                    parts.push(PartDraft { fund, lines });
                    rows.push(Vec::new());
                    parts.len() - 1
                });
                parts[part].lines.push(draft);
                rows[part].push(at);
            }
            Err(why) => {
                let row = at + 1;
                let field = format!("copies-{row}");
                let words = lang.with2("Строка {}: {}", row, lang.t(&why));
                remarks.push(Remark::bad(words, field));
                line.errors.push(why);
            }
        }
    }
    Ok((parts, rows))
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
    lang: Lang,
    library: &LibraryId,
    fund: Fund,
    (line, source): (&DeliveryLine, Source),
) -> Result<Result<LineDraft, String>, Problem> {
    let copies = match count(&line.copies) {
        None if super::titles::is_code(&line.copies) => {
            return Ok(Err("в количество попал штрихкод: впишите число".to_owned()));
        }
        Some(0) | None => {
            return Ok(Err("впишите количество числом, от 1 до 100 000".to_owned()));
        }
        Some(copies) => copies,
    };
    let former = match (source, line.formerly.as_str()) {
        (Source::FoundAfterWriteOff, "") => {
            return Ok(Err(
                "впишите номер, под которым книга была списана".to_owned()
            ));
        }
        (Source::FoundAfterWriteOff, typed) => match typed.parse() {
            Ok(number) => Some(number),
            Err(_) => return Ok(Err(lang.with("«{}» – не инвентарный номер", typed))),
        },
        (_, _) => None,
    };
    if super::titles::is_code(&line.price) {
        return Ok(Err(
            "в цену попал штрихкод: впишите цену одной, например 350,00".to_owned(),
        ));
    }
    let price = match (line.price.parse::<Kopecks>(), source) {
        (Ok(price), _) => Some(price),
        // What comes for a time is not of the library, and what was found again has its old price.
        (Err(_), Source::Temporary) if line.price.is_empty() => Some(Kopecks::ZERO),
        (Err(_), Source::FoundAfterWriteOff) if line.price.is_empty() => None,
        (Err(_), _) => return Ok(Err("впишите цену одной, например 350,00".to_owned())),
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
    let mut draft = LineDraft::new(title, copies, Kopecks::ZERO);
    draft.price = price;
    draft.formerly = former;
    if source == Source::Temporary {
        draft.on_balance = Some(false);
    }
    Ok(Ok(draft))
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn a_quantity_is_read_as_written_and_a_scanned_code_is_none() {
        assert_eq!(count("2 000"), Some(2_000));
        assert_eq!(count("2\u{a0}000"), Some(2_000));
        assert_eq!(count("9785080060001"), None);
        assert_eq!(count("две"), None);
    }
}
