//! Names of readers: sealed in the journal, opened for who may read them, and gone when they are erased.

use std::path::Path;

use catalog::people::{Role, User};
use catalog::{Catalog, Doing, JournalHome, Until, transfer};
use fond_tests::Postgres;
use fond_tests::program::{Server, said};
use fond_tests::served::fond;
use fond_tests::shared::{copy, open, quiet, soon};
use jiff::Timestamp;
use uuid::Uuid;

/// Nobody bears it, and no other text holds it.
const NAME: &str = "Щукарёва Олимпиада Капитоновна";

fn doing() -> Doing {
    Doing::now("root".parse().unwrap(), Timestamp::UNIX_EPOCH)
}

fn reader(title: &str) -> User {
    User {
        id: "olimpiada".parse().unwrap(),
        title: title.to_owned(),
        role: Role::Reader,
        library: None,
        disabled: false,
    }
}

fn stands(catalog: &Catalog) -> User {
    catalog.user(&reader("").id).unwrap().unwrap()
}

/// The files under a folder in which these bytes stand.
fn holding(folder: &Path, bytes: &[u8], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holding(&path, bytes, found);
        } else if std::fs::read(&path)
            .unwrap()
            .windows(bytes.len())
            .any(|at| at == bytes)
        {
            found.push(path.display().to_string());
        }
    }
}

fn leaks(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for word in NAME.split(' ') {
        holding(folder, word.as_bytes(), &mut found);
    }
    found
}

fn key_file(folder: &Path) -> Option<std::path::PathBuf> {
    let files = std::fs::read_dir(folder.join("desk/reader-keys")).ok()?;
    let mut paths = files.map(|file| file.unwrap().path());
    paths.find(|path| path.extension().is_some_and(|e| e == "json"))
}

fn problems(catalog: &Catalog) -> Vec<String> {
    let report = catalog.verify(true, &mut |_, _| ()).unwrap();
    report.problems
}

#[test]
fn the_name_of_a_reader_stands_nowhere_in_the_clear_and_is_read_as_before() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data");
    let catalog = Catalog::open(&folder).unwrap();
    catalog.set_user(doing(), reader(NAME)).unwrap();
    let closed = User {
        disabled: true,
        ..reader(NAME)
    };
    catalog.set_user(doing(), closed.clone()).unwrap();
    assert_eq!(catalog.users().unwrap(), std::slice::from_ref(&closed));
    assert_eq!(problems(&catalog), [""; 0]);
    let head = catalog.head();
    catalog.set_user(doing(), closed.clone()).unwrap();
    assert_eq!(catalog.head(), head, "the same again writes nothing");
    let copy = home.path().join("copy");
    catalog
        .backup(&copy, Timestamp::UNIX_EPOCH, &mut |_, _| ())
        .unwrap();
    drop(catalog);
    assert_eq!(leaks(&folder), [""; 0]);

    std::fs::remove_dir_all(folder.join("state")).unwrap();
    assert_eq!(stands(&Catalog::open(&folder).unwrap()), closed);
    let back = home.path().join("back");
    catalog::restore(&copy, &back, Until::Head, &mut |_, _| ()).unwrap();
    assert_eq!(leaks(&back), [""; 0]);
    let catalog = Catalog::open(&back).unwrap();
    assert_eq!(stands(&catalog), closed);
    assert_eq!(problems(&catalog), [""; 0]);
}

