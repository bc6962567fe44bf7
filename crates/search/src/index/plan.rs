//! A question as a query of the engine: which words must be there, in which fields they count how much.
//!
//! Four readings, from strict to lenient; the caller moves on only when nothing was found. Every
//! guess (typo, transliteration, initials) is towards words that the vocabulary has.

use tantivy::query::{AllQuery, BooleanQuery, EmptyQuery, Occur, Query};

use super::enough::Enough;
use super::filter;
use super::question::{Ask, Part, Place, Question};
use super::rank;
use super::ways::{Words, any, raw};
use crate::Error;
use crate::analysis::identifier::without_scheme;
use crate::analysis::{self, Word, number};
use crate::ask::Why;
use crate::schema::{Fields, weight};
use crate::vocabulary::Vocabulary;

/// How leniently a question is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// To the letter, with no guess at all.
    Exact,
    /// As typed, in any script.
    Strict,
    /// Unknown words by their neighbours.
    Typos,
    /// Two thirds of the words are enough.
    Loose,
}

/// A question made into a query: what is found, and by what it is ranked.
pub(crate) struct Plan {
    /// What is found; its weights mean nothing.
    pub(crate) found: Box<dyn Query>,
    /// What each record that is found weighs.
    pub(crate) parts: Vec<rank::Part>,
    /// What was changed in the question, for the reader.
    pub(crate) changed: Option<(String, Why)>,
}

/// Words that every text has: they help to rank and are not required.
const COMMON: &str = " и в во на с со о об к ко у а но за по от до из не ни же ли бы без для при над под \
     про через the of and a an in to ";

/// Makes plans against one state of the index.
pub(crate) struct Planner<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) vocabulary: Vocabulary<'a>,
}

/// One form of a word, with the terms it is kept under.
pub(super) struct Form {
    pub(super) exact: String,
    pub(super) stems: Vec<String>,
    pub(super) factor: f32,
}

/// The clauses of a query in the making.
#[derive(Default)]
pub(super) struct Clauses {
    /// Words of which all, or enough, must be there.
    pub(super) required: Vec<Words>,
    /// Words that must be there only when there is nothing else.
    pub(super) common: Vec<Words>,
    pub(super) must: Vec<Box<dyn Query>>,
    pub(super) must_not: Vec<Box<dyn Query>>,
    pub(super) parts: Vec<rank::Part>,
    pub(super) changed: Option<(String, Why)>,
}

