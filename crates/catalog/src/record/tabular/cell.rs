//! Значения клеток: dates, numbers of copies, inventory numbers and ISBN as tables hold them.
//!
//! Prices are left as written: the fund alone reads money.

use jiff::civil::Date;

use super::super::check::isbn_13;

/// The longest text of a cell; table programs allow half of it.
pub(super) const MAX_CELL: usize = 64 * 1024;
/// The most copies that one row may stand for.
const MAX_COUNT: u32 = 100_000;
/// The longest run of inventory numbers in one cell.
const MAX_RUN: u64 = 2000;

/// The text without control characters, and whether there were any.
pub(super) fn clean(text: &str) -> (String, bool) {
    let breaks = |c: char| matches!(c, '\n' | '\r' | '\t' | '\u{a0}' | '\u{202f}' | '\u{2009}');
    let bad = |c: char| c.is_control() && !breaks(c) || matches!(c, '\u{feff}' | '\u{200b}');
    if !text.contains(|c: char| breaks(c) || bad(c)) {
        return (text.trim().to_owned(), false);
    }
    let dirty = text.contains(bad);
    let plain: String = text.chars().filter(|c| !bad(*c)).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    (words.join(" "), dirty)
}

/// A day as `YYYYMMDD`, with the time after it when there was one; `None` when there is no such day.
pub(super) fn day(text: &str) -> Option<String> {
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let day = day.trim_end_matches(['г', '.']);
    let parts: Vec<&str> = day.split(['.', '/', '-']).collect();
    let [first, month, last] = parts.as_slice() else {
        return None;
    };
    let (year, number) = match first.len() {
        4 => (first, last),
        _ => (last, first),
    };
    let year: i16 = match year.len() {
        4 => year.parse().ok()?,
        2 => year
            .parse::<i16>()
            .ok()
            .map(|y| if y < 70 { 2000 + y } else { 1900 + y })?,
        _ => return None,
    };
    let day = Date::new(year, month.parse().ok()?, number.parse().ok()?).ok()?;
    let time = time.trim().trim_start_matches("г.").trim();
    let day = day.strftime("%Y%m%d").to_string();
    Some(match time.is_empty() {
        true => day,
        false => format!("{day} {time}"),
    })
}

/// How many copies; `None` when it cannot be read.
pub(super) fn count(text: &str) -> Option<u32> {
    let small = text.to_lowercase();
    let bare = small
        .trim_end_matches('.')
        .trim_end_matches("экз")
        .trim_end_matches("шт");
    let bare = bare.trim();
    let whole = match bare.split_once([',', '.']) {
        Some((whole, part)) if part.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => bare,
    };
    whole.parse().ok().filter(|count| *count <= MAX_COUNT)
}

/// The inventory numbers of a cell: a list, or a run whose length is the number of copies.
pub(super) fn numbers(text: &str, count: Option<u32>) -> Vec<String> {
    let parts = text.split([',', ';']).map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let run = |part: &str| {
        let (first, last) = part.split_once(['-', '–', '—'])?;
        let (from, to): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (from < to && to - from < MAX_RUN).then_some(from..=to)
    };
    let size = |part: &&str| run(part).map_or(1, |run| run.count() as u64);
    let total: u64 = parts.iter().map(size).sum();
    if count.is_some_and(|count| u64::from(count) == total) {
        let each = |part: &&str| match run(part) {
            Some(run) => run.map(|n| n.to_string()).collect(),
            None => vec![(*part).to_owned()],
        };
        return parts.iter().flat_map(each).collect();
    }
    parts.into_iter().map(str::to_owned).collect()
}

/// One ISBN of a cell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Isbn {
    pub(super) number: String,
    /// What stands behind it: «в пер.».
    pub(super) qualifier: String,
    pub(super) state: IsbnState,
}

/// What became of an ISBN.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum IsbnState {
    /// Its check digit holds.
    Sound,
    /// It holds after lost zeros were put back; this is what stood in the cell.
    Restored(String),
    /// A table program has cut its digits off: `9,78E+12`.
    Cut,
    /// Its check digit does not hold.
    Wrong,
}

