//! Several programs on one journal in PostgreSQL: one order, one chain, nothing acknowledged is lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use catalog::people::{Role, User};
use catalog::{Catalog, Error, JournalHome, Until, restore, transfer};
use fond_tests::Postgres;
use fond_tests::intake::doing;
use fond_tests::shared::{open, person, quiet, sees, sound, write, write_once};
use jiff::Timestamp;
use uuid::Uuid;

#[test]
fn three_programs_write_at_once_into_one_chain_and_see_each_other() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("three");
    let home = tempfile::tempdir().unwrap();
    let folders = ["a", "b", "c"].map(|name| home.path().join(name));
    let catalogs = folders.each_ref().map(|folder| open(folder, &address));
    std::thread::scope(|scope| {
        for (at, catalog) in catalogs.iter().enumerate() {
            for worker in 0..3 {
                scope.spawn(move || {
                    for n in 0..30 {
                        write(catalog, &format!("u{at}-{worker}-{n}")).unwrap();
                    }
                });
            }
        }
    });
    for catalog in &catalogs {
        sees(catalog, 270);
        assert_eq!(sound(catalog), 270);
    }
    assert_eq!(catalogs[0].head(), catalogs[2].head());

    // One that was away catches up; one that is new joins from nothing.
    let [first, second, third] = catalogs;
    drop(third);
    write(&first, "away").unwrap();
    sees(&open(&folders[2], &address), 271);
    let newcomer = open(&home.path().join("d"), &address);
    sees(&newcomer, 271);
    // Read your own write, and each other's soon.
    write(&newcomer, "newcomer").unwrap();
    assert_eq!(newcomer.users().unwrap().len(), 272);
    sees(&second, 272);
}

#[test]
fn a_retry_through_another_program_is_done_once() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("retry");
    let home = tempfile::tempdir().unwrap();
    let one = open(&home.path().join("a"), &address);
    let two = open(&home.path().join("b"), &address);
    let key = Uuid::from_u128(7);
    write_once(&one, "раз", key).unwrap();
    write_once(&two, "раз", key).unwrap();
    assert_eq!(two.users().unwrap().len(), 1);
    assert!(matches!(
        write_once(&two, "два", key),
        Err(Error::KeyReused)
    ));
    // The desk is one as well.
    one.desk().put("passwords", "иванова", &"хеш").unwrap();
    let hash: Option<String> = two.desk().get("passwords", "иванова").unwrap();
    assert_eq!(hash.as_deref(), Some("хеш"));
}

#[test]
fn a_journal_whose_last_entries_are_gone_is_damaged_and_nothing_is_written_behind_the_hole() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    for (name, gone) in [
        ("hole1", "seq = 8"),
        ("hole4", "seq > 4"),
        ("hole8", "true"),
    ] {
        let address = postgres.database(name);
        let catalog = open(&home.path().join(name), &address);
        for n in 0..8 {
            write(&catalog, &format!("u{n}")).unwrap();
        }
        assert_eq!(catalog.head().seq.get(), 8);
        postgres.sql(name, &format!("DELETE FROM journal WHERE {gone}"));
        let refused = write(&catalog, "late").unwrap_err();
        let told = refused.to_string();
        assert!(told.contains("нет на месте"), "{name}: {told}");
        let kept = postgres.ask(name, "SELECT count(*) FROM journal WHERE seq > 8");
        assert_eq!(kept.trim(), "0", "{name}");
        drop(catalog);
        let shared = JournalHome::Postgres(address);
        for folder in [name, "new"] {
            let folder = home.path().join(folder);
            let opened = Catalog::open_at(&folder, &shared, &mut quiet());
            let error = opened.err().map(|error| error.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains("нет на месте"), "{name}: {error}");
        }
    }
}

