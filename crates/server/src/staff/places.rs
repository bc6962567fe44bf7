//! Where a finding belongs on the screen: which row of a list, and in words a librarian reads.
//!
//! It only translates; what is wrong was decided by the fund.

use catalog::fund::number::InventoryNumber;
use catalog::id::LibraryId;
use catalog::rule::{Finding, Rule};

use super::inventory;
use crate::view::Remark;

/// A refusal as a form shows it: all remarks at once, and each again beside its row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    /// Everything, for the summary above the form.
    pub(crate) remarks: Vec<Remark>,
    /// What belongs to rows of the list: the row from 0, and the words.
    pub(crate) rows: Vec<(usize, String)>,
    /// What the fund said, by which the rest was made.
    findings: Vec<Finding>,
    /// Of which library it said so.
    library: Option<LibraryId>,
}

impl Refused {
    /// What the fund answered.
    pub(crate) fn by(findings: &[Finding]) -> Self {
        let beside = |finding: &Finding| {
            let row = row_of(&finding.place)?;
            Some((row, russian_dates(&finding.detail)))
        };
        Self {
            remarks: findings.iter().map(remark).collect(),
            rows: findings.iter().filter_map(beside).collect(),
            findings: findings.to_vec(),
            library: None,
        }
    }

    /// The same with ways to the rows of this library's inventory book.
    pub(crate) fn of(mut self, library: &LibraryId) -> Self {
        for (remark, finding) in self.remarks.iter_mut().zip(&self.findings) {
            remark.step = step(finding, library);
        }
        self.library = Some(library.clone());
        self
    }

    /// The same with rows of the form instead of lines of the parts that were made of it.
    pub(crate) fn in_rows(self, parts: &[Vec<usize>]) -> Self {
        if self.findings.is_empty() {
            return self;
        }
        let (mut findings, library) = (self.findings, self.library);
        for finding in &mut findings {
            let Some(line) = row_of(&finding.place) else {
                continue;
            };
            let part = finding.place.strip_prefix("/parts/");
            let part = part.and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
            let row = parts.get(part.unwrap_or(0)).and_then(|rows| rows.get(line));
            if let Some(row) = row {
                let end = format!("/lines/{line}");
                let tail = finding.place.split_once(&end).map_or("", |(_, tail)| tail);
                finding.place = format!("/lines/{row}{tail}");
            }
        }
        let said = Self::by(&findings);
        match library {
            Some(library) => said.of(&library),
            None => said,
        }
    }

    /// The words that belong to one row.
    pub(crate) fn beside(&self, row: usize) -> impl Iterator<Item = String> + '_ {
        let of_row = self.rows.iter().filter(move |(at, _)| *at == row);
        of_row.map(|(_, words)| words.clone())
    }
}

impl From<Vec<Remark>> for Refused {
    fn from(remarks: Vec<Remark>) -> Self {
        Self {
            remarks,
            ..Self::default()
        }
    }
}

/// Where a copy is marked returned, found or lost before the rest can be done; empty for what no mark can mend.
fn step(finding: &Finding, library: &LibraryId) -> String {
    let marks = [Rule::CopyOnLoan, Rule::StateOrder, Rule::LossRequired];
    if !marks.contains(&finding.rule) {
        return String::new();
    }
    let named = finding.detail.strip_prefix("Номер ");
    let named = named.and_then(|rest| rest.split([' ', ':']).next());
    let number = named.filter(|word| word.parse::<InventoryNumber>().is_ok());
    inventory::address(library, number.unwrap_or_default())
}

/// A finding with its place in words.
pub(crate) fn remark(finding: &Finding) -> Remark {
    Remark {
        place: words(&finding.place),
        text: russian_dates(&finding.detail),
        field: field_of(&finding.place),
        ..Remark::from(finding)
    }
}

