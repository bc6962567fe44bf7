//! Номера: check digits of ISBN, ISSN, ISMN and the shapes of the others, RM-47 … RM-52.

use std::collections::BTreeMap;

use super::super::BiblioRecord;
use super::{Report, values};
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, report: &mut Report) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (place, value) in values(record, "010", 'a') {
        isbn(&place, value, report);
        if !grouped(value) {
            let detail = format!("ISBN «{value}»: группа России – одна цифра 5, проверьте дефисы");
            report.add(Rule::IsbnHyphens, place.clone(), detail);
        }
        if let Some(full) = isbn_13(value) {
            seen.insert(place, full);
        }
    }
    pairs(record, &seen, report);
    for (place, value) in values(record, "011", 'a') {
        if issn_key(value).is_none() {
            let detail =
                format!("ISSN «{value}»: контрольная цифра не сходится, сверьте с изданием");
            report.add(Rule::IssnDigit, place, detail);
        }
    }
    for (place, value) in values(record, "013", 'a') {
        if !ismn(value) {
            let detail =
                format!("ISMN «{value}»: контрольная цифра не сходится, сверьте с изданием");
            report.add(Rule::IsmnDigit, place, detail);
        }
    }
    others(record, report);
}

/// Digits and X, label, hyphens and spaces dropped; `None` when something else stands there.
fn bare(value: &str, label: &str) -> Option<String> {
    let value = value.trim();
    let value = match value.get(..label.len()) {
        Some(start) if start.eq_ignore_ascii_case(label) => &value[label.len()..],
        Some(_) | None => value,
    };
    let mut digits = String::new();
    for c in value.chars() {
        match c {
            '0'..='9' => digits.push(c),
            // The Cyrillic letter looks the same in print.
            'x' | 'X' | 'х' | 'Х' => digits.push('X'),
            '-' | '–' | '‑' | ' ' | ':' | '.' => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// Σ of digits with falling weights divides by 11.
fn by_eleven(digits: &str) -> bool {
    let length = digits.len();
    let mut sum = 0;
    for (at, c) in digits.chars().enumerate() {
        let Some(digit) = c
            .to_digit(10)
            .or((c == 'X' && at + 1 == length).then_some(10))
        else {
            return false;
        };
        sum += digit as usize * (length - at);
    }
    sum % 11 == 0
}

/// Σ of digits with weights 1 and 3 divides by 10.
fn by_ten(digits: &str) -> bool {
    let mut sum = 0;
    for (at, c) in digits.chars().enumerate() {
        let Some(digit) = c.to_digit(10) else {
            return false;
        };
        sum += digit * if at % 2 == 0 { 1 } else { 3 };
    }
    sum % 10 == 0
}

/// A valid ISBN as 13 digits, so that both forms of one number are equal; else `None`.
#[must_use]
pub fn isbn_13(value: &str) -> Option<String> {
    let digits = bare(value, "ISBN")?;
    match digits.len() {
        13 if by_ten(&digits) && (digits.starts_with("978") || digits.starts_with("979")) => {
            Some(digits)
        }
        10 if by_eleven(&digits) => {
            let start = format!("978{}", &digits[..9]);
            let last = (0..10).map(|last| format!("{start}{last}"));
            last.into_iter().find(|full| by_ten(full))
        }
        _ => None,
    }
}

/// What to look a typed ISBN up by: 13 digits when valid, else its bare digits.
#[must_use]
pub fn isbn_key(value: &str) -> Option<String> {
    isbn_13(value).or_else(|| bare(value, "ISBN").filter(|digits| !digits.is_empty()))
}

/// A valid ISSN as eight characters.
#[must_use]
pub fn issn_key(value: &str) -> Option<String> {
    let digits = bare(value, "ISSN")?;
    (digits.len() == 8 && by_eleven(&digits)).then_some(digits)
}

fn isbn(place: &str, value: &str, report: &mut Report) {
    if isbn_13(value).is_some() || value.trim().is_empty() {
        return;
    }
    let digits = bare(value, "ISBN").unwrap_or_default();
    let thirteen = digits.len() == 13 && (digits.starts_with("978") || digits.starts_with("979"));
    if digits.len() == 10 || thirteen {
        let rule = if thirteen {
            Rule::Isbn13Digit
        } else {
            Rule::IsbnDigit
        };
        let detail = format!(
            "ISBN «{value}»: контрольная цифра неверна; сверьте с книгой, напечатанный с ошибкой \
             перенесите в «Ошибочный ISBN»"
        );
        report.add(rule, place, detail);
    } else {
        let detail =
            format!("ISBN «{value}» – не 10 и не 13 цифр с началом 978 или 979: наберите заново");
        report.add(Rule::IsbnShape, place, detail);
    }
}

/// Whether hyphens leave the Russian group its one digit; a number without hyphens is not grouped.
fn grouped(value: &str) -> bool {
    let digits = bare(value, "ISBN").unwrap_or_default();
    let number = value
        .trim()
        .trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut groups = number.split(['-', '–', '‑', ' ']);
    let group = match digits.len() {
        13 if digits.starts_with("9785") => groups.nth(1),
        10 if digits.starts_with('5') => groups.next(),
        _ => return true,
    };
    let typed = number.contains(['-', '–', '‑']);
    !typed || group == Some("5")
}

/// One of 10 and one of 13 digits in a record should be one number.
fn pairs(record: &BiblioRecord, seen: &BTreeMap<String, String>, report: &mut Report) {
    let short = |value: &str| bare(value, "ISBN").is_some_and(|digits| digits.len() == 10);
    let (shorts, longs): (Vec<_>, Vec<_>) =
        values(record, "010", 'a').partition(|(_, value)| short(value));
    if let ([(place, short)], [(other, _)]) = (shorts.as_slice(), longs.as_slice())
        && let (Some(one), Some(two)) = (seen.get(place), seen.get(other))
        && one != two
    {
        let detail =
            format!("ISBN «{short}» и второй ISBN записи – разные номера: сверьте с книгой");
        report.add(Rule::IsbnPair, place, detail);
    }
}

fn ismn(value: &str) -> bool {
    let value = value.trim().trim_start_matches("ISMN").trim();
    let value = match value.strip_prefix(['M', 'М']) {
        Some(rest) => format!("9790{rest}"),
        None => value.to_owned(),
    };
    bare(&value, "ISMN")
        .is_some_and(|digits| digits.len() == 13 && digits.starts_with("9790") && by_ten(&digits))
}

fn others(record: &BiblioRecord, report: &mut Report) {
    let mut wrong = |place: String, what: &str, value: &str| {
        let detail = format!("{what} «{value}» записан не по правилам: сверьте с источником");
        report.add(Rule::OtherIdentifier, place, detail);
    };
    for (place, value) in values(record, "073", 'a') {
        if !bare(value, "EAN").is_some_and(|digits| digits.len() == 13 && by_ten(&digits)) {
            wrong(place, "Штрихкод EAN", value);
        }
    }
    for (place, value) in values(record, "016", 'a') {
        if !is_isrc(value) {
            wrong(place, "Номер звукозаписи ISRC", value);
        }
    }
    if let Some(address) = record.control("003")
        && !is_address(address.trim())
    {
        wrong("003".to_owned(), "Постоянный адрес записи", address);
    }
    for (place, field) in super::of_tag(record, "017") {
        let doi = field
            .first('2')
            .is_some_and(|system| system.eq_ignore_ascii_case("doi"));
        for value in field.all('a').filter(|value| doi && !is_doi(value)) {
            wrong(format!("{place}$a"), "DOI", value);
        }
    }
    for (place, value) in values(record, "856", 'u') {
        let schemes = ["http://", "https://", "ftp://", "urn:", "mailto:"];
        let known = schemes.iter().any(|scheme| value.starts_with(scheme));
        if !known || value.trim().contains(char::is_whitespace) {
            wrong(place, "Адрес", value);
        }
    }
}

/// `RU-A01-24-00001`: country, owner, year, number.
fn is_isrc(value: &str) -> bool {
    let signs = value.trim().trim_start_matches("ISRC").chars();
    let bare: Vec<char> = signs.filter(|c| !matches!(c, '-' | ' ')).collect();
    let fits = |at: usize, c: &char| match at {
        0 | 1 => c.is_ascii_alphabetic(),
        2..=4 => c.is_ascii_alphanumeric(),
        _ => c.is_ascii_digit(),
    };
    bare.len() == 12 && bare.iter().enumerate().all(|(at, c)| fits(at, c))
}

/// A scheme, a colon and something without blanks.
fn is_address(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once(':') else {
        return false;
    };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    named && scheme.chars().all(fits) && !rest.is_empty() && !rest.contains(char::is_whitespace)
}

fn is_doi(value: &str) -> bool {
    let Some((prefix, name)) = value.split_once('/') else {
        return false;
    };
    let registrant = prefix.strip_prefix("10.").unwrap_or("");
    (4..=9).contains(&registrant.len())
        && registrant.bytes().all(|b| b.is_ascii_digit())
        && !name.is_empty()
        && !name.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, found_in};
    use super::*;

    #[test]
    fn check_digits_of_books_are_counted() {
        assert_eq!(found("010 ## $a5-213-01488-7"), Vec::<&str>::new());
        assert_eq!(found("010 ## $aISBN 5-213-01488-7"), Vec::<&str>::new());
        assert_eq!(found("010 ## $a5-213-01488-8"), ["isbn-check-digit"]);
        assert_eq!(found("010 ## $a978-5-00000-001-5"), ["isbn-13-check-digit"]);
        assert_eq!(found("010 ## $a123-5-00000-001-4"), ["isbn-shape"]);
        assert_eq!(found("010 ## $a80-902734-1-6"), Vec::<&str>::new());
        assert_eq!(found("010 ## $a0-8044-2957-X"), Vec::<&str>::new());
    }

    #[test]
    fn the_russian_group_of_a_number_is_one_digit() {
        assert_eq!(found("010 ## $a978-500000-001-4"), ["isbn-hyphens"]);
        assert_eq!(found("010 ## $a521-3-01488-7"), ["isbn-hyphens"]);
        assert_eq!(found("010 ## $a9785000000014"), Vec::<&str>::new());
        assert_eq!(found("010 ## $aISBN 978-5-00000-001-4"), Vec::<&str>::new());
    }

    #[test]
    fn both_forms_of_a_number_are_one_number() {
        assert_eq!(isbn_13("5-213-01488-7"), isbn_13("978-5-213-01488-4"));
        let two = ["010 ## $a5-213-01488-7", "010 ## $a978-5-00000-001-4"];
        assert_eq!(found_in("00000nam0 2200000   450 ", &two), ["isbn-pair"]);
    }

    #[test]
    fn check_digits_of_serials_and_music_are_counted() {
        assert_eq!(found("011 ## $a1234-5679"), Vec::<&str>::new());
        assert_eq!(found("011 ## $a1234-5678"), ["issn-check-digit"]);
        assert_eq!(found("013 ## $a979-0-000000-01-8"), Vec::<&str>::new());
        assert_eq!(found("013 ## $aM-000000-01-8"), Vec::<&str>::new());
        assert_eq!(found("013 ## $a979-0-000000-01-9"), ["ismn-check-digit"]);
    }

    #[test]
    fn other_identifiers_have_their_shapes() {
        assert_eq!(found("017 70 $a11.1/x$2doi"), ["other-identifier"]);
        assert_eq!(found("856 4# $uwww.example.org"), ["other-identifier"]);
        assert_eq!(found("856 4# $uhttps://example.org"), Vec::<&str>::new());
        assert_eq!(found("073 #0 $a4600000000001"), ["other-identifier"]);
        assert_eq!(found("016 ## $aRU-A01-24-0001"), ["other-identifier"]);
        assert_eq!(found("016 ## $aRU-A01-24-00001"), Vec::<&str>::new());
        assert_eq!(found("003 RuMoRGB"), ["other-identifier"]);
        assert_eq!(found("003 http://example.org/1"), Vec::<&str>::new());
    }
}
