//! The tree of libraries for programs.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use catalog::Error;
use catalog::fund::network::{self, LibraryNode, NodeKind};
use catalog::fund::policy::Policy;
use catalog::fund::{FundCommand, Order};
use catalog::id::LibraryId;
use catalog::rule::Finding;

use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::extract;
use crate::problem::Problem;
use crate::repeat::{ByHeart, Once, by_heart};

/// Узел сети.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Library {
    #[schema(value_type = String)]
    code: LibraryId,
    name: String,
    /// `region`, `municipality`, `school`, `building`.
    #[schema(value_type = String)]
    kind: NodeKind,
    #[schema(value_type = Option<String>)]
    parent: Option<LibraryId>,
}

impl From<LibraryNode> for Library {
    fn from(node: LibraryNode) -> Self {
        Self {
            code: node.id,
            name: node.name,
            kind: node.kind,
            parent: node.parent,
        }
    }
}

/// Вся сеть.
#[utoipa::path(get, path = "/api/v1/libraries", tag = "admin",
    responses((status = 200, body = Vec<Library>)))]
pub(crate) async fn list(State(app): State<Shared>) -> Result<Json<Vec<Library>>, Problem> {
    ask(&app, |app| {
        Ok(Json(
            app.libraries()?.into_iter().map(Library::from).collect(),
        ))
    })
    .await
}

/// Узел сети: новый, или новое название и место того, который есть.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewLibrary {
    /// От 1 до 32 знаков: латинские буквы, цифры, `-`, `_`, `.`.
    #[schema(value_type = String, example = "SCHOOL12")]
    code: LibraryId,
    name: String,
    #[schema(value_type = Option<String>, example = "school")]
    #[serde(default = "school")]
    kind: NodeKind,
    #[schema(value_type = Option<String>)]
    parent: Option<LibraryId>,
    /// Учётная политика, как в файле `fond post`.
    #[schema(value_type = Option<Object>)]
    policy: Option<Value>,
}

fn school() -> NodeKind {
    NodeKind::School
}

/// Marks what found nothing to write.
type Unwritten = Option<Extension<ByHeart>>;

/// Завести узел сети; занятый код – 422 `library-exists`.
#[utoipa::path(post, path = "/api/v1/libraries", tag = "admin", request_body = NewLibrary,
    responses((status = 200, description = "Точно такой узел уже есть", body = Library),
        (status = 201, description = "Записано", body = Library)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    person: Person,
    once: Once,
    extract::Json(new): extract::Json<NewLibrary>,
) -> Result<(StatusCode, Unwritten, Json<Library>), Problem> {
    ask(&app, move |app| {
        let (node, written) = put(app, &person, once, new, Order::AddLibrary)?;
        let status = if written {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        Ok((status, by_heart(!written), Json(node.into())))
    })
    .await
}

/// Назвать иначе или переставить узел сети, который есть.
#[utoipa::path(put, path = "/api/v1/libraries/{code}", tag = "admin", request_body = NewLibrary,
    params(("code" = String, Path, description = "Код узла, тот же, что в теле")),
    responses((status = 200, description = "Узел стоит так", body = Library)))]
pub(crate) async fn change(
    State(app): State<Shared>,
    person: Person,
    once: Once,
    extract::Path(code): extract::Path<LibraryId>,
    extract::Json(new): extract::Json<NewLibrary>,
) -> Result<(Unwritten, Json<Library>), Problem> {
    ask(&app, move |app| {
        if new.code != code {
            let why = format!("В адресе код {code}, в теле {}: назовите один", new.code);
            return Err(Problem::bad_request(why));
        }
        if network::node(app.catalog().view(), &code)?.is_none() {
            return Err(Problem::not_found(format!("Библиотеки {code} нет")));
        }
        let (node, written) = put(app, &person, once, new, Order::ChangeLibrary)?;
        Ok((by_heart(!written), Json(node.into())))
    })
    .await
}

/// Writes the node, and whether there was anything to write.
fn put(
    app: &App,
    person: &Person,
    once: Once,
    new: NewLibrary,
    order: fn(LibraryNode) -> Order,
) -> Result<(LibraryNode, bool), Problem> {
    let policy = new.policy.as_ref().map(Policy::parse).transpose();
    let policy = policy.map_err(|found| Error::Refused(placed(found, "/policy")))?;
    let node = LibraryNode {
        id: new.code,
        name: new.name.trim().to_owned(),
        parent: new.parent,
        kind: new.kind,
    };
    may_place(app, person, &node)?;
    let command = |order| FundCommand { event: None, order };
    let order = match policy {
        None => order(node.clone()),
        Some(policy) => Order::Together(vec![
            command(order(node.clone())),
            command(Order::SetPolicy(policy)),
        ]),
    };
    let entry = app
        .catalog()
        .fund(once.doing(person), &node.id, command(order))?;
    app.name_the_tree()?;
    Ok((node, entry.is_some()))
}

/// Whether the person may put the node where it is to stand, and take it from where it stands.
pub(crate) fn may_place(app: &App, person: &Person, node: &LibraryNode) -> Result<(), Problem> {
    person.must_manage(app, node.parent.as_ref())?;
    match network::node(app.catalog().view(), &node.id)? {
        Some(stands) => person.must_manage(app, Some(&stands.id)),
        None => Ok(()),
    }
}

fn placed(found: Vec<Finding>, place: &str) -> Vec<Finding> {
    let found = found.into_iter().map(|mut finding| {
        finding.place = format!("{place}{}", finding.place);
        finding
    });
    found.collect()
}
