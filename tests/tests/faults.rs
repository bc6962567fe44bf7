//! What a machine does to a library: a full disk, a disk that fails, a clock that jumps back, a second
//! program on the folder, a caller that hangs up.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use catalog::Catalog;
use catalog::id::Seq;
use fond_tests::deeds::{deed, holds, posted, prepared, record};
use fond_tests::program::{Client, Deed, Server, said};
use fond_tests::served::{fond, short_record};
use fond_tests::shim::Shim;
use fond_tests::small_disk::{SmallDisk, fill};
use serde_json::Value;

fn run(program: &Path, data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command
        .args(words)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap()
}

#[test]
fn a_copy_that_cannot_be_tried_for_want_of_room_is_not_called_bad() {
    let home = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mounted(&home.path().join("disk")) else {
        return;
    };
    let (program, data) = (fond(), disk.0.join("data"));
    let _ = said(
        &program,
        &data,
        &["library", "add", "S1", "--name", "Школа"],
        "",
    );
    // The library goes on with what is left; a second one beside it finds no room.
    let filler = disk.0.join("filler");
    fill(&filler);
    let size = fs::metadata(&filler).unwrap().len();
    let filler = fs::File::options().write(true).open(&filler).unwrap();
    filler.set_len(size - (6 << 20)).unwrap();
    let file = home.path().join("copy.backup");
    let tried = run(
        &program,
        &data,
        &["backup", "--prove", file.to_str().unwrap()],
    );
    let said_why = String::from_utf8_lossy(&tried.stderr).into_owned();
    assert_eq!(tried.status.code(), Some(1), "{said_why}");
    assert!(said_why.contains("для пробы нужно"), "{said_why}");
    assert!(!said_why.contains("не годится"), "{said_why}");
    assert!(file.exists(), "the copy itself is made");
}

#[test]
fn a_full_disk_refuses_before_it_writes_and_work_goes_on_when_there_is_room() {
    let home = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mounted(&home.path().join("disk")) else {
        return;
    };
    let (program, data, filler) = (fond(), disk.0.join("data"), disk.0.join("filler"));
    let token = prepared(&program, &data);
    let server = Server::start(&program, &data);
    let client = Client::new(&server.address, &token);
    (0..20).for_each(|n| assert_eq!(posted(&client, &record(n)).0, 201));
    fill(&filler);
    let refused = "/problems/no-space".to_owned();
    for n in 20..60 {
        assert_eq!(posted(&client, &record(n)), (503, refused.clone()));
    }
    holds(&client, 20);
    assert_eq!(client.get("/api/v1/search?q=повесть")["total"], 20);
    // The neighbour takes what the reserve gave up; it is the same for us.
    fill(&filler);
    assert_eq!(posted(&client, &record(20)), (503, refused));
    fs::remove_file(&filler).unwrap();
    for n in 20..40 {
        assert_eq!(posted(&client, &record(n)).0, 201, "without a restart");
    }
    server.kill();
    let verified = said(&program, &data, &["verify"], "");
    assert!(verified.contains("сходятся"), "{verified}");
    // A start on a full disk says what to do, and the next one is as if it had not been.
    fs::remove_file(data.join("reserve")).unwrap();
    fill(&filler);
    let started = run(&program, &data, &["verify", "--quick"]);
    let said_why = String::from_utf8_lossy(&started.stderr).into_owned();
    assert_eq!(started.status.code(), Some(3), "{said_why}");
    assert!(said_why.contains("кончилось место"), "{said_why}");
    fs::remove_file(&filler).unwrap();
    let server = Server::start(&program, &data);
    let client = Client::new(&server.address, &token);
    holds(&client, 40);
    assert_eq!(posted(&client, &record(99)).0, 201);
}

