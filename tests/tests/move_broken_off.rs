//! `fond move` killed in the middle: what came is never taken for the library, it stays whole where it was, and the
//! same command ends the move or gives it up.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use catalog::{Catalog, JournalHome, transfer};
use fond_tests::Postgres;
use fond_tests::program::{Server, said};
use fond_tests::served::fond;
use fond_tests::shared::{open, quiet, soon, sound, write};
use fond_tests::strait::{Strait, Weather};

/// So many that they are copied in several steps.
const PEOPLE: usize = 1500;

/// A library in a folder with so many people and a note on its desk.
fn library(folder: &Path) -> Catalog {
    let catalog = Catalog::open(folder).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..10 {
            let catalog = &catalog;
            scope.spawn(move || {
                for n in 0..PEOPLE / 10 {
                    write(catalog, &format!("u{writer}-{n}")).unwrap();
                }
            });
        }
    });
    catalog.desk().put("passwords", "u1", &"хеш").unwrap();
    catalog
}

/// The library in a database of this name, moved there from a folder.
fn in_postgres(postgres: &Postgres, name: &str, folder: &Path) -> String {
    let address = postgres.database(name);
    drop(library(folder));
    let shared = JournalHome::Postgres(address.clone());
    transfer(folder, &JournalHome::Folder, &shared, &mut quiet()).unwrap();
    address
}

fn command(program: &Path, data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words).arg("--data").arg(data);
    command.stdin(Stdio::null());
    command
}

/// Starts `fond move` and kills it when something can be seen.
fn killed(program: &Path, data: &Path, words: &[&str], what: &str, seen: impl FnMut() -> bool) {
    let words = [&["move"], words].concat();
    let mut moving = command(program, data, &words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    soon(what, seen);
    assert!(moving.try_wait().unwrap().is_none(), "it is at it: {what}");
    moving.kill().unwrap();
    let _ = moving.wait();
}

/// What a command that must be refused says.
fn refused(program: &Path, data: &Path, words: &[&str]) -> String {
    let Output { status, stderr, .. } = command(program, data, words).output().unwrap();
    let told = String::from_utf8(stderr).unwrap();
    assert!(!status.success(), "{words:?} must be refused: {told}");
    told
}

/// Bytes of batches that stand in the first segment of a journal; it is filled ahead with zeros.
fn written(journal: &Path) -> usize {
    let bytes = std::fs::read(journal.join("0000000001.jnl")).unwrap_or_default();
    let end = bytes.iter().rposition(|byte| *byte != 0);
    end.unwrap_or_default()
}

/// Whoever begins a library there is refused, with the words that lead on; nothing is begun.
fn is_no_library(program: &Path, data: &Path, words: &str) {
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    for command in [&["verify"][..], &["user", "list"], &serve] {
        let told = refused(program, data, command);
        assert!(told.contains(words), "{command:?}: {told}");
    }
    assert!(!data.join("journal").exists());
}

/// Moves a library out of its database into a folder, slowly, and kills the move when some of it has come.
fn killed_on_the_way(program: &Path, postgres: &Postgres, database: &str, folder: &Path) {
    let strait = Strait::open(&postgres.socket());
    strait.turn(Weather::Slow(150));
    let slow = strait.address(database);
    let words = ["--journal", &slow, "file"];
    killed(program, folder, &words, "some of it came", || {
        ["journal", "journal.moving"]
            .iter()
            .any(|name| written(&folder.join(name)) > 10_000)
    });
}

#[test]
fn what_came_into_a_folder_before_a_kill_is_no_library_and_the_same_command_brings_the_rest() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| home.path().join(name));
    let address = in_postgres(&postgres, "out", &a);
    let head = open(&a, &address).head();
    let program = fond();
    killed_on_the_way(&program, &postgres, "out", &b);

    is_no_library(&program, &b, "fond move");
    // The servers there wait for the end of it.
    let told = refused(&program, &a, &["verify", "--journal", &address]);
    assert!(told.contains("fond move"), "{told}");
    let moved = said(&program, &b, &["move", "--journal", &address, "file"], "");
    assert!(moved.contains(&format!("записей {}", head.seq)), "{moved}");
    let catalog = Catalog::open(&b).unwrap();
    assert_eq!(
        (catalog.head(), catalog.users().unwrap().len()),
        (head, PEOPLE)
    );
    sound(&catalog);
    let hash: Option<String> = catalog.desk().get("passwords", "u1").unwrap();
    assert_eq!(hash.as_deref(), Some("хеш"));

    // Once more says the same and brings nothing back that was changed since.
    catalog.desk().put("passwords", "u1", &"другой").unwrap();
    drop(catalog);
    let _ = said(&program, &b, &["move", "--journal", &address, "file"], "");
    let catalog = Catalog::open(&b).unwrap();
    let hash: Option<String> = catalog.desk().get("passwords", "u1").unwrap();
    assert_eq!(hash.as_deref(), Some("другой"));
}

