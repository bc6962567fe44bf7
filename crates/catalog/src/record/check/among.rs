//! Записи между собой: what a record is beside the others of its file, RM-53, RM-57, RM-58, RM-60, RM-62.
//!
//! It keeps of each record only what these rules ask: numbers, title, links. A file is all it knows;
//! what stands in a catalogue is not asked here.

mod authority;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::link::{embedded, find, first};
use super::super::{BiblioRecord, Body, Field, Leader};
use super::{fold, isbn_13, placed};
use crate::rule::{Finding, Rule};

use authority::Authorities;
pub use authority::is_authority;

/// How many records are kept for comparison; a larger file is compared as far as that.
const MOST: usize = 200_000;
/// And of how many bytes of text: a record is half a thousand, garbage has numbers of a megabyte.
const MOST_TEXT: usize = 48 << 20;

/// Записи одного файла, as far as they are compared with each other.
#[derive(Debug, Default)]
pub struct Among {
    cards: Vec<Card>,
    authorities: Authorities,
    /// Bytes of text that are kept of the cards.
    text: usize,
    left_out: u64,
}

/// What is kept of a record.
#[derive(Debug)]
struct Card {
    number: u64,
    control: String,
    leader: Leader,
    title: String,
    part: String,
    year: String,
    isbns: Vec<(String, String)>,
    links: Vec<Link>,
}

/// A link to another record by its 001.
#[derive(Debug)]
struct Link {
    tag: String,
    place: String,
    target: String,
}

/// A finding and the number of the record in the file.
pub type Numbered = (u64, Finding);

impl Among {
    /// Takes a record into the comparison under its number in the file.
    pub fn add(&mut self, number: u64, record: &BiblioRecord) {
        let text = self.text + self.authorities.text();
        if self.cards.len() + self.authorities.len() >= MOST || text >= MOST_TEXT {
            self.left_out += 1;
        } else if is_authority(record) {
            self.authorities.add(number, record);
        } else {
            self.authorities.note_headings(number, record);
            let card = Card::of(number, record);
            self.text += card.text();
            self.cards.push(card);
        }
    }

    /// How many records were not compared, the file being larger than is kept.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Everything found between the records, in their order.
    #[must_use]
    pub fn findings(&self) -> Vec<Numbered> {
        let by_control: HashMap<&str, &Card> = self
            .cards
            .iter()
            .filter(|card| !card.control.is_empty())
            .map(|card| (card.control.as_str(), card))
            .collect();
        let mut found = self.same_isbn();
        found.extend(self.same_number());
        for card in &self.cards {
            let mut add = |rule, place: &str, detail: String| {
                found.push((card.number, Finding::new(rule, place, detail)));
            };
            for link in &card.links {
                resolves(card, link, &by_control, &mut add);
            }
            if let Some(link) = circle(card, &by_control) {
                let detail = "Связи ведут по кругу обратно к этой записи: исправьте номер целого";
                add(Rule::LinkCircle, &link.place, detail.to_owned());
            }
        }
        found.extend(self.authorities.findings());
        found.sort_by_key(|(number, _)| *number);
        found
    }

    /// RM-18: one number, one record.
    fn same_number(&self) -> Vec<Numbered> {
        let mut seen: HashMap<&str, u64> = HashMap::new();
        let mut found = Vec::new();
        for card in self.cards.iter().filter(|card| !card.control.is_empty()) {
            match seen.get(card.control.as_str()) {
                None => {
                    seen.insert(&card.control, card.number);
                }
                Some(first) => {
                    let detail = format!(
                        "Идентификатор {} уже есть у записи {first} этого файла: дайте другой или оставьте одну запись",
                        card.control
                    );
                    found.push((
                        card.number,
                        Finding::new(Rule::ControlNumber, "001", detail),
                    ));
                }
            }
        }
        found
    }

