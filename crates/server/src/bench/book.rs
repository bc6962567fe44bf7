//! One book that nobody wrote, as a RUSMARC record: what a real catalogue has, in its proportions.
//!
//! A book is a function of seed and number alone, so that any part of a catalogue can be made anew.

use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield};

use super::chance::Chance;
use super::words::{CITIES, Case, Words, capital};

/// Классы ББК and the УДК beside each.
const CLASSES: [(&str, &str); 24] = [
    ("84(2=411.2)6", "821.161.1"),
    ("84(2=411.2)5", "821.161.1"),
    ("84(4)", "821-3"),
    ("84(7)", "821.111(73)"),
    ("63.3(2)", "94(470)"),
    ("63.3(0)", "94"),
    ("22.1", "51"),
    ("22.3", "53"),
    ("24", "54"),
    ("28", "57"),
    ("26.8", "91"),
    ("32.97", "004"),
    ("34", "621"),
    ("38", "69"),
    ("42", "633"),
    ("53", "616"),
    ("60", "30"),
    ("65", "33"),
    ("67", "34"),
    ("74", "37"),
    ("81.2Рус", "811.161.1"),
    ("83.3(2)", "821.161.1.09"),
    ("85", "7"),
    ("86.37", "27"),
];
const SUBTITLES: [&str; 10] = [
    "учебник",
    "учебное пособие",
    "сборник статей",
    "роман",
    "повести и рассказы",
    "монография",
    "справочник",
    "стихотворения",
    "хрестоматия",
    "методические указания",
];

/// A person as a heading needs it.
struct Person {
    surname: String,
    name: &'static str,
    patronymic: &'static str,
}

/// Makes books.
pub(super) struct Books {
    words: Words,
    seed: u64,
}

/// A copy of a book.
pub(super) struct Copy {
    pub(super) number: u64,
    pub(super) place: &'static str,
    pub(super) price: String,
}

