//! An import that breaks off keeps its file; it is finished from there, once, or closed when it cannot be.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use axum::http::StatusCode;
use catalog::people::Role;
use catalog::{Catalog, Doing, Error, ImportOrder};
use fond_tests::intake::{doing, library};
use fond_tests::program::{Client, Server, said};
use fond_tests::screens::House;
use fond_tests::served::fond;
use uuid::Uuid;

const JOB: Uuid = Uuid::from_u128(7 << 64);
const RECORDS: u32 = 2600;

/// A base of a library that works in IRBIS: each record has a copy with a number and one without.
fn base() -> String {
    let record = |n: u32| {
        format!(
            "#920: PAZK\n#903: {n}/база\n#200: ^AПовесть о доме № {n:05}\n#210: ^D2001\n#101: rus\n\
             #910: ^A0^B{n}^E100.00\n#910: ^A0^Bб/н^E50.00\n*****\n"
        )
    };
    (1..=RECORDS).map(record).collect()
}

fn order() -> ImportOrder {
    order_of("S1")
}

fn order_of(library: &str) -> ImportOrder {
    ImportOrder {
        file: "база.txt".to_owned(),
        library: library.parse().unwrap(),
        format: None,
        dry_run: false,
    }
}

fn keyed() -> Doing {
    Doing {
        command_id: Some(JOB),
        ..doing()
    }
}

/// Begins an import and breaks it off after so many records, as a kill would.
fn broken_off(catalog: &Catalog, after: u64) {
    broken_off_for(catalog, after, "S1");
}

fn broken_off_for(catalog: &Catalog, after: u64, library: &str) {
    let text = base();
    let stop = |records: u64, _: u64| assert!(records < after, "the program is killed here");
    let broken = catch_unwind(AssertUnwindSafe(|| {
        catalog.import(&keyed(), &order_of(library), text.as_bytes(), &mut { stop })
    }));
    assert!(broken.is_err(), "it was broken off");
}

fn kept(folder: &Path) -> usize {
    fs::read_dir(folder.join("jobs")).map_or(0, Iterator::count)
}

/// Every record once, every copy once.
fn whole(catalog: &Catalog) {
    let records = catalog.records_after(None, usize::MAX).unwrap();
    let titles = records.iter().filter_map(|r| r.record.first("200", 'a'));
    let titles: BTreeSet<_> = titles.collect();
    assert_eq!(
        (records.len(), titles.len()),
        (RECORDS as usize, RECORDS as usize)
    );
    let again = catalog
        .import(&doing(), &order(), base().as_bytes(), &mut |_, _| ())
        .unwrap();
    assert_eq!(again.unchanged, u64::from(RECORDS));
    let copies = &again.copies;
    assert_eq!(
        (copies.read, copies.known),
        (copies.read, copies.read),
        "{copies:?}"
    );
    assert_eq!(copies.read, u64::from(RECORDS) * 2);
    let report = catalog.verify(true, &mut |_, _| ()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

#[test]
fn what_was_broken_off_is_finished_from_its_file_and_nothing_comes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1"]);
    broken_off(&catalog, 1900);
    drop(catalog);
    let catalog = Catalog::open(folder.path()).unwrap();
    let begun = catalog.record_count().unwrap();
    assert!(begun > 1000 && begun < u64::from(RECORDS), "{begun}");
    let open = catalog.interrupted().unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    let kept_here = open[0].kept.as_ref().unwrap();
    assert_eq!((open[0].job, open[0].at_work), (JOB, false));
    assert_eq!(kept_here.size, base().len() as u64);
    assert_eq!(kept_here.actor, doing().actor);
    let report = catalog.resume(JOB, doing().at, &mut |_, _| ()).unwrap();
    assert_eq!(report.read, u64::from(RECORDS));
    assert!(catalog.interrupted().unwrap().is_empty());
    assert_eq!(kept(folder.path()), 0);
    whole(&catalog);
}

#[test]
fn a_program_that_reads_the_file_otherwise_finishes_it_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1"]);
    broken_off(&catalog, 1900);
    let path = folder.path().join("jobs").join(JOB.to_string());
    // The same records, and yet no entry is what the first program made of them.
    let (text, end) = (base(), "*****\n");
    let (first, rest) = text.split_once(end).unwrap();
    let (second, rest) = rest.split_once(end).unwrap();
    fs::write(&path, [second, end, first, end, rest].concat()).unwrap();
    let report = catalog.resume(JOB, doing().at, &mut |_, _| ()).unwrap();
    assert_eq!(report.saved + report.unchanged, u64::from(RECORDS));
    assert!(report.saved > 0 && report.unchanged > 0, "{report:?}");
    assert!(catalog.interrupted().unwrap().is_empty());
    whole(&catalog);
}

