//! Libraries whose journal several programs share, or that has a mirror: how a test opens one, writes into it, waits
//! until it follows and proves it whole.

use std::path::Path;
use std::time::{Duration, Instant};

use catalog::people::{Role, User};
use catalog::{Catalog, Doing, Error, JournalHome};
use uuid::Uuid;

use crate::intake::doing;

/// Whoever follows is waited for so long.
const SOON: Duration = Duration::from_secs(40);

/// Nobody looks how far it has come.
pub fn quiet() -> impl FnMut(u64, u64) {
    |_, _| ()
}

/// A server's library in a folder of its own, whose journal stands at this address.
///
/// # Panics
/// When it does not open.
#[must_use]
pub fn open(folder: &Path, address: &str) -> Catalog {
    let home = JournalHome::Postgres(address.to_owned());
    Catalog::open_at(folder, &home, &mut quiet()).unwrap()
}

/// A reader of this name.
///
/// # Panics
/// When no person can be called so.
#[must_use]
pub fn person(name: &str) -> User {
    User {
        id: name.parse().unwrap(),
        title: String::new(),
        role: Role::Reader,
        library: None,
        disabled: false,
    }
}

/// Writes one change: a person.
///
/// # Errors
/// Those of the library.
pub fn write(catalog: &Catalog, name: &str) -> Result<(), Error> {
    catalog.set_user(doing(), person(name)).map(|_| ())
}

/// As [`write`], under a key.
///
/// # Errors
/// Those of the library.
pub fn write_once(catalog: &Catalog, name: &str, key: Uuid) -> Result<(), Error> {
    let keyed = Doing {
        command_id: Some(key),
        ..doing()
    };
    catalog.set_user(keyed, person(name)).map(|_| ())
}

/// Waits until it holds.
///
/// # Panics
/// When it does not hold soon.
pub fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < SOON, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until the catalogue shows so many people, and no more of them.
///
/// # Panics
/// When it does not follow.
pub fn sees(catalog: &Catalog, people: usize) {
    let follows = || catalog.users().unwrap().len() >= people;
    soon("it follows", follows);
    assert_eq!(catalog.users().unwrap().len(), people);
}

/// Copies a folder as it stands, which of a library at work is what a kill would leave; its socket stays.
///
/// # Panics
/// When it cannot be read.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if path.extension().is_none_or(|e| e != "sock") {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Reads the whole library through and gives how many entries it has.
///
/// # Panics
/// When something in it does not hold.
pub fn sound(catalog: &Catalog) -> u64 {
    let report = catalog.verify(true, &mut quiet()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
    report.entries
}
