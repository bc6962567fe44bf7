//! Проверка записи: record × dictionary → findings, all at once.
//!
//! It never changes a record and never asks the catalogue: what needs other records or the fund
//! (duplicates, links, authorities) is checked by [`Among`] over a file, copies by the fund.

mod among;
mod class;
mod coded;
mod leader;
mod link;
mod number;
mod required;
mod responsibility;
mod schema;
mod text;
mod textbook;

pub use among::{Among, Numbered, is_authority};
pub use number::{isbn_13, isbn_key, issn_key};

use std::collections::HashMap;

use jiff::civil::Date;

use super::dictionary::Dictionary;
use super::{BiblioRecord, Field};
use crate::rule::{Finding, Rule};

/// Every finding about a RUSMARC record.
#[must_use]
pub fn check(record: &BiblioRecord) -> Vec<Finding> {
    run(record, None)
}

/// The same, and dates later than `today` are found too.
#[must_use]
pub fn check_on(record: &BiblioRecord, today: Date) -> Vec<Finding> {
    run(record, Some(today))
}

fn run(record: &BiblioRecord, today: Option<Date>) -> Vec<Finding> {
    let mut report = Report::default();
    leader::check(record, &mut report);
    if record.leader.at(5) == 'd' {
        // A deleted record may consist of its number alone.
        return report.findings;
    }
    required::check(record, today, &mut report);
    schema::check(record, &mut report);
    coded::check(record, today, &mut report);
    number::check(record, &mut report);
    link::check(record, &mut report);
    responsibility::check(record, &mut report);
    class::check(record, &mut report);
    text::check(record, &mut report);
    textbook::check(record, today, &mut report);
    report.findings
}

/// Findings as they gather.
#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// A finding; `place` is a path such as `200[2]$e`.
    fn add(&mut self, rule: Rule, place: impl Into<String>, detail: impl Into<String>) {
        self.findings.push(Finding::new(rule, place, detail));
    }
}

/// The fields of a record with the place of each: `200`, `200[2]`.
fn placed(fields: &[Field]) -> impl Iterator<Item = (String, &Field)> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    fields.iter().map(move |field| {
        let tag = field.tag.as_str();
        let number = seen.entry(tag).or_default();
        *number += 1;
        let place = match *number {
            1 => tag.to_owned(),
            number => format!("{tag}[{number}]"),
        };
        (place, field)
    })
}

/// The fields with this tag, each with its place.
fn of_tag<'r>(
    record: &'r BiblioRecord,
    tag: &'static str,
) -> impl Iterator<Item = (String, &'r Field)> {
    placed(&record.fields).filter(move |(_, field)| field.tag.as_str() == tag)
}

/// The values of one subfield of all fields with this tag, each with its place: `010[2]$a`.
fn values<'r>(
    record: &'r BiblioRecord,
    tag: &'static str,
    code: char,
) -> impl Iterator<Item = (String, &'r str)> {
    of_tag(record, tag).flat_map(move |(place, field)| {
        let place = format!("{place}${code}");
        field.all(code).map(move |value| (place.clone(), value))
    })
}

/// A field in words: `«Заглавие и сведения об ответственности» (200)`.
fn field_words(tag: &str) -> String {
    format!("«{}» ({tag})", Dictionary::rusmarc().field_name(tag))
}

/// Cyrillic letters that look Latin, as Latin ones; marks of web views as format ones.
fn fold(code: &str) -> String {
    code.chars()
        .map(|c| match c {
            'а' => 'a',
            'е' => 'e',
            'о' => 'o',
            'с' => 'c',
            'р' => 'p',
            'х' => 'x',
            'у' => 'y',
            'А' => 'A',
            'В' => 'B',
            'Е' => 'E',
            'К' => 'K',
            'М' => 'M',
            'Н' => 'H',
            'О' => 'O',
            'Р' => 'P',
            'С' => 'C',
            'Т' => 'T',
            'У' => 'Y',
            'Х' => 'X',
            '¦' => '|',
            '#' => ' ',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// A record without findings but the ones for information.
    pub(super) const SOUND: &[&str] = &[
        "001 RU\\SCHOOL\\bibl\\1",
        "005 20240115120000.0",
        "010 ## $a978-5-699-12014-7",
        "100 ## $a20240115d2020       y0rusy50      ca",
        "101 0# $arus",
        "102 ## $aRU",
        "105 ## $ay   z   000yy",
        "200 1# $aТропа к роднику$eповесть$fА. В. Лесников",
        "203 ## $aТекст$cнепосредственный",
        "210 ## $aМосква$cЛира$d2020",
        "215 ## $a238 с.",
        "686 ## $a84(2=411.2)6$2rubbk",
        "700 #1 $aЛесников$bА. В.$4070",
        "801 #0 $aRU$bSCHOOL$c20240115$gRCR",
        "801 #1 $aRU$bSCHOOL$c20240115",
    ];

    /// Codes of the rules found when a line replaces the sound lines of its tag.
    pub(super) fn found(line: &str) -> Vec<&'static str> {
        found_in("00000nam0 2200000   450 ", &[line])
    }

    /// The same with another leader and several lines; a bare tag removes its lines.
    pub(super) fn found_in(leader: &str, lines: &[&str]) -> Vec<&'static str> {
        let kept = SOUND
            .iter()
            .filter(|s| !lines.iter().any(|l| l[..3] == s[..3]));
        let added = lines.iter().filter(|line| line.len() > 3);
        let all: Vec<&str> = kept.chain(added).copied().collect();
        let record = sample::record(leader, &all);
        check(&record).iter().map(|f| f.rule.code()).collect()
    }

    #[test]
    fn a_sound_record_has_no_findings() {
        let record = sample::record("00000nam0 2200000   450 ", SOUND);
        assert_eq!(check(&record), []);
    }

    #[test]
    fn a_finding_names_its_place_and_the_field_in_words() {
        let mut lines = SOUND.to_vec();
        lines.push("010 ## $a978-5-699-12014-8");
        let record = sample::record("00000nam0 2200000   450 ", &lines);
        let findings = check(&record);
        assert_eq!(findings[0].place, "010[2]$a");
        assert!(
            findings[0].detail.contains("ISBN"),
            "{}",
            findings[0].detail
        );
    }

    #[test]
    fn a_deleted_record_may_hold_its_number_alone() {
        let record = sample::record("00000dam0 2200000   450 ", &["001 7"]);
        assert_eq!(check(&record), []);
    }
}
