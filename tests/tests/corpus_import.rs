//! Real files come in: records of the big libraries, and a university base with its copies.

use std::fs;
use std::path::Path;

use catalog::fund::draft::{FundCommand, Order};
use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::id::LibraryId;
use catalog::{Catalog, Doing, ImportOrder, ImportReport};
use fond_tests::corpus;
use jiff::Timestamp;

fn doing() -> Doing {
    Doing::now(
        "иванова".parse().unwrap(),
        Timestamp::from_second(1_760_000_000).unwrap(),
    )
}

fn main_library() -> LibraryId {
    "MAIN".parse().unwrap()
}

fn library(folder: &Path) -> Catalog {
    let catalog = Catalog::open(folder).unwrap();
    let node = LibraryNode {
        id: main_library(),
        name: "Библиотека".into(),
        parent: None,
        kind: NodeKind::School,
    };
    let order = Order::AddLibrary(node);
    catalog
        .fund(doing(), &main_library(), FundCommand { event: None, order })
        .unwrap();
    catalog
}

fn import(catalog: &Catalog, path: &Path) -> ImportReport {
    let file = path.file_name().unwrap().to_string_lossy().into_owned();
    let order = ImportOrder {
        file,
        library: main_library(),
        format: None,
        dry_run: false,
    };
    let stream = fs::File::open(path).unwrap();
    catalog
        .import(&doing(), &order, stream, &mut |_, _| ())
        .unwrap()
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
