//! A library with a mirror that is moved to PostgreSQL: what only the mirror has goes along.

use std::fs;
use std::process::Command;

use catalog::{Catalog, Error, JournalHome, transfer};
use fond_tests::Postgres;
use fond_tests::shared::{open, quiet, sound, write};

#[test]
fn a_move_takes_what_only_the_mirror_has_and_refuses_one_that_is_not_its_own() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let (data, mirror) = (home.path().join("data"), home.path().join("mirror"));
    fs::create_dir(&mirror).unwrap();
    let mirrored = JournalHome::Mirrored(mirror.clone());
    let begun = || Catalog::open_at(&data, &mirrored, &mut quiet()).unwrap();
    let catalog = begun();
    write(&catalog, "a").unwrap();
    drop(catalog);
    let old = home.path().join("old");
    let copied = Command::new("cp").arg("-a").args([&data, &old]).status();
    assert!(copied.unwrap().success());
    let catalog = begun();
    write(&catalog, "b").unwrap();
    catalog.desk().put("passwords", "b", &"хеш").unwrap();
    let head = catalog.head();
    drop(catalog);
    // The disk of the data folder failed; an old copy of it stands in its place.
    fs::remove_dir_all(&data).unwrap();
    fs::rename(&old, &data).unwrap();

    let address = postgres.database("moved_with_mirror");
    let shared = JournalHome::Postgres(address.clone());
    let elsewhere = home.path().join("elsewhere");
    let gone = JournalHome::Mirrored(elsewhere.clone());
    let refused = transfer(&data, &gone, &shared, &mut quiet());
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    fs::create_dir(&elsewhere).unwrap();
    let stranger = home.path().join("stranger");
    let other = Catalog::open_at(&stranger, &gone, &mut quiet()).unwrap();
    write(&other, "x").unwrap();
    drop(other);
    let refused = transfer(&data, &gone, &shared, &mut quiet());
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");

    let moved = transfer(&data, &mirrored, &shared, &mut quiet()).unwrap();
    assert_eq!(moved.head, head, "with what only the mirror had");
    // Once more: the folder has no journal now, and takes none from the mirror.
    let again = transfer(&data, &mirrored, &shared, &mut quiet());
    assert!(!data.join("journal").exists(), "{again:?}");
    let catalog = open(&data, &address);
    assert_eq!(catalog.head(), head);
    let note: Option<String> = catalog.desk().get("passwords", "b").unwrap();
    assert_eq!(note.as_deref(), Some("хеш"));
    sound(&catalog);
}