#[test]
fn a_copy_of_long_entries_of_a_shared_journal_is_restored() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let catalog = open(&home.path().join("a"), &postgres.database("long"));
    // Together longer than a batch of a file may be, and each of other noise, which packs badly.
    let mut noise: u64 = 1;
    for n in 0..24 {
        let title = std::iter::repeat_with(|| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b' ' + u8::try_from((noise >> 40) % 90).unwrap())
        });
        let user = User {
            title: title.take(4_100_000).collect(),
            // The name of a reader would be sealed, which a debug build does slowly.
            role: Role::Librarian,
            ..person(&format!("u{n}"))
        };
        catalog.set_user(doing(), user).unwrap();
    }
    let file = home.path().join("copy.backup");
    catalog
        .backup(&file, Timestamp::UNIX_EPOCH, &mut quiet())
        .unwrap();
    let restored = restore(&file, &home.path().join("b"), Until::Head, &mut quiet()).unwrap();
    assert_eq!((restored.ok, restored.entries), (true, 24));
}

/// Ends the writers even when the test fails before its end: a scope waits for them for ever.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn what_was_acknowledged_survives_kills_of_the_database() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("kills");
    let home = tempfile::tempdir().unwrap();
    let catalogs = ["a", "b"].map(|name| open(&home.path().join(name), &address));
    let ended = AtomicBool::new(false);
    let acknowledged: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = catalogs
            .iter()
            .enumerate()
            .map(|(at, catalog)| {
                let ended = &ended;
                scope.spawn(move || {
                    let (mut done, mut n) = (0, 0);
                    while !ended.load(Ordering::Relaxed) {
                        n += 1;
                        match write(catalog, &format!("u{at}-{n}")) {
                            Ok(()) => done += 1,
                            // Certainly not written: the same name must be free later.
                            Err(Error::Unavailable(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                    done
                })
            })
            .collect();
        let stop = StopAtEnd(&ended);
        for _ in 0..4 {
            std::thread::sleep(Duration::from_millis(700));
            postgres.kill();
            std::thread::sleep(Duration::from_millis(300));
            postgres.run();
        }
        std::thread::sleep(Duration::from_millis(1500));
        drop(stop);
        workers.into_iter().map(|w| w.join().unwrap()).sum()
    });
    assert!(acknowledged > 20, "only {acknowledged}");
    for catalog in &catalogs {
        sees(catalog, acknowledged);
        sound(catalog);
    }
}

#[test]
fn a_library_moves_to_postgres_and_back_with_the_same_chain() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("moves");
    let shared = JournalHome::Postgres(address.clone());
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("a");
    let catalog = Catalog::open(&folder).unwrap();
    for n in 0..40 {
        write(&catalog, &format!("u{n}")).unwrap();
    }
    catalog.desk().put("passwords", "u1", &"хеш").unwrap();
    let head = catalog.head();
    let taken = transfer(&folder, &JournalHome::Folder, &shared, &mut quiet());
    assert!(matches!(taken, Err(Error::Unavailable(_))), "it is open");
    drop(catalog);

    let moved = transfer(&folder, &JournalHome::Folder, &shared, &mut quiet()).unwrap();
    assert_eq!((moved.head, moved.cut), (head, None));
    let catalog = open(&folder, &address);
    assert_eq!(catalog.head(), head);
    let hash: Option<String> = catalog.desk().get("passwords", "u1").unwrap();
    assert_eq!(hash.as_deref(), Some("хеш"));
    write(&catalog, "later").unwrap();
    let head = catalog.head();
    let other = open(&home.path().join("b"), &address);
    drop(catalog);

    let back = transfer(&folder, &shared, &JournalHome::Folder, &mut quiet()).unwrap();
    assert_eq!(back.head, head);
    // The one that stayed behind may read, and writes nothing that would be lost.
    assert!(write(&other, "behind").is_err());
    let catalog = Catalog::open(&folder).unwrap();
    assert_eq!(catalog.users().unwrap().len(), 41);
    sound(&catalog);
    drop(catalog);

    // A place with another library is never written over.
    let stranger = home.path().join("c");
    write(&Catalog::open(&stranger).unwrap(), "чужой").unwrap();
    let refused = transfer(&stranger, &JournalHome::Folder, &shared, &mut quiet());
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
}
