//! Which format of fields a record speaks, by the score of its own signs.
//!
//! It guesses once, when a record is read; nothing is converted here.

use serde::{Deserialize, Serialize};

use super::{BiblioRecord, Body};

/// Диалект: what the tags of a record mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// RUSMARC.
    Rusmarc,
    /// UNIMARC of another country.
    Unimarc,
    /// MARC 21.
    Marc21,
    /// Native fields of ИРБИС.
    Irbis,
}

impl Dialect {
    /// The name for reports and the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Rusmarc => "rusmarc",
            Dialect::Unimarc => "unimarc",
            Dialect::Marc21 => "marc21",
            Dialect::Irbis => "irbis",
        }
    }

    /// Whether 4XX may hold embedded fields.
    #[must_use]
    pub const fn embeds(self) -> bool {
        match self {
            Dialect::Rusmarc | Dialect::Unimarc => true,
            Dialect::Marc21 | Dialect::Irbis => false,
        }
    }

    /// The dialect of a record whose 4XX are still flat; a record without signs counts as RUSMARC.
    #[must_use]
    pub fn of(record: &BiblioRecord) -> Dialect {
        let score = score(record);
        let [unimarc, marc21, irbis] = score;
        if irbis > unimarc && irbis > marc21 && irbis > 0 {
            Dialect::Irbis
        } else if marc21 > unimarc {
            Dialect::Marc21
        } else if is_russian(record) || score == [0, 0, 0] {
            Dialect::Rusmarc
        } else {
            Dialect::Unimarc
        }
    }
}

/// Points for UNIMARC, MARC 21 and native IRBIS.
fn score(record: &BiblioRecord) -> [i32; 3] {
    let has = |tag: &str| record.field(tag).is_some();
    let mut signs = [0; 3];
    let mut sign = |holds: bool, points: [i32; 3]| {
        if holds {
            for (sum, point) in signs.iter_mut().zip(points) {
                *sum += point;
            }
        }
    };
    sign(has("200") && !has("245"), [3, -3, 1]);
    sign(has("245") && !has("200"), [-3, 3, 0]);
    let dates = record.first("100", 'a').is_some_and(|a| {
        a.len() >= 26
            && a.bytes()
                .take(8)
                .all(|b| b.is_ascii_digit() || b == b' ' || b == b'|')
    });
    // Native IRBIS has no coded field 100; a converted record keeps its local 910 and 920.
    sign(dates, [3, -3, -3]);
    sign(has("801"), [2, 0, -1]);
    sign(has("008"), [-3, 3, -2]);
    let native = record
        .fields("920")
        .any(|field| matches!(field.body, Body::Control(_)))
        || record.fields("910").any(|field| field.first('b').is_some());
    sign(native, [-2, -1, 4]);
    let linked = ["461", "463"]
        .iter()
        .any(|tag| record.first(tag, '1').is_some());
    sign(linked, [3, 0, 0]);
    let plain = |f: &&super::Field| matches!(f.body, Body::Control(_)) && !f.tag.is_control();
    let odd_tags = record.fields.iter().any(|f| f.tag.as_str().len() > 3);
    let bare = record.fields.iter().filter(plain).count() * 4 > record.fields.len();
    sign(odd_tags || bare, [-1, -1, 3]);
    let leader = record.leader.as_str();
    sign(leader.get(20..).is_some_and(|end| end == "450 "), [1, 0, 1]);
    sign(leader.get(20..).is_some_and(|end| end == "4500"), [0, 1, 0]);
    signs
}

/// Signs that tell RUSMARC from the UNIMARC of other countries.
fn is_russian(record: &BiblioRecord) -> bool {
    let agency = record.fields("801").any(|f| f.first('a') == Some("RU"));
    let classed = record.fields("686").any(|f| f.first('2') == Some("rubbk"));
    let number = record
        .control("001")
        .is_some_and(|n| n.starts_with("RU\\") || n.starts_with("RU/"));
    let charset = record
        .first("100", 'a')
        .and_then(|a| a.get(26..30))
        .is_some_and(|set| ["0189", "0179", "0199", "89  ", "79  ", "99  "].contains(&set));
    agency || classed || number || charset
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Field, Indicators, Leader, Subfield};

    fn record(fields: &[(&str, &str)]) -> BiblioRecord {
        let mut record = BiblioRecord::new(Leader::NEW_BOOK);
        for (tag, text) in fields {
            let tag = tag.parse().unwrap();
            record.fields.push(match text.split_once('$') {
                None => Field::control(tag, *text),
                Some((_, subfield)) => Field::data(
                    tag,
                    Indicators(' ', ' '),
                    vec![Subfield::new(
                        subfield.chars().next().unwrap(),
                        &subfield[1..],
                    )],
                ),
            });
        }
        record
    }

    #[test]
    fn each_dialect_is_known_by_its_signs() {
        let rusmarc = [
            ("001", "RU\\NLR\\1"),
            ("100", "$a20031126d1997    m  y0rusy0189    ca"),
            ("200", "$aЭтюды"),
            ("801", "$aRU"),
        ];
        assert_eq!(Dialect::of(&record(&rusmarc)), Dialect::Rusmarc);
        let unimarc = [
            ("100", "$a20031126d1997    m  y0frey50      ba"),
            ("200", "$aEtudes"),
            ("801", "$aFR"),
        ];
        assert_eq!(Dialect::of(&record(&unimarc)), Dialect::Unimarc);
        let marc21 = [
            ("001", "1"),
            ("008", "000107s2000"),
            ("245", "$aTitle"),
            ("490", "$1odd"),
        ];
        assert_eq!(Dialect::of(&record(&marc21)), Dialect::Marc21);
        let irbis = [
            ("920", "PAZK"),
            ("101", "rus"),
            ("200", "$aЭтюды"),
            ("910", "$b123"),
        ];
        assert_eq!(Dialect::of(&record(&irbis)), Dialect::Irbis);
    }
}
