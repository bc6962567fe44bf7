//! Инвентарный номер: a human's name for one item, for as long as the library exists.
//!
//! Which number is free, taken or retired is decided elsewhere.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::table::{KeyBytes, TableKey};

/// Инвентарный номер: prefix, number, suffix; ordered by these three and written as typed.
#[derive(Clone, Debug, Default)]
pub struct InventoryNumber {
    /// Letters before the number; names the series.
    pub prefix: String,
    /// The number itself.
    pub number: u64,
    /// What follows, as in `12а`.
    pub suffix: String,
    width: usize,
}

/// A number that cannot be one; the text says what was typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("«{0}» – не инвентарный номер: нужны цифры, например 1015 или Ф-12")]
pub struct BadNumber(pub String);

/// No number is higher.
pub const MAX_NUMBER: u64 = 999_999_999_999;

impl InventoryNumber {
    /// A number of the series with this prefix; an empty one is the main series.
    #[must_use]
    pub fn in_series(prefix: &str, number: u64) -> Self {
        Self {
            prefix: prefix.to_owned(),
            number,
            suffix: String::new(),
            width: 0,
        }
    }

    /// Whether it is read back as the very same number wherever it is written.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.to_string().parse().as_ref() == Ok(self)
    }

    fn parts(&self) -> (&str, u64, &str) {
        (&self.prefix, self.number, &self.suffix)
    }
}

impl From<u64> for InventoryNumber {
    fn from(number: u64) -> Self {
        Self::in_series("", number)
    }
}

impl PartialEq for InventoryNumber {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}
impl Eq for InventoryNumber {}
impl PartialOrd for InventoryNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for InventoryNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl fmt::Display for InventoryNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.width;
        write!(f, "{}{:0width$}{}", self.prefix, self.number, self.suffix)
    }
}

impl FromStr for InventoryNumber {
    type Err = BadNumber;
    fn from_str(typed: &str) -> Result<Self, BadNumber> {
        let bad = || BadNumber(typed.to_owned());
        let text = typed.trim();
        let (start, end) = digits_of(text).ok_or_else(bad)?;
        let (prefix, digits, suffix) = (&text[..start], &text[start..end], &text[end..]);
        let number: u64 = digits.parse().map_err(|_| bad())?;
        // A sign or a point before the digits is a slip, not a series.
        if !prefix.is_empty() && prefix.chars().all(|c| c.is_ascii_punctuation() || c == ' ') {
            return Err(bad());
        }
        let strange = |s: &str| s.chars().any(char::is_control) || s.chars().count() > 16;
        if number == 0 || number > MAX_NUMBER || strange(prefix) || strange(suffix) {
            return Err(bad());
        }
        if digits.len() > 16 {
            return Err(bad());
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            number,
            suffix: suffix.to_owned(),
            width: if digits.starts_with('0') {
                digits.len()
            } else {
                0
            },
        })
    }
}

/// Where the number itself stands in what was typed. What begins with a letter may have digits in its
/// prefix («Ф2-15»): its number is the last one, but for what a stroke parts from it («Ф-15/2»).
fn digits_of(text: &str) -> Option<(usize, usize)> {
    let digit = |c: char| c.is_ascii_digit();
    let first = text.find(digit)?;
    if first == 0 {
        return Some((0, text.find(|c| !digit(c)).unwrap_or(text.len())));
    }
    let head = text[first..]
        .find('/')
        .map_or(text, |at| &text[..first + at]);
    let end = head.rfind(digit)? + 1;
    let start = head[..end].rfind(|c| !digit(c));
    let start = start.map_or(0, |at| {
        at + head[at..].chars().next().map_or(0, char::len_utf8)
    });
    Some((start, end))
}

/// An integer when it is one, else a string. Rule: D-32.
impl Serialize for InventoryNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.prefix.is_empty() && self.suffix.is_empty() && self.width == 0 {
            to.serialize_u64(self.number)
        } else {
            to.collect_str(self)
        }
    }
}

impl<'de> Deserialize<'de> for InventoryNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Typed {
            Number(u64),
            Text(String),
        }
        let text = match Typed::deserialize(from)? {
            Typed::Number(number) => number.to_string(),
            Typed::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl TableKey for InventoryNumber {
    fn write(&self, out: &mut KeyBytes) {
        out.text(&self.prefix)
            .number(self.number)
            .text(&self.suffix);
    }
}

/// Номера подряд: «25–28, 31», in their order; only what follows without a gap is joined.
#[must_use]
pub fn in_runs(numbers: &[InventoryNumber]) -> String {
    let follows = |one: &InventoryNumber, next: &InventoryNumber| {
        one.prefix == next.prefix
            && one.suffix.is_empty()
            && next.suffix.is_empty()
            && one.number + 1 == next.number
    };
    let runs = numbers.chunk_by(follows).map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        [only] => only.to_string(),
        [] => String::new(),
    });
    runs.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_ordered_by_value_and_written_as_typed() {
        let mut numbers: Vec<InventoryNumber> = ["Ф-2", "10", "9", "0007", "12а", "12"]
            .iter()
            .map(|t| t.parse().unwrap())
            .collect();
        numbers.sort();
        let written: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        assert_eq!(written, ["0007", "9", "10", "12", "12а", "Ф-2"]);
        assert_eq!(serde_json::to_string(&numbers[1]).unwrap(), "9");
        assert_eq!(serde_json::to_string(&numbers[5]).unwrap(), "\"Ф-2\"");
    }

    #[test]
    fn a_blank_or_a_zero_is_no_number() {
        for typed in ["", "б/н", "0", "99999999999999999999999"] {
            assert!(typed.parse::<InventoryNumber>().is_err(), "{typed}");
        }
    }

    #[test]
    fn a_series_may_have_digits_in_its_prefix() {
        for (typed, prefix, number, suffix) in [
            ("Ф2-15", "Ф2-", 15, ""),
            ("филиал 2 № 7а", "филиал 2 № ", 7, "а"),
            ("Ф-15/2", "Ф-", 15, "/2"),
            ("12/2", "", 12, "/2"),
            ("12-3", "", 12, "-3"),
        ] {
            let read: InventoryNumber = typed.parse().unwrap();
            assert_eq!(read.parts(), (prefix, number, suffix));
            assert_eq!(read.to_string(), typed);
        }
        for (prefix, readable) in [
            ("Ф2-", true),
            ("", true),
            ("Б", true),
            ("1", false),
            ("-", false),
        ] {
            let number = InventoryNumber::in_series(prefix, 3);
            assert_eq!(number.is_readable(), readable, "{prefix}");
        }
        let long = ["Ф\u{7}", "семнадцать-букв-и", "Ф/2/"];
        assert!(
            long.iter()
                .all(|p| !InventoryNumber::in_series(p, 3).is_readable())
        );
        assert!(!InventoryNumber::from(MAX_NUMBER + 1).is_readable());
    }

    #[test]
    fn numbers_in_a_row_are_joined_and_a_gap_is_shown() {
        let numbers: Vec<InventoryNumber> = ["25", "26", "27", "31", "12а", "Ф-1", "Ф-2"]
            .map(|text| text.parse().unwrap())
            .into();
        assert_eq!(in_runs(&numbers), "25–27, 31, 12а, Ф-1–Ф-2");
        assert_eq!(in_runs(&[]), "");
    }
}
