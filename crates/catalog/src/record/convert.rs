//! Перевод записей между форматами: MARC 21 ⇄ RUSMARC and native IRBIS → RUSMARC, by table.
//!
//! Nothing is dropped: what has no counterpart stands in 886 as it came and is named by a finding.
//! It is not a round trip; the source record is kept by whoever converts.

mod coded;
mod content;
mod from_irbis;
mod from_marc21;
#[cfg(test)]
mod kept;
mod link;
mod name;
mod origin;
mod reading;
mod script;
mod table;
mod to_marc21;

use super::dialect::Dialect;
use super::{BiblioRecord, Body, Field, Indicators, Subfield, Tag, embed};
use crate::rule::{Finding, Rule};

/// A record of any dialect as RUSMARC, with what could not be said in it.
#[must_use]
pub fn to_rusmarc(record: &BiblioRecord, dialect: Dialect) -> (BiblioRecord, Vec<Finding>) {
    match dialect {
        Dialect::Rusmarc | Dialect::Unimarc => (record.clone(), Vec::new()),
        Dialect::Marc21 => from_marc21::convert(record),
        Dialect::Irbis => from_irbis::convert(record),
    }
}

/// As [`to_rusmarc`], of a record that is no longer needed as it was.
#[must_use]
pub fn into_rusmarc(record: BiblioRecord, dialect: Dialect) -> (BiblioRecord, Vec<Finding>) {
    match dialect {
        Dialect::Rusmarc | Dialect::Unimarc => (record, Vec::new()),
        Dialect::Marc21 | Dialect::Irbis => to_rusmarc(&record, dialect),
    }
}

/// A RUSMARC record as MARC 21, with what could not be said in it.
#[must_use]
pub fn to_marc21(record: &BiblioRecord) -> (BiblioRecord, Vec<Finding>) {
    to_marc21::convert(record)
}

/// A record being made, and what was lost on the way.
struct Draft {
    fields: Vec<Field>,
    findings: Vec<Finding>,
    /// The format of the source, for 886.
    source: &'static str,
}

impl Draft {
    fn new(source: &'static str) -> Self {
        Self {
            fields: Vec::new(),
            findings: Vec::new(),
            source,
        }
    }

    /// Adds a field of subfields, unless it has none.
    fn data(&mut self, tag: &str, indicators: Indicators, subfields: Vec<Subfield>) {
        if let (Ok(tag), false) = (tag.parse::<Tag>(), subfields.is_empty()) {
            self.fields.push(Field::data(tag, indicators, subfields));
        }
    }

    /// Adds a control field.
    fn control(&mut self, tag: &str, data: impl Into<String>) {
        if let Ok(tag) = tag.parse::<Tag>() {
            self.fields.push(Field::control(tag, data));
        }
    }

    /// Adds a link with embedded fields, unless it has none.
    fn linked(&mut self, tag: &str, second: char, inside: Vec<Field>) {
        if let (Ok(tag), false) = (tag.parse::<Tag>(), inside.is_empty()) {
            let body = Body::Linked(Indicators(' ', second), inside);
            self.fields.push(Field { tag, body });
        }
    }