#[test]
fn an_import_whose_file_is_gone_or_cut_is_open_until_it_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1"]);
    broken_off(&catalog, 1900);
    let path = folder.path().join("jobs").join(JOB.to_string());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let open = catalog.interrupted().unwrap();
    assert!(open.len() == 1 && open[0].kept.is_none(), "{open:?}");
    assert_eq!(kept(folder.path()), 0, "half a file is nobody's");
    let resumed = catalog.resume(JOB, doing().at, &mut |_, _| ());
    assert!(matches!(resumed, Err(Error::NotFound(_))), "{resumed:?}");
    catalog.give_up(doing(), JOB).unwrap();
    assert!(catalog.interrupted().unwrap().is_empty());
    assert!(catalog.verify(true, &mut |_, _| ()).unwrap().ok);
}

#[test]
fn a_disk_without_room_for_the_file_refuses_it_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1"]);
    let (jobs, head) = (folder.path().join("jobs"), catalog.head());
    fs::create_dir(&jobs).unwrap();
    std::os::unix::fs::symlink("/dev/full", jobs.join(JOB.to_string())).unwrap();
    let refused = catalog.import(&keyed(), &order(), base().as_bytes(), &mut |_, _| ());
    assert!(matches!(refused, Err(Error::NoSpace(_))), "{refused:?}");
    assert_eq!((catalog.head(), kept(folder.path())), (head, 0));
}

#[test]
fn a_file_that_is_at_work_is_not_taken_a_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = library(folder.path(), &["S1"]);
    let mut refused = None;
    let text = base();
    let again = |records: u64, _: u64| {
        if records == 600 {
            refused = Some(catalog.resume(JOB, doing().at, &mut |_, _| ()));
            assert!(catalog.open_jobs().unwrap()[0].at_work);
        }
    };
    catalog
        .import(&keyed(), &order(), text.as_bytes(), &mut { again })
        .unwrap();
    assert!(
        matches!(refused, Some(Err(Error::Unavailable(_)))),
        "{refused:?}"
    );
    assert_eq!(kept(folder.path()), 0);
    whole(&catalog);
}

#[tokio::test]
async fn a_load_that_waits_for_the_next_start_is_named_to_the_administrator() {
    let house = House::of_the_golden_year();
    let admin = house.person("admin", Role::Admin, None);
    let here = "Приём записей из файла база.txt: работа прервана, она продолжится";
    let before = house.get("/staff/status", &admin).await;
    assert!(!before.text.contains(here));
    broken_off_for(house.app.catalog(), 400, &house.library);
    house
        .get("/staff/status", &admin)
        .await
        .must_be(StatusCode::OK)
        .must_say(here);
}

#[test]
fn what_cannot_be_finished_is_closed_at_the_next_start_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), folder.path());
    let catalog = library(data, &["S1"]);
    broken_off(&catalog, 900);
    drop(catalog);
    fs::remove_dir_all(data.join("jobs")).unwrap();
    let _ = said(
        &program,
        data,
        &["user", "add", "olga", "--role", "admin"],
        "",
    );
    let token = said(&program, data, &["user", "token", "olga"], "");
    for _ in 0..2 {
        let server = Server::start(&program, data);
        let status = Client::new(&server.address, &token).get("/api/v1/status");
        let unfinished = status["unfinished"].as_array().unwrap();
        assert_eq!(unfinished.len(), 1, "{status}");
        assert_eq!(unfinished[0]["why"], "lost", "{status}");
        let work = unfinished[0]["work"].as_str().unwrap();
        assert!(work.contains("база.txt"), "{work}");
        server.stop();
    }
    assert!(
        Catalog::open(data)
            .unwrap()
            .interrupted()
            .unwrap()
            .is_empty()
    );
}
