//! Авторитетные записи файла: RM-60, RM-62.
//!
//! Headings of books are compared with authority records only where the file has some: without them
//! nothing can be said of a link.

use std::collections::{BTreeMap, HashMap};

use super::super::super::{BiblioRecord, Field};
use super::super::placed;
use super::{Numbered, identifier, key};
use crate::rule::{Finding, Rule};

/// Whether this describes a name or a subject, not a publication.
#[must_use]
pub fn is_authority(record: &BiblioRecord) -> bool {
    let kind = matches!(record.leader.at(6), 'x' | 'y' | 'z');
    let book = record.field("245").is_some();
    let named = record.field("152").is_some() || record.field("200").is_none();
    kind && !book && named
}

/// The authority records of a file and the headings that may follow them.
#[derive(Debug, Default)]
pub(super) struct Authorities {
    records: Vec<Authority>,
    headings: Vec<Heading>,
    /// Bytes of text that are kept of both.
    text: usize,
}

#[derive(Debug)]
struct Authority {
    number: u64,
    control: String,
    /// The last two digits of its 2XX: what it is a name of.
    kind: String,
    /// The accepted form, for comparison and as written.
    accepted: (String, String),
    variants: Vec<(String, String)>,
    undifferentiated: bool,
}

/// A heading of a book with a link to an authority record.
#[derive(Debug)]
struct Heading {
    number: u64,
    place: String,
    kinds: &'static [&'static str],
    target: String,
    text: String,
}

impl Authorities {
    pub(super) fn text(&self) -> usize {
        self.text
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn add(&mut self, number: u64, record: &BiblioRecord) {
        let head = |field: &&Field| field.tag.as_str().starts_with('2');
        let Some(field) = record.fields.iter().find(head) else {
            return;
        };
        let kind = field.tag.as_str()[1..].to_owned();
        let variants = placed(&record.fields).filter(|(_, field)| {
            let tag = field.tag.as_str();
            tag.starts_with('4') && tag[1..] == kind
        });
        let coded = record.first("120", 'a').unwrap_or_default();
        let authority = Authority {
            number,
            control: identifier(record.control("001").unwrap_or_default()),
            accepted: (form(field), shown(field)),
            variants: variants.map(|(place, f)| (place, form(f))).collect(),
            undifferentiated: coded.chars().nth(1) == Some('b'),
            kind,
        };
        let variants = authority.variants.iter();
        let variants: usize = variants.map(|(place, form)| place.len() + form.len()).sum();
        let (form, shown) = &authority.accepted;
        self.text += authority.control.len() + form.len() + shown.len() + variants;
        self.records.push(authority);
    }

    pub(super) fn note_headings(&mut self, number: u64, record: &BiblioRecord) {
        for (place, field) in placed(&record.fields) {
            let kinds = kinds(field.tag.as_str());
            let target = field.first('3').map(identifier).unwrap_or_default();
            if !kinds.is_empty() && !target.is_empty() {
                let text = form(field);
                self.text += place.len() + target.len() + text.len();
                self.headings.push(Heading {
                    number,
                    place,
                    kinds,
                    target,
                    text,
                });
            }
        }
    }

    pub(super) fn findings(&self) -> Vec<Numbered> {
        let mut found = Vec::new();
        if self.records.is_empty() {
            return found;
        }
        let records = self.records.iter();
        let by_control: HashMap<&str, &Authority> = records
            .map(|record| (record.control.as_str(), record))
            .collect();
        for heading in &self.headings {
            let authority = by_control.get(heading.target.as_str());
            if let Some(finding) = heading.judged(authority.copied()) {
                found.push((heading.number, finding));
            }
        }
        self.duplicates(&mut found);
        found
    }

    fn duplicates(&self, found: &mut Vec<Numbered>) {
        let mut accepted: BTreeMap<(&str, &str), &Authority> = BTreeMap::new();
        let single = |record: &&Authority| !record.undifferentiated;
        for record in self.records.iter().filter(single) {
            let key = (record.kind.as_str(), record.accepted.0.as_str());
            if let Some(first) = accepted.insert(key, record) {
                let detail = format!(
                    "«{}» уже есть в записи {}: объедините их или добавьте отличие",
                    record.accepted.1, first.number
                );
                let place = format!("2{}", record.kind);
                let finding = Finding::new(Rule::AuthorityDuplicate, place, detail);
                found.push((record.number, finding));
            }
        }
        for record in &self.records {
            for (place, variant) in &record.variants {
                let same = accepted.get(&(record.kind.as_str(), variant.as_str()));
                if let Some(other) = same.filter(|other| other.number != record.number) {
                    let detail = format!(
                        "Вариант совпадает с принятой формой записи {}: уберите его или уточните",
                        other.number
                    );
                    let finding = Finding::new(Rule::AuthorityDuplicate, place, detail);
                    found.push((record.number, finding));
                }
            }
        }
    }
}

impl Heading {
    fn judged(&self, authority: Option<&Authority>) -> Option<Finding> {
        let at = format!("{}$3", self.place);
        let Some(authority) = authority else {
            let detail = format!(
                "Авторитетной записи {} нет: выберите имя или рубрику из списка заново",
                self.target
            );
            return Some(Finding::new(Rule::AuthorityLink, at, detail));
        };
        if !self.kinds.contains(&authority.kind.as_str()) {
            let detail = format!(
                "Авторитетная запись {} – «{}», она не для этого поля: выберите другую",
                self.target, authority.accepted.1
            );
            return Some(Finding::new(Rule::AuthorityLink, at, detail));
        }
        let detail = format!(
            "Форма отличается от принятой «{}»: возьмите её из авторитетной записи",
            authority.accepted.1
        );
        (self.text != authority.accepted.0)
            .then(|| Finding::new(Rule::AuthorityText, &self.place, detail))
    }
}

/// What a heading may be a name of, by the last two digits of the authority's 2XX.
fn kinds(tag: &str) -> &'static [&'static str] {
    match tag {
        "600" | "700" | "701" | "702" | "703" => &["00"],
        "601" | "710" | "711" | "712" => &["10", "15"],
        "602" | "720" | "721" | "722" | "723" => &["20"],
        "605" | "500" => &["30"],
        "606" => &["50"],
        "607" => &["15"],
        "608" => &["80"],
        "616" | "716" => &["16"],
        _ => &[],
    }
}

