//! The sample library of the demo: its records read without a finding and its fund refers to them.
//!
//! Whether the fund adds up is for the fund itself: its acts are refused when they do not.

use std::collections::BTreeSet;
use std::fs;

use catalog::fund::draft::{FundCommand, Order};
use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::id::LibraryId;
use catalog::record::BiblioRecord;
use catalog::record::check::check;
use catalog::record::dialect::Dialect;
use catalog::record::isbd;
use catalog::record::read::Reader;
use catalog::{Catalog, Doing, ImportOrder, post};
use fond_tests::house::root;
use jiff::Timestamp;
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

/// What `fond demo` does with these files, through the public door.
#[test]
fn the_sample_years_are_posted_whole_onto_the_sample_records() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let doing = Doing::now("demo".parse().unwrap(), at);
    let school: LibraryId = "SCHOOL12".parse().unwrap();
    let node = LibraryNode {
        id: school.clone(),
        name: "Школа № 12".into(),
        parent: None,
        kind: NodeKind::School,
    };
    let order = FundCommand {
        event: None,
        order: Order::AddLibrary(node),
    };
    catalog.fund(doing.clone(), &school, order).unwrap();
    let order = ImportOrder {
        file: "records.jsonl".into(),
        library: school.clone(),
        format: None,
        dry_run: false,
    };
    let text = sample("records.jsonl");
    let report = catalog
        .import(&doing, &order, text.as_bytes(), &mut |_, _| ())
        .unwrap();
    let records = catalog.record_count().unwrap();
    assert_eq!(report.saved, records);
    for year in ["fund-2024.json", "fund-2025.json", "fund-2026.json"] {
        let text = sample(year);
        let report = post(&catalog, &doing.actor, at, Some(&school), text.as_bytes()).unwrap();
        assert!(report.refused.is_empty(), "{year}: {:#?}", report.refused);
    }
    assert_eq!(
        catalog.record_count().unwrap(),
        records,
        "posting must find the records by 001"
    );
    let verified = catalog.verify(true, &mut |_, _| ()).unwrap();
    assert!(verified.ok, "{:?}", verified.problems);
}
