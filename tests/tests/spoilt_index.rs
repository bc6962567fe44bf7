//! An index whose disk changes it under a running server: it is said, and built anew without a restart.

use std::fs;
use std::io::Write as _;
use std::path::Path;
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

#[test]
fn an_index_that_was_spoilt_under_work_is_said_and_built_anew_without_a_restart() {
    let program = fond();
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let file = home.path().join("books.jsonl");
    let books: Vec<String> = (0..200)
        .map(|n| short_record(&format!("Метель и другие повести, том {n}")).to_string())
        .collect();
    fs::write(&file, books.join("\n")).unwrap();
    let token = prepared(&program, &data);
    let import = ["import", "--format", "marcjson", file.to_str().unwrap()];
    let _ = said(&program, &data, &import, "");
    let server = Server::start(&program, &data);
    let reader = Client::new(&server.address, &token);
    assert_eq!(reader.get(METEL)["total"], 200);
    assert_eq!(reader.get("/health")["index_readable"], true);

    spoil(&data.join("index"), "idx");
    // The question that finds it out, and those after it until the new one stands, are told to come again.
    assert_eq!(reader.status(METEL), 503);
    assert_eq!(reader.status("/health"), 200, "the fund goes on");
    let begun = Instant::now();
    loop {
        let status = reader.status(METEL);
        if status == 200 {
            break;
        }
        assert_eq!(status, 503);
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it is built anew"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(reader.get(METEL)["total"], 200);
    assert_eq!(reader.get("/health")["index_readable"], true);
    server.stop();
    let _ = said(&program, &data, &["verify"], "");
}
