//! The JSON API: everything that the screens can do, for programs.
//!
//! Handlers of one subject stand in the file of its name; all of them answer problems by RFC 9457.

pub(crate) mod acts;
pub(crate) mod books;
mod describe;
pub(crate) mod edit;
pub(crate) mod fund;
pub(crate) mod libraries;
pub(crate) mod past;
mod place;
pub(crate) mod records;
pub(crate) mod search;
mod shapes;
pub(crate) mod users;
pub(crate) mod whole;

use axum::Json;
use axum::http::{HeaderMap, header};
use utoipa::OpenApi;

use crate::problem::Problem;
use describe::Common;

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Фонд",
        description = "Каталог и учёт библиотечного фонда. Деньги – в копейках. Записывающий запрос может нести \
            заголовок Idempotency-Key с UUID: его повтор безвреден. Отказы – по RFC 9457, с замечаниями."
    ),
    paths(
        crate::watch::health, openapi, search::search, search::suggest,
        users::me,
        records::list, edit::make, records::one, edit::change, records::held,
        past::history, past::source, past::bytes, edit::import,
        acts::list, acts::one, books::books, books::inventory, books::checks, books::periods,
        fund::delivery, fund::withdrawal, fund::reversal, fund::revaluation, fund::reclassification, fund::internal_move, fund::void,
        fund::movement, fund::start_check, fund::close_check, fund::close_period,
        fund::reopen_period, fund::submit_report, fund::file,
        libraries::list, libraries::add, libraries::change,
        users::list, users::add, users::change, users::disable, users::erase, users::password, users::token, whole::verify, whole::status,
    ),
    components(schemas(crate::problem::Problem, crate::problem::FindingSchema)),
    modifiers(&Common)
)]
struct Description;

/// Это описание.
#[utoipa::path(get, path = "/api/openapi.json", tag = "session",
    responses((status = 200, body = Object)))]
pub(crate) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}

/// The media type of a body, without its parameters.
fn media_type(headers: &HeaderMap) -> String {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok()).unwrap_or("");
    let name = given.split(';').next().unwrap_or_default();
    name.trim().to_ascii_lowercase()
}

fn must_be_json(headers: &HeaderMap) -> Result<(), Problem> {
    if media_type(headers) == "application/json" {
        Ok(())
    } else {
        Err(Problem::media_type("application/json"))
    }
}
