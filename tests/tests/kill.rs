//! kill -9 at random moments: nothing that was acknowledged is missing, and the folder verifies clean.
//!
//! The child is this same test binary: it saves records with several threads and prints a line for
//! each one that was acknowledged. The parent kills it, opens the folder and compares.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use catalog::id::{LibraryId, RecordId};
use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield};
use catalog::{Catalog, Doing, RecordDraft, RecordStatus};
use jiff::Timestamp;

const ROUNDS: u64 = 50;
const WRITERS: u64 = 4;
const FOLDER: &str = "FOND_KILL_FOLDER";
const ROUND: &str = "FOND_KILL_ROUND";

fn draft(title: &str) -> RecordDraft {
    let mut record = BiblioRecord::new(Leader::NEW_BOOK);
    let title = vec![Subfield::new('a', title)];
    record.fields.push(Field::data(
        "200".parse().unwrap(),
        Indicators('1', ' '),
        title,
    ));
    let owner: LibraryId = "MAIN".parse().unwrap();
    RecordDraft {
        replaces: None,
        owner,
        status: RecordStatus::Draft,
        record,
    }
}

fn doing() -> Doing {
    Doing::now(
        "тест".parse().unwrap(),
        Timestamp::from_second(1_760_000_000).unwrap(),
    )
}

/// Not a test of its own: does nothing unless the parent asks for it.
#[test]
fn child_writes_until_it_is_killed() {
    let (Ok(folder), Ok(round)) = (std::env::var(FOLDER), std::env::var(ROUND)) else {
        return;
    };
    let catalog = Catalog::open(Path::new(&folder)).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (catalog, round) = (&catalog, &round);
            scope.spawn(move || {
                for n in 0_u64.. {
                    let title = format!("{round}/{writer}/{n}");
                    let (id, _) = catalog.save_record(doing(), draft(&title)).unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "done {id} {title}").unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

/// Runs a child, kills it some milliseconds after its first acknowledgement, returns what it acknowledged.
fn killed_child(folder: &Path, round: u64, delay: Duration) -> Vec<(RecordId, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "child_writes_until_it_is_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (first, started) = channel();
    let reading = std::thread::spawn(move || {
        let mut acknowledged = Vec::new();
        for line in lines.map_while(Result::ok) {
            let Some(rest) = line.split("done ").nth(1) else {
                continue;
            };
            let Some((id, title)) = rest.split_once(' ') else {
                continue;
            };
            acknowledged.push((id.parse().unwrap(), title.to_owned()));
            let _first = first.send(());
        }
        acknowledged
    });
    started
        .recv_timeout(Duration::from_secs(60))
        .expect("the child acknowledged nothing");
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap()
}

#[test]
fn nothing_acknowledged_is_missing_after_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        // A spread of moments from the middle of the first batch to a long run; same in every run.
        let delay = Duration::from_micros(round * round * 37 % 60_000);
        acknowledged.extend(killed_child(folder.path(), round, delay));
        let catalog = Catalog::open(folder.path()).unwrap();
        for (id, title) in &acknowledged {
            let record = catalog
                .record(*id)
                .unwrap_or_else(|e| panic!("round {round}, {title}: {e}"));
            assert_eq!(
                record.record.first("200", 'a'),
                Some(title.as_str()),
                "round {round}"
            );
        }
        let full = round % 10 == 9;
        let report = catalog.verify(full, &mut |_, _| ()).unwrap();
        assert!(report.ok, "round {round}: {:?}", report.problems);
    }
    assert!(
        acknowledged.len() as u64 >= ROUNDS,
        "too few writes to prove anything"
    );
}

#[test]
fn entries_of_one_batch_asked_for_in_any_order_of_time_replay_to_the_same_tables() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8_i64 {
            let catalog = &catalog;
            scope.spawn(move || {
                for n in 0..40_i64 {
                    // Each writer's clock is behind that of the one before, and runs backwards.
                    let back = jiff::SignedDuration::from_millis(writer * 50 + n);
                    let doing = doing();
                    let doing = Doing {
                        at: doing.at.checked_sub(back).unwrap(),
                        ..doing
                    };
                    let title = format!("{writer}/{n}");
                    catalog.save_record(doing, draft(&title)).unwrap();
                }
            });
        }
    });
    let report = catalog.verify(true, &mut |_, _| ()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
}
