//! Servers of one shared journal that were apart from it or from one another: away for long, ahead of a failover, in
//! the middle of an import, or at work while the library moves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::fund::{FundCommand, Order};
use catalog::{Catalog, Doing, Error, ImportOrder, JournalHome, transfer};
use fond_tests::Postgres;
use fond_tests::intake::doing;
use fond_tests::program::{Client, Server, said};
use fond_tests::served::fond;
use fond_tests::shared::{open, quiet, soon, sound, write};
use fond_tests::strait::{Strait, Weather};
use uuid::Uuid;

#[test]
fn one_that_was_away_for_long_and_one_that_is_new_come_up_while_others_write() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("away");
    let home = tempfile::tempdir().unwrap();
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| home.path().join(name));
    let first = open(&a, &address);
    write(&first, "before").unwrap();
    drop(open(&b, &address));
    for n in 0..700 {
        write(&first, &format!("u{n}")).unwrap();
    }
    let ended = AtomicBool::new(false);
    let (written, late) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let names = (0..).take_while(|_| !ended.load(Ordering::Relaxed));
            names
                .map(|n: u32| write(&first, &format!("w{n}")).unwrap())
                .count()
        });
        let late = [&b, &c, &d].map(|folder| {
            let catalog = open(folder, &address);
            assert!(catalog.users().unwrap().len() > 700);
            write(&catalog, &format!("late-{}", folder.ends_with("b"))).unwrap();
            catalog
        });
        ended.store(true, Ordering::Relaxed);
        (writer.join().unwrap(), late)
    });
    for catalog in late.iter().chain([&first]) {
        soon("it follows", || catalog.head().seq == first.head().seq);
        assert_eq!(catalog.users().unwrap().len(), 701 + written + 2);
        sound(catalog);
    }
}

#[test]
fn tables_ahead_of_a_failover_take_nothing_more_and_are_built_anew() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("failover");
    let strait = Strait::open(&postgres.socket());
    let home = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| home.path().join(name));
    let ahead = open(&a, &strait.address("failover"));
    for n in 0..5 {
        write(&ahead, &format!("u{n}")).unwrap();
    }
    // The new leader never heard of the last two, and others go on there before this one looks.
    strait.turn(Weather::Silent);
    postgres.sql(
        "failover",
        "DELETE FROM journal WHERE seq > 3; \
         UPDATE sequencer SET seq = 3, hash = (SELECT hash FROM journal WHERE seq = 3)",
    );
    let other = open(&b, &address);
    for n in 0..4 {
        write(&other, &format!("x{n}")).unwrap();
    }
    strait.turn(Weather::Cut);
    std::thread::sleep(Duration::from_millis(100));
    strait.turn(Weather::Fair);
    soon("it looks", || {
        let told = write(&ahead, "late").unwrap_err();
        assert!(matches!(told, Error::Unavailable(_)), "{told}");
        told.to_string().contains("перезапустите")
    });
    let mixed = ahead.users().unwrap();
    assert!(!mixed.iter().any(|user| user.id.as_str().starts_with('x')));
    drop(ahead);
    let ahead = open(&a, &strait.address("failover"));
    assert_eq!(ahead.users().unwrap(), other.users().unwrap());
    assert_eq!(ahead.users().unwrap().len(), 7);
    write(&ahead, "late").unwrap();
    sound(&ahead);
}

const JOB: Uuid = Uuid::from_u128(7 << 64);
const RECORDS: u64 = 2600;

fn take_in(catalog: &Catalog, tick: &mut dyn FnMut(u64, u64)) -> catalog::ImportReport {
    let record = |n: u64| {
        format!(
            "#920: PAZK\n#903: {n}/база\n#200: ^AПовесть о доме № {n:05}\n#210: ^D2001\n#101: rus\n*****\n"
        )
    };
    let text: String = (1..=RECORDS).map(record).collect();
    let order = ImportOrder {
        file: "база.txt".to_owned(),
        library: "S1".parse().unwrap(),
        format: None,
        dry_run: false,
    };
    let keyed = Doing {
        command_id: Some(JOB),
        ..doing()
    };
    catalog
        .import(&keyed, &order, text.as_bytes(), tick)
        .unwrap()
}

