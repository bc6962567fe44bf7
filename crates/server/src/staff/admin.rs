//! Libraries, people, and the proof that the base is whole.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::fund::{FundCommand, Order};
use catalog::id::{BadName, LibraryId, UserId};
use catalog::people::{Role, User};
use catalog::{Doing, Error};

use super::Pairs;
use crate::app::{App, Shared, ask};
use crate::auth::{Permission, Person, may};
use crate::clock::now;
use crate::extract::Form;
use crate::page::{PageFrame, show, show_as};
use crate::people::PeopleError;
use crate::problem::Problem;
use crate::view::admin::{LibrariesPage, UsersPage, VerifyPage};
use crate::view::opac::Fact;
use crate::view::parts::{Field, Pick, Takes};
use crate::view::table::Kind;
use crate::view::{Cell, Choice, Column, Frame, Remark, Row, Table};

const KINDS: [(NodeKind, &str, &str); 4] = [
    (NodeKind::School, "school", "школа"),
    (NodeKind::Municipality, "municipality", "муниципалитет"),
    (NodeKind::Region, "region", "регион"),
    (NodeKind::Building, "building", "здание"),
];

/// `GET /staff/libraries`
pub(crate) async fn libraries(
    State(app): State<Shared>,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let page = ask(&app, |app| {
        libraries_page(app, frame, &Pairs::default(), Vec::new())
    });
    Ok(show(&page.await?))
}

