//! Records for programs: one, a page of them, and where their copies stand.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use catalog::fund::axis::Fund;
use catalog::fund::holdings::{self, HoldingUnit};
use catalog::fund::money::Kopecks;
use catalog::fund::state::ItemState;
use catalog::id::{LibraryId, RecordId};
use catalog::record::brief::{Brief, brief};
use catalog::record::detect::Format;
use catalog::record::{check, isbd, write};
use catalog::rule::{Finding, Severity};
use catalog::{RecordStatus, StoredRecord};

use super::place::limit;
use super::search::audience;
use crate::app::{App, Shared, ask};
use crate::auth::{Anyone, Permission, Person, may};
use crate::clock::today;
use crate::exchange;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use search::Audience;

/// Библиографическая запись.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordShown {
    #[schema(value_type = u64)]
    id: RecordId,
    /// Версия: пошлите её в `If-Match`, когда меняете запись.
    version: u64,
    /// `draft`, `final`, `imported`, `deleted`.
    #[schema(value_type = String)]
    status: RecordStatus,
    /// Чья запись.
    #[schema(value_type = String)]
    owner: LibraryId,
    #[schema(value_type = String, format = DateTime)]
    saved_at: jiff::Timestamp,
    /// Поле 001, как оно пришло.
    control_number: Option<String>,
    /// Краткие сведения.
    #[schema(value_type = Object)]
    facts: Brief,
    /// Библиографическое описание.
    description: String,
    /// Запись в MARC-in-JSON, если её просили.
    #[schema(value_type = Option<super::shapes::MarcJson>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    marc: Option<serde_json::Value>,
    /// Замечания, если их просили.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<Issue>>,
}

/// Замечание к записи.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Issue {
    rule: &'static str,
    /// `informs`, `warns`, `blocks`.
    #[schema(value_type = String)]
    severity: Severity,
    /// Откуда правило.
    source: &'static str,
    place: String,
    detail: String,
}

impl From<&Finding> for Issue {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.code(),
            severity: finding.rule.severity(),
            source: finding.rule.source(),
            place: finding.place.clone(),
            detail: finding.detail.clone(),
        }
    }
}

/// What of a record is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Приложить запись в MARC-in-JSON.
    marc: bool,
    /// Приложить замечания.
    findings: bool,
}

pub(super) fn shown(stored: &StoredRecord, wanted: Wanted) -> Result<RecordShown, Problem> {
    let record = &stored.record;
    let marc = if wanted.marc {
        Some(marc_json(stored)?)
    } else {
        None
    };
    let findings = wanted.findings.then(|| {
        let found = check::check_on(record, today());
        found.iter().map(Issue::from).collect()
    });
    Ok(RecordShown {
        id: stored.id,
        version: stored.version.get(),
        status: stored.status,
        owner: stored.owner.clone(),
        saved_at: stored.saved_at,
        control_number: record.control("001").map(str::to_owned),
        facts: brief(record),
        description: isbd::describe(record, &isbd::Options::default()),
        marc,
        findings,
    })
}

pub(super) fn marc_json(stored: &StoredRecord) -> Result<serde_json::Value, Problem> {
    let written = write::outward(&stored.record, None, Format::MarcJson);
    let bytes = written
        .map_err(|finding| Problem::refused("В этом виде запись не выдаётся", vec![finding]))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| catalog::Error::Damaged(format!("запись {}: {error}", stored.id)).into())
}

/// The record, if whoever asks may see it.
pub(super) fn visible(
    app: &App,
    id: RecordId,
    audience: Audience,
) -> Result<StoredRecord, Problem> {
    let stored = app.catalog().record(id)?;
    if !audience.sees(stored.status) {
        return Err(Problem::not_found(format!("Записи {id} нет в каталоге")));
    }
    Ok(stored)
}

/// Forms of a record by `Accept`; without them the answer is JSON.
const FORMS: [(&str, Format); 2] = [
    ("application/marc", Format::Iso2709),
    ("application/marcxml+xml", Format::MarcXml),
];

/// Одна запись: сведения, или сама запись в RUSMARC или MARCXML – по `Accept`.
#[utoipa::path(get, path = "/api/v1/records/{id}", tag = "records",
    params(("id" = u64, Path, description = "Номер записи"), Wanted),
    responses((status = 200, headers(("ETag" = String, description = "Версия записи")), content(
        (RecordShown = "application/json"),
        (String = "application/marc"),
        (String = "application/marcxml+xml"),
    ))))]
