//! The program at a shell: reading makes no library, a taken code is told, the books of a building are those of its
//! school, every command shows how it is called.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use fond_tests::served::fond;

fn run(data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(fond());
    command.args(words).arg("--data").arg(data);
    command.stdin(Stdio::null()).output().unwrap()
}

fn status(data: &Path, words: &[&str]) -> i32 {
    run(data, words).status.code().unwrap()
}

const READING: [&[&str]; 8] = [
    &["books", "--year", "2025"],
    &["export"],
    &["verify"],
    &["reindex"],
    &["backup", "copy.backup"],
    &["library", "list"],
    &["user", "list"],
    &["user", "token", "vera"],
];

#[test]
fn reading_where_nothing_stands_says_so_and_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mistyped = home.path().join("mistyped");
    let foreign = home.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("letter.txt"), "не библиотека").unwrap();
    for words in READING {
        for data in [&mistyped, &foreign] {
            let done = run(data, words);
            assert_eq!(done.status.code(), Some(3), "{words:?}");
            let said = String::from_utf8(done.stderr).unwrap();
            assert!(said.contains("библиотеки нет"), "{words:?}: {said}");
            assert!(done.stdout.is_empty());
        }
        assert!(!mistyped.exists(), "{words:?} made a folder");
        let inside = std::fs::read_dir(&foreign).unwrap().count();
        assert_eq!(inside, 1, "{words:?} wrote into a foreign folder");
    }
}

#[test]
fn a_creation_that_was_killed_opens_as_empty_and_verifies_clean() {
    let home = tempfile::tempdir().unwrap();
    let bare = home.path().join("bare");
    std::fs::create_dir(&bare).unwrap();
    assert_eq!(status(&bare, &["verify"]), 0);
    let locked = home.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::write(locked.join("lock"), "").unwrap();
    assert_eq!(status(&locked, &["verify"]), 0);
    assert_eq!(status(&locked, &["user", "list"]), 0);
    // An empty library has no books, and none is made to print them.
    assert_eq!(status(&locked, &["books", "--year", "2025"]), 3);
    let listed = run(&locked, &["library", "list"]);
    assert!(listed.stdout.is_empty());
}

#[test]
fn a_taken_code_is_refused_and_a_change_is_a_word_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let add = ["library", "add", "S1", "--name", "Школа № 1"];
    assert_eq!(status(&data, &add), 0);
    assert_eq!(status(&data, &add), 0, "the very same is no other");
    let other = run(&data, &["library", "add", "S1", "--name", "Школа № 2"]);
    assert_eq!(other.status.code(), Some(1));
    let said = String::from_utf8(other.stderr).unwrap();
    assert!(
        said.contains("library-exists") && said.contains("Школа № 1"),
        "{said}"
    );
    let change = |code| ["library", "change", code, "--name", "Гимназия"];
    assert_eq!(status(&data, &change("S9")), 3);
    assert_eq!(status(&data, &change("S1")), 0);
    let listed = run(&data, &["library", "list"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.trim(), "S1\tшкола\t-\tГимназия");
}

#[test]
fn the_books_of_a_building_are_those_of_its_school() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    assert_eq!(
        status(&data, &["library", "add", "S1", "--name", "Школа"]),
        0
    );
    let building = [
        "library",
        "add",
        "B1",
        "--name",
        "Корпус",
        "--parent",
        "S1",
        "--kind",
        "building",
    ];
    assert_eq!(status(&data, &building), 0);
    let year = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/fund/golden-year.json");
    assert_eq!(status(&data, &["post", "--library", "B1", year]), 0);
    let books = |code| {
        let done = run(
            &data,
            &["books", "--year", "2025", "--json", "--library", code],
        );
        assert_eq!(done.status.code(), Some(0));
        String::from_utf8(done.stdout).unwrap()
    };
    assert_eq!(books("B1"), books("S1"));
    assert!(books("B1").len() > 5_000, "the books are not empty");
}

#[test]
fn every_command_shows_an_example() {
    let commands: [&[&str]; 23] = [
        &["demo"],
        &["serve"],
        &["import"],
        &["export"],
        &["convert"],
        &["check"],
        &["describe"],
        &["post"],
        &["books"],
        &["verify"],
        &["reindex"],
        &["backup"],
        &["restore"],
        &["move"],
        &["library", "add"],
        &["library", "change"],
        &["library", "list"],
        &["user", "add"],
        &["user", "passwd"],
        &["user", "list"],
        &["user", "disable"],
        &["user", "token"],
        &["library"],
    ];
    for words in commands {
        let done = Command::new(fond())
            .args(words)
            .arg("--help")
            .output()
            .unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        let shown = said.contains("Пример:\n  ") || said.contains("Примеры:\n  ");
        assert!(done.status.success() && shown, "{words:?}: {said}");
    }
}
