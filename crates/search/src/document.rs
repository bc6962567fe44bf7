//! A record and its holdings as an index document, by the table of `schema.rs`.
//!
//! Reads what stands there and judges nothing: an odd record gives an odd document, never an error.

use std::collections::BTreeSet;

use catalog::record::brief::{self, Brief};
use catalog::record::{BiblioRecord, Field as MarcField};
use tantivy::TantivyDocument;
use tantivy::schema::Field;

use crate::analysis::{self, identifier, translit};
use crate::feed::Source;
use crate::schema::{self, Fields};

/// The longest value kept whole as one term.
const MAX_KEY: usize = 240;

/// Writes one document.
pub(crate) fn write(fields: &Fields, source: &Source) -> TantivyDocument {
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
    let mut text = serde_json::to_vec(source.record.as_ref()).unwrap_or_default();
    text.extend(format!("{:?}{}", source.holdings, source.hidden).into_bytes());
    text.extend(schema::format().into_bytes());
    // FNV-1a: no secret to keep, only a change to notice, and the same in every build.
    text.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

struct Writer<'a> {
    doc: TantivyDocument,
    fields: &'a Fields,
    record: &'a BiblioRecord,
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
                let words = analysis::words(value);
                self.doc
                    .add_pre_tokenized_text(stems, analysis::tokens(&words, analysis::stem_terms));
                if let Some(exact) = exact {
                    let tokens = analysis::tokens(&words, analysis::exact_terms);
                    self.doc.add_pre_tokenized_text(exact, tokens);
                }
            }
        }
        self.skeletons();
    }

    fn skeletons(&mut self) {
        let mut terms = BTreeSet::new();
        for value in values(self.record, schema::ALL.path) {
            for word in analysis::words(value) {
                if word.exact.starts_with(analysis::is_cyrillic) {
                    let keys = translit::skeletons(&word.exact);
                    terms.extend(keys.iter().map(|key| format!("{key}\0{}", word.exact)));
                }
            }
        }
        self.add_all(self.fields.skeleton, terms);
    }

    fn titles(&mut self) {
        let mut keys = BTreeSet::new();
        for value in values(self.record, schema::WHOLE_TITLE.path) {
            let words = analysis::words(value);
            keys.insert(analysis::key(value));
            keys.insert(format!("~{}", analysis::stem_key(&words)));
        }
        self.add_all(self.fields.title_key, keys);
        let title = self.record.first("200", 'a').unwrap_or_default();
        self.doc
            .add_text(self.fields.sort_title, sort_key(&without_article(title)));
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
        let headings = self.brief.authors.clone();
        let first = headings.first().map_or(String::new(), |name| name.clone());
        self.doc.add_text(self.fields.sort_author, sort_key(&first));
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
            let phrase = format!("{key}\0{kind}\0{}", shown.trim());
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

/// The values a path of the field table leads to.
fn values<'a>(record: &'a BiblioRecord, path: &'static str) -> impl Iterator<Item = &'a str> {
    path.split(',').flat_map(move |step| {
        let (place, code) = step.split_once('$').unwrap_or((step, "*"));
        let (outer, inner) = match place.split_once('>') {
            Some((outer, inner)) => (outer, Some(inner)),
            None => (place, None),
        };
        tagged(record, outer)
            .flat_map(move |field| inside(field, inner))
            .flat_map(|field| field.subfields())
            .filter(move |subfield| {
                (code == "*" && subfield.code.is_ascii_lowercase())
                    || code.starts_with(subfield.code)
            })
            .map(|subfield| subfield.value.as_str())
    })
}

fn inside<'a>(field: &'a MarcField, tag: Option<&'static str>) -> Vec<&'a MarcField> {
    match tag {
        None => vec![field],
        Some(tag) => field
            .embedded()
            .iter()
            .filter(|inner| fits(inner, tag))
            .collect(),
    }
}

fn tagged<'a>(record: &'a BiblioRecord, tag: &'static str) -> impl Iterator<Item = &'a MarcField> {
    record.fields.iter().filter(move |field| fits(field, tag))
}

fn fits(field: &MarcField, tag: &str) -> bool {
    let mut pairs = tag.bytes().zip(field.tag.as_str().bytes());
    pairs.all(|(wanted, there)| wanted == b'.' || wanted == there)
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

/// A key whose bytes sort as a Russian reader expects: digits, Cyrillic, Latin; the unnamed last.
fn sort_key(text: &str) -> String {
    let key: String = analysis::key(text)
        .chars()
        .take(40)
        .map(|c| match c {
            ' ' | '0'..='9' => c,
            'а'..='я' => c,
            'a'..='z' => char::from_u32(0x2000 + u32::from(c)).unwrap_or(c),
            _ => c,
        })
        .collect();
    if key.is_empty() {
        "\u{10FFFD}".to_owned()
    } else {
        key
    }
}
