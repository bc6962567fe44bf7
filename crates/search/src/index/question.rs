//! What a reader typed, taken apart: words, phrases, masks, exclusions, operators, initials.
//!
//! Any text has a reading; nothing here is an error and nothing is looked up in the index.

mod initials;

use crate::analysis::identifier::{BBK, UDK};
use crate::analysis::{self, Word};

/// How much of a text counts.
const MAX_CHARS: usize = 500;
const MAX_WORDS: usize = 32;
/// Masks cost much: so many of them, of so many letters at least.
const MAX_MASKS: usize = 4;
const MIN_MASK: usize = 3;

/// A text taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    /// The text that was read.
    pub(crate) text: String,
    /// What must, may and must not be found.
    pub(crate) parts: Vec<Part>,
}

/// One thing asked.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// What.
    pub(crate) ask: Ask,
    /// Where.
    pub(crate) place: Place,
    /// `-слово`: whether it must not be there.
    pub(crate) excluded: bool,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// A word in any form.
    Word(Word),
    /// Words side by side.
    Phrase(Vec<Word>),
    /// `слово*`.
    Mask(String),
    /// Letters that may be initials.
    Initials(Initials),
    /// `год:`: first and last year.
    Years(u16, u16),
    /// `ббк:`: how a class mark begins.
    Mark(String),
    /// A class mark among words, and the words it is otherwise.
    Class(String, Vec<Word>),
    /// `isbn:`: a standard number.
    Standard(String),
    /// `isbn:978517*`: how a standard number may begin.
    Standards([String; 2]),
    /// An operator with a value that cannot be one.
    Nothing,
}

/// Lonely letters beside a word.
#[derive(Clone, Debug)]
pub(crate) struct Initials {
    /// The letters, folded.
    pub(crate) letters: String,
    /// The same as words.
    pub(crate) words: Vec<Word>,
    /// The words they may belong to: the one before, the one after.
    pub(crate) names: Vec<String>,
    /// Whether they have stops, so that the reader meant them.
    pub(crate) sure: bool,
}

/// Where a word is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Anywhere.
    All,
    /// `загл:`.
    Title,
    /// `автор:`.
    Author,
    /// `тема:`.
    Subject,
    /// `изд:`.
    Publisher,
    /// `серия:`.
    Series,
}

#[derive(Clone, Copy)]
enum Operator {
    Words(Place),
    Years,
    Mark(&'static str),
    Standard,
}

const OPERATORS: [(&str, Operator); 22] = [
    ("загл", Operator::Words(Place::Title)),
    ("заглавие", Operator::Words(Place::Title)),
    ("название", Operator::Words(Place::Title)),
    ("title", Operator::Words(Place::Title)),
    ("автор", Operator::Words(Place::Author)),
    ("author", Operator::Words(Place::Author)),
    ("тема", Operator::Words(Place::Subject)),
    ("предмет", Operator::Words(Place::Subject)),
    ("subject", Operator::Words(Place::Subject)),
    ("изд", Operator::Words(Place::Publisher)),
    ("издательство", Operator::Words(Place::Publisher)),
    ("publisher", Operator::Words(Place::Publisher)),
    ("серия", Operator::Words(Place::Series)),
    ("series", Operator::Words(Place::Series)),
    ("год", Operator::Years),
    ("year", Operator::Years),
    ("ббк", Operator::Mark(BBK)),
    ("удк", Operator::Mark(UDK)),
    ("шифр", Operator::Mark("")),
    ("isbn", Operator::Standard),
    ("issn", Operator::Standard),
    ("исбн", Operator::Standard),
];

/// The part of a text that counts.
pub(crate) fn clip(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && !matches!(c, '\u{98}' | '\u{9c}') {
                ' '
            } else {
                c
            }
        })
        .take(MAX_CHARS)
        .collect()
}

/// Takes a clipped text apart.
pub(crate) fn read(text: &str) -> Question {
    let mut question = Question {
        text: text.trim().to_owned(),
        parts: Vec::new(),
    };
    let mut rest = text;
    while let Some((chunk, after)) = next_chunk(rest) {
        rest = after;
        chunk.read_into(&mut question.parts);
    }
    question.parts.truncate(MAX_WORDS);
    let masks = question.parts.iter_mut();
    let masks = masks.filter(|part| matches!(part.ask, Ask::Mask(_)));
    for part in masks.skip(MAX_MASKS) {
        if let Ask::Mask(stub) = &part.ask {
            part.ask = analysis::words(stub).pop().map_or(Ask::Nothing, Ask::Word);
        }
    }
    initials::gather(&mut question.parts);
    question
}

impl Question {
    /// Whether nothing but plain words was asked.
    pub(crate) fn is_plain(&self) -> bool {
        let plain = |part: &Part| matches!(part.ask, Ask::Word(_)) && part.is_loose();
        !self.parts.is_empty() && self.parts.iter().all(plain)
    }

