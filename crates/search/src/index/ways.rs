//! The clauses of a query: in which fields a word, a phrase or a mask counts, and how much.
//!
//! What must be found and what only helps is decided in `plan.rs`.

use tantivy::Term;
use tantivy::query::{BooleanQuery, EmptyQuery, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::filter;
use super::plan::{Clauses, Form, Planner, form};
use super::question::{Ask, Part, Place, Question};
use super::rank::{self, Aside, Asked, Leaf, Way};
use crate::Error;
use crate::analysis::{self, Word, number};
use crate::document::whole_key;
use crate::schema::weight;

/// A word of a question: which records have it, and where it counts how much.
pub(super) struct Words {
    pub(super) found: Box<dyn Query>,
    pub(super) ways: Vec<Way>,
}

impl Planner<'_> {
    pub(super) fn any_form(&self, forms: &[Form], place: Place) -> Words {
        let (exact, stems) = self.places(place);
        let mut ways = Vec::new();
        let mut terms = Vec::new();
        for form in forms {
            let mut way = Way::default();
            for (field, weight) in &exact {
                way.leaves
                    .push(self.leaf(*field, &form.exact, *weight, form.factor));
            }
            for stem in &form.stems {
                for (field, weight) in &stems {
                    way.leaves
                        .push(self.leaf(*field, stem, *weight, form.factor));
                    // The full description has every word of the other fields, under the same stems.
                    if place != Place::All || *field == self.fields.all {
                        terms.push(Term::from_field_text(*field, stem));
                    }
                }
            }
            ways.push(way);
        }
        terms.sort_unstable();
        terms.dedup();
        let found = terms.into_iter().map(|term| -> Box<dyn Query> {
            Box::new(TermQuery::new(term, IndexRecordOption::Basic))
        });
        Words {
            found: any(found.collect()),
            ways,
        }
    }

    fn leaf(&self, field: Field, text: &str, weight: f32, factor: f32) -> Leaf {
        Leaf {
            field,
            text: text.to_owned(),
            weight: rank::product(weight, factor),
            begins: false,
            everywhere: field == self.fields.all || field == self.fields.all_exact,
        }
    }

    /// The fields of exact words and of stems for one place, with their weights.
    fn places(&self, place: Place) -> (Weights, Weights) {
        let f = self.fields;
        match place {
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
        }
    }

    /// Words side by side: in the full description wherever they may stand.
    pub(super) fn phrase(
        &self,
        words: &[Word],
        place: Place,
    ) -> Result<(Box<dyn Query>, rank::Part), Error> {
        let f = self.fields;
        // Everywhere a phrase is looked for once, in the full description; it ranks by the nearer fields.
        let (found, ranks): (Field, &[(Field, f32)]) = match place {
            Place::All => (
                f.all,
                &[
                    (f.title, weight::TITLE),
                    (f.author, weight::AUTHOR),
                    (f.subject, weight::SUBJECT),
                ],
            ),
            Place::Title => (f.title, &[(f.title, weight::TITLE)]),
            Place::Author => (f.author, &[(f.author, weight::AUTHOR)]),
            Place::Subject => (f.subject, &[(f.subject, weight::SUBJECT)]),
            Place::Publisher => (f.publisher, &[(f.publisher, weight::ALL)]),
            Place::Series => (f.series, &[(f.series, weight::ALL)]),
        };
        let (mut ways, mut most) = (Vec::new(), Vec::new());
        for (field, weight) in ranks {
            let terms = side_by_side(*field, words);
            most.push(rank::product(self.vocabulary.most(&terms)?, *weight));
            ways.push((in_a_row(terms), *weight));
        }
        let ranked = rank::Part::Last(Aside {
            ways,
            most: most.iter().sum(),
            asked: Asked::OfAll,
        });
        Ok((in_a_row(side_by_side(found, words)), ranked))
    }

    /// What adds to the records of authors whose surname begins so: whoever breaks a name off does not know
    /// how it goes on.
    pub(super) fn begun_name(&self, stub: &str) -> rank::Part {
        let names = filter::beginning(self.fields.author_key, stub);
        rank::Part::First(names, weight::BEGUN_NAME)
    }

    /// Words that begin so: anywhere, and by the fields where they do.
    pub(super) fn mask(&self, stub: &str, place: Place) -> Result<Words, Error> {
        let f = self.fields;
        let begins = |field: Field, text: &str, weight: f32| Leaf {
            begins: true,
            ..self.leaf(field, text, weight, 1.0)
        };
        let stem = analysis::stem(stub);
        let short = if stub.starts_with(&stem) { &stem } else { stub };
        let everywhere = match place {
            Place::All => f.all_exact,
            Place::Title => f.title_exact,
            // Names and subjects are kept by their stems alone.
            Place::Author | Place::Subject | Place::Publisher | Place::Series => {
                // A beginning longer than its stem («горьког») is met by the commonest words that begin so.
                let words = self.vocabulary.beginning(stub)?;
                let forms: Vec<Form> = words.iter().map(|word| form(word, 1.0)).collect();
                let mut words = self.any_form(&forms, place);
                for (field, weight) in self.places(place).1 {
                    let mut found = filter::beginning(field, short);
                    if short != stub {
                        let whole = filter::beginning(f.all_exact, stub);
                        found = Box::new(BooleanQuery::intersection(vec![found, whole]));
                    }
                    words.found = any(vec![words.found, found]);
                    let leaves = vec![begins(field, short, weight)];
                    words.ways.push(Way { leaves });
                }
                return Ok(words);
            }
        };
        let mut leaves = vec![
            begins(f.title_exact, stub, weight::TITLE),
            self.leaf(f.title_exact, stub, weight::TITLE_EXACT, 1.0),
        ];
        if place == Place::All {
            leaves.push(begins(f.author, short, weight::AUTHOR));
            leaves.push(begins(f.subject, short, weight::SUBJECT));
            leaves.push(self.leaf(f.all_exact, stub, weight::ALL_EXACT, 1.0));
        }
        Ok(Words {
            found: filter::beginning(everywhere, stub),
            ways: vec![Way { leaves }],
        })
    }

    /// What raises the records whose title is the question, or has it side by side.
    pub(super) fn add_wholes(
        &self,
        clauses: &mut Clauses,
        question: &Question,
    ) -> Result<(), Error> {
        let f = self.fields;
        let words: Vec<Word> = analysis::words(&question.text);
        let plain = |part: &Part| match &part.ask {
            Ask::Word(_) | Ask::Phrase(_) => !part.excluded,
            Ask::Initials(found) => !found.sure,
            Ask::Mask(_) | Ask::Years(..) | Ask::Mark(_) | Ask::Class(..) => false,
            Ask::Standard(_) | Ask::Standards(_) | Ask::Nothing => false,
        };
        if words.is_empty() || !question.parts.iter().all(plain) {
            return Ok(());
        }
        let mut whole = |key: String, weight: f32| {
            let title = raw(f.title_key, &whole_key(&key));
            clauses.parts.push(rank::Part::First(title, weight));
        };
        whole(analysis::key(&question.text), weight::WHOLE_TITLE);
        whole(
            format!("~{}", analysis::stem_key(&words)),
            weight::WHOLE_STEMS,
        );
        if words.len() > 1 {
            for field in [f.title, f.subject] {
                let terms = side_by_side(field, &words);
                let most = rank::product(self.vocabulary.most(&terms)?, weight::PHRASE);
                clauses.parts.push(rank::Part::Last(Aside {
                    ways: vec![(in_a_row(terms), weight::PHRASE)],
                    most,
                    asked: Asked::OfNear,
                }));
            }
        }
        Ok(())
    }
}

/// Fields with what a word weighs in them.
type Weights = Vec<(Field, f32)>;

pub(super) fn side_by_side(field: Field, words: &[Word]) -> Vec<Term> {
    let terms = words.iter().map(|word| {
        // A number stands beside its word under its own term: «12 стульев» is «двенадцать стульев».
        let number = number::values(&word.shown, &word.exact).map(number::term);
        let term = number.unwrap_or_else(|| analysis::stem(&word.exact));
        Term::from_field_text(field, &term)
    });
    terms.collect()
}

pub(super) fn in_a_row(terms: Vec<Term>) -> Box<dyn Query> {
    match <[Term; 1]>::try_from(terms) {
        Ok([term]) => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
        Err(terms) if terms.is_empty() => Box::new(EmptyQuery),
        Err(terms) => Box::new(PhraseQuery::new(terms)),
    }
}

pub(super) fn raw(field: Field, text: &str) -> Box<dyn Query> {
    filter::exactly(field, text)
}

/// What at least one of these finds.
pub(super) fn any(mut queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    if queries.len() == 1 {
        return queries.swap_remove(0);
    }
    Box::new(BooleanQuery::union(queries))
}
