//! The end of the journal: what a kill left unfinished is cut and said; what was acknowledged and is gone, changed or
//! forgotten is refused by every door, and nothing new is begun over it. Rules: D-6, promise 2 of the contract.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use catalog::{Catalog, Error, JournalHome, transfer};
use fond_tests::batches::{batches, begin_another, flip_in_the_last, take_away, tear_the_last};
use fond_tests::house::root;
use fond_tests::served::fond;
use fond_tests::shared::{copy, quiet, sound, write};
use serde_json::Value;

const PEOPLE: usize = 9;
/// What `state/mark` may say; nothing where there is none.
const MARKS: [Option<&str>; 3] = [Some("clean"), Some("open another boot"), None];

fn segment(folder: &Path) -> PathBuf {
    folder.join("journal/0000000001.jnl")
}

fn mark(folder: &Path, mark: Option<&str>) {
    let path = folder.join("state/mark");
    match mark {
        Some(words) => fs::write(path, words).unwrap(),
        None => fs::remove_file(path).unwrap(),
    }
}

/// A library with so many people and a key, still open.
fn library(folder: &Path) -> Catalog {
    let catalog = Catalog::open(folder).unwrap();
    (0..PEOPLE).for_each(|n| write(&catalog, &format!("u{n}")).unwrap());
    catalog.desk().put("passwords", "u1", &"хеш").unwrap();
    catalog
}

/// Why a folder is refused.
fn refused(folder: &Path) -> String {
    match Catalog::open(folder) {
        Err(Error::Damaged(why)) => why,
        Err(other) => panic!("refused for another reason: {other}"),
        Ok(catalog) => panic!("opened at {}", catalog.head().seq),
    }
}

fn run(program: &Path, data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(words).arg("--data").arg(data);
    command.output().unwrap()
}

#[test]
fn tables_that_know_more_than_the_journal_are_asked_whatever_their_mark_says() {
    let home = tempfile::tempdir().unwrap();
    let whole = home.path().join("whole");
    drop(library(&whole));
    for (n, words) in MARKS.into_iter().enumerate() {
        let short = home.path().join(format!("short-{n}"));
        copy(&whole, &short);
        mark(&short, words);
        take_away(&segment(&short), 3);
        for _ in 0..2 {
            let told = refused(&short);
            assert!(
                told.contains("на записи 9, журнал кончается на 6"),
                "{words:?}: {told}"
            );
        }
        fs::copy(segment(&whole), segment(&short)).unwrap();
        let catalog = Catalog::open(&short).unwrap();
        assert_eq!(sound(&catalog), PEOPLE as u64, "{words:?}");
    }
}

#[test]
fn the_journal_of_another_library_is_not_taken_for_ours() {
    let home = tempfile::tempdir().unwrap();
    let (ours, other) = (home.path().join("ours"), home.path().join("other"));
    drop(library(&ours));
    let longer = library(&other);
    (0..5).for_each(|n| write(&longer, &format!("other{n}")).unwrap());
    drop(longer);
    for (n, words) in MARKS.into_iter().enumerate() {
        let mixed = home.path().join(format!("mixed-{n}"));
        copy(&ours, &mixed);
        mark(&mixed, words);
        fs::copy(segment(&other), segment(&mixed)).unwrap();
        for _ in 0..2 {
            let told = refused(&mixed);
            assert!(told.contains("по другому журналу"), "{words:?}: {told}");
        }
        fs::copy(segment(&ours), segment(&mixed)).unwrap();
        let catalog = Catalog::open(&mixed).unwrap();
        assert_eq!(sound(&catalog), PEOPLE as u64, "{words:?}");
    }
}

#[test]
fn a_lost_journal_is_not_begun_anew() {
    let home = tempfile::tempdir().unwrap();
    let whole = home.path().join("whole");
    drop(library(&whole));
    for (n, words) in MARKS.into_iter().enumerate() {
        for (m, gone) in ["journal", "journal/0000000001.jnl"]
            .into_iter()
            .enumerate()
        {
            let lost = home.path().join(format!("lost-{n}-{m}"));
            copy(&whole, &lost);
            mark(&lost, words);
            let gone = lost.join(gone);
            if gone.is_dir() {
                fs::remove_dir_all(&gone).unwrap();
            } else {
                fs::remove_file(&gone).unwrap();
            }
            for _ in 0..2 {
                let told = refused(&lost);
                assert!(told.contains("fond restore"), "{words:?}: {told}");
                assert!(!segment(&lost).exists(), "{words:?}: one was begun");
            }
        }
    }
    let keys = home.path().join("keys");
    copy(&whole.join("desk"), &keys.join("desk"));
    assert!(refused(&keys).contains("fond restore"));
    // The tables know of no entry and there is no key: nothing was lost.
    let empty = home.path().join("empty");
    drop(Catalog::open(&empty).unwrap());
    fs::remove_dir_all(empty.join("journal")).unwrap();
    assert_eq!(sound(&Catalog::open(&empty).unwrap()), 0);
}

