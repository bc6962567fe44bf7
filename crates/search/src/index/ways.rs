//! The clauses of a query: in which fields a word, a phrase or a mask counts, and how much.
//!
//! What must be found and what only helps is decided in `plan.rs`.

use tantivy::Term;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, Occur, PhraseQuery,
    Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::filter;
use super::plan::{Form, Planner, form};
use super::question::{Ask, Part, Place, Question};
use crate::Error;
use crate::analysis::{self, Word, number};
use crate::document::whole_key;
use crate::schema::weight;

impl Planner<'_> {
    pub(super) fn any_form(&self, forms: &[Form], place: Place) -> Box<dyn Query> {
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

    pub(super) fn phrase(&self, words: &[Word], place: Place) -> Box<dyn Query> {
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

    pub(super) fn mask(&self, stub: &str, place: Place) -> Result<Box<dyn Query>, Error> {
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
    pub(super) fn add_wholes(
        &self,
        clauses: &mut Vec<(Occur, Box<dyn Query>)>,
        question: &Question,
    ) {
        let f = self.fields;
        let words: Vec<Word> = analysis::words(&question.text);
        let plain = |part: &Part| match &part.ask {
            Ask::Word(_) | Ask::Phrase(_) => !part.excluded,
            Ask::Initials(found) => !found.sure,
            Ask::Mask(_) | Ask::Years(..) | Ask::Mark(_) | Ask::Class(..) => false,
            Ask::Standard(_) | Ask::Standards(_) | Ask::Nothing => false,
        };
        if words.is_empty() || !question.parts.iter().all(plain) {
            return;
        }
        let mut whole = |key: String, weight: f32| {
            let title: Box<dyn Query> = raw(f.title_key, &whole_key(&key));
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

fn side_by_side(field: Field, words: &[Word]) -> Box<dyn Query> {
    let terms: Vec<Term> = words
        .iter()
        .map(|word| {
            // A number stands beside its word under its own term: «12 стульев» is «двенадцать стульев».
            let number = number::values(&word.shown, &word.exact).map(number::term);
            let term = number.unwrap_or_else(|| analysis::stem(&word.exact));
            Term::from_field_text(field, &term)
        })
        .collect();
    match <[Term; 1]>::try_from(terms) {
        Ok([term]) => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
        Err(terms) if terms.is_empty() => Box::new(EmptyQuery),
        Err(terms) => Box::new(PhraseQuery::new(terms)),
    }
}

pub(super) fn word_term(field: Field, text: &str) -> Box<dyn Query> {
    let term = Term::from_field_text(field, text);
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

pub(super) fn raw(field: Field, text: &str) -> Box<dyn Query> {
    filter::exactly(field, text)
}

pub(super) fn scored(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

pub(super) fn any(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::union(queries))
}