#[test]
fn a_name_of_staff_stands_in_the_clear_and_of_one_who_becomes_a_reader_no_more() {
    let home = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(home.path()).unwrap();
    let as_role = |role: Role, title: &str| User {
        role,
        ..reader(title)
    };
    catalog
        .set_user(doing(), as_role(Role::Librarian, "Прежнее Имя"))
        .unwrap();
    assert_eq!(key_file(home.path()), None);
    catalog.set_user(doing(), reader(NAME)).unwrap();
    assert_eq!(leaks(home.path()), [""; 0]);
    let nobody = catalog.erase_name(doing(), &"nobody".parse().unwrap());
    assert!(matches!(nobody, Err(catalog::Error::NotFound(_))));
    catalog
        .set_user(doing(), as_role(Role::Librarian, NAME))
        .unwrap();
    assert_eq!(stands(&catalog), as_role(Role::Librarian, NAME));
    assert!(!leaks(home.path()).is_empty(), "names of staff are entries");
    let erased = catalog.erase_name(doing(), &reader("").id).unwrap();
    assert!(!erased, "names of staff are not erased");
    assert_eq!(stands(&catalog), as_role(Role::Librarian, NAME));
}

#[test]
fn an_erased_name_stays_erased_and_a_new_one_gets_another_key() {
    let home = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(home.path()).unwrap();
    catalog.set_user(doing(), reader(NAME)).unwrap();
    let note = std::fs::read(key_file(home.path()).unwrap()).unwrap();
    assert!(catalog.erase_name(doing(), &reader("").id).unwrap());
    assert_eq!(key_file(home.path()), None);
    let gone = User {
        disabled: true,
        ..reader("имя стёрто")
    };
    assert_eq!(stands(&catalog), gone);
    assert_eq!(problems(&catalog), [""; 0]);
    let head = catalog.head();
    assert!(catalog.erase_name(doing(), &reader("").id).unwrap());
    // Whoever posts the words that stood in the place of the name has named nobody.
    catalog.set_user(doing(), reader("имя стёрто")).unwrap();
    assert_eq!(stands(&catalog).title, "имя стёрто");
    assert_eq!(key_file(home.path()), None);
    assert!(catalog.head().seq > head.seq);
    drop(catalog);

    std::fs::remove_dir_all(home.path().join("state")).unwrap();
    let catalog = Catalog::open(home.path()).unwrap();
    assert_eq!(stands(&catalog), reader("имя стёрто"));
    catalog.set_user(doing(), reader("Новое Имя")).unwrap();
    assert_eq!(stands(&catalog), reader("Новое Имя"));
    let again = std::fs::read(key_file(home.path()).unwrap()).unwrap();
    assert_ne!(
        again, note,
        "what was erased does not open with the new key"
    );
    assert_eq!(problems(&catalog), [""; 0]);
}

#[test]
fn what_a_stop_left_of_an_erasure_is_finished_by_a_repeat_and_by_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(home.path()).unwrap();
    catalog.set_user(doing(), reader(NAME)).unwrap();
    let path = key_file(home.path()).unwrap();
    let note = std::fs::read(&path).unwrap();
    catalog.erase_name(doing(), &reader("").id).unwrap();
    // As if the stop came between the entry and the key.
    std::fs::write(&path, &note).unwrap();
    assert_eq!(stands(&catalog).title, "имя стёрто");
    assert!(problems(&catalog)[0].contains("ключ ещё лежит"));
    let head = catalog.head();
    assert!(catalog.erase_name(doing(), &reader("").id).unwrap());
    assert_eq!((key_file(home.path()), catalog.head()), (None, head));
    std::fs::write(&path, &note).unwrap();
    // A new name does not lie under the old key either.
    catalog.set_user(doing(), reader("Новое Имя")).unwrap();
    assert_ne!(std::fs::read(&path).unwrap(), note);
    catalog.erase_name(doing(), &reader("").id).unwrap();
    drop(catalog);
    let catalog = Catalog::open(home.path()).unwrap();
    catalog.set_user(doing(), reader(NAME)).unwrap();
    let note = std::fs::read(&path).unwrap();
    catalog.erase_name(doing(), &reader("").id).unwrap();
    std::fs::write(&path, &note).unwrap();
    drop(catalog);
    let catalog = Catalog::open(home.path()).unwrap();
    assert_eq!(key_file(home.path()), None);
    assert_eq!(problems(&catalog), [""; 0]);
}

