//! A question as a query of the engine: which words must be there, in which fields they count how much.
//!
//! Three readings, from strict to lenient; the caller moves on only when nothing was found. Every
//! guess (typo, transliteration, initials) is towards words that the vocabulary has.

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, Occur,
    PhraseQuery, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::filter;
use super::question::{Ask, Part, Place, Question};
use crate::Error;
use crate::analysis::{self, Word, number};
use crate::ask::Why;
use crate::document::initials_key;
use crate::schema::{Fields, weight};
use crate::vocabulary::Vocabulary;

/// How leniently a question is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// To the letter.
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
struct Form {
    exact: String,
    stems: Vec<String>,
    factor: f32,
}

/// The clauses of a query in the making.
#[derive(Default)]
struct Clauses {
    required: Vec<Box<dyn Query>>,
    common: Vec<Box<dyn Query>>,
    fixed: Vec<(Occur, Box<dyn Query>)>,
    changed: Option<(String, Why)>,
}

impl Planner<'_> {
    /// The plan of one reading; nothing when this reading cannot find more than a stricter one.
    pub(crate) fn plan(
        &self,
        question: &Question,
        reading: Reading,
    ) -> Result<Option<Plan>, Error> {
        let mut clauses = Clauses {
            changed: None,
            ..Clauses::default()
        };
        for (at, part) in question.parts.iter().enumerate() {
            self.add_part(&mut clauses, question, at, part, reading)?;
        }
        let needed = match reading {
            Reading::Strict => clauses.required.len(),
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
        let changed = clauses.changed.take();
        Ok(Some(Plan {
            query: clauses.into_query(needed),
            changed,
        }))
    }

    /// The question typed on the wrong keyboard layout, if the index knows the other one better.
    pub(crate) fn other_layout(&self, text: &str) -> Result<Option<String>, Error> {
        let Some(swapped) = analysis::layout::swapped(text) else {
            return Ok(None);
        };
        let (typed, meant) = (analysis::words(text), analysis::words(&swapped));
        let longest = meant.iter().map(|word| word.exact.chars().count()).max();
        let (known, known_typed) = (self.known(&meant)?, self.known(&typed)?);
        let all = known == meant.len() && known_typed < typed.len() && longest >= Some(3);
        let grows = known * typed.len() > known_typed * meant.len();
        let most = grows && 3 * known >= 2 * meant.len() && longest >= Some(4);
        Ok((all || most).then_some(swapped))
    }

    fn known(&self, words: &[Word]) -> Result<usize, Error> {
        let mut known = 0;
        for word in words {
            let found = is_common(&word.exact)
                || self.vocabulary.knows(word)?
                || !self.vocabulary.cyrillic_for(&word.shown)?.is_empty();
            known += usize::from(found);
        }
        Ok(known)
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
            Ask::Initials(letters, names) => return self.add_initials(clauses, letters, names),
            Ask::Phrase(words) => self.phrase(words, part.place),
            Ask::Mask(stub) => self.mask(stub, part.place)?,
            Ask::Years(from, to) => filter::years(self.fields, *from, *to),
            Ask::Mark(mark) => filter::beginning(self.fields.mark, mark),
            Ask::Standard(number) => raw(self.fields.standard, number),
        };
        clauses.add(part.excluded, query);
        Ok(())
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
        let mut forms = self.forms(word)?;
        if forms.len() == 1 && reading != Reading::Strict && !self.vocabulary.knows(word)? {
            let near = self.vocabulary.near(word)?;
            if let Some(best) = near.first() {
                let text = clauses
                    .changed
                    .take()
                    .map_or(question.text.clone(), |c| c.0);
                clauses.changed = Some((text.replacen(&word.shown, best, 1), Why::Typo));
                forms = near.iter().map(|near| form(near, weight::TYPO)).collect();
            }
        } else if forms.len() > 1 && reading == Reading::Strict && !self.vocabulary.knows(word)? {
            let text = clauses
                .changed
                .take()
                .map_or(question.text.clone(), |c| c.0);
            let meant = text.replacen(&word.shown, &forms[1].exact, 1);
            clauses.changed = Some((meant, Why::Translit));
        }
        let query = self.any_form(&forms, part.place);
        if question.parts.len() == 1 && !part.excluded {
            self.add_surname(clauses, &forms)?;
        }
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

    /// A question of one surname is about an author more often than about a book on them.
    fn add_surname(&self, clauses: &mut Clauses, forms: &[Form]) -> Result<(), Error> {
        for form in forms {
            let key = initials_key(&form.exact, "");
            if self.vocabulary.count(self.fields.author_key, &key)? > 1 {
                let boost = scored(raw(self.fields.author_key, &key), weight::SURNAME);
                clauses.fixed.push((Occur::Should, boost));
            }
        }
        Ok(())
    }

    /// Surname and initials as the reader wrote them; where no such person is known they are let go.
    fn add_initials(
        &self,
        clauses: &mut Clauses,
        letters: &str,
        names: &[String],
    ) -> Result<(), Error> {
        let mut people: Vec<Box<dyn Query>> = Vec::new();
        for name in names {
            let key = initials_key(name, letters);
            if self.vocabulary.has(self.fields.author_key, &key)? {
                people.push(scored(raw(self.fields.author_key, &key), weight::INITIALS));
            }
        }
        if people.is_empty() {
            let known = clauses.changed.take();
            clauses.changed = known.or(Some((names.join(" "), Why::Relaxed)));
        } else {
            clauses.fixed.push((Occur::Must, any(people)));
        }
        Ok(())
    }

    /// «ас пушкин»: two letters, or one that is no common word, beside a surname that has them.
    fn soft_initials(
        &self,
        question: &Question,
        at: usize,
        word: &Word,
    ) -> Result<Option<String>, Error> {
        let length = word.exact.chars().count();
        let letters = word.exact.chars().all(char::is_alphabetic);
        if length > 2 || !letters || is_common(&word.exact) {
            return Ok(None);
        }
        let beside = [at.checked_sub(1), at.checked_add(1)];
        for neighbour in beside
            .into_iter()
            .flatten()
            .filter_map(|i| question.parts.get(i))
        {
            if let Ask::Word(name) = &neighbour.ask {
                let key = initials_key(&name.exact, &word.exact);
                if name.exact.chars().count() > 2
                    && self.vocabulary.has(self.fields.author_key, &key)?
                {
                    return Ok(Some(key));
                }
            }
        }
        Ok(None)
    }

    /// The word itself, then the Cyrillic words a Latin one may be.
    fn forms(&self, word: &Word) -> Result<Vec<Form>, Error> {
        let mut stems = analysis::stem_terms(word);
        stems.extend(number::asked(&word.shown, &word.exact).map(number::term));
        stems.dedup();
        let mut forms = vec![Form {
            exact: word.exact.clone(),
            stems,
            factor: 1.0,
        }];
        let cyrillic = self.vocabulary.cyrillic_for(&word.shown)?;
        forms.extend(cyrillic.iter().map(|meant| form(meant, weight::TRANSLIT)));
        Ok(forms)
    }

    fn any_form(&self, forms: &[Form], place: Place) -> Box<dyn Query> {
        let mut ways = Vec::new();
        for form in forms {
            let mut fields = Vec::new();
            if let Some((exact, stems)) = self.places(place) {
                for (field, weight) in exact {
                    fields.push(scored(word_term(field, &form.exact), weight));
                }
                for (field, weight) in stems {
                    for stem in &form.stems {
                        fields.push(scored(word_term(field, stem), weight));
                    }
                }
            }
            let way = DisjunctionMaxQuery::with_tie_breaker(fields, weight::TIE);
            ways.push(scored(Box::new(way), form.factor));
        }
        if ways.len() == 1 {
            ways.swap_remove(0)
        } else {
            Box::new(DisjunctionMaxQuery::with_tie_breaker(ways, weight::TIE))
        }
    }

    /// The fields of exact words and of stems for one place, with their weights.
    #[expect(
        clippy::type_complexity,
        reason = "two short lists of field and weight"
    )]
    fn places(&self, place: Place) -> Option<(Vec<(Field, f32)>, Vec<(Field, f32)>)> {
        let f = self.fields;
        Some(match place {
            Place::All => (
                vec![
                    (f.title_exact, weight::TITLE_EXACT),
                    (f.all_exact, weight::ALL_EXACT),
                ],
                vec![
                    (f.title, weight::TITLE),
                    (f.author, weight::AUTHOR),
                    (f.subject, weight::SUBJECT),
                    (f.all, weight::ALL),
                ],
            ),
            Place::Title => (
                vec![(f.title_exact, weight::TITLE_EXACT)],
                vec![(f.title, weight::TITLE)],
            ),
            Place::Author => (vec![], vec![(f.author, weight::AUTHOR)]),
            Place::Subject => (vec![], vec![(f.subject, weight::SUBJECT)]),
            Place::Publisher => (vec![], vec![(f.publisher, weight::ALL)]),
            Place::Series => (vec![], vec![(f.series, weight::ALL)]),
        })
    }

    fn phrase(&self, words: &[Word], place: Place) -> Box<dyn Query> {
        let f = self.fields;
        let fields: &[(Field, f32)] = match place {
            Place::All => &[
                (f.title, weight::TITLE),
                (f.subject, weight::SUBJECT),
                (f.all, weight::ALL),
            ],
            Place::Title => &[(f.title, weight::TITLE)],
            Place::Author => &[(f.author, weight::AUTHOR)],
            Place::Subject => &[(f.subject, weight::SUBJECT)],
            Place::Publisher => &[(f.publisher, weight::ALL)],
            Place::Series => &[(f.series, weight::ALL)],
        };
        let ways = fields
            .iter()
            .map(|(field, weight)| scored(side_by_side(*field, words), *weight));
        Box::new(DisjunctionMaxQuery::with_tie_breaker(
            ways.collect(),
            weight::TIE,
        ))
    }

    fn mask(&self, stub: &str, place: Place) -> Result<Box<dyn Query>, Error> {
        let forms: Vec<Form> = self
            .vocabulary
            .beginning(stub)?
            .iter()
            .map(|word| form(word, 1.0))
            .collect();
        if forms.is_empty() {
            return Ok(Box::new(EmptyQuery));
        }
        Ok(self.any_form(&forms, place))
    }

    /// What raises the records whose title is the question, or has it side by side.
    fn add_wholes(&self, clauses: &mut Vec<(Occur, Box<dyn Query>)>, question: &Question) {
        let f = self.fields;
        let words: Vec<Word> = analysis::words(&question.text);
        let plain =
            |part: &Part| matches!(part.ask, Ask::Word(_) | Ask::Phrase(_)) && !part.excluded;
        if words.is_empty() || !question.parts.iter().all(plain) {
            return;
        }
        let mut whole = |key: String, weight: f32| {
            let title: Box<dyn Query> = raw(f.title_key, &key);
            let title = Box::new(ConstScoreQuery::new(title, weight));
            clauses.push((Occur::Should, title));
        };
        whole(analysis::key(&question.text), weight::WHOLE_TITLE);
        whole(
            format!("~{}", analysis::stem_key(&words)),
            weight::WHOLE_STEMS,
        );
        if words.len() > 1 {
            for field in [f.title, f.subject] {
                let phrase = scored(side_by_side(field, &words), weight::PHRASE);
                clauses.push((Occur::Should, phrase));
            }
        }
    }
}