    /// Keeps a field without counterpart, whole or what is left of it, in 886.
    fn keep(&mut self, field: &Field, left: &[Subfield]) {
        let tag = field.tag.as_str();
        let mut subfields = vec![Subfield::new('2', self.source), Subfield::new('a', tag)];
        let marks = field.indicators();
        let kind = match &field.body {
            Body::Control(data) => {
                subfields.push(Subfield::new('b', data.clone()));
                '1'
            }
            Body::Data(..) | Body::Linked(..) => {
                subfields.push(Subfield::new('b', format!("{}{}", marks.0, marks.1)));
                '2'
            }
        };
        let coded = |s: &Subfield| {
            Subfield::new(
                if s.code == Subfield::LEAD {
                    'a'
                } else {
                    s.code
                },
                s.value.clone(),
            )
        };
        subfields.extend(left.iter().map(coded));
        subfields.extend(embed::flat(field.embedded()));
        self.data("886", Indicators(kind, ' '), subfields);
        let inner = field.embedded().iter();
        let places = match &field.body {
            Body::Linked(..) => inner.map(|f| format!("{tag}/{}", f.tag)).collect(),
            Body::Control(_) | Body::Data(..) => vec![tag.to_owned()],
        };
        let codes: String = left
            .iter()
            .map(|s| s.code)
            .filter(char::is_ascii_graphic)
            .collect();
        let part = !codes.is_empty() && left.len() < field.subfields().len();
        let what = match part {
            true => format!("Подполя {codes} поля {tag}"),
            false => format!("Поле {tag}"),
        };
        for place in places {
            let place = match codes.is_empty() {
                true => place,
                false => format!("{place}${codes}"),
            };
            let detail = format!(
                "{what} ({}) не имеет соответствия: сохранено в 886",
                self.source
            );
            self.findings
                .push(Finding::new(Rule::NotMapped, place, detail));
        }
    }

    /// The record with its fields in the order of tags; equal tags keep their order.
    fn finish(mut self, leader: super::Leader) -> (BiblioRecord, Vec<Finding>) {
        self.fields.sort_by_key(|field| field.tag);
        let mut record = BiblioRecord {
            leader,
            fields: self.fields,
        };
        // A field that once was kept flat comes back as the link it was.
        let _ = embed::link(&mut record);
        (record, self.findings)
    }
}

/// A field of subfields from pairs, for embedding; blank values are left out.
fn made(tag: &str, indicators: Indicators, pairs: &[(char, &str)]) -> Option<Field> {
    let subfields: Vec<Subfield> = pairs
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(code, value)| Subfield::new(*code, value.trim()))
        .collect();
    let tag = tag.parse::<Tag>().ok()?;
    (!subfields.is_empty()).then(|| Field::data(tag, indicators, subfields))
}

const BLANK: Indicators = Indicators(' ', ' ');

#[cfg(test)]
mod tests {
    use super::super::sample::record;
    use super::*;

    fn lines(record: &BiblioRecord, tag: &str) -> Vec<String> {
        record.fields(tag).map(line).collect()
    }

    fn line(field: &Field) -> String {
        let marks = field.indicators();
        let mut text = match &field.body {
            Body::Control(data) => data.clone(),
            Body::Data(..) | Body::Linked(..) => {
                format!("{}{} ", marks.0, marks.1).replace(' ', "#")
            }
        };
        for subfield in field.subfields() {
            text.push_str(&format!("${}{}", subfield.code, subfield.value));
        }
        for inner in field.embedded() {
            text.push_str(&format!("$1{} {}", inner.tag, line(inner)));
        }
        text
    }

    #[test]
    fn a_marc_book_becomes_a_rusmarc_book() {
        let source = record(
            "00000nam a2200000 i 4500",
            &[
                "001 17",
                "005 20190912141556.0",
                "008 981217s2020    ru a   g      000 1 rus d",
                "020 ## $a9785000000014$q(в пер.)",
                "040 ## $aSCHOOL$brus$ercr$dREGION",
                "100 1# $aЛесников, Алексей Викторович$d1955-",
                "245 10 $aТропа к роднику :$bповесть : рассказы /$cА. В. Лесников ; художник О. О. Рябов",
                "264 #1 $aМосква :$bЛира,$c2020",
                "300 ## $a238 с. :$bил. ;$c21 см",
                "700 1# $aРябов, О. О.$4ill",
                "979 ## $aместное",
            ],
        );
        let (made, findings) = to_rusmarc(&source, Dialect::Marc21);
        assert_eq!(
            lines(&made, "200"),
            ["1##$aТропа к роднику$eповесть$eрассказы$fА. В. Лесников$gхудожник О. О. Рябов"]
        );
        assert_eq!(lines(&made, "210"), ["###$aМосква$cЛира$d2020"]);
        assert_eq!(lines(&made, "215"), ["###$a238 с.$cил.$d21 см"]);
        assert_eq!(
            lines(&made, "700"),
            ["#1#$aЛесников$bА. В.$f1955-$gАлексей Викторович"]
        );
        assert_eq!(lines(&made, "702"), ["#1#$aРябов$bО. О.$4440"]);
        assert_eq!(lines(&made, "801")[0], "#0#$aRU$bSCHOOL$c19981217$grcr");
        assert_eq!(lines(&made, "886"), ["2##$2marc21$a979$b  $aместное"]);
        assert_eq!(findings.len(), 1);
        assert!(made.first("100", 'a').unwrap().starts_with("19981217d2020"));
        assert_eq!(made.leader.as_str().get(5..9), Some("nam0"));
    }

