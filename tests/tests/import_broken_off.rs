//! kill -9 in the middle of an import: the next start finishes it, nobody brings the file again.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use catalog::Catalog;
use fond_tests::deeds::prepared;
use fond_tests::intake::numbered;
use fond_tests::program::{Client, Server, said};
use fond_tests::served::fond;

/// So many that a kill falls into the middle of them.
const RECORDS: u64 = 12_000;
/// When so much of the journal is written, the import is under way and far from its end.
const UNDER_WAY: usize = 200_000;
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until it holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Starts `fond import` of so many records, kills it in the middle and removes the file; gives how many were saved.
fn killed_in_the_middle(program: &Path, data: &Path, file: &Path) -> u64 {
    fs::write(file, numbered(1, RECORDS)).unwrap();
    let mut import = Command::new(program)
        .arg("import")
        .arg(file)
        .arg("--data")
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = data.join("journal/0000000001.jnl");
    until("the import gets on", || {
        let written = fs::read(&journal).unwrap_or_default();
        written.iter().skip(UNDER_WAY).any(|byte| *byte != 0)
    });
    import.kill().unwrap();
    let _ = import.wait();
    fs::remove_file(file).unwrap();
    let saved = Catalog::open(data).unwrap().record_count().unwrap();
    assert!(
        0 < saved && saved < RECORDS,
        "killed in the middle: {saved}"
    );
    saved
}

fn sources(data: &Path) -> usize {
    fs::read_dir(data.join("jobs")).map_or(0, Iterator::count)
}

#[test]
fn a_server_finishes_the_import_that_a_kill_broke_off() {
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let token = prepared(&program, &data);
    let file = home.path().join("поставка.mrc");
    let saved = killed_in_the_middle(&program, &data, &file);
    let server = Server::start(&program, &data);
    let client = Client::new(&server.address, &token);
    until("all records come", || {
        client.get("/health")["records"] == RECORDS
    });
    until("nothing is kept of the file", || sources(&data) == 0);
    server.stop();
    let verified = said(&program, &data, &["verify"], "");
    assert!(verified.contains("сходятся"), "{verified}");
    let catalog = Catalog::open(&data).unwrap();
    assert_eq!(
        catalog.record_count().unwrap(),
        RECORDS,
        "{saved} came first"
    );
}

#[test]
fn a_server_finishes_the_upload_that_its_own_kill_broke_off() {
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let token = prepared(&program, &data);
    let server = Server::start(&program, &data);
    let client = Client::new(&server.address, &token);
    let head =
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mrc\"\r\n\r\n";
    let body = [head.as_bytes(), &numbered(1, RECORDS), b"\r\n--edge--\r\n"].concat();
    let (status, _) = client.send("/staff/import", "multipart/form-data; boundary=edge", &body);
    assert_eq!(status, 200, "the page of the load is shown");
    server.kill();
    let saved = Catalog::open(&data).unwrap().record_count().unwrap();
    assert!(saved < RECORDS, "killed before the end");
    let server = Server::start(&program, &data);
    let client = Client::new(&server.address, &token);
    until("all records come", || {
        client.get("/health")["records"] == RECORDS
    });
    until("nothing is kept of the file", || sources(&data) == 0);
    server.kill();
    assert!(
        Catalog::open(&data)
            .unwrap()
            .interrupted()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn the_next_import_finishes_the_one_before_it() {
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let _ = prepared(&program, &data);
    let file = home.path().join("поставка.mrc");
    let _ = killed_in_the_middle(&program, &data, &file);
    fs::write(&file, numbered(RECORDS + 1, 3)).unwrap();
    let printed = said(&program, &data, &["import", file.to_str().unwrap()], "");
    assert!(printed.contains("сохранено 3"), "{printed}");
    assert_eq!(sources(&data), 0);
    let catalog = Catalog::open(&data).unwrap();
    assert_eq!(catalog.record_count().unwrap(), RECORDS + 3);
}