    /// The same with short numbers as class marks («Смит 65»), with initials not insisted on; nothing
    /// when it has neither.
    pub(crate) fn otherwise(&self) -> Option<Self> {
        let mut other = self.clone();
        let mut changed = false;
        for part in &mut other.parts {
            let mut ask = None;
            if let Ask::Word(word) = &part.ask {
                let digits = word.exact.bytes().all(|b| b.is_ascii_digit());
                if digits && (2..=3).contains(&word.exact.len()) && self.parts.len() > 1 {
                    ask = Some(Ask::Class(word.exact.clone(), vec![word.clone()]));
                }
            } else if let Ask::Initials(found) = &part.ask
                && found.sure
            {
                let sure = false;
                ask = Some(Ask::Initials(Initials {
                    sure,
                    ..found.clone()
                }));
            }
            changed |= ask.is_some();
            part.ask = ask.unwrap_or_else(|| part.ask.clone());
        }
        changed.then_some(other)
    }

    /// The same with the words of phrases free to stand apart; nothing when there is no phrase.
    pub(crate) fn unquoted(&self) -> Option<Self> {
        let mut parts = Vec::new();
        for part in &self.parts {
            if let Ask::Phrase(words) = &part.ask
                && !part.excluded
            {
                let words = words.iter().cloned().map(Ask::Word);
                parts.extend(words.map(|ask| Part {
                    ask,
                    ..part.clone()
                }));
            } else {
                parts.push(part.clone());
            }
        }
        parts.truncate(MAX_WORDS);
        (parts.len() > self.parts.len()).then(|| Self {
            text: self.text.clone(),
            parts,
        })
    }
}

impl Part {
    /// Whether it is asked anywhere and wanted.
    pub(crate) fn is_loose(&self) -> bool {
        self.place == Place::All && !self.excluded
    }
}

/// A stretch of text without spaces, or one in quotation marks.
struct Chunk<'a> {
    body: &'a str,
    quoted: bool,
    excluded: bool,
    operator: Option<Operator>,
}

fn next_chunk(text: &str) -> Option<(Chunk<'_>, &str)> {
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return None;
    }
    let mut excluded = false;
    if let Some(after) = rest.strip_prefix('-')
        && after.starts_with(|c: char| c.is_alphanumeric() || is_open(c))
    {
        excluded = true;
        rest = after;
    }
    let mut operator = None;
    if let Some((name, after)) = rest.split_once(':')
        && let Some(found) = operator_named(name)
    {
        operator = Some(found);
        rest = after.trim_start();
    }
    let (body, quoted, after) = take_body(rest);
    let chunk = Chunk {
        body,
        quoted,
        excluded,
        operator,
    };
    Some((chunk, after))
}

fn operator_named(name: &str) -> Option<Operator> {
    let lower = name.to_lowercase();
    let found = OPERATORS.iter().find(|(known, _)| *known == lower)?;
    Some(found.1)
}

fn is_open(c: char) -> bool {
    matches!(c, '"' | '«' | '„' | '“')
}

fn take_body(text: &str) -> (&str, bool, &str) {
    if let Some(open) = text.chars().next().filter(|c| is_open(*c)) {
        let inner = &text[open.len_utf8()..];
        if let Some(end) = inner.find(['"', '»', '”', '“']) {
            let close = inner[end..].chars().next().map_or(0, char::len_utf8);
            return (&inner[..end], true, &inner[end + close..]);
        }
        return take_body(inner);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], false, &text[end..])
}

impl Chunk<'_> {
    fn read_into(&self, parts: &mut Vec<Part>) {
        let place = match self.operator {
            None => Place::All,
            Some(Operator::Words(place)) => place,
            Some(Operator::Years) => return parts.extend(self.part(years(self.body), Place::All)),
            Some(Operator::Mark(scheme)) => {
                let mark = analysis::identifier::mark(self.body.trim_end_matches('*'));
                let mark = (!mark.is_empty()).then(|| Ask::Mark(format!("{scheme}{mark}")));
                return parts.extend(self.part(mark, Place::All));
            }
            Some(Operator::Standard) => {
                return parts.extend(self.part(number(self.body), Place::All));
            }
        };
        if place == Place::All && !self.quoted {
            if let Some(Part {
                ask: Ask::Mark(mark),
                ..
            }) = parts.last_mut()
                && is_rest_of_mark(self.body)
            {
                return mark.push_str(&analysis::identifier::mark(self.body));
            }
            if let Some(mark) = analysis::identifier::mark_among(self.body) {
                let ask = Ask::Class(mark, analysis::words(self.body));
                return parts.extend(self.part(Some(ask), place));
            }
        }
        let mut words = analysis::words(self.body);
        if self.quoted && words.len() > 1 {
            return parts.extend(self.part(Some(Ask::Phrase(words)), place));
        }
        let mask = if self.body.ends_with('*') {
            words.pop_if(|word| word.exact.chars().count() >= MIN_MASK)
        } else {
            None
        };
        let asks = words.into_iter().map(Ask::Word);
        let asks = asks.chain(mask.map(|word| Ask::Mask(word.exact)));
        parts.extend(asks.flat_map(|ask| self.part(Some(ask), place)));
    }

    fn part(&self, ask: Option<Ask>, place: Place) -> Option<Part> {
        Some(Part {
            ask: ask?,
            place,
            excluded: self.excluded,
        })
    }
}

