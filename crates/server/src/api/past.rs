//! Where a record came from and what became of it since, for programs of the staff.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use catalog::RecordStatus;
use catalog::id::{LibraryId, RecordId, Seq};
use catalog::record::brief::brief;

use super::place::limit;
use crate::app::{App, Shared, ask};
use crate::exchange::saved_as;
use crate::extract::{Path, Query};
use crate::problem::Problem;

/// Версия записи.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    at: jiff::Timestamp,
    actor: String,
    #[schema(value_type = String)]
    status: RecordStatus,
    #[schema(value_type = String)]
    owner: LibraryId,
    title: String,
    /// Пришла из файла, а не правлена здесь.
    imported: bool,
}

/// Which versions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// До этой версии: ключ `next` прошлой страницы.
    before: Option<u64>,
    /// Сколько версий, не больше 500; обычно 50.
    limit: Option<usize>,
}

/// Страница истории.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// Последние впереди.
    versions: Vec<Version>,
    /// Передайте в `before`, чтобы читать дальше; `null` – больше нет.
    next: Option<u64>,
}

/// История записи: кто и когда её сохранял.
#[utoipa::path(get, path = "/api/v1/records/{id}/history", tag = "records",
    params(("id" = u64, Path, description = "Номер записи"), Which),
    responses((status = 200, body = History)))]
pub(crate) async fn history(
    State(app): State<Shared>,
    Path(id): Path<RecordId>,
    Query(which): Query<Which>,
) -> Result<Json<History>, Problem> {
    ask(&app, move |app| {
        let limit = limit(which.limit);
        let before = which.before.map(Seq::new);
        let mut past = app.catalog().versions(id, before, limit + 1)?;
        let more = past.len() > limit;
        past.truncate(limit);
        let next = past.last().filter(|_| more).map(|past| past.seq.get());
        let versions = past.into_iter().map(|past| Version {
            version: past.seq.get(),
            at: past.at,
            actor: past.actor.to_string(),
            status: past.version.status,
            title: brief(&past.version.record).short(),
            imported: past.version.source.is_some(),
            owner: past.version.owner,
        });
        let versions = versions.collect();
        Ok(Json(History { versions, next }))
    })
    .await
}

/// Откуда запись.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceShown {
    file: String,
    /// Место в файле, с 1.
    number: u64,
    /// Смещение в файле.
    offset: u64,
    format: String,
    charset: String,
    dialect: String,
    /// Правлена ли она здесь с тех пор.
    edited: bool,
}

/// Откуда запись пришла.
#[utoipa::path(get, path = "/api/v1/records/{id}/source", tag = "records",
    params(("id" = u64, Path, description = "Номер записи")),
    responses((status = 200, body = SourceShown)))]
pub(crate) async fn source(
    State(app): State<Shared>,
    Path(id): Path<RecordId>,
) -> Result<Json<SourceShown>, Problem> {
    ask(&app, move |app| {
        let edited = app.catalog().record(id)?.edited;
        let source = found(app, id)?;
        Ok(Json(SourceShown {
            file: source.file,
            number: source.number,
            offset: source.offset,
            format: source.format,
            charset: source.charset,
            dialect: source.dialect,
            edited,
        }))
    })
    .await
}

/// Запись байт в байт, какой она пришла.
#[utoipa::path(get, path = "/api/v1/records/{id}/source/bytes", tag = "records",
    params(("id" = u64, Path, description = "Номер записи")),
    responses((status = 200, body = String, content_type = "application/octet-stream")))]
pub(crate) async fn bytes(
    State(app): State<Shared>,
    Path(id): Path<RecordId>,
) -> Result<Response, Problem> {
    ask(&app, move |app| {
        app.catalog().record(id)?;
        let bytes = found(app, id)?.bytes();
        let bytes = bytes.ok_or_else(|| {
            catalog::Error::Damaged(format!("Исходные байты записи {id} не распаковываются"))
        })?;
        let headers = [
            (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
            (header::CONTENT_DISPOSITION, saved_as(id, "bin")),
        ];
        Ok((headers, bytes).into_response())
    })
    .await
}

fn found(app: &App, id: RecordId) -> Result<catalog::Source, Problem> {
    let source = app.catalog().source_soon(id)?.map(Arc::unwrap_or_clone);
    source.ok_or_else(|| Problem::not_found("Запись сделана здесь: исходного файла у неё нет"))
}
