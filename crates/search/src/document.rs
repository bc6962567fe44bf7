//! A record and its holdings as an index document, by the table of `schema.rs`.
//!
//! Reads what stands there and judges nothing: an odd record gives an odd document, never an error.

mod analysed;
mod path;

use std::collections::BTreeSet;

use catalog::record::brief::{self, Brief};
use catalog::record::{BiblioRecord, Body, Field as MarcField};
use tantivy::TantivyDocument;
use tantivy::schema::Field;

use crate::analysis::lexicon::Lexicon;
use crate::analysis::{self, identifier};
use crate::feed::Source;
use crate::schema::{self, Fields};

use analysed::Analysed;
use path::{tagged, values};

/// The longest value kept whole as one term.
const MAX_KEY: usize = 240;

/// Writes one document; the lexicon spares the words it has met.
pub(crate) fn write(fields: &Fields, source: &Source, lexicon: &mut Lexicon) -> TantivyDocument {
    let mut doc = TantivyDocument::default();
    doc.add_u64(fields.id, source.id.get());
    doc.add_u64(fields.digest, digest(source));
    doc.add_u64(fields.hidden, u64::from(source.hidden));
    if let Some(number) = source.record.control("001") {
        doc.add_text(fields.control_number, number.trim());
    }
    let mut writer = Writer {
        doc,
        fields,
        record: &source.record,
        read: Analysed::new(lexicon),
        brief: brief::brief(&source.record),
    };
    writer.word_fields();
    writer.titles();
    writer.people();
    writer.marks(source);
    writer.coded();
    writer.holdings(source);
    writer.doc
}

/// A sum over everything that was indexed; equal sources give equal sums.
pub(crate) fn digest(source: &Source) -> u64 {
    let mut sum = Sum::default();
    sum.text(&schema::format());
    sum.text(std::str::from_utf8(source.record.leader.as_bytes()).unwrap_or_default());
    sum.fields(&source.record.fields);
    sum.text(&format!("{:?}{}", source.holdings, source.hidden));
    sum.0
}

/// FNV-1a: no secret to keep, only a change to notice, and the same in every build.
pub(crate) struct Sum(u64);

impl Default for Sum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Sum {
    /// That of some bytes.
    pub(crate) fn of(bytes: &[u8]) -> u64 {
        let mut sum = Self::default();
        bytes.iter().for_each(|byte| sum.byte(*byte));
        sum.0
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    /// A text and its end: no byte of UTF-8 is 255.
    fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.byte(byte));
        self.byte(255);
    }

    fn sign(&mut self, c: char) {
        self.text(c.encode_utf8(&mut [0; 4]));
    }

    fn fields(&mut self, fields: &[MarcField]) {
        for field in fields {
            self.text(field.tag.as_str());
            let indicators = field.indicators();
            self.sign(indicators.0);
            self.sign(indicators.1);
            match &field.body {
                Body::Control(data) => self.text(data),
                Body::Data(_, subfields) => {
                    for subfield in subfields {
                        self.sign(subfield.code);
                        self.text(&subfield.value);
                    }
                }
                Body::Linked(_, fields) => self.fields(fields),
            }
            // Where it ends, so that what is embedded is told from what follows.
            self.byte(254);
        }
    }
}

/// The term of a whole title: every title has its own, and a short one is cheap to keep a million of.
pub(crate) fn whole_key(title: &str) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let sum = title.bytes().fold(Sum::default(), |mut sum, byte| {
        sum.byte(byte);
        sum
    });
    (0..11)
        .map(|at| char::from(SIGNS[(sum.0 >> (6 * at)) as usize & 63]))
        .collect()
}

/// A folded text as a title is mostly written: its first letter large.
pub(crate) fn capital(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

struct Writer<'a> {
    doc: TantivyDocument,
    fields: &'a Fields,
    record: &'a BiblioRecord,
    read: Analysed<'a>,
    brief: Brief,
}