impl Books {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            words: Words::new(),
            seed,
        }
    }

    /// Book number `number`, counted from 1.
    pub(super) fn book(&self, number: u64) -> BiblioRecord {
        let mut chance = Chance::at(self.seed, number);
        let chance = &mut chance;
        let mut record = BiblioRecord::new(Leader::NEW_BOOK);
        let year = 2026 - chance.common(90);
        let (class, decimal) = CLASSES[chance.common(CLASSES.len())];
        let authors: Vec<Person> = (0..=chance.common(3))
            .map(|_| self.person(number, chance))
            .collect();
        let mut fields = vec![
            control("001", format!("RU/BENCH/bibl/{number}")),
            control("005", format!("20260{}15120000.0", 1 + chance.below(9))),
        ];
        if year > 1970 || chance.percent(20) {
            let price = format!("{} р.", 50 + chance.below(2000));
            fields.push(data(
                "010",
                "  ",
                &[('a', &isbn(number + self.seed * 7_919)), ('d', &price)],
            ));
        }
        let coded = format!("20260115d{year}    k  y0rusy50      ca");
        fields.push(data("100", "  ", &[('a', &coded)]));
        let language = if chance.percent(94) {
            "rus"
        } else {
            chance.one(&["eng", "ger", "tat", "fre"])
        };
        fields.push(data("101", "0 ", &[('a', language)]));
        fields.push(data("102", "  ", &[('a', "RU")]));
        fields.push(data("105", "  ", &[('a', "a   z   000yy")]));
        self.described(&mut fields, &authors, year, chance);
        self.about(&mut fields, chance);
        fields.push(data(
            "675",
            "  ",
            &[('a', decimal), ('v', "4"), ('z', "rus")],
        ));
        fields.push(data("686", "  ", &[('a', class), ('2', "rubbk")]));
        for (at, person) in authors.iter().enumerate() {
            let initials = person.initials();
            let full = format!("{} {}", person.name, person.patronymic);
            let parts = [
                ('a', person.surname.as_str()),
                ('b', &initials),
                ('g', &full),
            ];
            fields.push(data(if at == 0 { "700" } else { "701" }, " 1", &parts));
        }
        fields.push(data(
            "801",
            " 0",
            &[('a', "RU"), ('b', "BENCH"), ('c', "20260115"), ('g', "RCR")],
        ));
        record.fields = fields;
        record
    }

    /// Blocks 2 and 3: title, imprint, series, notes.
    fn described(
        &self,
        fields: &mut Vec<Field>,
        authors: &[Person],
        year: usize,
        chance: &mut Chance,
    ) {
        let title = self.title(chance);
        let mut title_parts = vec![('a', title)];
        if chance.percent(55) {
            title_parts.push(('e', (*chance.one(&SUBTITLES)).to_owned()));
        }
        let named = authors
            .iter()
            .map(|p| format!("{} {}", p.initials(), p.surname));
        title_parts.push(('f', named.collect::<Vec<_>>().join(", ")));
        fields.push(data_of("200", "1 ", title_parts));
        if chance.percent(15) {
            let edition = format!("{}-е изд., испр. и доп.", 2 + chance.common(8));
            fields.push(data("205", "  ", &[('a', &edition)]));
        }
        let city = CITIES[chance.common(CITIES.len())];
        let house = self.words.house(chance.common(30));
        fields.push(data(
            "210",
            "  ",
            &[('a', city), ('c', house), ('d', &year.to_string())],
        ));
        let pages = format!("{} с.", 16 + chance.below(700));
        fields.push(data(
            "215",
            "  ",
            &[('a', &pages), ('c', "ил."), ('d', "21 см")],
        ));
        if chance.percent(30) {
            let series = chance.common(400);
            let series = capital(&format!(
                "{} {}",
                self.words.adjective(series, series / 3, Case::Nominative),
                self.words.noun(series / 3, Case::Nominative)
            ));
            fields.push(data(
                "225",
                "1 ",
                &[
                    ('a', &series),
                    ('v', &format!("вып. {}", 1 + chance.below(60))),
                ],
            ));
        }
        if chance.percent(20) {
            fields.push(data("300", "  ", &[('a', "Библиогр. в конце кн.")]));
        }
        if chance.percent(30) {
            let text: Vec<String> = (0..3 + chance.below(5))
                .map(|_| self.phrase(chance))
                .collect();
            let text = format!("{}.", capital(&text.join(", ")));
            fields.push(data("330", "  ", &[('a', &text)]));
        }
    }

    /// Block 6: subjects and keywords.
    fn about(&self, fields: &mut Vec<Field>, chance: &mut Chance) {
        for _ in 0..=chance.common(3) {
            let subject = chance.common(6_000);
            let noun = self.words.noun(subject, Case::Nominative);
            let subject = if chance.percent(50) {
                capital(&noun)
            } else {
                capital(&format!(
                    "{} {noun}",
                    self.words.adjective(subject / 7, subject, Case::Nominative)
                ))
            };
            let aspect = capital(&self.words.noun(chance.common(60), Case::Nominative));
            fields.push(data("606", "0 ", &[('a', &subject), ('x', &aspect)]));
        }
        if chance.percent(50) {
            let keywords: Vec<(char, String)> = (0..2 + chance.below(4))
                .map(|_| {
                    (
                        'a',
                        self.words
                            .noun(chance.common(self.words.noun_count()), Case::Nominative),
                    )
                })
                .collect();
            fields.push(data_of("610", "0 ", keywords));
        }
    }

    fn person(&self, number: u64, chance: &mut Chance) -> Person {
        // The more books, the more authors; the well-known ones write most of them.
        let known = usize::try_from(number / 4).unwrap_or(usize::MAX) + 300;
        let who = chance.common(known);
        let mut own = Chance::at(self.seed, (1 << 40) + who as u64);
        Person {
            surname: self.words.surname(own.common(self.words.surname_count())),
            name: self.words.name(own.below(64)),
            patronymic: self.words.patronymic(own.below(64)),
        }
    }

    /// A title: two to seven words.
    fn title(&self, chance: &mut Chance) -> String {
        let noun = |chance: &mut Chance, case| {
            self.words
                .noun(chance.common(self.words.noun_count()), case)
        };
        let title = match chance.below(7) {
            0 => self
                .words
                .noun(chance.common(self.words.noun_count()), Case::Nominative),
            1 => format!(
                "{} и {}",
                noun(chance, Case::Nominative),
                noun(chance, Case::Nominative)
            ),
            2 => format!(
                "{} {}",
                noun(chance, Case::Nominative),
                noun(chance, Case::Genitive)
            ),
            3 => self.phrase(chance),
            4 => format!(
                "{} в {}",
                self.phrase(chance),
                noun(chance, Case::Prepositional)
            ),
            5 => format!(
                "основы {} {}",
                self.pair(chance, Case::Genitive),
                noun(chance, Case::Genitive)
            ),
            _ => format!(
                "{} о {}",
                noun(chance, Case::Nominative),
                self.pair(chance, Case::Prepositional)
            ),
        };
        capital(&title)
    }

    fn phrase(&self, chance: &mut Chance) -> String {
        let mut phrase = self.pair(chance, Case::Nominative);
        if chance.percent(60) {
            phrase.push(' ');
            phrase.push_str(
                &self
                    .words
                    .noun(chance.common(self.words.noun_count()), Case::Genitive),
            );
        }
        phrase
    }

    /// An adjective and its noun.
    fn pair(&self, chance: &mut Chance, case: Case) -> String {
        let noun = chance.common(self.words.noun_count());
        let adjective = chance.common(self.words.adjective_count());
        format!(
            "{} {}",
            self.words.adjective(adjective, noun, case),
            self.words.noun(noun, case)
        )
    }

    /// The copies of a book: numbers `first`, `first + 1` and so on.
    pub(super) fn copies(&self, number: u64, first: u64, count: u64) -> Vec<Copy> {
        let mut chance = Chance::at(self.seed, (1 << 41) + number);
        let price = format!("{}.{:02}", 50 + chance.below(2000), chance.below(100));
        let copy = |at| Copy {
            number: first + at,
            place: if at % 3 == 0 { "ЧЗ" } else { "АБ" },
            price: price.clone(),
        };
        (0..count).map(copy).collect()
    }
}

