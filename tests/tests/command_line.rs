//! The program at a shell: reading makes no library, a taken code is told, the books of a building are those of its
//! school, every command shows how it is called.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
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

/// The lines of the examples in the help of a command, as they would be typed.
fn examples(words: &[&str]) -> Vec<String> {
    let help = Command::new(fond()).args(words).arg("--help").output();
    let help = String::from_utf8(help.unwrap().stdout).unwrap();
    let lines = help.lines().map(str::trim);
    let typed = lines.filter(|line| line.starts_with("fond ") || line.starts_with("echo "));
    // What takes a file of the reader's own is shown, and cannot be tried.
    let typed = typed.filter(|line| !line.contains(".json"));
    typed.map(str::to_owned).collect()
}

#[test]
fn the_examples_of_libraries_and_people_work_as_they_stand() {
    let program = fond();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let school = "fond library add SCHOOL12 --name Школа";
    let person = "fond user add иванова --role librarian && fond user add обмен --role librarian";
    let both = "fond library add RAION --name Район --kind municipality && \
         fond library add SCHOOL12 --name Школа";
    let commands: [(&[&str], &str); 11] = [
        (&["library"], "true"),
        (
            &["library", "add"],
            "fond library add RAION --name Район --kind municipality",
        ),
        (&["library", "change"], both),
        (&["library", "list"], school),
        (&["user"], school),
        (&["user", "add"], school),
        (&["user", "passwd"], person),
        (&["user", "list"], person),
        (&["user", "disable"], person),
        (
            &["user", "erase"],
            "echo ваш-длинный-пароль | fond user add иванова --role reader --password-stdin",
        ),
        (&["user", "token"], person),
    ];
    for (words, before) in commands {
        let home = tempfile::tempdir().unwrap();
        let typed = examples(words);
        assert!(!typed.is_empty(), "{words:?}");
        for line in std::iter::once(before.to_owned()).chain(typed) {
            let mut shell = Command::new("sh");
            shell.args(["-c", &line]).current_dir(home.path());
            shell.env("PATH", &path).env_remove("FOND_JOURNAL");
            let done = shell.env("FOND_DATA", home.path().join("data")).output();
            let done = done.unwrap();
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(done.status.success(), "{line}: {said}");
        }
    }
}

#[test]
fn every_command_shows_an_example() {
    let commands: [&[&str]; 24] = [
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
        &["user", "erase"],
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

/// All below a folder that somebody other than its owner may read.
fn open_to_others(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        if mode & 0o077 != 0 {
            found.push(format!("{} {mode:o}", path.display()));
        }
        if path.is_dir() {
            open_to_others(&path, found);
        }
    }
}

#[test]
fn what_stands_in_a_folder_that_all_may_read_is_still_for_the_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    let broken = home.path().join("broken.mrc");
    std::fs::write(&broken, "00100nam0 2200049   450 001").unwrap();
    assert_eq!(status(&data, &["import", broken.to_str().unwrap()]), 1);
    assert_eq!(status(&data, &["reindex"]), 0);
    let mut found = Vec::new();
    open_to_others(&data, &mut found);
    assert_eq!(found, Vec::<String>::new());
    for place in ["quarantine", "index", "state", "journal"] {
        assert!(data.join(place).is_dir(), "{place} is there");
    }
}
