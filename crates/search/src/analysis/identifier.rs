//! Identifiers and class marks, brought to one written form for index and query alike.
//!
//! A wrong check digit does not make a number worthless: books are printed with such numbers, so it
//! is kept and looked for as it stands; only a right ISBN-10 is written out as an ISBN-13.

use super::to_cyrillic;

/// Reads a whole text as an ISBN or ISSN: 8, 10 or 13 digits with any dashes and spaces.
pub(crate) fn standard(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let upper = trimmed.to_uppercase();
    let named = upper.starts_with("ISBN") || upper.starts_with("ISSN");
    let body = if named { upper.get(4..)? } else { &upper };
    let mut number = String::new();
    for c in body.chars() {
        match c {
            '0'..='9' => number.push(c),
            'X' | 'Х' => number.push('X'),
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | ' ' | '\u{A0}' | ':' => {}
            _ => return None,
        }
    }
    let tenth = |c: char| c == 'X';
    let stray = number.chars().rev().skip(1).any(tenth);
    if stray || !matches!(number.len(), 8 | 10 | 13) {
        return None;
    }
    Some(if check_digit(&number) {
        long_form(number)
    } else {
        number
    })
}

/// The form kept in the index of a number as it stands in a record, with whatever follows it.
pub(crate) fn recorded(value: &str) -> Option<String> {
    let number = value.split(['(', ';', ',']).next()?;
    standard(number)
}

fn digits(number: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    number.chars().map(|c| c.to_digit(10).unwrap_or(10))
}

fn check_digit(number: &str) -> bool {
    if number.len() == 13 {
        return thirteen(number).is_multiple_of(10) && !number.ends_with('X');
    }
    let weighted = digits(number).rev().zip(1..).map(|(d, w)| d * w);
    weighted.sum::<u32>().is_multiple_of(11)
}

/// The sum with weights 1 and 3 in turn.
fn thirteen(number: &str) -> u32 {
    let weights = [1, 3].into_iter().cycle();
    digits(number).zip(weights).map(|(d, w)| d * w).sum()
}

/// ISBN-10 as ISBN-13, so that either finds the other.
fn long_form(number: String) -> String {
    if number.len() != 10 {
        return number;
    }
    let body = format!("978{}", &number[..9]);
    format!("{body}{}", (10 - thirteen(&body) % 10) % 10)
}

/// A class or shelf mark in its indexed form: no spaces, lower case, look-alikes Cyrillic.
pub(crate) fn mark(text: &str) -> String {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    to_cyrillic(&compact)
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ё' { 'е' } else { c })
        .take(64)
        .collect()
}

/// A whole text that looks like a class mark: digits first, no space, with a point or a bracket, or
/// up to three digits; also after the word ББК or УДК. Four digits («1984») stay a word.
pub(crate) fn asked_mark(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let lower = trimmed.to_lowercase();
    let named = ["ббк", "удк"]
        .iter()
        .find_map(|name| lower.strip_prefix(name));
    let body = named.unwrap_or(&lower).trim_start_matches([':', ' ']);
    let pointed = body.contains(['.', '(']);
    let short = body.len() <= 3 && body.bytes().all(|b| b.is_ascii_digit());
    let plain =
        body.starts_with(|c: char| c.is_ascii_digit()) && !body.contains(char::is_whitespace);
    (plain && !body.ends_with('.') && (pointed || short || named.is_some())).then(|| mark(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isbn_of_ten_is_one_of_thirteen() {
        let short = standard("ISBN 5-709-04320-6").unwrap();
        assert_eq!(short.len(), 13);
        assert_eq!(Some(short), recorded("5-709-04320-6 (в пер.)"));
        assert_eq!(standard("978–5050985118").as_deref(), Some("9785050985118"));
    }

    #[test]
    fn a_cyrillic_ha_is_a_check_digit() {
        assert_eq!(standard("0869-608х").as_deref(), Some("0869608X"));
        assert!(check_digit("01307673"));
    }

    #[test]
    fn words_and_broken_numbers_are_no_standard_numbers() {
        for text in [
            "",
            "1984",
            "война и мир",
            "X123456789",
            "12345678901234",
            "ISBN",
        ] {
            assert_eq!(standard(text), None, "{text}");
        }
        assert_eq!(standard("5-05-000018-5").as_deref(), Some("5050000185"));
    }

    #[test]
    fn class_marks_are_told_from_numbers() {
        assert_eq!(asked_mark("84(4Фра)").as_deref(), Some("84(4фра)"));
        assert_eq!(asked_mark("159.9").as_deref(), Some("159.9"));
        assert_eq!(asked_mark("ББК 22").as_deref(), Some("22"));
        assert_eq!(asked_mark("1984"), None);
        assert_eq!(asked_mark("12 стульев"), None);
        assert_eq!(asked_mark("война"), None);
    }
}
