//! A file comes in: new, known, changed, edited here, unreadable; twice is once.

use std::fs;

use catalog::id::LibraryId;
use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::write::{epilogue, prologue, write};
use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield};
use catalog::{Catalog, Doing, ImportOrder, ImportReport, RecordDraft, RecordStatus};
use fond_tests::intake::doing;

fn order() -> ImportOrder {
    let library: LibraryId = "MAIN".parse().unwrap();
    ImportOrder {
        file: "поставка.mrc".into(),
        library,
        format: None,
        dry_run: false,
    }
}

fn field(tag: &str, indicators: Indicators, subfields: &[(char, &str)]) -> Field {
    let subfields = subfields
        .iter()
        .map(|(c, v)| Subfield::new(*c, *v))
        .collect();
    Field::data(tag.parse().unwrap(), indicators, subfields)
}

fn book(control: &str, agency: &str, title: &str) -> BiblioRecord {
    let mut record = BiblioRecord::new(Leader::NEW_BOOK);
    record.fields = vec![
        Field::control("001".parse().unwrap(), control),
        field(
            "100",
            Indicators(' ', ' '),
            &[('a', "20240115d2020       y0rusy50      ca")],
        ),
        field("200", Indicators('1', ' '), &[('a', title)]),
        field("801", Indicators(' ', '0'), &[('a', "RU"), ('b', agency)]),
    ];
    record
}

fn file(records: &[BiblioRecord]) -> Vec<u8> {
    records
        .iter()
        .flat_map(|r| write(r, Format::Iso2709, Charset::Utf8).unwrap())
        .collect()
}

fn run(catalog: &Catalog, bytes: &[u8]) -> ImportReport {
    catalog
        .import(&doing(), &order(), bytes, &mut |_, _| ())
        .unwrap()
}

fn counts(report: &ImportReport) -> [u64; 5] {
    [
        report.saved,
        report.updated,
        report.unchanged,
        report.conflicts,
        report.unreadable,
    ]
}

#[test]
fn the_same_file_twice_saves_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let bytes = file(&[book("1", "ШКОЛА", "Степь"), book("2", "ШКОЛА", "Каштанка")]);
    assert_eq!(counts(&run(&catalog, &bytes)), [2, 0, 0, 0, 0]);
    let again = run(&catalog, &bytes);
    assert_eq!(counts(&again), [0, 0, 2, 0, 0]);
    assert_eq!(again.records.len(), 2);
    assert_eq!(catalog.record_count().unwrap(), 2);
    assert!(catalog.verify(true, &mut |_, _| ()).unwrap().ok);
}

#[test]
fn the_bytes_that_came_can_be_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let bytes = file(&[book("1", "ШКОЛА", "Степь")]);
    let id = run(&catalog, &bytes).records[0];
    assert_eq!(catalog.source(id).unwrap().unwrap().bytes().unwrap(), bytes);
}

#[test]
fn a_changed_record_is_a_new_version_unless_somebody_edited_it_here() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let id = run(&catalog, &file(&[book("1", "ШКОЛА", "Степ")])).records[0];
    let mended = file(&[book("1", "ШКОЛА", "Степь")]);
    assert_eq!(counts(&run(&catalog, &mended)), [0, 1, 0, 0, 0]);

    let stored = catalog.record(id).unwrap();
    let draft = RecordDraft {
        replaces: Some((id, stored.version)),
        owner: stored.owner,
        status: RecordStatus::Draft,
        record: book("1", "ШКОЛА", "Степь : повесть"),
    };
    catalog.save_record(doing(), draft).unwrap();
    let report = run(&catalog, &mended);
    assert_eq!(counts(&report), [0, 0, 0, 1, 0]);
    assert_eq!(
        report.findings.last().unwrap().finding.rule.code(),
        "import-conflict"
    );
    let kept = catalog.record(id).unwrap().record;
    assert_eq!(kept.first("200", 'a'), Some("Степь : повесть"));
}

