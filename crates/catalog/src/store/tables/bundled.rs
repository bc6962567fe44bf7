//! Claims about rows that stand together: they read as rows one by one do.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::bundle::APART;
use super::{SledTables, Writes};
use crate::fund::number::InventoryNumber;
use crate::fund::tables::{Entries, ItemNumbers, Items, RecordItems};
use crate::id::{ActId, ItemId, LibraryId, RecordId, Seq};
use crate::store::journal::Position;
use crate::table::{MemoryTables, Table as _, Tables as _, View, key_bytes};

fn at(seq: u64) -> Position {
    Position {
        seq: Seq::new(seq),
        hash: [1; 32],
    }
}

fn key(table: usize, n: u64) -> (u8, Vec<u8>) {
    let library: LibraryId = "MAIN".parse().unwrap();
    let suffix = ["", "а", "бв"][(n % 3) as usize];
    let number: InventoryNumber = format!("У-{}{suffix}", n / 3 + 1).parse().unwrap();
    let (item, record) = (ItemId::new(n), RecordId::new(n / 5));
    match table {
        0 => (Items::ID, key_bytes(&item)),
        1 => (RecordItems::ID, key_bytes(&(record, item))),
        2 => (Entries::ID, key_bytes(&(ActId::new(n / 90), n % 90))),
        3 => (ItemNumbers::ID, key_bytes(&(library.clone(), number))),
        _ => (7, n.to_be_bytes().to_vec()),
    }
}

fn read(view: &dyn View, table: u8, prefix: &[u8], from: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    let mut visit = |key: &[u8], row: &[u8]| {
        rows.push((key.to_vec(), row.to_vec()));
        ControlFlow::Continue(())
    };
    view.each_row(table, prefix, from, &mut visit).unwrap();
    rows
}

#[test]
fn rows_in_bundles_read_as_rows_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let tables = SledTables::open(folder.path(), 1 << 20, Arc::default()).unwrap();
    let mut memory = MemoryTables::default();
    let mut state = 7u64;
    let mut below = |most: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % most
    };
    for seq in 1..=120 {
        let mut batch = Writes::new();
        for _ in 0..below(40) {
            let place = key(below(5) as usize, below(300));
            let length = [3, 40, 900, APART, APART + 1, 70_000][below(6) as usize];
            let fill = below(256) as u8;
            let row = (below(4) > 0).then(|| vec![fill; length]);
            memory.set_row_bytes(place.0, place.1.clone(), row.clone());
            batch.insert(place, row);
        }
        tables.commit(&batch, at(seq)).unwrap();
        if seq % 20 == 0 {
            assert_eq!(
                tables.scan_all().unwrap(),
                (tables.watermark(), tables.watermark())
            );
        }
    }
    for table in 0..5 {
        for n in 0..300 {
            let (id, key) = key(table, n);
            assert_eq!(
                tables.row_bytes(id, &key).unwrap(),
                memory.row_bytes(id, &key).unwrap()
            );
            for (prefix, from) in [
                (0, key.len()),
                (key.len().min(8), key.len().min(8)),
                (key.len().min(8), key.len()),
                (key.len(), key.len()),
            ] {
                let (prefix, from) = (&key[..prefix], &key[..from]);
                let ours = read(&tables, id, prefix, from);
                assert_eq!(ours, read(&memory, id, prefix, from));
            }
        }
    }
    drop(tables);
    let tables = SledTables::open(folder.path(), 1 << 20, Arc::default()).unwrap();
    assert_eq!(
        tables.scan_all().unwrap(),
        (tables.watermark(), tables.watermark())
    );
}

/// The longest value of a table as it stands in the store; chunks of rows that stand apart are not among them.
fn longest(tables: &SledTables, table: u8) -> usize {
    let values = tables.db.scan_prefix([table]).map(|found| found.unwrap().1);
    values.map(|value| value.len()).max().unwrap_or(0)
}

/// Bytes that cannot be packed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

#[test]
fn a_bundle_of_long_rows_stays_short_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let tables = SledTables::open(folder.path(), 1 << 20, Arc::default()).unwrap();
    let mut memory = MemoryTables::default();
    // Each row may stand in a bundle; together the sixteen of one would take sixty-four kilobytes.
    let mut seq = 0;
    let mut write = |rows: Vec<(u64, Option<usize>)>| {
        seq += 1;
        let rows = rows.into_iter().map(|(n, length)| {
            let place = (Items::ID, key_bytes(&ItemId::new(n)));
            let row = length.map(|length| noise(n + 1000 * seq, length));
            memory.set_row_bytes(place.0, place.1.clone(), row.clone());
            (place, row)
        });
        tables.commit(&rows.collect(), at(seq)).unwrap();
        assert!(longest(&tables, Items::ID) < 8_400, "{seq}");
        let (kept, seen) = tables.scan_all().unwrap();
        assert_eq!(kept, seen);
        let ours = read(&tables, Items::ID, &[], &[]);
        assert_eq!(ours, read(&memory, Items::ID, &[], &[]));
    };
    write((0..40).map(|n| (n, Some(APART))).collect());
    // One row after another, too, and rows that were long become short again.
    for n in 0..40 {
        write(vec![(n, (n % 3 > 0).then_some(APART - n as usize))]);
    }
    write((0..40).map(|n| (n, Some(5))).collect());
    write((0..40).map(|n| (n, (n % 2 > 0).then_some(900))).collect());
    write((0..40).map(|n| (n, None)).collect());
}

#[test]
fn numbers_that_differ_in_what_follows_them_alone_make_no_long_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let tables = SledTables::open(folder.path(), 1 << 20, Arc::default()).unwrap();
    let mut memory = MemoryTables::default();
    let library: LibraryId = "MAIN".parse().unwrap();
    let key = |number: &str| {
        let number: InventoryNumber = number.parse().unwrap();
        key_bytes(&(library.clone(), number))
    };
    // Many libraries number so: the year, and then the book.
    let mut numbers: Vec<String> = (1..3000).map(|n| format!("2015/{n}")).collect();
    numbers.extend((1990..2100).map(|n| n.to_string()));
    numbers.extend(["2014а", "2016/1", "У-2015", "У-2015/3"].map(String::from));
    for (seq, part) in (1..).zip(numbers.chunks(700)) {
        let rows = (0..).zip(part).map(|(n, number)| {
            let row = Some(noise(n + 1000 * seq, 5));
            memory.set_row_bytes(ItemNumbers::ID, key(number), row.clone());
            ((ItemNumbers::ID, key(number)), row)
        });
        tables.commit(&rows.collect(), at(seq)).unwrap();
    }
    assert!(longest(&tables, ItemNumbers::ID) < 8_400);
    // They come in the order of their keys all the same, from wherever one begins.
    let main = key_bytes(&library);
    let all = read(&memory, ItemNumbers::ID, &[], &[]);
    assert_eq!(all.len(), numbers.len());
    assert_eq!(read(&tables, ItemNumbers::ID, &[], &[]), all);
    for from in [
        "2015/2998",
        "2015/7",
        "2015",
        "2014а",
        "2013",
        "2099",
        "У-1",
    ] {
        let (from, ours) = (key(from), &tables);
        for prefix in [&[][..], &main, &from[..from.len() - 1]] {
            assert_eq!(
                read(ours, ItemNumbers::ID, prefix, &from),
                read(&memory, ItemNumbers::ID, prefix, &from)
            );
        }
    }
    assert_eq!(tables.scan_all().unwrap().0, tables.scan_all().unwrap().1);
}
