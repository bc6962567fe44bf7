//! `fond bench search`: the committed questions put to the engine itself, class by class.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;

use ::search::{Page, PlainWords, Query, SearchIndex, Sort};

use super::figures::{Times, load_average};
use super::queries::{self, Question};

/// What the questions cost.
#[derive(Serialize)]
pub(super) struct Searched {
    records: u64,
    /// Each class as a reader asks it: hits, total and facets.
    classes: BTreeMap<String, Class>,
    /// The same words as they stand, BM25 in one field, total without facets: what other engines do.
    plain: BTreeMap<String, Class>,
    /// Forms of words, BM25 in one field, total without facets: what an engine does that stems.
    stemmed: BTreeMap<String, Class>,
    /// As a reader asks, total without facets.
    bare: BTreeMap<String, Class>,
    load_average: String,
}

/// One class of questions.
#[derive(Default, Serialize)]
pub(super) struct Class {
    /// Records found by all questions of the class together.
    pub(super) hits: u64,
    #[serde(flatten)]
    pub(super) times: Times,
}

/// Orders and far pages that are asked besides the best first.
const WAYS: [(&str, Sort, usize); 6] = [
    ("by title", Sort::Title, 0),
    ("by author", Sort::Author, 0),
    ("by year", Sort::Year, 0),
    ("newest", Sort::Newest, 0),
    ("page 50", Sort::Relevance, 980),
    ("page 500 by title", Sort::Title, 9_980),
];

/// Asks every question `rounds` times; a first round is not counted.
pub(super) fn run(index: &SearchIndex, rounds: usize) -> Result<Searched, ::search::Error> {
    let questions = queries::committed();
    let mut classes = BTreeMap::new();
    let reader = |question: &Question| Query {
        facets: true,
        ..Query::new(question.text.as_str())
    };
    for class in names(&questions) {
        let asked: Vec<Query> = of(&questions, class).map(reader).collect();
        classes.insert(
            class.to_owned(),
            time(&asked, rounds, |query| found(index.search(query)))?,
        );
    }
    let common = of(&questions, "hard").chain(of(&questions, "word").take(20));
    let common: Vec<&Question> = common.collect();
    for (name, sort, offset) in WAYS {
        let asked: Vec<Query> = common
            .iter()
            .map(|question| Query {
                sort,
                offset,
                ..reader(question)
            })
            .collect();
        classes.insert(
            name.to_owned(),
            time(&asked, rounds, |query| found(index.search(query)))?,
        );
    }
    let suggested = time(&queries::beginnings(&questions), rounds, |typed| {
        let found = index.suggest(typed, 8)?;
        Ok::<_, ::search::Error>(found.len() as u64)
    });
    classes.insert("suggestion".to_owned(), suggested?);
    let [mut plain, mut stemmed, mut bare] = [const { BTreeMap::new() }; 3];
    for class in PLAIN {
        let asked: Vec<Query> = of(&questions, class)
            .map(|question| Query::new(question.text.as_str()))
            .collect();
        let times = time(&asked, rounds, |query| found(index.search(query)))?;
        bare.insert(class.to_owned(), times);
        for (by, into) in [
            (PlainWords::AsTheyStand, &mut plain),
            (PlainWords::ByStem, &mut stemmed),
        ] {
            let ask = |query: &Query| index.plain(&query.text, by).map(|hits| hits as u64);
            into.insert(class.to_owned(), time(&asked, rounds, ask)?);
        }
    }
    Ok(Searched {
        records: index.len(),
        classes,
        plain,
        stemmed,
        bare,
        load_average: load_average(),
    })
}

/// Classes that every engine understands.
const PLAIN: [&str; 6] = ["word", "two", "three", "phrase", "surname", "beginning"];

/// Classes in the order of the set.
pub(super) fn names(questions: &[Question]) -> Vec<&'static str> {
    let mut names: Vec<_> = questions.iter().map(|question| question.class).collect();
    names.dedup();
    names
}

pub(super) fn of<'a>(
    questions: &'a [Question],
    class: &'a str,
) -> impl Iterator<Item = &'a Question> {
    questions
        .iter()
        .filter(move |question| question.class == class)
}

fn found(page: Result<Page, ::search::Error>) -> Result<u64, ::search::Error> {
    page.map(|page| page.total as u64)
}

/// Asks all, `rounds` times over after a round that warms; `ask` tells how many were found.
pub(super) fn time<T, E>(
    asked: &[T],
    rounds: usize,
    mut ask: impl FnMut(&T) -> Result<u64, E>,
) -> Result<Class, E> {
    let (mut hits, mut times) = (0, Vec::new());
    for round in 0..=rounds {
        hits = 0;
        for question in asked {
            let begun = Instant::now();
            hits += ask(question)?;
            if round > 0 {
                times.push(begun.elapsed());
            }
        }
    }
    Ok(Class {
        hits,
        times: Times::of(times),
    })
}
