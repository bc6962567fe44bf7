//! Real files come in: records of the big libraries, and a university base with its copies.

use std::fs;
use std::path::Path;

use catalog::{Catalog, ImportReport};
use fond_tests::{corpus, intake};

fn library(folder: &Path) -> Catalog {
    intake::library(folder, &["MAIN"])
}

fn import(catalog: &Catalog, path: &Path) -> ImportReport {
    let file = path.file_name().unwrap().to_string_lossy().into_owned();
    intake::import(catalog, "MAIN", &file, fs::File::open(path).unwrap())
}

#[test]
fn records_and_copies_of_real_bases_come_in_once_and_verify() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    let mut saved = 0;
    for (file, records) in [
        ("rusmarc/ruslan-utf8-250.mrc", 250),
        ("rusmarc/TEST1-cp1251-81.iso", 81),
        ("rusmarc/nlr/7_rusmarc.mrc", 1),
        ("rusmarc/urait-utf8-1.iso", 1),
        ("marc21-cyrillic/rsl-multipart-7.mrc", 7),
    ] {
        let report = import(&catalog, &corpus.join(file));
        assert_eq!((report.saved, report.updated), (records, 0), "{file}");
        saved += report.saved;
    }
    let irbis = import(&catalog, &corpus.join("irbis/istu-200.utf8.txt"));
    assert_eq!(irbis.saved, 200);
    let copies = &irbis.copies;
    // 352 fields are a copy each, 16 hold 231 copies counted together without numbers.
    assert_eq!(
        (copies.read, copies.counted, copies.set_aside),
        (583, 583, 0),
        "{copies:?}"
    );
    assert_eq!(catalog.record_count().unwrap(), saved + 200);
    let again = import(&catalog, &corpus.join("irbis/istu-200.utf8.txt"));
    assert_eq!((again.saved, again.unchanged), (0, 200));
    assert_eq!(again.copies.counted, 0, "{:?}", again.copies);
    let report = catalog.verify(true, &mut |_, _| ()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

/// What the table of the fund says by a walk of its own: rows, kopecks, and both again of what was written off.
fn walked(path: &Path) -> (u64, i64, u64, i64) {
    let bytes = fs::read(path).unwrap();
    let (mut rows, mut sum, mut gone, mut gone_sum) = (0, 0, 0, 0);
    for line in bytes
        .split(|b| *b == b'\n')
        .skip(1)
        .filter(|line| !line.is_empty())
    {
        // A cell with the delimiter in it stands in quotes.
        let mut quoted = false;
        let divides = |b: &u8| {
            quoted ^= *b == b'"';
            *b == b';' && !quoted
        };
        let cells: Vec<&[u8]> = line.split(divides).collect();
        assert_eq!(cells.len(), 13);
        let price = std::str::from_utf8(cells[7]).unwrap().replace(',', ".");
        let (whole, part) = price.split_once('.').unwrap_or((price.as_str(), ""));
        let kopecks: i64 = format!("{whole}{part:0<2}").parse().unwrap();
        rows += 1;
        sum += kopecks;
        if !cells[9].is_empty() {
            gone += 1;
            gone_sum += kopecks;
        }
    }
    (rows, sum, gone, gone_sum)
}

#[test]
fn a_table_of_a_fund_comes_in_to_the_kopeck() {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("catalogue-large/library-fund-ru.cp1251.csv");
    let (rows, sum, gone, gone_sum) = walked(&path);
    assert_eq!((rows, sum, gone), (6273, 527_851_148, 214));
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    let report = import(&catalog, &path);
    assert_eq!(
        (report.rows, report.saved, report.refused()),
        (rows, 6040, 0)
    );
    let copies = &report.copies;
    assert_eq!(
        (copies.read, copies.withdrawn, copies.counted),
        (rows, gone, rows - gone)
    );
    assert_eq!((copies.set_aside, copies.not_taken), (0, 0));
    assert_eq!(copies.counted_sum.0, sum - gone_sum);
    let again = import(&catalog, &path);
    assert_eq!((again.saved, again.updated, again.unchanged), (0, 0, 6040));
    assert_eq!((again.copies.counted, again.copies.known), (0, rows));
    let verified = catalog.verify(true, &mut |_, _| ()).unwrap();
    assert!(verified.ok, "{:?}", verified.problems);
}

#[test]
fn a_table_whose_numbers_lost_their_zeros_gets_them_back() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path());
    let report = import(
        &catalog,
        &corpus.join("catalogue-large/books-en.latin1.csv"),
    );
    assert_eq!(
        (report.rows, report.saved, report.refused()),
        (6273, 6272, 0)
    );
    assert!(
        report.by_rule["table-mended"] > 4700,
        "{:?}",
        report.by_rule
    );
    assert!(
        !report.by_rule.contains_key("record-text"),
        "{:?}",
        report.by_rule
    );
    assert_eq!(report.copies.read, 0);
}