    fn same_isbn(&self) -> Vec<Numbered> {
        let mut seen: BTreeMap<&str, Vec<(&Card, &str)>> = BTreeMap::new();
        for card in &self.cards {
            for (place, isbn) in &card.isbns {
                seen.entry(isbn).or_default().push((card, place));
            }
        }
        let mut found = Vec::new();
        for (isbn, cards) in &seen {
            for (at, (card, place)) in cards.iter().enumerate() {
                let twin = cards[..at].iter().find(|(other, _)| alike(other, card));
                if let Some((other, _)) = twin {
                    let detail = format!(
                        "ISBN {isbn} есть и у записи {} «{}»: сравните их, возможно, это одно издание",
                        other.number, other.title
                    );
                    found.push((card.number, Finding::new(Rule::SameIsbn, *place, detail)));
                }
            }
        }
        found
    }
}

/// Whether two records with one ISBN may be one publication: same level, no other part, no other year.
fn alike(one: &Card, other: &Card) -> bool {
    let level = |card: &Card| (card.leader.at(7), hierarchy(card));
    let differ = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && a != b;
    one.number != other.number
        && level(one) == level(other)
        && !differ(&one.part, &other.part)
        && !(differ(&one.year, &other.year) && differ(&key(&one.title), &key(&other.title)))
}

fn hierarchy(card: &Card) -> char {
    match card.leader.at(8) {
        ' ' => '0',
        other => other,
    }
}

impl Card {
    fn of(number: u64, record: &BiblioRecord) -> Self {
        let title = record.first("200", 'a').unwrap_or_default();
        let set = record.field("461").map(embedded).unwrap_or_default();
        let part = [
            record.first("200", 'h'),
            record.first("200", 'v'),
            first(&set, "200", 'v'),
        ];
        let isbns = placed(&record.fields)
            .filter(|(_, field)| field.tag.as_str() == "010")
            .filter_map(|(place, field)| Some((format!("{place}$a"), isbn_13(field.first('a')?)?)));
        Self {
            number,
            control: record.control("001").unwrap_or_default().trim().to_owned(),
            leader: record.leader,
            title: title.to_owned(),
            part: part
                .into_iter()
                .flatten()
                .map(key)
                .next()
                .unwrap_or_default(),
            year: year(record.first("210", 'd').unwrap_or_default()),
            isbns: isbns.collect(),
            links: placed(&record.fields).filter_map(link).collect(),
        }
    }

    /// Bytes of its texts.
    fn text(&self) -> usize {
        let own = [&self.control, &self.title, &self.part, &self.year];
        let isbns = self
            .isbns
            .iter()
            .map(|(place, isbn)| place.len() + isbn.len());
        let links = self.links.iter();
        let links = links.map(|link| link.tag.len() + link.place.len() + link.target.len());
        own.map(String::len).iter().sum::<usize>() + isbns.sum::<usize>() + links.sum::<usize>()
    }
}

fn year(date: &str) -> String {
    let digits = date.chars().filter(char::is_ascii_digit);
    digits.take(4).collect()
}

fn link((place, field): (String, &Field)) -> Option<Link> {
    if !field.tag.is_link() {
        return None;
    }
    let inside = embedded(field);
    let Body::Control(target) = &find(&inside, "001")?.body else {
        return None;
    };
    let target = target.trim().to_owned();
    (!target.is_empty()).then(|| Link {
        tag: field.tag.as_str().to_owned(),
        place,
        target,
    })
}

