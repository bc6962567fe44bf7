//! A database that is slow, silent or cut off: nobody waits without end, nobody is told «done» in vain, and the
//! program goes on by itself when it answers again.
//!
//! `FOND_SILENCE` asks for a longer silence than that of an ordinary run, in seconds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use catalog::{Catalog, Error};
use fond_tests::Postgres;
use fond_tests::deeds::{deed, prepared_at};
use fond_tests::intake::import;
use fond_tests::program::{Client, Server};
use fond_tests::served::{fond, short_record};
use fond_tests::shared::{open, soon, sound, write_once};
use fond_tests::strait::{Strait, Weather};
use uuid::Uuid;

/// Who writes is answered within this, whatever happens.
const ANSWERED: Duration = Duration::from_secs(85);

fn write(catalog: &Catalog, n: u128) -> Result<(), Error> {
    let begun = Instant::now();
    let done = write_once(catalog, &format!("u{n}"), Uuid::from_u128(n));
    assert!(begun.elapsed() < ANSWERED, "{:?}", begun.elapsed());
    done
}

fn silence() -> Duration {
    let asked = std::env::var("FOND_SILENCE").ok();
    let asked = asked.and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(asked.unwrap_or(20))
}

#[test]
fn a_commit_whose_answer_is_lost_is_found_to_be_done() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let _ = postgres.database("answer");
    let strait = Strait::open(&postgres.socket());
    let home = tempfile::tempdir().unwrap();
    let catalog = open(home.path(), &strait.address("answer"));
    write(&catalog, 1).unwrap();
    strait.turn(Weather::LoseAnswer);
    write(&catalog, 2).unwrap();
    assert_eq!(strait.weather(), Weather::Fair, "it was lost");
    write(&catalog, 2).unwrap();
    assert_eq!(catalog.head().seq.get(), 2);
    sound(&catalog);
}

#[test]
fn a_commit_that_never_arrives_is_not_called_done() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let _ = postgres.database("commit");
    let strait = Strait::open(&postgres.socket());
    let home = tempfile::tempdir().unwrap();
    let catalog = open(home.path(), &strait.address("commit"));
    strait.turn(Weather::LoseCommit);
    let told = write(&catalog, 1);
    assert!(matches!(told, Err(Error::Unavailable(_))), "{told:?}");
    assert_eq!(strait.weather(), Weather::Fair, "it was lost");
    assert_eq!(catalog.users().unwrap().len(), 0);
    write(&catalog, 1).unwrap();
    assert_eq!(catalog.head().seq.get(), 1);
}