impl Person {
    fn initials(&self) -> String {
        let first = |name: &str| name.chars().next().unwrap_or('А');
        format!("{}. {}.", first(self.name), first(self.patronymic))
    }
}

/// An ISBN with its check digit.
pub(super) fn isbn(number: u64) -> String {
    let body = format!("9785{:08}", number % 100_000_000);
    let weighed =
        |(at, digit): (usize, u8)| u32::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 };
    let sum: u32 = body.bytes().enumerate().map(weighed).sum();
    let check = (10 - sum % 10) % 10;
    format!("978-5-{}-{}-{check}", &body[4..8], &body[8..12])
}

/// The ISBN of a book, when it has one.
pub(super) fn isbn_of(record: &BiblioRecord) -> Option<String> {
    record.first("010", 'a').map(str::to_owned)
}

pub(super) fn control(tag: &str, value: impl Into<String>) -> Field {
    Field::control(self::tag(tag), value)
}

pub(super) fn data(tag: &str, indicators: &str, parts: &[(char, &str)]) -> Field {
    data_of(
        tag,
        indicators,
        parts
            .iter()
            .map(|(code, value)| (*code, (*value).to_owned()))
            .collect(),
    )
}

fn data_of(tag: &str, indicators: &str, parts: Vec<(char, String)>) -> Field {
    let mut signs = indicators.chars();
    let mut sign = || signs.next().unwrap_or(' ');
    let subfields = parts
        .into_iter()
        .map(|(code, value)| Subfield::new(code, value))
        .collect();
    Field::data(self::tag(tag), Indicators(sign(), sign()), subfields)
}

fn tag(tag: &str) -> catalog::record::Tag {
    let mut bytes = *b"000";
    bytes.copy_from_slice(&tag.as_bytes()[..3]);
    catalog::record::Tag::from_directory(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_is_the_same_every_time_and_sound() {
        let books = Books::new(1);
        assert_eq!(books.book(77), Books::new(1).book(77));
        assert_ne!(books.book(77).fields, Books::new(2).book(77).fields);
        for number in 1..300 {
            let record = books.book(number);
            let findings = catalog::record::check::check(&record);
            let blocking: Vec<_> = findings.iter().filter(|finding| finding.blocks()).collect();
            assert!(blocking.is_empty(), "{number}: {blocking:?}\n{record:?}");
        }
    }

    #[test]
    fn an_isbn_has_the_digit_that_its_others_ask_for() {
        assert_eq!(isbn(50000), "978-5-0005-0000-2");
    }
}
