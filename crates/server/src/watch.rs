//! What machines that watch the server ask, and the files that pages need.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{Shared, ask};
use crate::problem::Problem;
use crate::standing::{self, Standing, Upkeep};
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
    /// Entries of the journal that searches do not know yet.
    index_behind: u64,
    /// The search answers; `false` while a damaged index is built anew.
    index_readable: bool,
    /// Records that can be found.
    records: u64,
    /// The journal takes changes.
    writable: bool,
    /// Free on the disk of the data folder, in bytes.
    disk_free_bytes: u64,
}

/// `GET /health`: alive, and ready to read and write; 503 when the journal takes no changes.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health)))]
pub(crate) async fn health(State(app): State<Shared>) -> Result<Json<Health>, Problem> {
    ask(&app, |app| {
        if app.catalog().tables_are_spoilt() {
            return Err(not_ready("Таблицы не читаются").detail(standing::SPOILT));
        }
        // Why not, is for the administrator: it stands in the log and on the page of status.
        app.ready().map_err(|_| {
            not_ready("Журнал не принимает изменений")
                .detail("Читать можно. Причина – на странице состояния и в журнале событий сервера")
        })?;
        Ok(Json(Health {
            status: "ok",
            version: env!("CARGO_PKG_VERSION"),
            seq: app.catalog().head().seq.get(),
            index_seq: app.index_position(),
            index_behind: app.index_behind(),
            index_readable: app.index_readable(),
            records: app.index().map_or(0, search::SearchIndex::len),
            writable: true,
            disk_free_bytes: standing::space(app.catalog().folder()).0,
        }))
    })
    .await
}

fn not_ready(title: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", title).retry_after(10)
}

/// `GET /metrics`: answered also while the database is silent, without what only it knows.
pub(crate) async fn metrics(State(app): State<Shared>) -> Result<Response, Problem> {
    let text = ask(&app, |app| {
        let (now, desk) = app.standing_at_any_rate();
        Ok(app.metrics().text(&gauges(&now, desk), now.turned_away))
    })
    .await?;
    Ok((
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response())
}

fn gauges(now: &Standing, desk: bool) -> Vec<(String, u64)> {
    let mut gauges = vec![
        ("fond_journal_entries".to_owned(), now.seq),
        ("fond_journal_writable".to_owned(), u64::from(now.writable)),
        ("fond_index_behind_entries".to_owned(), now.index_behind),
        (
            "fond_index_readable".to_owned(),
            u64::from(now.index_readable),
        ),
        ("fond_records".to_owned(), now.records),
        ("fond_uptime_seconds".to_owned(), now.uptime_seconds),
        ("fond_disk_free_bytes".to_owned(), now.disk_free_bytes),
        ("fond_disk_bytes".to_owned(), now.disk_bytes),
    ];
    if let Some(shared) = &now.shared {
        let name = |name: &str| format!("fond_shared_journal_{name}");
        gauges.push((name("entries"), shared.seq));
        gauges.push((name("behind_entries"), shared.behind));
        gauges.push((name("age_seconds"), shared.age_seconds));
    }
    if desk {
        gauges.extend(deeds(now));
    }
    for (weight, count) in &now.at_work {
        gauges.push((
            format!("fond_requests_at_work{{weight=\"{weight}\"}}"),
            *count as u64,
        ));
    }
    gauges
}

/// When each deed of upkeep ended well last, and whether the last one did.
fn deeds(now: &Standing) -> [(String, u64); 5] {
    let moment = |deed: &Option<Upkeep>| {
        let agreed = deed.as_ref().and_then(Upkeep::agreed);
        agreed.map_or(0, |at| u64::try_from(at.as_second()).unwrap_or(0))
    };
    let well = |deed: &Option<Upkeep>| u64::from(deed.as_ref().is_some_and(|deed| deed.ok));
    [
        ("verify_timestamp_seconds", moment(&now.verified)),
        ("verify_ok", well(&now.verified)),
        ("backup_timestamp_seconds", moment(&now.backed_up)),
        (
            "proved_backup_timestamp_seconds",
            moment(&now.backup_proved),
        ),
        ("backup_proof_ok", well(&now.backup_proved)),
    ]
    .map(|(name, value)| (format!("fond_last_{name}"), value))
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