/// The parts that make a form one's own, for comparison.
fn form(field: &Field) -> String {
    let own = |code: char| "abcdfghix yzj".contains(code);
    let parts = field.subfields().iter().filter(|s| own(s.code));
    let parts: Vec<String> = parts.map(|s| key(&s.value)).collect();
    parts.join("\u{1f}")
}

fn shown(field: &Field) -> String {
    let parts = ['a', 'b', 'f', 'x'].iter().filter_map(|c| field.first(*c));
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    const NAME: &[&str] = &[
        "001 n1",
        "152 ## $aRCR",
        "200 #1 $aЛесников$bА. В.",
        "400 #1 $aЛесной$bА.",
    ];

    fn book(heading: &'static str) -> Vec<&'static str> {
        vec!["001 b", "200 1# $aТропа", heading]
    }

    #[test]
    fn a_heading_follows_the_authority_it_is_linked_with() {
        let codes = |heading| -> Vec<&str> {
            let all = found(&[("x  ", NAME), ("am0", &book(heading))]);
            all.into_iter().map(|(_, code, _)| code).collect()
        };
        assert_eq!(
            codes("700 #1 $3n1$aЛесников$bА. В.$4070"),
            Vec::<&str>::new()
        );
        assert_eq!(codes("700 #1 $3n1$aЛесников$bА."), ["authority-text"]);
        assert_eq!(codes("700 #1 $3n2$aЛесников$bА. В."), ["authority-link"]);
        assert_eq!(codes("606 ## $3n1$aЛесников"), ["authority-link"]);
    }

    #[test]
    fn without_authority_records_a_link_is_not_judged() {
        assert_eq!(found(&[("am0", &book("700 #1 $3n1$aЛесников"))]), []);
    }

    #[test]
    fn a_form_belongs_to_one_authority() {
        let same: &[&str] = &["001 n2", "152 ## $aRCR", "200 #1 $aлесников$bА.В."];
        let all = found(&[("x  ", NAME), ("x  ", same)]);
        assert_eq!(all, [(2, "authority-duplicate", "200".to_owned())]);
        let other: &[&str] = &["001 n3", "152 ## $aRCR", "200 #1 $aЛесной$bА."];
        let all = found(&[("x  ", NAME), ("x  ", other)]);
        assert_eq!(all, [(1, "authority-duplicate", "400".to_owned())]);
    }
}