/// The ISBNs of a cell.
pub(super) fn isbns(text: &str) -> Vec<Isbn> {
    if is_cut(text) {
        return vec![Isbn {
            number: text.trim().to_owned(),
            qualifier: String::new(),
            state: IsbnState::Cut,
        }];
    }
    let parts = text.split([',', ';']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(isbn).collect()
}

fn isbn(part: &str) -> Isbn {
    let start = part.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let body = &part[start..];
    let inside =
        |c: char| c.is_ascii_digit() || matches!(c, 'X' | 'x' | 'Х' | 'х' | '-' | '–' | ' ');
    let end = body.find(|c| !inside(c)).unwrap_or(body.len());
    let number = body[..end].trim().replace('–', "-");
    let qualifier = body[end..].trim().trim_matches(['(', ')']).to_owned();
    let latin = number.replace(['x', 'Х', 'х'], "X");
    if isbn_13(&latin).is_some() {
        return Isbn {
            number: latin,
            qualifier,
            state: IsbnState::Sound,
        };
    }
    let plain = latin.bytes().all(|b| b.is_ascii_digit() || b == b'X');
    let padded = format!("{latin:0>10}");
    if plain && (5..10).contains(&latin.len()) && isbn_13(&padded).is_some() {
        let state = IsbnState::Restored(number);
        return Isbn {
            number: padded,
            qualifier,
            state,
        };
    }
    Isbn {
        number: part.to_owned(),
        qualifier: String::new(),
        state: IsbnState::Wrong,
    }
}

/// `9,78E+12`: digits are gone for good.
fn is_cut(text: &str) -> bool {
    let small = text.trim().to_lowercase().replace('е', "e");
    small.split_once("e+").is_some_and(|(head, tail)| {
        let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
        head.chars().all(number) && tail.chars().all(|c| c.is_ascii_digit()) && !head.is_empty()
    })
}

/// The four digits of a year, when there are four.
pub(super) fn year(text: &str) -> Option<&str> {
    let digits = |at: usize| {
        text.get(at..at + 4)
            .filter(|y| y.bytes().all(|b| b.is_ascii_digit()))
    };
    let years = (0..text.len().saturating_sub(3)).filter_map(digits);
    years
        .into_iter()
        .find(|year| ("1400".."2101").contains(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_and_programs_write_them() {
        for (text, expected) in [
            ("15.10.2021 9:22", Some("20211015 9:22")),
            ("2021-10-15", Some("20211015")),
            ("5/3/99", Some("19990305")),
            ("15.10.2021 г.", Some("20211015")),
            ("31.02.2020", None),
            ("2020", None),
            ("нет", None),
        ] {
            assert_eq!(day(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn copies_are_counted_in_whole_numbers() {
        for (text, expected) in [
            ("5", Some(5)),
            ("10", Some(10)),
            ("5 экз.", Some(5)),
            ("5,00", Some(5)),
            ("5.5", None),
            ("-3", None),
            ("пять", None),
            ("4000000000", None),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn a_list_of_numbers_is_several_copies_and_a_run_only_by_its_count() {
        assert_eq!(numbers("11, 12;13", None), ["11", "12", "13"]);
        assert_eq!(numbers("11-13", Some(3)), ["11", "12", "13"]);
        assert_eq!(numbers("11-13", Some(1)), ["11-13"]);
        assert_eq!(numbers("1-999999999999", Some(5)), ["1-999999999999"]);
        assert_eq!(numbers("7, 11–13", Some(4)), ["7", "11", "12", "13"]);
    }

    #[test]
    fn lost_zeros_come_back_only_when_the_check_digit_holds() {
        let one = |text: &str| isbns(text).remove(0);
        assert_eq!(one("5-213-01488-7 (в пер.)").qualifier, "в пер.");
        assert_eq!(one("2005018").number, "0002005018");
        assert_eq!(one("2005018").state, IsbnState::Restored("2005018".into()));
        assert_eq!(one("2005019").state, IsbnState::Wrong);
        assert_eq!(one("9,78E+12").state, IsbnState::Cut);
        assert_eq!(one("978-5-213-01488-4").state, IsbnState::Sound);
    }

    #[test]
    fn control_characters_leave_and_breaks_become_blanks() {
        assert_eq!(
            clean(" Степь\r\nповесть\u{a0} "),
            ("Степь повесть".into(), false)
        );
        assert_eq!(clean("Сте\0пь\u{1f}"), ("Степь".into(), true));
    }
}
