//! Folders and files that a command is given: a mirror inside the library, a folder of somebody else where a restoring is
//! made, a place that a copy does not have, a disk without room, a part of a library that cannot be read, what never ends.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use fond_tests::served::fond;

fn run(words: &[&str], folders: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(fond());
    command.args(words);
    for (name, folder) in folders {
        command.arg(name).arg(folder);
    }
    command.stdin(Stdio::null()).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A library of one school, and a copy of it.
fn copied(home: &Path) -> (PathBuf, PathBuf) {
    let (data, copy) = (home.join("data"), home.join("copy.backup"));
    let add = ["library", "add", "S1", "--name", "Школа"];
    assert!(run(&add, &[("--data", &data)]).status.success());
    let made = run(&["backup", copy.to_str().unwrap()], &[("--data", &data)]);
    assert!(made.status.success(), "{}", told(&made));
    (data, copy)
}

#[test]
fn a_mirror_inside_the_library_or_around_it_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (data, other) = (home.join("data"), home.join("other"));
    for folder in [&data, &other, &data.join("mirror")] {
        fs::create_dir_all(folder).unwrap();
    }
    symlink(&data, home.join("linked")).unwrap();
    let inside = [
        data.join("mirror"),
        data.join("not-yet/mirror"),
        other.join("../data/mirror"),
        home.join("linked/mirror"),
        home.join("linked"),
        data.clone(),
        home.to_owned(),
    ];
    for mirror in &inside {
        let add = ["library", "add", "S1", "--name", "Школа"];
        let refused = run(&add, &[("--data", &data), ("--mirror", mirror)]);
        let said = told(&refused);
        assert_eq!(
            refused.status.code(),
            Some(2),
            "{}: {said}",
            mirror.display()
        );
        assert!(said.contains("--mirror"), "{said}");
    }
    assert!(!data.join("journal").exists(), "nothing was begun");
    let add = ["library", "add", "S1", "--name", "Школа"];
    let beside = run(&add, &[("--data", &data), ("--mirror", &other)]);
    assert!(beside.status.success(), "{}", told(&beside));
}

#[test]
fn a_folder_that_restoring_did_not_make_is_never_removed() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (_, copy) = copied(home);
    let (target, beside) = (home.join("new"), home.join("new.restoring"));
    fs::create_dir(&beside).unwrap();
    fs::write(beside.join("letter.txt"), "чужое").unwrap();
    let restore = ["restore", copy.to_str().unwrap()];
    let refused = run(&restore, &[("--data", &target)]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(
        told(&refused).contains("new.restoring"),
        "{}",
        told(&refused)
    );
    assert_eq!(
        fs::read_to_string(beside.join("letter.txt")).unwrap(),
        "чужое"
    );
    assert!(!target.exists());
    fs::remove_dir_all(&beside).unwrap();

    // A link leads to what is somebody else's all the more.
    let elsewhere = home.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, &beside).unwrap();
    assert_eq!(run(&restore, &[("--data", &target)]).status.code(), Some(3));
    assert!(elsewhere.exists() && beside.is_symlink());
    fs::remove_file(&beside).unwrap();

    // What it broke off itself bears its mark.
    fs::create_dir_all(beside.join("journal")).unwrap();
    fs::write(beside.join("restoring"), "").unwrap();
    fs::write(beside.join("journal/0000000001.jnl"), "half").unwrap();
    let done = run(&restore, &[("--data", &target)]);
    assert_eq!(done.status.code(), Some(0), "{}", told(&done));
    assert!(!beside.exists() && !target.join("restoring").exists());
    let listed = run(&["library", "list"], &[("--data", &target)]);
    assert!(String::from_utf8_lossy(&listed.stdout).starts_with("S1"));
}

#[test]
fn a_place_that_the_copy_does_not_have_is_refused_by_the_command() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (_, copy) = copied(home);
    let target = home.join("new");
    let copy = copy.to_str().unwrap();
    for (word, place, says) in [
        ("--to-seq", "99", "назовите --to-seq от 1 до"),
        ("--to-seq", "0", "назовите --to-seq от 1 до"),
        ("--to-date", "2001-01-01", "назовите --to-date позже"),
    ] {
        let refused = run(&["restore", word, place, copy], &[("--data", &target)]);
        let said = told(&refused);
        assert_eq!(refused.status.code(), Some(3), "{place}: {said}");
        assert!(said.contains(says), "{place}: {said}");
        assert!(refused.stdout.is_empty());
        let left = fs::read_dir(home).unwrap().count();
        assert_eq!(left, 2, "nothing but the library and its copy");
    }
    let done = run(&["restore", "--to-seq", "1", copy], &[("--data", &target)]);
    assert_eq!(done.status.code(), Some(0), "{}", told(&done));
}

