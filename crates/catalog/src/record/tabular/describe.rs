//! Строки одного издания → краткая запись RUSMARC: each value goes to its field, the rest to the cataloguer's note.
//!
//! It invents nothing: what a cell does not say is not in the record.

use super::super::{BiblioRecord, Field, Indicators, Leader, Subfield, Tag};
use super::Taken;
use super::cell::{self, IsbnState};
use super::columns::{self, Role};
use super::name::{self, Name};
use crate::rule::{Finding, Rule};

const BLANK: Indicators = Indicators(' ', ' ');

/// A record under way.
pub(super) struct Draft<'a> {
    rows: &'a [Taken<'a>],
    pub(super) fields: Vec<Field>,
    pub(super) findings: Vec<Finding>,
}

/// One value of a role: the text and where it stands first.
struct Value {
    text: String,
    name: String,
    place: String,
}

/// The description of a title by its rows; copies are told elsewhere.
pub(super) fn describe<'a>(rows: &'a [Taken<'a>], priced: bool) -> (Draft<'a>, Leader) {
    let mut draft = Draft {
        rows,
        fields: Vec::new(),
        findings: Vec::new(),
    };
    let mut leader = Leader::NEW_BOOK;
    if let Some(code) = draft
        .values(Role::Kind)
        .first()
        .and_then(|kind| columns::kind(&kind.text))
    {
        let mut codes = code.chars();
        leader = leader
            .with(6, codes.next().unwrap_or('a'))
            .with(7, codes.next().unwrap_or('m'));
    }
    draft.numbers(priced);
    draft.title();
    draft.imprint(leader.at(7) == 's');
    draft.people();
    draft.content();
    (draft, leader)
}

