//! What machines that watch the server ask, and the files that pages need.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{Shared, ask};
use crate::problem::Problem;
use crate::view::assets;

/// Жив ли сервер и чем он занят.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`: otherwise the answer is a problem.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
    /// The last entry of the journal.
    seq: u64,
    /// The entry that answers to searches are from.
    index_seq: u64,
    /// Records in the catalogue.
    records: u64,
}

/// `GET /health`: alive, and ready to read and write.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health)))]
pub(crate) async fn health(State(app): State<Shared>) -> Result<Json<Health>, Problem> {
    ask(&app, |app| {
        Ok(Json(Health {
            status: "ok",
            version: env!("CARGO_PKG_VERSION"),
            seq: app.catalog().head().seq.get(),
            index_seq: app.index_position(),
            records: app.catalog().record_count()?,
        }))
    })
    .await
}

/// `GET /metrics`
pub(crate) async fn metrics(State(app): State<Shared>) -> Result<Response, Problem> {
    let text = ask(&app, |app| {
        let seq = app.catalog().head().seq.get();
        Ok(app.metrics().text(&[
            ("fond_journal_entries", seq),
            (
                "fond_index_behind_entries",
                seq.saturating_sub(app.index_position()),
            ),
            ("fond_records", app.catalog().record_count()?),
            ("fond_uptime_seconds", app.started().elapsed().as_secs()),
        ]))
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// `GET /assets/{*name}`: embedded, and kept by browsers for ever: the address carries a hash.
pub(crate) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = assets::find(&name) else {
        return Problem::not_found("Такого файла нет").into_response();
    };
    let tag = format!("\"{}\"", assets::version());
    let known = headers.get(header::IF_NONE_MATCH);
    let lasting = [
        (
            header::CACHE_CONTROL,
            "public, max-age=31536000, immutable".to_owned(),
        ),
        (header::ETAG, tag.clone()),
    ];
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, lasting).into_response();
    }
    let media_type = [(header::CONTENT_TYPE, asset.media_type)];
    (lasting, media_type, asset.bytes).into_response()
}