impl Clauses {
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
            if common.is_empty() {
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

fn is_common(word: &str) -> bool {
    COMMON.split_whitespace().any(|common| common == word)
}

/// «1-й», «90-е»: the letters after a number say nothing.
fn is_ending(question: &Question, at: usize, word: &Word) -> bool {
    let before = at.checked_sub(1).and_then(|i| question.parts.get(i));
    let after_number = before.is_some_and(|part| match &part.ask {
        Ask::Word(number) => number.exact.bytes().all(|b| b.is_ascii_digit()),
        Ask::Phrase(_) | Ask::Mask(_) | Ask::Initials(..) => false,
        Ask::Years(..) | Ask::Mark(_) | Ask::Standard(_) => false,
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

fn form(word: &str, factor: f32) -> Form {
    let mut stems = vec![analysis::stem(word), word.to_owned()];
    stems.dedup();
    Form {
        exact: word.to_owned(),
        stems,
        factor,
    }
}

fn side_by_side(field: Field, words: &[Word]) -> Box<dyn Query> {
    let terms: Vec<Term> = words
        .iter()
        .map(|word| Term::from_field_text(field, &analysis::stem(&word.exact)))
        .collect();
    match <[Term; 1]>::try_from(terms) {
        Ok([term]) => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
        Err(terms) if terms.is_empty() => Box::new(EmptyQuery),
        Err(terms) => Box::new(PhraseQuery::new(terms)),
    }
}

fn word_term(field: Field, text: &str) -> Box<dyn Query> {
    let term = Term::from_field_text(field, text);
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

fn raw(field: Field, text: &str) -> Box<dyn Query> {
    filter::exactly(field, text)
}

fn scored(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

fn any(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::union(queries))
}