#[test]
fn an_import_is_finished_by_the_server_that_began_it_and_by_no_other() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("import");
    let home = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|name| home.path().join(name));
    let journal = ["--journal", address.as_str()];
    let program = fond();
    let told = |words: &[&str]| said(&program, &b, &[words, &journal].concat(), "");
    let catalog = open(&a, &address);
    let node = LibraryNode {
        id: "S1".parse().unwrap(),
        name: "Школа".to_owned(),
        parent: None,
        kind: NodeKind::School,
    };
    let order = Order::AddLibrary(node);
    let command = FundCommand { event: None, order };
    catalog
        .fund(doing(), &"S1".parse().unwrap(), command)
        .unwrap();
    let _ = told(&["user", "add", "olga", "--role", "admin"]);
    let token = told(&["user", "token", "olga"]);
    let unfinished = |server: &Server| {
        let status = Client::new(&server.address, &token).get("/api/v1/status");
        status["unfinished"].as_array().unwrap().len()
    };

    let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        take_in(&catalog, &mut |records, _| {
            if records == 600 {
                // Another one starts, looks around and ends, while this one is at it.
                let other = Server::start_with(&program, &b, &journal);
                std::thread::sleep(Duration::from_secs(2));
                assert_eq!(unfinished(&other), 0);
                other.stop();
            }
            assert!(records < 1900, "the program is killed here");
        })
    }));
    assert!(broken.is_err(), "it was broken off");
    drop(catalog);
    let other = Server::start_with(&program, &b, &journal);
    std::thread::sleep(Duration::from_secs(2));
    other.stop();
    let looker = open(&c, &address);
    let left = looker.open_jobs().unwrap();
    assert!(left.len() == 1 && left[0].job == JOB, "{left:?}");
    assert!(looker.record_count().unwrap() < RECORDS);

    let own = Server::start_with(&program, &a, &journal);
    soon("it is finished", || looker.open_jobs().unwrap().is_empty());
    own.stop();
    assert_eq!(looker.record_count().unwrap(), RECORDS);
    let again = take_in(&looker, &mut quiet());
    assert_eq!(again.unchanged, RECORDS);
    assert_eq!(looker.record_count().unwrap(), RECORDS);
    sound(&looker);
}

#[test]
fn a_library_that_moves_back_to_servers_at_work_there_takes_their_writes_after_its_own() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("back");
    let shared = JournalHome::Postgres(address.clone());
    let home = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| home.path().join(name));
    let catalog = open(&a, &address);
    for n in 0..40 {
        write(&catalog, &format!("u{n}")).unwrap();
    }
    drop(catalog);
    let stays = open(&b, &address);
    let ended = AtomicBool::new(false);
    let written: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let (stays, ended) = (&stays, &ended);
                scope.spawn(move || {
                    let tries = (0..).take_while(|_| !ended.load(Ordering::Relaxed));
                    let done = |n: &u32| write(stays, &format!("w{writer}-{n}")).is_ok();
                    tries.filter(done).count()
                })
            })
            .collect();
        let moved = (|| -> Result<(), Error> {
            for round in 0..3 {
                transfer(&a, &shared, &JournalHome::Folder, &mut quiet())?;
                let at_home = Catalog::open(&a)?;
                for n in 0..30 {
                    write(&at_home, &format!("home{round}-{n}"))?;
                }
                drop(at_home);
                transfer(&a, &JournalHome::Folder, &shared, &mut quiet())?;
                std::thread::sleep(Duration::from_millis(200));
            }
            Ok(())
        })();
        ended.store(true, Ordering::Relaxed);
        let written = writers.into_iter().map(|w| w.join().unwrap()).sum();
        moved.unwrap();
        written
    });
    assert!(written > 0);
    let catalog = open(&a, &address);
    assert_eq!(catalog.users().unwrap().len(), 40 + 90 + written);
    soon("it follows", || stays.head() == catalog.head());
    sound(&catalog);
    sound(&stays);
}
