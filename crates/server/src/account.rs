//! Signing in and out, and how one likes to read: pages only; programs carry a token instead.

pub(crate) mod own;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::{Shared, ask};
use crate::auth::{cookie, session_cookie};
use crate::extract::{Form, Query};
use crate::listen::{Caller, address};
use crate::page::{PageFrame, lang_cookie, own_path, scheme_cookie, set_cookie, show, show_as};
use crate::people::{PeopleError, SESSION_HOURS};
use crate::problem::Problem;
use crate::view::account::LoginPage;
use crate::view::{Lang, Remark, Scheme};

const YEAR: i64 = 365 * 24 * 3600;

#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// `GET /login`
pub(crate) async fn form(
    State(app): State<Shared>,
    PageFrame(frame): PageFrame,
    Query(query): Query<Next>,
) -> Result<Response, Problem> {
    let nobody = ask(&app, |app| Ok(app.catalog().users()?.is_empty())).await?;
    let mut page = LoginPage::new(frame, own_path(&query.next), "", None);
    if nobody {
        let words = "Людей в этой библиотеке ещё нет. Первого заводит тот, кто поставил программу, на её \
            компьютере: fond user add ИМЯ --role admin --password-stdin";
        page.remarks.push(Remark {
            tone: "info",
            ..Remark::bad(words, "")
        });
    }
    Ok(show(&page))
}

#[derive(Deserialize)]
pub(crate) struct SignIn {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /login`
pub(crate) async fn sign_in(
    State(app): State<Shared>,
    PageFrame(frame): PageFrame,
    headers: HeaderMap,
    caller: Option<axum::Extension<Caller>>,
    Form(form): Form<SignIn>,
) -> Result<Response, Problem> {
    let address = address(caller.as_deref());
    // Whatever the browser carried in before, it carries a new session out.
    let before = cookie(&headers, session_cookie(app.https())).map(str::to_owned);
    let name = form.name.trim().to_owned();
    let tried = name.clone();
    let answer = ask(&app, move |app| {
        let wait = app.people().has_to_wait(&tried, &address);
        match app.people().sign_in(&tried, &form.password, &address) {
            Ok(let_in) => {
                if let Some(before) = before {
                    app.people().sign_out(&before)?;
                }
                Ok(Ok(let_in))
            }
            Err(PeopleError::Wrong(why)) => Ok(Err((why, wait))),
            Err(PeopleError::Catalog(error)) => Err(error.into()),
        }
    })
    .await?;
    match answer {
        Ok((token, user)) => {
            let next = match own_path(&form.next) {
                "/" if user.role != catalog::people::Role::Reader => "/staff",
                next => next,
            };
            let mut response = Redirect::to(next).into_response();
            let name = session_cookie(app.https());
            if let Some(set) = set_cookie(name, &token, SESSION_HOURS * 3600, app.https()) {
                response.headers_mut().append(header::SET_COOKIE, set);
            }
            Ok(response)
        }
        Err((why, wait)) => {
            app.metrics().sign_in_refused();
            let page = LoginPage::new(frame, own_path(&form.next), &name, Some(&why));
            let Some(wait) = wait else {
                return Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
            };
            let seconds = HeaderValue::from(wait.as_secs() + 1);
            let mut answer = show_as(StatusCode::TOO_MANY_REQUESTS, &page);
            answer.headers_mut().insert(header::RETRY_AFTER, seconds);
            Ok(answer)
        }
    }
}

/// `POST /logout`
pub(crate) async fn sign_out(
    State(app): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = session_cookie(app.https());
    if let Some(token) = cookie(&headers, name).map(str::to_owned) {
        ask(&app, move |app| Ok(app.people().sign_out(&token)?)).await?;
    }
    Ok(gone(&app, "/"))
}

/// The way out: the cookie is taken away, and what the browser kept of pages too.
fn gone(app: &Shared, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    let headers = response.headers_mut();
    if let Some(set) = set_cookie(session_cookie(app.https()), "", 0, app.https()) {
        headers.append(header::SET_COOKIE, set);
    }
    headers.insert(
        "clear-site-data",
        header::HeaderValue::from_static("\"cache\""),
    );
    response
}

#[derive(Deserialize)]
pub(crate) struct Settings {
    #[serde(default)]
    back: String,
    theme: Option<String>,
    lang: Option<String>,
}

/// `POST /settings`
pub(crate) async fn settings(State(app): State<Shared>, Form(form): Form<Settings>) -> Response {
    let mut response = Redirect::to(own_path(&form.back)).into_response();
    let https = app.https();
    let theme = form
        .theme
        .map(|theme| (scheme_cookie(https), Scheme::parse(&theme).code()));
    let lang = form
        .lang
        .map(|lang| (lang_cookie(https), Lang::parse(&lang).code()));
    for (name, value) in theme.into_iter().chain(lang) {
        if let Some(set) = set_cookie(name, value, YEAR, https) {
            response.headers_mut().append(header::SET_COOKIE, set);
        }
    }
    response
}