/// RM-57 and the answering link of RM-58.
fn resolves(
    card: &Card,
    link: &Link,
    by_control: &HashMap<&str, &Card>,
    add: &mut impl FnMut(Rule, &str, String),
) {
    let Some(other) = by_control.get(link.target.as_str()) else {
        let detail = format!(
            "Записи {} здесь нет: проверьте номер или примите и её",
            link.target
        );
        return add(Rule::LinkUnresolved, &link.place, detail);
    };
    if !possible(&link.tag, other) {
        let detail = format!(
            "Запись {} другого уровня: поле {} ведёт не к такой записи, выберите нужную",
            link.target, link.tag
        );
        add(Rule::LinkUnresolved, &link.place, detail);
    }
    let Some(answers) = answers(&link.tag) else {
        return;
    };
    let back = |l: &Link| l.target == card.control && answers.iter().any(|a| l.tag.starts_with(a));
    if card.control != other.control && !other.links.iter().any(back) {
        let detail = format!(
            "Запись {} в ответ на эту не ссылается: добавьте в неё поле {}",
            link.target, answers[0]
        );
        add(Rule::LinkOneWay, &link.place, detail);
    }
}

/// Whether a link of levels may point to such a record.
fn possible(tag: &str, target: &Card) -> bool {
    let (level, hierarchy) = (target.leader.at(7), hierarchy(target));
    match tag {
        "461" => matches!(level, 's' | 'i' | 'c') || level != 'a' && hierarchy != '0',
        "462" => level != 'a' && hierarchy != '0',
        "463" => level != 'a' && (hierarchy != '1' || matches!(level, 's' | 'i')),
        "464" => level == 'a' || level == 'm' && hierarchy == '2',
        _ => true,
    }
}

/// Which fields answer a link of equals.
fn answers(tag: &str) -> Option<&'static [&'static str]> {
    match tag {
        "451" => Some(&["451"]),
        "452" => Some(&["452"]),
        "453" => Some(&["454"]),
        "454" => Some(&["453"]),
        _ if tag.starts_with("43") => Some(&["44"]),
        _ if tag.starts_with("44") => Some(&["43"]),
        _ => None,
    }
}

/// The link that begins a way up which comes back to the record itself.
fn circle<'c>(card: &'c Card, by_control: &HashMap<&str, &'c Card>) -> Option<&'c Link> {
    let own = |link: &&Link| link.target == card.control && !card.control.is_empty();
    if let Some(link) = card.links.iter().find(own) {
        return Some(link);
    }
    upward(card).find(|link| {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![link.target.as_str()];
        while let Some(target) = waiting.pop() {
            if target == card.control && !target.is_empty() {
                return true;
            }
            if let Some(next) = by_control.get(target).filter(|_| seen.insert(target)) {
                waiting.extend(upward(next).map(|link| link.target.as_str()));
            }
        }
        false
    })
}

/// Links from a part to its whole.
fn upward(card: &Card) -> impl Iterator<Item = &Link> {
    let part = hierarchy(card) == '2';
    let article = card.leader.at(7) == 'a';
    card.links
        .iter()
        .filter(move |link| match link.tag.as_str() {
            "461" | "462" => part,
            "463" => part && article,
            _ => false,
        })
}