#[test]
fn a_move_into_a_folder_that_was_killed_can_be_given_up() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| home.path().join(name));
    let address = in_postgres(&postgres, "back", &a);
    let other = postgres.database("other");
    drop(open(&home.path().join("c"), &other));
    let program = fond();
    killed_on_the_way(&program, &postgres, "back", &b);

    let told = refused(&program, &b, &["move", &other]);
    assert!(told.contains("другой библиотеки"), "{told}");
    let _ = said(&program, &b, &["move", &address], "");
    let catalog = open(&a, &address);
    write(&catalog, "later").unwrap();
    assert_eq!(catalog.users().unwrap().len(), PEOPLE + 1);
    sound(&catalog);
    let here = open(&b, &address);
    assert_eq!(
        here.head(),
        catalog.head(),
        "the folder serves it from there"
    );
}

#[test]
fn a_move_into_a_folder_of_another_library_leaves_the_servers_at_work() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| home.path().join(name));
    let address = postgres.database("stay");
    let catalog = open(&a, &address);
    write(&catalog, "one").unwrap();
    write(&Catalog::open(&b).unwrap(), "stranger").unwrap();
    let shared = JournalHome::Postgres(address);
    let told = transfer(&b, &shared, &JournalHome::Folder, &mut quiet()).unwrap_err();
    assert!(told.to_string().contains("другой библиотеки"), "{told}");
    write(&catalog, "two").unwrap();
    assert_eq!(Catalog::open(&b).unwrap().users().unwrap().len(), 1);
}

#[test]
fn a_move_from_a_database_without_a_library_is_refused_and_begins_nothing() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let shared = JournalHome::Postgres(postgres.database("typo"));
    let told = transfer(home.path(), &shared, &JournalHome::Folder, &mut quiet()).unwrap_err();
    assert!(told.to_string().contains("проверьте адрес"), "{told}");
    assert_eq!(
        postgres.ask(
            "typo",
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ),
        "0"
    );
    assert!(!home.path().join("journal").exists());
}

#[test]
fn a_move_to_postgres_that_was_killed_leaves_the_library_in_its_folder_until_it_is_ended() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| home.path().join(name));
    let address = postgres.database("into");
    let catalog = library(&a);
    let head = catalog.head();
    drop(catalog);
    let strait = Strait::open(&postgres.socket());
    strait.turn(Weather::Slow(150));
    let (program, slow) = (fond(), strait.address("into"));
    killed(&program, &a, &[&slow], "its place is taken", || {
        postgres.ask("into", "SELECT count(*) FROM sequencer") == "1"
    });
    let told = refused(&program, &b, &["verify", "--journal", &address]);
    assert!(told.contains("fond move"), "{told}");
    killed(&program, &a, &[&slow], "some of it came", || {
        postgres
            .ask("into", "SELECT count(*) FROM journal")
            .parse::<usize>()
            .is_ok_and(|n| n > 0)
    });
    let came: usize = postgres
        .ask("into", "SELECT count(*) FROM journal")
        .parse()
        .unwrap();
    assert!(came < PEOPLE, "{came}");

    let told = refused(&program, &b, &["verify", "--journal", &address]);
    assert!(told.contains("fond move"), "{told}");
    // The folder is whole, and may be worked in until the move is repeated.
    let server = Server::start(&program, &a);
    server.stop();
    let catalog = Catalog::open(&a).unwrap();
    assert_eq!(catalog.head(), head);
    write(&catalog, "between").unwrap();
    let head = catalog.head();
    drop(catalog);
    let _ = said(&program, &a, &["move", &address], "");
    let catalog = open(&b, &address);
    assert_eq!(
        (catalog.head(), catalog.users().unwrap().len()),
        (head, PEOPLE + 1)
    );
    sound(&catalog);
}

#[test]
fn a_move_to_postgres_killed_before_its_last_step_is_ended_and_the_folder_begins_nothing_new() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let a = home.path().join("a");
    let address = postgres.database("last");
    let head = library(&a).head();
    let strait = Strait::open(&postgres.socket());
    strait.turn(Weather::Slow(60));
    let (program, slow) = (fond(), strait.address("last"));
    killed(
        &program,
        &a,
        &[&slow],
        "the old journal is set aside",
        || a.join("journal.moved").exists(),
    );

    is_no_library(&program, &a, "--journal");
    let told = refused(&program, &a, &["verify", "--journal", &address]);
    assert!(told.contains("fond move"), "{told}");
    let moved = said(&program, &a, &["move", &address], "");
    assert!(moved.contains(&format!("записей {}", head.seq)), "{moved}");
    assert!(!a.join("desk").exists(), "no keys are left in the folder");
    let catalog = open(&a, &address);
    assert_eq!(catalog.head(), head);
    write(&catalog, "later").unwrap();
    sound(&catalog);
    drop(catalog);
    // Who forgets where the library stands now is told, and does not begin another one.
    is_no_library(&program, &a, "--journal");
}

#[test]
fn a_key_that_was_taken_back_in_the_other_home_does_not_come_back_with_the_library() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let a = home.path().join("a");
    let address = in_postgres(&postgres, "keys", &a);
    let shared = JournalHome::Postgres(address.clone());
    transfer(&a, &shared, &JournalHome::Folder, &mut quiet()).unwrap();
    let catalog = Catalog::open(&a).unwrap();
    catalog.desk().erase("passwords", "u1").unwrap();
    drop(catalog);
    transfer(&a, &JournalHome::Folder, &shared, &mut quiet()).unwrap();
    let catalog = open(&a, &address);
    let hash: Option<String> = catalog.desk().get("passwords", "u1").unwrap();
    assert_eq!(hash, None);
}