impl Planner<'_> {
    /// The plan of one reading; nothing when this reading cannot find more than a stricter one.
    pub(crate) fn plan(
        &self,
        question: &Question,
        reading: Reading,
    ) -> Result<Option<Plan>, Error> {
        let mut clauses = Clauses::default();
        if question.text.is_empty() {
            clauses.must.push(Box::new(AllQuery));
        }
        for (at, part) in question.parts.iter().enumerate() {
            self.add_part(&mut clauses, question, at, part, reading)?;
        }
        let needed = match reading {
            Reading::Exact | Reading::Strict => clauses.required.len(),
            Reading::Typos if clauses.changed.is_none() => return Ok(None),
            Reading::Typos => clauses.required.len(),
            Reading::Loose => (2 * clauses.required.len()).div_ceil(3),
        };
        if reading == Reading::Loose {
            if needed == clauses.required.len() {
                return Ok(None);
            }
            clauses.changed = Some((question.text.clone(), Why::Relaxed));
        }
        self.add_wholes(&mut clauses, question)?;
        self.add_people(&mut clauses, question, reading)?;
        Ok(Some(clauses.into_plan(needed)))
    }

    fn add_part(
        &self,
        clauses: &mut Clauses,
        question: &Question,
        at: usize,
        part: &Part,
        reading: Reading,
    ) -> Result<(), Error> {
        let query = match &part.ask {
            Ask::Word(word) => return self.add_word(clauses, question, (at, part), word, reading),
            Ask::Initials(found) => return self.add_initials(clauses, question, found, reading),
            Ask::Phrase(words) => {
                let (found, ranked) = self.phrase(words, part.place)?;
                clauses.add(part.excluded, found, ranked);
                return Ok(());
            }
            Ask::Mask(stub) => {
                let words = self.mask(stub, part.place)?;
                if part.place == Place::All && !part.excluded {
                    clauses.parts.push(self.begun_name(stub));
                }
                clauses.add(part.excluded, words.found, rank::Part::Word(words.ways));
                return Ok(());
            }
            Ask::Years(from, to) => filter::years(self.fields, *from, *to),
            Ask::Mark(mark) => return self.add_mark(clauses, part.excluded, mark),
            Ask::Class(mark, words) => {
                if !self.vocabulary.begins(self.fields.mark, mark)? {
                    for word in words {
                        self.add_word(clauses, question, (at, part), word, reading)?;
                    }
                    return Ok(());
                }
                return self.add_mark(clauses, part.excluded, mark);
            }
            Ask::Standard(number) => raw(self.fields.standard, number),
            Ask::Standards(beginnings) => {
                let ways = beginnings.iter();
                any(ways
                    .map(|way| filter::beginning(self.fields.standard, way))
                    .collect())
            }
            Ask::Nothing => Box::new(EmptyQuery),
        };
        clauses.only(part.excluded, query);
        Ok(())
    }

    fn add_mark(&self, clauses: &mut Clauses, excluded: bool, mark: &str) -> Result<(), Error> {
        let (found, just) = self.marked(mark)?;
        clauses.add(excluded, found, just);
        Ok(())
    }

    /// Records whose mark begins so, those with just this mark first; a scheme that has no such mark is
    /// let go.
    pub(crate) fn marked(&self, mark: &str) -> Result<(Box<dyn Query>, rank::Part), Error> {
        let mut mark = mark;
        if !self.vocabulary.begins(self.fields.mark, mark)? {
            mark = without_scheme(mark);
        }
        let just = rank::Part::First(raw(self.fields.mark, mark), weight::JUST_MARK);
        Ok((filter::beginning(self.fields.mark, mark), just))
    }

    fn add_word(
        &self,
        clauses: &mut Clauses,
        question: &Question,
        (at, part): (usize, &Part),
        word: &Word,
        reading: Reading,
    ) -> Result<(), Error> {
        let word = &at_home(word, &question.text);
        let mut forms = self.forms(word, reading)?;
        let guessed = forms.len() > 1 || reading == Reading::Exact;
        if !guessed && reading != Reading::Strict && !self.vocabulary.knows(word)? {
            let near = self.vocabulary.near(word)?;
            if let Some(best) = near.first() {
                clauses.change(question, &word.shown, best, Why::Typo);
                forms = near.iter().map(|near| form(near, weight::TYPO)).collect();
            }
        } else if forms.len() > 1 && reading == Reading::Strict && !self.vocabulary.knows(word)? {
            clauses.change(question, &word.shown, &forms[1].exact, Why::Translit);
        }
        let words = self.any_form(&forms, part.place);
        if part.excluded || part.place != Place::All {
            clauses.add(part.excluded, words.found, rank::Part::Word(words.ways));
            return Ok(());
        }
        if let Some(key) = self.soft_initials(question, at, word)? {
            let person = raw(self.fields.author_key, &key);
            let boost = rank::Part::First(person, weight::SOFT_INITIALS);
            clauses.parts.push(boost);
            clauses.common.push(words);
        } else if is_common(&word.exact) || is_ending(question, at, word) {
            clauses.common.push(words);
        } else {
            clauses.required.push(words);
        }
        Ok(())
    }

    /// The word itself, then what its look-alikes spell and the Cyrillic words a Latin one may be.
    pub(super) fn forms(&self, word: &Word, reading: Reading) -> Result<Vec<Form>, Error> {
        let mut stems = analysis::stem_terms(word);
        stems.extend(number::asked(&word.shown, &word.exact).map(number::term));
        stems.dedup();
        let mut forms = vec![Form {
            exact: word.exact.clone(),
            stems,
            factor: 1.0,
        }];
        if reading == Reading::Exact {
            return Ok(forms);
        }
        for twin in analysis::twins(&word.shown) {
            let new = twin != word.exact && twin.chars().count() > 1;
            if new && self.vocabulary.knows_text(&twin)? {
                forms.push(form(&twin, weight::TRANSLIT));
            }
        }
        let cyrillic = self.vocabulary.cyrillic_for(&word.shown)?;
        forms.extend(cyrillic.iter().map(|meant| form(meant, weight::TRANSLIT)));
        Ok(forms)
    }
}

