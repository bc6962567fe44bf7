//! Tables come in: titles once, copies to the kopeck, what has left stays out, what is bad is put aside.

use std::fs;
use std::path::Path;

use catalog::fund::money::Kopecks;
use catalog::id::RecordId;
use catalog::record::detect::Format;
use catalog::{Catalog, ImportReport};
use fond_tests::intake;

fn library(folder: &Path) -> Catalog {
    intake::library(folder, &["MAIN"])
}

fn load(catalog: &Catalog, text: &str) -> ImportReport {
    intake::import(catalog, "MAIN", "фонд.csv", text.as_bytes())
}

const HEAD: &str = "Название;Автор;Год;Инв. №;Цена;Дата списания;ББК\n";
const ROWS: &str = "Степь;Лесников А. В.;2005;1;1 250,50;;84\nСтепь;Лесников А. В.;2005;2;0,01;;84\n\
    Луг;;;3;99.90;02.06.2019;\nРоща;;;б/н;10;;\nСад;;;5;12,5О;;\nСад;;;;;02.06.2019;\nПоле;;;6;7 руб.;;\n";

fn rule(report: &ImportReport, code: &str) -> u64 {
    report.by_rule.get(code).copied().unwrap_or(0)
}

#[test]
fn a_table_comes_in_once_and_its_sum_is_that_of_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    let report = load(&catalog, &format!("{HEAD}{ROWS}"));
    assert_eq!(report.format.as_deref(), Some("csv"));
    assert_eq!((report.read, report.rows, report.saved), (5, 7, 5));
    let copies = &report.copies;
    assert_eq!((copies.read, copies.counted, copies.set_aside), (7, 4, 1));
    assert_eq!((copies.withdrawn, copies.not_taken), (2, 0));
    assert_eq!(copies.counted_sum, Kopecks(125_050 + 1 + 700));
    assert_eq!(copies.set_aside_sum, Kopecks(1000));
    assert_eq!(rule(&report, "price-unreadable"), 1);
    assert_eq!(rule(&report, "number-missing"), 2);
    let price = report
        .findings
        .iter()
        .find(|f| f.finding.rule.code() == "price-unreadable");
    let price = &price.unwrap().finding;
    assert_eq!(price.place, "строка 6");
    assert!(price.detail.contains("«12,5О»"), "{price}");

    let again = load(&catalog, &format!("{HEAD}{ROWS}"));
    assert_eq!((again.saved, again.updated, again.unchanged), (0, 0, 5));
    let copies = &again.copies;
    assert_eq!(
        (copies.counted, copies.set_aside, copies.not_taken),
        (0, 0, 0)
    );
    let report = catalog.verify(true, &mut |_, _| ()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

#[test]
fn a_table_that_has_grown_brings_only_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    load(&catalog, &format!("{HEAD}{ROWS}"));
    let grown = ROWS.replacen(";84\n", ";84(2)\n", 1);
    let grown = format!("{HEAD}{grown}Степь;Лесников А. В.;2005;7;5;;84\nНива;;;8;5;;\n");
    let report = load(&catalog, &grown);
    assert_eq!((report.saved, report.updated, report.unchanged), (1, 1, 4));
    assert_eq!(report.copies.counted, 2);
    let step = catalog.record(RecordId::new(1)).unwrap();
    assert_eq!(step.record.fields("910").count(), 3);
    assert_eq!(catalog.record_count().unwrap(), 6);
}

#[test]
fn rows_put_aside_are_mended_and_loaded_from_their_own_file() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    let bad = format!("{HEAD}{ROWS};Лесников;2001;9;5;;\nОвраг;лишняя;точка;с;запятой;;;;да\n");
    let report = load(&catalog, &bad);
    assert_eq!(
        (report.saved, report.unreadable, report.refused()),
        (5, 2, 2)
    );
    assert_eq!(rule(&report, "table-row"), 2);
    let kept = fs::read_to_string(report.quarantine.unwrap()).unwrap();
    let mended = kept.replace("\n;Лесников", "\nПерелесок;Лесников");
    let report = load(&catalog, &mended);
    assert_eq!(
        (report.saved, report.unreadable, report.copies.counted),
        (1, 1, 1)
    );
}