/// Letters and digits alone, so that two spellings of one text are equal.
fn key(text: &str) -> String {
    let small = text.to_lowercase().replace('ё', "е");
    small.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// An identifier with look-alike letters folded.
fn identifier(text: &str) -> String {
    fold(text.trim())
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    pub(super) fn found(records: &[(&str, &[&str])]) -> Vec<(u64, &'static str, String)> {
        let mut among = Among::default();
        for (number, (kind, lines)) in (1..).zip(records) {
            let leader = format!("00000n{kind} 2200000   450 ");
            among.add(number, &sample::record(&leader, lines));
        }
        let found = among.findings().into_iter();
        found.map(|(n, f)| (n, f.rule.code(), f.place)).collect()
    }

    fn is(number: u64, code: &'static str, place: &str) -> Vec<(u64, &'static str, String)> {
        vec![(number, code, place.to_owned())]
    }

    #[test]
    fn what_is_kept_is_bounded_by_its_text_too() {
        let long = "я".repeat(2 << 20);
        let control = format!("001 {long}");
        let (title, heading) = (format!("200 1# $a{long}"), format!("700 #1 $a{long}$31"));
        let kinds: [(&str, [&str; 2]); 3] = [
            ("00000nam0 2200000   450 ", [&control, "200 1# $aТропа"]),
            ("00000nam0 2200000   450 ", [&title, &heading]),
            ("00000nx  a2200000   45  ", [&control, "200 #1 $aТропа"]),
        ];
        for (leader, lines) in kinds {
            let (mut among, record) = (Among::default(), sample::record(leader, &lines));
            (1..=30).for_each(|number| among.add(number, &record));
            assert!((10..25).contains(&among.left_out()), "{}", among.left_out());
        }
    }

    #[test]
    fn one_isbn_in_two_records_of_a_level_is_named() {
        let one: &[&str] = &["001 1", "010 ## $a978-5-699-12014-7", "200 1# $aТропа"];
        let two: &[&str] = &["001 2", "010 ## $a5-699-12014-9", "200 1# $aТропа"];
        assert_eq!(
            found(&[("am0", one), ("am0", two)]),
            is(2, "same-isbn", "010$a")
        );
        assert_eq!(found(&[("am0", one), ("am2", two)]), []);
        let volume = |n| vec!["010 ## $a978-5-699-12014-7", "200 1# $aТропа", n];
        let (first, second) = (volume("200 1# $hЧ. 1"), volume("200 1# $hЧ. 2"));
        assert_eq!(found(&[("am0", &first), ("am0", &second)]), []);
    }

    #[test]
    fn a_link_finds_its_record_and_that_of_the_right_level() {
        let set: &[&str] = &["001 set", "200 1# $aСобрание"];
        let volume: &[&str] = &[
            "001 v",
            "200 1# $aРассказы",
            "461 #0 $1001set $12001#$aСобрание",
        ];
        assert_eq!(found(&[("am1", set), ("am2", volume)]), []);
        assert_eq!(found(&[("am2", volume)]), is(1, "link-unresolved", "461"));
        assert_eq!(
            found(&[("am0", set), ("am2", volume)]),
            is(2, "link-unresolved", "461")
        );
    }

    #[test]
    fn one_number_belongs_to_one_record() {
        let one: &[&str] = &["001 1", "200 1# $aА"];
        let two: &[&str] = &["001 1", "200 1# $aБ"];
        let found = found(&[("am0", one), ("am0", two)]);
        assert_eq!(found, is(2, "control-number", "001"));
    }

    #[test]
    fn links_that_come_back_are_a_circle() {
        let one: &[&str] = &["001 1", "200 1# $aА", "461 #0 $10012"];
        let two: &[&str] = &["001 2", "200 1# $aБ", "461 #0 $10011"];
        let both = [is(1, "link-circle", "461"), is(2, "link-circle", "461")].concat();
        assert_eq!(found(&[("am2", one), ("am2", two)]), both);
        let own: &[&str] = &["001 1", "200 1# $aА", "488 #0 $10011"];
        assert_eq!(found(&[("am0", own)]), is(1, "link-circle", "488"));
        // A set names its volumes and they name it: that is no circle.
        let set: &[&str] = &["001 1", "200 1# $aА", "463 #0 $10012"];
        let unit: &[&str] = &["001 2", "200 1# $aБ", "461 #0 $10011"];
        assert_eq!(found(&[("am1", set), ("am2", unit)]), []);
    }

    #[test]
    fn a_successor_is_answered_by_its_predecessor() {
        let old: &[&str] = &["001 1", "200 1# $aСтарый журнал"];
        let new: &[&str] = &["001 2", "200 1# $aНовый журнал", "430 #0 $10011"];
        assert_eq!(
            found(&[("as0", old), ("as0", new)]),
            is(2, "link-one-way", "430")
        );
        let told: &[&str] = &["001 1", "200 1# $aСтарый журнал", "440 #0 $10012"];
        assert_eq!(found(&[("as0", told), ("as0", new)]), []);
    }
}