#[test]
fn a_full_verification_says_first_what_room_it_needs_and_a_quick_one_needs_none() {
    let home = tempfile::tempdir().unwrap();
    let (data, _) = copied(home.path());
    let full = run(&["verify"], &[("--data", &data)]);
    assert_eq!(full.status.code(), Some(0), "{}", told(&full));
    let said = told(&full);
    assert!(
        said.contains("нужно") && said.contains("свободно"),
        "{said}"
    );
    let quick = run(&["verify", "--quick"], &[("--data", &data)]);
    assert!(!told(&quick).contains("свободно"), "{}", told(&quick));
}

#[test]
fn a_part_of_the_library_that_cannot_be_read_is_not_taken_for_one_that_is_not_there() {
    let home = tempfile::tempdir().unwrap();
    let (data, _) = copied(home.path());
    for part in ["journal", "desk", "state"] {
        let (stands, aside) = (data.join(part), home.path().join("aside"));
        fs::rename(&stands, &aside).unwrap();
        // Who is root may read everything; a name that leads to itself nobody can read.
        symlink(&stands, &stands).unwrap();
        let output = run(&["verify"], &[("--data", &data)]);
        let why = String::from_utf8_lossy(&output.stdout).into_owned() + &told(&output);
        // Whoever needs no passwords reads on without a desk.
        let code = if part == "desk" { 1 } else { 3 };
        assert_eq!(output.status.code(), Some(code), "{part}: {why}");
        assert!(why.contains(stands.to_str().unwrap()), "{part}: {why}");
        fs::remove_file(&stands).unwrap();
        fs::rename(&aside, &stands).unwrap();
    }
    let output = run(&["verify"], &[("--data", &data)]);
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn the_address_of_a_move_may_come_by_the_environment() {
    let home = tempfile::tempdir().unwrap();
    let (data, _) = copied(home.path());
    let moved = |words: &[&str], named: Option<&str>| {
        let mut command = Command::new(fond());
        command.arg("move").args(words).arg("--data").arg(&data);
        command.envs(named.map(|to| ("FOND_MOVE_TO", to)));
        let output = command.stdin(Stdio::null()).output().unwrap();
        (output.status.code(), told(&output))
    };
    let nowhere = "postgres://fond:secret@127.0.0.1:1/fond";
    let by_word = moved(&[nowhere], None);
    assert_eq!(by_word.0, Some(3), "{}", by_word.1);
    assert_eq!(moved(&[], Some(nowhere)), by_word);
    assert!(!by_word.1.contains("secret"), "{}", by_word.1);
    assert_eq!(moved(&[], None).0, Some(2));
}

/// As [`run`], ended with 124 when it does not end by itself.
fn run_soon(words: &[&str], folder: &Path) -> Output {
    let mut command = Command::new("timeout");
    command.arg("60").arg(fond()).args(words);
    command.arg("--data").arg(folder);
    command.stdin(Stdio::null()).output().unwrap()
}

#[test]
fn what_never_ends_is_not_read_to_its_end() {
    let home = tempfile::tempdir().unwrap();
    let (data, folder) = (home.path().join("data"), home.path().join("records"));
    fs::create_dir(&folder).unwrap();
    let pipe = Command::new("mkfifo").arg(folder.join("pipe")).status();
    assert!(pipe.unwrap().success());
    fs::write(folder.join("records.txt"), "#200: ^AПовесть\n*****\n").unwrap();
    let done = run_soon(&["import", folder.to_str().unwrap()], &data);
    assert_eq!(done.status.code(), Some(0), "{}", told(&done));
    for (words, why) in [
        ("library add S1 --name S1 --policy /dev/zero", "/dev/zero"),
        (
            "serve --listen 127.0.0.1:0 --tls-cert /dev/null --tls-key /dev/zero",
            "PEM",
        ),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let done = run_soon(&words, &data);
        assert_eq!(done.status.code(), Some(3), "{}", told(&done));
        assert!(told(&done).contains(why), "{}", told(&done));
    }
}
