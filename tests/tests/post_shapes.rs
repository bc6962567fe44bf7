//! Files that are not what they should be: every slip is a finding with its event, never a panic, and
//! what stands afterwards adds up.

use catalog::{Catalog, PostReport, post};
use fond_tests::years::Dice;
use jiff::Timestamp;
use serde_json::{Value, json};

fn golden() -> Value {
    serde_json::from_str(include_str!("../../data/fund/golden-year.json")).unwrap()
}

fn run(catalog: &Catalog, text: &[u8]) -> PostReport {
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let actor = "иванова".parse().unwrap();
    post(catalog, &actor, at, None, text).unwrap()
}

fn fresh() -> (tempfile::TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    (folder, catalog)
}

/// The places of all values below one.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                places(inner, &format!("{at}/{key}"), out);
            }
        }
        Value::Array(list) => {
            for (n, inner) in list.iter().enumerate() {
                places(inner, &format!("{at}/{n}"), out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    out.push(at.to_owned());
}

fn odd() -> Vec<Value> {
    vec![
        json!(null),
        json!(-1),
        json!(0),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("\u{0}"),
        json!("2025-02-30"),
        json!("9999-12-31"),
        json!([]),
        json!({}),
        json!([[1]]),
        json!(true),
        json!("я".repeat(5000)),
    ]
}

#[test]
fn whatever_stands_in_place_of_a_value_the_books_add_up() {
    let mut all = Vec::new();
    for part in ["policy", "titles", "opening", "events"] {
        places(&golden()[part], &format!("/{part}"), &mut all);
    }
    let mut dice = Dice::new(7);
    for _ in 0..60 {
        let (place, value) = (dice.pick(&all).clone(), dice.pick(&odd()).clone());
        let mut file = golden();
        *file.pointer_mut(&place).unwrap() = value.clone();
        let (_folder, catalog) = fresh();
        let report = run(&catalog, file.to_string().as_bytes());
        for refusal in &report.refused {
            assert!(
                !refusal.event.is_empty() && refusal.detail.len() > 10,
                "{place}"
            );
        }
        let wrong = catalog::fund::audit(catalog.view()).unwrap();
        assert!(wrong.is_empty(), "{place} = {value}: {wrong:?}");
    }
}

#[test]
fn numbers_beyond_all_bounds_are_findings() {
    let (_folder, catalog) = fresh();
    assert_eq!(run(&catalog, golden().to_string().as_bytes()).refused, []);
    for (key, value) in [
        ("price_kop", json!(i64::MAX)),
        ("price_kop", json!(9_999_999_999_999_i64)),
        ("sum_kop", json!(i64::MIN)),
        ("copies", json!(u32::MAX)),
        ("copies", json!(-5)),
        ("copies", json!(99_999_999_999_999_999_i64)),
        ("inv", json!([u64::MAX])),
        ("card_no", json!(-1)),
    ] {
        let mut line = json!({"title": "TB02", "price_kop": 5, "copies": 2});
        line[key] = value;
        let event = json!({
            "id": key, "type": "RECEIPT", "fund": "TEXTBOOK", "date": "2026-02-01", "source": "PURCHASE",
            "document": {"kind": "WAYBILL", "no": "1", "date": "2026-02-01"}, "lines": [line],
        });
        let head = catalog.head().seq;
        let report = run(&catalog, json!({"events": [event]}).to_string().as_bytes());
        assert!(report.refused.iter().any(|r| r.event == key), "{line}");
        assert_eq!(catalog.head().seq, head, "{line} left a trace");
    }
}

#[test]
fn an_empty_file_a_marked_file_and_a_large_one_are_answered() {
    let (_folder, catalog) = fresh();
    let report = run(&catalog, b" \n");
    assert!(report.refused[0].detail.contains("пуст"), "{report:?}");
    let marked = format!("\u{feff}{}", golden());
    assert_eq!(run(&catalog, marked.as_bytes()).refused, []);
    let event = json!({"id": "X", "type": "LOAN", "date": "2026-02-01", "inv": 99, "note": "о".repeat(1900)});
    let events: Vec<Value> = (0..2600)
        .map(|n| {
            let mut event = event.clone();
            event["id"] = json!(format!("X{n}"));
            event
        })
        .collect();
    let large = json!({"events": events}).to_string();
    assert!(large.len() > 9_500_000);
    let report = run(&catalog, large.as_bytes());
    assert_eq!((report.refused.len(), report.posted.len()), (2600, 0));
    let title = json!({"titles": [{"id": "L", "fund": "MAIN", "kind": "BOOK", "title": "о".repeat(5_000_000)}]});
    let report = run(&catalog, title.to_string().as_bytes());
    assert_eq!(report.refused[0].rule.code(), "file-shape");
}

#[test]
fn a_key_that_nobody_understands_is_named_and_changes_nothing() {
    let (_folder, catalog) = fresh();
    let mut file = golden();
    file["events"][0]["lines"][0]["prise_kop"] = json!(5);
    file["titles"][0]["autor"] = json!("Толстой");
    let report = run(&catalog, file.to_string().as_bytes());
    let named: Vec<(&str, &str)> = (report.remarks.iter())
        .map(|r| (r.event.as_str(), r.place.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            ("title T01", "/titles/0/autor"),
            ("E01", "/lines/0/prise_kop")
        ]
    );
    assert!(report.refused.is_empty());
}

#[test]
fn of_very_many_refusals_the_first_are_told_and_the_rest_counted() {
    let (_folder, catalog) = fresh();
    let events = vec![json!({}); 10_500];
    let report = run(&catalog, json!({"events": events}).to_string().as_bytes());
    assert_eq!(report.refused.len(), 10_001);
    let last = &report.refused[10_000];
    assert!(last.event == "file" && last.detail.contains("не показано ещё"));
}

#[test]
fn a_file_of_too_many_events_is_refused_before_anything_of_it_is_posted() {
    let (_folder, catalog) = fresh();
    let before = catalog.head();
    let mut file = golden();
    file["events"] = json!(vec![json!({}); 100_001]);
    let report = run(&catalog, file.to_string().as_bytes());
    assert_eq!(report.refused.len(), 1);
    assert_eq!(report.refused[0].place, "/events");
    assert_eq!(catalog.head(), before);
}
