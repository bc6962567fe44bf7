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
