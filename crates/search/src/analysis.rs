//! Russian text as the index and the query both see it: one pass from raw text to words, and from a
//! word to the terms under which it is kept.
//!
//! Folding: NFKC, lower case, accents off, ё=е, old letters, look-alike letters of the other script,
//! final ъ. What a word is kept under stands in `stem.rs`. What belongs to a query only (keyboard layout, typos)
//! is decided elsewhere; this file knows no index.

pub(crate) mod identifier;
pub(crate) mod layout;
mod lemma;
pub(crate) mod lexicon;
pub(crate) mod number;
mod stem;
pub(crate) mod translit;
pub(crate) mod written;

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

pub use lemma::Lemmas;
pub use stem::stemmed;
pub(crate) use stem::{base, is_known, stem, stems};

/// A number that changes whenever the same text would give other terms; the index is rebuilt then.
pub(crate) const VERSION: &str = "5-lemmas-105373f67468906e-snowball-20260821";

/// Longer words are cut: no reader types them, and a damaged record may hold anything.
const MAX_WORD: usize = 48;

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// As it stood, after NFKC.
    pub(crate) shown: String,
    /// The folded form.
    pub(crate) exact: String,
    /// Its number in the text, from 0.
    pub(crate) position: usize,
    /// The whole of a compound (`кара-бугаз` → `карабугаз`), on its first part only.
    pub(crate) joined: Option<String>,
    /// Whether it follows a hyphen or an apostrophe inside a compound.
    pub(crate) tail: bool,
    /// Whether a full stop follows at once, as after an initial.
    pub(crate) dotted: bool,
    /// The number it makes with the word after it.
    pub(crate) number: Option<u32>,
}

/// Splits text into folded words.
pub(crate) fn words(text: &str) -> Vec<Word> {
    if text.chars().all(is_settled) {
        return split(text.chars());
    }
    split(text.nfkc())
}

/// What NFKC leaves as it stands, next to whatever else is so: most of a Russian catalogue.
fn is_settled(c: char) -> bool {
    matches!(c, '\0'..='\u{7F}' | '\u{400}'..='\u{481}' | '«' | '»' | '–' | '—')
}

fn split(chars: impl Iterator<Item = char>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut shown = String::new();
    let mut tail = false;
    let mut chars = chars.filter(|c| !is_ignored(*c)).peekable();
    while let Some(c) = chars.next() {
        if is_sign(c) {
            shown.push(c);
            continue;
        }
        let linked = is_link(c) && chars.peek().is_some_and(|next| is_sign(*next));
        let closed = close(&mut words, &mut shown, tail, c == '.');
        tail = linked && (closed || tail);
    }
    close(&mut words, &mut shown, tail, false);
    join_compounds(&mut words);
    for at in 1..words.len() {
        words[at - 1].number = number::together(&words[at - 1].exact, &words[at].exact);
    }
    words
}

/// A letter or a digit; the tables of all scripts are asked of the rare ones only.
fn is_sign(c: char) -> bool {
    match c {
        'а'..='я' | 'А'..='Я' => true,
        '\0'..='\u{7F}' => c.is_ascii_alphanumeric(),
        _ => c.is_alphanumeric(),
    }
}

fn close(words: &mut Vec<Word>, shown: &mut String, tail: bool, dotted: bool) -> bool {
    if shown.is_empty() {
        return false;
    }
    let taken = std::mem::take(shown);
    let exact = fold(&taken);
    if exact.is_empty() {
        return false;
    }
    words.push(Word {
        shown: taken,
        exact,
        position: words.len(),
        joined: None,
        tail,
        dotted,
        number: None,
    });
    true
}

fn join_compounds(words: &mut [Word]) {
    let mut start = 0;
    while start < words.len() {
        let mut end = start + 1;
        while end < words.len() && words[end].tail {
            end += 1;
        }
        if (2..=4).contains(&(end - start)) {
            let whole: String = words[start..end].iter().map(|w| w.exact.as_str()).collect();
            words[start].joined = Some(cut(whole));
        }
        start = end;
    }
}

