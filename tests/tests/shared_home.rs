//! The folder of a server on a shared journal: a command that forgets where the library stands, or finds it damaged,
//! begins no other one there.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use catalog::{Catalog, Error, JournalHome, Until, restore, transfer};
use fond_tests::Postgres;
use fond_tests::program::{Server, said};
use fond_tests::served::fond;
use fond_tests::shared::{open, quiet, sound, write};
use jiff::Timestamp;
use serde_json::Value;

fn run(program: &Path, data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(words).arg("--data").arg(data);
    command.env_remove("FOND_JOURNAL").stdin(Stdio::null());
    command.output().unwrap()
}

fn refused(program: &Path, data: &Path, words: &[&str]) -> String {
    let done = run(program, data, words);
    let told = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(3), "{words:?}: {told}");
    told
}

#[test]
fn a_command_that_forgets_the_journal_of_a_joined_server_is_told_and_begins_none() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let address = postgres.database("forgotten");
    let journal = ["--journal", &address];
    let server = Server::start_with(&program, &data, &journal);
    let school = ["library", "add", "S1", "--name", "Школа № 1"];
    let _ = said(&program, &data, &school, "");
    server.stop();
    let copy = home.path().join("copy.backup");
    let backup = ["backup", copy.to_str().unwrap()];
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    for words in [
        &backup[..],
        &["user", "list"],
        &["export"],
        &["verify"],
        &school,
        &serve,
    ] {
        let told = refused(&program, &data, words);
        assert!(told.contains("--journal"), "{words:?}: {told}");
    }
    assert!(!copy.exists() && !data.join("journal").exists());
    let server = Server::start_with(&program, &data, &journal);
    let listed = said(&program, &data, &["library", "list"], "");
    assert!(listed.contains("Школа № 1"), "{listed}");
    server.stop();
    // What is noted in the folder is the library, not the way to it with its password.
    let note = std::fs::read_to_string(data.join("home.json")).unwrap();
    assert!(!note.contains("fond@") && !note.contains("forgotten"));

    // An empty journal that an earlier program began there is named with what to do.
    let elsewhere = home.path().join("other");
    drop(Catalog::open(&elsewhere).unwrap());
    std::fs::rename(elsewhere.join("journal"), data.join("journal")).unwrap();
    let told = refused(&program, &data, &[&serve[..], &journal].concat());
    assert!(told.contains("пустой журнал"), "{told}");
}

#[test]
fn a_check_of_a_damaged_shared_journal_names_the_entry_and_leaves_the_folder_as_it_was() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| home.path().join(name));
    let address = postgres.database("damaged");
    let catalog = open(&a, &address);
    (0..5).for_each(|n| write(&catalog, &format!("u{n}")).unwrap());
    drop(catalog);
    let damage = "CREATE TABLE kept AS SELECT * FROM journal; \
         UPDATE journal SET frame = frame || '\\x00'::bytea WHERE seq = 3";
    postgres.sql("damaged", damage);
    let program = fond();
    let check = ["verify", "--json", "--journal", &address];
    let done = run(&program, &b, &check);
    assert_eq!(done.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["head"], 5, "{report}");
    assert_eq!(report["damage"]["seq"], 3, "{report}");
    assert!(!b.join("journal").exists(), "no journal is begun");

    let mend = "UPDATE journal SET frame = kept.frame FROM kept WHERE kept.seq = journal.seq";
    postgres.sql("damaged", mend);
    let done = run(&program, &b, &check);
    assert_eq!(done.status.code(), Some(0), "it opens when it is mended");
}

#[test]
fn a_folder_of_one_shared_library_takes_no_other_and_begins_none() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let a = home.path().join("a");
    let (address, other) = (postgres.database("first"), postgres.database("second"));
    let empty = postgres.database("typo");
    write(&open(&a, &address), "one").unwrap();
    drop(open(&home.path().join("b"), &other));
    for (wrong, words) in [(other, "другой библиотеке"), (empty, "проверьте адрес")]
    {
        let home = JournalHome::Postgres(wrong);
        let told = Catalog::open_at(&a, &home, &mut quiet());
        let told = told.err().map(|error| error.to_string());
        assert!(
            told.as_ref().is_some_and(|told| told.contains(words)),
            "{told:?}"
        );
    }
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(postgres.ask("typo", tables), "0");
    assert_eq!(sound(&open(&a, &address)), 1);
}

#[test]
fn a_move_takes_the_note_of_the_home_with_it() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let a = home.path().join("a");
    write(&Catalog::open(&a).unwrap(), "one").unwrap();
    let shared = JournalHome::Postgres(postgres.database("there"));
    for round in 0..2 {
        transfer(&a, &JournalHome::Folder, &shared, &mut quiet()).unwrap();
        // The old journal is not what keeps another from being begun.
        let aside = std::fs::read_dir(&a).unwrap().flatten();
        for aside in aside.filter(|entry| entry.file_name().to_string_lossy().contains(".moved")) {
            std::fs::remove_dir_all(aside.path()).unwrap();
        }
        let told = Catalog::open(&a).err();
        assert!(
            matches!(told, Some(Error::NotFound(_))),
            "round {round}: {told:?}"
        );
        transfer(&a, &shared, &JournalHome::Folder, &mut quiet()).unwrap();
        let back = Catalog::open(&a).unwrap();
        assert_eq!(back.users().unwrap().len(), 1, "round {round}");
    }
}

#[test]
fn a_command_that_only_looks_begins_no_library_in_an_empty_database() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let address = postgres.database("bare");
    for words in [
        &["verify"][..],
        &["user", "list"],
        &["books", "--year", "2025"],
    ] {
        let words = [words, &["--journal", &address]].concat();
        let told = refused(&program, &data, &words);
        assert!(told.contains("библиотеки нет"), "{words:?}: {told}");
    }
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(postgres.ask("bare", tables).trim(), "0");
    // So a library still moves there.
    let own = home.path().join("own");
    let school = ["library", "add", "S1", "--name", "Школа № 1"];
    let _ = said(&program, &own, &school, "");
    let moved = said(&program, &own, &["move", &address], "");
    assert!(moved.contains("Перенесено"), "{moved}");
}

#[test]
fn a_shared_library_restored_from_a_copy_goes_into_a_new_database_and_the_same_folders_follow_it() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let [a, b, restored] = ["a", "b", "restored"].map(|name| home.path().join(name));
    let (old, new) = (postgres.database("old"), postgres.database("new"));
    let first = open(&a, &old);
    write(&first, "one").unwrap();
    let copy = home.path().join("copy.backup");
    let made = Timestamp::UNIX_EPOCH;
    first.backup(&copy, made, &mut quiet()).unwrap();
    write(&first, "after-the-copy").unwrap();
    drop(open(&b, &old));
    drop(first);

    restore(&copy, &restored, Until::Head, &mut quiet()).unwrap();
    let there = JournalHome::Postgres(new.clone());
    transfer(&restored, &JournalHome::Folder, &there, &mut quiet()).unwrap();
    for folder in [&a, &b] {
        let catalog = open(folder, &new);
        assert_eq!(sound(&catalog), 1, "what the copy holds, and no more");
        assert_eq!(catalog.users().unwrap().len(), 1);
    }
}
