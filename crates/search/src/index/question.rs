//! What a reader typed, taken apart: words, phrases, masks, exclusions, operators, initials.
//!
//! Any text has a reading; nothing here is an error and nothing is looked up in the index.

use crate::analysis::{self, Word};

/// How much of a text counts.
const MAX_CHARS: usize = 500;
const MAX_WORDS: usize = 32;

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
    /// Initials with stops, and the words they may belong to: the one before, the one after.
    Initials(String, Vec<String>),
    /// `год:`: first and last year.
    Years(u16, u16),
    /// `ббк:`: how a class mark begins.
    Mark(String),
    /// `isbn:`: a standard number.
    Standard(String),
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
    Mark,
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
    ("ббк", Operator::Mark),
    ("удк", Operator::Mark),
    ("шифр", Operator::Mark),
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
    gather_initials(&mut question.parts);
    question
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
            Some(Operator::Mark) => {
                let mark = analysis::identifier::mark(self.body);
                let mark = (!mark.is_empty()).then_some(Ask::Mark(mark));
                return parts.extend(self.part(mark, Place::All));
            }
            Some(Operator::Standard) => {
                let number = analysis::identifier::standard(self.body).map(Ask::Standard);
                return parts.extend(self.part(number, Place::All));
            }
        };
        let mut words = analysis::words(self.body);
        if self.quoted && words.len() > 1 {
            return parts.extend(self.part(Some(Ask::Phrase(words)), place));
        }
        let mask = if self.body.ends_with('*') {
            words.pop_if(|word| word.exact.chars().count() >= 2)
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

fn years(text: &str) -> Option<Ask> {
    let (from, to) = text.split_once(['-', '–', '—']).unwrap_or((text, text));
    let bound = |typed: &str, open: u16| match typed.trim() {
        "" => Some(open),
        year => year.parse().ok(),
    };
    let (from, to) = (bound(from, 0)?, bound(to, 9999)?);
    Some(Ask::Years(from.min(to), from.max(to)))
}

/// Turns runs of letters with stops into initials of the words beside them.
fn gather_initials(parts: &mut Vec<Part>) {
    let mut at = 0;
    while at < parts.len() {
        let letters: String = parts[at..].iter().map_while(initial).take(3).collect();
        let length = letters.chars().count();
        if length == 0 {
            at += 1;
            continue;
        }
        let before = at.checked_sub(1).and_then(|i| surname(&parts[i]));
        let after = parts.get(at + length).and_then(surname);
        let names: Vec<String> = before.into_iter().chain(after).collect();
        if !names.is_empty() {
            let part = Part {
                ask: Ask::Initials(letters, names),
                place: parts[at].place,
                excluded: false,
            };
            parts.splice(at..at + length, [part]);
            at += 1;
        } else {
            at += length;
        }
    }
}

fn initial(part: &Part) -> Option<char> {
    let Ask::Word(word) = &part.ask else {
        return None;
    };
    let mut letters = word.exact.chars();
    let only = letters.next().filter(|c| c.is_alphabetic())?;
    (word.dotted && !part.excluded && letters.next().is_none()).then_some(only)
}

fn surname(part: &Part) -> Option<String> {
    match &part.ask {
        Ask::Word(word) if word.exact.chars().count() > 1 && !part.excluded => {
            Some(word.exact.clone())
        }
        Ask::Word(_) | Ask::Phrase(_) | Ask::Mask(_) | Ask::Initials(..) => None,
        Ask::Years(..) | Ask::Mark(_) | Ask::Standard(_) => None,
    }
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
                Ask::Initials(letters, names) => format!("{letters}@{}", names.join("|")),
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
            "Title:«война и мир» mark 84(2)"
        );
        assert_eq!(shape("год:1990- :"), "1990..9999");
        assert_eq!(shape("час:пик"), "час пик");
    }

    #[test]
    fn initials_belong_to_the_name_beside_them() {
        assert_eq!(shape("Толстой А.К."), "толстой ак@толстой");
        assert_eq!(shape("А. К. Толстой"), "ак@толстой толстой");
        assert_eq!(shape("а и б"), "а и б");
        assert_eq!(shape("А."), "а");
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_reading(text in "\\PC{0,80}|[-\"«»:*. а-яёА-Я]{0,60}") {
            proptest::prop_assert!(read(&clip(&text)).parts.len() <= MAX_WORDS);
        }
    }
}
