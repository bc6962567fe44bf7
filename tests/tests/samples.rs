//! The sample library of the demo: its records read without a finding and its fund refers to them.
//!
//! Whether the fund adds up is for the fund itself: its acts are refused when they do not.

use std::collections::BTreeSet;
use std::fs;

use catalog::record::BiblioRecord;
use catalog::record::check::check;
use catalog::record::dialect::Dialect;
use catalog::record::isbd;
use catalog::record::read::Reader;
use fond_tests::house::root;
use serde_json::Value;

fn sample(name: &str) -> String {
    fs::read_to_string(root().join("data/samples").join(name)).expect(name)
}

fn records() -> Vec<BiblioRecord> {
    Reader::new(sample("records.jsonl").as_bytes())
        .map(|piece| {
            let piece = piece.expect("the file can be read");
            assert!(
                piece.findings.is_empty(),
                "{}: {:?}",
                piece.number,
                piece.findings
            );
            assert_eq!(piece.dialect, Dialect::Rusmarc, "record {}", piece.number);
            piece.record.expect("a record")
        })
        .collect()
}

#[test]
fn every_sample_record_is_rusmarc_without_a_finding() {
    let records = records();
    assert!(records.len() >= 300, "only {} records", records.len());
    for record in &records {
        let findings = check(record);
        assert!(
            findings.is_empty(),
            "{:?}: {findings:?}",
            record.control("001")
        );
    }
    let names: BTreeSet<_> = records.iter().map(|r| r.control("001")).collect();
    assert_eq!(names.len(), records.len(), "a control number stands twice");
}

#[test]
fn every_sample_record_has_a_description() {
    for record in records() {
        let printed = isbd::describe(&record, &isbd::Options::default());
        let title = record.first("200", 'a').unwrap_or_default();
        assert!(printed.contains(title), "{printed}");
        assert!(!printed.contains(".."), "{printed}");
    }
}

#[test]
fn the_sample_fund_names_only_titles_that_have_records() {
    let known: BTreeSet<String> = records()
        .iter()
        .filter_map(|record| record.control("001").map(str::to_owned))
        .collect();
    for year in [2024, 2025, 2026] {
        let fund: Value = serde_json::from_str(&sample(&format!("fund-{year}.json"))).unwrap();
        let titles = fund["titles"].as_array().expect("titles");
        let own: BTreeSet<_> = titles.iter().filter_map(|t| t["id"].as_str()).collect();
        assert!(own.iter().all(|id| known.contains(*id)), "{year}");
        for event in fund["events"].as_array().expect("events") {
            for line in event["lines"].as_array().into_iter().flatten() {
                let title = line["title"].as_str();
                assert!(title.is_none_or(|id| own.contains(id)), "{year}: {line}");
            }
        }
    }
}
