//! The judged development set: does a reader find what was meant?
//!
//! Reads `search-dev` below the folder named by `FOND_CORPUS`; says so and passes when there is none.
//! `FOND_QUERIES` names another set of questions to the same records, which is only reported.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use catalog::id::RecordId;
use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield};
use serde_json::Value;

use crate::sample::Shelf;
use crate::{Query, SearchIndex, Source};

/// The least share of questions with a right answer among the first five.
const LEAST_SUCCESS_AT_5: usize = 97;

fn lines(path: PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn record(value: &Value) -> BiblioRecord {
    let leader: Leader = value["leader"].as_str().unwrap().parse().unwrap();
    let mut record = BiblioRecord::new(leader);
    for field in value["fields"].as_array().unwrap() {
        let tag = field[0].as_str().unwrap().parse().unwrap();
        let body = match &field[2] {
            Value::Array(subfields) => {
                let subfields = subfields.iter().map(|pair| {
                    let code = pair[0].as_str().unwrap().chars().next().unwrap();
                    Subfield::new(code, pair[1].as_str().unwrap())
                });
                Field::data(tag, Indicators(' ', ' '), subfields.collect())
            }
            data @ (Value::String(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Object(_)) => Field::control(tag, data.as_str().unwrap()),
        };
        record.fields.push(body);
    }
    record
}

#[derive(Default)]
struct Score {
    asked: usize,
    first: usize,
    five: usize,
}

#[test]
fn readers_find_what_they_meant() {
    let Ok(corpus) = std::env::var("FOND_CORPUS") else {
        let _ = writeln!(
            std::io::stderr(),
            "search-dev: skipped, FOND_CORPUS is not set"
        );
        return;
    };
    let folder = PathBuf::from(corpus).join("search-dev");
    let sources: Vec<Source> = lines(folder.join("records.jsonl"))
        .iter()
        .zip(1..)
        .map(|(value, id)| Source {
            id: RecordId::new(id),
            record: Arc::new(record(value)),
            holdings: Vec::new(),
            hidden: false,
        })
        .collect();
    let home = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(home.path()).unwrap();
    let began = Instant::now();
    index.rebuild(&Shelf::of(sources), &mut |_| {}).unwrap();
    eprintln!("{} records indexed in {:?}", index.len(), began.elapsed());
    let set = std::env::var_os("FOND_QUERIES").map(PathBuf::from);
    let other = set.is_some();
    let queries = lines(set.unwrap_or_else(|| folder.join("queries.jsonl")));
    let scores = judge(&index, &queries);
    if other {
        return;
    }
    let five: usize = scores.values().map(|score| score.five).sum();
    assert!(
        five * 100 >= queries.len() * LEAST_SUCCESS_AT_5,
        "success at 5: {five}"
    );
    for (category, score) in scores {
        assert!(
            score.five * 100 >= score.asked * 80,
            "{category}: {} of {}",
            score.five,
            score.asked
        );
    }
}

fn judge(index: &SearchIndex, queries: &[Value]) -> BTreeMap<String, Score> {
    let times: RefCell<Vec<u128>> = RefCell::default();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for query in queries {
        let text = query["q"].as_str().unwrap();
        let began = Instant::now();
        let mut ask = Query::new(text);
        ask.limit = 10;
        let page = index.search(&ask).unwrap();
        times.borrow_mut().push(began.elapsed().as_micros());
        let expected: HashMap<&str, ()> = query["expect"]
            .as_array()
            .map(|ids| ids.iter().map(|id| (id.as_str().unwrap(), ())).collect())
            .unwrap_or_default();
        let good =
            |number: &Option<String>| number.as_deref().is_some_and(|n| expected.contains_key(n));
        let rank = if query["expect_total"] == 0 {
            (page.total == 0).then_some(0)
        } else {
            page.hits.iter().position(|hit| good(&hit.control_number))
        };
        let score = scores
            .entry(query["category"].as_str().unwrap().to_owned())
            .or_default();
        score.asked += 1;
        score.first += usize::from(rank == Some(0));
        score.five += usize::from(rank.is_some_and(|rank| rank < 5));
        if rank != Some(0) {
            let first: Vec<_> = page
                .hits
                .iter()
                .take(3)
                .map(|h| h.control_number.as_deref())
                .collect();
            eprintln!(
                "{} {text:?}: rank {rank:?} of {}, {:?} {first:?}",
                query["id"], page.total, page.corrected
            );
        }
    }
    report(&scores, times.into_inner());
    scores
}

fn report(scores: &BTreeMap<String, Score>, mut times: Vec<u128>) {
    times.sort_unstable();
    let (mut asked, mut first, mut five) = (0, 0, 0);
    for (category, score) in scores {
        eprintln!(
            "{category:18} {:4} {:4} {:4}",
            score.asked, score.first, score.five
        );
        asked += score.asked;
        first += score.first;
        five += score.five;
    }
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    eprintln!(
        "all {asked}, first {first}, five {five}; µs p50 {} p95 {} max {}",
        at(50),
        at(95),
        at(100)
    );
}