#[test]
fn a_lost_and_a_spoilt_key_are_named_and_stop_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(home.path()).unwrap();
    catalog.set_user(doing(), reader(NAME)).unwrap();
    let path = key_file(home.path()).unwrap();
    let note = std::fs::read(&path).unwrap();
    let mut flipped = note.clone();
    let at = note.len() / 2;
    flipped[at] ^= 1;
    std::fs::write(&path, &flipped).unwrap();
    assert_eq!(stands(&catalog).title, "имя не прочитать");
    assert_eq!(catalog.users().unwrap()[0].title, "имя не прочитать");
    let said = problems(&catalog);
    assert!(said.len() == 1 && said[0].contains("повреждён"), "{said:?}");
    let named = catalog.set_user(doing(), reader("Новое Имя"));
    assert!(named.unwrap_err().to_string().contains("повреждён"));

    std::fs::remove_file(&path).unwrap();
    let said = problems(&catalog);
    assert!(said.len() == 1 && said[0].contains("потерян"), "{said:?}");
    assert!(said[0].contains("olimpiada"), "{said:?}");
    // What is changed beside the name leaves it as it is: the key may come back from a copy.
    let closed = User {
        disabled: true,
        ..stands(&catalog)
    };
    catalog.set_user(doing(), closed).unwrap();
    std::fs::write(&path, &note).unwrap();
    assert_eq!(stands(&catalog).title, NAME);
    assert_eq!(problems(&catalog), [""; 0]);
    // A whole key of somebody else.
    let other = home.path().join("other");
    let stranger = Catalog::open(&other).unwrap();
    stranger.set_user(doing(), reader("Другая")).unwrap();
    std::fs::copy(key_file(&other).unwrap(), &path).unwrap();
    assert_eq!(stands(&catalog).title, "имя стёрто");
    assert!(problems(&catalog)[0].contains("потерян"));
}

#[test]
fn a_repeat_gets_the_first_answer_after_a_restart_and_its_digest_tells_nothing_of_the_name() {
    let home = tempfile::tempdir().unwrap();
    let command = Doing {
        command_id: Some(Uuid::from_u128(7)),
        request: Some([7; 32]),
        ..doing()
    };
    let catalog = Catalog::open(home.path()).unwrap();
    catalog.set_user(command.clone(), reader(NAME)).unwrap();
    let entry = catalog.changes_since(Default::default(), 1).unwrap();
    assert_ne!(Some(entry[0].request), command.request);
    let mut found = Vec::new();
    holding(home.path(), &command.request.unwrap(), &mut found);
    assert_eq!(found, [""; 0]);
    drop(catalog);
    let catalog = Catalog::open(home.path()).unwrap();
    let head = catalog.head();
    // Another name under the key is not asked about: the first answer is given.
    catalog.set_user(command.clone(), reader(NAME)).unwrap();
    let other = Doing {
        request: Some([9; 32]),
        ..command.clone()
    };
    let other = catalog.set_user(other, reader(NAME));
    assert!(matches!(other, Err(catalog::Error::KeyReused)), "{other:?}");
    let erase = Doing {
        command_id: Some(Uuid::from_u128(8)),
        ..doing()
    };
    catalog.erase_name(erase.clone(), &reader("").id).unwrap();
    let erased = catalog.head();
    assert!(erased.seq > head.seq);
    drop(catalog);
    let catalog = Catalog::open(home.path()).unwrap();
    assert!(catalog.erase_name(erase, &reader("").id).unwrap());
    // Whose key is gone is not known again; nothing is written.
    assert!(catalog.set_user(command, reader(NAME)).is_err());
    assert_eq!(catalog.head(), erased);
}

