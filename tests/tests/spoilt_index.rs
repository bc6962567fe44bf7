//! An index that its disk has changed, under a running server or before its start: it is said, and built anew by itself.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fond_tests::deeds::prepared;
use fond_tests::program::{Client, Server, said};
use fond_tests::served::{fond, short_record};

/// «метель»
const METEL: &str = "/api/v1/search?q=%D0%BC%D0%B5%D1%82%D0%B5%D0%BB%D1%8C";

/// Writes over all but the end of the files of this kind, in their place.
fn spoil(index: &Path, kind: &str) {
    let mut spoilt = 0;
    for file in fs::read_dir(index).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|e| e == kind) {
            let length = fs::metadata(&path).unwrap().len() as usize;
            let mut file = fs::File::options().write(true).open(&path).unwrap();
            file.write_all(&vec![0xff; length.saturating_sub(120)])
                .unwrap();
            spoilt += 1;
        }
    }
    assert!(spoilt > 0, "there is a .{kind}");
}

/// A library of two hundred books of «Метель», and a key to it.
fn blizzards(program: &Path, home: &Path) -> (PathBuf, String) {
    let (data, file) = (home.join("data"), home.join("books.jsonl"));
    let books: Vec<String> = (0..200)
        .map(|n| short_record(&format!("Метель и другие повести, том {n}")).to_string())
        .collect();
    fs::write(&file, books.join("\n")).unwrap();
    let token = prepared(program, &data);
    let import = ["import", "--format", "marcjson", file.to_str().unwrap()];
    let _ = said(program, &data, &import, "");
    (data, token)
}

/// Waits until this holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_index_that_was_spoilt_under_work_is_said_and_built_anew_without_a_restart() {
    let (program, home) = (fond(), tempfile::tempdir().unwrap());
    let (data, token) = blizzards(&program, home.path());
    let server = Server::start(&program, &data);
    let reader = Client::new(&server.address, &token);
    assert_eq!(reader.get(METEL)["total"], 200);
    assert_eq!(reader.get("/health")["index_readable"], true);

    spoil(&data.join("index"), "idx");
    // The question that finds it out, and those after it until the new one stands, are told to come again.
    assert_eq!(reader.status(METEL), 503);
    assert_eq!(reader.status("/health"), 200, "the fund goes on");
    until("it is built anew", || {
        let status = reader.status(METEL);
        assert!([200, 503].contains(&status), "{status}");
        status == 200
    });
    assert_eq!(reader.get(METEL)["total"], 200);
    assert_eq!(reader.get("/health")["index_readable"], true);
    server.stop();
    let _ = said(&program, &data, &["verify"], "");
}

/// Flips a bit that only weighs records, in the files of an index; these are they.
fn flip(index: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(index).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let weights: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "fieldnorm"))
        .collect();
    for path in &weights {
        let mut bytes = fs::read(path).unwrap();
        bytes[10] ^= 1;
        fs::write(path, bytes).unwrap();
    }
    weights
}

#[test]
fn a_flipped_bit_that_breaks_nothing_off_is_found_soon_after_the_start() {
    let (program, home) = (fond(), tempfile::tempdir().unwrap());
    let (data, token) = blizzards(&program, home.path());
    Server::start(&program, &data).stop();
    let flipped = flip(&data.join("index"));
    assert!(!flipped.is_empty());
    let server = Server::start(&program, &data);
    until("other files take their place", || {
        flipped.iter().all(|file| !file.exists())
    });
    let reader = Client::new(&server.address, &token);
    until("the search answers", || reader.asked(METEL).0 == 200);
    assert_eq!(reader.get(METEL)["total"], 200);
    server.stop();
    let _ = said(&program, &data, &["verify"], "");
}
