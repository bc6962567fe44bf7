//! A library that takes files in, through the door of the catalogue.

use std::io::Read;
use std::path::Path;

use catalog::fund::draft::{FundCommand, Order};
use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::id::LibraryId;
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