impl Writer<'_> {
    fn word_fields(&mut self) {
        let fields = self.fields;
        for (row, stems, exact) in [
            (&schema::TITLE, fields.title, Some(fields.title_exact)),
            (&schema::AUTHOR, fields.author, None),
            (&schema::SUBJECT, fields.subject, None),
            (&schema::PUBLISHER, fields.publisher, None),
            (&schema::SERIES, fields.series, None),
            (&schema::ALL, fields.all, Some(fields.all_exact)),
        ] {
            for value in values(self.record, row.path) {
                let words = self.read.words(value);
                self.doc.add_text(stems, &words.stems);
                if let Some(exact) = exact {
                    self.doc.add_text(exact, &words.exact);
                }
            }
        }
        for key in self.read.skeletons() {
            self.doc.add_text(fields.skeleton, short(&key));
        }
    }

    fn titles(&mut self) {
        let mut keys = BTreeSet::new();
        for value in values(self.record, schema::WHOLE_TITLE.path) {
            let words = self.read.words(value);
            keys.insert(whole_key(&analysis::key_of(&words.words)));
            keys.insert(whole_key(&format!("~{}", words.stem_key)));
        }
        self.add_all(self.fields.title_key, keys);
        let title = self.record.first("200", 'a').unwrap_or_default();
        let key = sort_key(&analysis::key(&without_article(title)));
        for (field, part) in self.fields.sort_title.into_iter().zip(key) {
            self.doc.add_u64(field, part);
        }
        self.suggest(title, 't');
        for field in tagged(self.record, "60.") {
            if let Some(subject) = field.first('a').filter(|_| field.tag.as_str() > "602") {
                self.suggest(subject, 's');
            }
        }
    }

    fn people(&mut self) {
        let mut keys = BTreeSet::new();
        for field in tagged(self.record, "70.") {
            keys.extend(person_keys(field));
        }
        self.add_all(self.fields.author_key, keys);
        let headings = std::mem::take(&mut self.brief.authors);
        let first = headings.first().map_or("", String::as_str);
        let key = sort_key(&analysis::key(first));
        for (field, part) in self.fields.sort_author.into_iter().zip(key) {
            self.doc.add_u64(field, part);
        }
        for heading in headings.iter().collect::<BTreeSet<_>>() {
            self.doc.add_text(self.fields.author_facet, short(heading));
            self.suggest(heading, 'a');
        }
    }

    fn marks(&mut self, source: &Source) {
        let numbers: BTreeSet<String> = values(self.record, "010$a,010$z,011$a,011$y,073$a")
            .filter_map(identifier::recorded)
            .collect();
        self.add_all(self.fields.standard, numbers);
        let shelf = source
            .holdings
            .iter()
            .filter_map(|h| h.shelfmark.as_deref());
        let mut marks: BTreeSet<String> = values(self.record, "675$a,686$a,899$j")
            .chain(shelf)
            .map(identifier::mark)
            .collect();
        let udk = values(self.record, "675$a");
        marks.extend(udk.map(|mark| format!("{}{}", identifier::UDK, identifier::mark(mark))));
        for field in tagged(self.record, "686") {
            let scheme = field.first('2').unwrap_or("rubbk");
            let classes = field.subfields().iter().filter(|s| s.code == 'a');
            for class in classes.filter(|_| scheme.contains("bbk")) {
                marks.insert(format!(
                    "{}{}",
                    identifier::BBK,
                    identifier::mark(&class.value)
                ));
            }
        }
        self.add_all(self.fields.mark, marks);
    }

    fn coded(&mut self) {
        if let Some(year) = self.brief.year {
            self.doc.add_u64(self.fields.year, u64::from(year));
        }
        let languages: BTreeSet<String> = values(self.record, "101$a")
            .map(|code| code.trim().to_lowercase())
            .filter(|code| !code.is_empty())
            .collect();
        self.add_all(self.fields.language, languages);
        self.doc.add_text(self.fields.kind, code(&self.brief));
    }

    fn holdings(&mut self, source: &Source) {
        let mut libraries = BTreeSet::new();
        let mut available = BTreeSet::new();
        let mut numbers = BTreeSet::new();
        for holding in &source.holdings {
            libraries.insert(holding.library.as_str().to_owned());
            if holding.available {
                available.insert(holding.library.as_str().to_owned());
                available.insert("*".to_owned());
            }
            numbers.extend(
                holding
                    .numbers
                    .iter()
                    .map(|number| identifier::mark(number)),
            );
        }
        self.add_all(self.fields.library, libraries);
        self.add_all(self.fields.available, available);
        self.add_all(self.fields.number, numbers);
    }

    fn suggest(&mut self, text: &str, kind: char) {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(100).collect();
        let key = analysis::key(&shown);
        if !key.is_empty() {
            let shown = Some(shown.trim()).filter(|shown| *shown != capital(&key));
            let phrase = format!("{key}\0{kind}\0{}", shown.unwrap_or_default());
            self.doc.add_text(self.fields.phrase, phrase);
        }
    }

    fn add_all(&mut self, field: Field, values: BTreeSet<String>) {
        for value in values.into_iter().filter(|value| !value.is_empty()) {
            self.doc.add_text(field, short(&value));
        }
    }
}

fn short(value: &str) -> &str {
    value
        .char_indices()
        .nth(MAX_KEY)
        .map_or(value, |(end, _)| &value[..end])
}