/// The field of a form that a place of an order came from; empty when no one field did.
fn field_of(place: &str) -> String {
    if let Some(row) = row_of(place) {
        let price = place.ends_with("/price_kop") || place.ends_with("/sum_kop");
        let field = if price { "price" } else { "copies" };
        return format!("{field}-{}", row + 1);
    }
    let field = match place {
        "/act" | "/act/date" => "act.date",
        "/act/approved" => "approved",
        "/document" | "/document/no" => "doc.number",
        "/document/date" => "doc.date",
        "/document/total_kop" | "/total_kop" => "total",
        "/basis" | "/date" | "/fund" | "/order" | "/reason" | "/receiver" | "/source"
        | "/sub_reason" | "/supplier" => &place[1..],
        _ => "",
    };
    field.to_owned()
}

/// The row of a list, from 0, that a place such as `/parts/0/lines/3/inv` names.
fn row_of(place: &str) -> Option<usize> {
    let (_, rest) = place.rsplit_once("/lines/")?;
    rest.split('/').next()?.parse().ok()
}

fn words(place: &str) -> String {
    let row = row_of(place).map(|row| format!("строка {}", row + 1));
    let last = place.rsplit('/').next().unwrap_or_default();
    let part = match last {
        "formerly_inv" => "прежний номер",
        "act" => "акт",
        "approved" => "дата утверждения",
        "basis" => "акт проверки",
        "copies" => "количество",
        "corrects" => "исправляемый акт",
        "confirmed" => "дата подтверждения",
        "date" => "дата записи",
        "document" => "документ",
        "fund" => "фонд",
        "inv" => "инвентарный номер",
        "layer" => "строка карточки",
        "missing_cards" => "карточки",
        "no" => "номер",
        "price_kop" => "цена",
        "reason" => "причина",
        "seen_inv" => "отметки",
        "sub_reason" => "подпричина",
        "sum_kop" => "сумма",
        "total_kop" => "сумма документа",
        "year" => "период",
        _ => "",
    };
    let part = match place {
        "/act/date" => "дата акта",
        "/document/date" => "дата документа",
        _ => part,
    };
    let said = row.into_iter().chain(Some(part.to_owned()));
    let said: Vec<String> = said.filter(|words| !words.is_empty()).collect();
    said.join(", ")
}

/// Dates as on paper: `2026-12-31` becomes `31.12.2026`.
pub(crate) fn russian_dates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let piece = tail.get(..10).unwrap_or_default();
        let end = tail.find(|c: char| !c.is_ascii_digit());
        match piece.parse::<jiff::civil::Date>() {
            Ok(date) => {
                out.push_str(&date.strftime("%d.%m.%Y").to_string());
                rest = &tail[10..];
            }
            Err(_) => {
                let (digits, after) = tail.split_at(end.unwrap_or(tail.len()));
                out.push_str(digits);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_words() {
        assert_eq!(words("/lines/2/copies"), "строка 3, количество");
        assert_eq!(words("/parts/0/lines/0"), "строка 1");
        assert_eq!(words("/act/approved"), "дата утверждения");
        assert_eq!(words("/numbers/7"), "");
    }

    #[test]
    fn a_line_of_a_part_is_told_as_the_row_it_was_typed_in() {
        let finding = |place: &str| Finding::new(catalog::rule::Rule::PriceRequired, place, "цена");
        let said = Refused::by(&[finding("/parts/1/lines/0/price_kop"), finding("/date")]);
        let said = said.in_rows(&[vec![0, 2], vec![1]]);
        assert_eq!(said.rows, [(1, "цена".to_owned())]);
        assert_eq!(said.remarks[0].place, "строка 2, цена");
        assert_eq!(said.remarks[0].field, "price-2");
        assert_eq!(said.remarks[1].field, "date");
    }

    #[test]
    fn a_date_is_written_as_on_paper() {
        let said = russian_dates("Период по 2025-12-31 закрыт, номер 1002-5: ждите 2026-01-01");
        assert_eq!(
            said,
            "Период по 31.12.2025 закрыт, номер 1002-5: ждите 01.01.2026"
        );
    }
}