#[test]
fn the_formats_of_the_command_line_name_tables_and_none_is_written_as_one() {
    for format in Format::TABLES {
        assert_eq!(format.name().parse(), Ok(format));
        let record = catalog::record::BiblioRecord::new(catalog::record::Leader::NEW_BOOK);
        let charset = catalog::record::charset::Charset::Utf8;
        assert!(catalog::record::write::write(&record, format, charset).is_err());
    }
}

#[test]
fn twenty_thousand_rows_come_in() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    let rows = (1..=20_000).map(|n| format!("Книга {};Автор А. А.;2001;{n};1,05;;\n", n / 2));
    let report = load(&catalog, &format!("{HEAD}{}", rows.collect::<String>()));
    assert_eq!((report.rows, report.copies.counted), (20_000, 20_000));
    assert_eq!(report.copies.counted_sum, Kopecks(20_000 * 105));
    assert_eq!(report.saved, 10_001);
}

/// Found under a rule, with its place.
fn places(report: &ImportReport, code: &str) -> Vec<String> {
    let found = report.findings.iter();
    let found = found.filter(|f| f.finding.rule.code() == code);
    found.map(|f| f.finding.place.clone()).collect()
}

#[test]
fn a_count_that_has_grown_is_said_and_not_taken_for_what_stands_there() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    let table = |count: u32| format!("Название;Кол-во;Цена\nСтепь;{count};10\nЛуг;4;5\n");
    let first = load(&catalog, &table(30)).copies;
    assert_eq!((first.read, first.counted), (34, 34));
    let same = load(&catalog, &table(30)).copies;
    assert_eq!((same.known, same.not_taken), (34, 0));
    let report = load(&catalog, &table(60));
    let grown = &report.copies;
    assert_eq!((grown.known, grown.not_taken, grown.counted), (34, 30, 0));
    assert_eq!(places(&report, "fund-differs"), ["строка 2"]);
    assert!(report.has_refusals());
}

#[test]
fn a_copy_that_the_file_calls_written_off_and_the_fund_does_not_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    load(&catalog, &format!("{HEAD}{ROWS}"));
    let later = ROWS.replacen(";1;1 250,50;;84", ";1;1 250,50;05.09.2025;84", 1);
    let report = load(&catalog, &format!("{HEAD}{later}"));
    assert_eq!(places(&report, "fund-differs"), ["строка 2"]);
    assert_eq!(report.copies.counted, 0);
}

#[test]
fn a_mended_title_brings_no_second_unit_for_a_number_that_stands() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    load(&catalog, &format!("{HEAD}{ROWS}"));
    let mended = ROWS.replace("Степь", "Степь и лес");
    let report = load(&catalog, &format!("{HEAD}{mended}"));
    let copies = &report.copies;
    assert_eq!((report.saved, copies.counted, copies.set_aside), (1, 0, 0));
    assert_eq!(copies.not_taken, 2);
    assert_eq!(places(&report, "fund-differs"), ["строка 2", "строка 3"]);
    let told = copies.counted + copies.set_aside + copies.withdrawn;
    assert_eq!(copies.read, told + copies.known + copies.not_taken);
}

#[test]
fn every_finding_is_counted_and_the_first_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    let head: String = (0..30).map(|n| format!(";Графа {n}")).collect();
    let row = format!("Степь;{}\n", ";#Н/Д".repeat(30));
    let report = load(
        &catalog,
        &format!("Название;Автор{head}\n{}", row.repeat(100)),
    );
    // Each broken cell, none of which is lost for being one of many.
    assert_eq!(rule(&report, "table-cell"), 3000);
    assert!(report.findings.len() <= ImportReport::LISTED);
}

#[test]
fn rows_that_say_more_than_they_hold_are_divided_among_entries() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    let name = "Примета, по которой эту книгу узнают ".repeat(5);
    let mut table = format!("Название;{name};Автор\n");
    for n in 0..20 * 600 {
        table.push_str(&format!("К{};{n};\n", n % 20));
    }
    let before = catalog.head().seq.get();
    let report = load(&catalog, &table);
    assert_eq!((report.rows, report.saved), (12_000, 20));
    // Five megabytes of records; beside them the job's beginning and end.
    let entries = catalog.head().seq.get() - before - 2;
    assert!((4..20).contains(&entries), "{entries}");
}