fn libraries_page(
    app: &App,
    frame: Frame,
    typed: &Pairs,
    remarks: Vec<Remark>,
) -> Result<LibrariesPage, Problem> {
    let nodes = app.libraries()?;
    let mut table = Table::new(
        "Сеть библиотек",
        vec![
            Column::new("Название", Kind::Text),
            Column::new("Код", Kind::Short),
            Column::new("Вид", Kind::Short),
        ],
    );
    push_tree(&nodes, None, 0, &mut table);
    let kinds = KINDS.map(|(_, code, title)| Pick::new(code, title));
    let parents = nodes
        .iter()
        .map(|node| Pick::new(node.id.as_str(), &node.name));
    let parents = std::iter::once(Pick::new("", "никому"))
        .chain(parents)
        .collect();
    Ok(LibrariesPage {
        table,
        fields: vec![
            Field::new("code", "Код", typed.get("code"))
                .required()
                .hint("Латинские буквы и цифры, например SCHOOL12"),
            Field::new("name", "Название", typed.get("name")).required(),
        ],
        choices: vec![
            Choice::new("kind", "Вид", typed.get("kind"), kinds.to_vec()),
            Choice::new("parent", "Кому подчинена", typed.get("parent"), parents),
        ],
        remarks,
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

fn push_tree(nodes: &[LibraryNode], above: Option<&LibraryId>, depth: usize, table: &mut Table) {
    for node in nodes.iter().filter(|node| node.parent.as_ref() == above) {
        table.push(Row::new(vec![
            Cell::text(format!("{}{}", "— ".repeat(depth), node.name)),
            Cell::text(node.id.as_str()),
            Cell::text(node.kind.label()),
        ]));
        if depth < 8 {
            push_tree(nodes, Some(&node.id), depth + 1, table);
        }
    }
}

/// `POST /staff/libraries`
pub(crate) async fn add_library(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    ask(&app, move |app| {
        let remarks = match added(app, &person, &pairs) {
            Ok(()) => return Ok(Redirect::to("/staff/libraries").into_response()),
            Err(Refusal::Words(why)) => vec![Remark::bad(why, "code")],
            Err(Refusal::Error(Error::Refused(findings))) => {
                findings.iter().map(Remark::from).collect()
            }
            Err(Refusal::Error(error)) => return Err(error.into()),
        };
        let page = libraries_page(app, frame, &pairs, remarks)?;
        Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
    })
    .await
}

enum Refusal {
    Words(String),
    Error(Error),
}

impl From<BadName> for Refusal {
    fn from(error: BadName) -> Self {
        Self::Words(error.to_string())
    }
}

fn added(app: &App, person: &Person, pairs: &Pairs) -> Result<(), Refusal> {
    let id: LibraryId = pairs.get("code").parse()?;
    let parent = Some(pairs.get("parent")).filter(|code| !code.is_empty());
    let kind = KINDS.iter().find(|(_, code, _)| *code == pairs.get("kind"));
    let node = LibraryNode {
        id: id.clone(),
        name: pairs.get("name").to_owned(),
        parent: parent.map(str::parse).transpose()?,
        kind: kind.map_or(NodeKind::School, |(kind, ..)| *kind),
    };
    if node.name.is_empty() {
        return Err(Refusal::Words("Впишите название библиотеки".to_owned()));
    }
    crate::api::libraries::may_place(app, person, &node)
        .map_err(|problem| Refusal::Words(problem.text()))?;
    let order = Order::AddLibrary(node);
    let doing = Doing::now(person.user.id.clone(), now());
    let command = FundCommand { event: None, order };
    app.catalog()
        .fund(doing, &id, command)
        .map_err(Refusal::Error)?;
    app.name_the_tree()
        .map_err(|error| Refusal::Error(error.into()))
}

/// `GET /staff/users`
pub(crate) async fn users(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| {
        users_page(app, &person, frame, &Pairs::default(), Vec::new())
    });
    Ok(show(&page.await?))
}

fn users_page(
    app: &App,
    person: &Person,
    frame: Frame,
    typed: &Pairs,
    remarks: Vec<Remark>,
) -> Result<UsersPage, Problem> {
    let mut users = app.catalog().users()?;
    users.retain(|user| person.must_manage(app, user.library.as_ref()).is_ok());
    let mut table = Table::new(
        "Сотрудники и читатели со входом",
        vec![
            Column::new("Имя", Kind::Text),
            Column::new("Роль", Kind::Short),
            Column::new("Библиотека", Kind::Short),
            Column::new("Вход", Kind::Short),
        ],
    );
    for user in &users {
        let library = user
            .library
            .as_ref()
            .map_or("вся сеть", |library| library.as_str());
        table.push(Row::new(vec![
            Cell::text(user.id.as_str()).sub(&user.title),
            Cell::text(user.role.title()),
            Cell::text(library),
            Cell::text(if user.disabled {
                "закрыт"
            } else {
                "открыт"
            }),
        ]));
    }
    let roles = Role::ALL.map(|role| Pick::new(role.code(), role.title()));
    let nodes = app.libraries()?;
    let libraries = nodes
        .iter()
        .map(|node| Pick::new(node.id.as_str(), &node.name));
    let libraries = std::iter::once(Pick::new("", "вся сеть"))
        .chain(libraries)
        .collect();
    let active = users.iter().filter(|user| !user.disabled);
    let active = active
        .map(|user| Pick::new(user.id.as_str(), user.id.as_str()))
        .collect();
    let role = Some(typed.get("role"))
        .filter(|role| !role.is_empty())
        .unwrap_or("librarian");
    Ok(UsersPage {
        table,
        fields: vec![
            Field::new("name", "Имя для входа", typed.get("name")).required(),
            Field::new("password", "Пароль", "")
                .takes(Takes::Password)
                .required()
                .hint("Не короче 8 знаков")
                .autocomplete("new-password"),
        ],
        choices: vec![
            Choice::new("role", "Роль", role, roles.to_vec()),
            Choice::new("library", "Библиотека", typed.get("library"), libraries),
        ],
        remarks,
        active: Choice::new("name", "Кому закрыть вход", "", active),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

/// `POST /staff/users`
pub(crate) async fn change_user(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    ask(&app, move |app| {
        let why = match user_changed(app, &person, &pairs) {
            Ok(()) => return Ok(Redirect::to("/staff/users").into_response()),
            Err(PeopleError::Wrong(why)) => why,
            Err(PeopleError::Catalog(error)) => return Err(error.into()),
        };
        let page = users_page(app, &person, frame, &pairs, vec![Remark::bad(why, "name")])?;
        Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
    })
    .await
}

fn user_changed(app: &App, person: &Person, pairs: &Pairs) -> Result<(), PeopleError> {
    let wrong = |error: BadName| PeopleError::Wrong(error.to_string());
    let name: UserId = pairs.get("name").parse().map_err(wrong)?;
    let managed = |library: Option<&LibraryId>| {
        let may = person.must_manage(app, library);
        may.map_err(|problem| PeopleError::Wrong(problem.text()))
    };
    let doing = Doing::now(person.user.id.clone(), now());
    if pairs.get("do") == "disable" {
        if name == person.user.id {
            let why = "Себе вход не закрывают: попросите другого администратора";
            return Err(PeopleError::Wrong(why.to_owned()));
        }
        if let Some(user) = app.catalog().user(&name)? {
            managed(user.library.as_ref())?;
        }
        return app.people().disable(doing, &name);
    }
    let role = Role::by_code(pairs.get("role"))
        .ok_or_else(|| PeopleError::Wrong("Выберите роль из списка".to_owned()))?;
    let library = Some(pairs.get("library")).filter(|code| !code.is_empty());
    let library = library.map(str::parse).transpose().map_err(wrong)?;
    managed(library.as_ref())?;
    let password = pairs.all("password").next().unwrap_or_default();
    let user = User {
        id: name,
        title: String::new(),
        role,
        library,
        disabled: false,
    };
    app.people().add(doing, user, Some(password))
}

/// `GET /staff/verify`
pub(crate) async fn verify_form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
) -> Response {
    let head = app.catalog().head();
    show(&VerifyPage {
        tone: "info",
        said: "Сверка ещё не запускалась на этой странице".to_owned(),
        facts: vec![Fact::text("Записей в журнале", head.seq.to_string())],
        remarks: Vec::new(),
        progress: None,
        may_run: may(person.user.role, Permission::Verify),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

/// `POST /staff/verify`
pub(crate) async fn verify(
    State(app): State<Shared>,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let page = ask(&app, |app| {
        let report = app.catalog().verify(false, &mut |_, _| ())?;
        let (tone, said) = if report.ok {
            ("done", "Журнал, таблицы и книги сходятся")
        } else {
            (
                "bad",
                "Есть расхождения: остановите работу и выполните fond verify",
            )
        };
        Ok(VerifyPage {
            tone,
            said: said.to_owned(),
            facts: vec![
                Fact::text("Записей в журнале", report.entries.to_string()),
                Fact::text("Хеш последней записи", report.head_hash),
                Fact::text("Сверено", now().to_string()),
            ],
            remarks: report
                .problems
                .into_iter()
                .map(|p| Remark::bad(p, ""))
                .collect(),
            progress: None,
            may_run: true,
            f: frame.crumb("Рабочий стол", "/staff"),
        })
    });
    Ok(show(&page.await?))
}