#[test]
fn a_slow_or_cut_way_loses_nothing_and_does_nothing_twice() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let _ = postgres.database("slow");
    let strait = Strait::open(&postgres.socket());
    let home = tempfile::tempdir().unwrap();
    let catalog = open(home.path(), &strait.address("slow"));
    let weathers = [
        Weather::Slow(40),
        Weather::Cut,
        Weather::Fair,
        Weather::Cut,
        Weather::Slow(15),
    ];
    for (n, weather) in (0..).zip(weathers) {
        strait.turn(weather);
        let begun = Instant::now();
        while let Err(told) = write(&catalog, 10 + n) {
            // Certainly not written; after a cut the first that comes may find the old connection dead.
            assert!(matches!(told, Error::Unavailable(_)), "{told:?}");
            if weather == Weather::Cut {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{told}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    for n in 0..5 {
        write(&catalog, 10 + n).unwrap();
    }
    assert_eq!(catalog.head().seq.get(), 5);
}

/// Writes from this number on until it is told that it cannot, or that it is over; whether what it was told last is
/// true, and how long it waited for it.
fn write_until(catalog: &Catalog, first: u128, over: &AtomicBool) -> (bool, Duration) {
    let timed = |n| {
        let begun = Instant::now();
        (write(catalog, n), begun.elapsed())
    };
    // A commit that silence caught is done when it ends: nobody need hear of it.
    let last = |(told, _): &(Result<(), Error>, _)| told.is_err() || over.load(Ordering::SeqCst);
    let (told, took) = (first..).map(timed).find(last).unwrap();
    let known = matches!(
        told,
        Ok(()) | Err(Error::Unavailable(_) | Error::OutcomeUnknown(_))
    );
    (known, took)
}

#[test]
fn a_database_that_falls_silent_is_waited_for_and_work_goes_on_by_itself() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let _ = postgres.database("silent");
    let strait = Strait::open(&postgres.socket());
    let home = tempfile::tempdir().unwrap();
    let catalog = open(home.path(), &strait.address("silent"));
    for n in 0..20 {
        write(&catalog, n).unwrap();
    }
    let over = AtomicBool::new(false);
    let told: Vec<(bool, Duration)> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0_u128..4)
            .map(|writer| {
                // Some are in the middle of it when silence falls.
                let (catalog, over) = (&catalog, &over);
                scope.spawn(move || write_until(catalog, 100 + 1_000_000 * writer, over))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        strait.turn(Weather::Silent);
        let begun = Instant::now();
        while begun.elapsed() < silence() {
            let asked = Instant::now();
            assert!(catalog.users().unwrap().len() >= 20);
            assert!(asked.elapsed() < Duration::from_secs(1), "tables answer");
            std::thread::sleep(Duration::from_millis(500));
        }
        // Whoever writes is told while it is still silent, or a moment after.
        strait.turn(Weather::Fair);
        over.store(true, Ordering::SeqCst);
        writers.into_iter().map(|w| w.join().unwrap()).collect()
    });
    assert!(told.iter().all(|(known, _)| *known));
    // The very same program, soon.
    let begun = Instant::now();
    soon("it goes on by itself", || write(&catalog, 99).is_ok());
    println!(
        "silence of {:?}: writers told after {:?}, writing again after {:?}",
        silence(),
        told.iter().map(|(_, took)| took).max().unwrap(),
        begun.elapsed()
    );
    // Each of those whose outcome was told or not told stands once after its repeat.
    let standing = catalog.users().unwrap().len();
    for writer in 0..4 {
        for n in 0.. {
            let name = format!("u{}", 100 + 1_000_000 * writer + n)
                .parse()
                .unwrap();
            let stood = catalog.user(&name).unwrap().is_some();
            write(&catalog, 100 + 1_000_000 * writer + n).unwrap();
            if !stood {
                break;
            }
        }
    }
    assert_eq!(catalog.users().unwrap().len(), standing + 4);
    sound(&catalog);
}

/// What a path answers, and how long it took.
fn asked(server: &Server, path: &str) -> (u16, Duration) {
    let begun = Instant::now();
    (
        Client::new(&server.address, "").status(path),
        begun.elapsed(),
    )
}

/// Who reads what stands in the journal alone is answered within this: two seconds, and a loaded machine.
const READ: Duration = Duration::from_millis(3500);

/// Four files of one record each, and so as many entries of the journal.
fn four_files(catalog: &Catalog) {
    for n in 1..=4 {
        let record = short_record(&format!("Повесть {n}")).to_string();
        let report = import(catalog, "SCHOOL7", &format!("{n}.json"), record.as_bytes());
        assert_eq!(report.saved, 1, "{report:?}");
    }
}

#[test]
fn source_bytes_that_a_silent_database_keeps_hold_nobody() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let _ = postgres.database("source");
    let strait = Strait::open(&postgres.socket());
    let (home, program) = (tempfile::tempdir().unwrap(), fond());
    let (writer, reader) = (home.path().join("writer"), home.path().join("reader"));
    let address = strait.address("source");
    let _ = prepared_at(&program, &writer, &["--journal", &address]);
    four_files(&open(&writer, &address));
    // Both begin with nothing read; the first file alone is asked for while all is well.
    let server = Server::start_with(&program, &writer, &["--journal", &address]);
    let catalog = open(&reader, &address);
    let id = |n: u64| catalog::id::RecordId::new(n);
    let source = |n| catalog.source_soon(id(n)).map(|found| found.unwrap());
    assert_eq!(source(1).unwrap().file, "1.json");
    let download = |n| asked(&server, &format!("/records/{n}?format=iso2709"));
    assert_eq!(download(1).0, 200);

    strait.turn(Weather::Silent);
    for _ in 0..2 {
        std::thread::scope(|scope| {
            for n in 1..=4 {
                scope.spawn(move || {
                    let (status, took) = download(n);
                    assert_eq!(status, 200, "{n}");
                    assert!(took < READ, "download of {n}: {took:?}");
                });
                let (catalog, source) = (&catalog, &source);
                scope.spawn(move || {
                    let begun = Instant::now();
                    let (found, past) = (source(n), catalog.versions(id(n), None, 9));
                    let unavailable = |told| matches!(told, Some(Error::Unavailable(_)));
                    assert_eq!(found.is_ok(), n == 1, "what was read is kept");
                    assert!(n == 1 || unavailable(found.err()));
                    assert!(unavailable(past.err()));
                    assert!(begun.elapsed() < 2 * READ, "{n}: {:?}", begun.elapsed());
                });
            }
        });
    }
    strait.turn(Weather::Fair);
    for n in 1..=4 {
        soon("it is read again", || source(n).is_ok());
        assert_eq!(source(n).unwrap().file, format!("{n}.json"));
        let past = || {
            catalog
                .versions(id(n), None, 9)
                .is_ok_and(|past| past.len() == 1)
        };
        soon("history is read again", past);
        assert_eq!(download(n).0, 200);
    }
}