#[test]
fn a_disk_that_fills_under_a_write_refuses_it_whole_and_takes_the_next_when_there_is_room() {
    let Some(shim) = Shim::built() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let home = fs::canonicalize(home.path()).unwrap();
    let (program, data, full) = (fond(), home.join("data"), home.join("full"));
    let token = prepared(&program, &data);
    let journal = data.join("journal");
    let command = shim.command(&program, &journal, &[("SHIM_FULL", &full)]);
    let server = Server::launched(command, &data);
    let client = Client::new(&server.address, &token);
    fs::write(&full, "").unwrap();
    // What stands is filled ahead by a megabyte; then the journal must grow.
    let taken = (0..2000).find(|n| posted(&client, &record(*n)).0 != 201);
    let taken = taken.expect("the journal never grew");
    let refused = "/problems/no-space".to_owned();
    assert_eq!(posted(&client, &record(taken)), (503, refused));
    holds(&client, taken);
    fs::remove_file(&full).unwrap();
    assert_eq!(posted(&client, &record(taken)).0, 201, "without a restart");
    server.kill();
    let verified = said(&program, &data, &["verify"], "");
    assert!(verified.contains("сходятся"), "{verified}");
}

#[test]
fn a_disk_that_fails_a_sync_stops_writing_and_the_outcome_is_called_unknown() {
    fails_while_writing("SHIM_SICK");
}

#[test]
fn a_disk_that_fails_in_the_middle_of_a_write_stops_writing_and_the_outcome_is_called_unknown() {
    fails_while_writing("SHIM_TORN");
}

fn fails_while_writing(how: &str) {
    let Some(shim) = Shim::built() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let home = fs::canonicalize(home.path()).unwrap();
    let (program, data, fails) = (fond(), home.join("data"), home.join("fails"));
    let token = prepared(&program, &data);
    let journal = data.join("journal");
    let command = shim.command(&program, &journal, &[(how, &fails)]);
    let server = Server::launched(command, &data);
    let client = Client::new(&server.address, &token);
    assert_eq!(posted(&client, &record(1)).0, 201);
    fs::write(&fails, "").unwrap();
    let unknown = "/problems/outcome-unknown".to_owned();
    assert_eq!(posted(&client, &record(2)), (500, unknown));
    fs::remove_file(&fails).unwrap();
    // What failed once is never tried again.
    assert_eq!(
        posted(&client, &record(3)),
        (503, "/problems/unavailable".into())
    );
    holds(&client, 1);
    server.kill();
    let server = Server::start(&program, &data);
    let client = Client::new(&server.address, &token);
    (1..=3).for_each(|n| assert_eq!(posted(&client, &record(n)).0, 201));
    holds(&client, 3);
    drop(server);
    let verified = said(&program, &data, &["verify"], "");
    assert!(verified.contains("сходятся"), "{verified}");
}

