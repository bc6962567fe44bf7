//! What a stop, a full desk or two hands at once may do to people and their sessions.

use super::*;
use crate::auth::secret::password_fits;

const PASSWORD: &str = "три слова подряд";

struct Home {
    folder: tempfile::TempDir,
    catalog: Catalog,
    limiter: Limiter,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            catalog: Catalog::open(folder.path()).unwrap(),
            limiter: Limiter::default(),
            folder,
        }
    }

    fn people(&self) -> People<'_> {
        People {
            catalog: &self.catalog,
            limiter: &self.limiter,
            tree: String::new(),
        }
    }
}

fn doing() -> Doing {
    Doing::now("root".parse().unwrap(), Timestamp::UNIX_EPOCH)
}

fn anna(role: Role) -> User {
    User {
        id: "anna".parse().unwrap(),
        title: String::new(),
        role,
        library: None,
        disabled: false,
    }
}

#[test]
fn a_person_whose_password_a_stop_left_out_is_added_by_the_same_words() {
    let home = Home::new();
    home.catalog
        .set_user(doing(), anna(Role::Librarian))
        .unwrap();
    let other = home
        .people()
        .add(doing(), anna(Role::Admin), Some(PASSWORD));
    assert!(matches!(other, Err(PeopleError::Wrong(_))), "{other:?}");
    home.people()
        .add(doing(), anna(Role::Librarian), Some(PASSWORD))
        .unwrap();
    let hash: Option<String> = home.catalog.desk().get(PASSWORDS, "anna").unwrap();
    assert!(password_fits(PASSWORD, hash.as_deref()));
    // From now on the name is taken, also by the same words.
    let again = home
        .people()
        .add(doing(), anna(Role::Librarian), Some("другие слова подряд"));
    assert!(matches!(again, Err(PeopleError::Wrong(_))), "{again:?}");
    let stands: Option<String> = home.catalog.desk().get(PASSWORDS, "anna").unwrap();
    assert_eq!(stands, hash);
}

#[test]
fn of_two_who_take_one_name_at_once_one_is_refused() {
    let home = Home::new();
    let roles = [Role::Admin, Role::Auditor];
    let answers = std::thread::scope(|scope| {
        let hands = roles.map(|role| {
            let people = home.people();
            scope.spawn(move || people.add(doing(), anna(role), Some(PASSWORD)).is_ok())
        });
        hands.map(|hand| hand.join().unwrap())
    });
    assert_eq!(answers.iter().filter(|done| **done).count(), 1);
    let stands = home.catalog.users().unwrap();
    let first = roles[usize::from(answers[1])];
    assert_eq!(stands, [anna(first)]);
}

#[test]
fn a_closed_entrance_keeps_what_was_changed_meanwhile() {
    let home = Home::new();
    let name: UserId = "anna".parse().unwrap();
    let people = home.people();
    people.add(doing(), anna(Role::Admin), None).unwrap();
    let right = Right {
        powers: Some((Role::Auditor, None)),
        ..Right::default()
    };
    people.change(doing(), &name, right).unwrap();
    people.disable(doing(), &name).unwrap();
    let stands = home.catalog.user(&name).unwrap().unwrap();
    assert_eq!((stands.role, stands.disabled), (Role::Auditor, true));
}

#[test]
fn a_session_opens_the_page_when_its_use_cannot_be_noted_and_stays_ended_once_ended() {
    let home = Home::new();
    let people = home.people();
    people
        .add(doing(), anna(Role::Librarian), Some(PASSWORD))
        .unwrap();
    let (token, _) = people.sign_in("anna", PASSWORD, "10.0.0.1").unwrap();
    let key = token_hash(&token);
    let desk = home.catalog.desk();
    let long_ago = Session {
        user: "anna".parse().unwrap(),
        until: now() + SignedDuration::from_hours(1),
        used: Some(now() - SignedDuration::from_mins(30)),
    };
    desk.put(SESSIONS, &key, &long_ago).unwrap();
    // A folder where the new note is to be written: the desk takes none.
    let bucket = home.folder.path().join("desk").join(SESSIONS);
    let files = std::fs::read_dir(&bucket).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    let note = paths.find(|path| path.extension().is_some_and(|e| e == "json"));
    let barrier = note.unwrap().with_extension("new");
    std::fs::create_dir(&barrier).unwrap();
    assert!(desk.put(SESSIONS, &key, &long_ago).is_err());
    let who = people.who(&Credential::Session(token.clone()));
    assert!(who.is_ok_and(|who| who.is_some()));

    std::fs::remove_dir(&barrier).unwrap();
    people.sign_out(&token).unwrap();
    // A page that was let in before the sign-out notes its use after it.
    let _ = people.used(&key, long_ago);
    let who = people.who(&Credential::Session(token));
    assert!(who.is_ok_and(|who| who.is_none()));
}