    #[test]
    fn a_rusmarc_book_becomes_a_marc_book() {
        let source = record(
            "00000nam0 2200000   450 ",
            &[
                "001 17",
                "100 ## $a20240115d2020       y0rusy50      ca",
                "101 0# $arus",
                "102 ## $aRU",
                "200 1# $aТропа к роднику$eповесть$fА. В. Лесников$gхудожник О. О. Рябов",
                "210 ## $aМосква$cЛира$d2020",
                "606 ## $aЛес$yРоссия$z20 в.$2nlr-sh",
                "700 #1 $aЛесников$bА. В.$gАлексей Викторович$4070",
                "851 ## $aчто-то",
            ],
        );
        let (made, findings) = to_marc21(&source);
        assert_eq!(
            lines(&made, "245"),
            ["10#$aТропа к роднику$bповесть$cА. В. Лесников ; художник О. О. Рябов"]
        );
        assert_eq!(lines(&made, "264"), ["#1#$aМосква$bЛира$c2020"]);
        assert_eq!(lines(&made, "650"), ["#7#$aЛес$zРоссия$y20 в.$2nlr-sh"]);
        assert_eq!(
            lines(&made, "100"),
            ["1##$aЛесников, А. В.$q(Алексей Викторович)$4aut"]
        );
        assert_eq!(&made.control("008").unwrap()[..15], "240115s2020    ");
        assert_eq!(lines(&made, "886"), ["2##$2rusmarc$a851$b  $aчто-то"]);
        assert_eq!(findings.len(), 1);
        assert_eq!(made.control("008").unwrap().len(), 40);
    }

    #[test]
    fn native_fields_become_rusmarc() {
        let mut source = record(
            "00000     2200000   450 ",
            &[
                "210 ## $cГеос$aМосква$d2015",
                "200 ## $aВулканизм$eмонография$fМ. М. Певзнер",
                "215 ## $a251$cил.",
                "606 ## $aВулканизм$gКамчатка",
                "700 ## $aПевзнер$bМ. М.$gМария Михайловна",
                "702 ## $aИванов$bИ. И.$4340 ред.",
                "910 ## $a0$b666468",
            ],
        );
        for (tag, text) in [
            ("920", "PAZK"),
            ("101", "rus"),
            ("610", "тефра"),
            ("621", "26.3"),
        ] {
            source
                .fields
                .push(Field::control(tag.parse().unwrap(), text));
        }
        let (made, _) = to_rusmarc(&source, Dialect::Irbis);
        assert_eq!(made.leader.as_str().get(5..9), Some("nam0"));
        assert_eq!(
            lines(&made, "200"),
            ["1##$aВулканизм$eмонография$fМ. М. Певзнер"]
        );
        assert_eq!(lines(&made, "215"), ["###$a251 с.$cил."]);
        assert_eq!(lines(&made, "606"), ["###$aВулканизм$yКамчатка"]);
        assert_eq!(lines(&made, "610"), ["0##$aтефра"]);
        assert_eq!(lines(&made, "686"), ["###$a26.3$2rubbk"]);
        assert_eq!(lines(&made, "702"), ["#1#$aИванов$bИ. И.$4340"]);
        assert_eq!(lines(&made, "910").len(), 1);
        assert_eq!(lines(&made, "101"), ["0##$arus"]);
    }
}
