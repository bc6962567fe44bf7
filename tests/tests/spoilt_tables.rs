//! Tables that the disk has spoilt under a running server: what reads them says so, `/health` names it, and the next
//! start builds them anew.

use std::fs;
use std::path::{Path, PathBuf};

use fond_tests::deeds::prepared;
use fond_tests::program::{Client, Server, said};
use fond_tests::served::{fond, short_record};

const BOOKS: u64 = 600;

/// A stopped library of many books, and a key to it.
fn shelves(program: &Path, home: &Path) -> (PathBuf, String) {
    let (data, file) = (home.join("data"), home.join("books.jsonl"));
    let note = |n: u64| format!("Повесть {n} о {}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let books = (0..BOOKS).map(|n| short_record(&note(n)).to_string());
    fs::write(&file, books.collect::<Vec<_>>().join("\n")).unwrap();
    let token = prepared(program, &data);
    let import = ["import", "--format", "marcjson", file.to_str().unwrap()];
    let _ = said(program, &data, &import, "");
    (data, token)
}

/// The file of the tables.
fn tables(data: &Path) -> PathBuf {
    let mut generations = fs::read_dir(data.join("state")).unwrap();
    let found = generations.find_map(|entry| {
        let file = entry.unwrap().path().join("db");
        file.exists().then_some(file)
    });
    found.unwrap()
}

/// How many books cannot be read.
fn unread(reader: &Client) -> usize {
    let all = 1..=BOOKS;
    let status = |id: u64| reader.status(&format!("/api/v1/records/{id}"));
    all.filter(|id| status(*id) != 200).count()
}

#[test]
fn tables_that_cannot_be_read_are_said_and_built_anew_by_the_next_start() {
    let (program, home) = (fond(), tempfile::tempdir().unwrap());
    let (data, token) = shelves(&program, home.path());
    let server = Server::start(&program, &data);
    let reader = Client::new(&server.address, &token);
    assert_eq!(reader.status("/health"), 200);
    let spoilt = fs::File::options().write(true).open(tables(&data)).unwrap();
    let length = spoilt.metadata().unwrap().len();
    // All of it becomes zeros.
    spoilt.set_len(0).unwrap();
    spoilt.set_len(length).unwrap();
    assert!(unread(&reader) > 0, "every book is read from memory");
    let (status, told) = reader.asked("/health");
    assert_eq!(status, 503, "{told}");
    assert!(told.to_string().contains("Таблицы"), "{told}");
    server.kill();

    let server = Server::start(&program, &data);
    let reader = Client::new(&server.address, &token);
    assert_eq!(unread(&reader), 0, "after the next start");
    assert_eq!(reader.status("/health"), 200);
    server.stop();
    let _ = said(&program, &data, &["verify"], "");
}