#[test]
fn a_clock_that_jumps_back_turns_no_entry_back_and_ends_no_work() {
    let Some(shim) = Shim::built() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let home = fs::canonicalize(home.path()).unwrap();
    let (program, data, clock) = (fond(), home.join("data"), home.join("clock"));
    let token = prepared(&program, &data);
    fs::write(&clock, "0").unwrap();
    let server = Server::launched(
        shim.command(&program, &data, &[("SHIM_CLOCK", &clock)]),
        &data,
    );
    let client = Client::new(&server.address, &token);
    for (n, seconds) in [
        (1, "0"),
        (2, "-3600"),
        (3, "-4000000"),
        (4, "86400"),
        (5, "-60"),
    ] {
        fs::write(&clock, seconds).unwrap();
        let made = client.post(&record(n).path, record(n).body);
        let receipt = deed(1, 1, n * 3 + 1, Some(&made["id"].to_string()));
        assert_eq!(posted(&client, &receipt).0, 201, "{seconds}");
    }
    let books = client.get("/api/v1/books?year=2026");
    assert_eq!(books["ksu_part1"].as_array().unwrap().len(), 5);
    server.stop();
    let catalog = Catalog::open(&data).unwrap();
    let times: Vec<_> = catalog.changes_since(Seq::default(), 1000).unwrap();
    assert!(times.windows(2).all(|pair| pair[0].at < pair[1].at));
    // The day that the clock was ahead stands in the journal, and nothing after it is earlier.
    let report = catalog.verify(true, &mut |_, _| ()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

/// Adds these schools by commands that all come at once; how many schools are listed then.
fn schools_added_at_once(program: &Path, data: &Path, numbers: Range<u32>) -> usize {
    std::thread::scope(|scope| {
        for n in numbers {
            scope.spawn(move || {
                let (code, name) = (format!("S{n}"), format!("Школа {n}"));
                let words = ["library", "add", &code, "--name", &name];
                let _ = said(program, data, &words, "");
            });
        }
    });
    let listed = said(program, data, &["library", "list"], "");
    listed.lines().filter(|line| line.contains("Школа")).count()
}

#[test]
fn a_folder_in_use_belongs_to_its_owner() {
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let _ = prepared(&program, &data);
    let file = home.path().join("a.backup");
    let file = file.to_str().unwrap();
    let server = Server::start(&program, &data);
    let pid = format!("pid {}", server.pid());
    let _ = said(&program, &data, &["backup", file], "");
    for words in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["demo", "--listen", "127.0.0.1:0"],
        &["reindex"],
        &["restore", file],
    ] {
        let refused = run(&program, &data, words);
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(3), "{words:?}: {why}");
        assert!(why.contains(&pid), "{words:?}: {why}");
    }
    assert_eq!(schools_added_at_once(&program, &data, 0..4), 5);
    let verified = said(&program, &data, &["verify", "--quick"], "");
    assert!(verified.contains("сходятся"), "{verified}");
    drop(server);
    // Without a server, commands that come at once wait for each other.
    assert_eq!(schools_added_at_once(&program, &data, 4..7), 8);
}

#[test]
fn a_change_longer_than_an_entry_may_be_is_refused_and_harms_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let token = prepared(&program, &data);
    let server = Server::start(&program, &data);
    let client = Client::new(&server.address, &token);
    let long = Deed {
        body: short_record(&"длинное заглавие ".repeat(200_000)),
        ..record(1)
    };
    // It may be refused while it is still being sent: then the caller sees a broken connection.
    if let Some((status, answer)) = client.done(&long) {
        assert_eq!(status, 413, "{answer}");
    }
    holds(&client, 0);
    assert_eq!(posted(&client, &record(2)).0, 201);
    server.kill();
    let verified = said(&program, &data, &["verify"], "");
    assert!(verified.contains("сходятся"), "{verified}");
}

/// Sends so much of the request and hangs up without reading.
fn hang_up(address: &str, token: &str, deed: &Deed, share: usize, wait: Duration) {
    let body = deed.body.to_string();
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Idempotency-Key: {}\r\nContent-Length: {}\r\n\r\n{body}",
        deed.path,
        token.trim(),
        deed.key,
        body.len()
    );
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    let bytes = request.as_bytes();
    stream.write_all(&bytes[..bytes.len() * share / 4]).unwrap();
    std::thread::sleep(wait);
}

#[test]
fn a_caller_that_hangs_up_and_repeats_does_it_once() {
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let token = prepared(&program, &data);
    let mut server = Server::start(&program, &data);
    for n in 0..24_u64 {
        let wait = Duration::from_micros(n % 6 * 700);
        let share = if n % 3 == 0 { 3 } else { 4 };
        hang_up(&server.address, &token, &record(n), share, wait);
        if n % 8 == 7 {
            // The first answer is not in memory any more; the journal knows the key.
            server.kill();
            server = Server::start(&program, &data);
        }
        let client = Client::new(&server.address, &token);
        let begun = Instant::now();
        let answer = loop {
            let answer = client.done(&record(n));
            let (status, answer) = answer.unwrap();
            // The first one is still at work.
            if status != 409 && status != 503 {
                assert_eq!(status, 201, "{answer}");
                break answer;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{answer}");
        };
        let other = Deed {
            key: record(n).key,
            ..record(n + 1000)
        };
        let reused = client.done(&other).unwrap();
        assert_eq!(reused.0, 422, "{}", reused.1);
        assert!(answer["id"] != Value::Null);
        holds(&client, n + 1);
    }
}