#[test]
fn one_001_of_two_agencies_is_two_records_and_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    run(&catalog, &file(&[book("1", "ШКОЛА", "Степь")]));
    let report = run(&catalog, &file(&[book("1", "РНБ", "Мцыри")]));
    assert_eq!(counts(&report), [1, 0, 0, 0, 0]);
    assert_eq!(report.by_rule.get("shared-control-number"), Some(&1));
    assert_eq!(catalog.record_count().unwrap(), 2);
}

#[test]
fn what_cannot_be_read_is_kept_byte_for_byte_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let mut bytes = file(&[book("1", "ШКОЛА", "Степь")]);
    let rubbish = b"00042nam0 rubbish without a directory\x1d";
    bytes.extend_from_slice(rubbish);
    bytes.extend(file(&[book("2", "ШКОЛА", "Каштанка")]));
    let report = run(&catalog, &bytes);
    assert_eq!(counts(&report), [2, 0, 0, 0, 1]);
    assert_eq!(fs::read(report.quarantine.unwrap()).unwrap(), rubbish);
}

#[test]
fn a_trial_run_reports_and_saves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let bytes = file(&[book("1", "ШКОЛА", "Степь")]);
    let trial = ImportOrder {
        dry_run: true,
        ..order()
    };
    let report = catalog
        .import(&doing(), &trial, bytes.as_slice(), &mut |_, _| ())
        .unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0, 0]);
    assert_eq!(catalog.head().seq.get(), 0);
}

#[test]
fn a_retried_import_under_the_same_key_is_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let keyed = Doing {
        command_id: Some(uuid::Uuid::from_u128(77)),
        ..doing()
    };
    let bytes = file(&[book("1", "ШКОЛА", "Степь")]);
    for _ in 0..2 {
        let report = catalog
            .import(&keyed, &order(), bytes.as_slice(), &mut |_, _| ())
            .unwrap();
        assert_eq!(report.read, 1);
    }
    assert_eq!(catalog.record_count().unwrap(), 1);
}

#[test]
fn a_library_given_out_and_taken_in_again_stays_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(home.path()).unwrap();
    let native = "#920: PAZK\n#999: 0000000\n#907: ^A20240115\n#700: ^AЛесников^BА. В.\n\
                  #200: ^AТропа к роднику^Eповесть\n#210: ^D2020^AМосква^CЛира\n#215: ^A238\n*****\n";
    assert_eq!(run(&catalog, native.as_bytes()).saved, 1);
    run(&catalog, &file(&[book("RU1", "НТБ", "Лес")]));
    let made = RecordDraft {
        replaces: None,
        owner: "MAIN".parse().unwrap(),
        status: RecordStatus::Draft,
        record: book("", "FOND", "Своя книга"),
    };
    let (id, _) = catalog.save_record(doing(), made).unwrap();
    let stands = catalog.record(id).unwrap();
    let mut edited = std::sync::Arc::unwrap_or_clone(stands.record);
    edited
        .fields
        .push(field("300", Indicators(' ', ' '), &[('a', "Правка")]));
    let draft = RecordDraft {
        replaces: Some((id, stands.version)),
        owner: stands.owner,
        status: RecordStatus::Draft,
        record: edited,
    };
    catalog.save_record(doing(), draft).unwrap();
    let all = catalog.records_after(None, 10).unwrap();
    assert_eq!(all.len(), 3);
    for format in [
        Format::Iso2709,
        Format::MarcXml,
        Format::MarcJson,
        Format::Mrk,
    ] {
        let mut bytes = prologue(format).as_bytes().to_vec();
        for stored in &all {
            bytes.extend(write(&stored.record, format, Charset::Utf8).unwrap());
        }
        bytes.extend(epilogue(format).bytes());
        let report = run(&catalog, &bytes);
        assert_eq!(
            (report.read, report.unchanged),
            (3, 3),
            "{format}: {report:?}"
        );
    }
    // The file it came from is known too.
    assert_eq!(run(&catalog, native.as_bytes()).unchanged, 1);
}