#[test]
fn a_journal_without_its_end_is_not_moved() {
    let home = tempfile::tempdir().unwrap();
    let whole = home.path().join("whole");
    drop(library(&whole));
    let nowhere = JournalHome::Postgres("postgres://nobody@127.0.0.1:1/none".to_owned());
    let moved = |folder: &Path| transfer(folder, &JournalHome::Folder, &nowhere, &mut quiet());
    let flip = |path: &Path| flip_in_the_last(path, 0.7, 3);
    let take = |path: &Path| take_away(path, 3);
    let spoilers: [&dyn Fn(&Path); 4] = [&flip, &tear_the_last, &begin_another, &take];
    for (n, spoil) in spoilers.into_iter().enumerate() {
        let short = home.path().join(format!("short-{n}"));
        copy(&whole, &short);
        spoil(&segment(&short));
        let told = moved(&short);
        assert!(matches!(told, Err(Error::Damaged(_))), "{n}: {told:?}");
        assert!(segment(&short).exists());
    }
    let short = home.path().join("another boot");
    copy(&whole, &short);
    mark(&short, Some("open another boot"));
    take_away(&segment(&short), 3);
    assert!(matches!(moved(&short), Err(Error::Damaged(_))));
    // One that is whole is only stopped by the database.
    assert!(!matches!(moved(&whole), Err(Error::Damaged(_))));
}

#[test]
fn a_flipped_bit_in_what_was_acknowledged_before_a_kill_is_named() {
    let home = tempfile::tempdir().unwrap();
    let catalog = library(&home.path().join("at work"));
    for n in 0..24_u32 {
        let killed = home.path().join("killed");
        copy(catalog.folder(), &killed);
        flip_in_the_last(&segment(&killed), f64::from(n) / 24.0, n);
        let told = refused(&killed);
        assert!(told.contains("запись 9"), "{n}: {told}");
        fs::remove_dir_all(&killed).unwrap();
    }
}

#[test]
fn what_a_kill_left_unfinished_is_cut_and_said_once() {
    let program = fond();
    let home = tempfile::tempdir().unwrap();
    let catalog = library(&home.path().join("at work"));
    let (killed, other) = (home.path().join("killed"), home.path().join("other"));
    for folder in [&killed, &other] {
        copy(catalog.folder(), folder);
        begin_another(&segment(folder));
    }
    let words = |told: &[u8]| String::from_utf8_lossy(told).contains("Отрезано");
    let first = run(&program, &killed, &["verify"]);
    assert!(first.status.success(), "{first:?}");
    assert!(words(&first.stdout) && words(&first.stderr), "{first:?}");
    assert!(killed.join("journal.cut").exists());
    let second = run(&program, &killed, &["verify"]);
    assert!(second.status.success(), "{second:?}");
    assert!(
        !words(&second.stdout) && !words(&second.stderr),
        "{second:?}"
    );

    let told = run(&program, &other, &["verify", "--json"]);
    let report: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(
        (&report["ok"], &report["entries"]),
        (&true.into(), &PEOPLE.into())
    );
    assert!(
        report["cut"].as_str().unwrap().contains("0000000001.jnl"),
        "{report}"
    );
}

#[test]
fn a_search_that_knows_more_than_the_journal_is_asked_where_no_tables_are_left() {
    let program = fond();
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let records = root().join("data/samples/records.jsonl");
    let imported = run(&program, &data, &["import", records.to_str().unwrap()]);
    assert!(imported.status.success(), "{imported:?}");
    fs::remove_dir_all(data.join("state")).unwrap();
    let count = batches(&fs::read(segment(&data)).unwrap()).len();
    take_away(&segment(&data), count - 1);
    for words in [&["verify", "--json"][..], &["reindex"], &["verify"]] {
        let told = run(&program, &data, words);
        let said = [told.stdout, told.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!told.status.success(), "{words:?}: {said}");
        assert!(said.contains("Поиск знает больше"), "{words:?}: {said}");
    }
}