/// Marks that belong to no word: accents left over after NFKC, soft hyphens, zero widths, NSB and NSE.
fn is_ignored(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0487}' | '\u{FE20}'..='\u{FE2F}' | '\u{00AD}'
        | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{0098}' | '\u{009C}')
}

fn is_link(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}' | '\u{2011}' | '\'' | '\u{2019}' | '\u{02BC}' | '`'
    )
}

/// The folded form of one word.
pub(crate) fn fold(word: &str) -> String {
    plainly(word).unwrap_or_else(|| fold_any(word))
}

/// As [`fold_any`], for a word of one common alphabet, as most are.
fn plainly(word: &str) -> Option<String> {
    let mut folded = String::with_capacity(word.len());
    let mut latin = false;
    let mut russian = false;
    for (at, c) in word.chars().enumerate() {
        match c {
            _ if at == MAX_WORD => return None,
            '0'..='9' => folded.push(c),
            'a'..='z' | 'A'..='Z' => {
                latin = true;
                folded.push(c.to_ascii_lowercase());
            }
            'а'..='я' | 'ё' | 'А'..='Я' | 'Ё' => {
                russian = true;
                folded.push(match c {
                    'А'..='Я' => char::from_u32(u32::from(c) + 0x20)?,
                    'ё' | 'Ё' => 'е',
                    small => small,
                });
            }
            _ => return None,
        }
    }
    if folded.ends_with('ъ') && folded.len() > 'ъ'.len_utf8() {
        folded.pop();
    }
    (!(latin && russian)).then_some(folded)
}

fn fold_any(word: &str) -> String {
    let mended = mend_lookalikes(word);
    let mut folded = String::with_capacity(mended.len());
    for c in mended.chars().flat_map(char::to_lowercase) {
        push_folded(&mut folded, c);
    }
    if folded.ends_with('ъ') && folded.chars().count() > 1 {
        folded.pop();
    }
    cut(folded)
}

fn push_folded(out: &mut String, c: char) {
    match c {
        // «й» too is one letter here, though NFD takes it apart.
        'а'..='я' | 'a'..='z' | '0'..='9' => out.push(c),
        'ё' | 'ѣ' => out.push('е'),
        'і' | 'ї' | 'ѵ' => out.push('и'),
        'ѳ' => out.push('ф'),
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'ø' => out.push('o'),
        'ł' => out.push('l'),
        _ => out.extend(c.nfd().filter(|part| !is_ignored(*part)).take(3)),
    }
}

fn cut(mut word: String) -> String {
    if let Some((end, _)) = word.char_indices().nth(MAX_WORD) {
        word.truncate(end);
    }
    word
}

const LATIN_TWINS: &str = "ABCEHKMOPTXYIaceopxykmti";
const CYRILLIC_TWINS: &str = "АВСЕНКМОРТХУІасеорхукмті";

/// Repairs a word of mixed scripts when every stranger in it has a look-alike at home.
fn mend_lookalikes(word: &str) -> Cow<'_, str> {
    let latin = word.chars().filter(|c| is_latin(*c)).count();
    let cyrillic = word.chars().filter(|c| is_cyrillic(*c)).count();
    if latin == 0 || cyrillic == 0 {
        return Cow::Borrowed(word);
    }
    let mut ways = homes();
    if latin > cyrillic {
        ways.reverse();
    }
    let mended = ways
        .into_iter()
        .find_map(|(strangers, home)| at_home(word, strangers, home));
    mended.map_or(Cow::Borrowed(word), Cow::Owned)
}

/// Letters of one script and the rows that bring them into the other.
type Home = (fn(char) -> bool, (&'static str, &'static str));