impl Draft<'_> {
    /// The record, its fields in the order of tags.
    pub(super) fn finish(mut self, leader: Leader) -> (BiblioRecord, Vec<Finding>) {
        self.fields.sort_by_key(|field| field.tag);
        let mut record = BiblioRecord::new(leader);
        record.fields = self.fields;
        (record, self.findings)
    }

    /// Different values of a role over all rows, in their order.
    fn values(&self, role: Role) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        for row in self.rows {
            if let Some((at, text)) = row.find(role)
                && values.iter().all(|known| known.text != text)
            {
                values.push(Value {
                    text: text.to_owned(),
                    name: row.sheet.columns[at].name.clone(),
                    place: row.place(at),
                });
            }
        }
        values
    }

    /// The one value of a role that a record has once; others of its rows go to the note.
    fn one(&mut self, role: Role) -> String {
        let mut values = self.values(role).into_iter();
        let first = values.next().map_or_else(String::new, |value| value.text);
        for other in values {
            self.note(&format!("{}: {}", other.name, other.text));
        }
        first
    }

    /// A note of the cataloguer.
    pub(super) fn note(&mut self, text: &str) {
        self.add("830", BLANK, &[('a', text)]);
    }

    pub(super) fn add(&mut self, tag: &str, indicators: Indicators, pairs: &[(char, &str)]) {
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        let subfields: Vec<Subfield> = pairs
            .map(|(code, value)| Subfield::new(*code, *value))
            .collect();
        if let (Ok(tag), false) = (tag.parse::<Tag>(), subfields.is_empty()) {
            self.fields.push(Field::data(tag, indicators, subfields));
        }
    }

    fn each(&mut self, role: Role, tag: &str, indicators: Indicators, more: &[(char, &str)]) {
        for value in self.values(role) {
            let mut pairs = vec![('a', value.text.as_str())];
            pairs.extend_from_slice(more);
            self.add(tag, indicators, &pairs);
        }
    }

    pub(super) fn say(&mut self, rule: Rule, place: &str, detail: String) {
        self.findings.push(Finding::new(rule, place, detail));
    }

    /// 010, 011, 035; the price stands here when the table tells of no copies.
    fn numbers(&mut self, priced: bool) {
        let mut price = if priced {
            self.one(Role::Price)
        } else {
            String::new()
        };
        for value in self.values(Role::Isbn) {
            for isbn in cell::isbns(&value.text) {
                let wrong = match &isbn.state {
                    IsbnState::Sound => false,
                    IsbnState::Restored(seen) => {
                        let detail = format!(
                            "ISBN «{seen}» потерял нули в начале: восстановлен как {}",
                            isbn.number
                        );
                        self.say(Rule::TableMended, &value.place, detail);
                        false
                    }
                    IsbnState::Cut => {
                        let detail = format!(
                            "ISBN «{}» обрезан программой таблиц: впишите его в файле текстом или исправьте в записи",
                            isbn.number
                        );
                        self.say(Rule::TableCell, &value.place, detail);
                        true
                    }
                    IsbnState::Wrong => {
                        let detail = format!(
                            "ISBN «{}» не сходится со своей контрольной цифрой: сохранён как ошибочный, сверьте с книгой",
                            isbn.number
                        );
                        self.say(Rule::TableCell, &value.place, detail);
                        true
                    }
                };
                let code = if wrong { 'z' } else { 'a' };
                let price = std::mem::take(&mut price);
                let pairs = [
                    (code, isbn.number.as_str()),
                    ('b', &isbn.qualifier),
                    ('d', &price),
                ];
                self.add("010", BLANK, &pairs);
            }
        }
        self.add("010", BLANK, &[('d', &price)]);
        self.each(Role::Issn, "011", BLANK, &[]);
        self.each(Role::SourceId, "035", BLANK, &[]);
    }

    /// 200.
    fn title(&mut self) {
        let title = self.one(Role::Title);
        let mut pieces = title.split(" : ").map(str::trim);
        let proper = pieces.next().unwrap_or_default().to_owned();
        let mut others: Vec<String> = pieces.map(str::to_owned).collect();
        others.extend(Some(self.one(Role::Subtitle)));
        let (volume, kind) = (self.one(Role::Volume), self.one(Role::Kind));
        let mut said = self.one(Role::Responsibility);
        if said.is_empty() {
            said = self.one(Role::Author);
        }
        if said.is_empty() {
            said = self.one(Role::AuthorFull);
        }
        let mut pairs = vec![('a', proper.as_str()), ('b', &kind)];
        pairs.extend(others.iter().map(|other| ('e', other.as_str())));
        pairs.extend([('f', said.as_str()), ('h', &volume)]);
        self.add("200", Indicators('1', ' '), &pairs);
    }

    /// 100, 101, 205, 210, 215, 225.
    fn imprint(&mut self, serial: bool) {
        let (place, publisher) = (self.one(Role::Place), self.one(Role::Publisher));
        let date = self.values(Role::Year).into_iter().next();
        let written = date
            .as_ref()
            .map_or_else(String::new, |date| date.text.clone());
        let year = cell::year(&written);
        if let (Some(date), None) = (&date, year)
            && !columns::is_blank(&written)
        {
            let detail =
                format!("Год «{written}» не читается: сохранён как написан, исправьте в записи");
            self.say(Rule::TableCell, &date.place, detail);
        }
        let bare = written
            .trim_end_matches(['.', ' '])
            .trim_end_matches('г')
            .trim_end();
        let pairs = [('a', place.as_str()), ('c', &publisher), ('d', bare)];
        self.add("210", BLANK, &pairs);
        let kind = match (serial, year) {
            (true, _) => 'a',
            (false, Some(_)) => 'd',
            (false, None) => 'u',
        };
        // The day of entry is not known here: the journal knows it.
        let general = format!(
            "19000101{kind}{:4}       y0rusy50      ca",
            year.unwrap_or("")
        );
        self.add("100", BLANK, &[('a', &general)]);
        for value in self.values(Role::Language) {
            match columns::language(&value.text) {
                Some(code) => self.add("101", Indicators('0', ' '), &[('a', code)]),
                None => {
                    let detail = format!(
                        "Язык «{}» не узнан: остался в примечании, укажите его в записи",
                        value.text
                    );
                    self.say(Rule::TableCell, &value.place, detail);
                    self.note(&format!("{}: {}", value.name, value.text));
                }
            }
        }
        let edition = self.one(Role::Edition);
        self.add("205", BLANK, &[('a', &edition)]);
        let extent = self.one(Role::Extent);
        let extent = match !extent.is_empty() && extent.bytes().all(|b| b.is_ascii_digit()) {
            true => format!("{extent} с."),
            false => extent,
        };
        self.add("215", BLANK, &[('a', &extent)]);
        self.each(Role::Series, "225", Indicators('1', ' '), &[]);
    }

    fn person(&mut self, tag: &str, name: &Name, full: bool, place: &str) {
        if name.doubtful {
            let detail = format!(
                "«{}»: один это человек или несколько, не понять; записано как есть. Разделите имена в файле знаком «;» или исправьте в записи",
                name.text
            );
            self.say(Rule::TableCell, place, detail);
        }
        if let Ok(tag) = tag.parse() {
            self.fields.push(name::heading(tag, name, full));
        }
    }

    /// 700–702.
    fn people(&mut self) {
        let full = !self.values(Role::AuthorFull).is_empty();
        let role = if full { Role::AuthorFull } else { Role::Author };
        let mut first = true;
        for (role, full) in [(role, full), (Role::Coauthor, false)] {
            for value in self.values(role) {
                for name in name::names(&value.text, full) {
                    let tag = if std::mem::take(&mut first) {
                        "700"
                    } else {
                        "701"
                    };
                    self.person(tag, &name, full, &value.place);
                }
            }
        }
        for value in self.values(Role::Editor) {
            for name in name::names(&value.text, false) {
                self.person("702", &name, false, &value.place);
            }
        }
        if full && !self.values(Role::Responsibility).is_empty() {
            for value in self.values(Role::Author) {
                self.note(&format!("{}: {}", value.name, value.text));
            }
        }
    }

    /// 300, 330, 333, 606, 610, 675, 686, 856.
    fn content(&mut self) {
        self.each(Role::Note, "300", BLANK, &[]);
        self.each(Role::Summary, "330", BLANK, &[]);
        for value in self.values(Role::Age) {
            let digits = value.text.trim_end_matches('+').trim();
            let mark = match digits.bytes().all(|b| b.is_ascii_digit()) {
                true => format!("{digits}+"),
                false => value.text.clone(),
            };
            self.add("333", BLANK, &[('a', &mark)]);
        }
        for value in self.values(Role::Subject) {
            for subject in value.text.split([';', '#']).map(str::trim) {
                self.add("606", BLANK, &[('a', subject)]);
            }
        }
        let words = self.values(Role::Keyword);
        let words: Vec<&str> = words
            .iter()
            .flat_map(|value| value.text.split([';', '#', ',']))
            .map(str::trim)
            .collect();
        let pairs: Vec<(char, &str)> = words.iter().map(|word| ('a', *word)).collect();
        self.add("610", Indicators('0', ' '), &pairs);
        self.each(Role::Udc, "675", BLANK, &[]);
        self.each(Role::Bbk, "686", BLANK, &[('2', "rubbk")]);
        self.each(Role::Grnti, "686", BLANK, &[('2', "rugasnti")]);
        for value in self.values(Role::Url) {
            self.add("856", Indicators('4', ' '), &[('u', &value.text)]);
        }
    }
}
