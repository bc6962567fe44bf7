//! Copies and owners of a file that comes in: run again nothing is doubled, nobody's record is overwritten.

use catalog::{Catalog, ImportReport};
use fond_tests::intake::{self, library};

fn import(catalog: &Catalog, code: &str, file: &str, text: &str) -> ImportReport {
    intake::import(catalog, code, file, text.as_bytes())
}

/// A record of an IRBIS base with these fields of copies.
fn irbis(number: u32, title: &str, copies: &[&str]) -> String {
    let mut text =
        format!("#920: PAZK\n#903: {number}/база\n#200: ^A{title}\n#210: ^D2001\n#101: rus\n");
    for copy in copies {
        text.push_str(&format!("#910: {copy}\n"));
    }
    text.push_str("*****\n");
    text
}

#[test]
fn copies_without_a_number_are_set_aside_once_however_often_the_file_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1"]);
    let text = irbis(
        1,
        "Степь",
        &["^A0^B101^E100.00", "^A0^Bб/н^E50.00", "^A0^E50.00"],
    ) + &irbis(2, "Каштанка", &["^A0^B102^E10.00", "^A0^B^E10.00"]);
    let first = import(&catalog, "S1", "база.txt", &text);
    let copies = &first.copies;
    assert_eq!(
        (copies.read, copies.counted, copies.set_aside),
        (5, 2, 3),
        "{copies:?}"
    );
    for _ in 0..2 {
        let again = import(&catalog, "S1", "база.txt", &text).copies;
        assert_eq!(
            (again.counted, again.set_aside, again.known),
            (0, 0, 5),
            "{again:?}"
        );
    }
    // One more of the same is one more.
    let more = text.replace("#210", "#910: ^A0^Bб/н^E50.00\n#210");
    let more = import(&catalog, "S1", "база.txt", &more).copies;
    assert_eq!((more.set_aside, more.known), (2, 5), "{more:?}");
    assert!(catalog.verify(true, &mut |_, _| ()).unwrap().ok);
}

#[test]
fn a_number_that_another_book_bears_is_said_and_its_copy_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1"]);
    let first = irbis(1, "Степь", &["^A0^B101^E100.00"]);
    let _ = import(&catalog, "S1", "первая.txt", &first);
    let second = irbis(1, "Палата № 6", &["^A0^B101^E70.00"]);
    let report = import(&catalog, "S1", "вторая.txt", &second);
    let copies = &report.copies;
    assert_eq!((copies.known, copies.set_aside), (0, 1), "{report:?}");
    let said = |f: &catalog::ImportFinding| f.finding.detail.contains("Степь");
    assert!(report.findings.iter().any(said), "{:?}", report.findings);
    let again = import(&catalog, "S1", "вторая.txt", &second).copies;
    assert_eq!((again.known, again.set_aside), (1, 0), "{again:?}");
}

#[test]
fn what_was_written_off_without_a_number_does_not_stand_in_the_fund() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1"]);
    let text = irbis(
        1,
        "Степь",
        &["^A6^Bб/н^E100.00", "^A6^E100.00", "^A6^B7^E5.00"],
    );
    let copies = import(&catalog, "S1", "база.txt", &text).copies;
    assert_eq!(
        (copies.withdrawn, copies.counted, copies.set_aside),
        (3, 0, 0),
        "{copies:?}"
    );
}

/// A record as a library with Fond gives it out: each of them counts from 1.
fn of_fond(title: &str, year: &str) -> String {
    format!(
        r#"{{"leader": "00000nam0 2200000   450 ", "fields": [{{"001": "1"}},
        {{"200": {{"ind1": "1", "ind2": " ", "subfields": [{{"a": "{title}"}}]}}}},
        {{"210": {{"ind1": " ", "ind2": " ", "subfields": [{{"d": "{year}"}}]}}}},
        {{"801": {{"ind1": " ", "ind2": "0", "subfields": [{{"a": "RU"}}, {{"b": "FOND"}}]}}}}]}}"#
    )
    .replace('\n', " ")
}

#[test]
fn the_first_records_of_two_libraries_with_fond_are_two_records() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1", "S2"]);
    let _ = import(
        &catalog,
        "S1",
        "первая.json",
        &of_fond("Математика", "2019"),
    );
    let other = import(&catalog, "S1", "вторая.json", &of_fond("Биология", "2019"));
    assert_eq!((other.saved, other.updated), (1, 0), "{other:?}");
    let year = import(
        &catalog,
        "S1",
        "третья.json",
        &of_fond("Математика", "2021"),
    );
    assert_eq!((year.saved, year.updated), (1, 0), "{year:?}");
    let same = import(
        &catalog,
        "S1",
        "первая.json",
        &of_fond("Математика", "2019"),
    );
    assert_eq!((same.saved, same.unchanged), (0, 1), "{same:?}");
}

#[test]
fn a_file_of_one_school_does_not_change_the_record_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1", "S2"]);
    let record = |note: &str| {
        of_fond("Степь", "2001").replace("FOND", "ОБЛАСТЬ").replace(
            "\"fields\": [",
            &format!("\"fields\": [{{\"300\": {{\"ind1\": \" \", \"ind2\": \" \", \"subfields\": [{{\"a\": \"{note}\"}}]}}}}, "),
        )
    };
    let _ = import(&catalog, "S1", "s1.json", &record("первая"));
    let other = import(&catalog, "S2", "s2.json", &record("вторая"));
    assert_eq!((other.updated, other.conflicts), (0, 1), "{other:?}");
    let own = import(&catalog, "S1", "s1.json", &record("третья"));
    assert_eq!((own.updated, own.conflicts), (1, 0), "{own:?}");
}

#[test]
fn a_long_name_of_a_file_does_not_end_an_import() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1"]);
    let name = format!("{}.mrc", "очень длинное имя ".repeat(7));
    let report = import(&catalog, "S1", &name, "это не запись\u{1D}");
    let kept = report.quarantine.expect("what is unreadable is kept");
    assert!(kept.ends_with("имя .mrc"), "{kept}");
    assert!(std::fs::metadata(&kept).unwrap().len() > 0);
}