pub(crate) async fn one(
    State(app): State<Shared>,
    anyone: Anyone,
    headers: HeaderMap,
    Path(id): Path<RecordId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut names = accept.split(',').map(|range| {
        let name = range.split(';').next().unwrap_or_default();
        name.trim().to_owned()
    });
    let form = names.find_map(|name| FORMS.into_iter().find(|(known, _)| *known == name));
    let audience = audience(&anyone);
    ask(&app, move |app| {
        let stored = visible(app, id, audience)?;
        let tag = [(header::ETAG, format!("\"{}\"", stored.version))];
        let answer = match form {
            Some((media_type, format)) => {
                exchange::answer(app.catalog(), &stored, media_type, format)?
            }
            None => {
                let shown = Json(shown(&stored, wanted)?);
                ([(header::VARY, "Accept")], shown).into_response()
            }
        };
        Ok((tag, answer).into_response())
    })
    .await
}

/// Which records.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// После записи с этим номером: ключ `next` прошлой страницы.
    after: Option<u64>,
    /// Сколько записей, не больше 500; обычно 50.
    limit: Option<usize>,
    /// Только с этим полем 001.
    control_number: Option<String>,
}

/// Страница записей.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordList {
    records: Vec<RecordShown>,
    /// Передайте в `after`, чтобы читать дальше; `null` – больше нет.
    next: Option<u64>,
}

/// Записи по номерам, снятые тоже.
#[utoipa::path(get, path = "/api/v1/records", tag = "records", params(Which, Wanted),
    responses((status = 200, body = RecordList)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    Query(which): Query<Which>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<RecordList>, Problem> {
    ask(&app, move |app| {
        let catalog = app.catalog();
        let limit = limit(which.limit);
        let after = which.after.map(RecordId::new);
        let mut found = match &which.control_number {
            Some(control) => {
                let mut found = Vec::new();
                for id in catalog.by_control_number(control)? {
                    found.push(catalog.record(id)?);
                }
                found.retain(|stored| after.is_none_or(|after| stored.id > after));
                found
            }
            None => catalog.records_after(after, limit + 1)?,
        };
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|stored| stored.id.get());
        let records: Result<_, Problem> = found.iter().map(|s| shown(s, wanted)).collect();
        let records = records?;
        Ok(Json(RecordList { records, next }))
    })
    .await
}

/// Экземпляр или карточка записи.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HoldingShown {
    #[schema(value_type = String)]
    library: LibraryId,
    /// Здание, если оно своё.
    #[schema(value_type = Option<String>)]
    place: Option<LibraryId>,
    #[schema(value_type = String)]
    fund: Fund,
    inv: Option<String>,
    /// Состояние экземпляра; у карточки его нет.
    #[schema(value_type = Option<String>)]
    state: Option<ItemState>,
    card_no: Option<u64>,
    shelfmark: String,
    copies: u32,
    /// Можно взять сейчас.
    available: u32,
    /// Учётная цена; видна сотрудникам этой библиотеки.
    #[schema(value_type = Option<i64>)]
    price_kop: Option<Kopecks>,
}

/// Где стоят экземпляры записи.
#[utoipa::path(get, path = "/api/v1/records/{id}/holdings", tag = "records",
    params(("id" = u64, Path, description = "Номер записи")),
    responses((status = 200, body = Vec<HoldingShown>)))]
pub(crate) async fn held(
    State(app): State<Shared>,
    anyone: Anyone,
    Path(id): Path<RecordId>,
) -> Result<Json<Vec<HoldingShown>>, Problem> {
    let audience = audience(&anyone);
    ask(&app, move |app| {
        visible(app, id, audience)?;
        let held = holdings::holdings(app.catalog().view(), id)?;
        let mut shown = Vec::new();
        for holding in held {
            let priced = sees_price(app, anyone.0.as_ref(), &holding.library);
            shown.push(holding_shown(holding, priced));
        }
        Ok(Json(shown))
    })
    .await
}

fn sees_price(app: &App, person: Option<&Person>, library: &LibraryId) -> bool {
    person.is_some_and(|person| {
        may(person.user.role, Permission::SeeBooks) && person.must_work_in(app, library).is_ok()
    })
}

fn holding_shown(holding: holdings::Holding, priced: bool) -> HoldingShown {
    let (inv, state, card_no) = match holding.unit {
        HoldingUnit::Item { number, state, .. } => {
            (number.map(|n| n.to_string()), Some(state), None)
        }
        HoldingUnit::Card { number, .. } => (None, None, number),
    };
    HoldingShown {
        library: holding.library,
        place: holding.place,
        fund: holding.fund,
        inv,
        state,
        card_no,
        shelfmark: holding.shelfmark,
        copies: holding.copies,
        available: holding.available,
        price_kop: Some(holding.price).filter(|_| priced),
    }
}