fn homes() -> [Home; 2] {
    [
        (is_latin, (LATIN_TWINS, CYRILLIC_TWINS)),
        (is_cyrillic, (CYRILLIC_TWINS, LATIN_TWINS)),
    ]
}

fn at_home(word: &str, strangers: fn(char) -> bool, home: (&str, &str)) -> Option<String> {
    word.chars()
        .map(|c| if strangers(c) { twin(c, home) } else { Some(c) })
        .collect()
}

/// What else a word may be whose every letter has a look-alike: `CCCP` typed in Latin, and a word of
/// both scripts in either; folded.
pub(crate) fn twins(shown: &str) -> Vec<String> {
    homes()
        .into_iter()
        .filter(|(strangers, _)| shown.contains(*strangers))
        .filter_map(|(strangers, home)| at_home(shown, strangers, home))
        .map(|word| fold(&word))
        .collect()
}

fn twin(c: char, (from, to): (&str, &str)) -> Option<char> {
    let at = from.chars().position(|other| other == c)?;
    to.chars().nth(at)
}

/// The Cyrillic look-alikes of a Latin text, for class marks and lonely letters.
pub(crate) fn to_cyrillic(text: &str) -> String {
    text.chars()
        .map(|c| twin(c, (LATIN_TWINS, CYRILLIC_TWINS)).unwrap_or(c))
        .collect()
}

/// Whether this is a Latin letter.
pub(crate) fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || ('\u{00C0}'..='\u{024F}').contains(&c)
}

/// Whether this is a Cyrillic letter.
pub(crate) fn is_cyrillic(c: char) -> bool {
    ('\u{0400}'..='\u{052F}').contains(&c)
}

/// The modern spelling of a folded word that looks pre-reform, if it does.
pub(crate) fn modern(exact: &str) -> Option<String> {
    let length = exact.chars().count();
    let mut modern = exact.to_owned();
    for (old, new) in [("аго", "ого"), ("яго", "его"), ("ыя", "ые"), ("ия", "ие")]
    {
        if length >= 5 && exact.ends_with(old) {
            modern.truncate(exact.len() - old.len());
            modern.push_str(new);
            break;
        }
    }
    for (old, new) in [
        ("без", "бес"),
        ("чрез", "чрес"),
        ("раз", "рас"),
        ("воз", "вос"),
        ("из", "ис"),
    ] {
        let deaf = modern
            .strip_prefix(old)
            .and_then(|rest| rest.chars().next())
            .is_some_and(|next| next == 'с' || (old.ends_with("ез") && "кптхцчшщф".contains(next)));
        if deaf {
            modern.replace_range(..old.len(), new);
            break;
        }
    }
    (modern != exact).then_some(modern)
}

/// All terms of one word in a stemmed field; the first is the one phrases use.
pub(crate) fn stem_terms(word: &Word) -> Vec<String> {
    let known = lexicon::Known::new(&word.exact);
    known.terms(word).into_iter().map(Cow::into_owned).collect()
}

/// All terms of one word in a field of exact forms.
pub(crate) fn exact_terms(word: &Word) -> impl Iterator<Item = &str> {
    std::iter::once(word.exact.as_str()).chain(word.joined.as_deref())
}

/// A whole text as one key: its folded words with single spaces.
pub(crate) fn key(text: &str) -> String {
    key_of(&words(text))
}

/// The same of words that were read.
pub(crate) fn key_of(words: &[Word]) -> String {
    join(words, |word| Cow::Borrowed(&word.exact))
}

/// Words as one key of stems, so that any case form of a title meets it.
pub(crate) fn stem_key(words: &[Word]) -> String {
    join(words, |word| Cow::Owned(stem(&word.exact)))
}

fn join<'a>(words: &'a [Word], form: impl Fn(&'a Word) -> Cow<'a, str>) -> String {
    let mut key = String::new();
    for word in words {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(&form(word));
    }
    key
}

#[cfg(test)]
mod tests;
