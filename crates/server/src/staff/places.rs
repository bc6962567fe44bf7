//! Where a finding belongs on the screen: which row of a list, and in words a librarian reads.
//!
//! It only translates; what is wrong was decided by the fund.

use catalog::rule::Finding;

use crate::view::Remark;

/// A refusal as a form shows it: all remarks at once, and each again beside its row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    /// Everything, for the summary above the form.
    pub(crate) remarks: Vec<Remark>,
    /// What belongs to rows of the list: the row from 0, and the words.
    pub(crate) rows: Vec<(usize, String)>,
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
            rows: Vec::new(),
        }
    }
}

/// A finding with its place in words.
pub(crate) fn remark(finding: &Finding) -> Remark {
    Remark {
        place: words(&finding.place),
        text: russian_dates(&finding.detail),
        ..Remark::from(finding)
    }
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
        "act" => "акт",
        "approved" => "дата утверждения",
        "basis" => "акт проверки",
        "copies" => "количество",
        "corrects" => "исправляемый акт",
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
    fn a_date_is_written_as_on_paper() {
        let said = russian_dates("Период по 2025-12-31 закрыт, номер 1002-5: ждите 2026-01-01");
        assert_eq!(
            said,
            "Период по 31.12.2025 закрыт, номер 1002-5: ждите 01.01.2026"
        );
    }
}
