//! A question as a query of the engine: which words must be there, in which fields they count how much.
//!
//! Four readings, from strict to lenient; the caller moves on only when nothing was found. Every
//! guess (typo, transliteration, initials) is towards words that the vocabulary has.

use tantivy::query::{AllQuery, BooleanQuery, EmptyQuery, Occur, Query};

use super::filter;
use super::question::{Ask, Part, Place, Question};
use super::ways::{any, raw, scored};
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

/// A question made into a query.
pub(crate) struct Plan {
    /// The query.
    pub(crate) query: Box<dyn Query>,
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
    pub(super) required: Vec<Box<dyn Query>>,
    pub(super) common: Vec<Box<dyn Query>>,
    pub(super) fixed: Vec<(Occur, Box<dyn Query>)>,
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
            clauses.fixed.push((Occur::Must, Box::new(AllQuery)));
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
        self.add_wholes(&mut clauses.fixed, question);
        self.add_people(&mut clauses.fixed, question, reading)?;
        let changed = clauses.changed.take();
        Ok(Some(Plan {
            query: clauses.into_query(needed),
            changed,
        }))
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
            Ask::Phrase(words) => self.phrase(words, part.place),
            Ask::Mask(stub) => self.mask(stub, part.place)?,
            Ask::Years(from, to) => filter::years(self.fields, *from, *to),
            Ask::Mark(mark) => self.marked(mark)?,
            Ask::Class(mark, words) => {
                if !self.vocabulary.begins(self.fields.mark, mark)? {
                    for word in words {
                        self.add_word(clauses, question, (at, part), word, reading)?;
                    }
                    return Ok(());
                }
                self.marked(mark)?
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
        clauses.add(part.excluded, query);
        Ok(())
    }

    /// Records whose mark begins so, those with just this mark first; a scheme that has no such mark is
    /// let go.
    pub(crate) fn marked(&self, mark: &str) -> Result<Box<dyn Query>, Error> {
        let mut mark = mark;
        if !self.vocabulary.begins(self.fields.mark, mark)? {
            mark = without_scheme(mark);
        }
        let just = scored(raw(self.fields.mark, mark), weight::JUST_MARK);
        Ok(any(vec![filter::beginning(self.fields.mark, mark), just]))
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
        let query = self.any_form(&forms, part.place);
        if part.excluded {
            clauses.fixed.push((Occur::MustNot, query));
        } else if part.place != Place::All {
            clauses.fixed.push((Occur::Must, query));
        } else if let Some(key) = self.soft_initials(question, at, word)? {
            let boost = scored(raw(self.fields.author_key, &key), weight::SOFT_INITIALS);
            clauses.fixed.push((Occur::Should, boost));
            clauses.common.push(query);
        } else if is_common(&word.exact) || is_ending(question, at, word) {
            clauses.common.push(query);
        } else {
            clauses.required.push(query);
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

impl Clauses {
    /// Notes that a word was taken for another; the reader is told of all of them.
    fn change(&mut self, question: &Question, typed: &str, meant: &str, why: Why) {
        let text = self.changed.take().map_or(question.text.clone(), |c| c.0);
        self.changed = Some((text.replacen(typed, meant, 1), why));
    }

    fn add(&mut self, excluded: bool, query: Box<dyn Query>) {
        let occur = if excluded {
            Occur::MustNot
        } else {
            Occur::Must
        };
        self.fixed.push((occur, query));
    }

    fn into_query(mut self, needed: usize) -> Box<dyn Query> {
        let must = |clause: &(Occur, Box<dyn Query>)| clause.0 == Occur::Must;
        if self.required.is_empty() && !self.fixed.iter().any(must) {
            let common = std::mem::take(&mut self.common);
            let nothing_but_boosts = self.fixed.iter().all(|clause| clause.0 == Occur::Should);
            if common.is_empty() && nothing_but_boosts {
                self.fixed.push((Occur::Must, Box::new(EmptyQuery)));
            } else if common.is_empty() {
                self.fixed.push((Occur::Must, Box::new(AllQuery)));
            }
            self.fixed
                .extend(common.into_iter().map(|query| (Occur::Must, query)));
        }
        self.fixed
            .extend(self.common.into_iter().map(|query| (Occur::Should, query)));
        if needed == self.required.len() {
            self.fixed
                .extend(self.required.into_iter().map(|query| (Occur::Must, query)));
        } else {
            let some = BooleanQuery::union_with_minimum_required_clauses(self.required, needed);
            self.fixed.push((Occur::Must, Box::new(some)));
        }
        Box::new(BooleanQuery::new(self.fixed))
    }
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