/// Processor time of a process, in hundredths of a second, and its threads.
fn work_of(server: &Server) -> (u64, u64) {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let field = |n: usize| fields.split(' ').nth(n).unwrap().parse::<u64>().unwrap();
    (field(11) + field(12), field(17))
}

#[test]
fn a_server_whose_database_is_silent_shows_its_catalogue_and_says_that_it_is_not_ready() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let _ = postgres.database("served");
    let strait = Strait::open(&postgres.socket());
    let home = tempfile::tempdir().unwrap();
    let (program, address) = (fond(), strait.address("served"));
    let token = prepared_at(&program, home.path(), &["--journal", &address]);
    let server = Server::start_with(&program, home.path(), &["--journal", &address]);
    let client = Client::new(&server.address, &token);
    let first = deed(1, 1, 0, None);
    let _ = client.post(&first.path, first.body.clone());
    assert_eq!(asked(&server, "/health").0, 200);

    strait.turn(Weather::Silent);
    let began = work_of(&server);
    let second = deed(1, 1, 3, None);
    let told = std::thread::scope(|scope| {
        let writer = scope.spawn(|| client.done(&second));
        let many: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| asked(&server, "/staff/checks")))
            .collect();
        // An answer is good for two seconds.
        std::thread::sleep(Duration::from_secs(3));
        let (status, took) = asked(&server, "/health");
        assert_eq!(status, 503);
        assert!(took < Duration::from_secs(15), "{took:?}");
        for path in ["/", "/search?q=Повесть"] {
            let (status, took) = asked(&server, path);
            assert_eq!(status, 200, "{path}");
            assert!(took < Duration::from_secs(2), "{path}: {took:?}");
        }
        for person in many {
            assert!(person.join().unwrap().1 < Duration::from_secs(15));
        }
        std::thread::sleep(silence().saturating_sub(Duration::from_secs(5)));
        let ended = work_of(&server);
        assert!(ended.0 - began.0 < 400, "{began:?} {ended:?}");
        assert!(ended.1 < began.1 + 30, "{began:?} {ended:?}");
        strait.turn(Weather::Fair);
        writer.join().unwrap()
    });
    let (status, answer) = told.expect("an answer");
    let kind = answer["type"].as_str().unwrap_or_default().to_owned();
    assert!(
        status == 503 || kind.ends_with("outcome-unknown"),
        "{status} {answer}"
    );

    let (begun, last) = (Instant::now(), work_of(&server));
    let ready = || asked(&server, "/health").0 == 200;
    soon("it goes on by itself", ready);
    println!(
        "silence of {:?}: a server used {} ms of processor, {} threads; ready again after {:?}",
        silence(),
        10 * (last.0 - began.0),
        last.1,
        begun.elapsed()
    );
    for _ in 0..2 {
        let (status, answer) = client.done(&second).unwrap();
        assert!((200..300).contains(&status), "{status} {answer}");
    }
    let found = client.get("/api/v1/records?limit=10").to_string();
    let titles = found.matches("Повесть 1-1-3").count();
    assert!(titles >= 1, "{found}");
}
