//! The golden year of fund accounting, posted through the door, and what must come of it.
//!
//! Figures stand in the data, never here: the year in `data/fund`, the scenarios in `tests/data`.

use std::io::{self, Write};

use catalog::fund::books::{json as printed, year_books};
use catalog::{Catalog, PostReport, post};
use fond_tests::posting::year_as_json;
use jiff::Timestamp;
use serde_json::{Value, json};

fn golden() -> Value {
    serde_json::from_str(include_str!("../../data/fund/golden-year.json")).unwrap()
}

fn scenarios() -> Vec<Value> {
    serde_json::from_str(include_str!("../data/golden-scenarios.json")).unwrap()
}

fn run(catalog: &Catalog, file: &Value) -> PostReport {
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let actor = "иванова".parse().unwrap();
    post(catalog, &actor, at, None, file.to_string().as_bytes()).unwrap()
}

fn books(catalog: &Catalog, year: i16) -> Value {
    let library = "MAIN".parse().unwrap();
    year_as_json(catalog.view(), &library, year)
}

/// Every key of `expected` stands in `printed` with the same value; more keys may stand beside it.
fn differences(place: &str, expected: &Value, printed: &Value, out: &mut Vec<String>) {
    match (expected, printed) {
        (Value::Object(expected), Value::Object(printed)) => {
            for (key, value) in expected {
                if key == "note" || key.starts_with("invoice_") {
                    continue;
                }
                let place = format!("{place}/{key}");
                match printed.get(key) {
                    Some(other) => differences(&place, value, other, out),
                    None => out.push(format!("{place} is absent")),
                }
            }
        }
        (Value::Array(expected), Value::Array(printed)) if expected.len() == printed.len() => {
            for (n, (value, other)) in expected.iter().zip(printed).enumerate() {
                differences(&format!("{place}/{n}"), value, other, out);
            }
        }
        _ if expected == printed => {}
        _ => out.push(format!("{place}: expected {expected}, printed {printed}")),
    }
}

fn same_as_expected(catalog: &Catalog) {
    let mut out = Vec::new();
    differences("", &golden()["expected"], &books(catalog, 2025), &mut out);
    assert!(out.is_empty(), "{}", out.join("\n"));
    let wrong = catalog::fund::audit(catalog.view()).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_golden_year_gives_the_expected_registers() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let report = run(&catalog, &golden());
    assert_eq!((report.refused, report.remarks), (vec![], vec![]));
    same_as_expected(&catalog);
}

/// Takes so many bytes and fails; counts how often it is written to after that.
#[derive(Default)]
struct HungUp {
    left: usize,
    failed: bool,
    after: usize,
}

impl Write for HungUp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.after += usize::from(self.failed);
        match self.left.checked_sub(bytes.len()) {
            Some(left) if !self.failed => {
                self.left = left;
                Ok(bytes.len())
            }
            Some(_) | None => {
                self.failed = true;
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_inventory_book_is_read_no_further_than_somebody_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    run(&catalog, &golden());
    let library = "MAIN".parse().unwrap();
    let books = year_books(catalog.view(), &library, 2025).unwrap();
    let year = printed::Year::of(catalog.view(), &books, None).unwrap();
    let whole = serde_json::to_string(&year).unwrap();
    let rows = whole.find("\"copies_by_inventory_number\":[").unwrap();
    for left in [rows + 30, rows + 900] {
        let mut taker = HungUp {
            left,
            ..HungUp::default()
        };
        assert!(serde_json::to_writer(&mut taker, &year).is_err());
        assert_eq!(taker.after, 0, "after {left} bytes");
    }
}

#[test]
fn posting_the_same_year_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    run(&catalog, &golden());
    let head = catalog.head().seq;
    let again = run(&catalog, &golden());
    assert_eq!((again.refused, again.posted), (vec![], vec![]));
    assert_eq!(catalog.head().seq, head);
    let mut changed = golden();
    changed["events"][0]["note"] = json!("иначе");
    let report = run(&catalog, &changed);
    let rules: Vec<&str> = report.refused.iter().map(|r| r.rule.code()).collect();
    assert_eq!(rules, ["event-changed"]);
    same_as_expected(&catalog);
}

#[test]
fn a_rebuilt_library_prints_the_same_registers() {
    let folder = tempfile::tempdir().unwrap();
    let before = {
        let catalog = Catalog::open(folder.path()).unwrap();
        run(&catalog, &golden());
        books(&catalog, 2025)
    };
    std::fs::remove_dir_all(folder.path().join("state")).unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    assert_eq!(books(&catalog, 2025), before);
}

/// The golden year up to an event, with the scenario's events after it (or among the rest).
fn file_of(scenario: &Value) -> Value {
    let mut file = golden();
    let events = file["events"].as_array().unwrap().clone();
    let until = events
        .iter()
        .position(|e| e["id"] == scenario["until"])
        .unwrap();
    let mut posted = events[..=until].to_vec();
    posted.extend(scenario["events"].as_array().unwrap().iter().cloned());
    if scenario["insert"] == true {
        posted.extend(events[until + 1..].iter().cloned());
    }
    file["events"] = Value::Array(posted);
    if let Some(titles) = scenario["titles"].as_array() {
        file["titles"]
            .as_array_mut()
            .unwrap()
            .extend(titles.iter().cloned());
    }
    if let Some(policy) = scenario["policy"].as_object() {
        file["policy"]
            .as_object_mut()
            .unwrap()
            .extend(policy.clone());
    }
    file
}

#[test]
fn every_scenario_is_refused_by_its_rule_or_leads_to_its_figures() {
    for scenario in scenarios() {
        let id = scenario["id"].as_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path()).unwrap();
        let report = run(&catalog, &file_of(&scenario));
        let rules: Vec<&str> = report.refused.iter().map(|r| r.rule.code()).collect();
        assert_eq!(
            json!(rules),
            scenario["refused"],
            "{id}: {:?}",
            report.refused
        );
        if let Some(figures) = scenario["books"].as_object() {
            let year = i16::try_from(scenario["year"].as_i64().unwrap()).unwrap();
            let printed = books(&catalog, year);
            for (place, figure) in figures {
                assert_eq!(printed.pointer(place), Some(figure), "{id} {place}");
            }
        }
        if scenario["golden_year_unchanged"] == true {
            let part3 = &books(&catalog, 2025)["ksu_part3"];
            let mut out = Vec::new();
            differences("", &golden()["expected"]["ksu_part3"], part3, &mut out);
            assert!(out.is_empty(), "{id}: {}", out.join("\n"));
        }
        assert_eq!(
            catalog::fund::audit(catalog.view()).unwrap(),
            Vec::<String>::new(),
            "{id}"
        );
    }
}

#[test]
fn a_file_that_is_not_json_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let actor = "иванова".parse().unwrap();
    for text in [
        "{\"events\": [",
        "[]",
        "{\"events\": 5}",
        "{\"titles\": [7], \"events\": [null, 3, {}]}",
    ] {
        let report = post(&catalog, &actor, at, None, text.as_bytes()).unwrap();
        assert!(!report.refused.is_empty(), "{text}");
        assert!(
            report.refused.iter().all(|r| r.rule.code() == "file-shape"),
            "{text}"
        );
    }
}
