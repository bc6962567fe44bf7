//! The JSON API: everything that the screens can do, for programs.
//!
//! Handlers of one subject stand in the file of its name; all of them answer problems by RFC 9457.

pub(crate) mod search;

use axum::Json;
use utoipa::OpenApi;

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Фонд",
        description = "Каталог и учёт библиотечного фонда. Записывающий запрос может нести заголовок \
            Idempotency-Key с UUID: его повтор безвреден."
    ),
    paths(crate::watch::health, search::search, search::suggest),
    components(schemas(crate::problem::Problem))
)]
struct Description;

/// `GET /api/openapi.json`
pub(crate) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