/// `пушкин_`, `пушкин_а`, `пушкин_ас`, `пушкин=александр сергеевич` for every part of the surname; the
/// letters are those of the initials as written and of the names written out.
fn person_keys(field: &MarcField) -> BTreeSet<String> {
    let mut heading = analysis::words(field.first('a').unwrap_or_default());
    let own = heading.extract_if(.., |word| word.exact.chars().count() == 1);
    let own: Vec<String> = own.map(|word| word.exact).collect();
    let listed = |code| {
        let names = analysis::words(field.first(code).unwrap_or_default());
        names.into_iter().map(|word| word.exact).collect::<Vec<_>>()
    };
    let (short, whole) = (listed('b'), listed('g'));
    let mut keys = BTreeSet::new();
    for word in &heading {
        let base = person_base(&word.exact);
        for names in [&own, &short, &whole] {
            let initials: Vec<char> = names
                .iter()
                .filter_map(|n| n.chars().next())
                .take(3)
                .collect();
            for length in 0..=initials.len() {
                let letters: String = initials[..length].iter().collect();
                keys.insert(initials_key(&base, &letters));
            }
        }
        for names in [&short, &whole] {
            let written: Vec<String> = names
                .iter()
                .take_while(|name| name.chars().count() > 1)
                .map(|name| person_base(name))
                .take(2)
                .collect();
            for length in 1..=written.len() {
                keys.insert(name_key(&base, &written[..length].join(" ")));
            }
        }
    }
    keys
}

/// A name in a heading stands in its first form: it is its own base where it can be one.
fn person_base(name: &str) -> String {
    analysis::base(name).unwrap_or_else(|| analysis::stem(name))
}

/// The key of a surname with initials.
pub(crate) fn initials_key(base: &str, initials: &str) -> String {
    format!("{base}_{initials}")
}

/// The key of a surname with the names written out.
pub(crate) fn name_key(base: &str, names: &str) -> String {
    format!("{base}={names}")
}

/// The code of the kind, as it is written everywhere outside: `BOOK`.
fn code(brief: &Brief) -> String {
    match serde_json::to_value(brief.kind) {
        Ok(serde_json::Value::String(code)) => code,
        Ok(_) | Err(_) => String::new(),
    }
}

/// The title without what stands between NSB and NSE.
fn without_article(title: &str) -> String {
    match (title.find('\u{98}'), title.find('\u{9c}')) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{}", &title[..start], &title[end + '\u{9c}'.len_utf8()..])
        }
        _ => title.to_owned(),
    }
}

/// Letters of a sort key in one number.
const SORT_LETTERS: usize = 10;
/// Signs that a sort key tells apart, the end among them; ten of them fit into 64 bits.
const SORT_SIGNS: u64 = 71;

/// A folded key as one that sorts as a Russian reader expects, thirty letters deep: digits, Cyrillic, Latin;
/// the unnamed last.
fn sort_key(key: &str) -> [u64; 3] {
    let key: Vec<u64> = key
        .chars()
        .filter_map(sort_place)
        .take(3 * SORT_LETTERS)
        .collect();
    if key.is_empty() {
        return [u64::MAX; 3];
    }
    std::array::from_fn(|part| {
        (part * SORT_LETTERS..(part + 1) * SORT_LETTERS).fold(0, |sum, at| {
            sum * SORT_SIGNS + key.get(at).copied().unwrap_or(0)
        })
    })
}

/// The place of a folded letter among all, from 1; other scripts come last, as one.
fn sort_place(c: char) -> Option<u64> {
    let after = |base: u64, first: char| base + u64::from(u32::from(c) - u32::from(first));
    match c {
        ' ' => Some(1),
        '0'..='9' => Some(after(2, '0')),
        'а'..='я' => Some(after(12, 'а')),
        'a'..='z' => Some(after(44, 'a')),
        _ if c.is_alphanumeric() => Some(70),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_sort_as_a_reader_expects() {
        let order = [
            "100 вопросов",
            "12 стульев",
            "Ад",
            "Азбука",
            "Азбука для детей",
            "Ёж",
            "Жизнь",
            "Москва",
            "Война и мир. Том первый, часть 1",
            "Zoo",
            "春",
        ];
        let mut keys: Vec<_> = order
            .iter()
            .map(|title| (sort_key(&analysis::key(title)), *title))
            .collect();
        keys.push((sort_key(""), ""));
        keys.sort();
        let sorted: Vec<&str> = keys.iter().map(|(_, title)| *title).collect();
        let expected = [
            "100 вопросов",
            "12 стульев",
            "Ад",
            "Азбука",
            "Азбука для детей",
            "Война и мир. Том первый, часть 1",
            "Ёж",
            "Жизнь",
            "Москва",
            "Zoo",
            "春",
            "",
        ];
        assert_eq!(sorted, expected);
        let deep = |title: &str| sort_key(&analysis::key(title));
        assert!(deep("Война и мир. Том первый") < deep("Война и мир. Том четвёртый"));
    }

    #[test]
    fn whole_keys_are_short_and_tell_titles_apart() {
        assert_eq!(whole_key("мы").len(), 11);
        assert_ne!(whole_key("мы"), whole_key("вы"));
        assert_eq!(capital("мы и вы"), "Мы и вы");
    }
}
