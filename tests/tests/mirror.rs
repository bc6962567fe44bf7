//! A library with a mirror on another disk: what is acknowledged stands in both, the one that was away is
//! brought up, the library comes back from the mirror alone, and two that differ are never joined.

use std::fs;
use std::path::{Path, PathBuf};

use catalog::{Catalog, Error, JournalHome, Until, VerifyReport, restore};
use fond_tests::batches::{begin_another, flip_in_the_last, take_away, tear_the_last};
use fond_tests::deeds::{deed, prepared};
use fond_tests::program::{Client, Server, said};
use fond_tests::served::fond;
use fond_tests::shared::{copy, quiet, sound, write};

fn open(data: &Path, mirror: &Path) -> Result<Catalog, Error> {
    let home = JournalHome::Mirrored(mirror.to_owned());
    Catalog::open_at(data, &home, &mut quiet())
}

fn people(catalog: &Catalog) -> usize {
    sound(catalog);
    catalog.users().unwrap().len()
}

/// A data folder, an empty mirror, and what keeps both.
fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let (data, mirror) = (home.path().join("data"), home.path().join("mirror"));
    fs::create_dir(&mirror).unwrap();
    (home, data, mirror)
}

#[test]
fn the_library_comes_back_from_its_mirror_alone() {
    let (home, data, mirror) = folders();
    let catalog = open(&data, &mirror).unwrap();
    write(&catalog, "a").unwrap();
    write(&catalog, "b").unwrap();
    catalog.desk().put("passwords", "a", &"хеш").unwrap();
    let head = catalog.head();
    let taken = restore(&mirror, &home.path().join("c"), Until::Head, &mut quiet());
    assert!(matches!(taken, Err(Error::Unavailable(_))), "it is in use");
    drop(catalog);

    let restored = home.path().join("restored");
    let report = restore(&mirror, &restored, Until::Head, &mut quiet()).unwrap();
    assert!(report.ok);
    let restored = Catalog::open(&restored).unwrap();
    assert_eq!(restored.head(), head);
    let hash: Option<String> = restored.desk().get("passwords", "a").unwrap();
    assert_eq!(hash.as_deref(), Some("хеш"));

    fs::remove_dir_all(&data).unwrap();
    let catalog = open(&data, &mirror).unwrap();
    assert_eq!((catalog.head(), people(&catalog)), (head, 2));
    let hash: Option<String> = catalog.desk().get("passwords", "a").unwrap();
    assert_eq!(hash.as_deref(), Some("хеш"));
}

#[test]
fn a_library_that_was_taken_from_its_mirror_by_half_is_none_until_all_of_it_is_there() {
    let (_home, data, mirror) = folders();
    let catalog = open(&data, &mirror).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..10 {
            let catalog = &catalog;
            scope.spawn(move || {
                (0..60).for_each(|n| write(catalog, &format!("u{writer}-{n}")).unwrap())
            });
        }
    });
    catalog.desk().put("passwords", "a", &"хеш").unwrap();
    drop(catalog);
    fs::remove_dir_all(&data).unwrap();
    let home = JournalHome::Mirrored(mirror.clone());
    let broken = std::panic::catch_unwind(|| {
        let mut tick = |done, _| assert!(done < 300, "the program is killed here");
        Catalog::open_at(&data, &home, &mut tick).map(drop)
    });
    assert!(broken.is_err(), "it was broken off");
    let told = Catalog::open(&data).err().expect("it is not all there");
    assert!(told.to_string().contains("--mirror"), "{told}");

    let catalog = open(&data, &mirror).unwrap();
    assert_eq!(people(&catalog), 600);
    let hash: Option<String> = catalog.desk().get("passwords", "a").unwrap();
    assert_eq!(
        hash.as_deref(),
        Some("хеш"),
        "the mirror's keys are not wiped"
    );
}

#[test]
fn the_one_that_was_away_is_brought_up() {
    let (_home, data, mirror) = folders();
    write(&open(&data, &mirror).unwrap(), "a").unwrap();
    let alone = Catalog::open(&data).unwrap();
    write(&alone, "b").unwrap();
    alone.desk().put("passwords", "b", &1).unwrap();
    drop(alone);
    let catalog = open(&data, &mirror).unwrap();
    write(&catalog, "c").unwrap();
    assert_eq!(people(&catalog), 3);
    drop(catalog);
    let other = Catalog::open(&mirror).unwrap();
    assert_eq!(people(&other), 3, "the mirror was brought up");
    assert_eq!(other.desk().get("passwords", "b").unwrap(), Some(1));
    write(&other, "d").unwrap();
    drop(other);
    let catalog = open(&data, &mirror).unwrap();
    assert_eq!(people(&catalog), 4, "the library was brought up");
}

