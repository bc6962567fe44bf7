//! Мой вход: one's own password, one's last sign-ins, and the end of all of them.
//!
//! For whoever has signed in by name and password; a program's key opens nothing here but the page itself.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::gone;
use crate::app::{App, Shared, ask};
use crate::audit;
use crate::auth::Person;
use crate::extract::Form;
use crate::listen::{Caller, address};
use crate::page::{PageFrame, show, show_as};
use crate::people::PeopleError;
use crate::problem::Problem;
use crate::view::account::OwnPage;
use crate::view::table::Kind;
use crate::view::{Cell, Column, Empty, Frame, Remark, Row, Table};

/// `GET /account`
pub(crate) async fn page(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| Ok(filled(app, &person, frame, None)));
    Ok(show(&page.await?))
}

fn filled(app: &App, person: &Person, frame: Frame, refused: Option<&str>) -> OwnPage {
    let mut table = Table::new(
        "Последние входы",
        vec![
            Column::new("Когда", Kind::Short),
            Column::new("Что", Kind::Text),
            Column::new("Откуда", Kind::Short),
        ],
    );
    table.empty = Some(Empty::new("Входов ещё не было", ""));
    for line in audit::last(app.catalog(), &person.user.id) {
        let at = line.at.to_zoned(jiff::tz::TimeZone::system());
        table.push(Row::new(vec![
            Cell::text(at.strftime("%d.%m.%Y %H:%M").to_string()),
            Cell::text(frame.t(line.deed.words())),
            Cell::text(line.address),
        ]));
    }
    let remarks = refused.map(|why| Remark::bad(why, "present"));
    OwnPage::new(frame, table, remarks.into_iter().collect())
}

#[derive(Deserialize)]
pub(crate) struct Change {
    #[serde(default)]
    r#do: String,
    #[serde(default)]
    present: String,
    #[serde(default)]
    new: String,
}

/// `POST /account`: after either button one signs in anew.
pub(crate) async fn change(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    caller: Option<axum::Extension<Caller>>,
    Form(form): Form<Change>,
) -> Result<Response, Problem> {
    let address = address(caller.as_deref());
    let refused = ask(&app, move |app| {
        let people = app.people();
        let name = &person.user.id;
        let by = person.by(&address);
        let done = match form.r#do.as_str() {
            "everywhere" => people.sign_out_everywhere(name),
            "password" => people.change_own_password(by, &form.present, &form.new),
            _ => return Err(Problem::bad_request("Нажмите одну из кнопок страницы")),
        };
        match done {
            Ok(()) => Ok(None),
            Err(PeopleError::Wrong(why)) => Ok(Some(filled(app, &person, frame, Some(&why)))),
            Err(PeopleError::Catalog(error)) => Err(error.into()),
        }
    })
    .await?;
    match refused {
        None => Ok(gone(&app, "/login")),
        Some(page) => Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)),
    }
}
