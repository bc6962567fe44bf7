//! Every rule that refuses an act has a story that earns it, posted as `fond post` posts it.
//!
//! A story begins in the golden year, goes on with what prepares it and ends with what must be
//! refused, whole: the books and the journal stay as they were. Stories stand in the data.

use std::collections::BTreeSet;

use catalog::fund::draft::{FundCommand, Order};
use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::rule::{Rule, Severity};
use catalog::{Catalog, Doing, PostReport, post};
use fond_tests::posting::year_as_json;
use jiff::Timestamp;
use serde_json::{Value, json};

fn golden() -> Value {
    serde_json::from_str(include_str!("../../data/fund/golden-year.json")).unwrap()
}

fn stories() -> Vec<Value> {
    serde_json::from_str(include_str!("../data/refusals.json")).unwrap()
}

fn run(catalog: &Catalog, file: &Value) -> PostReport {
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let actor = "иванова".parse().unwrap();
    post(catalog, &actor, at, None, file.to_string().as_bytes()).unwrap()
}

fn books(catalog: &Catalog) -> Vec<Value> {
    let library = "MAIN".parse().unwrap();
    let year = |year| year_as_json(catalog.view(), &library, year);
    vec![year(2025), year(2026)]
}

fn codes(report: &PostReport) -> Vec<&'static str> {
    report.refused.iter().map(|r| r.rule.code()).collect()
}

/// The library of the golden year up to an event.
fn library(until: &str) -> (tempfile::TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let mut file = golden();
    let events = file["events"].as_array_mut().unwrap();
    let last = events.iter().position(|e| e["id"] == until).unwrap();
    events.truncate(last + 1);
    assert_eq!(run(&catalog, &file).refused, []);
    (folder, catalog)
}

fn add_building(catalog: &Catalog, id: &str) {
    let order = Order::AddLibrary(LibraryNode {
        id: id.parse().unwrap(),
        name: format!("Здание {id}"),
        parent: Some("MAIN".parse().unwrap()),
        kind: NodeKind::Building,
    });
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let doing = Doing::now("иванова".parse().unwrap(), at);
    let command = FundCommand { event: None, order };
    let library = "MAIN".parse().unwrap();
    catalog.fund(doing, &library, command).unwrap();
}

/// What is wrong with the story, if anything.
fn refused_whole(catalog: &Catalog, story: &Value) -> Option<String> {
    let name = format!("{} – {}", story["rule"], story["story"]);
    for building in story["buildings"].as_array().into_iter().flatten() {
        add_building(catalog, building.as_str().unwrap());
    }
    let before = json!({"titles": story["titles"], "events": story["before"]});
    let prepared = run(catalog, &before);
    if !prepared.refused.is_empty() {
        return Some(format!(
            "{name}: cannot be prepared, {:?}",
            prepared.refused
        ));
    }
    let (head, stood) = (catalog.head().seq, books(catalog));
    let mut file = json!({"events": story["events"]});
    for key in ["policy", "opening"] {
        if let Some(given) = story.get(key) {
            file[key] = given.clone();
        }
    }
    let report = run(catalog, &file);
    let mut expected = vec![story["rule"].as_str().unwrap()];
    let also = story["expect_also"].as_array().cloned().unwrap_or_default();
    expected.extend(also.iter().map(|code| code.as_str().unwrap()));
    let mut found = codes(&report);
    found.sort_unstable();
    expected.sort_unstable();
    let worded = |r: &catalog::Refusal| !r.event.is_empty() && r.detail.len() > 20;
    if found != expected || !report.refused.iter().all(worded) {
        return Some(format!(
            "{name}: {found:?}, expected {expected:?}: {:?}",
            report.refused
        ));
    }
    let trace = catalog.head().seq != head || books(catalog) != stood;
    trace.then(|| format!("{name}: left a trace"))
}

#[test]
fn each_story_is_refused_by_its_rule_and_leaves_no_trace() {
    let mut wrong = Vec::new();
    for story in stories() {
        let (_folder, catalog) = library(story["until"].as_str().unwrap_or("E14"));
        wrong.extend(refused_whole(&catalog, &story));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_opening_that_cannot_be_is_refused_and_its_events_wait() {
    let stories: [(&str, &str, Value); 4] = [
        ("counter-too-low", "/counters/next_inventory_no", json!(24)),
        ("duplicate-inventory-number", "/copies/1/inv", json!(1)),
        ("price-required", "/copies/0/price_kop", json!(0)),
        ("file-shape", "/copies/0/price_kop", json!("много")),
    ];
    for (rule, place, value) in stories {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path()).unwrap();
        let mut file = golden();
        *file["opening"].pointer_mut(place).unwrap() = value;
        let report = run(&catalog, &file);
        let events = file["events"].as_array().unwrap().len();
        assert_eq!(codes(&report)[0], rule);
        assert_eq!(codes(&report)[1..], vec!["opening-first"; events], "{rule}");
        assert!(
            run(&catalog, &golden()).refused.is_empty(),
            "{rule} left a trace"
        );
    }
}

#[test]
fn an_act_of_more_lines_than_one_may_hold_is_refused() {
    let (_folder, catalog) = library("E14");
    let line = json!({"title": "T01", "price_kop": 100});
    let document = json!({"kind": "WAYBILL", "no": "1", "date": "2026-01-12"});
    for lines in [
        vec![line.clone(); 2001],
        vec![json!({"title": "T01", "price_kop": 1, "copies": 2001})],
    ] {
        let story = json!({"rule": "act-too-large", "story": "2001", "events": [{
            "id": "R", "type": "RECEIPT", "fund": "MAIN", "date": "2026-01-12",
            "source": "PURCHASE", "document": document, "lines": lines,
        }]});
        assert_eq!(refused_whole(&catalog, &story), None);
    }
}

#[test]
fn no_rule_of_the_fund_stands_without_its_story() {
    let stories = stories();
    let mut told: BTreeSet<&str> = stories
        .iter()
        .map(|s| s["rule"].as_str().unwrap())
        .collect();
    // Told above, in the tests of the network, of the command line and of the staff forms.
    told.extend([
        "counter-too-low",
        "opening-first",
        "act-too-large",
        "library-tree",
        "library-exists",
        "date-in-future",
        "date-out-of-reach",
    ]);
    let untold: Vec<&str> = Rule::ALL
        .iter()
        .take_while(|rule| **rule != Rule::SharedControlNumber)
        .filter(|rule| rule.severity() == Severity::Blocks)
        .map(|rule| rule.code())
        .filter(|code| !told.contains(code))
        .collect();
    assert_eq!(untold, Vec::<&str>::new());
}