/// The text with the first whole word `typed` put right; one that stands within another word is not it.
fn with_word(text: &str, typed: &str, meant: &str) -> String {
    let whole = |at: &usize| {
        let before = text[..*at].chars().next_back();
        let after = text[at + typed.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    };
    let mut places = text.match_indices(typed).map(|(at, _)| at);
    match places.find(whole) {
        Some(at) => [&text[..at], meant, &text[at + typed.len()..]].concat(),
        None => text.replacen(typed, meant, 1),
    }
}

impl Clauses {
    /// Notes that a word was taken for another; the reader is told of all of them.
    fn change(&mut self, question: &Question, typed: &str, meant: &str, why: Why) {
        let text = self.changed.take().map_or(question.text.clone(), |c| c.0);
        self.changed = Some((with_word(&text, typed, meant), why));
    }

    /// What must, or must not, be found, and what it adds.
    pub(super) fn add(&mut self, excluded: bool, found: Box<dyn Query>, ranked: rank::Part) {
        self.only(excluded, found);
        if !excluded {
            self.parts.push(ranked);
        }
    }

    /// What must, or must not, be found and ranks nothing.
    pub(super) fn only(&mut self, excluded: bool, found: Box<dyn Query>) {
        if excluded {
            self.must_not.push(found);
        } else {
            self.must.push(found);
        }
    }

    fn into_plan(mut self, needed: usize) -> Plan {
        let (mut required, mut all) = (Vec::new(), self.must);
        for words in self.required {
            required.push(words.found);
            self.parts.push(rank::Part::Word(words.ways));
        }
        let nothing_else = required.is_empty() && all.is_empty();
        if nothing_else && self.common.is_empty() {
            // Only what must not be found: everything but that.
            all.push(if self.must_not.is_empty() {
                Box::new(EmptyQuery)
            } else {
                Box::new(AllQuery)
            });
        }
        for words in self.common {
            if nothing_else {
                all.push(words.found);
            }
            self.parts.push(rank::Part::Word(words.ways));
        }
        if needed == required.len() {
            all.extend(required);
        } else {
            all.push(Box::new(Enough::of(required, needed)));
        }
        Plan {
            found: every(all, self.must_not),
            parts: self.parts,
            changed: self.changed,
        }
    }
}

/// What all of these find and none of those.
fn every(mut all: Vec<Box<dyn Query>>, none: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    if none.is_empty() && all.len() == 1 {
        return all.swap_remove(0);
    }
    let must = all.into_iter().map(|query| (Occur::Must, query));
    let must_not = none.into_iter().map(|query| (Occur::MustNot, query));
    Box::new(BooleanQuery::new(must.chain(must_not).collect()))
}

pub(super) fn is_common(word: &str) -> bool {
    COMMON.split_whitespace().any(|common| common == word)
}

/// «1-й», «90-е»: the letters after a number say nothing.
fn is_ending(question: &Question, at: usize, word: &Word) -> bool {
    let before = at.checked_sub(1).and_then(|i| question.parts.get(i));
    let after_number = before.is_some_and(|part| match &part.ask {
        Ask::Word(number) => number.exact.bytes().all(|b| b.is_ascii_digit()),
        Ask::Phrase(_) | Ask::Mask(_) | Ask::Initials(_) | Ask::Class(..) => false,
        Ask::Years(..) | Ask::Mark(_) | Ask::Standard(_) | Ask::Standards(_) => false,
        Ask::Nothing => false,
    });
    word.tail && after_number && word.exact.chars().count() <= 3
}

/// A lonely Latin letter in a Russian question is its Cyrillic twin.
fn at_home(word: &Word, text: &str) -> Word {
    let mut home = word.clone();
    let lonely = word.exact.chars().count() == 1 && word.exact.starts_with(analysis::is_latin);
    if lonely && text.chars().any(analysis::is_cyrillic) {
        home.exact = analysis::fold(&analysis::to_cyrillic(&word.shown));
    }
    home
}

pub(super) fn form(word: &str, factor: f32) -> Form {
    let mut stems = analysis::stems(word);
    stems.push(word.to_owned());
    stems.dedup();
    Form {
        exact: word.to_owned(),
        stems,
        factor,
    }
}

#[cfg(test)]
mod tests {
    use super::with_word;

    #[test]
    fn a_word_is_put_right_where_it_stands_by_itself() {
        assert_eq!(with_word("лето лет", "лет", "лёт"), "лето лёт");
        assert_eq!(
            with_word("«меахника»", "меахника", "механика"),
            "«механика»"
        );
    }
}
