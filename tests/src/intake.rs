//! A library that takes files in, through the door of the catalogue.

use std::io::Read;
use std::path::Path;

use catalog::fund::draft::{FundCommand, Order};
use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::id::LibraryId;
use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::write::write;
use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield};
use catalog::{Catalog, Doing, ImportOrder, ImportReport};
use jiff::Timestamp;

/// Who does it, and when: always the same.
///
/// # Panics
/// Never: the name is a good one.
#[must_use]
pub fn doing() -> Doing {
    Doing::now(
        "иванова".parse().unwrap(),
        Timestamp::from_second(1_760_000_000).unwrap(),
    )
}

/// An empty catalogue with these schools beside one another.
///
/// # Panics
/// When the folder cannot hold it.
#[must_use]
pub fn library(folder: &Path, codes: &[&str]) -> Catalog {
    let catalog = Catalog::open(folder).unwrap();
    for code in codes {
        let id: LibraryId = code.parse().unwrap();
        let node = LibraryNode {
            id: id.clone(),
            name: format!("Школа {code}"),
            parent: None,
            kind: NodeKind::School,
        };
        let order = Order::AddLibrary(node);
        let command = FundCommand { event: None, order };
        catalog.fund(doing(), &id, command).unwrap();
    }
    catalog
}

/// A file of so many records in ISO 2709, each under its own number from this one on.
///
/// # Panics
/// Never: each can be written.
#[must_use]
pub fn numbered(first: u64, count: u64) -> Vec<u8> {
    let record = |n: u64| {
        let mut record = BiblioRecord::new(Leader::NEW_BOOK);
        let title = vec![Subfield::new('a', format!("Повесть о доме № {n}"))];
        let (tag, marks) = ("200".parse().unwrap(), Indicators('1', ' '));
        record.fields = vec![
            Field::control("001".parse().unwrap(), n.to_string()),
            Field::data(tag, marks, title),
        ];
        write(&record, Format::Iso2709, Charset::Utf8).unwrap()
    };
    (first..first + count).flat_map(record).collect()
}

/// Takes a file in for a school.
///
/// # Panics
/// When the file or the disk fails.
pub fn import(catalog: &Catalog, code: &str, file: &str, stream: impl Read) -> ImportReport {
    let order = ImportOrder {
        file: file.into(),
        library: code.parse().unwrap(),
        format: None,
        dry_run: false,
    };
    catalog
        .import(&doing(), &order, stream, &mut |_, _| ())
        .unwrap()
}
