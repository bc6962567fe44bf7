//! Real records through the checks, the description, the facts and the conversions.
//!
//! Reads the folder named by `FOND_CORPUS`; without it one line says that nothing was tried.

use std::fs;
use std::path::{Path, PathBuf};

use catalog::record::BiblioRecord;
use catalog::record::brief::brief;
use catalog::record::check::check;
use catalog::record::convert::{to_marc21, to_rusmarc};
use catalog::record::copies::carried;
use catalog::record::dialect::Dialect;
use catalog::record::isbd::{Options, describe};
use catalog::record::read::Reader;
use fond_tests::corpus;

fn records(path: &Path) -> Vec<(BiblioRecord, Dialect)> {
    let file = fs::File::open(path).unwrap();
    Reader::new(file)
        .map(|incoming| incoming.unwrap())
        .filter_map(|incoming| Some((incoming.record?, incoming.dialect)))
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_some_and(|e| e != "md" && e != "tsv" && e != "json")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_real_record_is_checked_described_and_converted_without_a_panic() {
    let Some(corpus) = corpus() else { return };
    let (mut seen, mut books, mut named) = (0, 0, 0);
    for folder in [
        "rusmarc",
        "unimarc",
        "marc21-cyrillic",
        "marc21-general",
        "irbis",
        "malformed",
    ] {
        for path in files(&corpus.join(folder)) {
            for (record, dialect) in records(&path) {
                let (ours, _) = to_rusmarc(&record, dialect);
                let _ = check(&ours);
                let text = describe(&ours, &Options::default());
                let facts = brief(&ours);
                let _ = to_marc21(&ours);
                let _ = carried(&record, dialect);
                seen += 1;
                // Authorities, damaged pieces and dumps have no title to show.
                let name = path.to_string_lossy();
                let odd = ["malformed", "auth-", "dump"]
                    .iter()
                    .any(|part| name.contains(part));
                books += usize::from(!odd);
                named += usize::from(!odd && !facts.title.is_empty());
                assert!(!text.contains("$a"), "{text}");
            }
        }
    }
    assert!(seen > 500, "only {seen} records were read");
    assert!(
        named * 100 >= books * 99,
        "only {named} of {books} have a title"
    );
}

#[test]
fn native_records_give_books_and_their_copies() {
    let Some(corpus) = corpus() else { return };
    let records = records(&corpus.join("irbis/istu-200.utf8.txt"));
    let copies: usize = records
        .iter()
        .map(|(r, _)| carried(r, Dialect::Irbis).len())
        .sum();
    assert!(copies > 300, "{copies} copies");
    let titled = |(record, _): &(BiblioRecord, Dialect)| {
        let (ours, _) = to_rusmarc(record, Dialect::Irbis);
        let facts = brief(&ours);
        facts.title.chars().count() > 3 && facts.year.is_some()
    };
    let whole = records.iter().filter(|record| titled(record)).count();
    assert!(
        whole * 10 >= records.len() * 9,
        "{whole} of {}",
        records.len()
    );
}

#[test]
fn a_record_of_the_state_library_converts_as_the_library_did() {
    let Some(corpus) = corpus() else { return };
    let mut differing = Vec::new();
    for name in ["01002988236", "01003543129.1", "01003543129.2"] {
        let read = |kind: &str| {
            let path = corpus.join(format!("conversion-pairs/{name}.{kind}"));
            records(&path).remove(0).0
        };
        let (made, _) = to_rusmarc(&read("marc21.mrc"), Dialect::Marc21);
        let theirs = read("rusmarc.iso");
        for tag in [
            "001", "005", "101", "200", "205", "210", "300", "461", "700", "702", "801", "852",
        ] {
            let ours: Vec<_> = made.fields(tag).map(|f| &f.body).collect();
            let wanted: Vec<_> = theirs.fields(tag).map(|f| &f.body).collect();
            if ours != wanted {
                differing.push(format!("{name} {tag}\n  {ours:?}\n  {wanted:?}"));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