#[test]
fn with_a_mirror_the_key_is_destroyed_on_both_disks_and_an_old_copy_of_one_brings_it_not_back() {
    let home = tempfile::tempdir().unwrap();
    let (data, mirror) = (home.path().join("data"), home.path().join("mirror"));
    std::fs::create_dir(&mirror).unwrap();
    let opened =
        || Catalog::open_at(&data, &JournalHome::Mirrored(mirror.clone()), &mut quiet()).unwrap();
    let catalog = opened();
    catalog.set_user(doing(), reader(NAME)).unwrap();
    assert!(key_file(&data).is_some() && key_file(&mirror).is_some());
    drop(catalog);
    let old = home.path().join("old");
    copy(&data, &old);
    let catalog = opened();
    catalog.erase_name(doing(), &reader("").id).unwrap();
    assert_eq!((key_file(&data), key_file(&mirror)), (None, None));
    drop(catalog);
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::rename(&old, &data).unwrap();
    let catalog = opened();
    assert_eq!((key_file(&data), key_file(&mirror)), (None, None));
    assert_eq!(stands(&catalog).title, "имя стёрто");
    assert_eq!(problems(&catalog), [""; 0]);
    drop(catalog);
    assert_eq!((leaks(&data), leaks(&mirror)), (Vec::new(), Vec::new()));
}

#[test]
fn servers_of_one_journal_read_one_name_and_lose_it_together() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("names");
    let home = tempfile::tempdir().unwrap();
    let [one, two] = ["a", "b"].map(|name| open(&home.path().join(name), &address));
    one.set_user(doing(), reader(NAME)).unwrap();
    let id = reader("").id;
    soon("the reader is seen by the other", || {
        two.user(&id).unwrap().is_some()
    });
    assert_eq!(stands(&two).title, NAME);
    two.erase_name(doing(), &id).unwrap();
    let keys = "SELECT count(*) FROM desk WHERE bucket = 'reader-keys'";
    assert_eq!(postgres.ask("names", keys).trim(), "0");
    soon("the other sees it erased", || stands(&one).disabled);
    assert_eq!(stands(&one).title, "имя стёрто");
    assert_eq!(problems(&one), [""; 0]);
}

#[test]
fn a_name_moves_with_its_library_and_what_was_erased_there_does_not_come_back_with_it() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data");
    let shared = JournalHome::Postgres(postgres.database("names"));
    let catalog = Catalog::open(&folder).unwrap();
    catalog.set_user(doing(), reader(NAME)).unwrap();
    drop(catalog);

    transfer(&folder, &JournalHome::Folder, &shared, &mut quiet()).unwrap();
    let catalog = Catalog::open_at(&folder, &shared, &mut quiet()).unwrap();
    assert_eq!(stands(&catalog).title, NAME);
    assert_eq!(problems(&catalog), [""; 0]);
    assert!(key_file(&folder).is_none(), "the key went with the journal");
    catalog.erase_name(doing(), &reader("").id).unwrap();
    drop(catalog);

    transfer(&folder, &shared, &JournalHome::Folder, &mut quiet()).unwrap();
    let catalog = Catalog::open(&folder).unwrap();
    assert_eq!(stands(&catalog).title, "имя стёрто");
    assert_eq!(problems(&catalog), [""; 0]);
    assert!(key_file(&folder).is_none());
    drop(catalog);
    assert!(leaks(home.path()).is_empty());
}

#[test]
fn the_command_erases_through_a_running_server_and_says_what_old_copies_still_have() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let catalog = Catalog::open(&data).unwrap();
    catalog.set_user(doing(), reader(NAME)).unwrap();
    drop(catalog);
    let program = fond();
    let server = Server::start(&program, &data);
    let told = said(&program, &data, &["user", "erase", "olimpiada"], "");
    assert!(told.contains("копиях, снятых раньше"), "{told}");
    let list = said(&program, &data, &["user", "list"], "");
    assert!(list.contains("olimpiada\treader\t-\tзакрыт"), "{list}");
    server.stop();
    let catalog = Catalog::open(&data).unwrap();
    assert_eq!(stands(&catalog).title, "имя стёрто");
    assert_eq!(key_file(&data), None);
}
