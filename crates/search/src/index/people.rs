//! People in a question: initials beside a surname, and a question that is nothing but a name.
//!
//! Each guess is towards a person the catalogue has; where there is none, lonely letters say nothing.

use tantivy::query::Query;

use super::plan::{Clauses, Planner, Reading, is_common};
use super::question::{Ask, Initials, Question};
use super::rank::Part;
use super::ways::{any, raw};
use crate::Error;
use crate::analysis::{self, Word};
use crate::ask::Why;
use crate::document::{initials_key, name_key, whole_key};
use crate::schema::weight;

/// Of one word typed in Latin, so many Russian words are tried as a name.
const NAMES: usize = 3;

impl Planner<'_> {
    /// The key of a surname under which somebody stands: the word as the base of its forms first, so that
    /// «Белов» is not «Белый».
    fn person(&self, name: &str, rest: &str, key: Key) -> Result<Option<String>, Error> {
        let bases = analysis::base(name).into_iter();
        for base in bases.chain(analysis::stems(name)) {
            let key = key(&base, rest);
            if self.vocabulary.has(self.fields.author_key, &key)? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Surname and initials. With stops they are required of a known person, without they only help;
    /// letters that belong to nobody are let go, and the reader is told when the surname was right.
    pub(super) fn add_initials(
        &self,
        clauses: &mut Clauses,
        question: &Question,
        found: &Initials,
        reading: Reading,
    ) -> Result<(), Error> {
        let mut people: Vec<Box<dyn Query>> = Vec::new();
        let mut namesake = false;
        for name in &found.names {
            namesake |= self.person(name, "", initials_key)?.is_some();
            if let Some(key) = self.person(name, &found.letters, initials_key)? {
                people.push(raw(self.fields.author_key, &key));
            }
        }
        if people.is_empty() {
            if found.sure && namesake {
                let known = clauses.changed.take();
                clauses.changed = known.or(Some((question.text.clone(), Why::Relaxed)));
            }
            for word in &found.words {
                let words = self.any_form(&self.forms(word, reading)?, super::question::Place::All);
                if found.sure || is_common(&word.exact) {
                    clauses.common.push(words);
                } else {
                    clauses.required.push(words);
                }
            }
        } else if found.sure {
            clauses.must.push(any(people));
        } else {
            let boost = Part::First(any(people), weight::SOFT_INITIALS);
            clauses.parts.push(boost);
        }
        Ok(())
    }

    /// «ас пушкин», «эта гофман»: two or three letters beside a surname that has them.
    pub(super) fn soft_initials(
        &self,
        question: &Question,
        at: usize,
        word: &Word,
    ) -> Result<Option<String>, Error> {
        let length = word.exact.chars().count();
        let letters = word.exact.chars().all(char::is_alphabetic);
        if !(2..=3).contains(&length) || !letters || is_common(&word.exact) {
            return Ok(None);
        }
        let beside = [at.checked_sub(1), at.checked_add(1)].into_iter().flatten();
        for neighbour in beside.filter_map(|i| question.parts.get(i)) {
            if let Ask::Word(name) = &neighbour.ask
                && name.exact.chars().count() > 2
                && let Some(key) = self.person(&name.exact, &word.exact, initials_key)?
            {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// A question that is just a name is about that author more often than about a book on them.
    pub(super) fn add_people(
        &self,
        clauses: &mut Clauses,
        question: &Question,
        reading: Reading,
    ) -> Result<(), Error> {
        if !question.is_plain() || question.parts.len() > 3 {
            return Ok(());
        }
        let mut words: Vec<Vec<String>> = Vec::new();
        for part in &question.parts {
            if let Ask::Word(word) = &part.ask {
                let forms = self
                    .forms(word, reading)?
                    .into_iter()
                    .map(|form| form.exact);
                words.push(forms.take(1 + NAMES).collect());
            }
        }
        let mut keys = Vec::new();
        for at in 0..words.len() {
            let mut given = words.clone();
            let surnames = given.remove(at);
            for surname in &surnames {
                for names in joined(&given) {
                    if let Some(key) = self.named(surname, &names)? {
                        keys.push(key);
                    }
                }
            }
        }
        let people = keys
            .iter()
            .map(|key| raw(self.fields.author_key, key))
            .collect();
        if words.len() > 1 && !keys.is_empty() {
            // A book may be named just so: one such title is nearer than all the author's books.
            let title = raw(
                self.fields.title_key,
                &whole_key(&analysis::key(&question.text)),
            );
            let title = Part::First(title, weight::TITLE_OF_NAME);
            clauses.parts.push(title);
        }
        if !keys.is_empty() {
            clauses.parts.push(Part::First(any(people), weight::NAME));
        }
        Ok(())
    }

    /// The key of a whole name, or of a surname by itself that is not commoner as a word of titles.
    fn named(&self, surname: &str, given: &str) -> Result<Option<String>, Error> {
        if !given.is_empty() {
            return self.person(surname, given, name_key);
        }
        let Some(key) = self.person(surname, "", initials_key)? else {
            return Ok(None);
        };
        let authors = self.vocabulary.count(self.fields.author_key, &key)?;
        let base = key.trim_end_matches('_');
        let titles = self.vocabulary.count(self.fields.title, base)?;
        Ok((authors > 1 && 2 * authors >= titles).then_some(key))
    }
}

/// How a key is made of a surname and the rest.
type Key = fn(&str, &str) -> String;

/// The given names in their order, each in every reading, as the key has them.
fn joined(given: &[Vec<String>]) -> Vec<String> {
    let mut names = vec![String::new()];
    for word in given {
        let longer = |name: &String| {
            let head = if name.is_empty() {
                String::new()
            } else {
                format!("{name} ")
            };
            let readings = word.iter().map(move |form| {
                let base = analysis::base(form).unwrap_or_else(|| analysis::stem(form));
                format!("{head}{base}")
            });
            readings.collect::<Vec<_>>()
        };
        names = names.iter().flat_map(longer).collect();
    }
    names
}
