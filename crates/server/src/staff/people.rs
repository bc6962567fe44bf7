//! Сотрудники: who may sign in, with which role and where; names, passwords and keys.
//!
//! A person who looks after a part of the tree sees and changes only people of that part, and makes nobody
//! outside it: else one could make oneself an administrator of the whole.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use catalog::Doing;
use catalog::id::{BadName, LibraryId, UserId};
use catalog::people::{Role, User};

use super::admin::nodes_of;
use super::{Pairs, post};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::now;
use crate::extract::{Form, Query};
use crate::listen::{Caller, address};
use crate::page::{PageFrame, show, show_as};
use crate::people::{PeopleError, Right};
use crate::problem::Problem;
use crate::view::acts::ConfirmPage;
use crate::view::admin::{UserCard, UsersPage};
use crate::view::opac::Fact;
use crate::view::parts::{Field, Pick, Takes};
use crate::view::table::Kind;
use crate::view::{Cell, Choice, Column, Frame, Remark, Row, Table};

const HERE: &str = "/staff/users";

/// `GET /staff/users`; `?who=ivanova` opens the card of one.
pub(crate) async fn page(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        filled(app, &person, frame, &pairs, Vec::new())
    });
    Ok(show(&page.await?))
}

fn filled(
    app: &App,
    person: &Person,
    frame: Frame,
    typed: &Pairs,
    remarks: Vec<Remark>,
) -> Result<UsersPage, Problem> {
    let mut users = app.catalog().users()?;
    users.retain(|user| person.must_manage(app, user.library.as_ref()).is_ok());
    let chosen = users
        .iter()
        .find(|user| user.id.as_str() == typed.get("who"));
    let card = match chosen {
        Some(user) => Some(card(app, person, user)?),
        None => None,
    };
    let role = match typed.get("role") {
        "" => Role::Librarian.code(),
        typed => typed,
    };
    Ok(UsersPage {
        table: table(&users),
        fields: vec![
            Field::new("name", "Имя для входа", typed.get("name")).required(),
            Field::new("title", "Фамилия, имя, отчество", typed.get("title")),
            Field::new("password", "Пароль", "")
                .takes(Takes::Password)
                .required()
                .hint("Не короче 12 знаков: например, три слова подряд")
                .autocomplete("new-password"),
        ],
        choices: choices(app, person, "", (role, typed.get("library")))?,
        remarks,
        card,
        token: String::new(),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

fn table(users: &[User]) -> Table {
    let mut table = Table::new(
        "Сотрудники и читатели со входом",
        vec![
            Column::new("Имя для входа", Kind::Text),
            Column::new("Роль", Kind::Short),
            Column::new("Библиотека", Kind::Short),
            Column::new("Вход", Kind::Short),
        ],
    );
    for user in users {
        let library = user
            .library
            .as_ref()
            .map_or("вся сеть", |library| library.as_str());
        let name = Cell::text(user.id.as_str());
        table.push(Row::new(vec![
            name.link(format!(
                "{HERE}?who={}",
                crate::page::encode(user.id.as_str())
            ))
            .sub(&user.title),
            Cell::text(user.role.title()),
            Cell::text(library),
            Cell::text(if user.disabled {
                "закрыт"
            } else {
                "открыт"
            }),
        ]));
    }
    table
}

/// Role and library, under names with this prefix.
fn choices(
    app: &App,
    person: &Person,
    prefix: &str,
    (role, library): (&str, &str),
) -> Result<Vec<Choice>, Problem> {
    let roles = Role::ALL.map(|role| Pick::new(role.code(), role.title()));
    let nodes = nodes_of(app, person)?;
    let nodes = nodes
        .iter()
        .map(|node| Pick::new(node.id.as_str(), &node.name));
    let whole = person.user.library.is_none();
    let whole = whole.then(|| Pick::new("", "вся сеть"));
    let libraries = whole.into_iter().chain(nodes).collect();
    let name = |name: &str| format!("{prefix}{name}");
    Ok(vec![
        Choice::new(name("role"), "Роль", role, roles.to_vec()),
        Choice::new(name("library"), "Библиотека", library, libraries),
    ])
}

fn card(app: &App, person: &Person, user: &User) -> Result<UserCard, Problem> {
    let library = user.library.as_ref().map_or("", |library| library.as_str());
    let oneself = user.id == person.user.id;
    let choices = match oneself {
        true => Vec::new(),
        false => choices(app, person, "card.", (user.role.code(), library))?,
    };
    Ok(UserCard {
        who: user.id.to_string(),
        title: Field::new("card.title", "Фамилия, имя, отчество", &user.title),
        choices,
        password: Field::new("card.password", "Новый пароль", "")
            .takes(Takes::Password)
            .required()
            .hint("Не короче 12 знаков; открытые входы этого человека закроются")
            .autocomplete("new-password"),
        present: Field::new("card.present", "Нынешний пароль", "")
            .takes(Takes::Password)
            .required()
            .autocomplete("current-password"),
        disabled: user.disabled,
        oneself,
        erasable: user.role == Role::Reader && !oneself,
    })
}

/// Why nothing was changed, or the door said no.
enum Refusal {
    Words(String),
    Problem(Problem),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<PeopleError> for Refusal {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Wrong(why) => Self::Words(why),
            PeopleError::Catalog(error) => Self::Problem(error.into()),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Words(why) => PeopleError::Wrong(why).into(),
            Refusal::Problem(problem) => problem,
        }
    }
}

impl From<BadName> for Refusal {
    fn from(error: BadName) -> Self {
        Self::Words(error.to_string())
    }
}

/// `POST /staff/users`
pub(crate) async fn change(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    caller: Option<Extension<Caller>>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let address = address(caller.as_deref());
    ask(&app, move |app| {
        if pairs.get("do") == "erase" {
            let user = chosen(app, &person, pairs.get("who"));
            return match user {
                Ok(user) => Ok(show(&before_erasing(frame, &user, &pairs))),
                Err(refusal) => Err(refusal.into()),
            };
        }
        let why = match changed(app, &person, &address, &pairs) {
            Ok(None) => {
                let who = crate::page::encode(pairs.get("who"));
                let back = if who.is_empty() {
                    HERE.to_owned()
                } else {
                    format!("{HERE}?who={who}")
                };
                return Ok(Redirect::to(&back).into_response());
            }
            Ok(Some(token)) => {
                let mut page = filled(app, &person, frame, &pairs, Vec::new())?;
                page.token = token;
                return Ok(show(&page));
            }
            Err(Refusal::Words(why)) => why,
            Err(Refusal::Problem(problem)) => return Err(problem),
        };
        let row = if pairs.get("do") == "add" { "name" } else { "" };
        let remarks = vec![Remark::bad(why, row)];
        let page = filled(app, &person, frame, &pairs, remarks)?;
        Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
    })
    .await
}

/// The step before a name is erased.
fn before_erasing(frame: Frame, user: &User, pairs: &Pairs) -> ConfirmPage {
    let mut page = post::confirm(frame, "Стереть имя читателя", HERE, pairs);
    let will = [
        "Имя, пароль, ключи и список входов читателя стираются, вход закрывается.",
        "Имя для входа и всё, что записано под ним, остаётся в журнале.",
        "В резервных копиях, снятых раньше, ключ имени ещё есть.",
    ];
    page.will = will.map(|words| page.f.t(words).to_owned()).to_vec();
    page.forever = "Вернуть имя нельзя: его можно только вписать заново.".to_owned();
    page.facts = vec![
        Fact::text("Имя для входа", user.id.as_str()),
        Fact::text("Фамилия, имя, отчество", &user.title),
    ];
    page.button = "Стереть имя".to_owned();
    page
}

/// Does what the button says; gives a key for programs when one was made.
fn changed(
    app: &App,
    person: &Person,
    address: &str,
    pairs: &Pairs,
) -> Result<Option<String>, Refusal> {
    let doing = Doing::now(person.user.id.clone(), now());
    if pairs.get("do") == "add" {
        add(app, person, doing, pairs)?;
        return Ok(None);
    }
    let user = chosen(app, person, pairs.get("who"))?;
    let oneself = user.id == person.user.id;
    let people = app.people();
    let by = person.by(address);
    match pairs.get("do") {
        "edit" => {}
        "post" => people.erase(doing, &user.id)?,
        "password" => {
            let password = pairs.all("card.password").next().unwrap_or_default();
            people.set_password_of_another(by, &user.id, password)?;
        }
        // Whoever finds a session open must not go away with a key that outlives it.
        "token" if oneself => {
            let present = pairs.all("card.present").next().unwrap_or_default();
            return Ok(Some(people.own_token(by, present)?));
        }
        "token" => return Ok(Some(people.token(by, &user.id)?)),
        "disable" if oneself => {
            let why = "Себе вход не закрывают: попросите другого администратора";
            return Err(Refusal::Words(why.to_owned()));
        }
        "disable" => {
            people.disable(doing, &user.id)?;
        }
        "enable" => {
            let right = Right {
                disabled: Some(false),
                ..Right::default()
            };
            people.change(doing, &user.id, right)?;
        }
        _ => {
            let mut right = Right {
                title: Some(pairs.get("card.title").to_owned()),
                ..Right::default()
            };
            // Nobody changes his own powers, up or down.
            if !oneself {
                let role = role(pairs.get("card.role"))?;
                right.powers = Some((role, library(app, person, pairs.get("card.library"))?));
            }
            people.change(doing, &user.id, right)?;
        }
    }
    Ok(None)
}

fn add(app: &App, person: &Person, doing: Doing, pairs: &Pairs) -> Result<(), Refusal> {
    let user = User {
        id: pairs.get("name").parse()?,
        title: pairs.get("title").to_owned(),
        role: role(pairs.get("role"))?,
        library: library(app, person, pairs.get("library"))?,
        disabled: false,
    };
    let password = pairs.all("password").next().unwrap_or_default();
    Ok(app.people().add(doing, user, Some(password))?)
}

/// The one who is to be changed; people outside one's part of the tree do not exist for one.
fn chosen(app: &App, person: &Person, name: &str) -> Result<User, Refusal> {
    let id: UserId = name.parse()?;
    let unknown = || Problem::no_such("Имени {} нет среди ваших: выберите из списка", name);
    let user = app.catalog().user(&id).map_err(Problem::from)?;
    let user = user.ok_or_else(unknown)?;
    person
        .must_manage(app, user.library.as_ref())
        .map_err(|_| unknown())?;
    Ok(user)
}

fn role(code: &str) -> Result<Role, Refusal> {
    Role::by_code(code).ok_or_else(|| Refusal::Words("Выберите роль из списка".to_owned()))
}

/// The library that was chosen, when the person looks after it; the whole tree only by one of the whole tree.
fn library(app: &App, person: &Person, code: &str) -> Result<Option<LibraryId>, Refusal> {
    let library: Option<LibraryId> = match code {
        "" => None,
        code => Some(code.parse()?),
    };
    person.must_manage(app, library.as_ref())?;
    Ok(library)
}
