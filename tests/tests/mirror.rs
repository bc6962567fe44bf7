//! A library with a mirror on another disk: what is acknowledged stands in both, the one that was away is
//! brought up, the library comes back from the mirror alone, and two that differ are never joined.

use std::fs;
use std::path::{Path, PathBuf};

use catalog::people::{Role, User};
use catalog::{Catalog, Doing, Error, JournalHome, Until, restore};
use fond_tests::deeds::{deed, prepared};
use fond_tests::program::{Client, Server, said};
use fond_tests::served::fond;
use jiff::Timestamp;

fn quiet() -> impl FnMut(u64, u64) {
    |_, _| ()
}

fn open(data: &Path, mirror: &Path) -> Result<Catalog, Error> {
    let home = JournalHome::Mirrored(mirror.to_owned());
    Catalog::open_at(data, &home, &mut quiet())
}

fn write(catalog: &Catalog, name: &str) {
    let at = Timestamp::from_second(1_760_000_000).unwrap();
    let user = User {
        id: name.parse().unwrap(),
        title: String::new(),
        role: Role::Reader,
        library: None,
        disabled: false,
    };
    let doing = Doing::now("иванова".parse().unwrap(), at);
    catalog.set_user(doing, user).unwrap();
}

fn people(catalog: &Catalog) -> usize {
    let report = catalog.verify(true, &mut quiet()).unwrap();
    assert!(report.ok, "{:?}", report.problems);
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
    write(&catalog, "a");
    write(&catalog, "b");
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
fn the_one_that_was_away_is_brought_up() {
    let (_home, data, mirror) = folders();
    write(&open(&data, &mirror).unwrap(), "a");
    let alone = Catalog::open(&data).unwrap();
    write(&alone, "b");
    alone.desk().put("passwords", "b", &1).unwrap();
    drop(alone);
    let catalog = open(&data, &mirror).unwrap();
    write(&catalog, "c");
    assert_eq!(people(&catalog), 3);
    drop(catalog);
    let other = Catalog::open(&mirror).unwrap();
    assert_eq!(people(&other), 3, "the mirror was brought up");
    assert_eq!(other.desk().get("passwords", "b").unwrap(), Some(1));
    write(&other, "d");
    drop(other);
    let catalog = open(&data, &mirror).unwrap();
    assert_eq!(people(&catalog), 4, "the library was brought up");
}

#[test]
fn two_that_differ_are_never_joined_and_a_missing_mirror_is_said() {
    let (home, data, mirror) = folders();
    write(&open(&data, &mirror).unwrap(), "a");
    for (folder, name) in [(&data, "b"), (&mirror, "c")] {
        let alone = Catalog::open(folder).unwrap();
        write(&alone, name);
        write(&alone, "d");
    }
    let parted = open(&data, &mirror).err().unwrap();
    assert!(parted.to_string().contains("с записи 2:"), "{parted}");
    let other = home.path().join("other");
    write(&Catalog::open(&other).unwrap(), "a");
    assert!(matches!(open(&data, &other), Err(Error::Unavailable(_))));
    let missing = open(&data, &home.path().join("missing")).err().unwrap();
    assert!(missing.to_string().contains("--mirror"), "{missing}");
    assert_eq!(people(&Catalog::open(&data).unwrap()), 3);
}

#[test]
fn verify_reads_the_mirror_as_well() {
    let (_home, data, mirror) = folders();
    let catalog = open(&data, &mirror).unwrap();
    (0..9).for_each(|n| write(&catalog, &format!("u{n}")));
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
        let (status, answer) = client.post_once(deed.path, deed.key, &deed.body).unwrap();
        assert_eq!(status, 201, "{answer}");
    }
    server.kill();
    let restored = home.path().join("restored");
    let words = ["restore", mirror.to_str().unwrap()];
    let _ = said(&program, &restored, &words, "");
    let records = Catalog::open(&restored).unwrap().record_count().unwrap();
    assert_eq!(records, 20);
}