#[test]
fn two_that_differ_are_never_joined_and_a_missing_mirror_is_said() {
    let (home, data, mirror) = folders();
    write(&open(&data, &mirror).unwrap(), "a").unwrap();
    for (folder, name) in [(&data, "b"), (&mirror, "c")] {
        let alone = Catalog::open(folder).unwrap();
        write(&alone, name).unwrap();
        write(&alone, "d").unwrap();
    }
    let parted = open(&data, &mirror).err().unwrap();
    assert!(parted.to_string().contains("с записи 2:"), "{parted}");
    let other = home.path().join("other");
    write(&Catalog::open(&other).unwrap(), "a").unwrap();
    assert!(matches!(open(&data, &other), Err(Error::Unavailable(_))));
    let missing = open(&data, &home.path().join("missing")).err().unwrap();
    assert!(missing.to_string().contains("--mirror"), "{missing}");
    assert_eq!(people(&Catalog::open(&data).unwrap()), 3);
}

#[test]
fn verify_reads_the_mirror_as_well() {
    let (_home, data, mirror) = folders();
    let catalog = open(&data, &mirror).unwrap();
    (0..9).for_each(|n| write(&catalog, &format!("u{n}")).unwrap());
    let path = mirror.join("journal/0000000001.jnl");
    let whole = fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    bytes[400] ^= 4;
    fs::write(&path, &bytes).unwrap();
    let report = catalog.verify(false, &mut quiet()).unwrap();
    let named = path.display().to_string();
    assert!(
        report.problems.iter().any(|p| p.contains(&named)),
        "{report:?}"
    );
    fs::write(&path, &whole).unwrap();
    assert!(catalog.verify(false, &mut quiet()).unwrap().ok);
}

#[test]
fn a_mirror_that_lost_its_end_is_no_library_and_says_so() {
    let (home, data, mirror) = folders();
    let catalog = open(&data, &mirror).unwrap();
    (0..9).for_each(|n| write(&catalog, &format!("u{n}")).unwrap());
    drop(catalog);
    let flip = |path: &Path| flip_in_the_last(path, 0.6, 2);
    let take = |path: &Path| take_away(path, 3);
    let spoilers: [&dyn Fn(&Path); 3] = [&flip, &tear_the_last, &take];
    for (n, spoil) in spoilers.into_iter().enumerate() {
        let [spoiled, restored, empty] =
            ["spoiled", "restored", "empty"].map(|name| home.path().join(format!("{name}-{n}")));
        copy(&mirror, &spoiled);
        spoil(&spoiled.join("journal/0000000001.jnl"));
        let told = restore(&spoiled, &restored, Until::Head, &mut quiet());
        assert!(matches!(told, Err(Error::Damaged(_))), "{n}: {told:?}");
        assert!(!restored.exists());
        let told = open(&empty, &spoiled).err();
        assert!(matches!(told, Some(Error::Damaged(_))), "{n}: {told:?}");
        // Beside a journal that is whole, what is missing is brought; what was changed is refused.
        let beside = open(&data, &spoiled).map(|catalog| people(&catalog));
        assert_eq!(beside.ok(), (n > 0).then_some(9), "{n}");
    }
    // What a kill left unfinished had never been answered.
    let killed = home.path().join("killed");
    copy(&mirror, &killed);
    begin_another(&killed.join("journal/0000000001.jnl"));
    let target = home.path().join("target");
    let report = restore(&killed, &target, Until::Head, &mut quiet()).unwrap();
    assert_eq!(report.head.get(), 9);
    assert!(report.cut.is_some_and(|cut| cut.contains("0000000001.jnl")));
}

#[test]
fn a_damaged_mirror_that_stops_the_opening_is_named_in_the_report() {
    let (_home, data, mirror) = folders();
    let catalog = open(&data, &mirror).unwrap();
    (0..9).for_each(|n| write(&catalog, &format!("u{n}")).unwrap());
    drop(catalog);
    let path = mirror.join("journal/0000000001.jnl");
    let mut bytes = fs::read(&path).unwrap();
    bytes[400] ^= 4;
    fs::write(&path, &bytes).unwrap();
    let why = open(&data, &mirror).err().unwrap();
    let home = JournalHome::Mirrored(mirror.clone());
    let report = VerifyReport::of_unopened(&data, &home, &why);
    assert_eq!(report.damage.unwrap().segment, path);
    assert_eq!(report.head.get(), 0, "nothing is called whole");
}

#[test]
fn what_a_killed_server_answered_stands_in_the_mirror() {
    let (home, data, mirror) = folders();
    let program = fond();
    let token = prepared(&program, &data);
    let mut command = std::process::Command::new(&program);
    command.env("FOND_MIRROR", &mirror);
    let server = Server::launched(command, &data);
    let client = Client::new(&server.address, &token);
    for n in 0..20 {
        let deed = deed(1, 1, n, None);
        let (status, answer) = client.done(&deed).unwrap();
        assert_eq!(status, 201, "{answer}");
    }
    server.kill();
    let restored = home.path().join("restored");
    let words = ["restore", mirror.to_str().unwrap()];
    let _ = said(&program, &restored, &words, "");
    let records = Catalog::open(&restored).unwrap().record_count().unwrap();
    assert_eq!(records, 20);
}
