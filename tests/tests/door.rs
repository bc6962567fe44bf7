//! The door of the catalogue: what was answered stays, what went wrong is named.

use std::fs;
use std::path::Path;

use catalog::id::{LibraryId, RecordId, Seq};
use catalog::people::{Role, User};
use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield};
use catalog::{Catalog, Doing, Error, RecordDraft, RecordStatus};
use jiff::Timestamp;
use uuid::Uuid;

fn doing() -> Doing {
    Doing::now(
        "иванова".parse().unwrap(),
        Timestamp::from_second(1_760_000_000).unwrap(),
    )
}

fn titled(title: &str) -> RecordDraft {
    let mut record = BiblioRecord::new(Leader::NEW_BOOK);
    let title = vec![Subfield::new('a', title)];
    record.fields.push(Field::data(
        "200".parse().unwrap(),
        Indicators('1', ' '),
        title,
    ));
    let owner: LibraryId = "MAIN".parse().unwrap();
    RecordDraft {
        replaces: None,
        owner,
        status: RecordStatus::Draft,
        record,
    }
}

fn title_of(catalog: &Catalog, id: RecordId) -> String {
    catalog
        .record(id)
        .unwrap()
        .record
        .first("200", 'a')
        .unwrap()
        .to_owned()
}

fn no_progress() -> impl FnMut(u64, u64) {
    |_, _| ()
}

#[test]
fn a_saved_record_is_there_after_reopening_and_after_losing_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let id = {
        let catalog = Catalog::open(folder.path()).unwrap();
        catalog
            .save_record(doing(), titled("Мещёрская сторона"))
            .unwrap()
            .0
    };
    assert_eq!(
        title_of(&Catalog::open(folder.path()).unwrap(), id),
        "Мещёрская сторона"
    );
    fs::remove_dir_all(folder.path().join("state")).unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    assert_eq!(title_of(&catalog, id), "Мещёрская сторона");
    let report = catalog.verify(true, &mut no_progress()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

#[test]
fn a_moment_finer_than_the_journal_keeps_leaves_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let fine = Doing {
        at: Timestamp::new(1_760_000_000, 123_456_789).unwrap(),
        ..doing()
    };
    let (id, _) = catalog.save_record(fine, titled("Метель")).unwrap();
    let kept = catalog.changes_since(Seq::new(0), 1).unwrap();
    assert_eq!(catalog.record(id).unwrap().saved_at, kept[0].at);
    let report = catalog.verify(true, &mut no_progress()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

#[test]
fn the_second_of_two_editors_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let (id, seen) = catalog.save_record(doing(), titled("Первая")).unwrap();
    let again = |title| RecordDraft {
        replaces: Some((id, seen)),
        ..titled(title)
    };
    catalog.save_record(doing(), again("Вторая")).unwrap();
    let answer = catalog.save_record(doing(), again("Третья"));
    assert!(matches!(answer, Err(Error::Stale { .. })), "{answer:?}");
    assert_eq!(title_of(&catalog, id), "Вторая");
}

#[test]
fn a_repeated_command_gets_the_first_answer_and_a_reused_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let keyed = Doing {
        command_id: Some(Uuid::from_u128(9)),
        ..doing()
    };
    let first = catalog
        .save_record(keyed.clone(), titled("Один раз"))
        .unwrap();
    assert_eq!(
        catalog
            .save_record(keyed.clone(), titled("Один раз"))
            .unwrap(),
        first
    );
    assert_eq!(catalog.record_count().unwrap(), 1);
    let other = catalog.save_record(keyed, titled("Другое"));
    assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
}

#[test]
fn many_writers_share_syncs_and_all_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let catalog = &catalog;
            scope.spawn(move || {
                for n in 0..20 {
                    catalog
                        .save_record(doing(), titled(&format!("{writer}/{n}")))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(catalog.record_count().unwrap(), 160);
    assert_eq!(catalog.head().seq, Seq::new(160));
    let entries = catalog.changes_since(Seq::default(), 1000).unwrap();
    assert!(
        entries
            .windows(2)
            .all(|w| w[0].at < w[1].at && w[1].seq == w[0].seq.next())
    );
}

#[test]
fn a_folder_has_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    assert!(matches!(
        Catalog::open(folder.path()),
        Err(Error::Unavailable(_))
    ));
    assert_eq!(catalog::owner(folder.path()), Some(std::process::id()));
    drop(catalog);
    assert_eq!(catalog::owner(folder.path()), None);
}

#[test]
fn people_are_kept_without_a_second_entry_for_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let user = User {
        id: "иванова".parse().unwrap(),
        title: "Иванова А. П.".into(),
        role: Role::Librarian,
        library: None,
        disabled: false,
    };
    catalog.set_user(doing(), user.clone()).unwrap();
    catalog.set_user(doing(), user.clone()).unwrap();
    assert_eq!(catalog.users().unwrap(), [user]);
    assert_eq!(catalog.head().seq, Seq::new(1));
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_changed_byte_in_the_journal_is_named_by_verify_and_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let segment = folder.path().join("journal/0000000001.jnl");
    let catalog = Catalog::open(folder.path()).unwrap();
    for n in 0..5 {
        catalog
            .save_record(doing(), titled(&n.to_string()))
            .unwrap();
    }
    flip(&segment, 200);
    let report = catalog.verify(false, &mut no_progress()).unwrap();
    assert!(
        !report.ok && report.problems[0].contains("запись 1"),
        "{:?}",
        report.problems
    );
    drop(catalog);
    assert!(matches!(
        Catalog::open(folder.path()),
        Err(Error::Damaged(_))
    ));
}

#[test]
fn a_lost_end_of_the_journal_is_not_taken_for_an_unfinished_write() {
    let folder = tempfile::tempdir().unwrap();
    let segment = folder.path().join("journal/0000000001.jnl");
    let before = {
        let catalog = Catalog::open(folder.path()).unwrap();
        catalog.save_record(doing(), titled("осталась")).unwrap();
        fs::read(&segment).unwrap()
    };
    {
        let catalog = Catalog::open(folder.path()).unwrap();
        catalog.save_record(doing(), titled("пропала")).unwrap();
    }
    fs::write(&segment, before).unwrap();
    let Err(Error::Damaged(why)) = Catalog::open(folder.path()) else {
        panic!("opened quietly")
    };
    assert!(why.contains("журнал кончается на 1"), "{why}");
}
