//! A backup of a library at work, and what is restored from it, whole, earlier, or damaged.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::fund::{FundCommand, Order};
use catalog::id::{LibraryId, Seq};
use catalog::{Catalog, Doing, Error, Until, restore};
use fond_tests::shared::{person, quiet};
use jiff::{SignedDuration, Timestamp};

fn start() -> Timestamp {
    Timestamp::from_second(1_760_000_000).unwrap()
}

/// Entry `n` is written `n` hours after the start.
fn write(catalog: &Catalog, n: i64) {
    let at = start() + SignedDuration::from_hours(n);
    let doing = Doing::now("иванова".parse().unwrap(), at);
    let reader = person(&format!("читатель-{n}"));
    catalog.set_user(doing, reader).unwrap();
}

fn library(folder: &Path, entries: i64) -> Catalog {
    let catalog = Catalog::open(folder).unwrap();
    let school: LibraryId = "SCHOOL12".parse().unwrap();
    let node = LibraryNode {
        id: school.clone(),
        name: "Школа № 12".into(),
        parent: None,
        kind: NodeKind::School,
    };
    let order = FundCommand {
        event: None,
        order: Order::AddLibrary(node),
    };
    let doing = Doing::now("иванова".parse().unwrap(), start());
    catalog.fund(doing, &school, order).unwrap();
    (1..entries).for_each(|n| write(&catalog, n));
    catalog.desk().put("passwords", "иванова", &"хеш").unwrap();
    catalog
}

#[test]
fn a_copy_made_at_work_restores_to_the_same_chain_and_the_same_desk() {
    let home = tempfile::tempdir().unwrap();
    let catalog = library(&home.path().join("a"), 40);
    let file = home.path().join("copy.backup");
    let head = catalog.head();
    let manifest = catalog.backup(&file, start(), &mut quiet()).unwrap();
    assert_eq!(manifest.head, head.seq);
    // The library went on; the copy knows nothing of it.
    write(&catalog, 100);

    let target = home.path().join("b");
    let report = restore(&file, &target, Until::Head, &mut quiet()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
    let restored = Catalog::open(&target).unwrap();
    assert_eq!(restored.head(), head);
    assert_eq!(restored.users().unwrap().len(), 39);
    let hash: Option<String> = restored.desk().get("passwords", "иванова").unwrap();
    assert_eq!(hash.as_deref(), Some("хеш"));
    write(&restored, 200);
    assert!(restored.verify(true, &mut quiet()).unwrap().ok);
}

#[test]
fn a_copy_and_what_is_restored_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let home = tempfile::tempdir().unwrap();
    let (folder, target) = (home.path().join("a"), home.path().join("b"));
    let catalog = library(&folder, 3);
    let file = home.path().join("copy.backup");
    catalog.backup(&file, start(), &mut quiet()).unwrap();
    restore(&file, &target, Until::Head, &mut quiet()).unwrap();
    assert_eq!(mode(&file), 0o600);
    for folder in [folder, target] {
        for place in ["", "journal", "desk", "desk/passwords", "state"] {
            assert_eq!(mode(&folder.join(place)), 0o700, "{place}");
        }
        assert_eq!(mode(&folder.join("journal/0000000001.jnl")), 0o600);
    }
}

#[test]
fn a_copy_restores_to_an_earlier_entry_or_moment() {
    let home = tempfile::tempdir().unwrap();
    let catalog = library(&home.path().join("a"), 40);
    let file = home.path().join("copy.backup");
    catalog.backup(&file, start(), &mut quiet()).unwrap();
    let entry = catalog.changes_since(Seq::new(9), 1).unwrap().remove(0);

    let by_number = home.path().join("b");
    restore(&file, &by_number, Until::Entry(entry.seq), &mut quiet()).unwrap();
    let by_number = Catalog::open(&by_number).unwrap();
    assert_eq!(by_number.head().seq, entry.seq);

    let by_time = home.path().join("c");
    let noon = start() + SignedDuration::from_hours(10);
    restore(&file, &by_time, Until::Moment(noon), &mut quiet()).unwrap();
    let by_time = Catalog::open(&by_time).unwrap();
    // The library itself and nine people were written before the tenth hour.
    assert_eq!(by_time.head(), by_number.head());
}

#[test]
fn a_place_that_the_copy_does_not_have_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let catalog = library(&home.path().join("a"), 40);
    let file = home.path().join("copy.backup");
    catalog.backup(&file, start(), &mut quiet()).unwrap();
    let target = home.path().join("b");
    let refused = |until: Until, words: &str| {
        let told = restore(&file, &target, until, &mut quiet()).unwrap_err();
        assert!(matches!(told, Error::NotFound(_)), "{told}");
        assert!(told.to_string().contains(words), "{told}");
        assert!(!target.exists());
    };
    refused(Until::Entry(Seq::new(41)), "последняя в ней – 40");
    refused(Until::Entry(Seq::default()), "от 1 до 40");
    refused(Until::Moment(start()), "сделана 09.10.2025 в 08:53 UTC");
    let report = restore(&file, &target, Until::Entry(Seq::new(40)), &mut quiet());
    assert_eq!(report.unwrap().head, Seq::new(40));
}

