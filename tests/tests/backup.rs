//! A backup of a library at work, and what is restored from it, whole, earlier, or damaged.

use std::fs;
use std::path::Path;

use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::fund::{FundCommand, Order};
use catalog::id::{LibraryId, Seq};
use catalog::people::{Role, User};
use catalog::{Catalog, Doing, Error, Until, restore};
use jiff::{SignedDuration, Timestamp};

fn start() -> Timestamp {
    Timestamp::from_second(1_760_000_000).unwrap()
}

/// Entry `n` is written `n` hours after the start.
fn write(catalog: &Catalog, n: i64) {
    let at = start() + SignedDuration::from_hours(n);
    let doing = Doing::now("иванова".parse().unwrap(), at);
    let user = User {
        id: format!("читатель-{n}").parse().unwrap(),
        title: String::new(),
        role: Role::Reader,
        library: None,
        disabled: false,
    };
    catalog.set_user(doing, user).unwrap();
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

fn quiet() -> impl FnMut(u64, u64) {
    |_, _| ()
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