/// What follows a class mark after a space: a bracket, or the author sign.
fn is_rest_of_mark(text: &str) -> bool {
    text.starts_with('(') || analysis::identifier::is_author_sign(text)
}

fn number(text: &str) -> Option<Ask> {
    if text.is_empty() {
        return None;
    }
    let masked = text.ends_with('*');
    let beginning = || analysis::identifier::beginnings(text).map(Ask::Standards);
    let whole = || analysis::identifier::printed(text).map(Ask::Standard);
    let ask = if masked { beginning() } else { whole() };
    Some(ask.unwrap_or(Ask::Nothing))
}

fn years(text: &str) -> Option<Ask> {
    if text.is_empty() {
        return None;
    }
    Some(span(text).unwrap_or(Ask::Nothing))
}

fn span(text: &str) -> Option<Ask> {
    let (from, to) = text.split_once(['-', '–', '—']).unwrap_or((text, text));
    let bound = |typed: &str, open: u16| match typed.trim() {
        "" => Some(open),
        year => year.parse().ok(),
    };
    let (from, to) = (bound(from, 0)?, bound(to, 9999)?);
    Some(Ask::Years(from.min(to), from.max(to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        let parts = read(&clip(text)).parts;
        let shown = parts.iter().map(|part| {
            let ask = match &part.ask {
                Ask::Word(word) => word.exact.clone(),
                Ask::Phrase(words) => {
                    let words: Vec<_> = words.iter().map(|w| w.exact.as_str()).collect();
                    format!("«{}»", words.join(" "))
                }
                Ask::Mask(stub) => format!("{stub}*"),
                Ask::Initials(found) => {
                    let sign = if found.sure { '@' } else { '?' };
                    format!("{}{sign}{}", found.letters, found.names.join("|"))
                }
                Ask::Class(mark, _) => format!("class {mark}"),
                Ask::Standards([_, digits]) => format!("number {digits}*"),
                Ask::Nothing => "nothing".to_owned(),
                Ask::Years(from, to) => format!("{from}..{to}"),
                Ask::Mark(mark) => format!("mark {mark}"),
                Ask::Standard(number) => format!("number {number}"),
            };
            let place = if part.place == Place::All {
                String::new()
            } else {
                format!("{:?}:", part.place)
            };
            format!("{}{place}{ask}", if part.excluded { "-" } else { "" })
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_operator_is_read() {
        assert_eq!(shape("война -мир"), "война -мир");
        assert_eq!(shape("свои люди - сочтёмся"), "свои люди сочтемся");
        assert_eq!(
            shape("«первый учитель» патриа*"),
            "«первый учитель» патриа*"
        );
        assert_eq!(
            shape("автор:толстой год:1990-1995"),
            "Author:толстой 1990..1995"
        );
        assert_eq!(
            shape("загл:\"война и мир\" ББК:84(2)"),
            "Title:«война и мир» mark ббк:84(2)"
        );
        assert_eq!(shape("год:1990- :"), "1990..9999");
        assert_eq!(shape("год:abc isbn:abc автор:"), "nothing nothing");
        assert_eq!(shape("isbn:978-5* ми* патр*"), "nothing ми патр*");
        assert_eq!(
            shape("isbn:978-5-170* год:2001"),
            "number 9785170* 2001..2001"
        );
        assert_eq!(
            shape("шифр:84(2Рос=Рус)1 П12 повесть"),
            "mark 84(2рос=рус)1п12 повесть"
        );
        assert_eq!(shape("Демидович 22.161"), "демидович class 22.161");
        assert_eq!(shape("час:пик"), "час пик");
    }

    #[test]
    fn initials_belong_to_the_name_beside_them() {
        assert_eq!(shape("Толстой А.К."), "толстой ак@толстой");
        assert_eq!(shape("А. К. Толстой"), "ак@толстой толстой");
        assert_eq!(shape("а и б"), "а и б");
        assert_eq!(shape("А."), "а");
        assert_eq!(shape("литература – 19 в."), "литература 19 в");
        assert_eq!(shape("Пушкин А.С"), "пушкин ас@пушкин");
        assert_eq!(shape("пушкин а с"), "пушкин ас?пушкин");
        assert_eq!(shape("толстой и чехов"), "толстой и чехов");
        assert_eq!(shape("О. Генри"), "о@генри генри");
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_reading(text in "\\PC{0,80}|[-\"«»:*. а-яёА-Я]{0,60}") {
            proptest::prop_assert!(read(&clip(&text)).parts.len() <= MAX_WORDS);
        }
    }
}