#[test]
fn a_copy_takes_the_place_of_nothing_but_an_earlier_copy() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("a");
    let catalog = library(&folder, 10);
    let letter = home.path().join("letter.txt");
    fs::write(&letter, "не копия").unwrap();
    let link = home.path().join("link.backup");
    std::os::unix::fs::symlink(folder.join("journal/0000000001.jnl"), &link).unwrap();
    let own = [
        "journal/0000000001.jnl",
        "journal/new.backup",
        "desk/new.backup",
        "state/mark",
        "lock",
    ];
    let own = own.map(|name| folder.join(name));
    let socket = home.path().join("socket");
    let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let others = [letter, link, socket, home.path().to_path_buf()];
    for file in own.iter().chain(&others) {
        let before = fs::read(file).ok();
        let refused = catalog.backup(file, start(), &mut quiet()).unwrap_err();
        let told = refused.to_string();
        assert!(told.contains("не может лечь"), "{}: {told}", file.display());
        assert_eq!(fs::read(file).ok(), before, "{}", file.display());
    }
    let file = home.path().join("copy.backup");
    catalog.backup(&file, start(), &mut quiet()).unwrap();
    catalog.backup(&file, start(), &mut quiet()).unwrap();
    let names = fs::read_dir(home.path()).unwrap().count();
    assert_eq!(names, 5, "nothing half done is left");
}

#[test]
fn what_a_killed_program_left_of_its_copy_goes_with_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let catalog = library(&home.path().join("a"), 2);
    let [left, made, other] =
        [".fond-aa.part", ".fond-bb.part", "notes.part"].map(|name| home.path().join(name));
    for path in [&left, &made, &other] {
        fs::write(path, "половина").unwrap();
    }
    let before = SystemTime::now() - Duration::from_secs(2 * 3600);
    for path in [&left, &other] {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(before).unwrap();
    }
    let file = home.path().join("copy.backup");
    catalog.backup(&file, start(), &mut quiet()).unwrap();
    assert!(!left.exists() && made.exists() && other.exists() && file.exists());
}

#[test]
fn a_copy_with_something_behind_its_end_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let catalog = library(&home.path().join("a"), 10);
    let file = home.path().join("copy.backup");
    catalog.backup(&file, start(), &mut quiet()).unwrap();
    let whole = fs::read(&file).unwrap();
    for more in [1, 7, 600, 5000] {
        let bytes = [whole.clone(), vec![b'x'; more]].concat();
        fs::write(&file, bytes).unwrap();
        let target = home.path().join("b");
        let refused = restore(&file, &target, Until::Head, &mut quiet());
        assert!(refused.is_err(), "{more} bytes more");
        assert!(!target.exists());
    }
    // Another copy behind it is no part of it either.
    fs::write(&file, [whole.clone(), whole].concat()).unwrap();
    let twice = restore(&file, &home.path().join("b"), Until::Head, &mut quiet());
    assert!(twice.is_err());
}

#[test]
fn a_damaged_copy_is_refused_and_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let catalog = library(&home.path().join("a"), 40);
    let file = home.path().join("copy.backup");
    catalog.backup(&file, start(), &mut quiet()).unwrap();
    let whole = fs::read(&file).unwrap();
    let target = home.path().join("b");
    let damaged = home.path().join("damaged.backup");
    for step in 0..60 {
        let at = step * whole.len() / 60;
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (step % 8);
        fs::write(&damaged, &bytes).unwrap();
        match restore(&damaged, &target, Until::Head, &mut quiet()) {
            Err(_) => assert!(!target.exists(), "byte {at}"),
            // A few bits of the container say nothing; the content is then the same.
            Ok(report) => {
                assert_eq!(report.head, catalog.head().seq, "byte {at}");
                fs::remove_dir_all(&target).unwrap();
            }
        }
        fs::write(&damaged, &whole[..at]).unwrap();
        assert!(restore(&damaged, &target, Until::Head, &mut quiet()).is_err());
    }
    assert!(!home.path().join("b.restoring").exists());
}

#[test]
fn a_library_in_use_or_in_place_is_never_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("a");
    let catalog = library(&folder, 3);
    let file = home.path().join("copy.backup");
    catalog.backup(&file, start(), &mut quiet()).unwrap();
    let taken = restore(&file, &folder, Until::Head, &mut quiet());
    assert!(matches!(taken, Err(Error::Unavailable(_))));
    drop(catalog);
    let taken = restore(&file, &folder, Until::Head, &mut quiet());
    assert!(matches!(taken, Err(Error::Unavailable(_))));
    assert_eq!(Catalog::open(&folder).unwrap().head().seq, Seq::new(3));
}
