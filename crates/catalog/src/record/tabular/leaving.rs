//! Выбытие по строке: whether it says that its copy has left, and by which paper.
//!
//! A copy is written off by what reads as a day, a year, a word or an act; any other word in such a column
//! is said and kept, for a standing copy that is taken for one that has left is lost to the fund.

use super::Taken;
use super::cell;
use super::columns::{self, Role};
use super::describe::Draft;
use crate::rule::Rule;

/// Programs write a blank date as one of the first days they know.
const BLANK_THROUGH: &str = "1900";
/// …or as one of the last.
const LAST_YEAR: &str = "2100";

/// What a cell of the day of withdrawal says.
#[derive(Debug, PartialEq, Eq)]
enum Said<'a> {
    Nothing,
    /// A day or a year, as `YYYY…`.
    Year(String),
    /// A day that is in no calendar.
    Broken(&'a str),
    /// In a word, or by naming the act.
    Word(&'a str),
    Unclear(&'a str),
}

/// The act by which the copy has left, when the row says that it has.
pub(super) fn written_off(row: &Taken<'_>, draft: &mut Draft<'_>) -> Option<String> {
    let date = row.get(Role::Withdrawn).unwrap_or_default();
    let act = row.get(Role::WithdrawalAct).filter(|text| !is_none(text));
    let status = row.get(Role::Status);
    if let Some(status) = status {
        note(row, row.name_of(Role::Status), status, draft);
    }
    let gone = act.is_some() || status.is_some_and(columns::is_gone);
    let place = row.place_of(Role::Withdrawn);
    let (year, date) = match said(date) {
        Said::Nothing if gone => (None, None),
        Said::Nothing => return None,
        Said::Year(year) => (Some(year), Some(date)),
        Said::Word(word) => (None, Some(word)),
        Said::Unclear(text) if !gone => {
            let name = row.name_of(Role::Withdrawn);
            let detail = format!(
                "В столбце «{name}» стоит «{text}»: это не дата, не год и не слово о списании. Экземпляр принят как стоящий в фонде; если его уже нет, проведите списание"
            );
            draft.say(Rule::TableCell, &place, detail);
            note(row, name, text, draft);
            return None;
        }
        Said::Broken(text) | Said::Unclear(text) => {
            let detail = format!(
                "Дата списания «{text}» не читается: экземпляр считается списанным, день впишите сами"
            );
            draft.say(Rule::TableCell, &place, detail);
            (None, Some(text))
        }
    };
    let year = year.as_deref().and_then(|year| year.get(..4));
    let said = match (act, date) {
        (Some(act), Some(date)) => format!("{act} от {date}"),
        (Some(act), None) => act.to_owned(),
        (None, Some(date)) => format!("списано {date}"),
        (None, None) => "списано до ввода".to_owned(),
    };
    Some(format!("{}/{said}", year.unwrap_or("0000")))
}

fn note(row: &Taken<'_>, name: &str, text: &str, draft: &mut Draft<'_>) {
    let words = match row.get(Role::Number) {
        Some(number) => format!("Инв. № {number}: {name}: {text}"),
        None => format!("{name}: {text}"),
    };
    draft.note(&words);
}

fn said(text: &str) -> Said<'_> {
    if is_none(text) {
        return Said::Nothing;
    }
    if let Some(year) = cell::day(text).or_else(|| bare_year(text)) {
        return match year.get(..4) {
            Some(year) if year <= BLANK_THROUGH => Said::Nothing,
            Some(year) if year > LAST_YEAR => Said::Unclear(text),
            _ => Said::Year(year),
        };
    }
    match date_like(text) {
        Some(year) if year <= BLANK_THROUGH => Said::Nothing,
        Some(_) => Said::Broken(text),
        None if columns::is_left(text) || names_act(text) => Said::Word(text),
        None => Said::Unclear(text),
    }
}

/// Nothing, in a word or in zeros: «0», «0,00», «0000-00-00».
fn is_none(text: &str) -> bool {
    let zeros = |c: char| matches!(c, '0' | '.' | ',' | '-' | '/' | ':' | ' ');
    columns::is_blank(text) || text.chars().all(zeros)
}

fn bare_year(text: &str) -> Option<String> {
    let bare = text.trim_end_matches(['.', ' ', 'г', 'о', 'д']);
    let digits = bare.len() == 4 && bare.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| bare.to_owned())
}

/// The year of what is written as a day or a month, and is in no calendar.
fn date_like(text: &str) -> Option<&str> {
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day
        .trim_end_matches(['г', '.'])
        .split(['.', '/', '-'])
        .collect();
    let digits = |part: &&str| part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty();
    let year = parts.iter().find(|part| part.len() == 4)?;
    let rest = parts.iter().filter(|part| part.len() <= 2).count();
    let sound = (2..=3).contains(&parts.len()) && rest + 1 == parts.len();
    (sound && parts.iter().all(digits)).then_some(*year)
}

/// «Акт № 5 от 02.06.2019» in the column of days.
fn names_act(text: &str) -> bool {
    let small = text.to_lowercase();
    let rest = small.strip_prefix("акт");
    rest.is_some_and(|rest| rest.starts_with([' ', '№', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_so_writes_a_copy_off() {
        for blank in [
            "",
            "0",
            "0,00",
            "false",
            "Ложь",
            "нет",
            "не списана",
            "0000-00-00",
            "0000-00-00 00:00:00",
            "00.00.0000",
            "01.01.0001 0:00:00",
            "30.12.1899",
            "00.01.1900",
        ] {
            assert_eq!(said(blank), Said::Nothing, "{blank}");
        }
        for (text, year) in [
            ("02.06.2019", "20190602"),
            ("2019", "2019"),
            ("2019 г.", "2019"),
            ("2019-06-02", "20190602"),
        ] {
            assert_eq!(said(text), Said::Year(year.to_owned()), "{text}");
        }
        for text in ["31.02.2019", "06.2019"] {
            assert_eq!(said(text), Said::Broken(text));
        }
        for text in ["Списано", "да", "истина", "+", "исключена", "Акт № 5"]
        {
            assert_eq!(said(text), Said::Word(text));
        }
        for text in [
            "1",
            "43618",
            "42018",
            "в ремонте",
            "31.12.9999",
            "актовый зал",
            "5.5",
        ] {
            assert_eq!(said(text), Said::Unclear(text));
        }
    }
}
