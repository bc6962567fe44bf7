//! The tree of libraries, and the proof that the base is whole.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::fund::{FundCommand, Order};
use catalog::id::{BadName, LibraryId};
use catalog::{Doing, Error};

use super::Pairs;
use crate::app::{App, Shared, ask};
use crate::auth::{Permission, Person, may};
use crate::clock::now;
use crate::extract::Form;
use crate::page::{PageFrame, show, show_as};
use crate::problem::Problem;
use crate::view::admin::{LibrariesPage, VerifyPage};
use crate::view::opac::Fact;
use crate::view::parts::{Field, Pick};
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
    person: Person,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| {
        libraries_page(app, &person, frame, &Pairs::default(), Vec::new())
    });
    Ok(show(&page.await?))
}

fn libraries_page(
    app: &App,
    person: &Person,
    frame: Frame,
    typed: &Pairs,
    remarks: Vec<Remark>,
) -> Result<LibrariesPage, Problem> {
    let nodes = nodes_of(app, person)?;
    let mut table = Table::new(
        "Сеть библиотек",
        vec![
            Column::new("Название", Kind::Text),
            Column::new("Код", Kind::Short),
            Column::new("Вид", Kind::Short),
        ],
    );
    for top in nodes.iter().filter(|node| {
        let above = node.parent.as_ref();
        above.is_none_or(|above| !nodes.iter().any(|node| node.id == *above))
    }) {
        push_tree(&nodes, top, 0, &mut table);
    }
    let kinds = KINDS.map(|(_, code, title)| Pick::new(code, title));
    let parents = nodes
        .iter()
        .map(|node| Pick::new(node.id.as_str(), &node.name));
    let nobody = person
        .user
        .library
        .is_none()
        .then(|| Pick::new("", "никому"));
    let parents = nobody.into_iter().chain(parents).collect();
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

/// The part of the tree that the person looks after.
pub(super) fn nodes_of(app: &App, person: &Person) -> Result<Vec<LibraryNode>, Problem> {
    let mut nodes = Vec::new();
    for node in app.libraries()? {
        if person.looks_after(app, &node.id)? {
            nodes.push(node);
        }
    }
    Ok(nodes)
}

fn push_tree(nodes: &[LibraryNode], node: &LibraryNode, depth: usize, table: &mut Table) {
    table.push(Row::new(vec![
        Cell::text(format!("{}{}", "— ".repeat(depth), node.name)),
        Cell::text(node.id.as_str()),
        Cell::text(node.kind.label()),
    ]));
    let below = nodes
        .iter()
        .filter(|below| below.parent.as_ref() == Some(&node.id));
    for below in below.filter(|_| depth < 8) {
        push_tree(nodes, below, depth + 1, table);
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
        let page = libraries_page(app, &person, frame, &pairs, remarks)?;
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
    let order = match pairs.get("do") {
        "change" => Order::ChangeLibrary(node),
        _ => Order::AddLibrary(node),
    };
    let doing = Doing::now(person.user.id.clone(), now());
    let command = FundCommand { event: None, order };
    app.catalog()
        .fund(doing, &id, command)
        .map_err(Refusal::Error)?;
    app.name_the_tree()
        .map_err(|error| Refusal::Error(error.into()))
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
